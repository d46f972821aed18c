"""Check the equations in a text: `a op b = c`, as people and models write it.

An equation is called wrong only where no reading of it is right (`expressions.py`), its units agree, and
nothing around it changes what it says. What is not understood for sure is left out: an alarm that is false
costs a reader more than an equation that goes unchecked.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import accumulate

from seek_viz.show.doubts import (
    CHANGES_BY_OF,
    CHANGES_WHAT_FOLLOWS,
    NUMBERED,
    TIES,
    UNITS,
    has_remainder,
    is_converted,
    is_doubtful,
    is_near,
    is_other_arithmetic,
    is_rounded,
)
from seek_viz.show.expressions import Reading, Unread, read
from seek_viz.show.lexing import Token, begins_operand, tokens_of

_MAX_TOKENS = 160
"""A longer side is left out, so that hostile text takes linear time."""

_CALCULATION = re.compile(r"<<([^<>\n]{0,400})>>")
"""GSM8K's calculator annotation: an equation that stands between "=" and the result of another."""


def equations(tokens: Sequence[str]) -> list[tuple[int, int, bool]]:
    """Find each equation with arithmetic in it and check it.

    Precedence is the usual one; a result with decimals may be rounded to as many as it shows. Of a chain
    `a = b = c` each neighbouring pair is checked.

    Args:
        tokens: the pieces of a text.

    Returns:
        (first token, token after the last, whether it holds), in order.
    """
    ends = list(accumulate(map(len, tokens)))
    text = "".join(tokens)
    outside = _CALCULATION.sub(lambda found: " " * len(found[0]), text)
    spans = [*_checked(outside)]
    for found in _CALCULATION.finditer(text):
        spans += [(found.start(1) + a, found.start(1) + b, holds) for a, b, holds in _checked(found[1])]
    return [
        (bisect_right(ends, first), bisect_left(ends, last) + 1, holds)
        for first, last, holds in sorted(spans)
    ]


def _checked(text: str) -> Iterator[tuple[int, int, bool]]:
    """(first character, character after the last, whether it holds) of each equation."""
    tokens = tokens_of(text)
    for at, token in enumerate(tokens):
        if token.kind == "equals":
            try:
                left, right, holds = _judged(text, tokens, at)
            except Unread:
                continue
            first, last = tokens[left.start].start, tokens[right.end - 1].end
            yield first - (text[first - 1 : first] in tuple("$€£¥")), last, holds


def _judged(text: str, tokens: list[Token], equals: int) -> tuple[Reading, Reading, bool]:
    """Both sides of one "=", and whether they are equal.

    Raises:
        Unread: without arithmetic, not understood, or not equal for a reason that may be good.
    """
    left = _left(tokens, equals)
    right, first = _right(tokens, equals)
    if not left.signs and not right.signs:
        raise Unread
    about = tokens[equals].text not in ("=", "equals")
    if _equal(left, right, about):
        return left, right, True
    if _equal(left, first, about):  # "2 * 3 = 6 (3 each)", but not "2 * 3 = 6 + 1"
        if right.end > first.end and tokens[first.end].kind == "sign":
            raise Unread
        return left, first, True
    if has_remainder(tokens, left, right):
        return left, right, True
    if (
        (about and is_near(left, right))
        or is_doubtful(tokens, left, right)
        or is_rounded(left, right)
        or is_converted(text, tokens, left, right)
        or is_other_arithmetic(text, tokens, left, right)
    ):
        raise Unread
    return left, right, False


# --- What belongs to an equation ------------------------------------------------------------------


def _left(tokens: list[Token], equals: int) -> Reading:
    """The side before "=": back over operands, units and signs, as far as they go."""
    start = _start(tokens, equals)
    if equals - start > _MAX_TOKENS:
        raise Unread
    _check_context(tokens, start)
    left = read(tokens, start, equals)
    rest = tokens[left.end : equals]
    if any(token.kind != "word" for token in rest):
        raise Unread
    left.words += rest
    # "- 3 + 4 = 7" and "- (3 + 4) * 2 = 14" after a bullet, "(1) 3 + 4 = 7" after a number of its own.
    begin = start + 1 if tokens[start].kind == "sign" else tokens[start].match + 1
    operand = begin > 0 and tokens[begin].kind in ("number", "open", "frac")
    if operand and tokens[begin].start > tokens[begin - 1].end:
        left.values |= read(tokens, begin, equals).values
    left.values |= _without_label(tokens, start, equals)
    _check_variables(tokens, start, equals)
    if tokens[equals - 1].kind == "word" and re.fullmatch(
        "[a-zA-Z]", tokens[equals - 1].text
    ):  # 7 * 41 and a = 41
        raise Unread
    return left


def _without_label(tokens: list[Token], start: int, equals: int) -> set[Fraction]:
    """The values of a side whose first number may be that of a step: "Step 1 - 12 * 2 = 24"."""
    if (
        equals < start + 3
        or tokens[start].kind != "number"
        or not re.fullmatch(r"\d{1,3}", tokens[start].text)
    ):
        return set()
    dash, after = tokens[start + 1], tokens[start + 2]
    named = start > 0 and tokens[start - 1].text.lower() in NUMBERED
    if dash.text != "-" or dash.end == after.start or (tokens[start].end == dash.start and not named):
        return set()
    rest = read(tokens, start + 2, equals)
    # What is left of "1 - 2/5 = 2/5" is no calculation.
    fraction = rest.signs == {"/"} and tokens[start + 3].start == after.end and not named
    return rest.values if rest.signs and not fraction else set()


