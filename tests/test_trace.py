import base64
import copy
import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from pydantic_core import PydanticSerializationError

from seek_viz.errors import UserError
from seek_viz.problems.problem import Problem
from seek_viz.record import (
    TRACE_VERSION,
    LatentPath,
    ModelIdentity,
    PrefixReading,
    RegionMap,
    Regions,
    Reward,
    SeekStep,
    Shift,
    Trace,
    Update,
    Verdict,
    load_trace,
    save_trace,
    trace_from_dict,
    trace_to_dict,
)
from seek_viz.settings.config import SeekConfig

texts = st.text(max_size=30) | st.sampled_from(
    ["<script>", "${x}", "`", "\\boxed{1}", "\ufffd", "\U0001f600", "\x00"]
)
finite = st.floats(-1e30, 1e30)
configs = st.sampled_from([SeekConfig(), SeekConfig(learning_rate=0.1), SeekConfig.released(grad_clip=1.0)])


LARGEST = float(np.nextafter(np.float32(1e30), np.float32(0)))


def floats(*shape: int) -> st.SearchStrategy:
    return st_numpy.arrays(np.float32, shape, elements=st.floats(-LARGEST, LARGEST, width=32))


@st.composite
def steps(draw: st.DrawFn, iteration: int, num: int) -> SeekStep:
    tokens = tuple(draw(st.lists(texts, min_size=num, max_size=num + 3)))
    verdict = st.builds(
        Verdict,
        texts,
        finite,
        st.sampled_from(["approve", "reject", "unparsable"]),
        prompt=texts,
        reply=texts,
    )
    shift = Shift(
        np.arange(num, dtype=np.int32),
        draw(st_numpy.arrays(np.int32, (num, 10))),
        draw(floats(num, 10)),
        draw(floats(num, 10)),
        tuple(tuple(draw(st.lists(texts, min_size=10, max_size=10))) for _ in range(num)),
    )
    update = st.builds(
        Update,
        finite,
        finite,
        finite,
        st.none() | finite,
        log_prob_L=floats(num),
        shift=st.sampled_from([None, shift]),
    )
    return SeekStep(
        iteration=iteration,
        token_ids=tuple(range(len(tokens))),
        tokens=tokens,
        num_prefix=num,
        text=draw(texts),
        truncated=draw(st.booleans()),
        answer=draw(st.none() | texts),
        correct=draw(st.none() | st.booleans()),
        reward=draw(
            st.builds(Reward, finite, st.lists(verdict, max_size=2).map(tuple), finite, st.integers(0, 2**53))
        ),
        reading=PrefixReading(
            draw(st_numpy.arrays(np.int32, (num, 5))),
            draw(floats(num, 5)),
            tuple(tuple(draw(st.lists(texts, min_size=5, max_size=5))) for _ in range(num)),
            draw(floats(num)),
            draw(floats(num)),
        ),
        distance=draw(finite),
        update=draw(update) if iteration else None,
        elapsed_s=draw(st.dictionaries(st.sampled_from(["update", "decode", "reward"]), finite)),
        config=draw(configs),
    )


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    num, length = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    path = LatentPath(
        draw(floats(length, 3)), draw(floats(3)), draw(floats(num, length, 3)), draw(floats(num, 3))
    )
    return Trace(
        problem=Problem("p", draw(texts.filter(str.strip)), draw(st.none() | texts)),
        config=draw(configs),
        model=ModelIdentity(
            "m",
            "r",
            "A",
            1,
            2,
            3,
            "float32",
            "cpu",
            draw(st.none() | st.integers(1, 99)),
            draw(st.none() | texts),
        ),
        prompt=draw(texts),
        created_at="2026-01-01T00:00:00.000+00:00",
        steps=tuple(draw(steps(k, num)) for k in range(length)),
        stop_reason=draw(st.sampled_from([None, "accepted", "max_updates", "no_latents"])),
        path=draw(st.sampled_from([None, path])),
        regions=draw(st.sampled_from([None, draw(regions(num, length))])),
        title=draw(texts),
        versions=draw(st.dictionaries(texts, texts, max_size=2)),
    )


