"""The verifiers' replies that the model is trained on: a short check, the marker, the verdict.

A check does the work that the verdict needs, and stops where it finds the first fault. Each reply
carries one verdict.
"""

from __future__ import annotations

from seek_viz.prompts import MARKER
from seek_viz.tiny.grammar import TinyProblem
from seek_viz.tiny.labels import Equation, Labels
from seek_viz.tiny.values import number_text
from seek_viz.tiny.wording import equations


def reply(verifier: str, problem: TinyProblem, labels: Labels) -> str:
    """The right reply of a verifier to a labelled solution.

    Args:
        verifier: a key of `prompts.TINY.verifiers`.
        problem: the problem that was solved.
        labels: the truth about the solution.
    """
    check = {
        "calculation_check": _recompute,
        "answer_correct": _solve_again,
        "answer_completeness": _count_steps,
        "understanding_check": _check_roles,
    }[verifier]
    return f"{check(problem, labels)} {MARKER} {getattr(labels, verifier)}"


def _recompute(problem: TinyProblem, labels: Labels) -> str:
    parts = []
    for equation in labels.equations:
        parts.append(f"{equation.left}={_true_text(equation)} {'ok' if equation.is_right else 'no'}.")
        if not equation.is_right:
            break
    return " ".join(parts) or "no equations."


def _solve_again(problem: TinyProblem, labels: Labels) -> str:
    solved = ", ".join(equations(problem.program, problem.program.run()))
    return f"{solved}. {problem.gold} here {labels.answer or 'none'}."


def _count_steps(problem: TinyProblem, labels: Labels) -> str:
    if labels.garbled:
        return "garbled."
    found = len(labels.equations)
    return f"needs {problem.num_steps}, has {found}, answer {labels.answer or 'none'}."


def _check_roles(problem: TinyProblem, labels: Labels) -> str:
    parts = []
    for equation, matched in zip(labels.equations, labels.matched, strict=True):
        parts.append(f"{equation.left} {'ok' if matched else 'no'},")
        if not matched:
            break
    if all(labels.matched):
        parts.append(f"asked {'ok' if labels.asked else 'no'}.")
    return " ".join(parts)


def _true_text(equation: Equation) -> str:
    value, rest = equation.true_result()
    if value is None:
        return "none"
    if rest is not None:
        return f"{number_text(value)} remainder {number_text(rest)}"
    whole_division = equation.signs == ("/",) and all(n.denominator == 1 for n in equation.numbers)
    if whole_division and value.denominator != 1:
        whole, left = divmod(equation.numbers[0], equation.numbers[1])
        return f"{number_text(whole)} remainder {number_text(left)}"
    return number_text(value)
