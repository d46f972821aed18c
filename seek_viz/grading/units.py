"""What may stand behind a number: known units and currencies, products of them, and counted nouns.

A unit is known or it is none: `5x`, `5 pi` and `5a` have none. A noun that is counted ("18 eggs") is no unit.
"""

from __future__ import annotations

import re
from fractions import Fraction

from seek_viz.grading.nouns import counted

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
    "km": ("kilometer", "kilometre"),
    "in": ("inch", "inches"),
    "ft": ("foot", "feet"),
    "yd": ("yard",),
    "mi": ("mile",),
    "nm": ("nanometer", "nanometre"),
    "mg": ("milligram",),
    "g": ("gram", "gramme", "gm"),
    "kg": ("kilogram", "kilo"),
    "t": ("tonne", "ton", "metric ton", "metric tons"),
    "oz": ("ounce",),
    "lb": ("pound",),
    "mL": ("ml", "milliliter", "millilitre"),
    "cL": ("cl", "centiliter", "centilitre"),
    "L": ("l", "liter", "litre"),
    "gal": ("gallon",),
    "qt": ("quart",),
    "pt": ("pint",),
    "tsp": ("teaspoon",),
    "tbsp": ("tablespoon",),
    "s": ("second", "sec"),
    "ms": ("millisecond",),
    "min": ("minute",),
    "h": ("hour", "hr"),
    "d": ("day",),
    "week": ("wk",),
    "fortnight": (),
    "month": ("mo",),
    "year": ("yr", "year old", "years old", "years of age"),
    "decade": (),
    "century": ("centuries",),
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
    "acre": (),
    "ha": ("hectare",),
    "°C": ("degrees c", "degrees celsius", "celsius"),
    "°F": ("degrees f", "degrees fahrenheit", "fahrenheit"),
    "MB": (), "GB": (), "KB": (), "TB": (),
    "unit": (),
}  # fmt: skip


def _aliases() -> dict[str, str]:
    """Every spelling, then the plurals that are no spelling of another unit: ms are milliseconds."""
    table = {name: symbol for symbol, names in _UNITS.items() for name in (symbol, *names)}
    for name, symbol in list(table.items()):
        if len(name) > 1 and name.isalpha() and not name.endswith("s"):
            table.setdefault(name + "s", symbol)
    return table | {name: code for code, names in _CURRENCIES.items() for name in (code, *names)}


_CONVERTED = {
    "m": {
        "nm": "1e-9",
        "mm": "1/1000",
        "cm": "1/100",
        "m": "1",
        "km": "1000",
        "in": "0.0254",
        "ft": "0.3048",
        "yd": "0.9144",
        "mi": "1609.344",
    },
    "g": {"mg": "1/1000", "g": "1", "kg": "1000", "t": "1000000", "oz": "28.349523125", "lb": "453.59237"},
    "s": {
        "ms": "1/1000",
        "s": "1",
        "min": "60",
        "h": "3600",
        "d": "86400",
        "week": "604800",
        "fortnight": "1209600",
    },
    "month": {"month": "1", "year": "12", "decade": "120", "century": "1200"},
    "L": {"mL": "1/1000", "cL": "1/100", "L": "1"},
    "gal": {"gal": "1", "qt": "1/4", "pt": "1/8"},
    "tbsp": {"tbsp": "1", "tsp": "1/3"},
    "J": {"J": "1", "kJ": "1000"},
    "W": {"W": "1", "kW": "1000"},
    "cal": {"cal": "1", "kcal": "1000"},
    "USD": {"USD": "1", "cent": "1/100"},
    "EUR": {"EUR": "1", "cent": "1/100"},
    "GBP": {"GBP": "1", "cent": "1/100"},
}


def factor(unit: str, other: str) -> Fraction | None:
    """How many of `other` one `unit` is: 60 for h and min; None where they do not measure the same."""
    ours, theirs = (re.split(r"([*/])", side) for side in (unit, other))
    if len(ours) != len(theirs) or ours[1::2] != theirs[1::2]:
        return None
    share = Fraction(1)
    for number, (one, two) in enumerate(zip(ours[::2], theirs[::2], strict=True)):
        (symbol, _, power), (symbol_2, _, power_2) = one.partition("^"), two.partition("^")
        if power != power_2 or (single := _factor(symbol, symbol_2)) is None:
            return None
        share *= single ** (int(power or 1) * (-1 if number and ours[2 * number - 1] == "/" else 1))
    return share


def _factor(unit: str, other: str) -> Fraction | None:
    if unit == other:
        return Fraction(1)
    for table in _CONVERTED.values():
        if unit in table and other in table:
            return Fraction(table[unit]) / Fraction(table[other])
    return None


ALIASES = _aliases()
"""Every spelling of a unit -> its symbol."""
MONEY = set(_CURRENCIES)
MAGNITUDES = {
    "dozen": 12, "score": 20, "gross": 144, "hundred": 100, "thousand": 1000, "lakh": 10**5, "crore": 10**7,
    "million": 10**6, "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
_SQUARE = {"square": 2, "sq": 2, "sq.": 2, "cubic": 3, "cu": 3, "cu.": 3}
_UNIT_WORD = re.compile(r"\s*([A-Za-zµΩ°]+\.?|%|[$€£¥₹₽₩])")
_UNIT_POWER = re.compile(r"\s*\^\s*\{?\s*(-?\d)\s*\}?|(?<=[a-z])([23])(?![\d.])")
_UNIT_LINK = re.compile(r"\s*(/|\\cdot|\*|(?:per|an|a)\s+(?:a\s+)?)\s*")
_PART_OF = re.compile(r"\s+(?:of\s+)?(?:an?|the)\s+(?=[A-Za-z])|\s+of\s+(?=[A-Za-z])")
"""Of a mile, an hour: the unit of a part."""


def read_unit(rest: str) -> str | None:
    """What stands behind a number: a unit's symbol, a counted noun, empty for nothing, None for neither."""
    if not rest.strip():
        return ""
    rest = _PART_OF.sub(" ", rest, count=1) if _PART_OF.match(rest) else rest
    if (known := ALIASES.get(" ".join(rest.lower().split()))) and (
        len(rest.strip()) > 1 or rest[0] in " %$€£¥"
    ):
        return known
    symbol = _product_of_units(rest)
    if symbol is not None:
        return symbol
    return counted(rest)


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
        unit = ALIASES.get(word) or ALIASES.get(word.rstrip(".")) or ALIASES.get(word.lower().rstrip("."))
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
    return ALIASES.get("".join(parts), "".join(parts)) if parts and not power else None
