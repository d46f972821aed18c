"""What is true about a solution text: the four verdicts, computed by program, never by a model.

The equations of the text are parsed and recomputed exactly; then they are matched with the steps of
the problem's program (or of another valid way), where a matched step passes on the value that the
*text* gave it. So a slip of arithmetic does not count as a misunderstanding.
"""

from __future__ import annotations

import functools
import random
import re
from dataclasses import dataclass
from fractions import Fraction

from seek_viz.problems.grammar import TinyProblem, make_problem
from seek_viz.problems.program import COMMUTATIVE, Program, Step, value_of, ways
from seek_viz.problems.values import number_text, parse_number
from seek_viz.problems.wording import as_json, chain_of_thought, left_side

_NUMBER = r"\d+(?:\.\d+)?"
_EQUATION = re.compile(
    rf"(?P<left>{_NUMBER}(?: ?[-+*/] ?{_NUMBER})+) ?= ?"
    rf"(?P<right>-?{_NUMBER})(?: remainder (?P<rest>{_NUMBER}))?"
)
_BOXED = re.compile(r"\\boxed\{([^{}]*)\}")
_DANGLING = re.compile(r"[-+*/=] ?(?:$|[^\s\d\\$-])|[-+*/=] [-+*/=]")
_JSON = re.compile(r'"final answer": "([^"]*)"')


@dataclass(frozen=True)
class Equation:
    """One equation as the text states it."""

    numbers: tuple[Fraction, ...]
    signs: tuple[str, ...]
    claimed: Fraction
    """The number after "="."""
    rest: Fraction | None
    """The number after "remainder", or None."""
    left: str
    """The left side as written."""

    def true_result(self) -> tuple[Fraction | None, Fraction | None]:
        """Value and remainder of the left side, from left to right; None where undefined."""
        if self.rest is not None and self.signs == ("/",) and self.numbers[1]:
            whole, rest = divmod(self.numbers[0], self.numbers[1])
            return Fraction(whole), rest
        value = self.numbers[0]
        # Products bind first; the texts only ever mix * and /, or + and -, so left to right is enough.
        for sign, number in zip(self.signs, self.numbers[1:], strict=True):
            if sign == "/" and not number:
                return None, None
            value = {"+": value.__add__, "-": value.__sub__, "*": value.__mul__, "/": value.__truediv__}[
                sign
            ](number)
        return value, None

    @property
    def is_right(self) -> bool:
        """Whether the stated result is the true one (to the two decimals that a text shows)."""
        value, rest = self.true_result()
        return value is not None and abs(value - self.claimed) < Fraction(1, 100) and rest == self.rest


@dataclass(frozen=True)
class Labels:
    """The four true verdicts on a solution, and what they rest on."""

    calculation_check: bool
    answer_correct: bool
    answer_completeness: bool
    understanding_check: bool
    equations: tuple[Equation, ...]
    matched: tuple[bool, ...]
    """For each equation, whether it is a right step of the problem."""
    missing: str | None
    """Left side of a step that the text should have made and did not, with the text's own values; None
    where nothing is missing."""
    answer: str | None
    """The final answer as written, or None when there is not exactly one."""
    garbled: bool
    """Whether the text holds what is no word and no number."""
    result: str | None
    """The quantity that was asked for, as the text computed it; None where it did not."""


def parse_equations(text: str) -> tuple[Equation, ...]:
    """All equations of a text, in order."""
    found = []
    for match in _EQUATION.finditer(text):
        numbers = tuple(Fraction(n) for n in re.findall(_NUMBER, match["left"]))
        rest = Fraction(match["rest"]) if match["rest"] else None
        signs = tuple(re.findall(r"[-+*/]", match["left"]))
        found.append(Equation(numbers, signs, Fraction(match["right"]), rest, match["left"]))
    return tuple(found)


def final_answer(text: str) -> str | None:
    r"""What the only \boxed{} holds, or the JSON form's "final answer"; None without exactly one."""
    found = _BOXED.findall(text) + _JSON.findall(text)
    return found[0].strip() if len(found) == 1 else None


def label(problem: TinyProblem, solution: str) -> Labels:
    """Judge a solution by program, as training does: without exactly one final answer it states none.

    Args:
        problem: the problem with its program.
        solution: the text that a model wrote, without special tokens.
    """
    return labels_of(problem, solution, final_answer(solution))


