"""The true verdicts on a solution text, told by program and never by a model."""

from __future__ import annotations

import functools

from seek_viz.config import VERIFIER_WEIGHTS
from seek_viz.grading import answers_equal
from seek_viz.problem import Problem
from seek_viz.tiny.grammar import TinyProblem
from seek_viz.tiny.labels import labels_of
from seek_viz.tiny.problems import SETS, load_set


def truth(problem: Problem, text: str, answer: str | None) -> dict[str, bool]:
    """All four verdicts for a problem of the bundled sets, that of the answer alone for any other.

    Args:
        problem: what was asked. A bundled one is known by all that it says, not by its id alone: another
            problem may have the same id.
        text: the solution.
        answer: its final answer as the run read it (`SeekStep.answer`, `Sample.answer`), in its format.

    Returns:
        Verifier -> what a perfect one would say.
    """
    right = bool(answers_equal(answer, problem.gold or ""))
    known = _with_programs().get(problem)
    if known is None:
        return {"answer_correct": right}
    labels = labels_of(known, text, answer)
    return {verifier: getattr(labels, verifier) for verifier in VERIFIER_WEIGHTS} | {"answer_correct": right}


@functools.cache
def _with_programs() -> dict[Problem, TinyProblem]:
    return {Problem.from_dict(made.to_dict()): made for name in SETS for made in load_set(name)}
