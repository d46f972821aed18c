"""What may stand behind a number: known units and currencies, products of them, and counted nouns.

A unit is known or it is none: `5x`, `5 pi` and `5a` have none. A noun that is counted ("18 eggs") is no unit.
"""

from __future__ import annotations

import re
from fractions import Fraction

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
        for name in (symbol, *names):
            table[name] = symbol
            if len(name) > 2 and name.isalpha() and name.islower() and not name.endswith("s"):
                table[name + "s"] = symbol
    return table | {name: code for code, names in _CURRENCIES.items() for name in (code, *names)}


_CONVERTED = {
    "m": {
        "mm": "1/1000",
        "cm": "1/100",
        "m": "1",
        "km": "1000",
        "in": "0.0254",
        "ft": "0.3048",
        "yd": "0.9144",
    },
    "g": {"mg": "1/1000", "g": "1", "kg": "1000", "t": "1000000"},
    "lb": {"oz": "1/16", "lb": "1"},
    "s": {"ms": "1/1000", "s": "1", "min": "60", "h": "3600", "d": "86400", "week": "604800"},
    "L": {"mL": "1/1000", "cL": "1/100", "L": "1"},
    "gal": {"gal": "1", "qt": "1/4", "pt": "1/8"},
    "USD": {"USD": "1", "cent": "1/100"},
    "EUR": {"EUR": "1", "cent": "1/100"},
    "GBP": {"GBP": "1", "cent": "1/100"},
}


def factor(unit: str, other: str) -> Fraction | None:
    """How many of `other` one `unit` is: 60 for h and min; None where they do not measure the same."""
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
_NOT_A_NOUN = {
    "pi", "squared", "cubed", "factorial", "half", "halves", "third", "thirds", "quarter", "quarters",
    "fourth", "fourths", "fifth", "fifths", "sixth", "tenth", "tenths", "hundredth", "hundredths",
    "thousandths", "root", "times", "plus", "minus", "less", "than", "over", "under", "and", "or", "to",
    "mod", "modulo", "base", "power", "infinity", "sqrt", "sin", "cos", "tan", "log", "exp", "pairs",
    "pair", "double", "triple", "twice", "nth", "not", "none", "no", "except", "without", "approximately",
    "about", "between", "from", "each", "at", "least", "most", "by", "point", "divided", "multiplied",
    "below", "above", "grand", "tens", "quadrillion", "quintillion",
    "sixths", "seventh", "sevenths", "eighth", "eighths", "ninth", "ninths", "eleventh", "elevenths",
    "twelfth", "twelfths", "fifteenth", "fifteenths", "sixteenth", "sixteenths", "twentieth", "twentieths",
    "thousandth", "millionth", "millionths", "billionth", "billionths",
    "remainder", "rem", "modulus", "repeating", "recurring", "negative", "positive", "imaginary", "complex",
    "choose", "exponent", "digits", "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta",
    "iota", "kappa", "lambda", "mu", "nu", "xi", "omicron", "rho", "sigma", "tau", "upsilon", "phi", "chi",
    "psi", "omega", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
    "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
}  # fmt: skip
"""What may follow a number and changes its value: "5 squared" is not 5 of something."""


_NOUN = re.compile(r"[A-Za-z][a-z'-]*[a-z]|[A-Z]{2,}s")  # "eggs", and "DVDs"; AB is a product
_EACH = re.compile(r"\s+(?:each|apiece)\s*$")
_OF = re.compile(r"^\s+of\s+(?:(?:an?|the|his|her|their|its)\s+)?")


def read_unit(rest: str) -> str | None:
    """What stands behind a number: a unit's symbol, a counted noun, empty for nothing, None for neither."""
    rest = _OF.sub(" ", _EACH.sub("", rest))
    if not rest.strip():
        return ""
    if (known := ALIASES.get(" ".join(rest.lower().split()))) and (
        len(rest.strip()) > 1 or rest[0] in " %$€£¥"
    ):
        return known
    symbol = _product_of_units(rest)
    if symbol is not None:
        return symbol
    words = rest.split()
    if all(_NOUN.fullmatch(word) for word in words) and rest[0] == " ":
        nouns = [word.lower() for word in words]
        if (
            not _NOT_A_NOUN & set(nouns)
            and len(nouns[-1]) > 2
            and len(nouns) < 5
            and not MAGNITUDES.keys() & set(nouns)
        ):
            return nouns[-1].removesuffix("s")
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
