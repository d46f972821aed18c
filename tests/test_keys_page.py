"""The page without a pointer, in headless Chromium: what Tab reaches, and whose the keys are."""

from __future__ import annotations

from typing import Any

import pytest
from page_server import badge, counter, expect

pytestmark = pytest.mark.browser


def focused(page: Any, question: str) -> Any:
    """An answer about what has the focus."""
    return page.evaluate(f"() => ((node) => {question})(document.activeElement)")


def tabs_to(page: Any, selector: str, most: int = 60) -> int:
    """How many presses of Tab lead from the top of the page into a place."""
    for presses in range(1, most + 1):
        page.keyboard.press("Tab")
        if focused(page, f"Boolean(node.closest({selector!r}))"):
            return presses
    raise AssertionError(f"{most} presses of Tab do not lead to {selector}")


def title_of(page: Any, index: int) -> str:
    """The title of a recorded run, as its line in the form has it after the course of its answers."""
    line: str = page.locator("#recording label").nth(index).inner_text()
    return line.split(" ", 1)[1]


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_the_run_is_one_press_away(visit: Any, width: int) -> None:
    page = visit(width=width)
    expect(badge(page)).to_be_visible()
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Skip to the run")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    expect(counter(page)).to_contain_text("iteration 1")
    page.keyboard.press("Tab")
    assert focused(page, "Boolean(node.closest('.seek-workbench'))")
    assert "#workbench" not in page.url


def test_a_choice_is_one_stop_and_its_arrows_choose(visit: Any) -> None:
    page = visit()
    expect(badge(page)).to_be_visible()
    assert tabs_to(page, "#sidebar #model") == 4  # skip link, the sidebar's button, the recordings
    assert tabs_to(page, ".seek-workbench") < 30
    page.locator("#recording input:checked").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#recording input").nth(1)).to_be_checked()
    expect(page.locator(".run-title")).to_have_text(title_of(page, 1))


def test_keys_are_the_runs_after_a_visit_to_the_form(visit: Any) -> None:
    page = visit()
    expect(badge(page)).to_be_visible()
    page.locator("#recording label").nth(0).click()  # open already: nothing changes
    page.keyboard.press("ArrowRight")
    expect(counter(page)).to_contain_text("iteration 1")
    page.locator("#recording label").nth(2).click()
    expect(page.locator(".run-title")).to_have_text(title_of(page, 2))
    page.keyboard.press("ArrowRight")
    expect(counter(page)).to_contain_text("iteration 1")
    page.get_by_text("More settings").click()
    page.keyboard.press("ArrowRight")
    expect(counter(page)).to_contain_text("iteration 2")
    page.locator("#question textarea").click()
    page.keyboard.press("ArrowRight")  # the text's own
    expect(counter(page)).to_contain_text("iteration 2")


@pytest.mark.parametrize("width", [1440, 390])
def test_a_closed_sidebar_has_neither_keys_nor_focus(visit: Any, width: int) -> None:
    page = visit(width=width)
    expect(badge(page)).to_be_visible()
    toggle = page.get_by_role("button", name="Toggle Sidebar")
    if not page.locator("#sidebar.open").count():
        toggle.click()
    page.locator("#question textarea").focus()
    toggle.dispatch_event("click")
    expect(page.locator("#sidebar.open")).to_have_count(0)
    expect(page.locator("#question textarea")).not_to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(counter(page)).to_contain_text("iteration 1")
    page.locator("#workbench").evaluate("(node) => { node.tabIndex = -1; node.focus(); }")
    page.keyboard.press("Shift+Tab")
    assert not focused(page, "Boolean(node.closest('.sidebar-content'))")
    toggle.click()
    page.locator("#question textarea").focus()
    expect(page.locator("#question textarea")).to_be_focused()


def test_a_menu_closes_when_it_is_left(visit: Any) -> None:
    page = visit()
    expect(badge(page)).to_be_visible()
    options = page.locator("#sidebar [role=option]:visible")
    page.locator("#problem input").click()
    expect(options.first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator("#question textarea")).to_be_focused()
    expect(options).to_have_count(0)
    page.locator("#model input").fill("a/model")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#model input")).to_have_value("a/model")
