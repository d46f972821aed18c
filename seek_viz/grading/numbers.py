r"""Plain numbers with their units: `1,250`, `3 1/2`, `\frac{3}{4}`, `1.5 \times 10^3`, `2 dozen`, `12 km/h`.

Values are exact fractions, so that 0.333 is not 1/3 and 10^{-30} is not 10^{-31}. Whatever is not wholly
understood is no number: `5x`, `5 pi`, `> 5`, `5-10` and `3,5,7` are for `compare.py`. The conventions stand
in docs/answers.md.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from fractions import Fraction

from seek_viz.grading.notation import plain
from seek_viz.grading.units import ALIASES, MAGNITUDES, MONEY, factor, read_unit
from seek_viz.grading.words import spelled, with_part

MAX_DIGITS = 10_000
"""Digits of the longest number that is worked out; longer powers are for the algebra system."""


@dataclass(frozen=True)
class Quantity:
    """A number, and what it counts where that is said."""

    value: Fraction
    unit: str = ""
    """A unit's symbol ("km/h", "%", "USD"), a noun that is counted ("egg"), or empty."""


_GROUPED = r"(?!0+[, '_])\d{1,3}(?P<gap>[, '_])\d{3}(?:(?P=gap)\d{3})*(?![\d,])(?:\.\d+)?"
_INDIAN = r"\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?"
_EUROPEAN = r"\d{1,3}(?:[. ]\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}"
_COMMA = r"0,\d+"
_DECIMAL = r"\d++(?:\.\d*+)?+|\.\d++"  # possessive: else a long number is split at each of its digits in turn
_POWER = r"\^\s*(?:\{\s*(?P<e1>[-+]?\s*\d+)\s*\}|(?P<e2>-?\d+))"
_TIMES_TEN = r"\s*(?:\\times|\\cdot|\*|x|X)\s*10\s*" + _POWER

_RATIO = r"(?:(?P<n>\d+)\s*/\s*(?P<d>\d+)|\\frac\s*\{\s*(?P<n2>\d+)\s*\}\s*\{\s*(?P<d2>\d+)\s*\})"
_TOP = rf"\{{\s*(?P<n>[-+]?\s*(?:{_GROUPED}|{_DECIMAL}))\s*\}}"
_BOTTOM = rf"\{{\s*(?P<d>[-+]?\s*(?:{_DECIMAL}))\s*\}}"

_FORMS = {
    "mixed": re.compile(rf"(?P<whole>\d+)(?:\s+(?:and\s+)?|\s*(?=\\)){_RATIO}"),
    "fraction": re.compile(rf"\\frac\s*{_TOP}\s*{_BOTTOM}"),
    "slash": re.compile(rf"(?P<n>{_DECIMAL})\s*/\s*(?P<d>-?\s*(?:{_DECIMAL}))(?![\d/])"),
    "scientific": re.compile(rf"(?P<n>{_DECIMAL})(?:[eE](?P<e3>[-+]?\d+)|{_TIMES_TEN})(?!\d)"),
    "repeating": re.compile(r"(?P<n>\d*\.\d*)\\(?:overline|dot)\s*\{\s*(?P<d>\d+)\s*\}(?!\d|\\dot)"),
    # Where all decimals are the same digit there is no doubt which of them repeat.
    "recurring": re.compile(
        r"(?P<n>\d*\.)(?P<d>\d)(?P=d)*(?:\s*\(?(?:repeating|recurring)\)?(?![a-z])|(?<=\d{3})\s*(?:\.{3}|\\l?dots))"
    ),
    "power": re.compile(rf"(?P<n>{_DECIMAL})\s*{_POWER}(?!\s*\^)"),
    "european": re.compile(rf"(?P<n>{_EUROPEAN})(?![\d.,])"),
    "grouped": re.compile(rf"(?P<n>{_INDIAN}|{_GROUPED})"),
    "comma": re.compile(rf"(?P<n>{_COMMA})(?![\d,])"),
    "decimal": re.compile(rf"(?P<n>{_DECIMAL})(?![\d,]\d)"),
}
"""Ways to write a number, in the order in which they are tried."""

_LETTERS = {
    "k": 1000,
    "K": 1000,
    "M": 10**6,
    "mn": 10**6,
    "m": 10**6,
    "B": 10**9,
    "bn": 10**9,
    "b": 10**9,
    "T": 10**12,
}
_MAGNITUDE = re.compile(
    r"\s*(" + "|".join(MAGNITUDES) + r")s?(?![A-Za-z])(?:\s+of(?![A-Za-z]))?", re.IGNORECASE
)
_LETTER = re.compile(r"(k|K|M|mn|m|B|bn|b|T)(?![A-Za-z^/])")

_CHUNK = 4_000
_SIGN = re.compile(r"\s*(?:([-+])|(?:minus|negative)(?=\s))\s*", re.IGNORECASE)
_CURRENCY = re.compile(
    r"\s*(US\$|A\$|C\$|[$€£¥₹₽₩]|(?:"
    + "|".join(code for code in sorted(MONEY) if code.isupper())
    + r"|Rs\.?)(?![A-Za-z]))\s*"
)
_RATE = re.compile(r"\s*(?:/|(?:per|an|a|each|every)(?![a-z]))[A-Za-z ]*$")
_COMMA_CENTS = re.compile(r"(\d+),(\d\d?)(?![\d,])")
_SUM = re.compile(r"(.*?\d.*?)\s*(?:\band\b|,|(?<=[a-z])\s)\s*(\d[\d.]*\s*[A-Za-z]+)")


