"""Reasons why unequal sides may still be right: a remainder, rounding, other units, words in between.

These are the reasons not to call an equation wrong. The tables hold English words.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

from seek_viz.show.expressions import Reading
from seek_viz.show.lexing import Token

_DIMENSIONS = {
    "time": "1 second sec|60 minute min|3600 hour hr|86400 day|604800 week wk"
    "|2592000,2678400,2419200 month|31536000,31622400,31104000,31449600 year yr|315360000 decade",
    "metric length": "1 mm millimeter millimetre|10 cm centimeter centimetre|1000 meter metre"
    "|1000000 km kilometer kilometre",
    "length": "1 inch inche in|12 foot feet ft|36 yard yd|63360 mile mi",
    "metric mass": "1 mg milligram|1000 gram|1000000 kg kilogram|1000000000 ton tonne",
    "mass": "1 ounce oz|16 pound lb|32000 ton",
    "metric volume": "1 ml milliliter millilitre|1000 liter litre",
    "volume": "1 teaspoon tsp|3 tablespoon tbsp|48 cup|96 pint|192 quart|768 gallon gal",
    "money": "1 cent ¢ penny pennie|100 dollar usd",
}
_Unit = tuple[str, tuple[Fraction, ...]]
UNITS: dict[str, _Unit] = {
    name + ending: (dimension, tuple(map(Fraction, sizes.split(","))))
    for dimension, units in _DIMENSIONS.items()
    for sizes, *names in map(str.split, units.split("|"))
    for name in names
    for ending in ("", "s")
}
"""Word -> (dimension, its size in the smallest unit); a month or a year has several."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CHANGES_WHAT_FOLLOWS = _words(
    "half halves third thirds quarter quarters fourth fourths fifth fifths sixth sixths eighth eighths tenth"
    " tenths percent percentage twice double triple thrice quadruple negative minus plus times root log ln"
    " sin cos tan about around approximately roughly nearly almost over mod modulo than sqrt squared cubed"
)
"""Words that change the value of the number beside them."""
CHANGES_BY_OF = CHANGES_WHAT_FOLLOWS | {"power", "square", "cube"}
"""The same, with "of" between."""
_CHANGES_THE_SCALE = _words(
    "hundred hundreds thousand thousands million millions billion billions trillion k dozen dozens pair pairs"
    " couple score gross nickels dimes half mod modulo squared cubed"
)
"""Words that make a number another number."""
_SCALES = _words("hundred thousand million billion trillion dozen")
_DENIES = _words("wrong false incorrect untrue incorrectly mistakenly whether")
"""Words shortly before or after an equation that say it is not claimed."""
_SUPPOSES = _words("if suppose supposing assume assuming imagine unless")
"""Words right before an equation, or before "that", that make it a thought."""
_ROUNDS = _words(
    "rounded rounding rounds round approximately approx about roughly nearly remainder rem leftover full"
    " whole complete completely r mod modulo pmod"
)
"""Words after a result that say it is not exact."""
_COUNTS_OTHERWISE = _words("binary octal hexadecimal base am pm a.m p.m clock o'clock")
"""Words after a result that say it is not a plain number."""
NUMBERED = _words(
    "step steps part problem question day case example line equation eq task stage phase method option"
    " exercise number no q week section item point round group attempt solution chapter"
)
"""Words whose number is a name: in "Step 2 - 24 / 3 = 8" nothing is taken from 2."""
TIES = _words("of at with each per containing holding for every costing out and by from to")
"""Words that tie a number before them to the one after: "4 bags of 3 + 2"."""
_MAX_UNIT_WORDS = 8
"""For each number; more of them are a sentence."""


def has_remainder(tokens: list[Token], left: Reading, right: Reading) -> bool:
    """47 / 6 = 7 remainder 5."""
    at = right.end
    words = [token.text.lower() for token in tokens[at : at + 2]]
    if left.signs != {"/"} or left.end - left.start != 3 or not right.bare or len(words) < 2:
        return False
    if words[0] not in ("remainder", "r") or tokens[at + 1].kind != "number":
        return False
    over, under, whole, rest = (
        tokens[i].values[0] for i in (left.start, left.start + 2, right.end - 1, at + 1)
    )
    return over == under * whole + rest and rest < under


