"""Which token of a text is which of the text before it: kept, shifted, flipped, or dropped.

By index, one inserted token would mark everything that follows it. Here the new tokens are aligned with the
old ones at the least edit distance (Levenshtein: a token substituted, inserted or dropped is one edit), so
that a token which merely moved is known for what it is:

    kept      the same token in the same place
    shifted   the same token, moved by n positions
    flipped   another token in its place: substituted, or inserted where there was none
    dropped   an old token that is in the new text no more, with none in its place

A stretch of n tokens that replaces m others thus counts n flips: min(n, m) substitutions, then n - m
insertions; where m > n, the other m - n are dropped and are no flips. Of the alignments with the fewest edits
it is the one with the fewest flips, then with the fewest shifted tokens, so that all counts are well defined.

It knows tokens as values to compare, and nothing of models or texts.
Shapes: N new tokens, M old ones.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from seek_viz.record import SeekStep


@dataclass(frozen=True)
class Alignment:
    """What each of N new tokens is to the old ones."""

    partners: tuple[int | None, ...]
    """Old position of the same token; None where flipped."""
    replaced: tuple[int | None, ...]
    """Old position of the token that a substitution took the place of; None for all others."""
    dropped: tuple[int, ...]
    """Old positions whose tokens are gone, with none in their place."""

    @property
    def flips(self) -> list[bool]:
        """For each new token: is it flipped?"""
        return [partner is None for partner in self.partners]

    @property
    def shifts(self) -> list[int]:
        """For each new token by how many positions it moved; 0 where it was kept or flipped."""
        return [0 if partner is None else t - partner for t, partner in enumerate(self.partners)]

    @property
    def num_flips(self) -> int:
        """Tokens that are flipped."""
        return self.partners.count(None)

    @property
    def num_shifted(self) -> int:
        """Tokens that are shifted."""
        return sum(shift != 0 for shift in self.shifts)

    @property
    def changed(self) -> bool:
        """Is anything not as it was?"""
        return bool(self.num_flips or self.num_shifted or self.dropped)


def alignment_of(previous: SeekStep | None, step: SeekStep) -> Alignment:
    """The optimised prefix of a step beside the text of the step before.

    A prefix whose text goes on is aligned with the beginning of the old text that fits it best: how the old
    text went on after that is no change of the prefix. Where the text ends within its prefix, both are
    compared whole.

    Args:
        previous: the step before; None for the first, of which every token counts as kept.
        step: the step whose `num_prefix` positions are asked about.
    """
    prefix = step.token_ids[: step.num_prefix]
    if previous is None:
        return Alignment(tuple(range(len(prefix))), (None,) * len(prefix), ())
    return aligned(previous.token_ids, prefix, step.truncated or len(prefix) < len(step.token_ids))


@functools.lru_cache(maxsize=512)  # a view and the flags ask for the same pairs of steps
def aligned(old: tuple[Hashable, ...], new: tuple[Hashable, ...], open_end: bool = False) -> Alignment:
    """Align two token sequences at the least edit distance; O(N M) time, N M / 4 bytes.

    Args:
        old: M tokens, of any kind that can be compared.
        new: N tokens.
        open_end: leave the end of `old` open: the best of its beginnings is taken, and what follows is
            neither matched nor dropped.
    """
    if open_end:
        old = old[: 2 * len(new)]  # to drop more would cost more than to substitute everything
    # An equal beginning belongs to some best alignment; what follows is searched.
    shared = next(
        (t for t, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new))
    )
    partners: list[int | None] = [*range(shared), *[None] * (len(new) - shared)]
    replaced: list[int | None] = [None] * len(new)
    is_left, is_diagonal, end = _table(old[shared:], new[shared:], open_end)
    dropped = []
    row, column = len(new) - shared, end
    while row or column:
        if not row or (column and _bit(is_left, row, column)):
            column -= 1
            dropped.append(shared + column)
            continue
        row -= 1
        if column and _bit(is_diagonal, row + 1, column):
            column -= 1
            same = old[shared + column] == new[shared + row]
            (partners if same else replaced)[shared + row] = shared + column
    return Alignment(tuple(partners), tuple(replaced), tuple(reversed(dropped)))


def _table(
    old: tuple[Hashable, ...], new: tuple[Hashable, ...], open_end: bool
) -> tuple[np.ndarray, np.ndarray, int]:
    """Where each cell of the table of least costs was reached from, and the column where the way ends.

    The cost of a cell (n new tokens, m old ones) is one number that ranks edits before flips before shifts. A
    row is computed at once: drops move along it, and the least over all of them is a running minimum. Among
    equals the way back takes drops, then insertions first: a substitution stands where its stretch begins.

    Returns:
        Two bit planes (N, M / 8): reached by a drop; else by a match or a substitution, not by an insertion.
    """
    num_new, num_old = len(new), len(old)
    numbers: dict[Hashable, int] = {}
    old_M = np.array([numbers.setdefault(token, len(numbers)) for token in old], np.int64)
    new_N = [numbers.get(token, -1) for token in new]
    flip = num_new + 1  # costs more than all shifts
    edit = flip * flip  # and more than all flips
    ramp = edit * np.arange(num_old + 1)
    costs = ramp.copy()
    is_left = np.zeros((num_new, (num_old + 7) // 8), np.uint8)
    is_diagonal = np.zeros_like(is_left)
    for row, token in enumerate(new_N):
        step_M = np.where(old_M == token, 1, edit + flip)
        if row < num_old and step_M[row] == 1:
            step_M[row] = 0  # in its place
        diagonal, above = costs[:-1] + step_M, costs[1:] + edit + flip
        best = np.concatenate([costs[:1] + edit + flip, np.minimum(diagonal, above)])
        costs = np.minimum.accumulate(best - ramp) + ramp
        is_left[row] = np.packbits(costs[:-1] + edit <= best[1:])
        is_diagonal[row] = np.packbits(diagonal < above)
    return is_left, is_diagonal, int(costs.argmin()) if open_end else num_old


def _bit(plane: np.ndarray, row: int, column: int) -> bool:
    """Of cell (row, column), both counted from 1."""
    return bool(plane[row - 1, (column - 1) >> 3] >> (7 - ((column - 1) & 7)) & 1)
