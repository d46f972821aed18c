"""The form is one object: it is filled whole, and what stands in it is what runs."""

from __future__ import annotations

from typing import Any

import pytest
from page_server import badge, counter, expect, fill

from seek_viz.app.page import recordings
from seek_viz.app.page.form import gold_words
from seek_viz.grading import MAX_ANSWER_CHARS, parse_number
from seek_viz.record import Trace
from seek_viz.record.recipe import recipe_of
from seek_viz.settings.config import SETTINGS, SeekConfig
from seek_viz.settings.registry import preset_of
from seek_viz.settings.setting import written

pytestmark = pytest.mark.browser

KEYS = list(recordings())
NO_NUMBER = "not as a number"


@pytest.mark.parametrize(
    ("gold", "told"),
    [
        ("104", "Read as the number 104."),
        ("1,080", "Read as the number 1080."),
        ("4.50", "Read as the number 4.5."),
        ("1/3", "Read as the number 1/3."),
        ("9" * 300, "Read as a number."),
        ("one hundred and four", "Read as the number 104."),
        ("12 km", "Read as the number 12, in km."),
        ("104,0", "a list of two numbers"),
        ("Monday", NO_NUMBER),
        ("x^2", NO_NUMBER),
        ("9" * (MAX_ANSWER_CHARS + 1), "Too long"),
        (" ", "Optional"),
    ],
)
def test_the_field_says_how_a_gold_answer_is_read(gold: str, told: str) -> None:
    assert told in gold_words(gold)
    if len(gold) <= MAX_ANSWER_CHARS:
        assert ("Read as" in gold_words(gold)) == (parse_number(gold) is not None)


def test_the_gold_fields_words_follow_what_stands_in_it(visit: Any) -> None:
    page = visit()
    field = page.locator("#gold")
    expect(field).to_contain_text("Read as the number")
    fill(page, "gold", "Monday")
    expect(field).to_contain_text(NO_NUMBER)
    expect(field.get_by_role("textbox")).to_have_value("Monday")
    fill(page, "gold", "")
    expect(field).to_contain_text("Optional")


def value_of(page: Any, key: str) -> Any:
    """What the control of a setting holds, whether or not its group is open."""
    setting = SETTINGS[key]
    box = f"#{setting.name}"
    if setting.kind == "choice":
        return page.eval_on_selector(f"{box} input:checked", "input => input.value")
    if setting.kind == "switch":
        return page.eval_on_selector(f"{box} input", "input => String(input.checked)")
    return page.eval_on_selector(f"{box} input", "input => input.value")


def shows(page: Any, config: SeekConfig) -> None:
    for group in ("More settings", "Oddities of the released code"):
        button = page.get_by_role("button", name=group)
        if "open" not in (button.get_attribute("class") or ""):
            button.click()
    wanted = {key: written(value) for key, value in config.to_dict().items()}
    held: dict[str, Any] = {}
    for _ in range(50):
        held = {key: value_of(page, key) for key in SETTINGS}
        if held == wanted:
            return
        page.wait_for_timeout(100)
    assert held == wanted


def alert(page: Any) -> Any:
    return page.locator("[role=alert]")


def opened(visit: Any, key: str) -> tuple[Any, Trace]:
    page = visit()
    expect(badge(page)).to_have_text("recorded run")
    trace = recordings()[key]
    page.get_by_role("radio", name=trace.title).first.check()
    expect(page.locator(".run-title")).to_have_text(trace.title)
    return page, trace


@pytest.mark.parametrize("key", [KEYS[0], KEYS[-1]])
def test_an_opened_recording_fills_the_form(visit: Any, key: str) -> None:
    page, trace = opened(visit, key)
    expect(page.locator("#question textarea")).to_have_value(trace.problem.question)
    expect(page.locator("#gold").get_by_role("textbox")).to_have_value(trace.problem.gold)
    shows(page, recipe_of(trace).config)


def test_run_runs_what_the_form_shows(visit: Any) -> None:
    page, trace = opened(visit, KEYS[-1])
    fill(page, "updates", "1")
    page.click("#run")
    expect(badge(page)).to_have_text("live run")
    expect(page.locator(".question")).to_have_text(trace.problem.question)
    expect(page.locator(".settings")).to_contain_text("K1")
    expect(page.locator(".settings")).to_contain_text(f"η{trace.config.learning_rate:g}")


def test_another_question_has_no_gold_answer_of_the_menu(visit: Any) -> None:
    page, _ = opened(visit, KEYS[0])
    page.locator("#question textarea").press("End")
    page.locator("#question textarea").press_sequentially(" Say why.")
    expect(page.locator("#gold").get_by_role("textbox")).to_have_value("")
    expect(page.locator("#set input")).to_have_value("your own question")
    expect(page.locator("#problem")).to_be_hidden()


def test_a_preset_fills_the_form_and_released_is_as_released(visit: Any) -> None:
    page, _ = opened(visit, KEYS[0])
    page.locator("#preset").get_by_label("released", exact=True).check()
    shows(page, SeekConfig.released())
    fill(page, "updates", "1")
    fill(page, "max-new-tokens", "40")
    page.click("#start")
    expect(badge(page)).to_have_text("live run")
    expect(page.locator(".settings")).to_contain_text("presetreleased")
    expect(page.locator(".settings")).to_contain_text("η0.03")
    expect(page.locator(".settings")).to_contain_text("decode modeindependent")
    page.locator("#preset").get_by_label("default", exact=True).check()
    shows(page, SeekConfig.of_preset("default", preset_of("tiny")))


def begun(visit: Any) -> Any:
    page, _ = opened(visit, KEYS[0])
    page.locator("#reward").get_by_text("constant").click()
    page.click("#start")
    expect(badge(page)).to_have_text("live run")
    expect(page.locator("#step")).to_be_enabled()
    page.click("#step")
    expect(counter(page)).to_contain_text("iteration 1")
    expect(page.locator(".story.busy")).to_have_count(0)
    return page


def test_a_setting_changed_in_a_pause_is_in_force_from_the_next_step_on(visit: Any) -> None:
    page = begun(visit)
    fill(page, "eta", "0.3")
    page.click("#step")
    expect(counter(page)).to_contain_text("iteration 2")
    expect(page.locator(".settings")).to_contain_text("0.3 from iteration 2")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("rho", "0.25", "ρ: got 0.25; allowed: 0.5, which the run was begun with"),
        ("question", "What is 2 + 3?", "Press Start for a run of this one"),
        ("model", "./elsewhere", "./elsewhere"),
        ("updates", "1", "K: got 1; allowed: more than the 1 updates"),
    ],
)
def test_what_a_run_has_fixed_is_refused_with_a_word_and_the_run_stays(
    visit: Any, name: str, value: str, told: str
) -> None:
    page = begun(visit)
    fill(page, name, value)
    page.click("#step")
    expect(alert(page)).to_contain_text(told)
    expect(counter(page)).to_contain_text("iteration 1")
    expect(badge(page)).to_have_text("live run")


def test_a_finished_run_is_not_stepped_into_another(visit: Any) -> None:
    page, _ = opened(visit, KEYS[0])
    page.locator("#reward").get_by_text("constant").click()
    fill(page, "updates", "1")
    page.click("#run")
    expect(page.locator(".story .sentence")).to_contain_text("K = 1")
    expect(page.locator("#step")).to_be_enabled()
    page.click("#step")
    expect(alert(page)).to_contain_text("Press Start for a new one")
    expect(counter(page)).to_contain_text("iteration 1")
