"""The program of a word problem: named quantities and the operations that lead to the answer.

A program is the problem without its words. It gives the gold answer, the gold steps, every valid
order of the steps, and other valid ways (8 - 2 - 3 is also 8 - (2 + 3)). It knows nothing of text.
"""

from __future__ import annotations

import dataclasses
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from seek_viz.problems.values import number_text

SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "percent": "*", "quotient": "/", "remainder": "/"}
"""Operation -> the sign that its equation shows."""
COMMUTATIVE = ("add", "mul")


@dataclass(frozen=True)
class Step:
    """One operation: `name = op(args)`."""

    name: str
    """"s0", "s1", ..."""
    op: str
    """A key of SYMBOLS."""
    args: tuple[str, ...]
    """Names of givens ("g0"), of earlier steps ("s0"), or literal constants ("60")."""
    phrases: tuple[str, ...] = ()
    """Noun phrases for the result ("the apples left"); empty for a step that a rewrite made."""


@dataclass(frozen=True)
class Program:
    """Givens, steps in the order of the story, and which step is asked for (the last)."""

    givens: Mapping[str, Fraction]
    steps: tuple[Step, ...]

    @property
    def gold(self) -> Fraction:
        """The value of the last step."""
        return self.run()[self.steps[-1].name]

    def run(self) -> dict[str, Fraction]:
        """Values of all givens and steps by name."""
        values = dict(self.givens)
        for step in self.steps:
            values[step.name] = apply_op(step.op, [value_of(arg, values) for arg in step.args])
        return values

    def signature(self) -> str:
        """Operations with their numbers: equal for two problems that differ in words only."""
        parts = [f"{s.op}({','.join(self._plain(a) for a in s.args)})" for s in self.steps]
        return ";".join(parts)

    def to_dict(self) -> dict:
        """JSON-able form; the phrases belong to the text and stay out."""
        return {
            "givens": {name: number_text(value) for name, value in self.givens.items()},
            "steps": [[step.name, step.op, list(step.args)] for step in self.steps],
        }

    @classmethod
    def from_dict(cls, record: dict) -> Program:
        """Inverse of `to_dict`."""
        givens = {name: Fraction(text) for name, text in record["givens"].items()}
        return cls(givens, tuple(Step(name, op, tuple(args)) for name, op, args in record["steps"]))

    def _plain(self, arg: str) -> str:
        return number_text(self.givens[arg]) if arg in self.givens else arg


def value_of(arg: str, values: Mapping[str, Fraction]) -> Fraction:
    """The value behind a name, or the literal itself."""
    return values[arg] if arg in values else Fraction(arg)


def apply_op(op: str, numbers: list[Fraction]) -> Fraction:
    """Apply one operation; `percent` is a * b / 100.

    Raises:
        ZeroDivisionError: a division by zero.
    """
    first, *rest = numbers
    if op == "add":
        return sum(rest, first)
    if op == "sub":
        return first - sum(rest)
    if op == "mul":
        return math.prod(rest, start=first)
    if op == "percent":
        return first * rest[0] / 100
    if op == "div":
        return first / rest[0]
    return Fraction(first // rest[0]) if op == "quotient" else first % rest[0]


def shuffled_order(steps: tuple[Step, ...], rng: random.Random) -> tuple[Step, ...]:
    """A random order in which every step comes after those it needs; the last stays last."""
    waiting, ordered = list(steps), []
    while waiting:
        missing = {step.name for step in waiting}
        ready = [step for step in waiting if not missing & set(step.args)]
        if len(ready) > 1 and steps[-1] in ready:
            ready.remove(steps[-1])
        # The told order is taken more often: people mostly follow the story.
        chosen = ready[0] if rng.random() < 0.5 else rng.choice(ready)
        waiting.remove(chosen)
        ordered.append(chosen)
    return tuple(ordered)


def ways(program: Program) -> list[Program]:
    """The program itself, then the other valid ways to the same answer.

    Two chained subtractions x - a - b may also be x - b - a, or x - (a + b); chained additions and
    products likewise. One pair is rewritten at a time, which is variety enough.
    """
    found = [program]
    for first, second in _chained_pairs(program.steps):
        (x, a), (_, b) = first.args, second.args
        joined = "mul" if first.op == "mul" else "add"
        rewrites = [((x, b), (first.name, a), first.op), ((a, b), (x, first.name), joined)]
        for new_first, new_second, op in rewrites:
            replaced = {
                first.name: Step(first.name, op, new_first),
                second.name: dataclasses.replace(second, args=new_second),
            }
            steps = _sorted_by_need([replaced.get(step.name, step) for step in program.steps])
            found.append(Program(program.givens, steps))
    return found


def _chained_pairs(steps: tuple[Step, ...]) -> Iterator[tuple[Step, Step]]:
    for first in steps:
        users = [step for step in steps if first.name in step.args]
        if len(users) == 1 and len(first.args) == 2 and first.op in ("add", "sub", "mul"):
            second = users[0]
            if second.op == first.op and len(second.args) == 2 and second.args[0] == first.name:
                yield first, second


def _sorted_by_need(steps: list[Step]) -> tuple[Step, ...]:
    waiting, ordered = list(steps), []
    while waiting:
        missing = {step.name for step in waiting}
        ready = next(step for step in waiting if not missing & set(step.args))
        waiting.remove(ready)
        ordered.append(ready)
    return tuple(ordered)
