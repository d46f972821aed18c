"""Two runs under one cursor, in headless Chromium: what stands beside what, and whose panels are below."""

from __future__ import annotations

import dataclasses

import pytest
from player_page import HOSTILE, Bench, counter, expect, unfinished
from views_sample import REJECTED, TEXTS, sample_trace

from seek_viz.record import Trace
from seek_viz.show import message_open

pytestmark = pytest.mark.browser

SHORT = sample_trace(TEXTS[:3], REJECTED[:3], learning_rate=0.2, max_updates=2)


def compare(bench: Bench, first: Trace, second: Trace) -> None:
    """Pin the first run and open the second, as the server does it."""
    bench.open(first, "a")
    bench.send(message_open, "a", "a")
    bench.open(second, "b", drawn=".reward-pair .ring", pinned="a", beside=first)


def test_two_runs_move_under_one_cursor(bench: Bench) -> None:
    compare(bench, sample_trace(), SHORT)
    page, asked = bench.page, len(bench.requests)
    expect(page.locator(".differences tbody th")).to_have_text(["η  step size", "K  updates"])
    expect(page.locator(".differences tbody tr").first.locator("td")).to_have_text(["0.05", "0.2"])
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(counter(bench)).to_have_text("3")
    texts = [page.get_by_role("region", name=f"Text of run {name}", exact=True) for name in "AB"]
    expect(texts[0]).to_contain_text("115 - 90 = 25")
    expect(texts[1]).to_contain_text("168 - 115 = 53")
    expect(page.locator(".text-b .legend")).to_contain_text("Ended at iteration 2, R = −0.50.")
    expect(page.locator(".counter-reward")).to_have_text("R  A −0.33  B −0.50")
    expect(texts[0].locator(".ins").first).to_be_visible()
    expect(page.locator(".path-pair .ring")).to_have_count(2)
    assert len(bench.requests) == asked


def test_without_a_plane_for_both_each_path_stands_alone_and_it_is_said_why(bench: Bench) -> None:
    compare(bench, sample_trace(), sample_trace(num_prefix=12))
    expect(bench.page.locator(".path-pair")).to_contain_text("A has 24 positions and B 12")
    expect(bench.page.locator(".paths-apart .ring")).to_have_count(2)


def test_verdicts_of_both_stand_beside_each_other_and_open_together(bench: Bench) -> None:
    compare(bench, sample_trace(), SHORT)
    page = bench.page
    of_a, of_b = (page.get_by_role("region", name=f"Verdicts of run {name}") for name in "AB")
    of_b.get_by_role("button", name="answer correct rejects, iteration 1").click()
    expect(counter(bench)).to_have_text("1")
    for panel in (of_a, of_b):
        expect(panel.locator(".verdict-detail")).to_contain_text("answer correct, iteration 1: rejects")
        expect(panel.locator("thead th.here")).to_have_text("1")
    expect(of_a.locator(".verdict-detail")).to_contain_text("15 * 6 = 80")
    page.keyboard.press("End")
    expect(of_a.locator("thead th.here")).to_have_text("4")
    expect(of_b.locator("thead th.here")).to_have_text("2")  # it has ended


def test_the_panels_of_either_run_stand_below(bench: Bench) -> None:
    compare(bench, sample_trace(), SHORT)
    page, asked = bench.page, len(bench.requests)
    rows, one = page.locator(".grid-row"), page.get_by_role("region", name="One run in detail")
    expect(rows).to_have_count(3)
    expect(page.locator(".story .sentence")).to_contain_text("K = 2")
    page.keyboard.press("End")
    expect(page.locator(".grid-row.here .row-name")).to_have_text("2")
    one.get_by_role("button", name="A", exact=True).press("Enter")
    expect(rows).to_have_count(5)
    expect(page.locator(".grid-row.here .row-name")).to_have_text("4")
    expect(page.locator(".story .sentence")).to_contain_text("rose above")
    expect(page.locator(".loop-centre")).to_have_text("k = 4")
    expect(page.locator(".path .ring")).to_have_count(1)
    for panel in ("tree", "regions", "loop", "path", "grid"):
        expect(page.locator(f".desk > .panel.{panel}")).to_be_visible()
    page.locator(".grid-row").nth(1).locator("[data-position='7']").click()
    expect(counter(bench)).to_have_text("1")
    expect(page.locator(".text-a .selected")).to_have_attribute("data-position", "7")
    page.locator(".text-b [data-position='3']").click()
    expect(one.get_by_role("button", name="B", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".text-a .selected")).to_have_count(0)
    expect(page.get_by_role("button", name="position 4")).to_have_attribute("aria-pressed", "true")
    assert len(bench.requests) == asked


def test_a_run_with_a_counterpart_offers_the_comparison(bench: Bench) -> None:
    bench.open(sample_trace(), "a", counterpart="control")
    bench.page.get_by_role("button", name="Compare with the control").click()
    assert bench.page.evaluate("window.sent") == [["pin", "a", "control"]]
    bench.open(sample_trace(direction="random"), "b", counterpart="a")
    expect(bench.page.get_by_role("button", name="Compare with the gradient")).to_be_visible()
    bench.open(sample_trace(), "c")
    expect(bench.page.locator(".counterpart")).to_be_hidden()


def test_unpinning_returns_to_the_run_that_is_shown(bench: Bench) -> None:
    compare(bench, sample_trace(), SHORT)
    page = bench.page
    page.keyboard.press("End")
    expect(counter(bench)).to_have_text("4")
    page.get_by_role("button", name="Unpin A").click()
    assert page.evaluate("window.sent") == [["pin", "", None]]
    bench.send(message_open, "b")
    expect(counter(bench)).to_have_text("2")
    expect(page.locator(".text-body:visible")).to_have_count(1)
    expect(page.locator(".reward .ring")).to_have_count(1)
    expect(page.get_by_role("button", name="Pin to compare")).to_be_visible()


def test_a_live_run_is_compared_step_by_step(bench: Bench) -> None:
    trace = sample_trace()
    compare(bench, SHORT, unfinished(trace, 1))
    bench.grow(unfinished(trace, 2), "b", beside=SHORT)
    bench.page.keyboard.press("End")
    expect(counter(bench)).to_have_text("2")
    expect(bench.page.locator(".text-b .legend")).to_contain_text("Ended at iteration 1")


def test_a_phone_scrolls_a_comparison_sideways_nowhere_but_in_the_grid(bench: Bench) -> None:
    bench.page.set_viewport_size({"width": 390, "height": 844})
    long = sample_trace((TEXTS * 3)[:11], REJECTED[:1] * 11)
    compare(bench, long, SHORT)
    wider = """[...document.querySelectorAll('.seek-workbench *')].filter(n =>
        n.scrollWidth > n.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(n).overflowX)
    ).map(n => n.className)"""
    assert bench.page.evaluate(wider) == ["grid-scroll scroller"]
    assert bench.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_hostile_text_stays_text_in_the_comparison(bench: Bench) -> None:
    texts = tuple(f"{HOSTILE} {text}" for text in TEXTS)
    trace = dataclasses.replace(sample_trace(texts, gold=HOSTILE, question=HOSTILE), title=HOSTILE)
    compare(bench, trace, sample_trace(gold=HOSTILE, question=HOSTILE))
    bench.page.keyboard.press("ArrowRight")
    expect(bench.page.get_by_role("region", name="Text of run A", exact=True)).to_contain_text(HOSTILE)
    assert bench.page.evaluate("window.hacked") is None
    assert bench.page.locator(".seek-workbench :is(img, script)").count() == 0
