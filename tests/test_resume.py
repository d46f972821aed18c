"""Going on with a run: which model may, and which run can."""

from __future__ import annotations

import dataclasses

import pytest
from views_sample import REJECTED, TEXTS, sample_trace

from seek_viz.errors import UserError
from seek_viz.resume import check_model, reopened

TRACE = dataclasses.replace(sample_trace(TEXTS[:3], REJECTED[:3]), stop_reason="max_updates")


@pytest.mark.parametrize(
    "change",
    [
        {"revision": "another"},
        {"architecture": "LlamaForCausalLM"},
        {"hidden_size": 7},
        {"vocab_size": 7},
        {"dtype": "bfloat16"},
    ],
)
def test_another_checkpoint_is_refused_by_name(change: dict) -> None:
    loaded = dataclasses.replace(TRACE.model, **change)
    (name,) = change
    with pytest.raises(UserError, match=name.replace("_", " ")) as told:
        check_model(TRACE, loaded)
    assert str(getattr(TRACE.model, name)) in str(told.value)
    check_model(TRACE, TRACE.model)


def test_a_run_that_used_up_its_updates_goes_on_under_a_larger_k() -> None:
    made = len(TRACE.steps) - 1
    again = reopened(TRACE, {"max_updates": made + 2})
    assert again.stop_reason is None
    assert again.config.max_updates == made + 2
    with pytest.raises(UserError, match="max_updates"):
        reopened(dataclasses.replace(TRACE, config=TRACE.config.changed(max_updates=made)), {})


@pytest.mark.parametrize("reason", ["accepted", "no_latents", "not_judged"])
def test_a_run_that_came_to_its_end_is_refused(reason: str) -> None:
    with pytest.raises(UserError, match="can go on"):
        reopened(dataclasses.replace(TRACE, stop_reason=reason), {"max_updates": 99})


def test_settings_of_the_next_step_leave_those_of_the_steps_made() -> None:
    again = reopened(TRACE, {"learning_rate": 0.5, "max_updates": 50})
    assert again.config.learning_rate == 0.5
    assert {step.config.learning_rate for step in again.steps} == {TRACE.config.learning_rate}
    assert again.changed_settings["learning_rate"] == (
        (0, TRACE.config.learning_rate),
        (len(TRACE.steps), 0.5),
    )


@pytest.mark.parametrize(
    ("name", "value"), [("decode_mode", "coherent"), ("rho", 0.9), ("max_latents", 3), ("thinking", True)]
)
def test_what_the_first_step_decided_stays(name: str, value: object) -> None:
    assert getattr(TRACE.config, name) != value
    with pytest.raises(UserError, match=name):
        reopened(TRACE, {name: value, "max_updates": 50})