@st.composite
def regions(draw: st.DrawFn, num: int, length: int) -> Regions:
    maps = tuple(
        RegionMap(
            position,
            np.arange(length, dtype=np.int32),
            draw(floats(length, 2)),
            draw(floats(length)),
            draw(floats(2)),
            draw(st.booleans()),
            *draw(st.tuples(finite, finite, st.floats(1e-30, 1e30))),
            (7, 9),
            (draw(texts), draw(texts)),
            (3, 0, 1, 1),
        )
        for position in range(num)
    )
    return Regions(2, maps, tuple(draw(st.lists(st.integers(0, 9), max_size=2))))


def assert_same(left: Any, right: Any, where: str = "trace") -> None:
    assert type(left) is type(right), where
    if isinstance(left, np.ndarray):
        assert left.dtype == right.dtype, where
        np.testing.assert_array_equal(left, right, err_msg=where)
    elif dataclasses.is_dataclass(left):
        for field in dataclasses.fields(left):
            assert_same(getattr(left, field.name), getattr(right, field.name), f"{where}.{field.name}")
    elif isinstance(left, tuple):
        assert len(left) == len(right), where
        for index, pair in enumerate(zip(left, right, strict=True)):
            assert_same(*pair, f"{where}[{index}]")
    else:
        assert left == right, where


def small(**changes: Any) -> Trace:
    reading = PrefixReading(
        np.zeros((1, 5), np.int32), np.full((1, 5), 0.2, np.float32), (("a", "b", "c", "d", "e"),),
        np.ones(1, np.float32), np.ones(1, np.float32)
    )  # fmt: skip
    verdicts = (Verdict("answer_correct", 1.0, "reject", "prompt", "reply"),)
    first = SeekStep(
        0, (1, 2), ("a", "b"), 1, "ab", False, "5", False, Reward(-1.0, verdicts), reading, 0.0,
        latents_LD=np.ones((1, 2), np.float32), elapsed_s={"decode": 0.5}, config=SeekConfig()
    )  # fmt: skip
    second = dataclasses.replace(
        first, iteration=1, update=Update(-1.0, 1.0, 1.0, None, np.zeros(1, np.float32))
    )
    model = ModelIdentity("m", "r", "A", 1, 2, 3, "float32", "cpu")
    created_at = "2026-01-01T00:00:00.000+00:00"
    trace = Trace(Problem("p", "1 + 1?", "2"), SeekConfig(), model, "1 + 1?", created_at, (first, second))
    return dataclasses.replace(trace, **changes)


@given(traces())
def test_round_trip_through_text(trace: Trace) -> None:
    assert_same(trace_from_dict(json.loads(json.dumps(trace_to_dict(trace)))), trace)


@given(traces())
def test_round_trip_through_a_file(tmp_path: Path, trace: Trace) -> None:
    save_trace(trace, tmp_path / "run.json")
    assert_same(load_trace(tmp_path / "run.json"), trace)


def test_latents_stay_out_of_the_file() -> None:
    restored = trace_from_dict(trace_to_dict(small()))
    assert [step.latents_LD for step in restored.steps] == [None, None]


def mapped(**changes: Any) -> Trace:
    """A run with one region map of 2 x 2 points."""
    of_two = np.zeros(2, np.float32)
    line = RegionMap(
        0, np.arange(2, dtype=np.int32), np.zeros((2, 2), np.float32), of_two, of_two, False,
        0.0, 0.0, 1.0, (7, 9), ("a", "b"), (3, 0, 1, 1),
    )  # fmt: skip
    return small(regions=Regions(2, (dataclasses.replace(line, **changes),), ()))