def _start(tokens: list[Token], equals: int) -> int:
    at = equals
    while True:
        while at and tokens[at - 1].kind == "word":
            at -= 1
        after = at
        while at and tokens[at - 1].kind in ("number", "close", "frac", "power"):
            at = tokens[at - 1].match if tokens[at - 1].kind == "close" else at - 1
        if at == after:
            raise Unread
        if not at or tokens[at - 1].kind != "sign":
            return at
        before = tokens[at - 2].kind if at > 1 else "stop"
        gap = at > 1 and tokens[at - 2].end < tokens[at - 1].start
        if before == "word" and gap and tokens[at - 1].end == tokens[at].start:  # "4 gives -11"
            raise Unread
        if before == "sign":  # 3 * -2
            at -= 1
        elif before in ("stop", "equals"):
            if tokens[at - 1].text != "-":
                raise Unread
            return at - 1
        at -= 1


def _check_context(tokens: list[Token], start: int) -> None:
    """Refuse a side whose beginning is the end of something else.

    Raises:
        Unread: what stands before it may belong to it.
    """
    at, words = start, list[str]()
    while at and tokens[at - 1].kind == "word" and start - at < 40:
        at -= 1
        words.append(tokens[at].text.lower())
    before = tokens[at - 1].kind if at else "stop"
    called = tokens[start].kind != "number" and tokens[start - 1].end == tokens[start].start  # f(3) + 4
    if words and (called or _is_variable(tokens[start - 1])):
        raise Unread
    if before in ("sign", "frac") or (before == "other" and not words):
        raise Unread
    near = [word for word in words[:4] if word not in ("the", "a", "an")]
    if CHANGES_WHAT_FOLLOWS & set(near[:1]) or (near[:1] == ["of"] and CHANGES_BY_OF & set(near[1:2])):
        raise Unread
    if (
        before == "stop"
        and at > 1
        and tokens[at - 1].text in ("(", "[", "{")
        and tokens[at - 2].kind == "sign"
    ):
        raise Unread  # 5 * (2 + 3 = 25
    result = at > 1 and tokens[at - 2].kind == "equals" and words[:1] == ["and"]  # "= 8 and 5 * 5 = 25"
    if before in ("number", "close") and TIES & set(words[:1]) and len(words) < 4 and not result:
        raise Unread


def _right(tokens: list[Token], equals: int) -> tuple[Reading, Reading]:
    """The side behind "=", and its first number alone; what follows may be prose."""
    stop = equals + 1
    while stop < len(tokens) and tokens[stop].kind not in ("equals", "stop"):
        stop += 1
    first = read(tokens, equals + 1, _after_operand(tokens, equals + 1, stop))
    try:
        right = read(tokens, equals + 1, min(stop, equals + 1 + _MAX_TOKENS))
    except Unread:  # "= 8 (since x > 2)"
        right = first
    _check_variables(tokens, equals + 1, min(stop, right.end + 1))
    if right.end < len(tokens) and not _may_follow(tokens, right.end):
        raise Unread
    return right, first


def _may_follow(tokens: list[Token], at: int) -> bool:
    """Whether a result may be over here: not before a power, nor before a bracket that is no remark."""
    if tokens[at].text not in ("(", "[", "{"):
        return tokens[at].kind not in ("other", "number", "frac")
    remark = at + 1 < len(tokens) and tokens[at + 1].kind == "word" and not _is_variable(tokens[at + 1])
    return remark and tokens[at - 1].end < tokens[at].start


def _after_operand(tokens: list[Token], at: int, stop: int) -> int:
    at += at < stop and tokens[at].text == "-"
    if at >= stop or not begins_operand(tokens, at):
        raise Unread
    if tokens[at].kind == "frac":
        at = tokens[at + 1].match + 1
    end = max(at, tokens[at].match if at < stop else at) + 1
    return end + (end < stop and tokens[end].kind == "power")


def _is_variable(token: Token) -> bool:
    name = token.text.lstrip("-/")
    return token.kind == "word" and len(name) == 1 and name.isalpha() and token.text not in ("a", "A", "I")


def _check_variables(tokens: list[Token], first: int, end: int) -> None:
    """Refuse letters that are numbers: x, 5k, 2ab.

    Raises:
        Unread: there is one.
    """
    for at in range(first, end):
        tied = at and tokens[at].kind == "word" and tokens[at - 1].kind == "number"
        tied = tied and tokens[at - 1].end == tokens[at].start and tokens[at].text[0] not in "-/"
        if _is_variable(tokens[at]) or (tied and tokens[at].text.lower() not in UNITS):
            raise Unread


# --- Whether it holds -----------------------------------------------------------------------------


def _equal(left: Reading, right: Reading, about: bool = False) -> bool:
    """Equal in some reading; a number with decimals may be rounded to as many as it shows.

    A percentage of a division or of more decimals may be rounded to whole ones, and what is only "about" a
    number to a whole one.
    """
    side, other = (right, left) if right.bare else (left, right)
    share = side.percent and ("/" in other.signs or other.decimals > side.decimals + 2)
    rounded = side.bare and (side.decimals or about or share)
    allowed = Fraction(1, 2 * 10**side.decimals) if rounded else Fraction(0)
    as_share = min(map(abs, side.values), default=0) if side.percent else None

    def near(a: Fraction, b: Fraction) -> bool:
        shown = b if side is right else a
        return abs(a - b) <= (allowed / 100 if abs(shown) == as_share else allowed)

    return any(near(a, b) for a in left.values for b in right.values)
