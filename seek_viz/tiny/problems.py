"""Write the held-out problem sets: `python -m seek_viz.tiny.problems`.

Their seeds are words that training never uses, and training also skips every problem whose question
or whose program with its numbers is in one of these files.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Annotated

import typer

from seek_viz import ASSETS
from seek_viz.tiny.grammar import TIERS, TinyProblem, make_problem, normalised

PROBLEMS_DIR = ASSETS / "problems"
SETS = {"validation": 100, "test": 200}
"""Name of the set -> problems per tier."""

_README = """# Problem sets

`validation.jsonl` (300) and `test.jsonl` (600) are made by

    python -m seek_viz.tiny.problems

from the grammar in `seek_viz/tiny/`, a third of each from the easy, medium and hard tier. Data seeds: the
words "seek-viz validation" and "seek-viz test". Training draws from other seeds, and leaves out any problem
whose question (case, punctuation and spacing aside) or whose program with its numbers is in these files. The
sets share no question and no program with each other.

Each line: `id` (family and hash of the question), `question`, `gold` (exact, from the program), `tier`,
`family`, `num_steps`, `num_distractors`, `largest` (largest value of the program), `program` (givens, then
steps as name, operation, arguments).

| tier | steps | given numbers to about | any value to | distractors |
|---|---|---|---|---|
| easy | 2-3 | 100 | 500 | 0-1 |
| medium | 3-5 | 250 | 999 | 0-2 |
| hard | 6-7 | 500 | 999 | 1-3 |

`handwritten.jsonl` (30) was written by hand; no grammar made it.
"""


def make_set(name: str, per_tier: int, taken: set[str]) -> list[TinyProblem]:
    """Draw a set without duplicates; `taken` is extended by its questions and programs.

    Args:
        name: name of the set, which is also its seed.
        per_tier: problems per tier.
        taken: normalised questions and program signatures that may not come again.
    """
    rng = random.Random(f"seek-viz {name}")
    problems = []
    for tier in TIERS:
        kept = 0
        while kept < per_tier:
            problem = make_problem(rng, tier)
            keys = exclusion_keys(problem)
            if keys & taken:
                continue
            taken |= keys
            problems.append(problem)
            kept += 1
    return problems


def exclusion_keys(problem: TinyProblem) -> set[str]:
    """What makes two problems the same: the question's words, or the program with its numbers."""
    return {normalised(problem.question), problem.program.signature()}


def load_set(name: str) -> list[TinyProblem]:
    """Read one of the generated sets with its programs."""
    lines = (PROBLEMS_DIR / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [TinyProblem.from_dict(json.loads(line)) for line in lines]


def held_out_keys() -> frozenset[str]:
    """Exclusion keys of all generated sets, for training."""
    return frozenset(key for name in SETS for problem in load_set(name) for key in exclusion_keys(problem))


def main(out: Annotated[Path, typer.Option(help="Folder to write to.")] = PROBLEMS_DIR) -> None:
    """Write validation.jsonl, test.jsonl and README.md."""
    out.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    for name, per_tier in SETS.items():
        lines = [json.dumps(problem.to_dict()) for problem in make_set(name, per_tier, taken)]
        (out / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (out / "README.md").write_text(_README, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
