"""What the benchmark counts, on outcomes worked out by hand; one small run, cut off and taken up again."""

from __future__ import annotations

import dataclasses
import functools
import io
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from seek_viz import ASSETS
from seek_viz.bench import (
    Outcome,
    Plan,
    evenly_over_tiers,
    files_of,
    methods_table,
    report,
    results_of,
    run_bench,
    summary,
    wilson,
)
from seek_viz.bench import runner as runner_module
from seek_viz.bench.figures import accuracy_by_iteration, accuracy_by_tokens, settings_map
from seek_viz.bench.journal import Done, Failure
from seek_viz.bench.methods import HOST_OF, METHODS
from seek_viz.bench.outcomes import accuracy_within, added, balanced_accuracy, confusion, seek_outcome
from seek_viz.bench.plan import jobs_of
from seek_viz.bench.progress import Progress
from seek_viz.bench.report import comparisons_table, judges_table, seeds_table
from seek_viz.bench.runner import work
from seek_viz.bench.side_by_side import Meter, each_answered
from seek_viz.bench.truth import truth
from seek_viz.bench.workers import Workers
from seek_viz.engine.decoding import DecodeRoutine, Request, Row
from seek_viz.errors import UserError
from seek_viz.grading import final_answer
from seek_viz.model import FrozenLM
from seek_viz.problems.problem import Problem, bundled_problems
from seek_viz.record import ModelIdentity, Reward, Verdict, load_trace
from seek_viz.settings.config import SeekConfig
from seek_viz.settings.prompts import GENERAL, TINY

_NUMBERS = itertools.count()


def outcome(before: bool, after: bool, **changes: Any) -> Outcome:
    values = {
        "method": "m",
        "setting": "",
        "problem_id": f"p{next(_NUMBERS)}",
        "tier": "hard",
        "parsed_before": True,
        "parsed_after": True,
        "num_updates": 2,
        "stop_reason": "max_updates",
        "solver_tokens": 100,
        "verifier_tokens": 40,
        "num_flips": 6,
        "right_within": (before, before, after),
        "first_judged": {"answer_correct": [1, 0, 0, 0, 0]},
        "later_judged": {},
    }
    return Outcome(before=before, after=after, **{**values, **changes})


def test_transitions_are_counted() -> None:
    outcomes = [outcome(False, True), outcome(False, False), outcome(True, False), outcome(True, True)]
    result = summary([*outcomes, outcome(False, True, num_updates=7, solver_tokens=200, parsed_before=False)])
    assert result["problems"] == 5
    assert (result["accuracy_before"], result["accuracy"]) == (0.4, 0.6)
    assert [result[name] for name in ("F->T", "F->F", "T->F", "T->T")] == [2, 1, 1, 1]
    assert (result["wrong_before"], result["F->T only by its form"]) == (3, 1)
    assert result["mean_updates"] == 3
    assert result["solver_tokens"] == 120
    assert result["first_judged"] == {"answer_correct": [5, 0, 0, 0, 0]}


def test_accuracy_had_the_runs_ended_earlier() -> None:
    outcomes = [outcome(False, True, right_within=(False, True)), outcome(True, True, right_within=(True,))]
    assert accuracy_within([*outcomes, outcome(True, False)]) == [2 / 3, 1.0, 2 / 3]
    assert accuracy_within([outcome(True, True, right_within=())]) == []


@pytest.mark.parametrize("run", sorted((ASSETS / "runs").glob("*.json")), ids=lambda run: run.stem)
def test_a_run_within_all_its_updates_ends_as_it_did(run: Path) -> None:
    whole = seek_outcome("m", "", load_trace(run), truth)
    assert whole.right_within[-1] is whole.after
    assert whole.right_within[0] is whole.before
    assert len(whole.right_within) == whole.num_updates + 1


