"""Solutions with a fault put in on purpose, for the judge's first lessons.

The truth about the text is computed afterwards by `labels`, so a fault that turns out to be none is
harmless. Own wrong answers of the model teach more; these come first because they need no model.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from fractions import Fraction

from seek_viz.problems.arithmetic import off
from seek_viz.problems.grammar import TinyProblem
from seek_viz.problems.program import Program, Step, apply_op, shuffled_order, value_of
from seek_viz.problems.values import is_writable, number_text
from seek_viz.problems.wording import chain_of_thought, tell

_OTHER_OP = {
    "add": "sub",
    "sub": "add",
    "mul": "add",
    "div": "mul",
    "percent": "sub",
    "quotient": "mul",
    "remainder": "sub",
}


def corrupted(problem: TinyProblem, rng: random.Random) -> str:
    """A solution text with one fault of a random kind."""
    while True:
        made = rng.choice(_FAULTS)(problem, rng)
        if made is not None:
            return made


def slip(problem: TinyProblem, rng: random.Random) -> str | None:
    """One result is off; the later steps build on it."""
    steps = shuffled_order(problem.program.steps, rng)
    wrong_step = rng.choice(steps)
    values = dict(problem.program.givens)
    for step in steps:
        result = apply_op(step.op, [value_of(arg, values) for arg in step.args])
        if step is wrong_step:
            result = off(result, rng)
        values[step.name] = result
    return _told(steps, values, rng)


def misread(problem: TinyProblem, rng: random.Random) -> str | None:
    """A given is read wrongly, or another number of the question is taken for it."""
    givens = dict(problem.program.givens)
    name = rng.choice(tuple(givens))
    numbers = [word.strip("$%.,") for word in problem.question.split()]
    others = [Fraction(n) for n in numbers if n.isdigit() and Fraction(n) != givens[name]]
    givens[name] = rng.choice(others) if others and rng.random() < 0.7 else off(givens[name], rng)
    return _run_and_tell(Program(givens, problem.program.steps), rng)


def wrong_operation(problem: TinyProblem, rng: random.Random) -> str | None:
    """One step does something else with its numbers."""
    index = rng.randrange(len(problem.program.steps))
    steps = list(problem.program.steps)
    steps[index] = dataclasses.replace(steps[index], op=_OTHER_OP[steps[index].op])
    return _run_and_tell(Program(problem.program.givens, tuple(steps)), rng)


def wrong_operand(problem: TinyProblem, rng: random.Random) -> str | None:
    """One step takes another quantity for one of its numbers: one that it has already, or any before it."""
    steps = list(problem.program.steps)
    index = rng.randrange(len(steps))
    args = list(steps[index].args)
    place = rng.randrange(len(args))
    known = [*problem.program.givens, *(step.name for step in steps[:index])]
    others = [name for name in (args if rng.random() < 0.4 else known) if name != args[place]]
    if not others:
        return None
    args[place] = rng.choice(others)
    steps[index] = dataclasses.replace(steps[index], args=tuple(args))
    return _run_and_tell(Program(problem.program.givens, tuple(steps)), rng)


def dropped_step(problem: TinyProblem, rng: random.Random) -> str | None:
    """One step is left out; its first number stands in for it."""
    steps = list(problem.program.steps)
    gone = steps.pop(rng.randrange(len(steps) - 1))
    if not steps:
        return None
    swapped = [
        dataclasses.replace(step, args=tuple(gone.args[0] if arg == gone.name else arg for arg in step.args))
        for step in steps
    ]
    return _run_and_tell(Program(problem.program.givens, tuple(swapped)), rng)


def early_stop(problem: TinyProblem, rng: random.Random) -> str | None:
    """The last steps are missing, and a result on the way is given as the answer."""
    steps = problem.program.steps[: rng.randint(1, len(problem.program.steps) - 1)]
    return _run_and_tell(Program(problem.program.givens, steps), rng)


def cut_off(problem: TinyProblem, rng: random.Random) -> str | None:
    """The text breaks off."""
    text = chain_of_thought(problem.program, rng)
    return text[: rng.randint(len(text) // 4, len(text) - 2)].rstrip()


def bad_ending(problem: TinyProblem, rng: random.Random) -> str | None:
    """No box, two boxes, or a box with another number."""
    text = chain_of_thought(problem.program, rng)
    kind = rng.randrange(3)
    if kind == 0:
        return text.replace("\\boxed{", "").replace("}", "")
    other = number_text(off(Fraction(problem.gold), rng))
    return f"{text} \\boxed{{{other}}}" if kind == 1 else f"{text.rpartition('{')[0]}{{{other}}}"


def scrambled(problem: TinyProblem, rng: random.Random) -> str | None:
    """Pieces of the text are lost, doubled or swapped, as when tokens are changed one by one."""
    text = chain_of_thought(problem.program, rng)
    for _ in range(rng.randint(1, 4)):
        at, size = rng.randrange(len(text) // 2), rng.randint(1, 4)
        other = rng.randrange(len(text) - size)
        piece = rng.choice(("", text[other : other + size], text[at : at + size] * 2))
        text = text[:at] + piece + text[at + size :]
    return text


_FAULTS: tuple[Callable[[TinyProblem, random.Random], str | None], ...] = (
    slip,
    slip,
    misread,
    misread,
    wrong_operand,
    wrong_operand,
    wrong_operand,
    wrong_operation,
    dropped_step,
    early_stop,
    early_stop,
    cut_off,
    bad_ending,
    scrambled,
)


def _run_and_tell(program: Program, rng: random.Random) -> str | None:
    try:
        values = program.run()
    except ZeroDivisionError:
        return None
    return _told(shuffled_order(program.steps, rng), values, rng)


def _told(steps: tuple[Step, ...], values: dict[str, Fraction], rng: random.Random) -> str | None:
    good = all(value >= 0 and value < 10_000 and is_writable(value) for value in values.values())
    return tell(steps, values, rng) if good else None
