"""What may change in a run that goes on, on records alone; `test_cli.py` makes such runs."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from views_sample import REJECTED, TEXTS, sample_trace

from seek_viz.errors import UserError
from seek_viz.record import Trace
from seek_viz.record.resume import check_model, check_same, reopened
from seek_viz.settings.config import SETTINGS

FIXED = [name for name, setting in SETTINGS.items() if setting.fixed]
OTHER: dict[str, Any] = {
    "decode_mode": "coherent",
    "answer_format": "json",
    "latent_dtype": "model",
    "test_before_first_update": False,
}


def finished(**config: Any) -> Trace:
    """Four updates made, K = 4."""
    return sample_trace(TEXTS, (*REJECTED[:-1], ("answer_correct",)), max_updates=4, **config)


def test_a_higher_k_opens_the_run_again() -> None:
    trace = reopened(finished(), {"max_updates": 6})
    assert (trace.stop_reason, trace.config.max_updates) == (None, 6)
    assert [step.config.max_updates for step in trace.steps] == [4] * 5


@pytest.mark.parametrize("changes", [{}, {"max_updates": 4}, {"max_updates": 2}, {"learning_rate": 0.3}])
def test_a_finished_run_stays_finished(changes: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="^max_updates: .* more than the 4 updates"):
        reopened(finished(), changes)


def test_an_interrupted_run_goes_on_as_it_is_but_not_backwards() -> None:
    cut = dataclasses.replace(sample_trace(TEXTS[:3], REJECTED[:3]), stop_reason=None)
    assert reopened(cut, {}).config == cut.config
    with pytest.raises(UserError, match="more than the 2 updates"):
        reopened(cut, {"max_updates": 2})


@pytest.mark.parametrize(
    ("reason", "told"), [("accepted", "accepted at iteration 4"), ("no_latents", "no position")]
)
def test_a_run_at_its_end_is_refused_with_the_reason(reason: Any, told: str) -> None:
    with pytest.raises(UserError, match=told):
        reopened(dataclasses.replace(finished(), stop_reason=reason), {"max_updates": 99})


@pytest.mark.parametrize("name", FIXED)
def test_what_the_first_step_decided_stays(name: str) -> None:
    trace = finished()
    value = OTHER.get(name, 7 if isinstance(getattr(trace.config, name), int) else 0.9)
    with pytest.raises(UserError, match=f"^{name}: got {value!r}; allowed: {getattr(trace.config, name)!r}"):
        reopened(trace, {"max_updates": 9, name: value})
    assert reopened(trace, {"max_updates": 9, name: getattr(trace.config, name)}).stop_reason is None


def test_what_is_not_fixed_may_change() -> None:
    changes = {"learning_rate": 0.4, "reward": "psrm", "verdicts": "graded", "seed": 3, "max_updates": 8}
    trace = reopened(finished(), changes)
    assert {name: getattr(trace.config, name) for name in changes} == changes
    assert all(step.config == finished().config for step in trace.steps)


@pytest.mark.parametrize(
    "change",
    [
        {"architecture": "Llama"},
        {"revision": "f" * 12},
        {"hidden_size": 64},
        {"vocab_size": 9},
        {"dtype": "bfloat16"},
    ],
)
def test_another_model_is_refused_and_both_are_named(change: dict[str, Any]) -> None:
    trace = finished()
    ((name, value),) = change.items()
    with pytest.raises(UserError, match=f"{value}.*{getattr(trace.model, name)}"):
        check_model(trace, dataclasses.replace(trace.model, **change))


def test_the_same_weights_in_another_place_are_the_same_model() -> None:
    trace = finished()
    moved = dataclasses.replace(trace.model, name="copy", source="/elsewhere/copy", device="cuda:0")
    check_model(trace, moved)
    unknown = dataclasses.replace(trace, model=dataclasses.replace(trace.model, revision="unknown"))
    with pytest.raises(UserError, match="^model: got '/elsewhere/copy'"):
        check_model(unknown, dataclasses.replace(moved, revision="unknown"))


def test_nothing_given_is_the_same() -> None:
    check_same("--gold", None, "7")
    check_same("--gold", "7", "7")
    with pytest.raises(UserError, match="--gold: got '8'; allowed: '7', which the run was begun with"):
        check_same("--gold", "8", "7")
