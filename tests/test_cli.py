"""The commands, run in this process on the reference model."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner
from views_sample import REJECTED, sample_trace

from seek_viz import ASSETS
from seek_viz.record import load_trace, save_trace
from seek_viz.record.alignment import alignment_of
from seek_viz.record.recipe import command_of_run

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


def test_a_run_that_names_no_file_overwrites_none(invoke: Any, tmp_path: Path) -> None:
    first = invoke("run", "--question", QUESTION, "--reward", "constant", "-K", "1")
    assert "written: run.json" in first.output
    before = (tmp_path / "run.json").read_bytes()
    control = invoke("run", "--control-of", "run.json")
    assert "written: run-2.json" in control.output
    assert "written: run-3.json" in invoke("run", "--control-of", "run.json").output
    assert (tmp_path / "run.json").read_bytes() == before


@pytest.mark.parametrize(
    "more",
    [
        ("run", "--question", "Q", "--reward", "constant"),
        ("run", "--control-of", "run.json"),
        ("export", "run.json"),
    ],
)
def test_no_command_writes_over_a_file_unasked(
    run: Any, invoke: Any, tmp_path: Path, more: tuple[str, ...]
) -> None:
    assert run().exit_code == 0
    before = (tmp_path / "run.json").read_bytes()
    refused = invoke(*more, "--out", "run.json")
    assert refused.exit_code == 2
    assert "run.json is there already: choose another name, or add --overwrite" in refused.stderr
    assert (tmp_path / "run.json").read_bytes() == before


def test_latents_of_another_run_are_not_written_over(invoke: Any, tmp_path: Path) -> None:
    (tmp_path / "mine.safetensors").write_bytes(b"weights")
    refused = invoke("run", "--question", "Q", "--reward", "constant", "--latents", "--out", "mine.json")
    assert refused.exit_code == 2
    assert (tmp_path / "mine.safetensors").read_bytes() == b"weights"


def test_an_export_has_the_name_of_its_run(run: Any, invoke: Any, tmp_path: Path) -> None:
    assert run().exit_code == 0
    assert "written: run.html" in invoke("export", "run.json").output
    assert "written: run-2.html" in invoke("export", "run.json").output
    assert invoke("export", "run.json", "--out", "run.html", "--overwrite").exit_code == 0
    assert invoke("export", "run.json", "--out", "run.json", "--overwrite").exit_code == 2


@pytest.mark.parametrize("out", ["folder.json", "x" * 300 + ".json", "run.txt"])
@pytest.mark.parametrize(
    "command", [("run", "--question", "Q", "--reward", "constant"), ("bench", "--limit", "1")]
)
def test_where_nothing_can_be_written_is_told_before_the_model_is_loaded(
    invoke: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str, command: tuple[str, ...]
) -> None:
    from seek_viz import cli

    (tmp_path / "folder.json").mkdir()
    monkeypatch.setattr(cli.FrozenLM, "load", None)
    told = invoke(*command, "--out", out)
    assert told.exit_code == 2, told.output
    assert "--out" in told.stderr


def test_what_a_control_ignores_is_told(run: Any, invoke: Any) -> None:
    assert run().exit_code == 0
    made = invoke("run", "--control-of", "run.json", "--eta", "0.3", "--out", "control.json")
    assert made.exit_code == 0, made.output
    assert "--eta has no effect: the steps are as long as those of the run" in made.stderr
    again = invoke("run", "--control-of", "control.json")
    assert again.exit_code == 2
    assert "a control (random)" in again.stderr
    both = invoke("run", "--control-of", "run.json", "--resume", "run.json", "-K", "9")
    assert both.exit_code == 2
    assert "--control-of" in both.stderr


def test_the_command_of_a_control_names_its_host(run: Any, invoke: Any) -> None:
    assert run().exit_code == 0
    assert invoke("run", "--control-of", "run.json", "--seed", "5", "--out", "control.json").exit_code == 0
    command = command_of_run(load_trace("control.json"))
    assert command == "seek-viz run --control-of HOST.json --direction random --seed 5"
    again = invoke(*command.replace("HOST", "run").split()[1:], "--out", "again.json")
    assert again.exit_code == 0, again.output
    texts = [[step.text for step in load_trace(f"{name}.json").steps] for name in ("control", "again")]
    assert texts[0] == texts[1]


def test_other_verifiers_than_the_runs_are_not_gone_on_with(
    invoke: Any, reference_lm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = (
        "run",
        "--question",
        QUESTION,
        "-K",
        "1",
        "--rho",
        "0.4",
        "--max-verifier-tokens",
        "4",
        "--tau",
        "-1e-3",
    )
    assert invoke(*made, "--latents", "--out", "run.json").exit_code == 0
    prompts = reference_lm.prompts
    verifiers = {name: dataclasses.replace(one, weight=7.0) for name, one in prompts.verifiers.items()}
    asked = dataclasses.replace(prompts, verifiers=verifiers)
    monkeypatch.setattr(reference_lm, "prompts", asked)
    refused = invoke("run", "--resume", "run.json", "-K", "2")
    assert refused.exit_code == 2
    assert "reward of the run to go on with: got 'self 1, verifiers " in refused.stderr


def test_another_vocabulary_than_the_runs_is_not_gone_on_with(run: Any, invoke: Any, tmp_path: Path) -> None:
    assert run("--latents").exit_code == 0
    trace = load_trace(tmp_path / "run.json")
    last = trace.steps[-1]
    other = dataclasses.replace(last, tokens=("another", *last.tokens[1:]))
    save_trace(dataclasses.replace(trace, steps=(*trace.steps[:-1], other)), tmp_path / "run.json")
    refused = invoke("run", "--resume", "run.json", "-K", "9")
    assert refused.exit_code == 2
    assert "vocabulary of the model to go on with" in refused.stderr


def test_the_control_of_a_run_has_its_problem_settings_and_lengths(
    run: Any, invoke: Any, tmp_path: Path
) -> None:
    assert run("--reward", "constant").exit_code == 0
    made = invoke("run", "--control-of", "run.json", "--direction", "random_token", "--out", "control.json")
    assert made.exit_code == 0, made.output
    host, control = load_trace(tmp_path / "run.json"), load_trace(tmp_path / "control.json")
    assert control.host is not None
    assert control.host.created_at == host.created_at
    assert control.problem == host.problem
    shown = " ".join(invoke("replay", "control.json").output.split())
    assert f"in the direction random_token, with the step lengths of the run of {host.created_at}" in shown
    assert "control:" not in invoke("replay", "run.json").output
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
        (("run", "--question", "How many?", "-K", "0"), "-K: got 0"),
        (("run", "--question", "How many?", "--eta", "-1"), "--eta: got -1"),
        (("run", "--question", "How many?", "--set", "learning_rate=0,05"), "decimal point"),
        (("run", "--question", "How many?", "--set", "min_latents=-1"), "--set min_latents: got -1"),
        (("run", "--question", "How many?", "--eta", "1", "--set", "learning_rate=2"), "Keep one of them"),
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
        (("bench", "--updates", "0"), "-K: got 0"),
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


def test_a_decimal_comma_is_never_read_as_a_thousand(invoke: Any) -> None:
    result = invoke("run", "--question", "How many?", "--eta", "0,05")
    assert result.exit_code == 2
    assert "--eta: got '0,05'" in result.stderr


def test_errors_go_to_stderr(invoke: Any) -> None:
    result = invoke("run", "--question", "How many?", "--rho", "0")
    assert result.stdout == ""
    assert result.stderr.startswith("error: --rho: got 0")


def test_a_finished_run_that_is_resumed_with_a_higher_k_is_a_run_of_that_k(
    run: Any, invoke: Any, tmp_path: Path
) -> None:
    assert run("--latents", "--set", "return_iterate=best").exit_code == 0
    done = invoke("run", "--resume", "run.json", "-K", "6")
    assert done.exit_code == 0, done.output
    assert run("-K", "6", "--set", "return_iterate=best", "--out", "straight.json").exit_code == 0
    resumed, straight = load_trace(tmp_path / "run.json"), load_trace(tmp_path / "straight.json")
    assert [step.text for step in resumed.steps] == [step.text for step in straight.steps]
    assert len(straight.steps) == 7
    assert (resumed.returned, resumed.stop_reason) == (straight.returned, straight.stop_reason)
    assert [step.config.max_updates for step in resumed.steps] == [3, 3, 3, 3, 6, 6, 6]
    assert resumed.changed_settings == {"max_updates": ((0, 3), (4, 6))}


def test_settings_given_to_a_resumed_run_hold_from_its_next_step_on(
    run: Any, invoke: Any, tmp_path: Path
) -> None:
    assert run("--latents").exit_code == 0
    before = load_trace(tmp_path / "run.json")
    given = ("--reward", "constant", "--eta", "0.4", "--seed", "7", "--set", "log_prob=released")
    done = invoke("run", "--resume", "run.json", "-K", "5", *given, "--out", "more.json")
    assert done.exit_code == 0, done.output
    after = load_trace(tmp_path / "more.json")
    assert [step.text for step in after.steps[:4]] == [step.text for step in before.steps]
    assert [step.config for step in after.steps[:4]] == [before.config] * 4
    for step in after.steps[4:]:
        assert (step.config.reward, step.config.learning_rate, step.config.seed) == ("constant", 0.4, 7)
        assert step.reward.value == -1
    # A constant reward cannot choose: the last text is the answer.
    assert (after.config.return_iterate, after.returned) == ("last", 5)
    shown = invoke("replay", "more.json").output
    assert "from here on learning_rate = 0.4, 0.2 before" in shown
    assert shown.index("iteration 3 ") < shown.index("learning_rate = 0.4") < shown.index("iteration 4 ")


def test_a_step_on_other_settings_is_the_step_of_a_run_with_those(
    run: Any, invoke: Any, tmp_path: Path
) -> None:
    """Settings that the steps made do not depend on: both ways reach the same texts."""
    assert run("--latents", "--set", "grad_clip=5").exit_code == 0
    assert invoke("run", "--resume", "run.json", "-K", "5", "--set", "grad_clip=none").exit_code == 0
    assert run("-K", "5", "--out", "straight.json").exit_code == 0
    straight = load_trace(tmp_path / "straight.json")
    assert max(step.update.gradient_norm for step in straight.steps[1:4]) < 5  # it clipped nothing
    resumed = load_trace(tmp_path / "run.json")
    assert [step.text for step in resumed.steps] == [step.text for step in straight.steps]


REFUSED = [
    (("--mode", "independent"), "--mode: got 'independent'; allowed: 'coherent'"),
    (("--rho", "0.9"), "--rho: got 0.9; allowed: 0.4"),
    (("--set", "max_latents=3"), "--set max_latents: got 3"),
    (("--set", "latent_dtype=model"), "--set latent_dtype"),
    (("--set", "answer_format=json"), "--set answer_format"),
    (("--question", "What?"), "--question: got 'What?'"),
    (("--gold", "8"), "--gold: got '8'; allowed: '7'"),
    (("--problem", "hand-01"), "--problem"),
    (("--dtype", "bfloat16"), "--dtype: got 'bfloat16'; allowed: 'float32'"),
    (("-K", "3"), "-K: got 3; allowed: more than the 3 updates"),
    ((), "-K: got 3; allowed: more than the 3 updates"),
]


@pytest.mark.parametrize(
    ("given", "told"), REFUSED, ids=[" ".join(given) or "nothing" for given, _ in REFUSED]
)
def test_what_cannot_change_in_a_run_is_refused_before_a_model_is_loaded(
    run: Any, invoke: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...], told: str
) -> None:
    from seek_viz import cli

    assert run("--latents").exit_code == 0
    before = (tmp_path / "run.json").read_bytes()

    def load(cls: Any, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("a model was loaded")

    monkeypatch.setattr(cli.FrozenLM, "load", classmethod(load))
    more = () if "-K" in given or not given else ("-K", "5")
    result = invoke("run", "--resume", "run.json", *more, *given)
    assert result.exit_code == 2, result.output
    assert told in result.stderr
    assert (tmp_path / "run.json").read_bytes() == before


def test_the_same_values_beside_resume_are_no_change(run: Any, invoke: Any) -> None:
    assert run("--latents").exit_code == 0
    same = ("--rho", "0.4", "--mode", "coherent", "--question", QUESTION, "--gold", "7")
    assert invoke("run", "--resume", "run.json", "-K", "4", *same).exit_code == 0


def test_an_optimizer_that_takes_over_begins_anew(run: Any, invoke: Any) -> None:
    """Adam's first step moves every coordinate by eta, whoever stepped before."""
    assert run("--latents", "--optimizer", "sgd").exit_code == 0
    made = load_trace("run.json")
    go_on = ("--optimizer", "adam", "--eta", "0.125")
    assert invoke("run", "--resume", "run.json", "-K", str(len(made.steps)), *go_on).exit_code == 0
    trace = load_trace("run.json")
    step = trace.steps[-1]
    assert (step.config.optimizer, len(trace.steps)) == ("adam", len(made.steps) + 1)
    moved = np.sqrt(step.num_prefix * trace.model.hidden_size) * 0.125
    assert step.update.step_norm == pytest.approx(moved, rel=0.05)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (("--tau", "-5"), "accepted at iteration 0"),
        (("--rho", "0.001", "--set", "min_latents=0"), "no position"),
    ],
)
def test_a_run_that_came_to_its_end_is_refused(
    run: Any, invoke: Any, made: tuple[str, ...], why: str
) -> None:
    assert run("--latents", *made).exit_code == 0
    result = invoke("run", "--resume", "run.json", "-K", "9")
    assert result.exit_code == 2
    assert why in result.stderr


