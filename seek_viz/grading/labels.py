"""Answers that are words: choice letters, names, ratios, times; and what an algebra system may not read."""

from __future__ import annotations

import re

from seek_viz.grading.numbers import read_quantity

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


_COMMAND = re.compile(r"\\[A-Za-z]+")
_LETTERS = re.compile(r"[A-Za-z]+")
_WORDS_OF_TWO = {
    "am", "an", "as", "at", "be", "by", "do", "go", "he", "if", "in", "is", "it", "me", "my", "no",
    "of", "on", "or", "so", "to", "up", "us", "we",
}  # fmt: skip
_PRODUCTS = [set(letters) for letters in ("abcd", "xyzw", "pqrs", "klmn", "uvw", "rst", "xyt", "nk")]
_FOREIGN = re.compile(r"[^\x20-\x7e]|[:?@&~`$#%\"']|\\prime(?![a-z])|__|\d\s+\d|\d\s*_")
_RANGE = re.compile(r"[-+]?[\d.]+\s*-\s*[\d.]+")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}-\d{1,2}-\d{4}|\d{1,2}/\d{1,2}/\d{2}(?:\d{2})?")


def is_mathematical(text: str) -> bool:
    """Whether an algebra system may read a text: no prose, range, date, numeral to a base, derivative."""
    text = without_unit(text)
    if _RANGE.fullmatch(text.strip()) or _DATE.fullmatch(text.strip()):
        return False
    if not text.strip() or _FOREIGN.search(text):
        return False
    for run in _LETTERS.findall(_COMMAND.sub(" ", text)):
        if run.lower() in _WORDS_OF_TWO or (
            len(run) > 2 and not any(set(run) <= letters for letters in _PRODUCTS)
        ):
            return False
    return True


def without_unit(text: str) -> str:
    r"""An expression without the unit that follows it: 2\sqrt{3} cm, \frac{\pi}{2} radians."""
    match = re.fullmatch(r"(.*[\w})])\s+([A-Za-z][A-Za-z^/ {}0-9.]+|%)", text.strip())
    if match and not match[1].isdecimal() and (unit := read_quantity("1 " + match[2])) and unit.value == 1:
        return match[1]
    return text