def test_verdicts_against_the_truth() -> None:
    def said(name: str, ruling: Any) -> Verdict:
        return Verdict(name, 1.0, ruling, "", "")

    verdicts = (said("calculation_check", "approve"), said("answer_correct", "reject"))
    verdicts += (said("answer_completeness", "unparsable"), said("understanding_check", "approve"))
    right = {"calculation_check": True, "answer_correct": True, "answer_completeness": False}
    assert confusion(right, Reward(-1.0, verdicts)) == {
        "calculation_check": [1, 0, 0, 0, 0],
        "answer_correct": [0, 1, 0, 0, 0],
        "answer_completeness": [0, 0, 0, 1, 1],
    }
    wrong = confusion({"understanding_check": False}, Reward(-1.0, verdicts))
    assert wrong == {"understanding_check": [0, 0, 1, 0, 0]}
    assert added([wrong, wrong]) == {"understanding_check": [0, 0, 2, 0, 0]}
    assert balanced_accuracy([8, 2, 1, 3, 3]) == pytest.approx((0.8 + 0.75) / 2)
    assert balanced_accuracy([8, 2, 0, 0, 0]) is None


def test_an_unparsable_verdict_counts_as_a_rejection() -> None:
    """Of four right texts one is approved and three replies cannot be read: the reward rejects all three."""
    unread = Reward(-1.0, (Verdict("answer_correct", 1.0, "unparsable", "", ""),))
    read = Reward(0.0, (Verdict("answer_correct", 1.0, "approve", "", ""),))
    counts = added([confusion({"answer_correct": True}, one) for one in (read, unread, unread, unread)])
    counts = added([counts, confusion({"answer_correct": False}, unread)])
    assert counts == {"answer_correct": [1, 3, 0, 1, 4]}
    assert balanced_accuracy(counts["answer_correct"]) == pytest.approx((0.25 + 1.0) / 2)


BUNDLED = bundled_problems()["validation"][0]


def test_truth_of_a_bundled_problem_and_of_another() -> None:
    assert truth(BUNDLED, f"\\boxed{{{BUNDLED.gold}}}", BUNDLED.gold) == {
        "calculation_check": False,
        "answer_correct": True,
        "answer_completeness": False,
        "understanding_check": False,
    }
    assert truth(Problem("own", "1 + 1?", "2"), "\\boxed{3}", "3") == {"answer_correct": False}


@pytest.mark.parametrize(
    "changes", [{"question": "1 + 1?"}, {"gold": "987"}, {"question": "2 + 2?", "gold": "4"}]
)
def test_another_problem_with_a_bundled_id_has_no_bundled_truth(changes: dict[str, str]) -> None:
    other = dataclasses.replace(BUNDLED, **changes)
    assert truth(other, f"\\boxed{{{other.gold}}}", other.gold) == {"answer_correct": True}


def test_truth_takes_the_answer_as_the_run_read_it() -> None:
    """Two boxes: the engine takes the last; and the JSON form has no box at all."""
    gold = BUNDLED.gold or ""
    two = f"\\boxed{{1}} no, \\boxed{{{gold}}}"
    assert truth(BUNDLED, two, final_answer(two))["answer_correct"]
    written = json.dumps({"final answer": gold})
    assert truth(BUNDLED, written, final_answer(written, "json"))["answer_correct"]
    assert not truth(BUNDLED, written, final_answer(written))["answer_correct"]


def test_wilson_interval_against_its_published_example() -> None:
    low, high = wilson(15, 148)  # Newcombe 1998, table I: 0.0624 to 0.1605
    assert low == pytest.approx(0.0624, abs=1e-4)
    assert high == pytest.approx(0.1605, abs=1e-4)


def test_problems_are_taken_evenly_over_the_tiers() -> None:
    problems = [
        Problem(f"{tier}{i}", "How many?", "1", tier) for tier in ("easy", "medium", "hard") for i in range(5)
    ]
    chosen = evenly_over_tiers(problems, "medium,hard", 6)
    assert [p.id for p in chosen] == ["medium0", "hard0", "medium1", "hard1", "medium2", "hard2"]
    assert len(evenly_over_tiers(problems, "all", 100)) == 15
    with pytest.raises(UserError, match="tiers"):
        evenly_over_tiers(problems, "absurd", 6)


@pytest.fixture(scope="module")
def tiny_lm(one_thread: None) -> FrozenLM:
    return FrozenLM.load("tiny", device="cpu")


IDENTITY = ModelIdentity("tiny", "r", "Qwen2ForCausalLM", 1, 1, 1, "float32", "cpu")


