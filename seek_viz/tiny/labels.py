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

from seek_viz.tiny.grammar import TinyProblem, make_problem
from seek_viz.tiny.program import COMMUTATIVE, Program, Step, value_of, ways
from seek_viz.tiny.values import parse_number
from seek_viz.tiny.wording import as_json, chain_of_thought

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
    answer: str | None
    """The final answer as written, or None when there is not exactly one."""
    garbled: bool
    """Whether the text holds what is no word and no number."""
    asked: bool
    """Whether the final answer is the quantity that was asked for, as the text computed it."""


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
    """Judge a solution by program.

    Args:
        problem: the problem with its program.
        solution: the text that a model wrote, without special tokens.
    """
    equations = parse_equations(solution)
    written = final_answer(solution)
    answer = parse_number(written) if written else None
    right = bool(equations) and all(equation.is_right for equation in equations)
    correct = answer is not None and answer == Fraction(problem.gold)
    matched, done, result = _best_match(problem.program, equations)
    asked = done and answer is not None and answer == result
    # All equations right and the gold answer: another way to solve it that the rewrites do not list.
    understood = (asked and all(matched)) or (right and correct and len(equations) >= problem.num_steps)
    garbled = _is_garbled(problem.question, solution)
    ends = re.search(r'\\boxed\{[^{}]*\}\.?$|"\}$', solution.rstrip()) is not None
    enough = len(equations) >= problem.num_steps
    whole = answer is not None and ends and enough and not garbled
    if understood:
        matched = (True,) * len(equations)
    return Labels(
        right, correct, whole, understood, equations, matched, written, garbled, asked or understood
    )


def _best_match(
    program: Program, equations: tuple[Equation, ...]
) -> tuple[tuple[bool, ...], bool, Fraction | None]:
    best: tuple[tuple[bool, ...], bool, Fraction | None] = ((), False, None)
    for way in ways(program):
        flags, claimed = _match(way, equations)
        last = way.steps[-1].name
        done = all(step.name in claimed for step in way.steps)
        if (done, sum(flags)) > (best[1], sum(best[0])) or not best[0]:
            best = (flags, done, claimed.get(last))
    return best


def _match(program: Program, equations: tuple[Equation, ...]) -> tuple[tuple[bool, ...], dict[str, Fraction]]:
    """Match equations with steps in text order; a step's value is the one that the text claims."""
    values, claimed, flags = dict(program.givens), {}, []
    for equation in equations:
        hit = next((s for s in program.steps if s.name not in claimed and _fits(s, equation, values)), None)
        if hit is not None:
            result = equation.rest if hit.op == "remainder" else equation.claimed
            values[hit.name] = claimed[hit.name] = result if result is not None else equation.claimed
        flags.append(hit is not None)
    return tuple(flags), claimed


def _fits(step: Step, equation: Equation, values: dict[str, Fraction]) -> bool:
    try:
        wanted = [value_of(arg, values) for arg in step.args]
    except ValueError:  # a step that the text has not computed yet
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
