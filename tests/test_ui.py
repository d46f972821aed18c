"""The page as a visitor has it: a real server, the bundled model, headless Chromium."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seek_viz.trace import load_trace

HOSTILE = (
    '<img src=x onerror="window.hacked=1"> ${window.hacked=1} {{value}} `<script>window.hacked=1</script>`'
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server() -> str:
    """The app on a free port; its gallery has one more run, whose texts try to break out."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_IS_E2E_TEST"] = "1"
    from seek_viz import ui

    runs = ui.recordings()
    trace = next(iter(runs.values()))
    steps = tuple(
        replace(step, text=HOSTILE, tokens=(HOSTILE, *step.tokens[1:]), answer=HOSTILE)
        for step in trace.steps
    )
    problem = replace(trace.problem, question=HOSTILE, gold=HOSTILE)
    runs["hostile"] = replace(trace, title=HOSTILE, problem=problem, steps=steps)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ui.launch(runs, server_port=port, prevent_thread_lock=True, quiet=True)
    return f"http://127.0.0.1:{port}/"


@pytest.fixture
def visit(server: str, browser: Any) -> Iterator[Any]:
    """Opens a page of a new visitor; at the end no page has complained or asked another host."""
    contexts, complaints = [], []

    def opened() -> Any:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: complaints.append(r.url) if foreign(r.url, server) else None)
        page.goto(server)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def foreign(url: str, server: str) -> bool:
    return not url.startswith((server, "data:", "blob:"))


def expect(locator: Any) -> Any:
    from playwright.sync_api import expect as playwright_expect

    playwright_expect.set_options(timeout=30_000)
    return playwright_expect(locator)


def counter(page: Any) -> Any:
    return page.locator(".counter")


def badge(page: Any) -> Any:
    return page.locator(".badge")


def fill(page: Any, field: str, value: str) -> None:
    box = page.locator(f"#{field} textarea, #{field} input").first
    box.fill(value)
    box.blur()


def test_opens_on_a_recorded_run_before_any_model_is_asked(visit: Any) -> None:
    page = visit()
    expect(badge(page)).to_have_text("recorded run")
    expect(counter(page)).to_contain_text("iteration 0")
    page.keyboard.press("ArrowRight")
    expect(counter(page)).to_contain_text("iteration 1")


def test_start_step_run_pause_reset(visit: Any) -> None:
    page = visit()
    expect(badge(page)).to_have_text("recorded run")
    fill(page, "updates", "200")
    page.locator("#reward").get_by_text("constant").click()
    page.click("#start")
    expect(badge(page)).to_have_text("live run")
    expect(counter(page)).to_contain_text("iteration 0")
    page.click("#step")
    expect(counter(page)).to_contain_text("iteration 1")
    page.click("#run")
    expect(counter(page)).to_contain_text("iteration 4")
    page.click("#pause")
    expect(page.locator("#step")).to_be_enabled()
    expect(page.locator(".story.busy")).to_have_count(0)
    stopped = counter(page).inner_text()
    page.click("#step")
    expect(counter(page)).not_to_have_text(stopped)
    page.click("#reset")
    expect(badge(page)).to_have_text("recorded run")


def test_run_alone_goes_from_nothing_to_a_stop(visit: Any) -> None:
    page = visit()
    expect(badge(page)).to_have_text("recorded run")
    fill(page, "updates", "2")
    page.locator("#reward").get_by_text("constant").click()
    page.click("#run")
    expect(counter(page)).to_contain_text("iteration 2")
    expect(page.locator("#start")).to_be_enabled()
    expect(page.locator(".story .sentence")).to_contain_text("K = 2")


def test_hostile_text_stays_text(visit: Any) -> None:
    page = visit()
    expect(badge(page)).to_have_text("recorded run")
    page.locator("#recording input").click()
    page.get_by_role("option", name="<img src=x").click()
    expect(page.locator(".run-header .question")).to_have_text(HOSTILE)
    page.keyboard.press("End")
    fill(page, "question", HOSTILE)
    fill(page, "gold", "7")
    page.click("#start")
    expect(badge(page)).to_have_text("live run")
    expect(page.locator(".run-header .question")).to_have_text(HOSTILE)
    assert page.evaluate("window.hacked") is None
    assert page.locator(".seek-workbench img, .seek-workbench script").count() == 0


