"""The verifiers' replies that the model is trained on: a short check, the marker, the verdict.

A check does the work that the verdict needs, and stops where it finds the first fault. It writes what
should be there before it looks at what is there ("7*9 here 7*5 no"): a judge that starts from the
solution agrees with it. Each reply carries one verdict.
"""

from __future__ import annotations

from seek_viz.problems.arithmetic import check
from seek_viz.problems.grammar import TinyProblem
from seek_viz.problems.labels import Labels
from seek_viz.problems.wording import equations
from seek_viz.settings.prompts import MARKER


def reply(verifier: str, problem: TinyProblem, labels: Labels) -> str:
    """The right reply of a verifier to a labelled solution.

    Args:
        verifier: a key of `prompts.TINY.verifiers`.
        problem: the problem that was solved.
        labels: the truth about the solution.
    """
    work = {
        "calculation_check": _check_all,
        "answer_correct": _redo,
        "answer_completeness": _count_steps,
        "understanding_check": _check_roles,
    }[verifier]
    return f"{work(problem, labels)} {MARKER} {getattr(labels, verifier)}"


def plan(problem: TinyProblem) -> str:
    """The solution in its shortest form: the equations in the order of the program."""
    return ", ".join(equations(problem.program, problem.program.run())) + "."


def _check_all(problem: TinyProblem, labels: Labels) -> str:
    parts = []
    for equation in labels.equations:
        parts.append(check(equation))
        if not equation.is_right:
            break
    return " ".join(parts) or "no equations."


def _redo(problem: TinyProblem, labels: Labels) -> str:
    """Both at once: is it the step to make, and is its result right. Solving it anew would repeat the
    solver's slips: 53 of 100 wrong answers passed that way (docs/log.md).
    """
    parts: list[str] = []
    for equation, matched in zip(labels.equations, labels.matched, strict=True):
        if not matched:
            return " ".join([*parts, _instead(labels, equation.left)])
        parts.append(check(equation))
        if not equation.is_right:
            return " ".join(parts)
    return " ".join([*parts, _ending(labels)])


def _count_steps(problem: TinyProblem, labels: Labels) -> str:
    if labels.garbled:
        return "garbled."
    found = len(labels.equations)
    return f"{plan(problem)} needs {problem.num_steps}, has {found}, answer {labels.answer or 'none'}."


def _check_roles(problem: TinyProblem, labels: Labels) -> str:
    parts: list[str] = []
    for equation, matched in zip(labels.equations, labels.matched, strict=True):
        if not matched:
            return " ".join([*parts, _instead(labels, equation.left)])
        parts.append(f"{equation.left} here {equation.left} ok,")
    return " ".join([*parts, _ending(labels)])


def _instead(labels: Labels, found: str) -> str:
    """The correct value where the text has a wrong one."""
    return f"{labels.missing or 'nothing'} here {found} no."


def _ending(labels: Labels) -> str:
    """Whether the text went on to its end, and states what it found."""
    wanted, found = labels.missing or labels.result, "none" if labels.missing else labels.answer or "none"
    return f"{wanted} here {found} {'ok' if labels.understanding_check else 'no'}."