def test_a_recording_of_version_1_still_opens() -> None:
    record = trace_to_dict(mapped()) | {"version": 1}
    del record["regions"]
    for step in record["steps"]:
        if step["update"]:
            del step["update"]["shift"]
    old = trace_from_dict(record)
    assert old.regions is None
    assert old.steps[1].update is not None
    assert old.steps[1].update.shift is None


def test_a_grid_of_tokens_is_rebuilt_from_its_runs() -> None:
    trace = trace_from_dict(trace_to_dict(mapped()))
    assert trace.regions is not None
    assert trace.regions.maps[0].picks.tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize(
    "damage",
    [
        {"runs": (3, 0)},
        {"runs": (3, 0, 1, 2)},
        {"runs": (5, 0, -1, 1)},
        {"runs": (3, 0, 1)},
        {"runs": ()},
        {"tokens_R": ("a",)},
        {"position": 1},
        {"position": -1},
        {"iterations_N": np.array([0, 2], np.int32)},
        {"points_N2": np.zeros((3, 2), np.float32)},
        {"off_plane_N": np.zeros(3, np.float32)},
    ],
)
def test_regions_that_do_not_fit_their_run_are_told_to_the_user(damage: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="undamaged"):
        trace_from_dict(trace_to_dict(mapped(**damage)))


def test_a_step_writes_of_its_settings_what_differs() -> None:
    trace = small(config=SeekConfig(max_updates=20, learning_rate=0.1))
    record = trace_to_dict(trace)
    assert [step["config"] for step in record["steps"]] == [{"learning_rate": 0.03, "max_updates": 10}] * 2
    read = trace_from_dict(record)
    assert [step.config for step in read.steps] == [SeekConfig()] * 2
    assert read.config == trace.config


@pytest.mark.parametrize("version", [1, 2])
def test_steps_of_older_recordings_have_the_settings_of_the_run(version: int) -> None:
    config = SeekConfig(learning_rate=0.2)
    record = trace_to_dict(small(config=config)) | {"version": version}
    del record["versions"], record["model"]["source"]
    for step in record["steps"]:
        del step["config"]
    read = trace_from_dict(record)
    assert [step.config for step in read.steps] == [config] * 2
    assert (read.versions, read.model.source, read.model.given) == ({}, None, "m")


@pytest.mark.parametrize("config", [{"eta": 1}, {"rho": 7}, [], None, "rho"])
def test_settings_of_a_step_that_are_none_are_told(config: Any) -> None:
    record = trace_to_dict(small())
    record["steps"][1]["config"] = config
    with pytest.raises(UserError, match="undamaged"):
        trace_from_dict(record)


@pytest.mark.parametrize("versions", [["torch"], {"torch": 2}, None])
def test_versions_are_names_and_texts(versions: Any) -> None:
    with pytest.raises(UserError, match="undamaged"):
        trace_from_dict(trace_to_dict(small()) | {"versions": versions})


def test_a_version_3_step_without_settings_is_damaged() -> None:
    record = trace_to_dict(small())
    del record["steps"][0]["config"]
    with pytest.raises(UserError, match="undamaged"):
        trace_from_dict(record)


def of_settings(*changes: dict[str, Any], rewards: tuple[float, ...], **more: Any) -> Trace:
    """A run whose steps were made under settings of their own."""
    base = small()
    steps = tuple(
        dataclasses.replace(
            base.steps[0], iteration=k, reward=Reward(reward), config=SeekConfig(**change), answer=f"{k}"
        )
        for k, (change, reward) in enumerate(zip(changes, rewards, strict=True))
    )
    return dataclasses.replace(base, steps=steps, config=steps[-1].config, **more)


def test_settings_that_changed_are_told_with_their_iterations() -> None:
    trace = of_settings({}, {}, {"learning_rate": 0.1}, {"learning_rate": 0.2}, rewards=(-1, -1, -1, -1))
    assert trace.changed_settings == {"learning_rate": ((0, 0.03), (2, 0.1), (3, 0.2))}
    ahead = dataclasses.replace(trace, config=SeekConfig(learning_rate=0.5))
    assert ahead.changed_settings["learning_rate"][-1] == (4, 0.5)
    done = dataclasses.replace(trace, stop_reason="max_updates")
    assert done.changed_settings == trace.changed_settings


