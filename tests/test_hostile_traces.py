"""Files made to harm: each is refused with the path of what is wrong, and none takes the page down."""

from __future__ import annotations

import base64
import copy
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from views_sample import sample_regions, sample_trace

from seek_viz import ASSETS
from seek_viz.errors import UserError
from seek_viz.record import load_trace, trace_from_dict, trace_to_dict
from seek_viz.show import run_view, with_path
from seek_viz.show.export import FORMATS

TRACE = sample_trace()
RECORD = json.loads(
    json.dumps(trace_to_dict(sample_trace(decode_mode="coherent")) | {"regions": None, "host": None})
)
MAPPED = trace_to_dict(TRACE.__class__(**{**TRACE.__dict__, "regions": sample_regions(TRACE)}))


def array(values: Any, dtype: str = "<f4", shape: Any = None) -> dict[str, Any]:
    flat = np.asarray(values, dtype)
    shape = list(flat.shape) if shape is None else shape
    return {"dtype": dtype, "shape": shape, "base64": base64.b64encode(flat.tobytes()).decode()}


def nested(depth: int) -> Any:
    inner: Any = 0
    for _ in range(depth):
        inner = [inner]
    return inner


def changed(record: dict[str, Any], where: str, value: Any) -> dict[str, Any]:
    record = copy.deepcopy(record)
    *path, last = [int(key) if key.isdecimal() else key for key in where.split(".")]
    inner: Any = record
    for key in path:
        inner = inner[key]
    inner[last] = value
    return record


HUGE = 10**400
TOO_MANY = array([0.0], shape=[2**62, 2**62])
HOSTILE: list[tuple[str, Any]] = [
    ("steps", "abc"),
    ("steps.3", "step"),
    ("steps.3.reward.value", "high"),
    ("steps.3.reward.value", float("nan")),
    ("steps.3.reward.value", float("inf")),
    ("steps.3.reward.value", True),
    ("steps.3.reward.verdicts", "approve"),
    ("steps.3.reward.verdicts.0.ruling", "maybe"),
    ("steps.3.reward.verdicts.0.num_prompt_tokens", HUGE),
    ("steps.3.reward.num_tokens", 1.5),
    ("steps.3.distance", float("-inf")),
    ("steps.3.distance", 1e31),
    ("steps.3.elapsed_s", {"update": "long"}),
    ("steps.3.iteration", HUGE),
    ("steps.3.iteration", 4),
    ("steps.3.num_prefix", HUGE),
    ("steps.3.num_prefix", -1),
    ("steps.3.token_ids", "12"),
    ("steps.3.token_ids.0", HUGE),
    ("steps.3.token_ids.0", nested(50)),
    ("steps.3.tokens", "ab"),
    ("steps.3.tokens.0", -1),
    ("steps.3.tokens.0", True),
    ("steps.3.tokens.0", nested(50)),
    ("steps.3.tokens", 10**9),
    ("steps.3.byte_parts", ["a"]),
    ("steps.3.latents_LD", array(np.zeros((24, 4)))),
    ("steps.3.reading.states_LD", array(np.zeros((24, 4)))),
    ("steps.3.reading.margin_L", "AAAA"),
    ("steps.3.reading.margin_L", [1.0] * 24),
    ("steps.3.reading.margin_L", array(np.zeros(23))),
    ("steps.3.reading.margin_L", array(np.zeros((24, 1)))),
    ("steps.3.reading.margin_L", array([float("nan")] * 24)),
    ("steps.3.reading.margin_L", array([float("inf")] * 24)),
    ("steps.3.reading.margin_L", array([3e38] * 24)),
    ("steps.3.reading.margin_L", array(np.zeros(24), "<f8")),
    ("steps.3.reading.margin_L", array(np.zeros(24), "<i4")),
    ("steps.3.reading.margin_L.dtype", "|O"),
    ("steps.3.reading.margin_L.shape", [2**53]),
    ("steps.3.reading.margin_L.shape", [HUGE]),
    ("steps.3.reading.margin_L.shape", [-24]),
    ("steps.3.reading.margin_L.shape", 24),
    ("steps.3.reading.margin_L.base64", "\u0000" * 8),
    ("steps.3.reading.margin_L.more", 1),
    ("steps.3.reading.top_probs_L5", TOO_MANY),
    ("steps.3.reading.top_ids_L5", array(np.zeros((24, 4)), "<i4")),
    ("steps.3.reading.top_tokens_L5", [0] * 24),
    ("steps.3.reading.top_tokens_L5.0", [0] * 4),
    ("steps.3.reading.top_tokens_L5.0.0", 10**6),
    ("steps.3.update.loss", float("nan")),
    ("steps.3.update.shift.ids_P10", array(np.zeros((1, 10)), "<i4")),
    ("steps.3.config", {"eta": 1}),
    ("steps.3.config", {"rho": float("nan")}),
    ("steps.3.config", {"reward": ["self"]}),
    ("steps.3.config", {"reward": {}}),
    ("steps.3.config", {"max_updates": HUGE}),
    ("config", "rho"),
    ("config", nested(50)),
    ("problem", ["p", "1 + 1?"]),
    ("problem.question", "?" * 5000),
    ("model.num_parameters", HUGE),
    ("model.name", None),
    ("strings", "abc"),
    ("strings", {"0": "a"}),
    ("strings.0", 5),
    ("strings.0", nested(50)),
    ("path", "none"),
    ("path.prefix_K3", array(np.zeros((4, 3)))),
    ("path.positions_LK3", array(np.zeros((24, 4, 3)))),
    ("path.prefix_explained_3", array([0.5, 0.2])),
    ("host", {"problem_id": "p", "created_at": "", "step_norm_KL": array([[-1.0]])}),
    ("versions", {"torch": nested(50)}),
    ("title", nested(50)),
    ("stop_reason", "boredom"),
    ("regions", {"size": 100_000, "maps": [], "left_out": []}),
    ("regions", nested(50)),
]


