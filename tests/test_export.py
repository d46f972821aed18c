"""Files that stand alone: the replay opens from a disk without a network, the table is the trace."""

from __future__ import annotations

import base64
import csv
import dataclasses
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image
from views_sample import REJECTED, TEXTS, sample_trace

from seek_viz.errors import UserError
from seek_viz.record import Trace, load_trace, trace_to_dict
from seek_viz.record.alignment import alignment_of
from seek_viz.show.export import FORMATS, WORKBENCH, export, to_csv, to_html

HOSTILE = (
    '</script><img src=x onerror="window.hacked=1"><!--<script>window.hacked=1</script> '
    "${window.hacked=1} $title {{window.hacked=1}} `x` \u2028 \u0001 '"
)


def hostile_trace() -> Trace:
    texts = tuple(f"{HOSTILE} \\boxed{{{HOSTILE}}} {text}" for text in TEXTS)
    return dataclasses.replace(sample_trace(texts, REJECTED, gold=HOSTILE, question=HOSTILE), title=HOSTILE)


def test_the_rows_of_the_table_are_the_trace() -> None:
    trace = sample_trace()
    rows = list(csv.DictReader(io.StringIO(to_csv(trace))))
    assert len(rows) == len(trace.steps)
    for previous, step, row in zip((None, *trace.steps), trace.steps, rows, strict=False):
        assert int(row["iteration"]) == step.iteration
        assert float(row["reward"]) == step.reward.value
        assert {v.verifier: v.ruling for v in step.reward.verdicts} == {
            v.verifier: row[v.verifier] for v in step.reward.verdicts
        }
        assert (row["answer"], row["correct"]) == (step.answer, str(step.correct).lower())
        assert row["update_norm"] == (str(step.update.step_norm) if step.update else "")
        assert float(row["distance"]) == step.distance
        change = alignment_of(previous, step)
        assert [int(row[name]) for name in ("flips", "shifted", "dropped")] == [
            change.num_flips,
            change.num_shifted,
            len(change.dropped),
        ]
        assert int(row["tokens"]) == len(step.token_ids)


@pytest.mark.parametrize(
    ("answer", "written"),
    [("=1+1", "'=1+1"), ("@x", "'@x"), ("-cmd", "'-cmd"), ("-5", "-5"), ('a,"b"\n', 'a,"b"\n')],
)
def test_no_cell_of_the_table_is_a_formula(answer: str, written: str) -> None:
    trace = sample_trace()
    trace = dataclasses.replace(trace, steps=(dataclasses.replace(trace.steps[0], answer=answer),))
    (row,) = csv.DictReader(io.StringIO(to_csv(trace), newline=""))
    assert row["answer"] == written


def test_the_json_is_a_trace_file(tmp_path: Path) -> None:
    trace = sample_trace()
    export(trace, tmp_path / "run.json")
    assert json.dumps(trace_to_dict(load_trace(tmp_path / "run.json"))) == json.dumps(trace_to_dict(trace))


def test_an_unknown_kind_of_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"\.pdf.*\.html, \.csv, \.txt, \.json"):
        export(sample_trace(), tmp_path / "run.pdf")


def test_a_run_without_steps_can_be_saved(tmp_path: Path) -> None:
    trace = dataclasses.replace(sample_trace(), steps=(), stop_reason=None, path=None)
    for kind in FORMATS:
        export(trace, tmp_path / f"run.{kind}")


def test_every_module_of_the_player_is_inside_under_the_name_it_is_imported_by() -> None:
    page = to_html(sample_trace())
    found = re.search(r'<script type="importmap">(.*?)</script>', page, re.DOTALL)
    assert found
    imports = json.loads(found[1])["imports"]
    files = [path for path in WORKBENCH.iterdir() if path.suffix in (".js", ".css")]
    assert set(imports) == {f"seek/{path.name}" for path in files}
    for address in imports.values():
        assert '"./' not in base64.b64decode(address.partition(",")[2]).decode()


def test_no_text_of_a_run_ends_its_script() -> None:
    page = to_html(hostile_trace())
    start = page.index('<script type="application/json"')
    assert page[start:].count("</script>") == 2
    assert "<img" not in page


# --- in a browser ------------------------------------------------------------------------------