def test_rewards_of_two_judges_are_not_compared() -> None:
    psrm = {"reward": "psrm", "return_iterate": "best"}
    trace = of_settings(
        {}, {}, psrm, psrm, rewards=(-0.5, -0.1, -1.0, -0.9), stop_reason="max_updates"
    )  # fmt: skip
    assert (trace.best, trace.returned) == (3, 3)
    assert dataclasses.replace(trace, config=SeekConfig(return_iterate="vote")).returned == 3


def test_is_plain_json_with_each_token_string_once() -> None:
    record = trace_to_dict(small())
    assert record["version"] == TRACE_VERSION
    assert sorted(record["strings"]) == ["a", "b", "c", "d", "e"]
    assert base64.b64decode(record["steps"][0]["reading"]["margin_L"]["base64"]) == np.float32(1).tobytes()
    assert "pickle" not in json.dumps(record)


def test_arrays_are_little_endian_wherever_they_were_made() -> None:
    trace = small()
    big = trace.steps[0].reading.margin_L.astype(">f4")
    reading = dataclasses.replace(trace.steps[0].reading, margin_L=big)
    record = trace_to_dict(
        dataclasses.replace(trace, steps=(dataclasses.replace(trace.steps[0], reading=reading),))
    )
    assert record["steps"][0]["reading"]["margin_L"]["dtype"] == "<f4"
    assert trace_from_dict(record).steps[0].reading.margin_L.tolist() == [1.0]


@pytest.mark.parametrize("version", [0, 4, "3", None])
def test_unknown_version_is_refused(version: object) -> None:
    with pytest.raises(UserError, match=f"version of run.json: got {version!r}; allowed: version 1, 2 or 3"):
        trace_from_dict(trace_to_dict(small()) | {"version": version}, name="run.json")


@pytest.mark.parametrize("record", [None, [], "text", 5, {}, {"format": "something else"}, {"version": 1}])
def test_what_is_no_trace_is_refused(record: object) -> None:
    with pytest.raises(UserError, match="a run that seek_viz recorded"):
        trace_from_dict(record)


def _set(record: dict, path: tuple, value: Any) -> None:
    for key in path[:-1]:
        record = record[key]
    if value is KeyError:
        del record[path[-1]]
    else:
        record[path[-1]] = value


READING = ("steps", 0, "reading")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("steps",), KeyError),
        (("steps",), 5),
        (("problem", "question"), ""),
        (("problem", "question"), 7),
        (("problem", "surplus"), 1),
        (("config", "rho"), 5),
        (("config", "surplus"), 5),
        (("model", "name"), KeyError),
        (("model",), None),
        (("strings",), ["a"]),
        (("steps", 0), None),
        (("steps", 0, "tokens"), ["a"]),
        (("steps", 0, "tokens"), [99]),
        (("steps", 0, "token_ids"), None),
        (("steps", 0, "surplus"), 1),
        (("steps", 0, "reward", "verdicts"), [{"verifier": "x"}]),
        (("steps", 1, "update", "loss"), KeyError),
        ((*READING, "margin_L", "base64"), "%%%"),
        ((*READING, "margin_L", "base64"), "AAA"),
        ((*READING, "margin_L", "base64"), ""),
        ((*READING, "margin_L", "dtype"), "|O"),
        ((*READING, "margin_L", "dtype"), "<f8"),
        ((*READING, "margin_L", "shape"), [2]),
        ((*READING, "margin_L", "shape"), "x"),
        ((*READING, "margin_L"), KeyError),
    ],
)
def test_damage_is_told_to_the_user(path: tuple, value: Any) -> None:
    record = copy.deepcopy(trace_to_dict(small()))
    _set(record, path, value)
    with pytest.raises(UserError):
        trace_from_dict(record, name="run.json")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("steps", 0, "iteration"), "first"),
        (("steps", 0, "iteration"), 3),
        (("steps", 0, "text"), 5),
        (("steps", 0, "reward", "value"), "high"),
        (("steps", 0, "reading", "margin_L"), "none"),
        (("steps", 0, "num_prefix"), -1),
        (("stop_reason",), "boredom"),
        (("title",), 5),
    ],
)
def test_values_of_the_wrong_kind_are_told_to_the_user(path: tuple, value: Any) -> None:
    record = copy.deepcopy(trace_to_dict(small()))
    _set(record, path, value)
    with pytest.raises(UserError):
        trace_from_dict(record, name="run.json")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe\x80", b"[" * 100_000, b'{"format": "seek_viz trace"']
)
def test_damaged_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match="run.json"):
        load_trace(path)


