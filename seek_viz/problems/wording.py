"""Chains of thought in varied prose: the steps of a program told in one of many orders and wordings.

Variety is the point. Where the training text could go on in several valid ways, a flipped token
leads to another valid path instead of to nonsense.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from fractions import Fraction

from seek_viz.problems.program import COMMUTATIVE, SYMBOLS, Program, Step, shuffled_order, value_of, ways
from seek_viz.problems.values import number_text

_NAMED = (
    "{What}: {eq}.",
    "For {what}: {eq}.",
    "{eq} for {what}.",
    "{Then} {what}: {eq}.",
    "{Then} for {what} we get {eq}.",
    "{Then} {eq}, {what}.",
    "We need {what}: {eq}.",
)
_UNNAMED = ("{Then} {eq}.", "That makes {eq}.", "{eq}.")
_OPENERS = ("First,", "To begin,", "At the start,")
_LINKS = ("Then", "Next,", "Now", "So", "After that,")
_CLOSERS = ("Finally,", "So", "Then", "In the end")
_ANSWERS = (
    "The answer is \\boxed{{{n}}}.",
    "So the answer is \\boxed{{{n}}}.",
    "Answer: \\boxed{{{n}}}",
    "That gives \\boxed{{{n}}}.",
    "\\boxed{{{n}}}",
)


def equation_text(op: str, numbers: list[Fraction], result: Fraction) -> str:
    """One equation: "12*5=60", "47/6=7 remainder 5", "150*20/100=30"; no spaces, which are tokens."""
    left = left_side(op, numbers)
    if op in ("quotient", "remainder"):
        whole, rest = divmod(numbers[0], numbers[1])
        return f"{left}={number_text(whole)} remainder {number_text(rest)}"
    return f"{left}={number_text(result)}"


def left_side(op: str, numbers: list[Fraction]) -> str:
    """What stands before "=": "12*5", "150*20/100"."""
    left = SYMBOLS[op].join(number_text(n) for n in numbers)
    return f"{left}/100" if op == "percent" else left


def equations(program: Program, values: Mapping[str, Fraction]) -> list[str]:
    """The equations of a program's steps in the order of the program."""
    return [equation_text(s.op, [value_of(a, values) for a in s.args], values[s.name]) for s in program.steps]


def chain_of_thought(program: Program, rng: random.Random) -> str:
    r"""A valid solution text that ends in \boxed{gold}.

    Args:
        program: the problem's program, with phrases.
        rng: decides the way, the order of the steps and the wording.
    """
    chosen = program if rng.random() < 0.6 else rng.choice(ways(program))
    return tell(shuffled_order(chosen.steps, rng), chosen.run(), rng)


def tell(steps: tuple[Step, ...], values: Mapping[str, Fraction], rng: random.Random) -> str:
    """Tell steps, in this order, with these values; wrong ones are told just the same."""
    sentences = [_sentence(step, values, i, len(steps), rng) for i, step in enumerate(steps)]
    answer = rng.choice(_ANSWERS).format(n=number_text(values[steps[-1].name]))
    return " ".join([*sentences, answer])


def as_json(solution: str) -> str:
    """The same solution in the JSON answer form."""
    thoughts, _, tail = solution.rpartition("\\boxed{")
    for answer in _ANSWERS:
        thoughts = thoughts.removesuffix(answer.split("\\boxed")[0])
    return json.dumps({"thought process": thoughts.strip(), "final answer": tail.split("}")[0]})


def _sentence(step: Step, values: Mapping[str, Fraction], index: int, count: int, rng: random.Random) -> str:
    args = list(step.args)
    if step.op in COMMUTATIVE and rng.random() < 0.2:
        rng.shuffle(args)
    eq = equation_text(step.op, [value_of(arg, values) for arg in args], values[step.name])
    what = rng.choice(step.phrases) if step.phrases and rng.random() < 0.85 else ""
    then = rng.choice(_OPENERS if index == 0 else _CLOSERS if index == count - 1 else _LINKS)
    wording = rng.choice(_NAMED if what else _UNNAMED)
    return wording.format(What=what[:1].upper() + what[1:], what=what, Then=then, eq=eq)
