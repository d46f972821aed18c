r"""Every value that an expression may have, as people and models write arithmetic.

What is written is often ambiguous: "50%" is 50 or 1/2, "80 + 10%" is 88 or 80.1, 3\frac{1}{2} is 3.5 or 1.5.
So an expression has a *set* of readings, and whoever checks it may only call it wrong where no reading is
right. What is not understood for sure (variables, roots) raises `Unread`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

from seek_viz.show.lexing import Token, begins_operand

_MAX_READINGS = 64
_MAX_BITS = 400
"""Of a power; a larger one is left out."""


class Unread(Exception):
    """Raised where an expression cannot be parsed reliably."""


@dataclass
class Reading:
    """An expression: its values, and what they were read from."""

    values: set[Fraction]
    start: int
    """First token."""
    end: int = 0
    """Token after the last operand."""
    signs: set[str] = field(default_factory=set)
    words: list[Token] = field(default_factory=list)
    decimals: int = 0
    """Most decimals of a number in it."""
    slack: Fraction = Fraction(0)
    """Sum of the relative errors that its decimals, if rounded, may have."""
    bare: bool = False
    """A single number."""
    percent: bool = False
    """A single percentage."""


def read(tokens: list[Token], start: int, end: int) -> Reading:
    """The longest expression that begins at `start` and is over at `end`, by the usual precedence.

    Raises:
        Unread: nothing there begins an expression, or it is not understood.
    """
    return _Reader(tokens, end).expression(start)


class _Reader:
    def __init__(self, tokens: list[Token], end: int) -> None:
        self.tokens, self.end = tokens, end

    def expression(self, at: int) -> Reading:
        total = self.term(at)
        while sign := self.sign_after(total, "+-"):
            right = self.term(sign + 1)
            plus = self.tokens[sign].text == "+"
            factor = 1 if plus else -1
            values = {a + factor * b for a in total.values for b in right.values}
            if right.bare and self.tokens[right.start].percent:
                values |= {a * (1 + factor * b) for a in total.values for b in right.values}
            total = self.joined(total, right, values, self.tokens[sign].text)
        return total

    def term(self, at: int) -> Reading:
        product = self.factor(at)
        while True:
            if sign := self.sign_after(product, "*/"):
                product = self.applied(product, sign)
            elif self.adjoins(product.end):
                if self.tokens[product.end - 2].text == "/" and product.end - 2 > product.start:
                    raise Unread  # 6 / 2(1 + 2)
                right = self.factor(product.end)
                values = {a * b for a in product.values for b in right.values}
                if self.tokens[right.start].kind == "frac" and self.tokens[product.end - 1].kind == "number":
                    values |= {a + b for a in product.values for b in right.values}  # 3\frac{1}{2}
                product = self.joined(product, right, values, "*")
            else:
                return product

    def applied(self, product: Reading, sign: int) -> Reading:
        right = self.factor(sign + 1)
        if self.tokens[sign].text == "*":
            values = {a * b for a in product.values for b in right.values}
            return self.joined(product, right, values, "*")
        values = {a / b for a in product.values for b in right.values if b}
        result = self.joined(product, right, values, "/")
        inner = right.end
        if self.is_tight(inner) and not self.is_tight(sign):  # 1 1/2 / 1/2: as written, or by a half
            under = self.factor(inner + 1)
            halves = {b / c for b in right.values for c in under.values if c}
            values = {a / c for a in values for c in under.values if c}
            values |= {a / b for a in product.values for b in halves if b}
            result = self.joined(result, under, values, "/")
        return result

    def factor(self, at: int) -> Reading:
        token = self.tokens[at] if at < self.end else None
        if token and token.kind == "sign" and token.text == "-":
            if not begins_operand(self.tokens, at + 1):
                raise Unread
            inner = self.factor(at + 1)
            values = {-value for value in inner.values}
            if self.tokens[inner.end - 1].kind == "power":  # -2^2: 4 for many
                values |= inner.values
            return replace_values(inner, values, at)
        base = self.operand(at)
        if base.end >= self.end or self.tokens[base.end].kind != "power":
            return base
        exponent = int(self.tokens[base.end].values[0])
        sizes = [max(value.numerator.bit_length(), value.denominator.bit_length()) for value in base.values]
        if max(sizes, default=0) * exponent > _MAX_BITS or (0 in base.values and not exponent):
            raise Unread
        values = {value**exponent for value in base.values}
        slack = base.slack * exponent
        return Reading(values, at, base.end + 1, base.signs | {"^"}, base.words, base.decimals, slack)

    def operand(self, at: int) -> Reading:
        token = self.tokens[at] if at < self.end else None
        if token is None or not begins_operand(self.tokens, at):
            raise Unread
        if token.kind == "number":
            low = min(abs(value) for value in token.values)
            # 0.67 and 33.3 may be rounded; 0.3, 7.50 and 0.25 are what they look like.
            last = token.text.strip("% ")[-1]
            rounded = last not in "05" and (token.decimals > 1 or (token.decimals == 1 and low > 1))
            slack = Fraction(1, 2 * 10**token.decimals) / low if rounded and low else Fraction(0)
            made = Reading(set(token.values), at, at + 1, decimals=token.decimals, slack=slack, bare=True)
            made.percent = token.percent
        elif token.kind == "open":
            made = self.group(at)
        else:
            over = self.group(at + 1)
            under = self.group(over.end)
            values = {a / b for a in over.values for b in under.values if b}
            made = self.joined(over, under, values, "/")
            made.start = at
        return made

    def group(self, at: int) -> Reading:
        close = self.tokens[at].match if at < self.end else -1
        if not at < close < self.end:
            raise Unread
        inner = _Reader(self.tokens, close).expression(at + 1)
        inner.words += self.words_from(inner.end)
        if inner.end + len(self.words_from(inner.end)) != close:
            raise Unread
        inner.start, inner.end = at, close + 1
        return inner

    def words_from(self, at: int) -> list[Token]:
        """The words that follow an operand."""
        last = at
        while last < self.end and self.tokens[last].kind == "word":
            last += 1
        return self.tokens[at:last]

    def sign_after(self, reading: Reading, signs: str) -> int:
        """Position of a following sign, possibly after a unit, that has an operand after it; else 0."""
        words = self.words_from(reading.end)
        at = reading.end + len(words)
        if at + 1 >= self.end or self.tokens[at].kind != "sign" or self.tokens[at].text not in signs:
            return 0
        if not begins_operand(self.tokens, at + 2 if self.is_negative(at + 1) else at + 1):
            return 0
        reading.words += words
        return at

    def is_negative(self, at: int) -> bool:
        """Whether a minus stands here that touches its number."""
        tokens = self.tokens
        return at + 1 < self.end and tokens[at].text == "-" and tokens[at].end == tokens[at + 1].start

    def adjoins(self, at: int) -> bool:
        """Whether a factor follows without a sign: 2(3 + 4), (1/2) 278."""
        if at >= self.end or not begins_operand(self.tokens, at):
            return False
        if self.tokens[at].kind == "number" and self.tokens[at - 1].kind in ("number", "power"):
            raise Unread
        return True

    def is_tight(self, sign: int) -> bool:
        """Whether a slash stands here without a blank around it, as in a fraction."""
        if not 0 < sign < self.end - 1 or self.tokens[sign].text != "/" or self.tokens[sign].kind != "sign":
            return False
        token = self.tokens[sign]
        return self.tokens[sign - 1].end == token.start and token.end == self.tokens[sign + 1].start

    @staticmethod
    def joined(left: Reading, right: Reading, values: set[Fraction], sign: str) -> Reading:
        if len(values) > _MAX_READINGS:
            raise Unread
        return Reading(
            values,
            left.start,
            right.end,
            left.signs | right.signs | {sign},
            left.words + right.words,
            max(left.decimals, right.decimals),
            left.slack + right.slack,
        )


def replace_values(reading: Reading, values: set[Fraction], start: int) -> Reading:
    """The same expression, begun at a sign before it."""
    return replace(reading, values=values, start=start)
