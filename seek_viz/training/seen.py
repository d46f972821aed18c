"""Which problems the published model met in training, as far as they can be drawn again.

Training is a stream of seeded draws, so it can be drawn again without a model, but where the model's own
answers decide how many random numbers are taken. Drawn again exactly: all of round 1, and the problems of
all own answers. Not: what rounds 2 to 4 drew besides (about 62,000 problems). For these stand more draws than
all of training made, of another seed: a problem that the grammar makes often is likely among them too.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from seek_viz.problems.grammar import TinyProblem
from seek_viz.training.batches import POOL
from seek_viz.training.examples import ROUND_1, draw_example, draw_problem
from seek_viz.training.sampling import ASKED_TOGETHER

SEED = 1
ROUND_1_POOLS = 58
"""The log of the published model ends round 1 in pool 55 (`assets/tiny/training_log.jsonl`)."""
OWN_ANSWERS = {SEED: 8_192, SEED + 1_000: 8_192, SEED + 2_000: 16_384}
"""Data seed of each sampling -> how many problems were asked."""
LOOK_ALIKES = 160_000
"""Draws of another seed; training made about 139,000."""


def seen_in_training(excluded: frozenset[str]) -> Iterator[TinyProblem]:
    """The problems that training of the published model drew and that can be drawn again.

    Args:
        excluded: keys of the sets that were held out then; they decide the draws.

    Yields:
        Those of round 1, then those of the own answers.
    """
    for pool in range(ROUND_1_POOLS):
        rng = random.Random(f"train {SEED} round 0 pool {pool}")
        for _ in range(POOL):
            drawn: list[TinyProblem] = []
            draw_example(rng, ROUND_1, excluded, on_problem=drawn.append)
            yield from drawn
    for seed, count in OWN_ANSWERS.items():
        rng = random.Random(f"own answers {seed}")
        for _ in range(0, count, ASKED_TOGETHER):
            yield from [draw_problem(rng, excluded) for _ in range(ASKED_TOGETHER)]
            for _ in range(ASKED_TOGETHER):
                rng.random()  # whether it is asked in the JSON form


def look_alikes(
    excluded: frozenset[str], count: int = LOOK_ALIKES, seed: str = "look-alikes"
) -> Iterator[TinyProblem]:
    """Problems of another training run on the same grammar, for those that cannot be redrawn."""
    rng = random.Random(f"seek-viz {seed}")
    for _ in range(count):
        yield draw_problem(rng, excluded)