def parse_number(text: str) -> Fraction | None:
    """The exact value of a plain number such as "1,250", "3 1/2", "$12", "15 %", "12 km/h"; else None."""
    quantity = read_quantity(text)
    return quantity.value if quantity else None


@functools.lru_cache(maxsize=4096)
def read_quantity(text: str) -> Quantity | None:
    """The number and unit that a text wholly is, or None.

    Args:
        text: in any notation; see `notation.plain`.
    """
    if len(text) > MAX_DIGITS:
        return None
    text = plain(text)
    if re.fullmatch(r"\([^(),]*\)", text):
        text = text[1:-1].strip()
    short = len(text) < 100
    if short and (sum_of := _SUM.fullmatch(text)) and (total := _summed(sum_of[1], sum_of[2])):
        return total
    at, negative, unit = 0, False, ""
    for _ in range(2):  # -$5 and $-5
        if match := _SIGN.match(text, at):
            if negative:
                return None
            negative, at = match[1] != "+", match.end()
        if not unit and (match := _CURRENCY.match(text, at)):
            unit, at = ALIASES.get(match[1], ALIASES.get(match[1].lower(), match[1])), match.end()
    read = _number(text, at, decimal_comma=bool(unit) or text.endswith(("€", "%")))
    if read is None:
        return None
    value, at = read
    value, at = with_part(text, at, value) if at < len(text) else read
    value, at = _magnified(text, at, value, bool(unit))
    said = read_unit(_RATE.sub("", text[at:]) if unit in MONEY else text[at:])
    if unit in MONEY and said and said not in ALIASES.values():  # $20 total, $10 more
        said = ""
    if said is None or (said and unit and said != unit):
        return None
    return Quantity(-value if negative else value, unit or said)


def _summed(larger: str, smaller: str) -> Quantity | None:
    """5 dollars and 50 cents, 2 hours 30 minutes: the sum, in the first unit."""
    first, second = read_quantity(larger), read_quantity(smaller)
    if first is None or second is None or first.unit == second.unit:
        return None
    share = factor(second.unit, first.unit)
    return Quantity(first.value + second.value * share, first.unit) if share and share < 1 else None


def _number(text: str, at: int, decimal_comma: bool) -> tuple[Fraction, int] | None:
    if decimal_comma and (match := _COMMA_CENTS.match(text, at)):
        return Fraction(f"{match[1]}.{match[2]}"), match.end()
    if text[at : at + 1].isalpha():
        return spelled(text, at)
    for name, form in _FORMS.items():
        if match := form.match(text, at):
            value = _value(name, match)
            return None if value is None else (value, match.end())
    return None


def _value(name: str, match: re.Match[str]) -> Fraction | None:
    group = match.groupdict()
    if name == "mixed":
        count, parts = int(group["n"] or group["n2"]), int(group["d"] or group["d2"])
        return Fraction(group["whole"]) + Fraction(count, parts) if count < parts else None
    number = group["n"]
    if name in ("fraction", "slash"):
        top, bottom = _fraction(number), _fraction(group["d"])
        return top / bottom if bottom else None
    if name in ("repeating", "recurring"):
        whole, _, fixed = number.partition(".")
        tail = Fraction(int(group["d"]), (10 ** len(group["d"]) - 1) * 10 ** len(fixed))
        return _fraction(f"{whole or 0}.{fixed or 0}") + tail
    if name == "european":
        return _fraction(number.replace(".", "").replace(",", "."))
    if name == "comma":
        return _fraction(number.replace(",", "."))
    if name == "grouped":
        return _fraction(number)
    if name in ("scientific", "power"):
        exponent = int((group.get("e3") or group["e1"] or group["e2"]).replace(" ", ""))
        base = Fraction(10) if name == "scientific" else _fraction(number)
        if abs(exponent) * len(number if name == "power" else "10") > MAX_DIGITS or not (
            base or exponent > 0
        ):
            return None
        power = base**exponent
        return power if name == "power" else _fraction(number) * power
    return _fraction(number)


def _fraction(text: str) -> Fraction:
    whole, _, decimals = re.sub(r"[ ,'_+]", "", text).partition(".")
    negative = whole.startswith("-")
    value = Fraction(_whole(whole.lstrip("-") + decimals), 10 ** len(decimals))
    return -value if negative else value


def _whole(digits: str) -> int:
    """`int` of any number of digits: Python's own refuses more than 4,300."""
    value = 0
    for start in range(0, len(digits), _CHUNK):
        chunk = digits[start : start + _CHUNK]
        value = value * 10 ** len(chunk) + int(chunk)
    return value


def _magnified(text: str, at: int, value: Fraction, money: bool) -> tuple[Fraction, int]:
    """The value times the words of magnitude after it; letters stand right after the digits."""
    if (match := _LETTER.match(text, at)) and (match[1] in "kK" or money or (match[1] == "M" and value % 1)):
        return value * _LETTERS[match[1]], match.end()
    while match := _MAGNITUDE.match(text, at):
        value, at = value * MAGNITUDES[match[1].lower()], match.end()
    return value, at