def is_doubtful(tokens: list[Token], left: Reading, right: Reading) -> bool:
    """Words in it or after it say something else than the numbers alone."""
    after = [token.text.lower() for token in tokens[right.end : right.end + 8]]
    within = {token.text.lower() for token in (*left.words, *right.words)}
    numbers = [at for at in range(left.start, left.end) if tokens[at].kind == "number"]
    percent = any(token.percent for token in tokens[left.start : right.end])
    labels = left.bare and (within or percent or tokens[left.start - 1].kind not in ("equals", "stop"))
    inexact = ("/" in left.signs or left.decimals > right.decimals) and is_near(left, right)
    scaled = not _is_of_one_scale(tokens, left, right)
    return bool(
        labels
        or CHANGES_WHAT_FOLLOWS & within
        or (scaled and _CHANGES_THE_SCALE & (within | set(after[:1])))
        or ("each" in within and {"+", "-"} & left.signs)
        or len(left.words) > _MAX_UNIT_WORDS * len(numbers)
        or any(tokens[at + 1].text == "of" and tokens[at + 1].kind == "word" for at in numbers)
        or (after[:1] == ["and"] and _adds_a_part(tokens, right.end + 1))
        or (inexact and (_ROUNDS & set(after) or ("left", "over") in pairwise(after)))
        or _COUNTS_OTHERWISE & set(after)
        or (tokens[right.end - 1].kind == "power" and left.values & {*tokens[right.end - 2].values})  # a note
        or (after and tokens[right.end].kind == "sign")
        or _is_denied(tokens, left.start, right.end)
    )


def is_near(left: Reading, right: Reading) -> bool:
    """Within a tenth, or less than one from a whole number: as far as "about" goes."""
    least = Fraction(0 if right.decimals else 1)
    return any(abs(a - b) <= max(least, abs(a) / 10) for a in left.values for b in right.values)


def _is_of_one_scale(tokens: list[Token], left: Reading, right: Reading) -> bool:
    """Whether a scale cancels: 1 million + 2 million = 3 million, 2 * 3 dozen = 6 dozen."""
    pieces = tokens[left.start : right.end]
    numbers = [at for at in range(left.start, right.end) if tokens[at].kind == "number"]
    scales = [tokens[at + 1].text.lower() if at + 1 < len(tokens) else "" for at in numbers]
    if scales[-1] not in _SCALES or not right.bare or any(piece.kind == "open" for piece in pieces):
        return False
    if left.signs <= {"+", "-"}:
        return len(set(scales)) == 1
    scaled = [at for at, scale in zip(numbers[:-1], scales, strict=False) if scale in _CHANGES_THE_SCALE]
    alone = len(scaled) == 1 and tokens[scaled[0] + 1].text.lower() == scales[-1]
    return left.signs <= {"*", "/"} and alone and tokens[scaled[0] - 1].text != "/"


def _adds_a_part(tokens: list[Token], at: int) -> bool:
    """Whether a result goes on: "8 and a half", "8 and 2/3"."""
    following = tokens[at : at + 3]
    parts = CHANGES_WHAT_FOLLOWS | _CHANGES_THE_SCALE | {"remainder", "bit", "change"}
    return any(token.text.lower() in parts for token in following) or any(
        token.part or token.text == "/" for token in following[:2]
    )


def _is_denied(tokens: list[Token], start: int, end: int) -> bool:
    """Whether an equation is asked or denied: "Is 3 + 4 = 8?", "3 + 4 = 8 is wrong"."""
    for token in tokens[end : end + 12]:
        if token.kind == "stop" and token.text not in tuple(',"”'):
            if token.text == "?":
                return True
            break
        if token.text.lower() in _DENIES or token.kind == "equals":
            return token.kind == "word"
    before = [token.text.lower() for token in tokens[max(0, start - 4) : start]]
    thought = [word for word in before if word != "that"][-1:]
    return bool(_DENIES & {*before} or _SUPPOSES & {*thought})


