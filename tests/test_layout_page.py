"""What a visitor sees at any width, in headless Chromium: nothing cut, nothing covered."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from page_server import expect

from seek_viz.rewards import REWARDS
from seek_viz.show import figures
from seek_viz.show.view import glossary

pytestmark = pytest.mark.browser

RUN = "?v=1&run=sample&i=2"
WIDTHS = [1440, 1024, 720, 390]
"""720 is 1440 at 200 % zoom."""


def box(page: Any, selector: str) -> dict[str, float]:
    """Where the first of what matches stands."""
    found = page.locator(selector).first.bounding_box()
    assert found, selector
    return found  # type: ignore[no-any-return]


def style(page: Any, selector: str, name: str) -> str:
    """A computed property of the first of what matches."""
    words: str = page.locator(selector).first.evaluate("(node, name) => getComputedStyle(node)[name]", name)
    return words


def drawn(page: Any) -> None:
    """The plots are there."""
    for name in ("reward", "path"):
        expect(page.locator(f".panel.{name} .ring").first).to_be_attached()


@pytest.mark.parametrize("width", WIDTHS)
def test_charts_are_as_wide_as_their_place_also_when_it_changes(visit: Any, width: int) -> None:
    page = visit(RUN, width=width)
    drawn(page)
    fits = """() => [...document.querySelectorAll('.plot-host')].every((host) => {
      const svg = host.querySelector('.main-svg');
      return !svg || Math.abs(svg.getBoundingClientRect().width - host.clientWidth) <= 1;
    })"""
    page.wait_for_function(fits)
    before = box(page, ".panel.reward .plot-host")["width"]
    if width > 768:
        page.get_by_role("button", name="Toggle Sidebar").click()
        page.wait_for_function(
            f"Math.abs(document.querySelector('.panel.reward .plot-host').clientWidth - {before}) > 20"
        )
        page.wait_for_function(fits)
    page.set_viewport_size({"width": width - 60, "height": 900})
    page.wait_for_function(fits)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_scrolls_sideways_nowhere(visit: Any, width: int) -> None:
    for query in (RUN, "?v=1&run=sample-control&pin=sample", "?v=1&question=How%3F"):
        page = visit(query, width=width)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", WIDTHS)
def test_an_error_covers_nothing_and_its_button_is_solid(visit: Any, width: int) -> None:
    page = visit("?v=9&run=x", width=width)
    expect(page.locator(".error-banner")).to_be_visible()
    banner = box(page, ".error-banner")
    for selector in (".run-header .question", ".header-top", ".transport"):
        other = box(page, selector)
        is_fixed = style(page, selector, "position") == "sticky" and width == 390
        assert is_fixed or banner["y"] + banner["height"] <= other["y"], selector
    assert style(page, ".error-banner button", "backgroundColor") not in ("rgba(0, 0, 0, 0)", "transparent")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator(".error-banner")).to_be_hidden()


@pytest.mark.parametrize("width", WIDTHS)
def test_long_answers_and_questions_can_be_read_to_their_end(visit: Any, width: int) -> None:
    page = visit("?v=1&run=hostile&pin=sample", width=width)
    cut = """() => [...document.querySelectorAll('.answer, .answer-value, .question, .text-body, .sentence')]
      .filter((node) => node.checkVisibility())
      .filter((node) => node.scrollHeight > node.clientHeight + 2 || node.scrollWidth > node.clientWidth + 2)
      .filter((node) => !['auto', 'scroll'].includes(getComputedStyle(node).overflowY))
      .filter((node) => getComputedStyle(node).overflowY !== 'visible')
      .map((node) => node.className)"""
    expect(page.get_by_role("heading", name="Two runs, one cursor")).to_be_visible()
    assert page.evaluate(cut) == []
    page = visit("?v=1&run=hostile", width=width)
    assert page.evaluate(cut) == []


def test_on_a_phone_the_way_to_the_runs_scrolls_away_and_help_and_speed_are_there(visit: Any) -> None:
    page = visit(RUN, width=390)
    toggle = page.locator("#sidebar .toggle-button")
    expect(toggle).to_be_in_viewport()
    way = box(page, "#sidebar .toggle-button")
    assert way["y"] + way["height"] <= box(page, ".header-top")["y"]
    page.evaluate("scrollTo(0, 1200)")
    expect(toggle).not_to_be_in_viewport()
    page.get_by_label("Iterations a second").select_option("2")
    page.get_by_role("button", name="Keys and colours (?)").click()
    expect(page.get_by_role("dialog", name="Keys and colours")).to_be_visible()
    readout, buttons = box(page, ".readout"), box(page, ".transport .buttons")
    assert readout["x"] + readout["width"] <= buttons["x"] + 1


def test_the_card_explains_the_words_of_the_field(visit: Any) -> None:
    page = visit(RUN)
    page.keyboard.press("?")
    card = page.get_by_role("dialog", name="Keys and colours")
    for word in ("Start", "margin", "dropped", "PC1, PC2", *glossary()):
        expect(card.locator("dt").get_by_text(word, exact=True)).to_be_visible()
    for kind in REWARDS.values():
        expect(card).to_contain_text(kind.about)
    page.keyboard.press("?")
    expect(page.locator(".settings").get_by_title(REWARDS["self"].about)).to_be_visible()


def test_what_is_copied_is_the_text_without_what_is_gone_from_it(visit: Any) -> None:
    page = visit(RUN)
    gone = page.locator(".text-body .token.del")
    assert gone.count() > 0
    copied = page.evaluate("""() => {
      const body = document.querySelector('.text-body');
      getSelection().selectAllChildren(body);
      return getSelection().toString();
    }""")
    text = page.evaluate("""() => [...document.querySelectorAll('.text-body .token:not(.del)')]
      .map((node) => node.textContent).join('')""")
    assert copied.replace("\n", "").strip() == text.replace("\n", "").strip()


def test_a_question_from_right_to_left_reads_so(visit: Any) -> None:
    page = visit(RUN)
    for selector in (".run-header .question", "#question textarea", "#gold textarea, #gold input"):
        expect(page.locator(selector).first).to_have_attribute("dir", "auto")
    page.locator("#question textarea").fill("כמה תפוחים יש לדן?")
    assert style(page, "#question textarea", "direction") == "rtl"


def test_forced_colours_show_icons_choices_and_changes(visit: Any) -> None:
    page = visit(RUN)
    page.emulate_media(forced_colors="active")
    play = ".transport .buttons button:nth-child(3)"
    assert style(page, f"{play} path", "fill") != style(page, play, "backgroundColor")
    pressed, other = '.choice button[aria-pressed="true"]', '.choice button[aria-pressed="false"]'
    assert style(page, pressed, "backgroundColor") != style(page, other, "backgroundColor")
    assert style(page, ".text-body .token.ins", "outlineStyle") == "solid"
    assert style(page, ".grid-row.here .flipped", "outlineStyle") == "double"


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_a_path_in_space_has_its_titles_whole_and_the_legends_crosses(visit: Any, width: int) -> None:
    page = visit(RUN, width=width)
    drawn(page)
    panel = page.locator(".panel.path")
    panel.get_by_role("button", name="3-D").click()
    plot = panel.locator(".plot.deep")
    expect(plot.locator(".gl-container canvas").first).to_be_attached()
    marks = plot.locator(".plot-host").evaluate("({ data }) => data.flatMap(({ text }) => text ?? [])")
    assert marks.count("×") == 4  # the wrong answers
    plot.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # a canvas says nothing of when it is painted
    place = plot.bounding_box()
    left = {**place, "width": 3, "height": place["height"] - 8, "y": place["y"] + 4}
    picture = base64.b64encode(page.screenshot(clip=left)).decode()
    colours = """async (picture) => {
      const image = new Image();
      image.src = `data:image/png;base64,${picture}`;
      await image.decode();
      const paper = new OffscreenCanvas(image.width, image.height).getContext("2d");
      paper.drawImage(image, 0, 0);
      const { data } = paper.getImageData(0, 0, image.width, image.height);
      return new Set(new Uint32Array(data.buffer)).size;
    }"""
    assert page.evaluate(colours, picture) == 1  # no title runs over the edge


def test_on_paper_nothing_is_cut_and_the_form_is_left_out(visit: Any) -> None:
    page = visit(RUN, width=800)
    drawn(page)
    page.emulate_media(media="print")
    expect(page.locator("#sidebar")).to_be_hidden()
    assert box(page, ".seek-workbench")["x"] < 20
    cut = page.evaluate("""() => [...document.querySelectorAll('.panel')]
      .filter((node) => node.checkVisibility() && node.scrollHeight > node.clientHeight + 2)
      .map((node) => node.className)""")
    assert cut == []


@pytest.mark.parametrize("query", [RUN, "?v=1&run=sample-control&pin=sample"])
def test_paper_is_light_and_its_charts_are_drawn_for_it(visit: Any, query: str) -> None:
    page = visit(query, width=720)
    expect(page.locator(".plot-cursor .ring").first).to_be_attached()
    page.evaluate("document.body.classList.add('dark')")
    expect(page.locator(".seek-workbench")).to_have_attribute("data-theme", "dark")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")  # Chromium's own comes with a dialogue
    assert style(page, "body", "backgroundColor") == "rgb(255, 255, 255)"
    assert style(page, ".gradio-container", "overflow") == "visible"  # else the last pages are cut
    assert style(page, ".panel", "backgroundColor") == "rgb(255, 255, 255)"
    charts = page.evaluate("""() => [...document.querySelectorAll('.plot-host')]
      .filter((host) => host.checkVisibility() && host.querySelector('.main-svg'))
      .map((host) => [host, host.querySelector('.main-svg')])
      .map(([host, chart]) => [host.clientWidth, chart.clientWidth, host.layout.font.color])""")
    assert len(charts) >= 2
    for place, chart, ink in charts:
        assert (place, chart, ink) == (640, 640, figures.MUTED)
    assert page.evaluate("""() => document.querySelector('.grid-table').getBoundingClientRect().right
      <= document.querySelector('.panel.grid').getBoundingClientRect().right""")
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    for panel in page.locator(".panel:has(.main-svg):visible").all():
        panel.scroll_into_view_if_needed()
    page.wait_for_function("""() => [...document.querySelectorAll('.plot-host')]
      .filter((host) => host.checkVisibility() && host.querySelector('.main-svg'))
      .every((host) => host.querySelector('.main-svg').clientWidth === host.clientWidth)""")
