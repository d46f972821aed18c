"""The verifiers' replies that the model is trained on: a short check, the marker, the verdict.

A check does the work that the verdict needs, and stops where it finds the first fault. What has to
know the problem first solves it from the question, before it looks at the solution: a judge that starts
from the solution agrees with it. Each reply carries one verdict.
"""

from __future__ import annotations

from seek_viz.prompts import MARKER
from seek_viz.tiny.arithmetic import check
from seek_viz.tiny.grammar import TinyProblem
from seek_viz.tiny.labels import Labels
from seek_viz.tiny.wording import equations


def reply(verifier: str, problem: TinyProblem, labels: Labels) -> str:
    """The right reply of a verifier to a labelled solution.

    Args:
        verifier: a key of `prompts.TINY.verifiers`.
        problem: the problem that was solved.
        labels: the truth about the solution.
    """
    work = {
        "calculation_check": _check_all,
        "answer_correct": _solve_again,
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


def _solve_again(problem: TinyProblem, labels: Labels) -> str:
    return f"{plan(problem)} {problem.gold} here {labels.answer or 'none'}."


def _count_steps(problem: TinyProblem, labels: Labels) -> str:
    if labels.garbled:
        return "garbled."
    found = len(labels.equations)
    return f"{plan(problem)} needs {problem.num_steps}, has {found}, answer {labels.answer or 'none'}."


def _check_roles(problem: TinyProblem, labels: Labels) -> str:
    parts = [plan(problem)]
    for equation, matched in zip(labels.equations, labels.matched, strict=True):
        parts.append(f"{equation.left} {'ok' if matched else 'no'},")
        if not matched:
            break
    if all(labels.matched):
        parts.append(f"asked {'ok' if labels.asked else 'no'}.")
    return " ".join(parts)
