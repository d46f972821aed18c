"""The commands, run in this process on the reference model."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner
from views_sample import REJECTED, sample_trace

from seek_viz.alignment import alignment_of
from seek_viz.trace import load_trace, save_trace

QUESTION = "Sam has 3 cards and buys 4 more. How many cards does Sam have?"


@pytest.fixture
def invoke(reference_lm: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    from seek_viz import cli

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli.FrozenLM, "load", classmethod(lambda cls, *args, **kwargs: reference_lm))
    return lambda *args: CliRunner().invoke(cli.app, [str(arg) for arg in args])


@pytest.fixture
def run(invoke: Any) -> Any:
    def made(*more: str) -> Any:
        common = (
            "run",
            "--question",
            QUESTION,
            "--gold",
            "7",
            "--reward",
            "psrm",
            "--eta",
            "0.2",
            "--rho",
            "0.4",
        )
        return invoke(*common, "-K", "3", "--out", "run.json", *more)

    return made


def test_run_records_and_replay_prints_it(run: Any, invoke: Any, tmp_path: Path) -> None:
    done = run()
    assert done.exit_code == 0, done.output
    trace = load_trace(tmp_path / "run.json")
    assert trace.stop_reason is not None
    assert trace.path is not None
    shown = invoke("replay", "run.json")
    assert shown.exit_code == 0
    assert QUESTION[:12] in shown.output
    for step in trace.steps:
        assert f"iteration {step.iteration} " in shown.output


def test_the_control_of_a_run_has_its_problem_settings_and_lengths(
    run: Any, invoke: Any, tmp_path: Path
) -> None:
    assert run("--set", "reward=constant").exit_code == 0
    made = invoke("run", "--control-of", "run.json", "--direction", "random_token", "--out", "control.json")
    assert made.exit_code == 0, made.output
    host, control = load_trace(tmp_path / "run.json"), load_trace(tmp_path / "control.json")
    assert control.host is not None
    assert control.host.created_at == host.created_at
    assert control.problem == host.problem
    assert dataclasses.replace(control.config, direction="gradient") == host.config
    for left, right in zip(host.steps[1:], control.steps[1:], strict=True):
        np.testing.assert_allclose(right.update.step_norm_L, left.update.step_norm_L, rtol=1e-3, atol=1e-6)


def test_a_run_goes_on_from_its_files(run: Any, invoke: Any, tmp_path: Path) -> None:
    assert run("--latents").exit_code == 0
    more = invoke("run", "--resume", "run.json", "-K", "6", "--out", "more.json")
    assert more.exit_code == 0, more.output
    assert run("-K", "6", "--out", "straight.json").exit_code == 0
    resumed, straight = load_trace(tmp_path / "more.json"), load_trace(tmp_path / "straight.json")
    assert [s.token_ids for s in resumed.steps] == [s.token_ids for s in straight.steps]
    assert resumed.path is not None
    assert straight.path is not None
    np.testing.assert_allclose(resumed.path.prefix_K3, straight.path.prefix_K3, atol=1e-4)


def test_replay_of_text_that_looks_like_markup(run: Any, invoke: Any, tmp_path: Path) -> None:
    run()
    record = json.loads((tmp_path / "run.json").read_text())
    record["problem"]["question"] = "[bold]<img src=x onerror=alert(1)>[/nonsense] ${x}"
    (tmp_path / "run.json").write_text(json.dumps(record))
    shown = invoke("replay", "run.json")
    assert shown.exit_code == 0
    assert "[bold]<img src=x onerror=alert(1)>[/nonsense] ${x}" in shown.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "--question", " "), "question"),
        (("run", "--question", "a" * 10_000), "10,000 characters"),
        (("run",), "either --problem ID or --question TEXT"),
        (("run", "--problem", "no-such-id"), "no-such-id"),
        (("run", "--question", "How many?", "--gold", "x" * 501), "gold answer"),
        (("run", "--question", "How many?", "--rho", "0"), "rho"),
        (("run", "--question", "How many?", "-K", "0"), "max_updates"),
        (("run", "--question", "How many?", "--reward", "psrm"), "gold answer"),
        (("replay", "missing.json"), "trace file"),
        (("replay", "broken.json"), "broken.json"),
        (("bench", "--methods", "magic"), "--methods: got 'magic'"),
        (("bench", "--methods", ""), "--methods: got ''"),
        (("bench", "--methods", "sc-3,sc-3"), "--methods: got 'sc-3'"),
        (("bench", "--against", "sc-3", "--methods", "bon-3"), "--against: got 'sc-3'"),
        (("bench", "--temperature", "-0.5"), "--temperature: got '-0.5'"),
        (("bench", "--temperature", "nan"), "--temperature: got 'nan'"),
        (("bench", "--eta", "0.1,0.10"), "--eta: got '0.1,0.10'"),
        (("bench", "--eta", ""), "--eta: got ''"),
        (("bench", "--rho", "1.5"), "--rho: got '1.5'"),
        (("bench", "--limit", "-3"), "--limit: got -3"),
        (("bench", "--limit", "0"), "--limit: got 0"),
        (("bench", "--workers", "0"), "--workers: got 0"),
        (("bench", "--seeds", "1,1"), "--seeds: got '1,1'"),
        (("bench", "--updates", "0"), "max_updates: got 0"),
        (("bench", "--problems", "missing.jsonl"), "existing .jsonl file"),
        (("bench", "--problems", "broken.json", "--out", "broken.json"), "files other than its input"),
        (("bench", "--out", "notes.md"), "ends in .json"),
        (("record", "--out", "runs", "--tries", "0"), "--tries: got 0"),
    ],
)
def test_bad_input_is_told_in_words(
    invoke: Any, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    (tmp_path / "broken.json").write_text('{"format": "seek_viz trace", "ver')
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert told in result.output.replace("\n", " ")
    assert "Traceback" not in result.output


def test_a_failed_run_leaves_an_older_recording_alone(run: Any, invoke: Any, tmp_path: Path) -> None:
    run()
    before = (tmp_path / "run.json").read_bytes()
    assert invoke("run", "--question", "How many?", "--reward", "psrm", "--out", "run.json").exit_code == 2
    assert (tmp_path / "run.json").read_bytes() == before


def test_recording_needs_a_place_of_its_own(invoke: Any) -> None:
    """Without one it would write into the package."""
    result = invoke("record")
    assert result.exit_code == 2
    assert "--out" in result.output


def test_bench_compares_methods(invoke: Any, tmp_path: Path) -> None:
    lines = [{"id": f"p{i}", "question": QUESTION.replace("3", str(i)), "gold": str(i + 4)} for i in range(3)]
    lines = [json.dumps(line | {"tier": "hard"}) for line in lines]
    data = "\n".join([*lines, "{cut", '{"question": "Without an answer?", "tier": "hard"}'])
    (tmp_path / "bench.jsonl").write_text(data)
    result = invoke(
        *(
            "bench",
            "--problems",
            "bench.jsonl",
            "--tiers",
            "hard",
            "--limit",
            "3",
            "--eta",
            "0.02",
            "-K",
            "1",
        ),
        *("--methods", "psrm-independent,random-psrm-independent,pass-3", "--seeds", "1,2"),
    )
    assert result.exit_code == 0, result.output
    assert (tmp_path / "bench.jsonl").read_text() == data
    results = json.loads((tmp_path / "bench.json").read_text())
    rows = {row["method"]: (row["problems"], row["seeds"]) for row in results["rows"]}
    assert rows == {
        "cot": (3, 1),
        "psrm-independent": (3, 1),
        "random-psrm-independent": (3, 2),
        "pass-3": (3, 2),
    }
    assert [(bad["line"], bad["problem_id"]) for bad in results["skipped"]] == [(4, ""), (5, "bench-5")]
    assert "bench.jsonl, line 4: not JSON" in result.output
    assert results["failed"] == []
    assert results["identity"]["revision"]
    tables = (tmp_path / "bench.md").read_text()
    assert tables.startswith("| method | accuracy")
    assert "| psrm-independent | random-psrm-independent | 3 |" in tables
    assert len((tmp_path / "bench.journal.jsonl").read_text().splitlines()) == 1 + 4
    assert "4 of 4 jobs" in (tmp_path / "bench.log").read_text()
    before = (tmp_path / "bench.journal.jsonl").read_bytes()
    again = invoke("bench", "--problems", "bench.jsonl", "--out", "other.json", "--tiers", "nonsense")
    assert again.exit_code == 2
    assert "--tiers" in again.output
    assert (tmp_path / "bench.journal.jsonl").read_bytes() == before


def test_replay_counts_flips_by_alignment_and_shows_what_cannot_be_seen(invoke: Any, tmp_path: Path) -> None:
    text = "To begin, take 15 * 6 = 90. Now add: 88 + 90 = 178. So 178 it is."
    trace = sample_trace((text, text.replace("take", "\u200btake"), text), REJECTED[:3])
    first, second, third = trace.steps
    odd = dataclasses.replace(second, tokens=("\x1b[31m", "\n", *second.tokens[2:]))
    save_trace(dataclasses.replace(trace, steps=(first, odd, third)), tmp_path / "run.json")
    shown = invoke("replay", "run.json").output
    change = alignment_of(first, second)
    assert (change.num_flips, change.num_shifted > 0) == (2, True)  # the mark, and the word without its space
    assert f"wrong  2 flipped, {change.num_shifted} shifted" in shown
    assert "\x1b[31m" not in shown
    assert "[U+001B][31m⏎" not in shown  # a kept line break does its work
    assert "[U+001B][31m\n, [ZWSP]take" in shown
