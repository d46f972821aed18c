r"""Plain numbers with their units: `1,250`, `3 1/2`, `\frac{3}{4}`, `1.5 \times 10^3`, `2 dozen`, `12 km/h`.

Values are exact fractions, so that 0.333 is not 1/3 and 10^{-30} is not 10^{-31}. Whatever is not wholly
understood is no number: `5x`, `5 pi`, `> 5`, `5-10` and `3,5,7` are for `compare.py`. The conventions stand in
docs/answers.md.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from fractions import Fraction

from seek_viz.grading.notation import plain

MAX_DIGITS = 4_000
"""Digits of the longest number that is worked out; longer powers are for the algebra system."""


@dataclass(frozen=True)
class Quantity:
    """A number, and what it counts where that is said."""

    value: Fraction
    unit: str = ""
    """A unit's symbol ("km/h", "%", "USD"), or empty: none was written, or the noun that is counted."""


_GROUPED = r"(?!0+[, '_])\d{1,3}(?P<gap>[, '_])\d{3}(?:(?P=gap)\d{3})*(?![\d,])(?:\.\d+)?"
_INDIAN = r"\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?"
_EUROPEAN = r"\d{1,3}(?:[. ]\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}"
_COMMA = r"0,\d+"
_DECIMAL = r"\d+\.?\d*|\.\d+"
_WHOLE = r"\d+"
_POWER = r"\^\s*(?:\{\s*(?P<e1>[-+]?\s*\d+)\s*\}|(?P<e2>-?\d+))"
_TIMES_TEN = r"\s*(?:\\times|\\cdot|\*|x|X)\s*10\s*" + _POWER

_FORMS = [
    (name, re.compile(pattern))
    for name, pattern in (
        ("mixed", rf"(?P<whole>{_WHOLE})(?:\s+(?:and\s+)?|\s*(?=\\))(?:(?P<n>\d+)\s*/\s*(?P<d>\d+)|\\frac\s*\{{\s*(?P<n2>\d+)\s*\}}\s*\{{\s*(?P<d2>\d+)\s*\}})"),
        ("fraction", rf"\\frac\s*\{{\s*(?P<n>[-+]?\s*(?:{_GROUPED}|{_DECIMAL}))\s*\}}\s*\{{\s*(?P<d>[-+]?\s*(?:{_DECIMAL}))\s*\}}"),
        ("slash", rf"(?P<n>{_DECIMAL})\s*/\s*(?P<d>-?\s*(?:{_DECIMAL}))(?![\d/])"),
        ("scientific", rf"(?P<n>{_DECIMAL})(?:[eE](?P<e3>[-+]?\d+)|{_TIMES_TEN})(?!\d)"),
        ("repeating", r"(?P<n>\d*\.\d*)\\overline\s*\{\s*(?P<d>\d+)\s*\}"),
        ("power", rf"(?P<n>{_DECIMAL})\s*{_POWER}(?!\s*\^)"),
        ("european", rf"(?P<n>{_EUROPEAN})(?![\d.,])"),
        ("grouped", rf"(?P<n>{_INDIAN}|{_GROUPED})"),
        ("comma", rf"(?P<n>{_COMMA})(?![\d,])"),
        ("decimal", rf"(?P<n>{_DECIMAL})(?![\d,]\d)"),
    )
]  # fmt: skip

