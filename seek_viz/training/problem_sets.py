"""Write the held-out problem sets: `python -m seek_viz.training.problem_sets`."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path
from typing import Annotated

import typer

from seek_viz.problems.grammar import TIERS, TinyProblem, make_problem
from seek_viz.problems.sets import BEFORE_TRAINING, PROBLEMS_DIR, SETS, exclusion_keys
from seek_viz.training.seen import look_alikes, seen_in_training

README = """# Problem sets

`validation.jsonl` (300), `validation-2.jsonl` (600) and `test.jsonl` (1,400) are made by

    python -m seek_viz.training.problem_sets

from the grammar in `seek_viz/problems/`: a third of each validation set from the easy, medium and hard tier;
of the test set 200 easy, 600 medium, 600 hard. Data seeds: the words "seek-viz validation", "seek-viz test"
and "seek-viz test 2". The sets share no question and no program with each other.

**What each is for.** Settings are chosen on the validation sets; what is published is measured on the test
set. `validation-2` was the test set of the first version. A run on it led to a published setting, so it can
no longer test anything; its lines are what they were.

**What the model has seen.** Training draws from other seeds, and leaves out any problem whose question
(case, punctuation and spacing aside) or whose program with its numbers is in these files. The published
model was trained before the present test set was drawn. So the test set leaves out what that training drew,
as far as it can be drawn again (`seek_viz/training/seen.py`): all 77,442 problems of round 1 and of the
model's own answers, exactly. What rounds 2 to 4 drew besides, about 62,000 problems, hangs on the model's
answers and cannot be drawn again. For these it leaves out 160,000 draws of another seed, which hold what the
grammar makes often. What may be left, measured with 160,000 draws of a third seed: 20 of the 200 easy
problems, 14 of the 600 medium and none of the 600 hard had their program with the same numbers among these,
and none its question. So of 62,000 draws about 8 easy and 5 medium programs are to be expected, in other
words.

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


def make_set(name: str, taken: set[str]) -> list[TinyProblem]:
    """Draw a set without duplicates; `taken` is extended by its questions and programs.

    Args:
        name: name of the set.
        taken: normalised questions and program signatures that may not come again.
    """
    rng = random.Random(SETS[name].seed)
    problems = []
    for tier in TIERS:
        kept = 0
        while kept < SETS[name].per_tier[tier]:
            problem = make_problem(rng, tier)
            keys = exclusion_keys(problem)
            if keys & taken:
                continue
            taken |= keys
            problems.append(problem)
            kept += 1
    return problems


def main(out: Annotated[Path, typer.Option(help="Folder to write to.")] = PROBLEMS_DIR) -> None:
    """Write the generated sets and README.md; drawing the training again takes some minutes."""
    out.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    for name in SETS:
        if name not in BEFORE_TRAINING:
            left_out = frozenset(taken)
            for problem in itertools.chain(seen_in_training(left_out), look_alikes(left_out)):
                taken |= exclusion_keys(problem)
        lines = [json.dumps(problem.to_dict()) for problem in make_set(name, taken)]
        (out / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (out / "README.md").write_text(README, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
