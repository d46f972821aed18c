"""An estimate against the run it was made for, on a clock that the model itself moves on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from seek_viz.engine import seek as seek_module
from seek_viz.engine import timing as pace_module
from seek_viz.engine.seek import new_trace, seek
from seek_viz.engine.timing import timed
from seek_viz.model import FrozenLM
from seek_viz.model.sizing import Slice, size_of, whole
from seek_viz.problems.problem import Problem
from seek_viz.record.estimate import estimate, lengths_of
from seek_viz.settings.config import SeekConfig

CALL_S, TOKEN_S, LOGITS_S = 0.02, 0.0005, 0.001
PROBLEM = Problem("own", "Sam has 3 cards and buys 4 more. How many cards does Sam have?", "7")


@pytest.fixture
def timed_lm(reference_lm: FrozenLM, monkeypatch: pytest.MonkeyPatch) -> FrozenLM:
    """A model that takes so much a call, so much a token, so much for the logits of a state."""
    now = [0.0]
    last_hidden, unembed = FrozenLM.last_hidden, FrozenLM.unembed

    def slow_hidden(self: FrozenLM, ids_BT: Any, **options: Any) -> Any:
        now[0] += CALL_S + TOKEN_S * ids_BT.numel()
        return last_hidden(self, ids_BT, **options)

    def slow_logits(self: FrozenLM, h: Any) -> Any:
        now[0] += LOGITS_S * h[..., 0].numel()
        return unembed(self, h)

    monkeypatch.setattr(FrozenLM, "last_hidden", slow_hidden)
    monkeypatch.setattr(FrozenLM, "unembed", slow_logits)
    for module in (pace_module, seek_module):
        monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    return reference_lm


def test_a_pace_is_what_the_model_takes(timed_lm: FrozenLM) -> None:
    pace = timed(whole(timed_lm), timed_lm.identity.vocab_size)
    assert pace.token_s == pytest.approx(CALL_S + TOKEN_S + LOGITS_S)
    assert pace.batch_token_s == pytest.approx(CALL_S + 4 * (TOKEN_S + LOGITS_S))
    prompts = 4 * pace_module.PROMPT  # tokens; one call reads them all and writes one token each
    assert pace.read_s == pytest.approx(TOKEN_S + (CALL_S + 4 * LOGITS_S) / prompts)
    assert pace.update_s == pytest.approx(4 * LOGITS_S)  # gradient, shift before and after, reading
    assert pace.map_s == pytest.approx(48 * 48 * LOGITS_S)


def test_a_slice_stands_for_more_layers_and_more_words(timed_lm: FrozenLM) -> None:
    pace = timed(Slice(timed_lm, 2, layers=5.0, vocabulary=7.0), timed_lm.identity.vocab_size)
    assert pace.token_s == pytest.approx(5 * (CALL_S + TOKEN_S) + 7 * LOGITS_S)
    assert pace.batch_token_s == pytest.approx(5 * (CALL_S + 4 * TOKEN_S) + 7 * 4 * LOGITS_S)
    assert pace.update_s == pytest.approx(7 * 4 * LOGITS_S)


@pytest.mark.parametrize("mode", ["independent", "coherent"])
def test_an_estimate_is_within_a_factor_of_two_of_the_run(mode: str, timed_lm: FrozenLM) -> None:
    config = SeekConfig(
        decode_mode=mode,
        rho=0.5,
        max_updates=2,
        max_new_tokens=24,
        max_verifier_tokens=12,
        reward_threshold=1.0,
        learning_rate=0.3,
    )
    part = whole(timed_lm)
    size = size_of("tiny", part)
    lengths = lengths_of("tiny", PROBLEM, config, size, [])
    before = estimate(size, timed(part, size.vocab_size), lengths, config, free_bytes=10**9)
    *_, (trace, _) = seek(timed_lm, new_trace(timed_lm, PROBLEM, config))
    took = [sum(step.elapsed_s.values()) for step in trace.steps]
    assert len(took) == 3
    assert took[0] / 2 < before.first_s < 2 * took[0]
    assert sum(took[1:]) / 4 < before.step_s < sum(took[1:])
