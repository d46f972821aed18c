"""The true verdicts on a solution text, told by program and never by a model."""

from __future__ import annotations

import functools

from seek_viz.grading import answers_equal
from seek_viz.problems.grammar import TinyProblem
from seek_viz.problems.labels import labels_of
from seek_viz.problems.problem import Problem
from seek_viz.problems.sets import SETS, load_set
from seek_viz.settings.prompts import WEIGHTS


def truth(problem: Problem, text: str, answer: str | None) -> dict[str, bool]:
    """All four verdicts for a problem of the bundled sets, that of the answer alone for any other.

    Args:
        problem: what was asked. A bundled one is known by all that it says, not by its id alone: another
            problem may have the same id.
        text: the solution.
        answer: its final answer as the run read it (`SeekStep.answer`, `Sample.answer`), in its format.

    Returns:
        Verifier -> what a perfect one would say; without the answer's where it could not be compared in time.
    """
    right = answers_equal(answer, problem.gold or "")
    stated = {} if right is None else {"answer_correct": right}
    known = _with_programs().get(problem)
    if known is None:
        return stated
    labels = labels_of(known, text, answer)
    return {verifier: getattr(labels, verifier) for verifier in WEIGHTS} | stated


@functools.cache
def _with_programs() -> dict[Problem, TinyProblem]:
    return {Problem.from_dict(made.to_dict()): made for name in SETS for made in load_set(name)}
