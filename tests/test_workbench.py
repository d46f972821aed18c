"""The player in headless Chromium, from static files: one cursor moves everything, text stays text."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import itertools
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from player_page import FOLDERS, HOSTILE, Bench, counter, expect, unfinished
from views_sample import REJECTED, TEXTS, sample_regions, sample_trace

from seek_viz.record import Trace
from seek_viz.record.tokens import visible, visible_text
from seek_viz.show import (
    message_error,
    message_grown,
    message_idle,
    message_open,
    message_progress,
)

pytestmark = pytest.mark.browser


def ring_places(page: Any) -> list[tuple[str, str]]:
    return page.locator(".plot-cursor .ring").evaluate_all(
        "rings => rings.map(ring => [ring.getAttribute('cx'), ring.getAttribute('cy')])"
    )


def test_an_empty_workbench_says_what_to_do(bench: Bench) -> None:
    expect(bench.page.get_by_text("press Start")).to_be_visible()


def test_one_key_moves_every_view_and_asks_the_server_nothing(bench: Bench) -> None:
    bench.open(sample_trace())
    page, asked = bench.page, len(bench.requests)
    expect(counter(bench)).to_have_text("0")
    before = ring_places(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(counter(bench)).to_have_text("2")
    expect(page.locator(".counter-reward")).to_have_text("R = −0.50")
    expect(page.locator(".text-body")).to_contain_text("To begin, take")
    expect(page.locator(".answer-value").first).to_have_text("53")
    expect(page.locator(".grid-row.here .row-name")).to_have_text("2")
    expect(page.locator(".slot.here .slot-number")).to_have_text("2")
    expect(page.locator("thead th.here")).to_have_text("2")
    expect(page.locator(".loop-centre")).to_have_text("k = 2")
    assert all(old != new for old, new in zip(before, ring_places(page), strict=True))
    page.keyboard.press("End")
    expect(page.locator(".answer-value.right")).to_have_text("63")
    page.keyboard.press("ArrowRight")
    expect(counter(bench)).to_have_text("4")
    page.keyboard.press("Home")
    expect(counter(bench)).to_have_text("0")
    assert len(bench.requests) == asked


def test_play_runs_to_the_end_and_space_pauses(bench: Bench) -> None:
    bench.open(sample_trace())
    bench.page.get_by_label("Iterations a second").select_option("4")
    bench.page.evaluate("document.activeElement.blur()")
    bench.page.keyboard.press(" ")
    expect(bench.page.get_by_role("button", name="Pause")).to_be_visible()
    expect(counter(bench)).to_have_text("4")
    expect(bench.page.get_by_role("button", name="Play")).to_be_visible()


def test_the_strip_is_a_slider_that_a_pointer_can_drag(bench: Bench) -> None:
    bench.open(sample_trace())
    strip = bench.page.get_by_role("slider", name="Iteration")
    box = strip.bounding_box()
    bench.page.mouse.move(box["x"] + 5, box["y"] + 20)
    bench.page.mouse.down()
    bench.page.mouse.move(box["x"] + box["width"] - 5, box["y"] + 20, steps=4)
    bench.page.mouse.up()
    expect(strip).to_have_attribute("aria-valuenow", "4")
    expect(strip).to_have_attribute("aria-valuetext", "iteration 4, reward 0.00, answer right")


def test_keys_stay_with_a_field_that_is_typed_in(bench: Bench) -> None:
    bench.open(sample_trace())
    bench.page.locator("#outside").focus()
    bench.page.keyboard.press("ArrowRight")
    expect(counter(bench)).to_have_text("0")
    bench.page.get_by_role("button", name="One iteration forward").click()
    bench.page.keyboard.press("ArrowRight")
    expect(counter(bench)).to_have_text("2")


def test_a_position_is_selected_everywhere(bench: Bench) -> None:
    bench.open(sample_trace())
    page = bench.page
    page.locator(".grid-row").nth(1).locator("[data-position='7']").click()
    expect(counter(bench)).to_have_text("1")
    expect(page.locator(".text-body .selected")).to_have_attribute("data-position", "7")
    expect(page.locator(".grid-table .selected")).to_have_count(5)
    expect(page.locator(".grid-detail")).to_contain_text("position 8, iteration 1")
    expect(page.get_by_role("button", name="position 8")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="whole prefix").click()
    expect(page.locator(".text-body .selected")).to_have_count(0)


def test_the_number_of_a_position_stands_above_its_tokens(bench: Bench) -> None:
    bench.open(sample_trace())
    off = bench.page.evaluate("""() => {
      const middle = ({ x, width }) => x + width / 2;
      const middles = (row) => [...row.children].map((cell) => middle(cell.getBoundingClientRect()));
      const numbers = middles(document.querySelector(".grid-head"));
      return middles(document.querySelector(".grid-row")).map((at, i) => Math.abs(at - numbers[i]));
    }""")
    assert len(off) > 3
    assert max(off) < 1


def test_arrow_keys_walk_inside_the_grid_and_enter_selects(bench: Bench) -> None:
    bench.open(sample_trace())
    page = bench.page
    page.locator("[role=gridcell][tabindex='0']").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator(".grid-detail")).to_contain_text("position 2, iteration 2")
    expect(counter(bench)).to_have_text("0")
    page.keyboard.press("Enter")
    expect(counter(bench)).to_have_text("2")
    expect(page.locator(".text-body .selected")).to_have_attribute("data-position", "1")


def test_every_control_is_reached_by_the_keyboard(bench: Bench) -> None:
    bench.open(sample_trace())
    page = bench.page
    page.evaluate("document.querySelector('#outside').focus()")
    wanted = page.evaluate("""() => {
        const controls = ":is(button, select, a[href], input, textarea, summary, [tabindex='0'])";
        const shown = (node) => node.checkVisibility({visibilityProperty: true}) && !node.closest(".modebar");
        window.wanted = [...document.querySelectorAll(`.seek-workbench ${controls}`)]
            .filter((node) => node.tabIndex >= 0 && !node.disabled && shown(node));
        window.reached = new Set();
        return window.wanted.length;
    }""")
    assert wanted > 40
    for _ in range(2 * wanted):
        page.keyboard.press("Tab")
        page.evaluate("reached.add(document.activeElement)")
    missed = "wanted.filter((node) => !reached.has(node)).map((node) => node.outerHTML.slice(0, 90))"
    assert page.evaluate(missed) == []


def test_help_opens_and_closes_with_its_key(bench: Bench) -> None:
    bench.open(sample_trace())
    bench.page.keyboard.press("?")
    card = bench.page.get_by_role("dialog")
    expect(card).to_be_visible()
    for view in ("What the model wrote", "Reward", "Path of the latents", "Tokens of the optimised prefix"):
        expect(card.get_by_role("heading", name=view)).to_be_visible()
    for view in ("Verdicts", "Inside one step", "Decode regions", "Rollout tree", "Two runs"):
        expect(card.get_by_role("heading", name=view)).to_be_attached()
    # The marks are the views' own: what a rule of theirs draws in the page, it draws on the card.
    drawn = """([mark, rule]) => [...document.querySelectorAll(mark)].map(n => getComputedStyle(n)[rule])"""
    for mark, rule in ((".flipped", "borderTopColor"), (".ruling.reject", "backgroundColor")):
        (here,) = set(bench.page.evaluate(drawn, [f".help {mark}", rule]))
        assert here in bench.page.evaluate(drawn, [f".desk {mark}", rule])
    bench.page.keyboard.press("?")
    expect(bench.page.get_by_role("dialog")).to_be_hidden()


def test_a_verdict_opens_with_its_raw_reply_and_prompt(bench: Bench) -> None:
    bench.open(sample_trace())
    bench.page.get_by_role("button", name="answer correct rejects, iteration 3").click()
    detail = bench.page.get_by_role("region", name="The verdict in full")
    expect(detail).to_contain_text("FINAL VERIFICATION ANSWER IS: False")
    expect(detail).to_contain_text("<|im_start|>user")
    expect(counter(bench)).to_have_text("3")


def test_flags_jump_and_the_sentence_says_why_it_stopped(bench: Bench) -> None:
    bench.open(sample_trace())
    expect(bench.page.get_by_role("status")).to_contain_text("R = 0.00 rose above τ = −0.20.")
    bench.page.get_by_role("button", name="Wrong → right.").click()
    expect(counter(bench)).to_have_text("4")


def test_the_text_is_compared_with_the_previous_or_the_first(bench: Bench) -> None:
    bench.open(sample_trace())
    page = bench.page
    page.keyboard.press("End")
    expect(page.locator(".text-body del").first).to_be_visible()
    page.get_by_role("button", name="plain").click()
    expect(page.locator(".text-body del")).to_have_count(0)
    page.get_by_role("button", name="vs first").click()
    expect(page.locator(".text-body del").first).to_contain_text("The first step")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".text-body .false-equation").first).to_be_visible()


def mapped(trace: Trace) -> Trace:
    return dataclasses.replace(trace, regions=sample_regions(trace))


def test_a_flip_is_seen_as_a_border_crossed(bench: Bench) -> None:
    trace = mapped(sample_trace())
    bench.open(trace)
    page, now = bench.page, bench.page.locator(".region-now")
    page.get_by_label("Position of the slice").select_option(label="position 6: “8” → “1”")
    expect(page.locator(".text-body .selected")).to_have_attribute("data-position", "5")
    expect(now).to_contain_text("Iteration 0 reads “8”. It lies 0.25 off the slice")
    asked = len(bench.requests)
    page.keyboard.press("ArrowRight")
    expect(now).to_contain_text("Iteration 1 reads “1” after “8”: it crossed a border.")
    page.get_by_role("button", name="iteration 3 reads “1”, 0.25 off the slice").click()
    expect(counter(bench)).to_have_text("3")
    expect(page.locator(".region-dot.here")).to_have_attribute("data-iteration", "3")
    page.locator(".region-dot[data-iteration='2']").press("Enter")
    expect(counter(bench)).to_have_text("2")
    expect(page.locator(".region-dot:focus")).to_have_attribute("data-iteration", "2")
    assert len(bench.requests) == asked


def test_a_shifted_token_is_shown_as_shifted(bench: Bench) -> None:
    text = "To begin, take 15 * 6 = 90. Now add: 88 + 90 = 178. So 178 it is."
    texts = (text, text.replace("take", "just take"), text.replace("90.", "80."))
    trace = mapped(sample_trace(texts, REJECTED[:3]))
    bench.open(trace)
    page, row = bench.page, bench.page.locator(".grid-row").nth(1)
    flip = trace.steps[1].tokens.index(" just")
    expect(row.locator(".flipped")).to_have_count(1)
    expect(row.locator(".flipped")).to_have_text("·just")
    expect(row.locator(".flipped")).to_have_attribute("aria-label", "space just, flipped")
    expect(row.locator(".shifted:not(.back)")).to_have_count(trace.steps[1].num_prefix - flip - 1)
    cell = row.get_by_role("gridcell", name="space take, shifted by +1", exact=True)
    expect(cell).to_have_attribute("data-position", str(flip + 1))
    corner, plain = (
        place.evaluate("node => getComputedStyle(node).backgroundImage")
        for place in (cell, row.locator(".flipped"))
    )
    assert ("gradient" in corner, plain) == (True, "none")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".station.decode")).to_contain_text(
        f"1 token flipped, {trace.steps[1].num_prefix - flip - 1} shifted"
    )
    cell.click()
    expect(page.locator(".grid-detail")).to_contain_text("shifted by +1")
    menu = page.get_by_label("Position of the slice")
    menu.select_option("6")
    expect(menu.locator("option:checked")).to_have_text("position 7: “5” → “1” (shifted by +1)")
    expect(page.locator(".region-now")).to_contain_text("after “5”: the text shifted by +1.")
    page.keyboard.press("Home")
    page.keyboard.press("End")
    expect(page.locator(".station.decode")).to_contain_text("1 token flipped, ")
    expect(page.locator(".station.decode")).to_contain_text("1 dropped")
    expect(page.locator(".grid-row").nth(2).locator(".shifted.back").first).to_be_visible()


def test_what_cannot_be_seen_gets_a_sign_everywhere(bench: Bench) -> None:
    trace = sample_trace(TEXTS[:2], REJECTED[:2])
    first, second = trace.steps
    tokens = (" 5", "5", "\t", "\n", "\u00a05", "\u200b", "", "\U0001f600", *second.tokens[8:])
    parts = ("", "", "", "", "", "", "⟨F0 9F⟩", "⟨98 80⟩", *[""] * len(second.tokens[8:]))
    top = tuple(("⟨F0 9F⟩", *row[1:]) for row in second.reading.top_tokens_L5)
    reading = dataclasses.replace(second.reading, top_tokens_L5=top)
    odd = dataclasses.replace(
        second,
        tokens=tokens,
        byte_parts=parts,
        reading=reading,
        token_ids=(*range(9000, 9008), *second.token_ids[8:]),
    )
    bench.open(dataclasses.replace(trace, steps=(first, odd)))
    page, row = bench.page, bench.page.locator(".grid-row").nth(1)
    page.keyboard.press("End")
    shown = ["·5", "5", "⇥", "⏎", "⍽5", "[ZWSP]", "⟨F0 9F⟩", "⟨98 80⟩"]
    assert [row.locator(f"[data-position='{t}']").text_content() for t in range(8)] == shown
    named = row.get_by_role("gridcell", name="⟨F0 9F⟩, bytes of \U0001f600, flipped", exact=True)
    expect(named).to_have_attribute("title", "⟨F0 9F⟩, bytes of \U0001f600, flipped")
    named.click()
    expect(page.locator(".top-tokens code").first).to_have_text("⟨F0 9F⟩")
    expect(page.locator(".tree mark", has_text="·5")).to_have_count(1)
    text = page.locator(".panel.text .text-body").inner_text()
    assert text.count("\U0001f600") == 1
    assert "\ufffd" not in text
    assert "⟨" not in text


def test_the_browser_shows_tokens_as_python_does(bench: Bench) -> None:
    letters = [chr(code) for code in range(0x3200) if not 0xD800 <= code < 0xE000]
    letters += [chr(code) for code in (0xFE0F, 0xFEFF, 0xFFA0, 0xFFFD, 0x1F600, 0xE0001, 0xE0100, 0xE000)]
    letters = [
        letter for letter in letters if unicodedata.category(letter) != "Cn"
    ]  # of one Unicode, or of two
    tokens = [*letters, " 5", "a⟨F0 9F⟩", "⟨x⟩ ", "e\u0301"]
    script = """async (tokens) => {
        const { visible, visibleText } = await import("/workbench/tokens.js");
        return tokens.map((token) => [visible(token), visibleText(token)]);
    }"""
    for token, (alone, running) in zip(tokens, bench.page.evaluate(script, tokens), strict=True):
        assert alone == visible(token)
        assert running.replace("⏎", "\n") == visible_text(token).replace("⏎", "\n")


def test_every_ignorable_character_is_shown(bench: Bench) -> None:
    """As Unicode lists them: what a renderer draws nothing for."""
    script = """async () => {
        const { visible } = await import("/workbench/tokens.js");
        const codes = Array.from({ length: 0xe1000 }, (_, code) => code);
        const all = codes.filter((code) => code >> 11 !== 0x1b).map((code) => String.fromCodePoint(code));
        const unseen = all.filter((c) => /\\p{DI}/u.test(c) && !/\\p{Cn}/u.test(c));
        return [unseen.length, unseen.filter((c) => !visible(c).startsWith("["))];
    }"""
    count, left = bench.page.evaluate(script)
    assert count > 300
    assert left == []


def test_the_norm_stands_beside_its_formula_and_the_action_is_called_the_argmax(bench: Bench) -> None:
    bench.open(sample_trace())
    bench.page.keyboard.press("ArrowRight")
    sums = bench.page.locator(".step dl")
    expect(sums).to_contain_text("‖∇loss‖2.50of −R (eₓ − π) W, before clipping")
    expect(sums).to_contain_text("optimised tokens, each the argmax")
    expect(bench.page.locator(".station.push")).to_contain_text("argmax")


def test_the_areas_drawn_are_those_of_the_record(bench: Bench) -> None:
    trace = mapped(sample_trace())
    one = trace.regions.maps[1]
    shapes = bench.page.evaluate(
        """async ([runs, size]) => {
            const { shapesOf, placesFor } = await import("/workbench/regions_shapes.js");
            const { picks, fills, borders } = shapesOf(runs, size);
            const context = document.createElement("canvas").getContext("2d");
            const holds = (d, x, y) => context.isPointInPath(new Path2D(d), x + 0.5, y + 0.5);
            const at = (x, y) => fills.flatMap((d, token) => (holds(d, x, y) ? [token] : []));
            const drawn = picks.flat().map((_, i) => at(i % size, Math.floor(i / size)));
            return { picks: picks.flat(), drawn, places: placesFor(picks, size, []), borders };
        }""",
        [one.runs, 8],
    )
    from_the_top = one.picks.reshape(8, 8)[::-1].ravel().tolist()
    assert shapes["picks"] == from_the_top
    assert shapes["drawn"] == [[token] for token in from_the_top]
    grid = one.picks.reshape(8, 8)
    changes = int((grid[1:] != grid[:-1]).sum() + (grid[:, 1:] != grid[:, :-1]).sum())
    assert shapes["borders"].count("M") == changes
    for place in shapes["places"]:
        assert grid[::-1][int(place["y"] * 8), int(place["x"] * 8)] == place["token"]


def test_without_regions_the_view_says_what_to_do(bench: Bench) -> None:
    trace = sample_trace()
    bench.open(trace)
    missing = bench.page.locator(".region-missing")
    expect(missing).to_contain_text("seek-viz run --problem cards-7")
    bench.open(unfinished(trace, 3), "live", "live")
    expect(missing).to_contain_text("when the run has stopped")
    bench.open(trace, "live-2", "live")
    expect(missing).to_contain_text("being computed")
    bench.grow(mapped(trace), "live-2")
    expect(bench.page.locator(".region-map .region-dot")).to_have_count(5)
    expect(missing).to_be_empty()
    bench.page.locator(".grid-row").first.locator("[data-position='20']").click()
    expect(missing).to_contain_text("Position 21 moved, but its map was left out")
    bench.page.locator(".grid-row").first.locator("[data-position='2']").click()
    expect(missing).to_contain_text("position 3 never moved")


def test_one_step_shows_its_numbers_and_the_tokens_it_moved(bench: Bench) -> None:
    bench.open(sample_trace())
    page, step = bench.page, bench.page.locator(".step")
    expect(step.locator(".step-which")).to_have_text("What comes next: the step 0 → 1")
    expect(step.locator("dl")).to_contain_text("−0.667reward of iteration 0")
    expect(step).to_have_class("step ahead")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(step.locator("dl")).to_contain_text("−0.667reward of iteration 1")
    expect(step.locator("dl")).to_contain_text("−7.20over its 24 optimised tokens")
    expect(step.locator("h4")).to_have_text("Moved most: position 3")
    lost, gained = (step.get_by_role("list", name=f"{name} probability") for name in ("Lost", "Gained"))
    expect(lost.get_by_role("listitem")).to_have_text(["·then40.0 → 10.0", "·we20.0 → 10.0", "710.0 → 5.0"])
    expect(gained.get_by_role("listitem").first).to_have_text(",10.0 → 50.0")
    page.locator(".grid-row").nth(2).locator("[data-position='7']").click()
    expect(step.locator("h4")).to_have_text("At position 8")


def test_without_a_step_the_reading_says_what_one_would_push(bench: Bench) -> None:
    trace = sample_trace()
    bench.open(unfinished(trace, 1), origin="live")
    step = bench.page.locator(".step")
    expect(step.locator(".step-which")).to_have_text("What comes next: press Step or Run")
    reading = trace.steps[0].reading
    nearest = int(reading.margin_L.argmin())
    expect(step.locator("h4")).to_have_text(f"Nearest to a flip: position {nearest + 1}")
    names = [visible(token) for token in reading.top_tokens_L5[nearest]]
    expect(step.get_by_role("listitem").locator("code")).to_have_text(names)
    shares = [f"{100 * round(p, 3):.1f}" for p in reading.top_probs_L5[nearest].tolist()]
    expect(step.get_by_role("listitem").locator(".share")).to_have_text(shares)
    bench.open(sample_trace(TEXTS[-1:], REJECTED[-1:]), "r2")
    expect(step.locator(".step-which")).to_contain_text("No step was made")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_panel_of_a_step_is_as_high_at_every_iteration(bench: Bench, width: int) -> None:
    bench.page.set_viewport_size({"width": width, "height": 900})
    bench.open(sample_trace())
    heights = set()
    for _ in TEXTS:
        heights.add(round(bench.page.locator(".panel.loop").bounding_box()["height"]))
        bench.page.keyboard.press("ArrowRight")
    assert len(heights) == 1
    assert max(heights) < (460 if width == 1280 else 930)


def test_an_old_recording_says_that_it_does_not_hold_what_a_step_moved(bench: Bench) -> None:
    trace = sample_trace()
    steps = [
        dataclasses.replace(s, update=s.update and dataclasses.replace(s.update, shift=None))
        for s in trace.steps
    ]
    bench.open(dataclasses.replace(trace, steps=tuple(steps)))
    bench.page.keyboard.press("ArrowRight")
    expect(bench.page.locator(".step")).to_contain_text("does not hold which tokens a step moved")


def test_the_tree_shows_where_texts_part_and_leads_to_them(bench: Bench) -> None:
    trace = sample_trace((*TEXTS, TEXTS[1]), (*REJECTED[:4], REJECTED[1], REJECTED[1]))
    bench.open(trace)
    page, asked = bench.page, len(bench.requests)
    rows, here = page.locator(".tree-row"), page.locator(".tree-row.here")
    current = page.locator(".tree-row[aria-current=true]")
    expect(current).to_have_attribute("aria-label", re.compile(r"iteration 0, wrong, answer 21: 8 \* 6 = 48"))
    expect(page.locator(".tree-row:not([aria-current]) .tree-number.here")).to_have_count(0)
    # The first two texts share a beginning, and part at the first digit.
    expect(here.nth(1)).to_have_text(re.compile("^The first step is .*3 texts, 0 right$"))
    expect(current.locator("mark")).to_have_text("8")
    page.get_by_role("button", name="iteration 1, 5, wrong, answer 53").click()
    expect(counter(bench)).to_have_text("1")
    current.click()
    expect(counter(bench)).to_have_text("5")
    expect(current.locator(".tree-number.here")).to_have_text("5")
    page.get_by_role("button", name="iteration 4, right, answer 63").press("Enter")
    expect(counter(bench)).to_have_text("4")
    expect(rows.first).to_have_text("no token is shared: the texts part at once6 texts, 1 right")
    page.keyboard.press("Home")
    ahead = page.locator(".tree-row.ahead")
    assert ahead.count() == rows.count() - here.count()
    assert len(bench.requests) == asked


def test_a_live_run_grows_its_tree(bench: Bench) -> None:
    trace = sample_trace()
    bench.open(unfinished(trace, 1), origin="live")
    expect(bench.page.locator(".tree-row")).to_have_count(1)
    bench.grow(unfinished(trace, 2))
    expect(bench.page.locator(".tree-row")).to_have_count(3)
    expect(bench.page.locator(".tree-row[aria-current=true]")).to_have_count(1)


def test_text_of_a_model_stays_text(bench: Bench) -> None:
    texts = tuple(f"{HOSTILE} \\boxed{{{HOSTILE}}} {text}" for text in TEXTS)
    trace = sample_trace(texts, REJECTED, gold=HOSTILE, question=HOSTILE)
    trace = dataclasses.replace(trace, title=HOSTILE)
    regions = sample_regions(trace)
    maps = [dataclasses.replace(one, tokens_R=(HOSTILE,) * len(one.tokens_R)) for one in regions.maps]
    bench.open(dataclasses.replace(trace, regions=dataclasses.replace(regions, maps=tuple(maps))))
    page = bench.page
    for _ in TEXTS:
        page.keyboard.press("ArrowRight")
    expect(page.locator(".question")).to_have_text(HOSTILE)
    page.get_by_role("button", name="plain").click()
    expect(page.locator(".text-body")).to_contain_text(HOSTILE)
    page.locator("[role=gridcell]").first.hover()
    page.locator(".reward .nsewdrag").hover()
    bench.send(message_progress, "r", "decoding", HOSTILE)
    expect(page.locator(".busy-stream")).to_contain_text(HOSTILE)
    bench.send(message_error, "r", HOSTILE)
    expect(page.get_by_role("alert")).to_contain_text(HOSTILE)
    assert page.evaluate("window.hacked") is None
    assert page.locator(".seek-workbench :is(img, script)").count() == 0


def test_a_live_run_is_followed_until_the_user_moves_away(bench: Bench) -> None:
    trace = sample_trace()
    bench.open(unfinished(trace, 0), origin="live")
    bench.send(message_progress, "r", "decoding", "The first step")
    expect(bench.page.locator(".text-body")).to_have_text("The first step")
    for length in (1, 2, 3):
        bench.grow(unfinished(trace, length))
    expect(counter(bench)).to_have_text("2")
    bench.page.keyboard.press("Home")
    bench.grow(unfinished(trace, 4))
    expect(counter(bench)).to_have_text("0")
    expect(bench.page.locator(".grid-row")).to_have_count(4)
    bench.page.keyboard.press("End")
    bench.grow(trace)
    bench.send(message_idle, "r")
    expect(counter(bench)).to_have_text("4")
    expect(bench.page.get_by_role("status")).to_contain_text("Why it stopped.")


def test_zoom_position_and_cursor_survive_new_steps(bench: Bench) -> None:
    trace = sample_trace()
    page = bench.page
    bench.open(unfinished(trace, 2), origin="live")
    page.locator(".grid-row").nth(0).locator("[data-position='3']").click()
    reach = "document.querySelector('.reward .plot-host')._fullLayout.xaxis.range"
    frozen = page.evaluate(reach)
    page.evaluate("scrollTo(0, 0)")
    box = page.locator(".reward .nsewdrag").bounding_box()
    page.mouse.move(box["x"] + 150, box["y"] + 90)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 90, steps=4)
    page.mouse.up()
    moved = page.evaluate(reach)
    assert moved != frozen
    for length in (3, 4):
        bench.grow(unfinished(trace, length))
    expect(page.locator(".grid-row")).to_have_count(4)
    page.wait_for_function("document.querySelector('.reward .plot-host').data[0].x.length === 4")
    assert page.evaluate(reach) == moved
    expect(counter(bench)).to_have_text("0")
    expect(page.locator(".text-body .selected")).to_have_attribute("data-position", "3")


def test_a_message_twice_is_applied_once_and_a_missed_step_comes_with_the_next(bench: Bench) -> None:
    trace, rows = sample_trace(), bench.page.locator(".grid-row")
    bench.open(unfinished(trace, 1), origin="live")
    receive = "message => window.player.receive(message)"
    bench.has(unfinished(trace, 2), "r", "live")
    bench.page.evaluate(receive, message_grown(7, "r"))
    expect(rows).to_have_count(2)
    bench.has(unfinished(trace, 4), "r", "live")
    bench.page.evaluate(receive, message_grown(7, "r"))
    expect(rows).to_have_count(2)
    bench.page.evaluate(receive, message_grown(8, "r"))
    expect(rows).to_have_count(4)
    expect(counter(bench)).to_have_text("3")


def test_a_slow_run_keeps_its_place_among_the_messages(bench: Bench) -> None:
    bench.has(sample_trace(), "slow")
    bench.has(sample_trace(question="Another?"), "quick")
    bench.page.evaluate("window.delays.slow = 300")
    messages = [message_open(1, "slow"), message_error(2, "slow", "Of the first."), message_open(3, "quick")]
    bench.page.evaluate("messages => window.player.receive(messages)", messages)
    expect(bench.page.locator(".question")).to_have_text("Another?")
    expect(bench.page.get_by_role("alert")).to_be_hidden()


def test_a_run_that_is_gone_is_told_and_the_one_on_screen_stays(bench: Bench) -> None:
    bench.open(unfinished(sample_trace(), 2), origin="live")
    bench.page.evaluate("window.runs = {}")
    bench.send(message_grown, "r")  # a new one was started: nothing to tell
    expect(bench.page.get_by_role("alert")).to_be_hidden()
    bench.send(message_open, "other")
    expect(bench.page.get_by_role("alert")).to_contain_text("no longer on the server")
    expect(bench.page.locator(".grid-row")).to_have_count(2)


def test_an_error_keeps_the_run(bench: Bench) -> None:
    bench.open(sample_trace())
    bench.send(message_error, "r", "rho: got 0; allowed: a number from 1e-06 to 1.")
    expect(bench.page.get_by_role("alert")).to_contain_text("rho: got 0")
    expect(bench.page.locator(".text-body")).to_contain_text("The first step is")
    bench.page.get_by_role("button", name="Dismiss").click()
    expect(bench.page.get_by_role("alert")).to_be_hidden()


def test_light_and_dark_follow_the_page(bench: Bench) -> None:
    bench.open(sample_trace())
    page = bench.page
    page.evaluate("document.documentElement.removeAttribute('data-theme')")
    page.evaluate("document.body.classList.add('dark')")
    expect(page.locator(".seek-workbench")).to_have_attribute("data-theme", "dark")
    colour = "document.querySelector('.reward .plot-host').data.find(t => t.mode === 'lines').line.color"
    page.wait_for_function(f"{colour} === '#b9a5ff'")


def test_a_phone_scrolls_sideways_nowhere_but_in_the_grid(bench: Bench) -> None:
    bench.page.set_viewport_size({"width": 390, "height": 844})
    bench.open(sample_trace((TEXTS * 3)[:11], REJECTED[:1] * 11))
    wider = """[...document.querySelectorAll('.seek-workbench *')].filter(n =>
        n.scrollWidth > n.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(n).overflowX)
    ).map(n => n.className)"""
    assert bench.page.evaluate(wider) == ["grid-scroll scroller"]
    assert bench.page.evaluate("document.documentElement.scrollWidth") <= 390
    transport = bench.page.get_by_role("region", name="Iteration cursor").bounding_box()
    assert transport["y"] + transport["height"] == pytest.approx(844, abs=2)


@contextlib.contextmanager
def touched(page: Any) -> Iterator[None]:
    """A phone, which is touched: nothing hovers, and Plotly's toolbar is always there."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    devtools.send("Emulation.setDeviceMetricsOverride", phone)
    try:
        assert page.evaluate("matchMedia('(hover: none)').matches")
        yield
    finally:  # the page is that of all tests
        devtools.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
        devtools.send("Emulation.clearDeviceMetricsOverride")
        devtools.detach()