def labels_of(problem: TinyProblem, solution: str, written: str | None) -> Labels:
    """Judge a solution whose final answer has been read already.

    Args:
        problem: the problem with its program.
        solution: the text that a model wrote, without special tokens.
        written: its final answer, None where it states none.
    """
    equations = parse_equations(solution)
    answer = parse_number(written) if written else None
    right = bool(equations) and all(equation.is_right for equation in equations)
    correct = answer is not None and answer == Fraction(problem.gold)
    match = _best_match(problem.program, equations)
    asked = match.missing is None and answer is not None and answer == match.result
    # All equations right and the gold answer: another way to solve it that the rewrites do not list.
    understood = (asked and all(match.flags)) or (right and correct and len(equations) >= problem.num_steps)
    garbled = _is_garbled(problem.question, solution)
    ends = re.search(r'\\boxed\{[^{}]*\}\.?$|"\}$', solution.rstrip()) is not None
    enough = len(equations) >= problem.num_steps
    whole = answer is not None and ends and enough and not garbled
    if understood:
        match = _Match((True,) * len(equations), None, answer)
    result = None if match.result is None else number_text(match.result)
    return Labels(
        right, correct, whole, understood, equations, match.flags, match.missing, written, garbled, result
    )


@dataclass(frozen=True)
class _Match:
    """Equations of a text matched with the steps of a program."""

    flags: tuple[bool, ...]
    """For each equation, whether it is a step."""
    missing: str | None
    """Left side of the first step that could be made and is not there."""
    result: Fraction | None
    """What the text claims for the last step."""


def _best_match(program: Program, equations: tuple[Equation, ...]) -> _Match:
    found = [_match(way, equations) for way in ways(program)]
    return max(found, key=lambda match: (match.missing is None, sum(match.flags)))


def _match(program: Program, equations: tuple[Equation, ...]) -> _Match:
    """Match equations with steps in text order; a step's value is the one that the text claims."""
    values, flags = dict(program.givens), []
    for equation in equations:
        hit = next((s for s in program.steps if s.name not in values and _fits(s, equation, values)), None)
        if hit is not None:
            result = equation.rest if hit.op == "remainder" else equation.claimed
            values[hit.name] = result if result is not None else equation.claimed
        flags.append(hit is not None)
    # A step can be made when what it needs is given or computed; of those left, one always can.
    gone = (s for s in program.steps if s.name not in values and _numbers(s, values) is not None)
    missing = next((left_side(s.op, _numbers(s, values) or []) for s in gone), None)
    return _Match(tuple(flags), missing, values.get(program.steps[-1].name))


def _numbers(step: Step, values: dict[str, Fraction]) -> list[Fraction] | None:
    """The numbers that a step works on, or None where the text has not computed one of them."""
    try:
        return [value_of(arg, values) for arg in step.args]
    except ValueError:
        return None


def _fits(step: Step, equation: Equation, values: dict[str, Fraction]) -> bool:
    wanted = _numbers(step, values)
    if wanted is None:
        return False
    sign = {"add": "+", "sub": "-", "mul": "*"}.get(step.op, "/")
    numbers, signs = list(equation.numbers), equation.signs
    if step.op == "percent":
        return signs == ("*", "/") and numbers[2] == 100 and sorted(numbers[:2]) == sorted(wanted)
    if (equation.rest is not None) != (step.op in ("quotient", "remainder")):
        return False
    if set(signs) != {sign}:
        return False
    return sorted(numbers) == sorted(wanted) if step.op in COMMUTATIVE else numbers == wanted


def _is_garbled(question: str, solution: str) -> bool:
    words = set(_words(solution)) - set(_words(question)) - _lexicon()
    return bool(words) or _DANGLING.search(solution.rstrip()) is not None or "\ufffd" in solution


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


@functools.cache
def _lexicon() -> frozenset[str]:
    """Every word that the grammar's solutions use, names and nouns included."""
    rng = random.Random(0)
    words: set[str] = set()
    for _ in range(1500):
        text = chain_of_thought(make_problem(rng).program, rng)
        words.update(_words(text), _words(as_json(text)))
    return frozenset(words)
