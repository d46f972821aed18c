r"""Where a solution states its final answer: in `\boxed{...}`, or under "final answer" of a JSON object.

A text from which no answer can be read gives None, never a wrong answer. One pass over the text, so that a
million characters take no longer than they should. It does not know what an answer means.
"""

from __future__ import annotations

import json
import re

from seek_viz.grading.tex import argument_end

_BOX = re.compile(r"\\(?:boxed|fbox|framebox)\s*\{|(?<![A-Za-z\\])boxed\{")
_BARE = re.compile(
    r"\\(?:boxed|fbox)\s*(?:\$([^$\n]+)\$|([-+]?\$?\.?\d[^\s{}$\\]*|[A-Za-z](?![A-Za-z{])|[-+]?(?=\\[A-Za-z])))"
)
_HOLLOW = re.compile(
    r"(?:[\s{}$~]|\\[,:;! ]|\\(?:[a-z]*box(?:ed)?|text[a-z]*|math[a-z]*|q?quad)(?![A-Za-z]))*"
)
"""What prints nothing."""
_CUT_LINE = re.compile(r"\s*((?:\\begin\{\w+\*?\}\s*)*[^\n]*)")
MAX_CUT_CHARS = 200
"""A box that is never closed and goes on for longer than this is prose."""
THINK_OPEN, THINK_CLOSED = "<think>", "</think>"
"""What a thinking model writes its thought between."""
_KEY = re.compile(r"""["']final[ _]answer["']\s*:\s*""", re.IGNORECASE)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)("?)', re.DOTALL)
_QUOTED = re.compile(r"'((?:[^'\\\n]|\\.)*)'?")
MAX_UNQUOTED_CHARS = 10_000
_NEXT_KEY = re.compile(r"""\s*(?:["'][^"'\n]*["']\s*:|$|\n)""")
_ESCAPE = re.compile(r"\\(\\|u[0-9a-fA-F]{4}|[A-Za-z]+|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_MEANT = re.compile(
    r"n(?!eq?(?![a-z])|u(?![a-z])|eg(?![a-z])|abla|ot(?:in)?(?![a-z]))|r(?![a-z]{2}|m(?![a-z]))|t(?![a-z]{2}|o(?![a-z]))"
)
"""Escapes of JSON: `n` but in LaTeX commands that begin so, `t` and `r` where they begin no word."""


def final_answer(text: str, answer_format: str = "boxed") -> str | None:
    r"""The final answer that a solution states.

    Args:
        text: a decoded solution. A thinking model's answer stands behind its thought.
        answer_format: "boxed" takes the content of the last `\boxed{...}` or `\fbox{...}` that is closed
            (as the released code does: of `\boxed{5}, not \boxed{6}` that is 6); where none is closed, of a
            box without braces (`\boxed 42`), else of one that the token cap cut. "json" takes the value of
            the last "final answer" key, with its LaTeX as the model wrote it.

    Returns:
        The answer as written, stripped, or None when there is none.
    """
    text = after_thinking(text)
    answer = _boxed(text) if answer_format == "boxed" else _json_answer(text)
    return answer.strip() or None if answer is not None else None


def after_thinking(text: str) -> str:
    """What a text says once its thought is closed; nothing while it is still open."""
    _thought, closed, said = text.rpartition(THINK_CLOSED)
    if closed:
        return said
    return "" if THINK_OPEN in text else text


def _boxed(text: str) -> str | None:
    openings = {match.end(): match.start() for match in _BOX.finditer(text)}
    if not openings:
        bare = list(_BARE.finditer(text))
        return _unbraced(text, bare[-1]) if bare else None
    open_braces: list[int] = []
    last: tuple[int, str] | None = None
    for position in _braces(text):
        if text[position] == "{":
            open_braces.append(position + 1)
        elif open_braces:
            start = open_braces.pop()
            if (
                start in openings
                and (last is None or start > last[0])
                and not (position - start <= MAX_CUT_CHARS and _HOLLOW.fullmatch(text, start, position))
            ):
                last = start, text[start:position]
    if last is not None:
        return last[1]
    cut = [start for start in open_braces if start in openings]
    if not cut:
        return None
    line = _CUT_LINE.match(text, cut[-1])
    return line[1] if line and len(line[1]) <= MAX_CUT_CHARS else None


def _unbraced(text: str, box: re.Match[str]) -> str:
    r"""What a box without braces holds: up to its dollar, or a word with the arguments of its commands."""
    if box[1]:
        return box[1]
    word = text[box.start(2) : box.start(2) + MAX_CUT_CHARS]
    at = len(box[2])
    while at < len(word) and not word[at].isspace() and word[at] not in "}$":
        at = argument_end(word, at)
    return word[:at].rstrip(".,;:")


def _braces(text: str) -> list[int]:
    r"""Where the braces of a text are; `\{` and `\}` are signs, not braces."""
    return [match.start() for match in re.finditer(r"\\\\|\\[{}]|[{}]", text) if len(match[0]) == 1]


def _json_answer(text: str) -> str | None:
    keys = list(_KEY.finditer(text))
    if not keys:
        return None
    start = keys[-1].end()
    if match := _STRING.match(text, start):
        return _unescaped(match[1])
    if match := _QUOTED.match(text, start):
        return _unescaped(match[1])
    value = _unquoted(text, start).strip()
    try:
        plain = json.loads(value)
    except (ValueError, RecursionError):
        return value.strip("`") or None
    return value if isinstance(plain, (int, float, list)) and not isinstance(plain, bool) else None


def _unquoted(text: str, start: int) -> str:
    """A value without quotes, up to a line's end, its object's end, or a comma before another key."""
    depth = 0
    for at in range(start, min(len(text), start + MAX_UNQUOTED_CHARS)):
        sign = text[at]
        if sign == "\n" or (sign in "}]" and depth == 0):
            return text[start:at]
        depth += (sign in "{[(") - (sign in "}])")
        if sign == "," and depth <= 0 and _NEXT_KEY.match(text, at + 1):
            return text[start:at]
    return text[start : start + MAX_UNQUOTED_CHARS]


def _unescaped(literal: str) -> str:
    r"""The text of a JSON string in which a model wrote LaTeX as it is: `\frac` is no form feed."""
    break_of_rows = _break_of_rows(literal)

    def meaning(match: re.Match[str]) -> str:
        name = match[1]
        if name == "\\" and break_of_rows and break_of_rows.match(literal, match.start()):
            return match[0]
        if name in ("\\", '"', "/", "'"):
            return name
        if re.fullmatch(r"u[0-9a-fA-F]{4}", name):
            return chr(int(name[1:], 16))
        if name[0] in _ESCAPED and (len(name) == 1 or _MEANT.match(name)):
            return _ESCAPED[name[0]] + name[1:]
        return match[0]

    text = _ESCAPE.sub(meaning, literal)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # a pair of \\u is one sign


def _break_of_rows(literal: str) -> re.Pattern[str] | None:
    r"""Which `\\` are breaks between the rows of a matrix, where its writer escaped less than JSON asks for.

    One who writes `\begin` as it is writes breaks as they are. So does one who escapes commands alone, where
    two letters or more behind it are a command. One who escapes all writes four for a break.
    """
    if re.search(r"(?<!\\)\\begin(?![A-Za-z])", literal):
        return re.compile(r"\\\\")
    if r"\\begin" in literal and "\\" * 4 not in literal:
        return re.compile(r"\\\\(?![A-Za-z]{2})")
    return None
