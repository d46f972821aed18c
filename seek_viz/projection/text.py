"""What changed between two texts, position by position.

Every function works on tokens, because tokens are what an update moves: a flip is a position whose
most probable token is another one than an iteration before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from seek_viz.trace import SeekStep

DiffOp = tuple[str, int, int, int, int]
"""("replace" | "delete" | "insert", first and end in the old text, first and end in the new one)."""


def flipped(previous: SeekStep | None, step: SeekStep) -> list[bool]:
    """For each prefix position of `step`: is its token another one than in `previous`?"""
    if previous is None:
        return [False] * step.num_prefix
    before = previous.token_ids[: previous.num_prefix]
    now = step.token_ids[: step.num_prefix]
    return [t >= len(before) or before[t] != token for t, token in enumerate(now)]


def steps_to_flip(previous: SeekStep | None, step: SeekStep) -> list[int | None]:
    """Further steps until each margin reaches 0, if it goes on shrinking as in the last step.

    None where there is no such estimate: no step before, the position has just flipped, or its margin
    did not shrink. A straight line through two points, and no more than that.
    """
    margins = step.reading.margin_L.tolist()
    if previous is None:
        return [None] * len(margins)
    before, old_ids = previous.reading.margin_L.tolist(), previous.reading.top_ids_L5
    estimates: list[int | None] = []
    for t, margin in enumerate(margins):
        same = t < len(before) and old_ids[t][0] == step.reading.top_ids_L5[t][0]
        shrink = before[t] - margin if same else 0.0
        estimates.append(max(1, math.ceil(margin / shrink)) if shrink > 1e-6 else None)
    return estimates


def token_diff(before: Sequence[str], after: Sequence[str]) -> list[DiffOp]:
    """What has to change in the tokens `before` to make `after`; equal stretches are left out.

    Tokens that make one word or one number change together: 168 -> 113 is one change, not a kept 1 and
    two new digits.
    """
    starts, words = _words(before)
    new_starts, new_words = _words(after)
    matcher = SequenceMatcher(None, words, new_words, autojunk=False)
    return [
        (tag, starts[i], starts[i_end], new_starts[j], new_starts[j_end])
        for tag, i, i_end, j, j_end in matcher.get_opcodes()
        if tag != "equal"
    ]


def _words(tokens: Sequence[str]) -> tuple[list[int], list[str]]:
    """First token of each word, with the number of tokens at the end; and the words."""
    starts = [
        t
        for t, token in enumerate(tokens)
        if not (t and token[:1].isalnum() and tokens[t - 1][-1:].isalnum())
    ]
    starts.append(len(tokens))
    return starts, ["".join(tokens[a:b]) for a, b in pairwise(starts)]