_MAGNITUDES = {
    "dozen": 12, "score": 20, "gross": 144, "hundred": 100, "thousand": 1000, "lakh": 10**5, "crore": 10**7,
    "million": 10**6, "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
_LETTERS = {"k": 1000, "K": 1000, "M": 10**6, "mn": 10**6, "m": 10**6, "B": 10**9, "bn": 10**9, "b": 10**9, "T": 10**12}
_MAGNITUDE = re.compile(r"\s*(" + "|".join(_MAGNITUDES) + r")s?(?![A-Za-z])(?:\s+of(?![A-Za-z]))?")
_LETTER = re.compile(r"(k|K|M|mn|m|B|bn|b|T)(?![A-Za-z^/])")

_CURRENCIES = {
    "USD": ("$", "US$", "usd", "dollar", "dollars", "buck", "bucks"),
    "EUR": ("€", "eur", "euro", "euros"),
    "GBP": ("£", "gbp"),
    "JPY": ("¥", "jpy", "yen"),
    "INR": ("₹", "inr", "rs", "rs.", "rupee", "rupees"),
    "CNY": ("cny", "rmb", "yuan"),
    "cent": ("cent", "cents", "penny", "pennies", "pence"),
    "RUB": ("₽", "rub", "ruble", "rubles"),
    "KRW": ("₩", "krw", "won"),
    **{code: (code.lower(),) for code in ("CAD", "AUD", "CHF", "NZD", "MXN", "SEK", "SGD", "HKD")},
}
_UNITS = {
    "%": ("%", "percent", "per cent", "pct"),
    "degree": ("degree", "degrees", "deg"),
    "radian": ("radian", "radians", "rad"),
    "mm": ("millimeter", "millimetre"),
    "cm": ("centimeter", "centimetre"),
    "m": ("meter", "metre"),
    "km": ("kilometer", "kilometre", "kms"),
    "in": ("inch", "inches", "ins"),
    "ft": ("foot", "feet"),
    "yd": ("yard", "yds"),
    "mi": ("mile",),
    "nm": ("nanometer", "nanometre"),
    "mg": ("milligram",),
    "g": ("gram", "gramme", "gm", "gms"),
    "kg": ("kilogram", "kilo", "kgs"),
    "t": ("tonne", "ton"),
    "oz": ("ounce",),
    "lb": ("pound", "lbs"),
    "mL": ("ml", "milliliter", "millilitre"),
    "cL": ("cl", "centiliter", "centilitre"),
    "L": ("l", "liter", "litre"),
    "gal": ("gallon", "gals"),
    "qt": ("quart",),
    "pt": ("pint",),
    "tsp": ("teaspoon",),
    "tbsp": ("tablespoon",),
    "s": ("second", "sec", "secs"),
    "ms": ("millisecond",),
    "min": ("minute", "mins"),
    "h": ("hour", "hr", "hrs"),
    "d": ("day",),
    "week": ("wk", "wks"),
    "month": ("mo", "mos"),
    "year": ("yr", "yrs", "year old", "years old", "years of age"),
    "mph": ("mi/h",),
    "km/h": ("kph", "kmh", "kmph"),
    "W": ("watt",),
    "kW": ("kilowatt",),
    "kWh": ("kilowatt hour",),
    "V": ("volt",),
    "A": ("amp", "ampere"),
    "J": ("joule",),
    "kJ": ("kilojoule",),
    "N": ("newton",),
    "Pa": ("pascal",),
    "Hz": ("hertz",),
    "cal": ("calorie",),
    "kcal": ("kilocalorie",),
    "acre": ("acres",),
    "ha": ("hectare",),
    "°C": ("degrees c", "degrees celsius", "celsius"),
    "°F": ("degrees f", "degrees fahrenheit", "fahrenheit"),
    "MB": (), "GB": (), "KB": (), "TB": (),
    "unit": ("units",),
}  # fmt: skip


def _aliases() -> dict[str, str]:
    table: dict[str, str] = {}
    for symbol, names in _UNITS.items():
        table[symbol] = symbol
        for name in names:
            table[name] = symbol
            if len(name) > 3 and name.isalpha() and not name.endswith("s"):
                table[name + "s"] = symbol
    return table | {name: code for code, names in _CURRENCIES.items() for name in (code, *names)}


_ALIASES = _aliases()
_MONEY = set(_CURRENCIES)
_SQUARE = {"square": 2, "sq": 2, "sq.": 2, "cubic": 3, "cu": 3, "cu.": 3}
_UNIT_WORD = re.compile(r"\s*([A-Za-zµΩ°]+\.?|%|[$€£¥₹₽₩])")
_UNIT_POWER = re.compile(r"\s*\^\s*\{?\s*(-?\d)\s*\}?|(?<=[a-z])([23])(?![\d.])")
_UNIT_LINK = re.compile(r"\s*(/|\\cdot|\*|(?:per|an|a)\s+(?:a\s+)?)\s*")
_NOT_A_NOUN = set(
    "pi squared cubed factorial half halves third thirds quarter quarters fourth fourths fifth fifths sixth tenth "
    "tenths hundredth hundredths root times plus minus less than over under and or to mod modulo base power "
    "infinity sqrt sin cos tan log exp pairs pair double triple twice thousandths nth not none no except without "
    "approximately about between from each at least most by point divided multiplied".split()
)
_SIGN = re.compile(r"\s*([-+])\s*")
_CURRENCY = re.compile(r"\s*(US\$|A\$|C\$|[$€£¥₹₽₩]|(?:" + "|".join(c for c in _CURRENCIES if c.isupper()) + r"|Rs\.?)(?![A-Za-z]))\s*")
_CENTS = re.compile(r"(.+?)\s*(?:and|,|\s)\s*(\d{1,2})\s*(?:cents?|pence|¢)")


def parse_number(text: str) -> Fraction | None:
    """The exact value of a plain number such as "1,250", "-3.50", "3 1/2", "$12", "15 %", "12 km/h"; else None."""
    quantity = read_quantity(text)
    return quantity.value if quantity else None


@functools.lru_cache(maxsize=4096)
def read_quantity(text: str) -> Quantity | None:
    """The number and unit that a text wholly is, or None.

    Args:
        text: in any notation; see `notation.plain`.
    """
    text = plain(text).strip("() ") if re.fullmatch(r"\([^(),]*\)", plain(text)) else plain(text)
    if len(text) > MAX_DIGITS:
        return None
    if (money := _CENTS.fullmatch(text)) and (whole := read_quantity(money[1])) and whole.unit in _MONEY:
        return Quantity(whole.value + Fraction(int(money[2]), 100), whole.unit)
    at, negative, unit = 0, False, ""
    for _ in range(2):  # -$5 and $-5
        if match := _SIGN.match(text, at):
            if negative:
                return None
            negative, at = match[1] == "-", match.end()
        if not unit and (match := _CURRENCY.match(text, at)):
            unit, at = _ALIASES.get(match[1], _ALIASES.get(match[1].lower(), match[1])), match.end()
    read = _number(text, at, decimal_comma=bool(unit) or text[-1:] in "€")
    if read is None:
        return None
    value, at = read
    value, at = _magnified(text, at, value, bool(unit))
    said = _unit(text, at)
    if said is None or (said and unit and said != unit):
        return None
    return Quantity(-value if negative else value, unit or said)


def _number(text: str, at: int, decimal_comma: bool) -> tuple[Fraction, int] | None:
    if decimal_comma and (match := re.compile(r"(\d+),(\d\d)(?![\d,])").match(text, at)):
        return Fraction(f"{match[1]}.{match[2]}"), match.end()
    for name, form in _FORMS:
        if match := form.match(text, at):
            value = _value(name, match)
            return None if value is None else (value, match.end())
    return None


def _value(name: str, match: re.Match[str]) -> Fraction | None:
    group = match.groupdict()
    if name == "mixed":
        bottom = int(group["d"] or group["d2"])
        return int(group["whole"]) + Fraction(int(group["n"] or group["n2"]), bottom) if bottom else None
    number = group["n"]
    if name in ("fraction", "slash"):
        top, bottom = _fraction(re.sub(r"[, '_]", "", number)), _fraction(group["d"])
        return top / bottom if bottom else None
    if name == "repeating":
        whole, _, fixed = number.partition(".")
        tail = Fraction(int(group["d"]), (10 ** len(group["d"]) - 1) * 10 ** len(fixed))
        return _fraction(f"{whole or 0}.{fixed or 0}") + tail
    if name == "european":
        return Fraction(re.sub(r"[. ]", "", number).replace(",", "."))
    if name == "comma":
        return Fraction(number.replace(",", "."))
    if name == "grouped":
        return Fraction(re.sub(r"[, '_]", "", number))
    if name in ("scientific", "power"):
        exponent = int((group.get("e3") or group["e1"] or group["e2"]).replace(" ", ""))
        base = Fraction(10) if name == "scientific" else _fraction(number)
        if abs(exponent) * len(number if name == "power" else "10") > MAX_DIGITS or not (base or exponent > 0):
            return None
        power = base**exponent
        return power if name == "power" else _fraction(number) * power
    return _fraction(number)


def _fraction(text: str) -> Fraction:
    text = text.replace(" ", "").rstrip(".") or "0"
    whole, dot, decimals = text.partition(".")
    if len(text) <= MAX_DIGITS:
        return Fraction(text)
    raise AssertionError(f"{len(text)} digits: read_quantity has a bound of its own, {whole[:3]}{dot}{decimals[:3]}")


def _magnified(text: str, at: int, value: Fraction, money: bool) -> tuple[Fraction, int]:
    """The value times the words of magnitude after it; letters stand right after the digits."""
    if (match := _LETTER.match(text, at)) and (match[1] in "kK" or money):
        return value * _LETTERS[match[1]], match.end()
    while match := _MAGNITUDE.match(text, at):
        value, at = value * _MAGNITUDES[match[1]], match.end()
    return value, at


def _unit(text: str, at: int) -> str | None:
    """The unit that the rest of a text is: a symbol, empty for nothing or a counted noun, None for neither."""
    rest = text[at:]
    if not rest.strip():
        return ""
    if (known := _ALIASES.get(" ".join(rest.lower().split()))) and (len(rest.strip()) > 1 or rest[0] in " %$€£¥"):
        return known
    symbol = _product_of_units(rest)
    if symbol is not None:
        return symbol
    words = rest.split()
    if all(re.fullmatch(r"[A-Za-z][a-z'-]*[a-z]", word) for word in words) and rest[0] == " ":
        nouns = [word.lower() for word in words]
        if not _NOT_A_NOUN & set(nouns) and len(nouns[-1]) > 2 and len(nouns) < 5 and not _MAGNITUDES.keys() & set(nouns):
            return ""
    return None


def _product_of_units(rest: str) -> str | None:
    at, parts, power = 0, [], 0
    while at < len(rest):
        match = _UNIT_WORD.match(rest, at)
        if match is None:
            return None
        word = match[1]
        if word.lower() in _SQUARE and not power:
            power, at = _SQUARE[word.lower()], match.end()
            continue
        unit = _ALIASES.get(word) or _ALIASES.get(word.rstrip(".")) or _ALIASES.get(word.lower().rstrip("."))
        # A letter right behind the digits is a variable: 5m, 5s; a unit of one letter stands apart.
        if unit is None or (len(word) == 1 and at == 0 and rest[0] not in " %$€£¥₹₽₩"):
            return None
        at = match.end()
        if (raised := _UNIT_POWER.match(rest, at)) and not power:
            power, at = int(raised[1] or raised[2]), raised.end()
        parts.append(f"{unit}^{power}" if power not in (0, 1) else unit)
        power = 0
        if at < len(rest) and rest[at:].strip():
            link = _UNIT_LINK.match(rest, at)
            if link is None:
                return None
            parts.append("*" if link[1] in (r"\cdot", "*") else "/")
            at = link.end()
            if at >= len(rest):
                return None
    return _ALIASES.get("".join(parts), "".join(parts)) if parts and not power else None
