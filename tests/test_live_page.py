"""Twenty live updates in headless Chromium: what the user chose stays, and what is drawn stays put."""

from __future__ import annotations

from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from player_page import Bench, expect, unfinished
from views_sample import REJECTED, TEXTS, sample_trace

from seek_viz.record import Trace

pytestmark = pytest.mark.browser

UPDATES = 20
BEGUN = 2  # iterates that are there before the updates are sent
TRACE = sample_trace(
    (TEXTS * 5)[: BEGUN + UPDATES], (REJECTED * 5)[: BEGUN + UPDATES], max_updates=BEGUN + UPDATES - 1
)

PLOTTED = """(panel) => {
    const host = document.querySelector(`.${panel} .plot-host`);
    const { xaxis, yaxis } = host._fullLayout;
    const line = host.data.find(({ mode }) => mode?.includes("lines"));
    return {
        ranges: [xaxis.range, yaxis.range],
        places: line.x.map((x, i) => [xaxis.l2p(x) / xaxis._length, yaxis.l2p(line.y[i]) / xaxis._length]),
    };
}"""


def as_far(length: int) -> Trace:
    """The run after so many iterates; the last update stops it."""
    return TRACE if length == len(TRACE.steps) else unfinished(TRACE, length)


def plotted(bench: Bench, panel: str, length: int) -> Any:
    """Axes and points of a plot, once it shows so many iterates."""
    line = f"document.querySelector('.{panel} .plot-host').data?.find(({{mode}}) => mode?.includes('lines'))"
    bench.page.wait_for_function(f"{line}?.x.length === {length}")
    return bench.page.evaluate(PLOTTED, panel)


def drag(bench: Bench, panel: str) -> None:
    """Pan a plot by hand: its zoom is then the user's."""
    bench.page.locator(f".{panel} .plot").scroll_into_view_if_needed()
    box = bench.page.locator(f".{panel} .nsewdrag").bounding_box()
    bench.page.mouse.move(box["x"] + 150, box["y"] + 90)
    bench.page.mouse.down()
    bench.page.mouse.move(box["x"] + 90, box["y"] + 60, steps=4)
    bench.page.mouse.up()


def moves(shown: list[Any]) -> list[tuple[bool, list[float]]]:
    """For each update: whether the axes changed, and how far each point moved, as a share of them."""
    return [
        (
            old["ranges"] != new["ranges"],
            [
                ((x - u) ** 2 + (y - v) ** 2) ** 0.5
                for (x, y), (u, v) in zip(old["places"], new["places"], strict=False)
            ],
        )
        for old, new in pairwise(shown)
    ]


CHOSEN = """() => ({
    cursor: document.querySelector(".counter strong").textContent,
    position: document.querySelector(".text-body .selected").dataset.position,
    scroll: [scrollY, document.querySelector(".grid-scroll").scrollLeft],
    panels: [...document.querySelectorAll(".panel")].map((panel) => panel.getBoundingClientRect().top),
})"""


def test_zoom_position_cursor_and_scroll_survive_twenty_updates(bench: Bench) -> None:
    bench.open(as_far(BEGUN), origin="live")
    page = bench.page
    page.locator(".grid-row").first.locator("[data-position='13']").click()
    for panel in ("reward", "path"):
        before = plotted(bench, panel, BEGUN)["ranges"]
        drag(bench, panel)
        assert plotted(bench, panel, BEGUN)["ranges"] != before
    page.evaluate("scrollTo(0, 700); document.querySelector('.grid-scroll').scrollLeft = 90")
    zooms = {panel: plotted(bench, panel, BEGUN)["ranges"] for panel in ("reward", "path")}
    chosen = page.evaluate(CHOSEN)
    assert (chosen["cursor"], chosen["position"], chosen["scroll"]) == ("0", "13", [700, 90])
    for length in range(BEGUN + 1, BEGUN + UPDATES + 1):
        bench.grow(as_far(length))
        assert {panel: plotted(bench, panel, length)["ranges"] for panel in zooms} == zooms
        assert page.evaluate(CHOSEN) == chosen
    expect(page.get_by_role("status")).to_contain_text("Why it stopped.")
    expect(page.locator(".grid-row")).to_have_count(BEGUN + UPDATES)
    page.locator(".path .nsewdrag").dblclick()
    page.wait_for_function(f"({PLOTTED})('path').places.flat().every((share) => 0 < share && share < 1)")


def test_what_is_drawn_stays_nearly_where_it_is(bench: Bench) -> None:
    """The path's axes turn a little with each iterate, as they are those of all, and change now and then."""
    bench.open(as_far(BEGUN), origin="live")
    shown: dict[str, list[Any]] = {
        "path": [plotted(bench, "path", BEGUN)],
        "reward": [plotted(bench, "reward", BEGUN)],
    }
    for length in range(BEGUN + 1, BEGUN + UPDATES + 1):
        bench.grow(as_far(length))
        for panel, so_far in shown.items():
            so_far.append(plotted(bench, panel, length))

    spans = [one["ranges"][0][1] - one["ranges"][0][0] for one in shown["path"]]
    assert spans == pytest.approx(sorted(spans))
    still = [far for changed, far in moves(shown["path"])[3:] if not changed]
    assert len(still) >= UPDATES * 2 / 3
    assert max(max(far) for far in still) < 0.15
    assert median(move for far in still for move in far) < 0.03
    assert max(far[0] for far in still) < 0.001  # the start

    told = moves(shown["reward"])
    assert [changed for changed, _ in told].count(True) == 1  # room for 12 iterations, then for all 21
    assert max(max(far) for changed, far in told if not changed) < 0.001