def test_a_run_without_its_latents_cannot_go_on(run: Any, invoke: Any) -> None:
    assert run().exit_code == 0
    result = invoke("run", "--resume", "run.json", "-K", "9")
    assert result.exit_code == 2
    assert "seek-viz run --latents" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("changes", [{}, {"vocab_size": 400}])
def test_another_checkpoint_is_refused_with_both_revisions(
    run: Any, invoke: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, int]
) -> None:
    from models import save_family

    from seek_viz import cli
    from seek_viz.model import FrozenLM

    made, other = (save_family("Qwen2", tmp_path / name) for name in ("made", "other"))
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    words = ("run", "--question", QUESTION, "--reward", "constant", "-K", "2", "--set", "max_new_tokens=24")
    assert invoke(*words, "--model", made, "--latents").exit_code == 0
    revision = load_trace(tmp_path / "run.json").model.revision
    save_family("Qwen2", other, **changes)
    if not changes:
        from safetensors.torch import load_file, save_file

        tensors = load_file(other / "model.safetensors")
        save_file({k: t + 0.01 for k, t in tensors.items()}, other / "model.safetensors", {"format": "pt"})
    result = invoke("run", "--resume", "run.json", "-K", "4", "--model", other)
    assert result.exit_code == 2
    assert revision in result.stderr
    assert FrozenLM.load(str(other)).identity.revision in result.stderr
    assert cli.FrozenLM is FrozenLM
    # Without --model it is the run's own.
    assert invoke("run", "--resume", "run.json", "-K", "4").exit_code == 0


