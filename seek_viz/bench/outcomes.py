"""The outcome of one method on one problem, and statistics over many.

Every LatentSeek run starts from the greedy chain of thought, so it says both: was the answer right before
(iteration 0), is the returned one right. T->F is a right answer that the run broke.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from seek_viz.engine.baselines import Sample
from seek_viz.grading import answers_equal
from seek_viz.problems.problem import Problem
from seek_viz.record import Reward, Trace
from seek_viz.record.alignment import alignment_of
from seek_viz.settings.prompts import WEIGHTS

Truth = Callable[[Problem, str, str | None], dict[str, bool]]
"""(problem, solution text, its final answer) -> the true verdict of each verifier that a program can tell."""
Confusion = dict[str, list[int]]
"""Verifier -> [true accepted, true rejected, false accepted, false rejected, unparsable]. An unparsable one
counts against the text, so it is among the rejections too."""


@dataclass(frozen=True)
class Outcome:
    """One method on one problem."""

    method: str
    setting: str
    """The varied settings: "eta 0.1, rho 0.5", "temperature 0.7", or empty."""
    problem_id: str
    tier: str
    before: bool
    """The chain of thought is right."""
    after: bool
    """The returned answer is right."""
    parsed_before: bool
    """The chain of thought states a final answer."""
    parsed_after: bool
    num_updates: int
    stop_reason: str
    solver_tokens: int
    """Tokens decoded for answers, over all iterations; prefixes read off latents are not counted."""
    verifier_tokens: int
    num_flips: int
    """Prefix tokens that flipped from one iterate to the next, by alignment, summed over the run."""
    right_within: tuple[bool, ...]
    """Whether the answer would be right had the run ended after 0, 1, ... updates at most."""
    first_judged: Confusion
    """Verdicts on the chain of thought against the truth, where both exist."""
    later_judged: Confusion
    """Verdicts on the later iterates, or on the samples."""
    undecided: bool = False
    """The returned answer could not be compared with the gold one in time; `after` is False then."""
    seed: int | None = None
    """The seed that it was drawn with; None where nothing is drawn, so that every seed gives the same."""


def seek_outcome(method: str, setting: str, trace: Trace, truth: Truth, seed: int | None = None) -> Outcome:
    """The outcome of a finished run; `seed` where something in it was drawn at random."""
    steps = trace.steps
    assert trace.returned is not None
    assert trace.stop_reason is not None
    read_off = trace.config.decode_mode == "independent"
    # Cut short, a run ends because updates ran out; whole, as it did.
    cut = [
        dataclasses.replace(trace, steps=steps[:n], stop_reason="max_updates") for n in range(1, len(steps))
    ]
    returned = [run.returned for run in (*cut, trace)]
    judged = [confusion(truth(trace.problem, step.text, step.answer), step.reward) for step in steps]
    return Outcome(
        method=method,
        setting=setting,
        problem_id=trace.problem.id,
        tier=trace.problem.tier,
        before=bool(steps[0].correct),
        after=bool(steps[trace.returned].correct),
        undecided=trace.truth(trace.returned) == "undecided",
        parsed_before=steps[0].answer is not None,
        parsed_after=steps[trace.returned].answer is not None,
        num_updates=len(steps) - 1,
        stop_reason=trace.stop_reason,
        solver_tokens=sum(
            len(s.token_ids) - (s.num_prefix if read_off and s.iteration else 0) for s in steps
        ),
        verifier_tokens=sum(step.reward.num_tokens for step in steps),
        num_flips=sum(alignment_of(a, b).num_flips for a, b in itertools.pairwise(steps)),
        right_within=tuple(bool(steps[index or 0].correct) for index in returned),
        first_judged=judged[0],
        later_judged=added(judged[1:]),
        seed=seed,
    )


def sample_outcome(
    method: str,
    setting: str,
    problem: Problem,
    greedy: Sample,
    samples: Sequence[Sample],
    chosen: Sample,
    truth: Truth,
    seed: int | None = None,
) -> Outcome:
    """The outcome of choosing among samples; the chain of thought stands for "before"."""
    gold = problem.gold or ""
    right = answers_equal(chosen.answer, gold)
    rewards = [(sample, sample.reward) for sample in samples if sample.reward]
    return Outcome(
        method=method,
        setting=setting,
        problem_id=problem.id,
        tier=problem.tier,
        before=bool(answers_equal(greedy.answer, gold)),
        after=bool(right),
        undecided=right is None,
        parsed_before=greedy.answer is not None,
        parsed_after=chosen.answer is not None,
        num_updates=0,
        stop_reason="",
        solver_tokens=sum(sample.num_tokens for sample in samples),
        verifier_tokens=sum(reward.num_tokens for _, reward in rewards),
        num_flips=0,
        right_within=(),
        first_judged={},
        later_judged=added([confusion(truth(problem, s.text, s.answer), reward) for s, reward in rewards]),
        seed=seed,
    )


def confusion(truth: dict[str, bool], reward: Reward) -> Confusion:
    """The verdicts of one reward against the truth."""
    counts: Confusion = {}
    for verdict in reward.verdicts:
        if verdict.verifier in truth and verdict.ruling != "no_room":
            place = 2 * (not truth[verdict.verifier]) + (verdict.ruling != "approve")
            counts[verdict.verifier] = [0] * 5
            counts[verdict.verifier][place] = 1
            counts[verdict.verifier][4] = int(verdict.ruling == "unparsable")
    return counts


def added(counts: Sequence[Confusion]) -> Confusion:
    """The sums of many confusion counts."""
    return {
        name: [sum(column) for column in zip(*rows, strict=True)]
        for name in WEIGHTS
        if (rows := [each[name] for each in counts if name in each])
    }


def balanced_accuracy(counts: Sequence[int]) -> float | None:
    """Mean of the accuracies on the truly right and the truly wrong; an unparsable verdict is a rejection."""
    right, wrong = counts[0] + counts[1], counts[2] + counts[3]
    return (counts[0] / right + counts[3] / wrong) / 2 if right and wrong else None


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Accuracy before and after with its 95 % interval, transitions, updates and tokens a problem.

    Where the outcomes are of several seeds, counts are means over the seeds, and the interval's width is
    that of so many problems, not of so many runs: seeds do not make a set of problems larger.
    """
    seeds = len({o.seed for o in outcomes})
    wrong = [o for o in outcomes if not o.before]
    right = [o for o in outcomes if o.before]

    def mean(values: Iterable[float]) -> float:
        return sum(values) / len(outcomes)

    def a_seed(values: Iterable[bool]) -> float:
        """How many for one seed; a whole number where it is one."""
        total = sum(values)
        return total // seeds if total % seeds == 0 else total / seeds

    problems = len({o.problem_id for o in outcomes})
    low, high = wilson(mean(o.after for o in outcomes) * problems, problems)
    return {
        "problems": problems,
        "seeds": seeds,
        "accuracy_before": len(right) / len(outcomes),
        "accuracy": mean(o.after for o in outcomes),
        "accuracy_low": low,
        "accuracy_high": high,
        "wrong_before": a_seed(True for _ in wrong),
        "F->T": a_seed(o.after for o in wrong),
        "F->F": a_seed(not o.after for o in wrong),
        "T->F": a_seed(not o.after for o in right),
        "T->T": a_seed(o.after for o in right),
        "F->T only by its form": a_seed(o.after and not o.parsed_before for o in wrong),
        "without_answer": a_seed(not o.parsed_after for o in outcomes),
        "undecided": a_seed(o.undecided for o in outcomes),
        "mean_updates": mean(o.num_updates for o in outcomes),
        "no_update": a_seed(o.num_updates == 0 for o in outcomes),
        "accepted": a_seed(o.stop_reason == "accepted" for o in outcomes),
        "mean_flips": mean(o.num_flips for o in outcomes),
        "solver_tokens": mean(o.solver_tokens for o in outcomes),
        "verifier_tokens": mean(o.verifier_tokens for o in outcomes),
        "accuracy_within": accuracy_within(outcomes),
        "first_judged": added([o.first_judged for o in outcomes]),
        "later_judged": added([o.later_judged for o in outcomes]),
    }


def accuracy_within(outcomes: Sequence[Outcome]) -> list[float]:
    """Accuracy had every run ended after 0, 1, ... updates at most."""
    longest = max((len(o.right_within) for o in outcomes), default=0)
    if not all(o.right_within for o in outcomes):
        return []
    return [
        sum(o.right_within[min(n, len(o.right_within) - 1)] for o in outcomes) / len(outcomes)
        for n in range(longest)
    ]


def wilson(successes: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95 % interval of a proportion."""
    share = successes / count
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return centre - half, centre + half
