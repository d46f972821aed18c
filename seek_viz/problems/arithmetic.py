"""Arithmetic as the model learns it: drills of bare equations, and how an equation is checked.

A check goes another way than the calculation did: a sum is checked by subtracting, a quotient by
multiplying back, a product in parts. Doing the same again would repeat the same slip.

    31-5=26     "31-5: 26+5=31 ok."
    37*6=212    "37*6: 180+42=222 no."
"""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction

from seek_viz.problems.labels import Equation, parse_equations
from seek_viz.problems.program import apply_op
from seek_viz.problems.values import number_text
from seek_viz.problems.wording import equation_text

_LIMIT = 999
_OPS = {"add": 3, "sub": 4, "mul": 4, "div": 4, "quotient": 3, "percent": 1, "money": 3}
"""Operation -> how often it is drilled; "money" multiplies and adds amounts with 50 cents."""


def random_equation(rng: random.Random) -> str:
    """A right equation of a kind that solutions need, with numbers up to 999."""
    op = rng.choices(tuple(_OPS), tuple(_OPS.values()))[0]
    kind, numbers = _DRAWS[op](rng)
    return equation_text(kind, numbers, apply_op(kind, numbers))


def check(equation: Equation) -> str:
    """How an equation of a text is checked, and whether it holds: "37*6: 180+42=222 no."."""
    return f"{equation.left}: {_way(equation)} {'ok' if equation.is_right else 'no'}."


def _way(equation: Equation) -> str:
    """The calculation that the check makes."""
    numbers, claimed = equation.numbers, equation.claimed
    if len(numbers) == 2 and claimed >= 0:
        first, second = numbers
        sign = equation.signs[0]
        if sign == "+" and claimed >= second:
            return equation_text("sub", [claimed, second], claimed - second)
        if sign == "-":
            return equation_text("add", [claimed, second], claimed + second)
        if sign == "*":
            return in_parts(first, second)
        if second and equation.rest is not None:
            return in_parts(claimed, second, equation.rest)
        if second:
            return in_parts(claimed, second)
    if equation.signs == ("*", "/") and numbers[2]:
        product = numbers[0] * numbers[1]
        return equation_text("div", [product, numbers[2]], product / numbers[2])
    value, _ = equation.true_result()
    return "none" if value is None else number_text(value)


def in_parts(a: Fraction, b: Fraction, rest: Fraction | None = None) -> str:
    """A product by the parts of one factor: "180+42=222" for 37 * 6; "42" where none can be split.

    With `rest`, the remainder of a division is added: "600+33+2=635" for 211 * 3 + 2.
    """
    parts = [a * b]
    if max(_digits(a), _digits(b)) > 1:
        many = min(number for number in (a, b) if _digits(number) > 1)
        other = b if many == a else a
        place = Fraction(10) ** (len(str(int(many))) - 1)
        head = many // place * place
        parts = [head * other, (many - head) * other]
    if rest is not None:
        parts.append(rest)
    total = sum(parts, Fraction(0))
    return equation_text("add", parts, total) if len(parts) > 1 else number_text(total)


def drill(rng: random.Random, count: int = 10) -> tuple[str, str]:
    """Bare equations: (left sides, equations), or (equations with faults, their checks)."""
    made = [random_equation(rng) for _ in range(count)]
    if rng.random() < 0.6:
        return ", ".join(equation.split("=")[0] for equation in made), ", ".join(made)
    shown = [_spoilt(equation, rng) if rng.random() < 0.5 else equation for equation in made[: count - 3]]
    checks = [check(parsed) for equation in shown for parsed in parse_equations(equation)]
    return ", ".join(shown), " ".join(checks)