@pytest.mark.parametrize(
    ("where", "value"), HOSTILE, ids=[f"{where}-{number}" for number, (where, _) in enumerate(HOSTILE)]
)
def test_what_is_wrong_is_named_by_its_path(where: str, value: Any) -> None:
    with pytest.raises(UserError) as told:
        trace_from_dict(changed(RECORD, where, value), name="run.json")
    last = where.removesuffix(".0").rpartition(".")[2]
    assert where.split(".", maxsplit=1)[0] in told.value.what
    assert last in told.value.what or last in str(told.value) or "reading" in told.value.what
    assert len(str(told.value)) < 1000


def test_the_path_is_that_inside_the_file() -> None:
    with pytest.raises(UserError, match=r"^steps\.3\.reward\.value in run\.json: got .*'high'"):
        trace_from_dict(changed(RECORD, "steps.3.reward.value", "high"), name="run.json")
    broken = array([float("nan")] * 24)
    with pytest.raises(UserError, match=r"^steps\.3\.reading\.margin_L in run\.json: got .*not finite"):
        trace_from_dict(changed(RECORD, "steps.3.reading.margin_L", broken), name="run.json")


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("size", 257),
        ("size", 200_000),
        ("size", HUGE),
        ("size", 0),
        ("maps.0.runs", [2**53, 0]),
        ("maps.0.runs", [2**31, 0, 2**31, 0]),
        ("maps.0.runs", [HUGE, 0]),
        ("maps.0.runs", [64, 10**6]),
        ("maps.0.runs", []),
        ("maps.0.side", float("nan")),
        ("maps.0.side", "wide"),
        ("maps.0.side", 5e-324),
        ("maps.0.side", -1.0),
        ("maps.0.position", HUGE),
        ("maps.0.iterations_N", array([0, 99], "<i4")),
        ("maps.0.points_N2", TOO_MANY),
    ],
)
def test_regions_take_no_memory_that_the_file_has_not(where: str, value: Any) -> None:
    trace_from_dict(MAPPED)
    with pytest.raises(UserError, match="regions"):
        trace_from_dict(changed(MAPPED, f"regions.{where}", value))


