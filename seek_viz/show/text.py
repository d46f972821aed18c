"""Differences between two texts, position by position.

Every function works on tokens, because tokens are what an update moves. Which of them flipped, and which
only shifted, is told by `record/alignment.py`.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from seek_viz.record import SeekStep
from seek_viz.record.alignment import aligned, alignment_of

DiffOp = tuple[str, int, int, int, int]
"""("replace" | "delete" | "insert", first and end in the old text, first and end in the new one)."""


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
    """Token diff from `before` to `after`, without the equal stretches.

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
    """Number of equal words at the end of both."""
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
