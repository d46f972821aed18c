"""Runs as the server hands them out: whole or in part, small on the way, to whoever knows their name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from large_sample import large_trace
from starlette.applications import Starlette
from starlette.testclient import TestClient
from views_sample import sample_trace

from seek_viz import ASSETS
from seek_viz.app.page.routes import RECORDED, Runs
from seek_viz.app.session import ModelPool, SessionStore
from seek_viz.record import Trace, load_trace
from seek_viz.show import pair_view, run_view, with_path

RECORDINGS = sorted((ASSETS / "runs").glob("*.json"))


def client_of(recorded: dict[str, Trace], store: SessionStore | None = None) -> TestClient:
    runs = Runs(recorded, store or SessionStore(ModelPool()))
    return TestClient(Starlette(routes=runs.routes()))


def sent(client: TestClient, address: str) -> int:
    """Bytes of an answer on its way."""
    with client.stream("GET", address) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        return sum(len(part) for part in answer.iter_raw())


def plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


def test_ten_iterations_of_a_large_model_ship_in_under_400_kilobytes() -> None:
    trace = large_trace()
    assert (len(trace.steps), trace.steps[0].num_prefix, trace.model.hidden_size) == (11, 300, 1536)
    client = client_of({"large": trace})
    assert sent(client, f"/view/{RECORDED}large") < 400_000
    assert sent(client, f"/view/{RECORDED}large?have=10") < 90_000


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_run_of_the_bundled_model_ships_in_under_100_kilobytes(path: Path) -> None:
    assert sent(client_of({"it": load_trace(path)}), f"/view/{RECORDED}it") < 100_000


def test_a_recording_knows_its_link_and_its_control() -> None:
    trace, control = sample_trace(), sample_trace(direction="random")
    client = client_of({"one": trace, "control": control})
    answer = client.get(f"/view/{RECORDED}one").json()
    expected = run_view(with_path(trace), f"{RECORDED}one", "recorded", "v=1&run=one", f"{RECORDED}control")
    assert answer == {"view": plain(expected), "pair": None}
    beside = client.get(f"/view/{RECORDED}control?beside={RECORDED}one").json()
    assert beside["pair"] == plain(pair_view(trace, with_path(control)))


def test_what_is_new_joined_to_what_was_there_is_the_whole_run() -> None:
    client = client_of({"one": sample_trace()})
    whole, rest, none = (client.get(f"/view/{RECORDED}one?have={have}").json()["view"] for have in (0, 3, 99))
    assert [step["iteration"] for step in rest["steps"]] == [3, 4]
    assert none["steps"] == []
    assert whole == {**rest, "steps": whole["steps"][:3] + rest["steps"]}


def test_a_live_run_is_had_by_its_name_and_a_pinned_one_after_the_next_has_begun() -> None:
    store = SessionStore(ModelPool())
    store.of("visitor").pinned = ("live-1", replace(sample_trace(), stop_reason=None))
    client = client_of({}, store)
    view = client.get("/view/live-1").json()["view"]
    assert (view["origin"], view["counterpart"], view["stop"]) == ("live", None, None)
    assert "question" in view["link"] or "problem" in view["link"]


@pytest.mark.parametrize("run", ["live-0", "recorded-none", "", "..%2F..%2Fetc", "recorded-"])
def test_what_is_not_there_is_told(run: str) -> None:
    client = client_of({"one": sample_trace()})
    assert client.get(f"/view/{run}").status_code == 404
    assert client.get(f"/export/{run}.json").status_code == 404


@pytest.mark.parametrize(("have", "status"), [("x", 400), ("9" * 5000, 400), ("1.5", 400), ("-3", 200)])
def test_a_number_of_steps_that_is_none_is_told(have: str, status: int) -> None:
    assert client_of({"one": sample_trace()}).get(f"/view/{RECORDED}one?have={have}").status_code == status


def test_a_text_that_is_no_unicode_travels_too() -> None:
    client = client_of({"one": replace(sample_trace(), title="half a sign \ud83d")})
    assert client.get(f"/view/{RECORDED}one").json()["view"]["title"] == "half a sign \ud83d"
