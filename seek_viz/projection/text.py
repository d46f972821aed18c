"""What changed between two texts, position by position, and which equations in them hold.

Every function works on tokens, because tokens are what an update moves. Which of them flipped, and which
only shifted, is told by `alignment.py`.
"""

from __future__ import annotations

import math
import operator
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise

from seek_viz.alignment import aligned, alignment_of
from seek_viz.trace import SeekStep

DiffOp = tuple[str, int, int, int, int]
"""("replace" | "delete" | "insert", first and end in the old text, first and end in the new one)."""

_NUMBER = r"\$?(?>(?:\d{1,3}(?:,\d{3})+(?!\d)|\d{1,15})(?:\.\d{1,15})?)(?!\d)"
_OPERATOR = r"(?:[-+*/×÷−]|\\times|\\cdot|\\div)"
_EQUATION = re.compile(
    rf"(?<![\d.,])(?>({_NUMBER}(?>(?:\s*{_OPERATOR}\s*{_NUMBER})+)))\s*=\s*({_NUMBER})(?!\s*{_OPERATOR}\s*\$?\d)"
)
_PART = re.compile(rf"({_NUMBER})|({_OPERATOR})")
_SIGNS = {"−": "-", "×": "*", "\\times": "*", "\\cdot": "*", "÷": "/", "\\div": "/"}
_APPLY = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}


def flipped(previous: SeekStep | None, step: SeekStep) -> list[bool]:
    """For each prefix position of `step`: is its token another one than in `previous`, by alignment?"""
    return alignment_of(previous, step).flips


def steps_to_flip(previous: SeekStep | None, step: SeekStep) -> list[int | None]:
    """Further steps until each margin reaches 0, if it goes on shrinking as in the last step.

    A shifted token is compared with itself where it stood before. None where there is no such estimate: no
    step before, the position has just flipped, or its margin did not shrink. A straight line through two
    points, and no more than that.
    """
    margins = step.reading.margin_L.tolist()
    if previous is None:
        return [None] * len(margins)
    before, old_ids = previous.reading.margin_L.tolist(), previous.reading.top_ids_L5
    estimates: list[int | None] = []
    partners = alignment_of(previous, step).partners
    for margin, top_ids, partner in zip(margins, step.reading.top_ids_L5, partners, strict=True):
        same = partner is not None and partner < len(before) and old_ids[partner][0] == top_ids[0]
        shrink = before[partner] - margin if same else 0.0
        estimates.append(max(1, math.ceil(margin / shrink)) if shrink > 1e-6 else None)
    return estimates


def token_diff(before: Sequence[str], after: Sequence[str]) -> list[DiffOp]:
    """What has to change in the tokens `before` to make `after`; equal stretches are left out.

    Tokens that make one word or one number change together: 168 -> 113 is one change, not a kept 1 and
    two new digits. The words are aligned at the least edit distance, in time that grows with the product of
    their numbers at worst (`alignment.aligned`).
    """
    starts, words = _words(before)
    new_starts, new_words = _words(after)
    ending = _shared_ending(words, new_words)
    end, new_end = len(words) - ending, len(new_words) - ending
    partners = aligned(tuple(words[:end]), tuple(new_words[:new_end])).partners
    kept = [(i, j) for j, i in enumerate(partners) if i is not None]
    ops: list[DiffOp] = []
    i = j = 0
    for i_kept, j_kept in [*kept, (end, new_end)]:
        if i < i_kept or j < j_kept:
            tag = "insert" if i == i_kept else "delete" if j == j_kept else "replace"
            ops.append((tag, starts[i], starts[i_kept], new_starts[j], new_starts[j_kept]))
        i, j = i_kept + 1, j_kept + 1
    return ops


def _shared_ending(words: Sequence[str], others: Sequence[str]) -> int:
    """How many words at the end are the same in both."""
    pairs = zip(reversed(words), reversed(others), strict=False)
    return next((t for t, (a, b) in enumerate(pairs) if a != b), min(len(words), len(others)))


def _words(tokens: Sequence[str]) -> tuple[list[int], list[str]]:
    """First token of each word, with the number of tokens at the end; and the words."""
    starts = [
        t
        for t, token in enumerate(tokens)
        if not (t and _in_word(token[:1]) and _in_word(tokens[t - 1][-1:]))
    ]
    starts.append(len(tokens))
    return starts, ["".join(tokens[a:b]) for a, b in pairwise(starts)]


def _in_word(letter: str) -> bool:
    """Can it stand inside a word? Scripts of wide letters, such as Chinese, put no space between words."""
    return letter.isalnum() and unicodedata.east_asian_width(letter) not in "WF"


def equations(tokens: Sequence[str]) -> list[tuple[int, int, bool]]:
    """Find each `a op b = c` and check it.

    Chains (`2 + 3 * 4 = 14`) keep the usual precedence; a result with decimals may be rounded to as
    many as it shows. Brackets, powers and percentages are not read, and such equations are left out.

    Args:
        tokens: the pieces of a text.

    Returns:
        (first token, token after the last, whether it holds), in order.
    """
    ends = list(accumulate(map(len, tokens)))
    text = "".join(tokens)
    found = []
    for match in _EQUATION.finditer(text):
        if text[: match.start()].rstrip()[-1:] in tuple("+-*/×÷−("):
            continue
        first, last = bisect_right(ends, match.start()), bisect_left(ends, match.end())
        found.append((first, last + 1, _holds(match[1], match[2])))
    return found


def _holds(expression: str, result: str) -> bool:
    """Whether the chain `expression` equals `result`; a division by zero equals nothing."""
    parts = [(number, _SIGNS.get(sign, sign)) for number, sign in _PART.findall(expression)]
    signed, pending = [_fraction(parts[0][0])], ""
    for number, sign in parts[1:]:
        if sign:
            pending = sign
        elif pending in "+-":
            signed.append(_APPLY[pending](0, _fraction(number)))
        elif pending == "/" and not _fraction(number):
            return False
        else:
            signed[-1] = _APPLY[pending](signed[-1], _fraction(number))
    decimals = len(result.partition(".")[2])
    gap = abs(sum(signed) - _fraction(result))
    return gap == 0 if decimals == 0 else gap <= Fraction(1, 2 * 10**decimals)


def _fraction(number: str) -> Fraction:
    return Fraction(number.replace("$", "").replace(",", ""))