@pytest.fixture
def open_offline(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Opens an exported run from the disk; any request and any complaint of the page fails the test."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, offline=True, accept_downloads=True
    )
    troubles: list[str] = []

    def opened(trace: Trace) -> Any:
        file = tmp_path / "a run.html"
        export(trace, file)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))

        def refuse(route: Any) -> None:
            if route.request.url != file.as_uri():
                troubles.append(route.request.url)
                return route.abort()
            return route.continue_()

        page.route(lambda url: not url.startswith(("data:", "blob:")), refuse)
        page.goto(file.as_uri())
        expect(page.locator(".plot-cursor .ring").first).to_be_attached()
        return page

    yield opened
    context.close()
    assert troubles == []


def expect(locator: Any) -> Any:
    from playwright.sync_api import expect as playwright_expect

    return playwright_expect(locator)


@pytest.mark.browser
def test_the_exported_page_replays_from_a_disk_with_no_request(open_offline: Any) -> None:
    page = open_offline(sample_trace())
    expect(page.locator(".question")).to_contain_text("Sam has 88 cards")
    expect(page.locator(".text-body")).to_contain_text("The first step is")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".counter strong")).to_have_text("2")
    expect(page.locator(".text-body")).to_contain_text("To begin, take")
    page.get_by_role("button", name="3-D").click()
    page.keyboard.press("End")
    expect(page.locator(".answer-value.right")).to_have_text("63")
    expect(page.locator(".plot-host canvas").first).to_be_attached()


@pytest.mark.browser
def test_hostile_text_stays_text_in_the_exported_page(open_offline: Any) -> None:
    page = open_offline(hostile_trace())
    expect(page.locator(".question")).to_have_text(HOSTILE)
    page.keyboard.press("End")
    page.get_by_role("button", name="plain").click()
    expect(page.locator(".text-body")).to_contain_text("</script><img src=x")
    assert page.evaluate("window.hacked") is None
    assert page.locator(".seek-workbench :is(img, script)").count() == 0


@pytest.mark.browser
def test_the_exported_page_hands_out_table_and_recording(open_offline: Any) -> None:
    trace = sample_trace()
    page = open_offline(trace)
    page.get_by_role("button", name="Share, save").click()
    card = page.get_by_role("dialog")
    expect(card.get_by_label("Command")).to_have_value(re.compile("^seek-viz run --question"))
    expect(card.get_by_role("link", name="Save HTML")).to_have_count(0)
    with page.expect_download() as saved:
        card.get_by_role("link", name="Save CSV").click()
    assert saved.value.path().read_text(encoding="utf-8") == to_csv(trace)
    assert saved.value.suggested_filename == "cards-7-self-independent.csv"
    with page.expect_download() as saved:
        card.get_by_role("link", name="Save JSON").click()
    assert load_trace(saved.value.path()).problem == trace.problem


VIEWS = (
    "Reward of each iteration",
    "Path of the latents",
    "What the model wrote",
    "Tokens of the optimised prefix",
    "Verdicts",
    "Inside one step",
    "Decode regions",
    "Rollout tree",
)


@pytest.mark.browser
def test_the_exported_page_makes_an_image_of_each_view(open_offline: Any) -> None:
    page = open_offline(hostile_trace())
    page.keyboard.press("End")
    page.get_by_role("button", name="Share, save").click()
    card = page.get_by_role("dialog")
    expect(card.locator(".views dt")).to_have_text(VIEWS)
    for view in VIEWS:
        for format_name in ("PNG", "SVG"):
            with page.expect_download() as saved:
                card.get_by_role("button", name=f"{view} as {format_name}").click()
            image = saved.value.path().read_bytes()
            if format_name == "PNG":
                # More than one colour: a canvas that drew nothing is one.
                shown = Image.open(io.BytesIO(image)).convert("RGB")
                assert len(shown.getcolors(1 << 24)) > 8, view
            else:
                root = ElementTree.fromstring(image)
                assert root.tag.endswith("svg")
                assert not [node for node in root.iter() if node.tag.rpartition("}")[2] in ("script", "img")]
    assert page.evaluate("window.hacked") is None
    assert page.locator("body > div").count() == 0, "what an image was laid out on is gone"