def test_a_gold_answer_replaces_the_bundled_one(invoke: Any, tmp_path: Path) -> None:
    done = invoke("run", "--problem", "hand-01", "--gold", "12345", "--reward", "constant", "-K", "1")
    assert done.exit_code == 0, done.output
    trace = load_trace(tmp_path / "run.json")
    assert trace.problem.gold == "12345"
    assert trace.problem.question.strip()


def test_a_constant_reward_answers_with_the_last_text_unless_told_otherwise(
    invoke: Any, tmp_path: Path
) -> None:
    common = ("run", "--question", QUESTION, "--reward", "constant", "-K", "2")
    assert invoke(*common).exit_code == 0
    assert load_trace(tmp_path / "run.json").returned == 2
    assert invoke(*common, "--set", "return_iterate=accepted").exit_code == 0
    assert load_trace(tmp_path / "run-2.json").returned == 0


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            ("--tau", "-0.5"),
            "No text can be accepted: R is at most -1 and must rise above --tau = -0.5.",
        ),
        (("--seed", "7"), "--seed has no effect: nothing is drawn at random in this run."),
        (("--set", "verdicts=graded"), "--set verdicts has no effect: this reward asks no verifiers."),
        (("--eta", "5"), "--eta = 5 is above the usual 0.001 to 0.5; is 0.05 meant?"),
    ],
)
def test_a_setting_that_is_without_effect_or_unusual_is_named(
    invoke: Any, given: tuple[str, ...], told: str
) -> None:
    done = invoke("run", "--question", QUESTION, "--reward", "constant", "-K", "1", *given)
    assert done.exit_code == 0, done.output
    assert done.stderr == f"warning: {told}\n"


