"""Numbers that are spelled out: "one hundred and four", "two thirds", "three and a half", "one point five".

Only what can be read in one way is read: "five six", "nineteen eighty" and "fifth" are no numbers.
"""

from __future__ import annotations

import re
from fractions import Fraction

_SMALL = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_IRREGULAR = {"three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth", "twelve": "twelfth"}


def _ordinal(word: str) -> str:
    return _IRREGULAR.get(word, word.removesuffix("y") + ("ieth" if word.endswith("y") else "th"))


_PARTS = {
    _ordinal(word): value
    for word, value in (_SMALL | _TENS | {"hundred": 100} | _SCALES).items()
    if value > 2  # a second is a unit
} | {"half": 2, "quarter": 4}
_PLURALS = {part + "s": value for part, value in _PARTS.items() if part != "half"} | {"halves": 2}
NUMBER_WORDS = {*_SMALL, *_TENS, "hundred", *_SCALES, *_PARTS, *_PLURALS, "first", "hundreds", "tens"}
"""Every word of a number that is spelled out; none of them is a noun that can be counted."""
_WORD = re.compile(r"(?:[ -]|(?<![a-z]))([a-z]+)")
_MOST_WORDS = 40

Words = list[tuple[str, int]]
"""Words and where each ends."""


def spelled(text: str, at: int = 0) -> tuple[Fraction, int] | None:
    """The number that is spelled out at `at`, and where it ends; None where none is."""
    words = _words(text, at)
    if not words or words[0][0] not in NUMBER_WORDS | {"a", "an"}:
        return None
    found = _half(words) or _mixed(words)
    if found is None or ((end := words[found[1] - 1][1]) < len(text) and text[end] == "-"):
        return None
    return found[0], end


def with_part(text: str, at: int, count: Fraction) -> tuple[Fraction, int]:
    """A number in digits with the part that follows it in words: 3 eighths, 3 and a half."""
    words = _words(text, at)
    found = _parts(words, 0, count)
    return (found[0], words[found[1] - 1][1]) if found else (count, at)


def _words(text: str, at: int) -> Words:
    words: Words = []
    lower = text[at : at + 400].lower()
    while len(words) < _MOST_WORDS and (match := _WORD.match(lower, words[-1][1] - at if words else 0)):
        words.append((match[1], match.end() + at))
    return words


def _word(words: Words, at: int) -> str:
    return words[at][0] if at < len(words) else ""


def _half(words: Words) -> tuple[Fraction, int] | None:
    return (Fraction(1, 2), 1) if _word(words, 0) == "half" else None


def _mixed(words: Words) -> tuple[Fraction, int] | None:
    """A whole number, and a part or decimals."""
    if (one := _one_part(words, 0)) is not None:
        return one
    whole = _whole(words, 0)
    if whole is None:
        return None
    value, at = Fraction(whole[0]), whole[1]
    if found := _parts(words, at, value):
        return found
    if _word(words, at) == "point":
        digits, after = "", at + 1
        while (digit := _SMALL.get(_word(words, after), 10)) < 10:
            digits, after = digits + str(digit), after + 1
        return (value + Fraction(int(digits), 10 ** len(digits)), after) if digits else None
    return value, at


def _one_part(words: Words, at: int) -> tuple[Fraction, int] | None:
    """A third, a half."""
    part = _PARTS.get(_word(words, at + 1)) if _word(words, at) in ("a", "an") else None
    return (Fraction(1, part), at + 2) if part else None


def _parts(words: Words, at: int, count: Fraction) -> tuple[Fraction, int] | None:
    """Thirds of which there are `count`, or a part beside it: and a half, and two thirds."""
    word = _word(words, at)
    part = _PARTS.get(word) if count == 1 else _PLURALS.get(word)
    if part and (word != "quarters" or count < part):  # seven quarters are coins
        return count / part, at + 1
    if word != "and" or count.denominator != 1:
        return None
    beside = _one_part(words, at + 1)
    if beside is None and (number := _whole(words, at + 1)) and _word(words, number[1]) != "and":
        beside = _parts(words, number[1], Fraction(number[0]))
    return (count + beside[0], beside[1]) if beside and beside[0] < 1 else None


def _whole(words: Words, at: int) -> tuple[int, int] | None:
    """A whole number: groups below a thousand, each with a scale below that of the one before."""
    total, last, found = 0, 10**15, False
    while (group := _group(words, _past_and(words, at) if found else at)) is not None:
        value, after = group
        scale = _SCALES.get(_word(words, after), 1)
        if scale >= last or value >= last:
            break
        total, last, found, at = total + value * scale, scale, True, after + (scale > 1)
        if scale == 1:
            break
    return (total, at) if found else None


def _group(words: Words, at: int) -> tuple[int, int] | None:
    if _word(words, at) == "a" and _word(words, at + 1) in ("hundred", *_SCALES):
        value, after = 1, at + 1
    elif (small := _below_hundred(words, at)) is None:
        return None
    else:
        value, after = small
    if _word(words, after) != "hundred" or not 0 < value < 100:
        return value, after
    rest = _below_hundred(words, _past_and(words, after + 1))
    return (100 * value + rest[0], rest[1]) if rest and rest[0] else (100 * value, after + 1)


def _below_hundred(words: Words, at: int) -> tuple[int, int] | None:
    word = _word(words, at)
    if word in _SMALL:
        return _SMALL[word], at + 1
    if word not in _TENS:
        return None
    ones = _SMALL.get(_word(words, at + 1), 0)
    return (_TENS[word] + ones, at + 2) if 0 < ones < 10 else (_TENS[word], at + 1)


def _past_and(words: Words, at: int) -> int:
    return at + 1 if _word(words, at) == "and" else at