def is_rounded(left: Reading, right: Reading) -> bool:
    """Cut off instead of rounded (2 / 3 = 0.66), or made of rounded numbers (33.33 * 3 = 100)."""
    unit = Fraction(1, 10**right.decimals * (100 if right.percent else 1))
    if "/" in left.signs and right.bare and (right.decimals or right.percent):
        return any(abs(a) - unit < abs(b) <= abs(a) for a in left.values for b in right.values)
    if right.signs or right.decimals < left.decimals:
        slack = left.slack + right.slack
        return any(abs(a - b) <= slack * abs(a) for a in left.values for b in right.values)
    return False


def is_converted(text: str, tokens: list[Token], left: Reading, right: Reading) -> bool:
    """The two sides may be the same amount in different units: 2 * 30 minutes = 1 hour."""
    behind = _units(tokens[right.end : right.end + 1] + right.words)
    before = _units(left.words)
    equals, end = tokens[left.end].start, tokens[right.end - 1].end
    before |= {UNITS["dollar"]} if "$" in text[max(0, tokens[left.start].start - 1) : equals] else set()
    behind |= {UNITS["dollar"]} if "$" in text[equals:end] else set()
    ratios = {a / b for a in left.values for b in right.values if a and b}
    said = before | behind
    for dimension, size in said:
        others = {unit for unit in said if unit[0] == dimension} - {(dimension, size)}
        if others and {"+", "-"} & (left.signs | right.signs):
            return True
        if any({ratio, 1 / ratio} & _ratios_of(size, other) for _, other in others for ratio in ratios):
            return True
    unsaid = {unit for unit in behind if unit[0] not in {dimension for dimension, _ in before}}
    return any(
        ratios & _ratios_of(size, other)
        for dimension, size in unsaid
        for kind, other in set(UNITS.values())
        if kind == dimension and other != size
    )


def _units(words: list[Token]) -> set[_Unit]:
    parts = [part for word in words for part in re.split("[-/]", word.text.lower())]
    return {UNITS[part] for part in parts if part in UNITS}


def _ratios_of(size: tuple[Fraction, ...], other: tuple[Fraction, ...]) -> set[Fraction]:
    """Ratio of the first unit to the other."""
    return {a / b for a in size for b in other}


_AFTER = re.compile(
    r"\s*(?:\(?\s*\\?p?mod\b"
    rf"|(?:{'|'.join(sorted(UNITS, key=len, reverse=True))})\s*(?:and|,|plus)\s*\d+(?:/\d+)?\s*[a-z]"
    r"|,?\s*(?:with|and)\s+(?:a remainder of\s+\d|\d+\s*(?:left|remaining|over|remainder|more)\b))",
    re.IGNORECASE,
)
"""3 (mod 4); 52 weeks and 1 day; 3 with 2 left."""
_BASE = re.compile(r"\bbase[\s-]*(?:\d+|two|three|eight|sixteen)\b|\bmod(?:ulo)?\b", re.IGNORECASE)
_RANGE = re.compile(
    r"(?<![-\w])(?:days?|pages?|chapters?|weeks?|rows?|years?|questions?)\s+\Z", re.IGNORECASE
)
_CLOCK = re.compile(r"\d\s*[ap]\.?m\b", re.IGNORECASE)
_NUMBERED = re.compile(r"(?<![A-Za-z])[A-Za-z]\Z")


def is_other_arithmetic(text: str, tokens: list[Token], left: Reading, right: Reading) -> bool:
    """Whether a line means something else by its signs: a remainder, another base, a range, a time of day."""
    first, last = tokens[left.start].start, tokens[right.end - 1].end
    line = text[text.rfind("\n", 0, first) + 1 : first]
    return bool(
        _AFTER.match(text, last)
        or _BASE.search(line[-80:])
        or (_RANGE.search(line) and re.match(r"\d+\s?[-–]\s?\d+\s*=", text[first:last]))
        or _CLOCK.search(text[first:last])
        or _NUMBERED.search(line)
    )