@pytest.mark.parametrize("name", ["path", "reward"])
def test_a_phone_shows_a_plots_labels_whole_and_its_toolbar_clear_of_them(bench: Bench, name: str) -> None:
    with touched(bench.page):
        bench.open(sample_trace())
        panel = bench.page.locator(f".panel.{name}")
        panel.scroll_into_view_if_needed()
        expect(panel.locator(".modebar")).to_be_attached()
        plot = panel.locator(".main-svg").first.bounding_box()
        bar, title = (panel.locator(part).bounding_box() for part in (".modebar", ".ytitle"))
    assert bar["y"] + bar["height"] <= plot["y"] + 1
    assert plot["x"] - 1 <= title["x"]
    assert plot["y"] <= title["y"]
    assert title["y"] + title["height"] <= plot["y"] + plot["height"]


def test_a_phone_shows_weights_and_a_gap_between_rewards(bench: Bench) -> None:
    bench.page.set_viewport_size({"width": 390, "height": 844})
    bench.open(sample_trace((TEXTS * 3)[:11], REJECTED[:1] * 11))
    bench.page.locator(".panel.verdicts").scroll_into_view_if_needed()
    expect(bench.page.locator(".verdict-table small").first).to_be_visible()
    written = """[...document.querySelectorAll('.sum')].filter(n => n.checkVisibility()).map(cell => {
        const range = document.createRange(); range.selectNodeContents(cell);
        const { left, right } = range.getBoundingClientRect(); return [left, right];
    })"""
    places = bench.page.evaluate(written)
    assert len(places) == 5
    assert all(after[0] - before[1] >= 6 for before, after in itertools.pairwise(places))


