"""What an update moved: softmax differences, exactly, of the text that was pushed on."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from seek_viz.engine.latents import initial_state, rebased, updated
from seek_viz.engine.probability_change import MOST_POSITIONS, shift_of
from seek_viz.engine.seek import new_trace, seek
from seek_viz.problems.problem import Problem
from seek_viz.record import Shift
from seek_viz.settings.config import SeekConfig

PROBLEM = Problem("own", "Sam has 3 cards and buys 4 more. How many cards does Sam have?", "7")


def probs(lm: Any, states_LD: Any) -> np.ndarray:
    states_LD = torch.as_tensor(states_LD)
    return torch.softmax(lm.unembed(states_LD).double(), -1).numpy()


def check(lm: Any, shift: Shift, before_LD: Any, after_LD: Any) -> None:
    """Every number of `shift` against the whole distributions."""
    p_LV, q_LV = probs(lm, before_LD), probs(lm, after_LD)
    moved_L = np.abs(q_LV - p_LV).sum(axis=1) / 2
    np.testing.assert_allclose(moved_L[shift.positions_P], np.sort(moved_L)[::-1][:MOST_POSITIONS], atol=1e-6)
    for row, t in enumerate(shift.positions_P.tolist()):
        change_V, ids = q_LV[t] - p_LV[t], shift.ids_P10[row]
        np.testing.assert_allclose(shift.before_P10[row], p_LV[t, ids], atol=1e-6)
        np.testing.assert_allclose(shift.after_P10[row], q_LV[t, ids], atol=1e-6)
        np.testing.assert_allclose(change_V[ids[:5]], np.sort(change_V)[:5], atol=1e-6)
        np.testing.assert_allclose(change_V[ids[5:]], np.sort(change_V)[::-1][:5], atol=1e-6)
        assert shift.tokens_P10[row] == tuple(lm.name(i) for i in ids.tolist())


def test_lost_and_gained_are_softmax_differences(reference_lm: Any) -> None:
    """In independent mode the states of two iterates are the two sides of the update between them."""
    config = SeekConfig(
        decode_mode="independent", reward="constant", rho=0.5, learning_rate=0.3, max_updates=3
    )
    *_, (trace, _) = seek(reference_lm, new_trace(reference_lm, PROBLEM, config))
    assert len(trace.steps) == 4
    for before, after in itertools.pairwise(trace.steps):
        # The numbers that the view multiplies: loss = -R * sum log pi.
        assert after.update.loss == pytest.approx(-before.reward.value * float(after.update.log_prob_L.sum()))
        check(
            reference_lm,
            after.update.shift,
            before.reading.states_LD[: before.num_prefix],
            after.latents_LD[: before.num_prefix],
        )


def test_in_coherent_mode_the_text_before_the_update_is_meant(family_lm: Any) -> None:
    torch.manual_seed(3)
    hidden_LD = torch.randn(4, 16)
    state = initial_state(hidden_LD, SeekConfig(decode_mode="coherent"))
    config = SeekConfig(decode_mode="coherent", learning_rate=0.2)
    after, update = updated(family_lm, state, (5, 6, 7), -0.5, config)
    check(family_lm, update.shift, hidden_LD[:3], (hidden_LD + after.parameter_LD)[:3])
    moved = rebased(after, hidden_LD + 1)
    assert not torch.equal(moved.states_LD, after.states_LD)


def test_the_token_that_is_pushed_away_loses_most(family_lm: Any) -> None:
    torch.manual_seed(4)
    state = initial_state(torch.randn(6, 16), SeekConfig(decode_mode="independent"))
    tokens = tuple(family_lm.unembed(state.states_LD).argmax(-1).tolist())
    _, update = updated(
        family_lm, state, tokens, -1.0, SeekConfig(decode_mode="independent", learning_rate=0.01)
    )
    for position, lost in zip(update.shift.positions_P, update.shift.ids_P10[:, 0], strict=True):
        assert lost == tokens[position]


@pytest.mark.parametrize("length", [1, MOST_POSITIONS + 30])
def test_long_prefixes_keep_the_positions_that_moved_most(reference_lm: Any, length: int) -> None:
    torch.manual_seed(5)
    before_LD = torch.randn(length, reference_lm.identity.hidden_size)
    after_LD = before_LD + torch.randn(length, 1) * 0.5
    shift = shift_of(reference_lm, before_LD, after_LD)
    assert len(shift.positions_P) == min(length, MOST_POSITIONS)
    check(reference_lm, shift, before_LD, after_LD)