def plan(**changes: Any) -> Plan:
    problems = tuple(evenly_over_tiers(bundled_problems()["validation"], "easy", 2))
    config = SeekConfig(max_updates=1, max_new_tokens=24, max_verifier_tokens=8, rho=0.5)
    values: dict[str, Any] = {
        "model": "tiny",
        "identity": IDENTITY,
        "prompts": GENERAL.fingerprint,
        "problems": problems,
        "methods": ("self-coherent", "bon-3", "sc-3", "pass-3"),
        "base": config,
        "etas": (0.1,),
        "rhos": (0.5,),
        "temperatures": (0.7,),
        "seeds": (42,),
    }
    return Plan(**{**values, **changes})


def test_jobs_cover_every_problem_once_in_every_setting() -> None:
    many = tuple(Problem(f"p{n}", "How many?", "1") for n in range(26))
    jobs = jobs_of(plan(problems=many, etas=(0.1, 0.2), temperatures=(0.5, 0.7)))
    assert len({job.key for job in jobs}) == len(jobs) == 2 * 2 + 2 * 2
    assert {job.part for job in jobs} == {0, 1}
    assert {job.part for job in jobs_of(plan(problems=many, problems_per_job=5))} == set(range(6))
    both = plan(methods=("self-coherent", "vote-coherent"))
    assert [job.kind for job in jobs_of(both)] == ["samples", "seek"]
    alone = plan(methods=("vote-coherent",))
    assert [job.kind for job in jobs_of(alone)] == ["samples", "seek"]
    close = plan(etas=(0.12345678, 0.123456781))
    assert len({job.key for job in jobs_of(close)}) == 3


def test_what_draws_nothing_is_run_for_the_first_seed_alone() -> None:
    jobs = jobs_of(plan(seeds=(1, 2), methods=("self-coherent",)))
    assert [(job.kind, job.seed) for job in jobs] == [("samples", 1), ("seek", 1)]
    jobs = jobs_of(plan(seeds=(1, 2), methods=("self-coherent", "random-self-coherent", "sc-3")))
    assert [(job.kind, job.seed) for job in jobs] == [
        ("samples", 1),
        ("samples", 2),
        ("seek", 1),
        ("seek", 2),
    ]


def test_plans_of_other_checkpoints_are_other_plans() -> None:
    other = dataclasses.replace(IDENTITY, revision="s")
    plans = [plan(), plan(identity=other), plan(seeds=(1,)), plan(prompts=TINY.fingerprint)]
    assert len({one.fingerprint() for one in plans}) == 4


def test_a_run_that_was_cut_off_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.journal.jsonl", "b.journal.jsonl")]
    with (
        Workers("tiny", "cpu", 1) as workers,
        Progress(tmp_path / "a.log", Console(file=io.StringIO())) as told,
    ):
        whole = run_bench(plan(), paths[0], workers, told)
        assert [o.method for o in whole.outcomes] == [
            m for m in ("cot", "bon-3", "sc-3", "pass-3", "self-coherent") for _ in "ab"
        ]
        assert not whole.failures
        lines = paths[0].read_bytes().splitlines(keepends=True)
        paths[1].write_bytes(b"".join(lines[:2]) + lines[2][:40])
        assert run_bench(plan(), paths[1], workers, told) == whole
        assert paths[1].read_bytes() == paths[0].read_bytes()
        with pytest.raises(UserError, match="journal"):
            run_bench(plan(etas=(0.2,)), paths[1], workers, told)
    log = (tmp_path / "a.log").read_text()
    assert "2 jobs, of which 1 are in the journal" in log
    assert "2 of 2 jobs" in log
    assert "tokens/s" in log