def test_a_cursor_step_takes_less_than_50_milliseconds(bench: Bench) -> None:
    bench.open(sample_trace((TEXTS * 3)[:11], REJECTED[:1] * 11))
    hundred_steps = """() => Array.from({length: 100}, (_, i) => {
        const key = Math.floor(i / 10) % 2 ? 'ArrowLeft' : 'ArrowRight';
        const start = performance.now();
        document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
        document.body.getBoundingClientRect();
        return performance.now() - start;
    }).sort((a, b) => a - b)"""
    # The middle of the quietest round: what else the machine does is not the player's doing.
    assert min(bench.page.evaluate(hundred_steps)[50] for _ in range(5)) < 50


@functools.cache
def palette(theme: str) -> dict[str, str]:
    """The colours of the style sheet."""
    css = (FOLDERS["/workbench/"] / "theme.css").read_text(encoding="utf-8")
    start = css.index('[data-theme="dark"]') if theme == "dark" else 0
    lines = (line.strip().rstrip(";").split(": ") for line in css[start : css.index("}", start)].splitlines())
    return {line[0]: line[1] for line in lines if len(line) == 2 and line[1].startswith("#")}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["--paper", "--well", "--here-soft"])
@pytest.mark.parametrize("ink", ["--ink", "--muted", "--reward", "--right", "--wrong", "--here"])
def test_text_has_the_contrast_of_wcag_aa(theme: str, ground: str, ink: str) -> None:
    light, dark = sorted((luminance(palette(theme)[ink]), luminance(palette(theme)[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_a_setting_that_changed_says_from_where_on_and_the_versions_are_told(bench: Bench) -> None:
    trace = sample_trace()
    later = dataclasses.replace(trace.config, learning_rate=0.4)
    steps = (*trace.steps[:3], *(dataclasses.replace(step, config=later) for step in trace.steps[3:]))
    bench.open(dataclasses.replace(trace, steps=steps, config=later, versions={"torch": "2.13.0<b>"}))
    expect(bench.page.get_by_label("Settings")).to_contain_text("0.05, 0.4 from iteration 3")
    expect(bench.page.locator(".run-header .labels")).to_contain_text("with torch 2.13.0<b>")
