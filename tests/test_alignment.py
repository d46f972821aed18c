"""Which token is which: every edit counted as what it is, and no more of them than need be."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from views_sample import sample_trace

from seek_viz import ASSETS
from seek_viz.record import SeekStep, load_trace
from seek_viz.record.alignment import Alignment, aligned, alignment_of

FEW = st.lists(st.integers(0, 3), max_size=9).map(tuple)
"""Short texts of few tokens: repetitive, so that many alignments compete."""
MANY = st.lists(st.integers(0, 50), max_size=60).map(tuple)


def counts(change: Alignment) -> tuple[int, int, int]:
    return change.num_flips + len(change.dropped), change.num_flips, change.num_shifted


def least(old: tuple[int, ...], new: tuple[int, ...], open_end: bool) -> tuple[int, int, int]:
    """(edits, flips, shifts) of the best alignment, by the textbook's table."""
    table = {(0, 0): (0, 0, 0)}
    for i in range(len(new) + 1):
        for j in range(len(old) + 1):
            ways = [table[0, 0]] if i == j == 0 else []
            if i and j:
                edits, flips, shifts = table[i - 1, j - 1]
                same = old[j - 1] == new[i - 1]
                ways.append((edits + (not same), flips + (not same), shifts + (same and i != j)))
            if i:
                edits, flips, shifts = table[i - 1, j]
                ways.append((edits + 1, flips + 1, shifts))
            if j:
                edits, flips, shifts = table[i, j - 1]
                ways.append((edits + 1, flips, shifts))
            table[i, j] = min(ways)
    ends = range(len(old) + 1) if open_end else [len(old)]
    return min(table[len(new), j] for j in ends)


@given(FEW, FEW, st.booleans())
def test_it_is_the_best_alignment(old: tuple[int, ...], new: tuple[int, ...], open_end: bool) -> None:
    assert counts(aligned(old, new, open_end)) == least(old, new, open_end)


@given(MANY | FEW, MANY | FEW, st.booleans())
def test_it_is_an_alignment(old: tuple[int, ...], new: tuple[int, ...], open_end: bool) -> None:
    change = aligned(old, new, open_end)
    pairs = [(i, t) for t, i in enumerate(change.partners) if i is not None]
    assert all(old[i] == new[t] for i, t in pairs)
    substituted = [(i, t) for t, i in enumerate(change.replaced) if i is not None]
    assert all(old[i] != new[t] for i, t in substituted)
    together = sorted(pairs + substituted)
    assert all(i < k and t < u for (i, t), (k, u) in pairwise(together))  # in order, each once
    used = {i for i, _ in together}
    assert used.isdisjoint(change.dropped)
    accounted = sorted(used | set(change.dropped))
    assert accounted == list(range(len(accounted)))
    assert open_end or len(accounted) == len(old)
    kept = sum(i == t for i, t in pairs)
    assert kept + change.num_shifted + change.num_flips == len(new)
    assert change.changed == (new != old[: len(accounted)])


@given(MANY | FEW, st.integers(0, 50), st.data())
def test_one_inserted_token_is_one_flip_and_taking_it_out_is_none(
    text: tuple[int, ...], token: int, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(text)))
    longer = (*text[:place], token, *text[place:])
    there, back = aligned(text, longer), aligned(longer, text)
    assert (there.num_flips, there.dropped) == (1, ())
    assert (back.num_flips, len(back.dropped)) == (0, 1)
    assert {*there.shifts} <= {0, 1}
    assert {*back.shifts} <= {0, -1}


@given(MANY | FEW, st.data())
def test_whatever_is_taken_out_flips_nothing(text: tuple[int, ...], data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.booleans(), min_size=len(text), max_size=len(text)))
    assert aligned(text, tuple(t for t, stays in zip(text, kept, strict=True) if stays)).num_flips == 0


@given(MANY | FEW, MANY | FEW)
def test_backwards_it_has_as_many_edits(old: tuple[int, ...], new: tuple[int, ...]) -> None:
    assert counts(aligned(old, new))[0] == counts(aligned(new, old))[0]
    assert counts(aligned(old[::-1], new[::-1]))[:2] == counts(aligned(old, new))[:2]


@given(MANY, st.booleans())
def test_an_equal_text_is_kept(text: tuple[int, ...], open_end: bool) -> None:
    change = aligned(text, text, open_end)
    assert (counts(change), change.changed) == ((0, 0, 0), False)


def by_index(previous: SeekStep, step: SeekStep) -> int:
    before, now = (one.token_ids[: one.num_prefix] for one in (previous, step))
    return sum(t >= len(before) or before[t] != token for t, token in enumerate(now))


@given(MANY | FEW, MANY | FEW, st.booleans())
def test_there_are_never_more_flips_than_by_index(
    old: tuple[int, ...], new: tuple[int, ...], open_end: bool
) -> None:
    differ = sum(t >= len(old) or old[t] != token for t, token in enumerate(new))
    assert aligned(old, new, open_end).num_flips <= differ


@pytest.mark.parametrize("path", sorted((ASSETS / "runs").glob("*.json")), ids=lambda path: path.stem)
def test_recorded_runs_flip_no_more_than_by_index(path: object) -> None:
    for before, after in pairwise(load_trace(str(path)).steps):
        change = alignment_of(before, after)
        assert len(change.partners) == after.num_prefix
        assert change.num_flips <= by_index(before, after)
        prefixes = [step.token_ids[: step.num_prefix] for step in (before, after)]
        assert change.changed or prefixes[0] == prefixes[1]


LINE = "a b c d e f g h"


@pytest.mark.parametrize(
    ("before", "after", "num_prefix", "expected"),
    [
        (LINE, "a b x d e f g h", 6, (1, 0, 0)),  # substituted
        (LINE, "a b x c d e f g h", 6, (1, 3, 0)),  # inserted; what left the prefix was not dropped
        (LINE, "a b d e f g h", 6, (0, 4, 1)),  # dropped; what came into the prefix did not flip
        (LINE, "a b x y e f g h", 6, (2, 0, 0)),
        (LINE, "a b x e f g h", 6, (1, 3, 1)),  # two became one
        (LINE, "a b x y z e f g h", 6, (3, 1, 0)),  # two became three
        (LINE, "a b x", 6, (1, 1, 5)),  # ended within its prefix: compared whole, the end token too
        ("a b", LINE, 6, (4, 0, 0)),  # the text before had no such positions
    ],
)
def test_a_prefix_is_compared_with_the_text_before(
    before: str, after: str, num_prefix: int, expected: tuple[int, int, int]
) -> None:
    steps = sample_trace((before, after), ((), ()), gold=None, num_prefix=num_prefix).steps
    change = alignment_of(*steps)
    assert (change.num_flips, change.num_shifted, len(change.dropped)) == expected


def test_a_substitution_stands_where_its_stretch_begins() -> None:
    assert aligned(tuple("abcdef"), tuple("axf")).replaced == (None, 1, None)
    assert aligned(tuple("abf"), tuple("axyzf")).replaced == (None, 1, None, None, None)


def test_the_first_step_has_nothing_flipped() -> None:
    step = sample_trace().steps[0]
    assert alignment_of(None, step).flips == [False] * step.num_prefix