def off(value: Fraction, rng: random.Random) -> Fraction:
    """A number that a slip would give instead: another digit, or a bit more or less."""
    digits = str(value.numerator)
    if value.denominator == 1 and len(digits) > 1 and rng.random() < 0.4:
        place = rng.randrange(len(digits))
        changed = digits[:place] + str(rng.randrange(10)) + digits[place + 1 :]
        if changed != digits and not changed.startswith("0"):
            return Fraction(changed)
    return value + rng.choice([d for d in (-20, -10, -2, -1, 1, 2, 10, 20, 100) if value + d > 0])


def _spoilt(equation: str, rng: random.Random) -> str:
    left, _, right = equation.partition("=")
    whole, remainder, rest = right.partition(" remainder ")
    if remainder and rng.random() < 0.5:
        return f"{left}={whole}{remainder}{number_text(off(Fraction(rest), rng))}"
    return f"{left}={number_text(off(Fraction(whole), rng))}{remainder}{rest}"


def _digits(value: Fraction) -> int:
    """Significant digits: 2 for 37 and for 4.50, 1 for 60."""
    return len(number_text(value).replace(".", "").strip("0"))


def _size(rng: random.Random, most: int = _LIMIT) -> int:
    """Small and large numbers alike often."""
    return rng.randint(1, rng.choice([n for n in (12, 50, 120, 400, _LIMIT) if n <= most] or [most]))


def _sum(rng: random.Random) -> tuple[str, list[Fraction]]:
    a = _size(rng, _LIMIT - 1)
    return "add", [Fraction(a), Fraction(min(_size(rng), _LIMIT - a))]


def _difference(rng: random.Random) -> tuple[str, list[Fraction]]:
    a, b = _size(rng), _size(rng)
    return "sub", [Fraction(max(a, b) + (a == b)), Fraction(min(a, b))]


def _product(rng: random.Random) -> tuple[str, list[Fraction]]:
    b = rng.randint(2, rng.choice((9, 12, 20)))
    numbers = [Fraction(rng.randint(2, rng.choice((12, 60, _LIMIT // b)))), Fraction(b)]
    if numbers[0] * b > _LIMIT:
        numbers[0] = Fraction(_LIMIT // b)
    if rng.random() < 0.5:
        numbers.reverse()
    return "mul", numbers


def _exact_quotient(rng: random.Random) -> tuple[str, list[Fraction]]:
    b = rng.randint(2, 12)
    return "div", [Fraction(b * rng.randint(2, rng.choice((12, 40, _LIMIT // b)))), Fraction(b)]


def _with_remainder(rng: random.Random) -> tuple[str, list[Fraction]]:
    b = rng.randint(3, 12)
    a = b * rng.randint(1, rng.choice((60, 200, 800)) // b) + rng.randint(1, b - 1)
    return "quotient", [Fraction(a), Fraction(b)]


def _percentage(rng: random.Random) -> tuple[str, list[Fraction]]:
    percent = Fraction(rng.choice((10, 20, 25, 30, 40, 50, 60, 75, 80)))
    step = (percent / 100).denominator
    return "percent", [Fraction(step * rng.randint(1, rng.choice((12, 400)) // step + 1)), percent]


def _money(rng: random.Random) -> tuple[str, list[Fraction]]:
    price = Fraction(2 * rng.randint(1, rng.choice((12, 44))) + 1, 2)
    kind = rng.choice(("mul", "mul", "add", "sub"))
    if kind == "mul":
        numbers = [Fraction(rng.randint(2, int(min(rng.choice((12, 60)), _LIMIT / price)))), price]
        return kind, numbers if rng.random() < 0.5 else numbers[::-1]
    amount = Fraction(_size(rng, 400)) + rng.choice((0, Fraction(1, 2)))
    other = Fraction(rng.randint(1, 120)) + rng.choice((0, Fraction(1, 2)))
    return kind, [max(amount, other) + 1, min(amount, other)]


_DRAWS: dict[str, Callable[[random.Random], tuple[str, list[Fraction]]]] = {
    "add": _sum,
    "sub": _difference,
    "mul": _product,
    "div": _exact_quotient,
    "quotient": _with_remainder,
    "percent": _percentage,
    "money": _money,
}
