r"""Two things that TeX leaves unsaid: where an argument without braces ends, and displays that only lay out.

`\frac\pi6`, `\sqrt\frac12` and `x^(2)` get braces around what they take; `\begin{aligned}` goes. Each is one
pass.
"""

from __future__ import annotations

import re
from collections import Counter

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
_TAKES = {r"\frac": 2, r"\binom": 2, r"\sqrt": 1, r"\overline": 1, r"\dot": 1, "^": 1}
"""How many arguments a command takes; a power takes one."""
_CLOSES = {"}": "{", ")": "(", "]": "["}
_OPENS = set(_CLOSES.values())


def braced(text: str) -> str:
    """A text in which every argument of a fraction, binomial, root, bar or bracketed power has braces."""
    if "\\" not in text and "^" not in text:
        return text
    tokens = _TOKEN.findall(text)
    ends, opened, closed = _arguments(tokens)
    pieces = []
    for at, token in enumerate([*tokens, ""]):
        pieces += ["}" * closed[at], "{" * opened[at], "" if at in ends else token]
    return "".join(pieces)


def argument_end(text: str, start: int) -> int:
    r"""Where the argument that starts at a command ends: after the 2 of `\frac12`."""
    tokens = [match[0] for match in _TOKEN.finditer(text, start)]
    at = _extents(tokens, _pairs(tokens))[0] if tokens else 0
    return start + sum(len(token) for token in tokens[:at])


def _arguments(tokens: list[str]) -> tuple[set[int], Counter[int], Counter[int]]:
    """Brackets to be dropped, and how many braces open and close before each token."""
    pairs = _pairs(tokens)
    extents = _extents(tokens, pairs)
    dropped: set[int] = set()
    opened: Counter[int] = Counter()
    closed: Counter[int] = Counter()
    for at, token in enumerate(tokens):
        for start in _starts(tokens, pairs, extents, at):
            if tokens[start] == "(":
                end = pairs[start]
                dropped |= {start, end}
            elif tokens[start] == "{" or (token == "^" and tokens[start] not in _TAKES):
                continue
            else:
                end = _end(tokens, extents, token, start)
            opened[start] += 1
            closed[end] += 1
    return dropped, opened, closed


def _extents(tokens: list[str], pairs: dict[int, int]) -> list[int]:
    """For each token, where an argument that starts with it ends; from the right, so that it is one pass."""
    extents = list(range(1, len(tokens) + 1))
    for at in reversed(range(len(tokens))):
        if at in pairs:
            extents[at] = pairs[at] + 1
        elif starts := _starts(tokens, pairs, extents, at):
            extents[at] = _end(tokens, extents, tokens[at], starts[-1])
    return extents


def _starts(tokens: list[str], pairs: dict[int, int], extents: list[int], at: int) -> list[int]:
    """Where the arguments of the command at `at` start; none unless all are there."""
    token, starts, after = tokens[at], [], at + 1
    for number in range(_TAKES.get(token, 0)):
        after = _past_space(tokens, after)
        if token == r"\sqrt" and number == 0 and after in pairs and tokens[after] == "[":
            after = _past_space(tokens, pairs[after] + 1)
        if after >= len(tokens) or not _is_argument(token, tokens[after], after in pairs):
            return []
        starts.append(after)
        after = _end(tokens, extents, token, after)
    return starts


def _end(tokens: list[str], extents: list[int], command: str, start: int) -> int:
    """Where an argument ends; a root takes a whole number, as in √12, though TeX would take a digit."""
    end = extents[start]
    while command == r"\sqrt" and tokens[start].isdecimal() and end < len(tokens) and tokens[end].isdecimal():
        end += 1
    return end


def _is_argument(command: str, token: str, is_closed: bool) -> bool:
    if token in _OPENS:
        return is_closed and (token == "{" or (token == "(" and command in (r"\sqrt", "^")))
    return token.isalnum() or bool(re.fullmatch(r"\\[A-Za-z]+", token))


def _past_space(tokens: list[str], at: int) -> int:
    return at + 1 if at < len(tokens) and tokens[at].isspace() else at


def _pairs(tokens: list[str]) -> dict[int, int]:
    """Opening bracket -> the one that closes it; of brackets that cross, none."""
    pairs: dict[int, int] = {}
    stack: list[int] = []
    for at, token in enumerate(tokens):
        if token in _OPENS:
            stack.append(at)
        elif token in _CLOSES and stack and tokens[stack[-1]] == _CLOSES[token]:
            pairs[stack.pop()] = at
        elif token == "}":
            while stack and tokens[stack.pop()] != "{":
                pass
    return pairs


_DISPLAY = (
    r"(?:aligned|align|alignat|gathered|gather|equation|split|displaymath|math|multline|flalign|eqnarray)\*?"
)
_LAYOUT = re.compile(rf"\\(?:begin|end)\s*\{{\s*{_DISPLAY}\s*\}}(?:\s*\[[tbc]\])?")
_CUT_END = re.compile(r"\\(?:e|en|end(?:\s*\{[^{}]*)?)$")
_NEXT_ROW = re.compile(r"\\\\(?:\[[^\]]*\])?\s*")


def undisplayed(text: str) -> str:
    r"""A text without `\begin{aligned}` and its like, also where the token cap cut it; its rows as a list.

    A row that begins with a relation goes on with the row before it.
    """
    if r"\begin" not in text or (shown := _LAYOUT.sub(" ", text)) == text:
        return text
    shown = _CUT_END.sub("", shown.rstrip())
    if r"\begin" in shown:  # the rows of a matrix are its own
        return shown
    rows = [row.strip() for row in _NEXT_ROW.split(shown.replace("&", " ")) if row.strip()]
    return "".join(
        ("" if number == 0 else " " if re.match(r"[=<>+-]|\\[lg]eq?|\\approx", row) else ", ")
        + (row.rstrip(",") if number < len(rows) - 1 else row)
        for number, row in enumerate(rows)
    )
