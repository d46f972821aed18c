"""What is said of a run beforehand: sizes as they are read, paces as they were, and nothing made up."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest
from views_sample import sample_trace

from seek_viz.app.page.run_estimate import outlook, size_words
from seek_viz.app.session import Forecaster, ModelPool, forecast
from seek_viz.record import Trace
from seek_viz.record.estimate import LATEST, ModelSize, pace, seconds_left
from seek_viz.settings.config import SeekConfig

GIVEN = "their/model"
SIZE = ModelSize(1_500_000_000, "bfloat16", "cuda", 3_000_000_000)
TRACE = sample_trace(max_updates=10)  # 1.11 s for each step
TRACE = dataclasses.replace(TRACE, model=dataclasses.replace(TRACE.model, source=GIVEN))


@pytest.fixture
def sizing(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What a machine would say of any model but one that it has not."""
    known = SimpleNamespace(
        size_of=lambda name: None if name == "some/where" else SIZE,
        free_bytes=lambda device: 4_000_000_000,
    )
    monkeypatch.setattr(forecast, "deferred", lambda module: known)
    return known


def said(forecaster: Forecaster, model: str = GIVEN) -> tuple[dict[str, str], bool]:
    words: Any = outlook(forecaster.of(model), SeekConfig(max_updates=4))
    return dict(words["lines"]), bool(words.get("warns"))


def test_without_a_step_the_time_is_unknown(sizing: Any) -> None:
    assert said(Forecaster(ModelPool())) == (
        {
            "Memory": "3.0 GB of bf16 weights to be loaded; 4.0 GB free",
            "Time": "unknown until the first step; K = 4 at most",
        },
        False,
    )


def test_recorded_runs_of_the_model_give_a_pace_until_there_is_one_of_this_machine(sizing: Any) -> None:
    forecaster = Forecaster(ModelPool(), [TRACE])
    assert said(forecaster)[0]["Time"] == "1 s an update (as recorded), so 4 s for K = 4 at most"
    forecaster.learn(dataclasses.replace(TRACE, steps=TRACE.steps[:1]))  # has no update
    assert "recorded" in said(forecaster)[0]["Time"]
    slow = dataclasses.replace(TRACE.steps[1], elapsed_s={"update": 20.0, "decode": 100.0})
    forecaster.learn(dataclasses.replace(TRACE, steps=(slow,)))
    assert said(forecaster)[0]["Time"] == "2 min an update (1 update made here), so 8 min for K = 4 at most"
    assert "unknown" in said(forecaster, "another/model")[0]["Time"]


def test_weights_that_do_not_fit_are_warned_of_unless_they_are_loaded(sizing: Any) -> None:
    sizing.free_bytes = lambda device: 1_000_000_000
    pool = ModelPool(loader=lambda name: SimpleNamespace())
    lines, warns = said(Forecaster(pool))
    assert warns
    assert lines["Will not fit:"].startswith("the weights alone are 3.0 GB, and 1.0 GB are free.")
    pool.get(GIVEN)
    assert said(Forecaster(pool))[1] is False


def test_a_model_that_is_not_here_has_no_size(sizing: Any) -> None:
    forecaster = Forecaster(ModelPool())
    assert "unknown until the model is here" in said(forecaster, "some/where")[0]["Memory and time"]
    assert size_words("some/where", forecaster.size("some/where")) == "some/where"
    said(forecaster)
    assert size_words("it", forecaster.size(GIVEN)) == "it, 1.5 B parameters, 3.0 GB"


def test_a_pace_is_of_the_newest_steps() -> None:
    assert pace([]) is None
    assert pace([9.0] + [1.0] * LATEST) == 1


def test_what_is_left_follows_from_the_steps_made() -> None:
    def left(made: int, spent_s: float, to_the_end: bool) -> float | None:
        trace: Trace = dataclasses.replace(TRACE, steps=TRACE.steps[:made])
        return seconds_left(trace, spent_s, to_the_end)

    assert left(0, 0.5, to_the_end=True) is None
    assert left(1, 0.1, to_the_end=True) == pytest.approx(10 * 1.11 - 0.1)
    assert left(3, 0.5, to_the_end=True) == pytest.approx(8 * 1.11 - 0.5)
    assert left(3, 0.5, to_the_end=False) == pytest.approx(1.11 - 0.5)
    assert left(3, 99, to_the_end=False) == 0
