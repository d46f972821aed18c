"""The page as a visitor has it: a real server, the bundled model, headless Chromium."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from page_server import CONTROL, HOSTILE, badge, counter, expect, fill
from views_sample import sample_trace

from seek_viz.app import page as ui
from seek_viz.record import gallery, load_trace, save_iterates, save_trace
from seek_viz.record.recipe import read_link
from seek_viz.show import counterpart, pair_view
from seek_viz.show.export import WORKBENCH

pytestmark = pytest.mark.browser


def test_opens_on_a_recorded_run_before_any_model_is_asked(visit: Any) -> None:
    page = visit()
    expect(badge(page)).to_have_text("recorded run")
    expect(counter(page)).to_contain_text("iteration 0")
    page.keyboard.press("ArrowRight")
    expect(counter(page)).to_contain_text("iteration 1")


def test_start_step_run_pause_reset(visit: Any) -> None:
    page = visit()
    page.locator("#recording input").nth(1).click()
    expect(page.locator("#recording input").nth(1)).to_be_checked()
    question = page.locator(".question").inner_text()
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
    expect(page.locator("#recording input:checked")).to_have_count(0)
    page.click("#reset")
    expect(badge(page)).to_have_text("recorded run")
    expect(page.locator("#recording input").nth(1)).to_be_checked()
    expect(page.locator(".question")).to_have_text(question)


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
    page.get_by_role("radio", name="<img src=x").click()
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


def test_an_image_of_a_view_carries_the_styles_that_the_page_links(visit: Any) -> None:
    page = visit()
    expect(badge(page)).to_have_text("recorded run")
    page.get_by_role("button", name="Share, save").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Rollout tree as SVG").click()
    image = download.value.path().read_text(encoding="utf-8")
    sheets = [path.read_text(encoding="utf-8") for path in sorted(WORKBENCH.glob("*.css"))]
    lines = [line for sheet in sheets for line in sheet.splitlines() if "border: solid var(" in line]
    assert lines
    assert all(line.replace("&", "&amp;").replace(">", "&gt;") in image for line in lines)


def test_the_address_is_a_link_to_the_same_recording_at_the_same_iteration(visit: Any) -> None:
    first = visit()
    expect(badge(first)).to_have_text("recorded run")
    opened_with = first.locator(".question").inner_text()
    first.get_by_role("radio", name="<img src=x").click()
    expect(first.locator(".question")).not_to_have_text(opened_with)
    first.keyboard.press("ArrowRight")
    expect(counter(first)).to_contain_text("iteration 1")
    first.wait_for_function("location.search.endsWith('&i=1')")
    outer = (
        "[...document.querySelectorAll('.plot-host *')].filter(n => /url\\(.?http/.test(n.outerHTML)).length"
    )
    assert first.evaluate(outer) == 0  # what a plot refers to by the page's address is gone when that changes
    second = visit(first.evaluate("location.search"))
    expect(counter(second)).to_contain_text("iteration 1")
    assert second.locator(".question").inner_text() == first.locator(".question").inner_text()
    expect(second.get_by_role("radio", name="<img src=x")).to_be_checked()


def test_back_and_forward_go_through_the_runs_that_were_open(visit: Any) -> None:
    page = visit("?v=1&run=sample&i=2&position=5&against=first")
    expect(counter(page)).to_contain_text("iteration 2")
    expect(page.get_by_role("button", name="position 5")).to_have_attribute("aria-pressed", "true")
    against = page.get_by_role("group", name="Compare with").get_by_role("button", name="first")
    expect(against).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")  # no entry of its own
    page.wait_for_function("location.search.endsWith('&i=3&position=5&against=first')")
    page.get_by_role("button", name="Compare with the control").click()
    page.wait_for_function("location.search.includes('pin=sample')")
    page.locator("#recording input").nth(2).click()
    page.wait_for_function("!location.search.includes('sample-control')")
    page.go_back()
    expect(page.locator(".differences tbody th")).to_have_text(["direction"])
    expect(page.get_by_role("radio", name=CONTROL)).to_be_checked()
    page.go_back()
    expect(page.get_by_role("button", name="Pin to compare")).to_be_visible()
    expect(counter(page)).to_contain_text("iteration 3")
    expect(page.get_by_role("button", name="position 5")).to_have_attribute("aria-pressed", "true")
    page.go_forward()
    expect(page.get_by_role("heading", name="Two runs, one cursor")).to_be_visible()


def test_back_from_a_live_run_is_a_way_to_it_again_only_while_it_is_kept(visit: Any) -> None:
    page = visit("?v=1&run=sample")
    expect(badge(page)).to_have_text("recorded run")
    page.wait_for_function("location.search.includes('i=0')")
    page.locator("#reward").get_by_text("constant").click()
    page.click("#start")
    expect(badge(page)).to_have_text("live run")
    page.wait_for_function("/problem=|question=/.test(location.search)")
    page.go_back()
    expect(badge(page)).to_have_text("recorded run")
    page.go_forward()
    expect(page.get_by_role("heading", name="This link asks for a live run")).to_be_visible()


def test_a_link_opens_at_its_panel_and_an_open_run_beside_a_recording(visit: Any) -> None:
    page = visit("?v=1&run=sample&i=1&panel=grid")
    grid = page.locator(".panel.grid")
    expect(grid).to_be_focused()
    expect(grid).to_be_in_viewport()
    page.get_by_role("button", name="Share, save").click()
    expect(page.get_by_label("Opens at")).to_have_value("grid")
    page.get_by_label("Opens at").select_option("Reward")
    assert page.get_by_label("Link", exact=True).input_value().endswith("i=1&panel=reward")
    page.wait_for_function("location.search.endsWith('panel=reward')")
    asked = visit("?v=1&pin=sample&question=What+is+2+%2B+3%3F&reward=constant&updates=1&side=A")
    asked.get_by_role("button", name="Run it").click()
    expect(asked.get_by_role("heading", name="Two runs, one cursor")).to_be_visible()
    expect(asked.locator(".compare-side")).to_have_attribute("data-side", "A")
    asked.wait_for_function("/question=.*pin=sample/.test(location.search)")


def test_a_comparison_is_saved_with_both_runs(visit: Any, browser: Any, tmp_path: Path) -> None:
    page = visit("?v=1&run=sample-control&pin=sample&i=2&side=A")
    expect(page.get_by_role("heading", name="Two runs, one cursor")).to_be_visible()
    page.get_by_role("button", name="Share, save").click()
    expect(page.get_by_role("link", name="Save CSV of B")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Save HTML").click()
    replay = tmp_path / "both.html"
    download.value.save_as(replay)
    page = browser.new_page()
    page.goto(replay.as_uri())
    expect(page.get_by_role("heading", name="Two runs, one cursor")).to_be_visible()
    expect(counter(page)).to_contain_text("iteration 2")
    expect(page.locator(".path-pair .ring")).to_have_count(2)
    expect(page.get_by_role("button", name="A", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Share, save").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Save JSON of A").click()
    assert load_trace(download.value.path()).config.direction == "gradient"
    page.close()


def test_a_new_run_takes_the_place_of_the_old_one_before_its_first_text(visit: Any) -> None:
    page = visit("?v=1&run=sample")
    expect(badge(page)).to_have_text("recorded run")
    page.evaluate("""() => { window.seen = [];
      const every = { childList: true, subtree: true, attributes: true };
      new MutationObserver(() => {
        const begun = document.querySelector('.nothing-yet:not([hidden])');
        if (begun) window.seen.push([begun.textContent, document.querySelector('.desk').hidden]);
      }).observe(document.querySelector('.seek-workbench'), every);
    }""")
    fill(page, "question", "Ann has 2 cups and buys 3 more. How many cups has Ann?")
    page.click("#start")
    expect(badge(page)).to_have_text("live run")
    seen = page.evaluate("window.seen")
    assert seen
    assert all(hidden for _, hidden in seen)
    assert any("A new run begins" in words and "Ann has 2 cups" in words for words, _ in seen)


def test_a_pinned_run_stands_beside_the_next_and_in_the_link(visit: Any) -> None:
    page = visit()
    expect(badge(page)).to_have_text("recorded run")
    page.get_by_role("button", name="Pin to compare").click()
    expect(page.get_by_role("button", name="unpin")).to_be_visible()
    page.locator("#recording input").nth(2).click()
    expect(page.get_by_role("heading", name="Two runs, one cursor")).to_be_visible()
    expect(page.locator(".path-pair")).to_contain_text("Not one plane.")
    page.wait_for_function("location.search.includes('pin=')")
    shared = visit(page.evaluate("location.search"))
    expect(shared.get_by_role("heading", name="Two runs, one cursor")).to_be_visible()
    assert shared.locator(".compare-cards").inner_text() == page.locator(".compare-cards").inner_text()
    page.get_by_role("button", name="Unpin A").click()
    expect(page.get_by_role("button", name="Pin to compare")).to_be_visible()


def test_a_recording_and_its_control_are_one_press_apart_and_share_a_plane(visit: Any) -> None:
    page = visit("?v=1&run=sample")
    button = page.get_by_role("button", name="Compare with the control")
    expect(button).to_be_visible()
    button.press("Enter")
    expect(page.get_by_role("heading", name="Two runs, one cursor")).to_be_visible()
    expect(page.locator(".differences tbody th")).to_have_text(["direction"])
    expect(page.locator(".differences tbody td")).to_have_text(["gradient", "random"])
    expect(page.locator(".path-pair")).to_contain_text("One basis for all iterates of both")
    expect(page.locator(".path-pair .ring")).to_have_count(2)
    expect(page.get_by_role("radio", name=CONTROL)).to_be_checked()
    page.wait_for_function("/run=sample-control.*pin=sample/.test(location.search)")
    page.get_by_role("button", name="Unpin A").click()
    expect(page.get_by_role("button", name="Compare with the gradient")).to_be_visible()


def test_two_live_runs_of_one_problem_share_a_plane(visit: Any) -> None:
    page = visit()
    expect(badge(page)).to_have_text("recorded run")
    fill(page, "updates", "2")
    page.locator("#reward").get_by_text("constant").click()
    page.click("#run")
    expect(page.locator(".story .sentence")).to_contain_text("K = 2")
    expect(page.locator("#start")).to_be_enabled()
    page.get_by_role("button", name="Pin to compare").click()
    expect(page.get_by_role("button", name="unpin")).to_be_visible()
    fill(page, "eta", "0.3")
    page.click("#start")
    expect(page.locator(".differences")).to_contain_text("step size")
    expect(page.locator("#start")).to_be_enabled()
    page.click("#run")
    expect(page.locator(".text-b .legend")).to_contain_text("K = 2")
    expect(page.locator(".path-pair")).to_contain_text("One basis for all iterates of both")


def test_a_link_fills_the_form_and_one_click_makes_the_run(visit: Any) -> None:
    question = "Ann has 3 cards and buys 4 more. How many cards?"
    asked = {"question": question, "gold": "7", "reward": "constant", "mode": "independent", "eta": "0.2"}
    asked |= {"rho": "0.4", "tau": "-0.3", "updates": "2", "seed": "9", "set": "return_iterate=last"}
    page = visit("?" + urlencode({"v": "1", **asked, "i": "1"}))
    expect(page.get_by_role("heading", name="This link asks for a live run")).to_be_visible()
    expect(page.locator("#question textarea")).to_have_value(question)
    expect(page.locator("#eta input")).to_have_value("0.2")
    page.get_by_role("button", name="Run it").click()
    expect(badge(page)).to_have_text("live run")
    expect(page.locator(".story .sentence")).to_contain_text("K = 2")
    expect(counter(page)).to_contain_text("iteration 1 / 2")
    page.wait_for_function("location.search.endsWith('&i=1')")
    link = read_link(page.evaluate("location.search"))
    assert link is not None
    assert link.recipe is not None
    assert (link.recipe.problem.question, link.recipe.config.seed, link.iteration) == (question, 9, 1)
    assert link.recipe.config.return_iterate == "last"


def test_a_recording_is_made_live_at_one_press_with_its_own_settings(visit: Any) -> None:
    key, trace = next((key, trace) for key, trace in ui.recordings().items() if len(trace.steps) == 1)
    page = visit(f"?v=1&run={key}")
    expect(badge(page)).to_have_text("recorded run")
    fill(page, "eta", "0.77")
    page.get_by_role("button", name="Run it live").click()
    expect(badge(page)).to_have_text("live run")
    expect(page.locator(".question")).to_have_text(trace.problem.question)
    expect(page.locator("#question textarea")).to_have_value(trace.problem.question)
    expect(page.locator("#eta input")).to_have_value(str(trace.config.learning_rate))
    expect(page.locator("#recording input:checked")).to_have_count(0)
    expect(page.locator(".story .sentence")).to_contain_text("Why it stopped.")
    expect(page.get_by_role("button", name="Run it live")).to_be_hidden()
    page.wait_for_function("/problem=/.test(location.search)")
    link = read_link(page.evaluate("location.search"))
    assert link is not None
    assert link.recipe is not None
    assert (link.recipe.problem, link.recipe.config) == (trace.problem, trace.config)


def outlook(page: Any) -> Any:
    return page.locator("#outlook .outlook")


def test_a_run_says_beforehand_what_it_will_take(visit: Any) -> None:
    page = visit()
    expect(outlook(page)).to_contain_text("float32 weights in memory", timeout=120_000)  # torch is imported
    expect(outlook(page)).to_contain_text("K = 10 at most")
    expect(outlook(page)).to_contain_text(re.compile(r"an update \((as recorded|\d+ updates? made here)\)"))
    height = outlook(page).bounding_box()["height"]
    page.locator("#reward").get_by_text("constant").click()
    fill(page, "updates", "2")
    expect(outlook(page)).to_contain_text("K = 2 at most")
    page.click("#run")
    expect(page.locator(".story .sentence")).to_contain_text("K = 2")
    expect(outlook(page)).to_contain_text(re.compile(r"\d+ updates? made here"))
    fill(page, "rho", "7")
    expect(outlook(page)).to_contain_text("No estimate. ρ: got 7")
    assert outlook(page).bounding_box()["height"] == height


def test_a_model_of_ones_own_is_sized_before_it_is_loaded(
    visit: Any, family_folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from seek_viz.model import sizing

    page = visit()
    expect(outlook(page)).to_contain_text("in memory", timeout=120_000)
    model = page.locator("#model input")
    model.fill("somebody/some-model")
    model.press("Enter")
    expect(outlook(page)).to_contain_text("unknown until the model is here")
    model.fill(str(family_folders["Llama"]))
    model.press("Enter")
    expect(outlook(page)).to_contain_text("weights to be loaded", timeout=120_000)
    expect(outlook(page)).to_contain_text("unknown until the first step")
    monkeypatch.setattr(sizing, "free_bytes", lambda device: 1000)
    fill(page, "updates", "3")
    expect(outlook(page).locator("p").first).to_contain_text("Will not fit")
    expect(outlook(page)).to_have_class("outlook warns")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?v=9&run=x", "version of the link"),
        ("?v=1&run=no-such-run", "no-such-run"),
        ("?v=1&question=How%3F&eta=fast", "learning_rate"),
    ],
)
def test_a_link_that_cannot_be_opened_is_told_and_the_page_works(visit: Any, query: str, told: str) -> None:
    page = visit(query)
    expect(page.locator("[role=alert]")).to_contain_text(told)
    expect(badge(page)).to_have_text("recorded run")
    page.keyboard.press("ArrowRight")
    expect(counter(page)).to_contain_text("iteration 1")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_serious_stands_in_anyones_way(visit: Any, theme: str, width: int) -> None:
    """By axe-core, on the first view, the card over it, a comparison, and a link to a live run."""
    keys = list(ui.recordings())
    first, pair = f"run={keys[0]}", "run=sample-control&pin=sample"
    for query, shown in ((first, ".path .ring"), (pair, ".path-pair .ring"), ("question=How%3F", ".primary")):
        page = visit(f"?v=1&{query}&__theme={theme}", width=width)
        expect(page.locator(shown).first).to_be_attached()
        assert serious(page) == []
        if query == first:
            page.get_by_role("button", name="Share, save").click()
            assert serious(page) == []
            page.keyboard.press("Escape")
            page.keyboard.press("?")
            expect(page.get_by_role("dialog", name="Keys and colours")).to_be_visible()
            assert serious(page) == []


def serious(page: Any) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['target']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def test_a_run_that_is_not_there_is_told(server: str, browser: Any) -> None:
    page = browser.new_page()
    answer = page.request.get(f"{server}export/live-0.json")
    assert (answer.status, "open it again" in answer.text()) == (404, True)
    page.close()


def test_a_live_run_that_is_gone_from_the_server_is_told_and_start_makes_it_anew(visit: Any) -> None:
    page = visit()
    expect(badge(page)).to_be_visible()
    page.locator("#reward").get_by_text("constant").click()
    page.click("#start")
    expect(badge(page)).to_have_text("live run")
    # As after a restart of the server, or half an hour without use: its name is known no more.
    page.evaluate("document.querySelector('.seek-workbench').dataset.run = 'live-0123456789abcdef'")
    page.click("#step")
    expect(page.locator(".error-banner")).to_contain_text("one that is no longer on the server")
    expect(counter(page)).to_contain_text("iteration 0")
    page.click("#start")
    page.wait_for_function("/^live-(?!0123)/.test(document.querySelector('.seek-workbench').dataset.run)")
    expect(page.locator(".error-banner")).to_be_hidden()
    page.click("#step")
    expect(counter(page)).to_contain_text("iteration 1")


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
        ("gold", "x" * 501, "gold answer"),
        ("rho", "0", "ρ: got 0"),
        ("updates", "0", "K: got 0"),
        ("updates", "1,5", "K: got '1,5'; allowed: a whole number"),
        ("eta", "", "η: got ''; allowed: a number"),
        ("eta", "0,05", "Write a decimal point: 0.05"),
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


def test_an_unusual_number_is_told_before_the_run_and_at_it(visit: Any) -> None:
    page = visit()
    eta = page.locator("#eta input")
    eta.fill("")
    eta.press_sequentially("5")
    eta.blur()
    told = "η = 5 is above the usual 0.001 to 0.5; is 0.05 meant?"
    expect(page.locator("#outlook")).to_contain_text(told)
    page.click("#start")
    expect(page.locator(".toast-body")).to_contain_text(told)
    expect(badge(page)).to_have_text("live run")


def test_a_setting_without_effect_is_told_before_the_run(visit: Any) -> None:
    page = visit()
    page.get_by_label("constant −1").check()
    fill(page, "tau", "-0.5")
    expect(page.locator("#outlook")).to_contain_text(
        "No text can be accepted: R is at most -1 and must rise above τ = -0.5."
    )


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


def test_a_recorded_control_shares_a_plane_with_its_run() -> None:
    runs = ui.recordings()
    for key, trace in runs.items():
        if other := counterpart(trace, runs):
            assert pair_view(trace, runs[other])["why_apart"] is None, key
    files = (Path(__file__).parent.parent / "assets" / "runs").glob("*.safetensors")
    assert [file.name for file in files if file.stat().st_size > 2**20] == []


def test_recordings_come_with_the_latents_beside_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("kept", "damaged", "none"):
        save_trace(sample_trace(), tmp_path / "runs" / f"{name}.json")
    save_iterates(sample_trace(), tmp_path / "runs" / "kept.safetensors")
    (tmp_path / "runs" / "damaged.safetensors").write_bytes(b"no latents")
    monkeypatch.setattr(gallery, "ASSETS", tmp_path)
    with pytest.warns(UserWarning, match=r"damaged\.safetensors"):
        runs = ui.recordings()
    with_latents = {key: trace.steps[0].latents_LD is not None for key, trace in runs.items()}
    assert with_latents == {"damaged": False, "kept": True, "none": False}
