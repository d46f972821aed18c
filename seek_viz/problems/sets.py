"""The bundled problem sets that the grammar made: how each was drawn, and its problems with their programs.

`training/problem_sets.py` writes them. Their seeds are words that training never uses, and training also
skips every problem whose question or whose program with its numbers is in one of these files.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from seek_viz import ASSETS
from seek_viz.problems.grammar import TIERS, TinyProblem, normalised

PROBLEMS_DIR = ASSETS / "problems"


@dataclass(frozen=True)
class HeldOut:
    """How a set is drawn."""

    seed: str
    per_tier: dict[str, int]


SETS = {
    "validation": HeldOut("seek-viz validation", dict.fromkeys(TIERS, 100)),
    # The test set of the first version: a run on it led to a setting that was then published.
    "validation-2": HeldOut("seek-viz test", dict.fromkeys(TIERS, 200)),
    "test": HeldOut("seek-viz test 2", {"easy": 200, "medium": 600, "hard": 600}),
}
"""Name of the set -> how it is drawn, in the order of drawing."""
BEFORE_TRAINING = ("validation", "validation-2")
"""The sets that were there when the published model was trained, which left them out."""


def exclusion_keys(problem: TinyProblem) -> set[str]:
    """What makes two problems the same: the question's words, or the program with its numbers."""
    return {normalised(problem.question), problem.program.signature()}


def load_set(name: str) -> list[TinyProblem]:
    """Read one of the generated sets with its programs."""
    lines = (PROBLEMS_DIR / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [TinyProblem.from_dict(json.loads(line)) for line in lines]


def held_out_keys(names: Sequence[str] = tuple(SETS)) -> frozenset[str]:
    """Exclusion keys of generated sets, for training."""
    return frozenset(key for name in names for problem in load_set(name) for key in exclusion_keys(problem))