@pytest.mark.parametrize("depth", [150, 300, 900, 100_000])
@pytest.mark.parametrize("around", ['{"format": "seek_viz trace", "version": 3, "title": %s}', "%s"])
def test_deep_nesting_is_a_damaged_file(tmp_path: Path, around: str, depth: int) -> None:
    (tmp_path / "run.json").write_text(around % ("[" * depth + "]" * depth))
    with pytest.raises(UserError, match=r"run\.json"):
        load_trace(tmp_path / "run.json")


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "1" + "0" * 4000, "1" + "0" * 5000])
def test_a_number_that_no_float_holds_is_refused(tmp_path: Path, number: str) -> None:
    text = json.dumps(changed(RECORD, "steps.3.distance", "HERE")).replace('"HERE"', number)
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(UserError, match=r"run\.json"):
        load_trace(tmp_path / "run.json")


def test_nothing_but_a_file_needs_pydantic(tmp_path: Path) -> None:
    """A machine that only computes may lack it, and what the page alone needs."""
    code = """
import sys
for name in ("pydantic", "pydantic_core", "gradio", "plotly", "datasets", "math_verify"):
    sys.modules[name] = None
import seek_viz.record, seek_viz.engine.seek, seek_viz.bench.runner
from seek_viz.errors import UserError
from seek_viz.record import load_trace
try:
    load_trace(sys.argv[1])
except UserError as error:
    print(error)
"""
    (tmp_path / "run.json").write_text(json.dumps(RECORD))
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "run.json")], capture_output=True, text=True, check=True
    )
    assert "pip install pydantic" in done.stdout


SPOILT: list[Any] = [
    *(None, True, 0, -1, 2**31, 2**53 + 1, 10**40, 1e308, -1e308, 0.5, float("nan"), float("inf")),
    *("", "x", "NaN", "a" * 300, "\u202e\x1b]52;c;aGk=\x07", [], {}, [[]], [1], {"a": 1}, [None], ["x"] * 5),
]


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside a JSON document."""
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inside:
        yield (*path, key)
        yield from places(value, (*path, key))


def spoil(record: Any, path: tuple[Any, ...], rng: random.Random) -> None:
    """Change one value of a document: take it away, double it, move its sign, or put another in its place."""
    *way, last = path
    node = record
    for key in way:
        node = node[key]
    value, how = node[last], rng.random()
    if how < 0.12:
        del node[last]
    elif how < 0.25 and isinstance(value, list):
        node[last] = value * 2
    elif how < 0.35 and type(value) in (int, float):
        node[last] = -1000 * value - 1
    else:
        node[last] = rng.choice(SPOILT)


@pytest.mark.parametrize(
    ("count", "seed"), [(100, 0), pytest.param(2000, 1, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_a_spoilt_recording_is_refused_or_can_be_shown(tmp_path: Path, count: int, seed: int) -> None:
    rng, file = random.Random(seed), tmp_path / "run.json"
    texts = [path.read_text(encoding="utf-8") for path in sorted((ASSETS / "runs").glob("*.json"))]
    known = [list(places(json.loads(text))) for text in texts]
    for _ in range(count):
        which = rng.randrange(len(texts))
        record, path = json.loads(texts[which]), rng.choice(known[which])
        if rng.random() < 0.7:  # most values are tokens and numbers deep inside
            path = path[: rng.randint(1, min(5, len(path)))]
        spoil(record, path, rng)
        file.write_text(json.dumps(record), encoding="utf-8")
        try:
            trace = load_trace(file)
        except UserError:
            continue
        json.dumps(run_view(with_path(trace)), allow_nan=False)
        for write, _ in FORMATS.values():
            write(trace)
