"""What a slow live run shows while it loads, writes and judges."""

from __future__ import annotations

from typing import Any

import pytest
from player_page import HOSTILE, Bench, counter, expect, unfinished
from views_sample import WEIGHTS, sample_trace

from seek_viz.show import (
    message_begin,
    message_error,
    message_idle,
    message_open,
    message_progress,
)

pytestmark = pytest.mark.browser


def writing(*rulings: str | None, tokens: int = 40, text: str = "I check: 8 * 6") -> list[dict[str, Any]]:
    """The first of the verifiers, those with a ruling at their end."""
    return [
        {"verifier": name, "num_tokens": tokens + i, "text": text, "ruling": ruling}
        for i, (name, ruling) in enumerate(zip(WEIGHTS, rulings, strict=False))
    ]


def slowly(bench: Bench, *event: Any, run: str = "r") -> None:
    """The same message twice, with more time between than a text needs to be watched."""
    bench.send(message_progress, run, *event)
    bench.page.wait_for_timeout(900)
    bench.send(message_progress, run, *event)


def boxes(bench: Bench) -> list[Any]:
    """Where every panel stands on the page, and how large it is."""
    return bench.page.evaluate(
        """[...document.querySelectorAll('.desk > *')].filter(n => n.checkVisibility()).map(n =>
            [n.classList[0], n.offsetLeft, n.offsetTop, n.offsetWidth, n.offsetHeight])"""
    )


def test_a_model_that_loads_is_named_with_its_size(bench: Bench) -> None:
    bench.send(message_progress, "", "loading", "Qwen2.5-1.5B, 1.5 B parameters, 6.2 GB")
    expect(bench.page.get_by_role("status")).to_have_text("Loading the model …")
    expect(bench.page.locator(".nothing-yet")).to_contain_text("1.5 B parameters, 6.2 GB")


def test_a_slow_text_is_watched_while_it_is_written(bench: Bench) -> None:
    trace = sample_trace()
    bench.open(unfinished(trace, 2), origin="live")
    page, body = bench.page, bench.page.locator(".text-body")
    bench.send(message_progress, "r", "decoding", "To begin")
    expect(page.locator(".now .sentence")).to_have_text("Writing iteration 2")
    expect(page.locator(".busy-stream")).to_have_text("To begin")
    expect(body).to_contain_text("The first step is")  # a quick text would only flicker here
    page.wait_for_timeout(900)
    bench.send(message_progress, "r", "decoding", "To begin, take 15 * 6")
    expect(body).to_have_text("To begin, take 15 * 6")
    expect(page.locator(".answer")).to_have_text("iteration 2 is being written …")
    bench.send(message_progress, "r", "judging", "To begin, take 15 * 6 = 90.")
    expect(body).to_have_text("To begin, take 15 * 6 = 90.")
    bench.grow(unfinished(trace, 3))
    expect(counter(bench)).to_have_text("2")
    expect(body.locator(".prefix").first).to_be_visible()
    expect(page.locator(".answer-value").first).to_have_text("53")


def test_who_looks_at_an_earlier_iteration_is_left_there(bench: Bench) -> None:
    bench.open(unfinished(sample_trace(), 3), origin="live")
    bench.page.keyboard.press("Home")
    slowly(bench, "decoding", "To begin, take")
    expect(bench.page.locator(".busy-stream")).to_have_text("To begin, take")
    expect(bench.page.locator(".text-body")).to_contain_text("The first step is 8")


def test_a_new_run_is_seen_from_its_first_token_and_gives_the_old_one_back(bench: Bench) -> None:
    trace = sample_trace()
    bench.open(trace)
    bench.page.keyboard.press("ArrowRight")
    bench.send(message_begin, "live-2", trace.problem, trace.config)
    slowly(bench, "decoding", "Another question", run="live-2")
    begun = bench.page.locator(".nothing-yet")
    expect(begun).to_contain_text("A new run begins")
    expect(begun).to_contain_text(trace.problem.question)
    expect(begun.get_by_role("status")).to_have_text("Writing the first text …")
    expect(begun.locator(".stream")).to_have_text("Another question")
    expect(bench.page.locator(".desk")).to_be_hidden()
    bench.send(message_open, "r")
    bench.send(message_error, "r", "It failed.")
    expect(bench.page.locator(".text-body")).to_contain_text("The first step is")
    expect(bench.page.locator(".error-banner")).to_contain_text("It failed.")


def test_each_verifier_is_seen_until_it_has_ruled(bench: Bench) -> None:
    bench.open(unfinished(sample_trace(), 2), origin="live")
    page = bench.page
    bench.send(message_progress, "r", "judging", "text", writing(None, None, None, None))
    writers = page.locator(".writer")
    expect(writers).to_have_text(
        [
            "… calculation check 40",
            "… answer correct 41",
            "… answer completeness 42",
            "… understanding check 43",
        ]
    )
    expect(page.locator(".station.judge")).to_have_class("station judge busy")
    bench.send(message_progress, "r", "judging", "text", writing("approve", None, "reject", "unparsable"))
    expect(writers).to_have_text(
        [
            "✓ calculation check 40",
            "… answer correct 41",
            "− answer completeness 42",
            "? understanding check 43",
        ]
    )
    expect(page.locator(".now .sentence")).to_have_text("Judging iteration 2: 3 of 4 verifiers have ruled")
    expect(page.get_by_role("status")).to_have_text("Judging iteration 2: 3 of 4 verifiers have ruled")


def test_the_time_left_runs_down_between_messages(bench: Bench) -> None:
    bench.open(unfinished(sample_trace(), 2), origin="live")
    time = bench.page.locator(".busy-time")
    bench.send(message_progress, "r", "updating", "", [], 12.4)
    expect(time).to_have_text("about 12 s left")
    expect(time).to_have_text("3 s · about 9 s left", timeout=6000)
    bench.send(message_progress, "r", "decoding", "T", [], 500.0)
    expect(time).to_have_text("about 8 min left")
    bench.send(message_idle, "r")
    expect(time).to_have_text("")


def test_nothing_moves_while_a_step_is_made(bench: Bench) -> None:
    trace = sample_trace()
    for width in (1280, 390):
        bench.page.set_viewport_size({"width": width, "height": 900})
        bench.open(unfinished(trace, 2), f"r{width}", "live")
        bench.page.keyboard.press("End")
        still = boxes(bench)
        assert len(still) > 8
        long = "A long text. " * 200
        for event in (
            ("updating", ""),
            ("decoding", long),
            ("judging", long, writing(None, None, None, None, tokens=500, text=long)),
            ("judging", long, writing("approve", "reject", "unparsable", None, tokens=500)),
            ("mapping", ""),
        ):
            slowly(bench, *event, run=f"r{width}")
            assert boxes(bench) == still, event[0]
        bench.grow(unfinished(trace, 3), f"r{width}")
        bench.send(message_idle, f"r{width}")
        expect(counter(bench)).to_have_text("2")
        assert [one[4] for one in boxes(bench)] == [one[4] for one in still]


def test_what_a_verifier_writes_stays_text(bench: Bench) -> None:
    bench.open(unfinished(sample_trace(), 2), origin="live")
    slowly(bench, "judging", HOSTILE, writing(None, None, text=HOSTILE))
    expect(bench.page.locator(".text-body")).to_have_text(HOSTILE)
    bench.send(message_error, "r", HOSTILE)
    assert bench.page.evaluate("window.hacked") is None
    assert bench.page.locator(".seek-workbench :is(img, script)").count() == 0