def test_one_problem_that_fails_is_named_and_ends_nothing(
    tiny_lm: FrozenLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever raises inside a run, also where many share a batch, is that problem's failure alone."""
    bad, good = plan().problems
    real = FrozenLM.encode

    def encode(self: FrozenLM, prompt: str, messages: Any = None) -> list[int]:
        if bad.question in prompt:
            raise RuntimeError("no such token")
        return real(self, prompt, messages)

    monkeypatch.setattr(FrozenLM, "encode", encode)
    wanted = plan(problems=(good, bad, dataclasses.replace(good, id="again", gold="\\begin{")))
    done = [work(tiny_lm, wanted, job, lambda tokens, share: None) for job in jobs_of(wanted)]
    failed = {(f.problem_id, f.method) for part in done for f in part.failures}
    assert {method for problem, method in failed if problem == bad.id} == {"cot", *wanted.methods}
    assert all("no such token" in f.reason for part in done for f in part.failures if f.problem_id == bad.id)
    right = {(o.problem_id, o.method) for part in done for o in part.outcomes}
    assert {method for problem, method in right if problem == good.id} == {"cot", *wanted.methods}


def test_a_decode_that_fails_for_one_is_done_again_for_each(reference_lm: FrozenLM) -> None:
    """An error in a shared batch hits all runs in it; one by one it hits the one to blame."""

    def routine(prompt: list[int]) -> DecodeRoutine[int]:
        (decoded,) = yield Request([Row(prompt, 2)], ())
        return len(decoded.token_ids)

    beyond = reference_lm.identity.vocab_size + 5
    makes = {n: functools.partial(routine, [5, n]) for n in (6, 7, beyond)}
    shares: list[float] = []
    found = each_answered(reference_lm, makes, lambda new, ended: None, shares.append)
    assert (found[6], found[7]) == (2, 2)
    assert isinstance(found[beyond], Exception)
    assert shares[-1] == 1.0


def test_the_meter_counts_each_token_once() -> None:
    heard: list[int] = []
    meter = Meter(lambda tokens, share: heard.append(tokens))
    rows: list[list[int]] = [[], []]
    for step in range(3):
        rows[0].append(step)
        if step < 2:
            rows[1].append(step)
        meter(rows, [step == 2, step >= 1])
    assert (meter.num_tokens, heard, meter.share) == (5, [2, 2, 1], 0.0)
    meter.expect(4)
    meter([[1], [1]], [True, True])
    assert meter.share == 1.0  # two rows before, two now, of four


def test_each_text_that_was_judged_is_counted_once() -> None:
    later = {"answer_correct": [2, 1, 1, 4, 1]}
    names = ("self-coherent", "vote-coherent", "bon-3")
    rows = [outcome(True, True, method=name, later_judged=later) for name in names[:2]]
    rows.append(
        outcome(True, True, method="bon-3", first_judged={}, later_judged={"answer_correct": [1] * 5})
    )
    assert "unparsable counts as rejected" in judges_table(results_of(rows))
    assert judges_table(results_of(rows)).splitlines()[2:] == [
        "| chain of thought | answer_correct | n/a | 1 / 0 / 0 / 0 | 0 |",
        "| later texts, self-coherent | answer_correct | 73.3 % | 2 / 1 / 1 / 4 | 1 |",
        "| samples, bon-3 | answer_correct | 50.0 % | 1 / 1 / 1 / 1 | 1 |",
    ]


def test_tables_and_figures_say_what_the_results_say() -> None:
    outcomes = [
        outcome(False, True, setting=f"eta {e}, rho {r}") for e in ("0.1", "0.2") for r in ("0.5", "1")
    ]
    results = results_of([*outcomes, outcome(True, True, method="cot", right_within=())], command="c")
    assert json.loads(json.dumps(results)) == results
    assert "| m | eta 0.1, rho 0.5 | 100.0 (21-100) | 1 of 1 | 0 | 0 | 0 | 2.0 |" in methods_table(results)
    assert judges_table(results).splitlines()[2:] == [
        "| chain of thought | answer_correct | n/a | 1 / 0 / 0 / 0 | 0 |"
    ]
    heat = settings_map(results)
    assert heat is not None
    assert (heat["data"][0]["x"], heat["data"][0]["y"]) == (["0.5", "1"], ["0.1", "0.2"])
    assert heat["data"][0]["z"] == [[100.0, 100.0], [100.0, 100.0]]
    lines = accuracy_by_iteration(results)
    assert lines is not None
    assert [trace["y"] for trace in lines["data"]] == [[0.0, 0.0, 100.0]] * 4
    points = accuracy_by_tokens(results)
    assert points is not None
    assert points["data"][0]["x"] == [140]
    single = results_of([outcome(True, True, right_within=())])
    assert (accuracy_by_iteration(single), accuracy_by_tokens(single), settings_map(single)) == (
        None,
        None,
        None,
    )
    assert dataclasses.asdict(outcomes[0])["setting"] == "eta 0.1, rho 0.5"


def test_seeds_are_averaged_within_a_problem(tmp_path: Path) -> None:
    """Three seeds of one problem are one problem: no smaller interval, and one observation in a test."""
    runs = [
        outcome(False, seed != 2, method="sc-3", problem_id=p, seed=seed)
        for p in ("p", "q")
        for seed in (1, 2, 3)
    ]
    plain = [outcome(False, False, method="cot", problem_id=p) for p in ("p", "q")]
    results = results_of([*plain, *runs])
    (row,) = [row for row in results["rows"] if row["method"] == "sc-3"]
    assert (row["problems"], row["seeds"], row["wrong_before"], row["T->F"]) == (2, 3, 2, 0)
    assert row["F->T"] == pytest.approx(4 / 3)
    assert row["accuracy"] == pytest.approx(2 / 3)
    assert (row["accuracy_low"], row["accuracy_high"]) == wilson(4 / 3, 2)
    assert [(one["seed"], one["accuracy"]) for one in results["seed_rows"]] == [(1, 1.0), (2, 0.0), (3, 1.0)]
    assert [(c["problems"], c["better"], c["worse"], c["p"]) for c in results["comparisons"]] == [
        (2, 2, 0, 0.5)
    ]
    assert "1.3 of 2" in methods_table(results)
    assert "| sc-3 |  | 2 | 0.0 (0-66) |" in seeds_table(results)
    assert "| sc-3 | cot | 2 | 2 | 0 | +66.7 (" in comparisons_table(results)
    files = files_of(tmp_path / "x.json")
    assert report(results, files) == [files.results, files.tables]
    assert json.loads(files.results.read_text())["files"] == ["x.md"]
    assert files_of(tmp_path / "x.json") == files


def test_results_of_nothing_are_tables_without_rows() -> None:
    results = results_of([], failed=[dataclasses.asdict(Failure("p", "cot", "", None, "why"))])
    assert (results["rows"], results["comparisons"]) == ([], [])
    assert methods_table(results).startswith("| method |")
    assert Done((), ()).num_tokens == 0


def test_every_control_of_the_bench_replays_the_run_of_its_method_on_the_same_problem(
    tiny_lm: FrozenLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, host in HOST_OF.items():
        changes = {key: value for key, value in METHODS[name].items() if key != "direction"}
        assert changes == METHODS[host]
    pairs = []
    make = runner_module.new_trace

    def watched(lm: Any, problem: Problem, config: SeekConfig, host: Any = None) -> Any:
        pairs.append((config.direction, problem.id, host and (host.problem.id, host.config)))
        return make(lm, problem, config, host)

    monkeypatch.setattr(runner_module, "new_trace", watched)
    base = SeekConfig(max_updates=1, max_new_tokens=40, max_verifier_tokens=8)
    problems = tuple(bundled_problems()["validation"][:2])
    wanted = plan(
        problems=problems, methods=("token-psrm-coherent",), base=base, etas=(0.1,), rhos=(0.3,), seeds=(42,)
    )
    job = next(job for job in jobs_of(wanted) if job.kind == "seek")
    done = work(tiny_lm, wanted, job, lambda tokens, share: None)
    assert [outcome.method for outcome in done.outcomes] == ["token-psrm-coherent"] * 2
    hosts = [pair for pair in pairs if pair[0] == "gradient"]
    controls = [pair for pair in pairs if pair[0] == "random_token"]
    assert len(hosts) == len(controls) == 2
    for _, problem_id, host in controls:
        assert host is not None
        assert host[0] == problem_id
        assert host[1].direction == "gradient"


def test_a_verdict_that_was_never_given_counts_neither_way() -> None:
    verdict = Verdict("answer_correct", 1.0, "no_room", "", "")
    assert confusion({"answer_correct": True}, Reward(None, (verdict,))) == {}