def test_truncated_file(tmp_path: Path) -> None:
    save_trace(small(), tmp_path / "run.json")
    whole = (tmp_path / "run.json").read_bytes()
    for share in (0.1, 0.5, 0.99):
        (tmp_path / "half.json").write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(UserError, match="undamaged"):
            load_trace(tmp_path / "half.json")


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(UserError, match="trace file"):
            load_trace(path)


def test_a_failed_save_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    save_trace(small(title="old"), path)
    broken = dataclasses.replace(small().steps[0], text=object())  # type: ignore[arg-type]
    with pytest.raises(PydanticSerializationError):
        save_trace(small(title="new", steps=(broken,)), path)
    assert load_trace(path).title == "old"
    assert os.listdir(tmp_path) == ["run.json"]


def test_voted_is_the_best_with_the_answer_that_gathers_most_reward() -> None:
    first = small().steps[0]

    def voted(*pairs: tuple[str | None, float], stop: str = "max_updates") -> int | None:
        steps = tuple(
            dataclasses.replace(first, iteration=k, answer=answer, reward=Reward(value))
            for k, (answer, value) in enumerate(pairs)
        )
        config = SeekConfig(return_iterate="vote")
        return small(steps=steps, stop_reason=stop, config=config).returned  # type: ignore[arg-type]

    assert voted(("1", -0.1), ("2", -0.5), ("2", -0.3), (None, -0.2)) == 2
    assert voted(("1", -0.1), ("2", -0.6), ("2", -0.6)) == 0
    assert voted(("2", -0.5), ("2", -0.5), ("1", 0.0), stop="accepted") == 2
    assert voted((None, -1.0), (None, -0.5)) == 1


def test_accepted_returns_the_accepted_text_or_the_first() -> None:
    first = small().steps[0]
    steps = tuple(
        dataclasses.replace(first, iteration=k, reward=Reward(r)) for k, r in enumerate((-1.0, -0.2, 0.0))
    )
    config = SeekConfig(return_iterate="accepted")
    assert small(steps=steps, stop_reason="accepted", config=config).returned == 2
    assert small(steps=steps, stop_reason="max_updates", config=config).returned == 0
    assert small(steps=steps, stop_reason=None, config=config).returned is None


def test_best_is_the_earliest_of_equals_and_returned_follows_the_config() -> None:
    first = small().steps[0]
    rewards = (-1.0, -0.5, -0.5, -1.0)
    kept = tuple(dataclasses.replace(first, iteration=k, reward=Reward(r)) for k, r in enumerate(rewards))
    trace = small(steps=kept, stop_reason="max_updates")
    assert (trace.best, trace.returned) == (1, 1)
    assert dataclasses.replace(trace, config=SeekConfig(return_iterate="last")).returned == 3
    assert dataclasses.replace(trace, stop_reason=None).returned is None
    assert small(steps=()).best is None


def test_appending_opens_the_run_again() -> None:
    trace = small(stop_reason="accepted").appended(small().steps[1])
    assert (len(trace.steps), trace.stop_reason, trace.path) == (3, None, None)