def test_a_preset_beside_resume_is_named(run: Any, invoke: Any) -> None:
    assert run("--latents").exit_code == 0
    done = invoke("run", "--resume", "run.json", "-K", "4", "--preset", "released")
    assert done.exit_code == 0
    assert "--preset has no effect with --resume" in done.stderr


def test_the_versions_that_a_run_is_made_with_are_recorded_and_shown(
    run: Any, invoke: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from seek_viz import __version__

    assert run("--latents").exit_code == 0
    versions = load_trace(tmp_path / "run.json").versions
    assert (versions["torch"], versions["seek_viz"]) == (torch.__version__, __version__)
    assert f"torch {versions['torch']}" in invoke("replay", "run.json").output
    record = json.loads((tmp_path / "run.json").read_text())
    record["versions"]["torch"] = "1.0"
    (tmp_path / "run.json").write_text(json.dumps(record))
    done = invoke("run", "--resume", "run.json", "-K", "4")
    assert "torch was 1.0; " in done.stderr
    assert load_trace(tmp_path / "run.json").versions["torch"] == f"1.0; {versions['torch']} from iteration 4"


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


def test_no_text_of_a_recording_steers_the_terminal(invoke: Any, tmp_path: Path) -> None:
    hostile = "\x1b]52;c;aGFja2Vk\x07 and \u202eback \x9b2J"
    trace = sample_trace()
    verdicts = tuple(dataclasses.replace(one, reply=hostile) for one in trace.steps[0].reward.verdicts)
    step = dataclasses.replace(
        trace.steps[0], text=hostile, reward=dataclasses.replace(trace.steps[0].reward, verdicts=verdicts)
    )
    problem = dataclasses.replace(trace.problem, question=hostile)
    file = tmp_path / "run.json"
    save_trace(
        dataclasses.replace(trace, problem=problem, title=hostile, steps=(step, *trace.steps[1:])), file
    )
    told = invoke("replay", file, "--verdicts")
    assert told.exit_code == 0
    assert not set(told.stdout) & set("\x1b\x07\u202e\x9b")
    assert "\u241b]52;c;" in told.stdout


def test_a_run_that_has_not_ended_says_so(invoke: Any, tmp_path: Path) -> None:
    trace = dataclasses.replace(sample_trace(), stop_reason=None)
    save_trace(trace, tmp_path / "run.json")
    told = invoke("replay", tmp_path / "run.json")
    assert "The run has not ended." in told.stdout
    assert "None" not in told.stdout


def test_a_terminal_without_the_letters_gets_the_rest() -> None:
    recording = next(iter(sorted((ASSETS / "runs").glob("*.json"))))
    environment = os.environ | {"PYTHONIOENCODING": "cp1252"}
    replay = [sys.executable, "-m", "seek_viz.cli", "replay", str(recording)]
    told = subprocess.run(replay, env=environment, capture_output=True, check=True)
    assert b"rose above ? =" in told.stdout
