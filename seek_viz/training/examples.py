"""Training examples: a chat as `prompts.TINY` makes it, and the text that should follow.

Round 1 mixes solving with judging corrupted solutions; round 2 judges the model's own answers.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from seek_viz.problems.arithmetic import drill
from seek_viz.problems.corruption import corrupted
from seek_viz.problems.grammar import TinyProblem, make_problem
from seek_viz.problems.labels import Labels, label
from seek_viz.problems.sets import exclusion_keys
from seek_viz.problems.wording import as_json, chain_of_thought
from seek_viz.settings.prompts import TINY, Messages
from seek_viz.training.replies import plan, reply

VERIFIERS = tuple(TINY.verifiers)
_VERIFIER_SHARES = {
    "calculation_check": 4,
    "answer_correct": 6,
    "answer_completeness": 3,
    "understanding_check": 8,
}
"""Sampling weight of each kind; kinds that require solving the problem again are harder."""


@dataclass(frozen=True)
class Mix:
    """Shares of the training examples; the rest is solving in the boxed form."""

    json_form: float = 0.05
    drill: float = 0.0
    """Bare equations and their checks: three times as much arithmetic per token as in solutions."""
    plan: float = 0.0
    """The equations of a problem without words, as the judge writes them before it looks at a solution."""
    corrupted: float = 0.15
    """Judging solutions made by program, half of them faulty."""
    own: float = 0.0
    """Judging the model's own answers."""


ROUND_1 = Mix(drill=0.25, plan=0.05, corrupted=0.25)
ROUND_2 = Mix(drill=0.1, plan=0.04, corrupted=0.16, own=0.4)
ROUND_3 = Mix(json_form=0.06, drill=0.06, plan=0.04, corrupted=0.2, own=0.46)
ROUND_4 = Mix(json_form=0.05, drill=0.05, plan=0.03, corrupted=0.12, own=0.55)
TIER_WEIGHTS = {"easy": 0.2, "medium": 0.4, "hard": 0.4}


@dataclass(frozen=True)
class OwnAnswer:
    """An answer that the model gave, with the truth about it."""

    problem: TinyProblem
    solution: str
    labels: Labels


def draw_problem(rng: random.Random, excluded: frozenset[str] = frozenset()) -> TinyProblem:
    """A problem whose question and program are not among the held-out ones."""
    tiers, weights = tuple(TIER_WEIGHTS), tuple(TIER_WEIGHTS.values())
    while True:
        problem = make_problem(rng, rng.choices(tiers, weights)[0])
        if not exclusion_keys(problem) & excluded:
            return problem


def draw_example(
    rng: random.Random,
    mix: Mix = ROUND_1,
    excluded: frozenset[str] = frozenset(),
    own: list[OwnAnswer] | None = None,
    on_problem: Callable[[TinyProblem], None] = lambda problem: None,
) -> tuple[Messages, str]:
    """One training example.

    Args:
        rng: decides everything.
        mix: shares of the kinds.
        excluded: `problems.held_out_keys()`, so that training never sees a held-out problem.
        own: the model's own answers, needed when `mix.own` is above 0.
        on_problem: told the problem that is drawn for it, if one is.

    Returns:
        The chat before the answer, and the answer without its end token.
    """
    kind = rng.random()
    if own and kind < mix.own:
        return _judge_own(rng, own)
    if kind > 1 - mix.drill:
        asked, answer = drill(rng)
        return [{"role": "user", "content": asked}], answer
    problem = draw_problem(rng, excluded)
    on_problem(problem)
    if kind > 1 - mix.drill - mix.plan:
        return [{"role": "system", "content": "plan"}, {"role": "user", "content": problem.question}], plan(
            problem
        )
    solution = chain_of_thought(problem.program, rng)
    if kind < mix.own + mix.json_form:
        return TINY.solve(problem.question, "json"), as_json(solution)
    if kind < mix.own + mix.json_form + mix.corrupted:
        if rng.random() < 0.6:
            solution = corrupted(problem, rng)
        elif rng.random() < 0.1:
            solution = as_json(solution)
        verifier = _draw_verifier(rng)
        return judge_example(problem, solution, label(problem, solution), verifier)
    return TINY.solve(problem.question), solution


def judge_example(problem: TinyProblem, solution: str, labels: Labels, verifier: str) -> tuple[Messages, str]:
    """The chat that asks a verifier about a solution, and its right reply."""
    return TINY.verify(verifier, problem.question, solution), reply(verifier, problem, labels)


def _draw_verifier(rng: random.Random) -> str:
    return rng.choices(tuple(_VERIFIER_SHARES), tuple(_VERIFIER_SHARES.values()))[0]


def _judge_own(rng: random.Random, own: list[OwnAnswer]) -> tuple[Messages, str]:
    verifier = _draw_verifier(rng)
    wanted = rng.random() < 0.5
    # Both verdicts equally often, so that the judge cannot win by always agreeing.
    for _ in range(50):
        answer = rng.choice(own)
        if getattr(answer.labels, verifier) is wanted:
            break
    return judge_example(answer.problem, answer.solution, answer.labels, verifier)
