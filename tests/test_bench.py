"""What the benchmark counts, on outcomes worked out by hand; one small run, cut off and taken up again."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from seek_viz import ASSETS
from seek_viz.bench import (
    Outcome,
    Plan,
    evenly_over_tiers,
    methods_table,
    results_of,
    run_bench,
    summary,
    wilson,
)
from seek_viz.bench import runner as runner_module
from seek_viz.bench.methods import CONTROLS, METHODS
from seek_viz.bench.outcomes import accuracy_within, added, balanced_accuracy, confusion, seek_outcome
from seek_viz.bench.report import accuracy_by_iteration, accuracy_by_tokens, judges_table, settings_map
from seek_viz.bench.runner import PROBLEMS_PER_JOB, jobs_of, truth
from seek_viz.config import SeekConfig
from seek_viz.errors import UserError
from seek_viz.problem import Problem, bundled_problems
from seek_viz.trace import Reward, Verdict, load_trace


def outcome(before: bool, after: bool, **changes: Any) -> Outcome:
    values = {
        "method": "m",
        "setting": "",
        "problem_id": "p",
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
        "answer_completeness": [0, 0, 0, 0, 1],
    }
    wrong = confusion({"understanding_check": False}, Reward(-1.0, verdicts))
    assert wrong == {"understanding_check": [0, 0, 1, 0, 0]}
    assert added([wrong, wrong]) == {"understanding_check": [0, 0, 2, 0, 0]}
    assert balanced_accuracy([8, 2, 1, 3, 9]) == pytest.approx((0.8 + 0.75) / 2)
    assert balanced_accuracy([8, 2, 0, 0, 0]) is None


def test_truth_of_a_bundled_problem_and_of_another() -> None:
    problem = bundled_problems()["test"][0]
    assert truth(problem, f"\\boxed{{{problem.gold}}}") == {
        "calculation_check": False,
        "answer_correct": True,
        "answer_completeness": False,
        "understanding_check": False,
    }
    assert truth(Problem("own", "1 + 1?", "2"), "\\boxed{3}") == {"answer_correct": False}


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


def plan(**changes: Any) -> Plan:
    problems = tuple(evenly_over_tiers(bundled_problems()["validation"], "easy", 2))
    config = SeekConfig(max_updates=1, max_new_tokens=24, max_verifier_tokens=8, rho=0.5)
    values: dict[str, Any] = {
        "model": "tiny",
        "device": "cpu",
        "problems": problems,
        "methods": ("self-coherent", "bon-3", "sc-3", "pass-3"),
        "base": config,
        "etas": (0.1,),
        "rhos": (0.5,),
        "temperatures": (0.7,),
    }
    return Plan(**{**values, **changes})


def test_jobs_cover_every_problem_once_in_every_setting() -> None:
    many = tuple(Problem(f"p{n}", "How many?", "1") for n in range(PROBLEMS_PER_JOB + 1))
    jobs = jobs_of(plan(problems=many, etas=(0.1, 0.2), temperatures=(0.5, 0.7)))
    assert len({job.key for job in jobs}) == len(jobs) == 2 * 2 + 2 * 2
    assert {job.part for job in jobs} == {0, 1}
    both = plan(methods=("self-coherent", "vote-coherent"))
    assert [job.kind for job in jobs_of(both)] == ["samples", "seek"]
    alone = plan(methods=("vote-coherent",))
    assert [job.kind for job in jobs_of(alone)] == ["samples", "seek"]


def test_a_run_that_was_cut_off_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    whole = run_bench(plan(), tmp_path / "a.json", 1, lambda *pair: seen.append(pair))
    assert seen == [(0, 2), (1, 2), (2, 2)]
    assert [o.method for o in whole] == [
        m for m in ("cot", "bon-3", "sc-3", "pass-3", "self-coherent") for _ in "ab"
    ]
    lines = (tmp_path / "a.jsonl").read_text().splitlines()
    (tmp_path / "b.jsonl").write_text("\n".join(lines[:2]) + "\n" + lines[2][:40])
    seen.clear()
    assert run_bench(plan(), tmp_path / "b.json", 1, lambda *pair: seen.append(pair)) == whole
    assert seen == [(1, 2), (2, 2)]
    with pytest.raises(UserError, match="journal"):
        run_bench(plan(etas=(0.2,)), tmp_path / "b.json", 1)


def test_each_text_that_was_judged_is_counted_once() -> None:
    later = {"answer_correct": [2, 1, 1, 4, 1]}
    names = ("self-coherent", "vote-coherent", "bon-3")
    rows = [outcome(True, True, method=name, later_judged=later) for name in names[:2]]
    rows.append(
        outcome(True, True, method="bon-3", first_judged={}, later_judged={"answer_correct": [1] * 5})
    )
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


def test_every_control_of_the_bench_replays_the_run_of_its_method_on_the_same_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, host in CONTROLS.items():
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
    plan = Plan("tiny", "cpu", problems, ("token-psrm-coherent",), base, (0.1,), (0.3,), (0.7,))
    job = next(job for job in jobs_of(plan) if job.kind == "seek")
    outcomes = runner_module._work(plan, job)
    assert [outcome.method for outcome in outcomes] == ["token-psrm-coherent"] * 2
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
