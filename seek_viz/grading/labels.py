"""Answers that are words: choice letters, names, ratios, times; and what an algebra system may not read."""

from __future__ import annotations

import datetime
import re

from seek_viz.grading.nouns import is_product
from seek_viz.grading.numbers import parse_number, read_quantity

_CHOICE = re.compile(r"(?:(?:option|choice|answer)\s*:?\s*)?[\[(]?\s*([A-Z])\s*[\])]?[.):]?", re.IGNORECASE)
_PROSE = re.compile(r"[^\W\d_][\w\s.'\-/&]*")


def label(text: str) -> str:
    """What two words, choice letters, ratios or times have to share."""
    text = text.strip()
    if (match := _CHOICE.fullmatch(text)) and (match[1].isupper() or len(text) > 1):
        return match[1].upper() if len(text) > 1 or match[1].isupper() else match[1]
    text = re.sub(r"\b([ap])\.\s*m\b\.?", r"\1m", text, flags=re.IGNORECASE)
    text = re.sub(r"(?<=\d)\s+to\s+(?=\d)", ":", text)
    text = re.sub(r"_\{(\w+)\}", r"_\1", text)
    text = re.sub(r"\^\{(\w)\}", r"^\1", text)
    if (_PROSE.fullmatch(text) and not re.fullmatch(r"[A-Za-z]", text)) or re.search(
        r"\d\s*[ap]m$", text, re.IGNORECASE
    ):
        text = text.lower().rstrip(".!")
        text = re.sub(r"^(?:the|an?)\s+", "", text)
    return re.sub(r"\s+(?!\d)|(?<!\d)\s+", "", text)


_NUMERAL = re.compile(
    r"\(?(-?[0-9A-Za-z][0-9A-Za-z., ]*?)\)?\s*(?:_\s*\{?\s*|\(?(?:in\s+)?(?=base))"
    r"(?:base[\s-]*)?([A-Za-z0-9]+)\s*[})]?",
    re.IGNORECASE,
)


def numeral(text: str) -> tuple[str, int] | None:
    """A numeral to a base as it is written, and the base: 204_5, 204_{5}, 204 base five; None for others."""
    if not (match := _NUMERAL.fullmatch(text.strip())):
        return None
    base, digits = parse_number(match[2]), re.sub(r"[ ,]", "", match[1]).upper()
    if base is None or base not in range(2, 37):
        return None
    if not all(sign in "-." or int(sign, 36) < base for sign in digits):
        return None
    return digits, int(base)


_DATE = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})")


def is_date(text: str) -> bool:
    """Whether a text is a date of the calendar with a year of four digits, in any order that is in use."""
    if not (match := _DATE.fullmatch(text.strip())):
        return False
    first, middle, last = match[1], match[3], match[4]
    orders = [(first, middle, last)] if len(first) == 4 else [(last, first, middle), (last, middle, first)]
    return any(
        len(order[0]) == 4 and len(order[1]) < 3 and _in_calendar(*map(int, order)) for order in orders
    )


def _in_calendar(year: int, month: int, day: int) -> bool:
    try:
        datetime.date(year, month, day)
    except ValueError:
        return False
    return True


_COMMAND = re.compile(r"\\[A-Za-z]+")
_LETTERS = re.compile(r"[A-Za-z]+")
_WORDS_OF_TWO = {
    "am", "an", "as", "at", "be", "by", "do", "go", "he", "if", "in", "is", "it", "me", "my", "no",
    "of", "on", "or", "so", "to", "up", "us", "we",
}  # fmt: skip
_FOREIGN = re.compile(r"[^\x20-\x7e]|[:?@&~`$#%\"']|\\prime(?![a-z])|__|\d\s+\d|\d\s*_")
_RANGE = re.compile(r"[-+]?[\d.]+\s*-\s*[\d.]+")


def is_mathematical(text: str) -> bool:
    """Whether an algebra system may read a text: no prose, range, date, numeral to a base, derivative."""
    text = without_unit(text)
    if not text.strip() or _RANGE.fullmatch(text.strip()) or _FOREIGN.search(text) or is_date(text):
        return False
    for run in _LETTERS.findall(_COMMAND.sub(" ", text)):
        if run.lower() in _WORDS_OF_TWO or (len(run) > 2 and not is_product(run)):
            return False
    return True


def without_unit(text: str) -> str:
    r"""An expression without the unit that follows it: 2\sqrt{3} cm, \frac{\pi}{2} radians."""
    if (quantity := read_quantity(text)) and quantity.unit:
        return str(quantity.value)
    match = re.fullmatch(r"(.*[\w})])\s+([A-Za-z][A-Za-z^/ {}0-9.]+|%)", text.strip())
    if match and not match[1].isdecimal() and (unit := read_quantity("1 " + match[2])) and unit.value == 1:
        return match[1]
    return text
