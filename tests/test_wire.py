"""What travels to the page: small, and on arrival the view that was sent."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from large_sample import large_trace
from views_sample import sample_regions, sample_trace

import seek_viz
from seek_viz import ASSETS
from seek_viz.record import Trace, load_trace
from seek_viz.show import message_open, message_regions, message_step, run_view, with_path

RECORDINGS = sorted((ASSETS / "runs").glob("*.json"))
TOLERANCES = {
    "top_probs": 0.5e-3,
    "margin": 0.5e-2,
    "entropy": 0.5e-2,
    "positions": 0.5e-3,
    "explained": 0.5e-3,
    "walk": 0.5e-3,
    "x": 0.5e-4,
    "y": 0.5e-4,
}
"""What the page cannot show, by the name that a number stands under."""


def sent(message: dict[str, Any]) -> int:
    """Bytes of a message on its way: JSON, as a string inside the JSON of the page's framework."""
    return len(json.dumps(json.dumps(message, separators=(",", ":"))))


def mapped(trace: Trace) -> Trace:
    return replace(trace, regions=sample_regions(trace))


def assert_same(got: Any, expected: Any, tolerance: float = 0.0) -> None:
    """Equal values, numbers within the tolerance of the nearest name above them."""
    if isinstance(expected, dict):
        assert got.keys() == expected.keys() - ({"text"} if "tokens" in expected else set())
        if "ranges" in expected:  # a path: its places are as fine as its axes
            (low, high), *_ = expected["ranges"]
            tolerance = 1e-3 * (high - low)
        for name in got:
            assert_same(got[name], expected[name], TOLERANCES.get(name, tolerance))
    elif isinstance(expected, (list, tuple)):
        assert len(got) == len(expected)
        for one, other in zip(got, expected, strict=True):
            assert_same(one, other, tolerance)
    elif isinstance(expected, float):
        assert got == pytest.approx(expected, abs=1.001 * tolerance)
    else:
        assert got == expected


@pytest.fixture(scope="module")
def unpacked(browser: Any) -> Iterator[Callable[[Any], Any]]:
    """The player's own unpacking."""
    source = (Path(seek_viz.__file__).parent / "show" / "workbench" / "wire.js").read_bytes()
    address = f"data:text/javascript;base64,{base64.b64encode(source).decode()}"
    page = browser.new_page()
    call = f"async (message) => (await import('{address}')).unpacked(message)"
    yield lambda message: page.evaluate(call, message)
    page.close()


def test_ten_iterations_of_a_large_model_ship_in_under_a_megabyte() -> None:
    trace = large_trace()
    assert (len(trace.steps), trace.steps[0].num_prefix, trace.model.hidden_size) == (11, 300, 1536)
    assert sent(message_open(1, run_view(trace))) < 1_000_000


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_run_of_the_bundled_model_ships_in_under_300_kilobytes(path: Path) -> None:
    assert sent(message_open(1, run_view(with_path(load_trace(path))))) < 300_000


def test_a_message_holds_each_token_once() -> None:
    message = message_open(1, run_view(sample_trace()))
    assert len(set(message["strings"])) == len(message["strings"])
    assert sent(message) < 60_000


@pytest.mark.browser
@pytest.mark.parametrize("make", [large_trace, lambda: mapped(sample_trace(decode_mode="coherent"))])
def test_what_arrives_is_what_was_sent(unpacked: Any, make: Any) -> None:
    view = run_view(make())
    assert_same(unpacked(message_open(1, view))["view"], view)


@pytest.mark.browser
def test_what_arrives_of_a_recording_is_what_was_sent(unpacked: Any) -> None:
    for path in RECORDINGS:
        view = run_view(with_path(load_trace(path)))
        assert_same(unpacked(message_open(1, view))["view"], view)


@pytest.mark.browser
def test_a_step_and_the_regions_arrive_like_the_whole(unpacked: Any) -> None:
    trace = mapped(sample_trace())
    view = run_view(trace)
    message = unpacked(message_step(1, "r", trace))
    assert_same(message["step"], view["steps"][-1])
    assert_same(message["summary"], {name: view[name] for name in message["summary"]})
    assert_same(unpacked(message_regions(2, "r", trace))["regions"], view["regions"])


@pytest.mark.browser
def test_a_run_without_steps_latents_or_regions_arrives(unpacked: Any) -> None:
    view = run_view(replace(sample_trace(), steps=(), stop_reason=None, path=None), "r", "live")
    assert_same(unpacked(message_open(1, view))["view"], view)