def test_the_shown_run_is_saved_recorded_or_live(visit: Any, tmp_path: Path) -> None:
    page = visit()
    expect(badge(page)).to_have_text("recorded run")

    def saved(kind: str) -> Path:
        page.get_by_role("button", name="Share, save").click()
        with page.expect_download() as download:
            page.get_by_role("link", name=f"Save {kind}").click()
        page.keyboard.press("Escape")
        return download.value.path()

    assert load_trace(saved("JSON")).problem.question == page.locator(".question").inner_text()
    assert b"seek/player.js" in saved("HTML").read_bytes()
    fill(page, "question", "Ann has 3 cards and buys 4 more. How many cards?")
    fill(page, "gold", "7")
    page.click("#start")
    expect(badge(page)).to_have_text("live run")
    assert load_trace(saved("JSON")).problem.question.startswith("Ann has 3 cards")
    assert saved("CSV").read_text().startswith("iteration,reward,calculation_check")


def test_a_run_that_is_not_there_is_told(server: str, browser: Any) -> None:
    page = browser.new_page()
    answer = page.request.get(f"{server}export/live-0.json")
    assert (answer.status, "open it again" in answer.text()) == (404, True)
    page.close()


def test_two_visitors_do_not_see_each_other(visit: Any) -> None:
    first, second = visit(), visit()
    for page, question in ((first, "Ann has 3 cards and buys 4 more. How many cards?"), (second, None)):
        expect(badge(page)).to_have_text("recorded run")
        page.locator("#reward").get_by_text("constant").click()
        if question:
            fill(page, "question", question)
            page.click("#start")
            expect(page.locator(".run-header .question")).to_have_text(question)
    expect(badge(second)).to_have_text("recorded run")
    fill(second, "question", "Bob has 9 pens and loses 2. How many pens?")
    second.click("#start")
    expect(second.locator(".run-header .question")).to_contain_text("Bob")
    first.click("#step")
    expect(counter(first)).to_contain_text("iteration 1")
    expect(first.locator(".run-header .question")).to_contain_text("Ann")
    expect(counter(second)).to_contain_text("iteration 0")


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("question", "", "question"),
        ("question", "a" * 10_000, "10,000 characters"),
        ("gold", "banana", "gold answer"),
        ("rho", "0", "rho"),
        ("updates", "0", "max_updates"),
        ("eta", "", "learning_rate"),
    ],
)
def test_bad_input_is_told_and_the_run_before_stays(visit: Any, field: str, value: str, told: str) -> None:
    page = visit()
    expect(badge(page)).to_have_text("recorded run")
    question = page.locator(".run-header .question").inner_text()
    fill(page, field, value)
    page.click("#run")
    expect(page.locator("[role=alert]")).to_contain_text(told)
    expect(page.locator("#run")).to_be_enabled()
    assert page.locator(".run-header .question").inner_text() == question
    assert badge(page).inner_text() == "recorded run"


def test_a_missing_model_is_told(visit: Any) -> None:
    page = visit()
    expect(badge(page)).to_have_text("recorded run")
    box = page.locator("#model input")
    box.fill("./no-such-folder")
    box.press("Enter")
    page.click("#start")
    expect(page.locator("[role=alert]")).to_contain_text("./no-such-folder")
    expect(badge(page)).to_have_text("recorded run")


def test_every_recording_in_the_assets_loads() -> None:
    folder = Path(__file__).parent.parent / "assets" / "runs"
    paths = sorted(folder.glob("*.json"))
    assert paths
    for path in paths:
        trace = load_trace(path)
        assert trace.title
        assert trace.stop_reason
        assert trace.path is not None
