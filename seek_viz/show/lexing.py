"""The tokens of arithmetic in prose: numbers with every value that they may have, signs, brackets, words.

Linear in the text: a number has at most 15 digits, brackets at most `_MAX_DEPTH` levels.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

_MAX_DEPTH = 20

_GAP = "[ \u00a0\u2009\u202f]"
_LETTER = r"(?u:[^\W\d_])"
_VERBS = r"(?:times|plus|minus|(?:divided|multiplied)\ by)\b(?=\s*\\?\$?[\d(])"
_PLAIN = r"(?:\d{1,3}(?:(?:,(?:\\!)?|\{,\}|\\,)\d{3}){1,4}|\d{1,15})(?:\.\d{1,15})?|(?<!\d)\.\d{1,15}"
_LEX = re.compile(
    rf"""
    (?P<fraction> \\[dt]?frac\s?(?P<over>\d)\s?(?P<under>\d) )
  | (?P<number>
        (?: (?P<whole>\d{{1,6}}) (?P<join>[ -]|\ and\ ) (?P<n>\d{{1,3}})/(?P<d>\d{{1,3}}) (?![\d/])
          | (?P<ones>\d{{0,6}})\ ?(?P<vulgar>[¼½¾⅐-⅞])
          | (?P<spaced>\d{{1,3}}(?:{_GAP}\d{{3}}){{1,4}}(?:\.\d{{1,9}})?)
          | (?P<plain>{_PLAIN})
        ) (?! [.,:]?\d | \.\\(?:overline|dot|bar) ) (?P<percent> \s?\\?% | \ per\ ?cent\b )?
    )
  | (?P<power> (?<=[\d)\]}}])(?: [²³⁴⁵⁶⁷⁸⁹](?![⁰¹²³⁴-⁹⁻])
          | (?:\^|\*\*)(?P<exponent>\d{{1,2}}|\{{\d{{1,2}}\}})(?![\d.^]\d) )
      | (?<=[\d)]\ )\*\*\ (?P<spread>\d{{1,2}})(?![\d.]\d) )
  | (?P<other> \d(?:[.,:]*+\d)*+(?:\.\\[a-z]+)? | (?<=[\d)])\*\*(?=[\d(]) | (?<=[\d)]\ )\*\*(?=\ [\d(])
      | [=<>!:~]{{2,}} | (?<=[\d)])! | --+ )
  | (?P<stop> \n | \\\\ | -> | \\(?:q?quad|implies|[Rr]ightarrow|to)(?![a-zA-Z]) | [.,;:?!"“”`•→⇒] )
  | (?P<skip> [\s\u00a0\u2009\u202f\u200b]+ | & | \\?[$€£¥] | \*\*+ | \\[()\[\],;:! ]
      | \\(?:(?:text|math|operatorname)[a-z]*|mbox|boxed)(?={{)
      | \\(?:left|right|displaystyle|[bB]igg?[lr]?)(?![a-zA-Z]) )
  | (?P<word> (?:(?<=[\dA-Za-z])[-/])? (?! {_VERBS} | equals\b ) {_LETTER}+ (?:['’/-]{_LETTER}+)* )
  | (?P<sign> \\(?:times|cdot|div|ast)(?![a-zA-Z]) | \\?[*] | [-+/×·⋅÷∗−–—] | {_VERBS} )
  | (?P<frac> \\[dtc]?frac(?={{) )
  | (?P<open> [(\[{{] | \\{{ ) | (?P<close> [)\]}}] | \\}} )
  | (?P<equals> = | equals\b | ≈ | \\approx(?![a-zA-Z]) )
  | (?P<rest> \\[a-zA-Z]+ | . )
    """,
    re.VERBOSE | re.ASCII,
)
_KINDS = "fraction number power other stop skip word sign frac open close equals rest"
_TIMES = ("\\times", "\\cdot", "\\ast", "\\*", "×", "·", "⋅", "∗", "times", "multiplied by")
_SIGNS = dict.fromkeys(_TIMES, "*") | dict.fromkeys(("\\div", "÷", "divided by"), "/")
_SIGNS |= dict.fromkeys("−–—", "-") | {"plus": "+", "minus": "-"}
_LETTERS = {"m": "meter", "g": "gram", "h": "hour", "s": "second", "l": "liter", "L": "liter"}
_CLOSES = {")": "(", "]": "[", "}": "{", "\\}": "\\{"}


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a text: number, power, sign, open, close, frac, word, equals, stop or other."""

    kind: str
    text: str
    start: int
    end: int
    values: tuple[Fraction, ...] = ()
    """Of a number: each value that it may have; of a power: its exponent."""
    decimals: int = 0
    percent: bool = False
    """A percentage."""
    part: bool = False
    """Written as a fraction, a percentage or a decimal: "of" after it multiplies."""
    match: int = -1
    """Of a bracket: where the other one stands."""


def tokens_of(text: str) -> list[Token]:
    """Cut a text: brackets know their partners, and "x" and "of" are signs where they multiply."""
    return _with_brackets(_with_signs(_with_units(list(_lexed(text)))))


def _lexed(text: str) -> Iterator[Token]:
    for found in _LEX.finditer(text):
        piece, span = found[0], found.span()
        kind = next(name for name in _KINDS.split() if found[name] is not None)
        if kind == "number":
            yield _number(found)
        elif kind == "fraction":
            over, under = int(found["over"]), int(found["under"])
            values = (Fraction(over, under),) if under else ()
            yield Token("number" if under else "other", piece, *span, values=values, part=True)
        elif kind == "power":
            digits = found["exponent"] or found["spread"] or str(unicodedata.digit(piece))
            yield Token("power", piece, *span, values=(Fraction(digits.strip("{}")),))
        elif kind == "sign":
            yield Token("sign", _SIGNS.get(piece, piece), *span)
        elif kind != "skip":
            yield Token("other" if kind == "rest" else kind, piece, *span)


def _with_units(tokens: list[Token]) -> list[Token]:
    """A letter that is a unit wherever it stands gets its name: "15 m", but not "15 m = 30" or "m + 15"."""
    letters = dict(_LETTERS)
    for at, token in enumerate(tokens):
        if token.kind == "word" and token.text in letters:
            behind = at and tokens[at - 1].kind == "number" and tokens[at - 1].end < token.start
            if not behind or (at + 1 < len(tokens) and tokens[at + 1].kind not in ("stop", "word", "sign")):
                del letters[token.text]
    return [
        replace(token, text=letters[token.text]) if token.kind == "word" and token.text in letters else token
        for token in tokens
    ]


def _number(found: re.Match[str]) -> Token:
    decimals, part = 0, True
    if found["whole"]:
        over, under = int(found["n"]), int(found["d"])
        if not 0 < over < under:
            # "12 6/2" is no mixed number, nor two numbers side by side that anybody would compute with.
            return Token("other", found[0], *found.span())
        values = [int(found["whole"]) + Fraction(over, under)]
        if found["join"] == "-":
            values.append(int(found["whole"]) - Fraction(over, under))
    elif found["vulgar"]:
        small = Fraction(unicodedata.numeric(found["vulgar"])).limit_denominator(10)
        values = [int(found["ones"] or 0) + small]
    elif found["spaced"]:
        values, part = [Fraction(re.sub(_GAP, "", found["spaced"]))], False
    else:
        plain = re.sub(r"[^\d.]", "", found["plain"])
        decimals, part = len(plain.partition(".")[2]), "." in plain
        values = [Fraction(plain)]
        if re.fullmatch(r"\d{1,3}\.\d{3}", plain):  # 1.250 may be 1250
            values.append(Fraction(plain.replace(".", "")))
    if found["percent"]:
        values += [value / 100 for value in values]
    percent = bool(found["percent"])
    return Token("number", found[0], *found.span(), tuple(values), decimals, percent, part or percent)


def begins_operand(tokens: list[Token], at: int) -> bool:
    """Whether a number, a group or a fraction begins here."""
    return at < len(tokens) and tokens[at].kind in ("number", "open", "frac")


def _with_signs(tokens: list[Token]) -> list[Token]:
    """Words that multiply become signs; a slash before a word is "per", and part of the unit."""
    made: list[Token] = []
    for at, token in enumerate(tokens):
        before = made[-1] if made else None
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        if token.kind == "word" and token.text == "the" and before and before.text == "of*":
            continue
        if token.kind == "word" and token.text == "of" and _is_part(made):
            skipped = at + 1 + (after is not None and after.text == "the")
            if begins_operand(tokens, skipped):
                token = replace(token, kind="sign", text="of*")
        elif token.kind == "word" and token.text in ("x", "X") and begins_operand(tokens, at + 1):
            if before and before.kind in ("number", "close", "word"):
                token = replace(token, kind="sign", text="*")
        elif token.kind == "sign" and token.text == "/" and after and after.kind == "word":
            token = replace(token, kind="word", text="per")
        made.append(token)
    return [replace(token, text="*") if token.text == "of*" else token for token in made]


def _is_part(made: list[Token]) -> bool:
    last = made[-1] if made else None
    if last is None or last.kind == "close":
        return last is not None
    return last.kind == "number" and (last.part or (len(made) > 2 and made[-2].text == "/"))


def _with_brackets(tokens: list[Token]) -> list[Token]:
    """Pair the brackets.

    One without a partner, or around an "=" or a full stop, bounds like a full stop; a pair around nothing
    but words is part of the words.
    """
    made, opened = list(tokens), list[int]()
    numbers = 0
    seen: list[int] = []
    for at, token in enumerate(tokens):
        numbers += token.kind not in ("word", "open", "close")
        if token.kind in ("equals", "stop"):
            for each in opened:
                made[each] = replace(tokens[each], kind="stop")
            opened.clear()
            seen.clear()
        elif token.kind == "open":
            opened.append(at)
            seen.append(numbers)
        elif token.kind == "close":
            before, first = (opened.pop(), seen.pop()) if opened else (at, 0)
            fits = before < at and len(opened) < _MAX_DEPTH and tokens[before].text == _CLOSES[token.text]
            kinds = (
                ("stop", "stop") if not fits else ("word", "word") if first == numbers else ("open", "close")
            )
            made[before] = replace(tokens[before], kind=kinds[0], match=at)
            made[at] = replace(token, kind=kinds[1], match=before)
    for each in opened:
        made[each] = replace(tokens[each], kind="stop")
    return made
