"""Golden parity: the trajectories that the released code made, made again by this engine.

Token ids, text, rewards and the number of latents are compared exactly, the loss to a tolerance.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from seek_viz.engine.seek import new_trace, seek
from seek_viz.problems.problem import Problem
from seek_viz.record import Trace
from seek_viz.settings.config import SeekConfig

NUM_RUNS = 31


def checksum(texts: Sequence[str]) -> list[float]:
    """A recorded reward that the engine does not have: it depends on every character of the text."""
    return [-(sum(map(ord, text)) % 7) / 6 for text in texts]


def again(lm: Any, run: dict[str, Any], **changes: Any) -> Trace:
    """The recorded run, from its question on, under the released preset."""
    settings, reward = dict(run["settings"]), None
    if settings["reward"] == "checksum":
        settings["reward"], reward = "constant", checksum
    settings["learning_rate"] = settings.pop("lr")
    trace = new_trace(
        lm,
        Problem("recorded", run["question"], str(run["gold"])),
        SeekConfig.released(**settings, **changes),
    )
    assert trace.prompt == run["prompt"]
    assert lm.encode(trace.prompt) == run["prompt_ids"]
    *_, (finished, _state) = seek(lm, trace, reward=reward)
    return finished


def assert_parity(trace: Trace, run: dict[str, Any]) -> None:
    first, recorded = trace.steps[0], run["cot"]
    assert list(first.token_ids) == recorded["token_ids"]
    assert len(first.token_ids) == recorded["num_latents_total"]
    assert first.num_prefix == run["num_latents"]
    assert (first.text, first.reward.value) == (recorded["text"], recorded["reward"])
    assert len(trace.steps) - 1 == len(run["steps"])
    for step, recorded in zip(trace.steps[1:], run["steps"], strict=True):
        assert list(step.token_ids) == recorded["token_ids"], step.iteration
        assert step.text == recorded["text"]
        assert step.reward.value == pytest.approx(recorded["reward"], abs=1e-12)
        assert step.num_prefix == run["num_latents"]
        assert step.update is not None
        assert step.update.loss == pytest.approx(recorded["loss"], rel=1e-4)
    assert trace.returned is not None
    assert trace.steps[trace.returned].text == run["final_text"]


def test_all_recordings_are_there(reference_runs: list[dict[str, Any]]) -> None:
    assert len(reference_runs) == NUM_RUNS
    assert sum(len(run["steps"]) for run in reference_runs) > 150


@pytest.mark.parametrize("number", range(NUM_RUNS))
def test_released(number: int, reference_lm: Any, reference_runs: list[dict[str, Any]]) -> None:
    run = reference_runs[number]
    assert_parity(again(reference_lm, run), run)


A_FEW = (2, 3, 4, 5, 9, 11, 14, 18, 30)
"""Every setting is among them: clipping, no update, L = 0, each reward."""


@pytest.mark.parametrize(
    "number", [n if n in A_FEW else pytest.param(n, marks=pytest.mark.slow) for n in range(NUM_RUNS)]
)
def test_released_with_caches(number: int, reference_lm: Any, reference_runs: list[dict[str, Any]]) -> None:
    run = reference_runs[number]
    assert_parity(again(reference_lm, run, reuse_cache=True), run)
