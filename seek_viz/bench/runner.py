"""Running a benchmark: jobs of all methods on a few problems, side by side, taken up again after a break.

All runs of a job share batches, and what several methods ask alike (the chain of thought, its verdicts) is
decoded once; tokens are counted for each method as if it were alone. A job's numbers depend on the job
alone, not on how many workers there are. Finished jobs go to a journal beside the results, one line each; a
second start with the same plan skips them.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import functools
import hashlib
import itertools
import json
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from seek_viz.baselines import Sample, best, draw, judged, majority
from seek_viz.bench.methods import CONTROLS, COT, METHODS, REREAD, SAMPLING
from seek_viz.bench.outcomes import Outcome, sample_outcome, seek_outcome
from seek_viz.config import VERIFIER_WEIGHTS, SeekConfig
from seek_viz.decoding import all_answered
from seek_viz.errors import UserError
from seek_viz.grading import answers_equal, final_answer
from seek_viz.model import FrozenLM
from seek_viz.problem import Problem
from seek_viz.seek import new_trace, whole_run
from seek_viz.tiny.grammar import TinyProblem
from seek_viz.tiny.labels import label
from seek_viz.tiny.problems import SETS, load_set
from seek_viz.trace import Trace

PROBLEMS_PER_JOB = 25


@dataclass(frozen=True)
class Plan:
    """Everything that decides the numbers of a benchmark."""

    model: str
    device: str | None
    problems: tuple[Problem, ...]
    methods: tuple[str, ...]
    """Names of METHODS, REREAD and SAMPLING; the chain of thought comes with all of them."""
    base: SeekConfig
    etas: tuple[float, ...]
    rhos: tuple[float, ...]
    temperatures: tuple[float, ...]

    def fingerprint(self) -> str:
        """Equal for equal plans."""
        told = json.dumps(dataclasses.asdict(self), sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Job:
    """LatentSeek by every method, or all sampling methods, in one setting on one part of the problems."""

    kind: str
    """"seek" or "samples"."""
    eta: float
    rho: float
    temperature: float
    part: int

    @property
    def key(self) -> str:
        """Its name in the journal."""
        return f"{self.kind} eta {self.eta:g} rho {self.rho:g} temperature {self.temperature:g} {self.part}"


def jobs_of(plan: Plan) -> list[Job]:
    """All jobs of a plan."""
    parts = range(-(-len(plan.problems) // PROBLEMS_PER_JOB))
    sampling = any(method in SAMPLING for method in plan.methods)
    temperatures = plan.temperatures if sampling else plan.temperatures[:1]
    jobs = [Job("samples", 0, 0, temperature, part) for temperature in temperatures for part in parts]
    if _hosts(plan):
        grid = itertools.product(plan.etas, plan.rhos, parts)
        jobs += [Job("seek", eta, rho, 0, part) for eta, rho, part in grid]
    return jobs


def _hosts(plan: Plan) -> list[str]:
    """The methods that are run, controls last; what a re-reading or a control needs is run for its sake."""
    wanted = [REREAD[method][0] if method in REREAD else method for method in plan.methods]
    wanted = [*(CONTROLS[method] for method in wanted if method in CONTROLS), *wanted]
    hosts = [method for method in dict.fromkeys(wanted) if method in METHODS]
    return sorted(hosts, key=CONTROLS.__contains__)


def run_bench(
    plan: Plan, out: Path, workers: int, on_job: Callable[[int, int], None] = lambda done, jobs: None
) -> list[Outcome]:
    """Run what the journal does not hold yet.

    Args:
        plan: what to run.
        out: the results file; the journal is `out` with the ending .jsonl.
        workers: processes, each with a model of its own.
        on_job: told (finished jobs, all jobs).

    Raises:
        UserError: the journal belongs to another plan.
    """
    journal = out.with_suffix(".jsonl")
    finished = _read_journal(journal, plan)
    jobs = jobs_of(plan)
    waiting = [job for job in jobs if job.key not in finished]
    journal.parent.mkdir(parents=True, exist_ok=True)
    with journal.open("a", encoding="utf-8") as lines:
        if not finished and not journal.stat().st_size:
            print(json.dumps({"plan": plan.fingerprint()}), file=lines, flush=True)
        on_job(len(jobs) - len(waiting), len(jobs))
        for job, outcomes in _worked(plan, waiting, workers):
            finished[job.key] = outcomes
            record = {"job": job.key, "outcomes": [dataclasses.asdict(outcome) for outcome in outcomes]}
            print(json.dumps(record), file=lines, flush=True)
            on_job(len([j for j in jobs if j.key in finished]), len(jobs))
    return [outcome for job in jobs for outcome in finished[job.key]]


def _read_journal(journal: Path, plan: Plan) -> dict[str, list[Outcome]]:
    if not journal.exists() or not journal.stat().st_size:
        return {}
    first, *lines = journal.read_text(encoding="utf-8").splitlines()
    if json.loads(first).get("plan") != plan.fingerprint():
        raise UserError(
            "journal",
            str(journal),
            "one that was begun with the same model, problems, methods and settings",
            "Choose another --out, or delete it to start anew.",
        )
    finished = {}
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:  # the last line of a run that was cut off while it wrote
            continue
        finished[record["job"]] = [
            Outcome(**outcome | {"right_within": tuple(outcome["right_within"])})
            for outcome in record["outcomes"]
        ]
    return finished


def _worked(plan: Plan, jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, list[Outcome]]]:
    if workers == 1 or len(jobs) < 2:
        for job in jobs:
            yield job, _work(plan, job)
        return
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(workers, context, _one_thread) as pool:
        futures = {pool.submit(_work, plan, job): job for job in jobs}
        for future in concurrent.futures.as_completed(futures):
            yield futures[future], future.result()


def _one_thread() -> None:
    torch.set_num_threads(1)


@functools.lru_cache(maxsize=1)
def _loaded(model: str, device: str | None) -> FrozenLM:
    return FrozenLM.load(model, device=device)


def _work(plan: Plan, job: Job) -> list[Outcome]:
    lm = _loaded(plan.model, plan.device)
    start = job.part * PROBLEMS_PER_JOB
    problems = plan.problems[start : start + PROBLEMS_PER_JOB]
    if job.kind == "samples":
        return _sampled(lm, plan, job, problems)
    base = dataclasses.replace(plan.base, learning_rate=job.eta, rho=job.rho)
    configs = {host: dataclasses.replace(base, **METHODS[host]) for host in _hosts(plan)}
    traces: dict[tuple[str, int], Trace] = {}
    for controls in (False, True):  # a control replays the step lengths of a finished run
        runs = {
            (host, index): whole_run(
                lm, new_trace(lm, problem, config, traces[CONTROLS[host], index] if controls else None)
            )
            for host, config in configs.items()
            if (host in CONTROLS) == controls
            for index, problem in enumerate(problems)
        }
        traces |= all_answered(lm, runs)
    setting = f"eta {job.eta:g}, rho {job.rho:g}"
    outcomes = []
    for method in plan.methods:
        host, changes = REREAD.get(method, (method, {}))
        if host in configs:
            read = dataclasses.replace(configs[host], **changes)
            outcomes += [
                seek_outcome(method, setting, dataclasses.replace(traces[host, index], config=read), truth)
                for index in range(len(problems))
            ]
    return outcomes


def _sampled(lm: FrozenLM, plan: Plan, job: Job, problems: Sequence[Problem]) -> list[Outcome]:
    """Every sampling method of the plan on the same samples: those for N = 3 are the first three of ten."""
    greedy = [samples[0] for samples in draw(lm, problems, 1, 0.0, plan.base)]
    outcomes = (
        [
            sample_outcome(COT, "", problem, one, [one], one, truth)
            for problem, one in zip(problems, greedy, strict=True)
        ]
        if job.temperature == plan.temperatures[0]
        else []
    )
    chosen = [SAMPLING[method] for method in plan.methods if method in SAMPLING]
    if not chosen:
        return outcomes
    config = dataclasses.replace(plan.base, seed=plan.base.seed + job.part)
    drawn = draw(lm, problems, max(number for _, number in chosen), job.temperature, config)
    if any(way in _JUDGED for way, _ in chosen):
        drawn = judged(lm, problems, drawn, config)
    setting = f"temperature {job.temperature:g}"
    for method in plan.methods:
        if method in SAMPLING:
            way, number = SAMPLING[method]
            for problem, one, samples in zip(problems, greedy, drawn, strict=True):
                first = samples[:number]
                if way not in _JUDGED:
                    first = [dataclasses.replace(sample, reward=None) for sample in first]
                pick = _chosen(way, problem, first)
                outcomes.append(sample_outcome(method, setting, problem, one, first, pick, truth))
    return outcomes


_JUDGED: dict[str, Callable[[Sequence[Sample]], Sample]] = {
    "best": best,
    "best graded": functools.partial(best, graded=True),
}


def _chosen(way: str, problem: Problem, samples: Sequence[Sample]) -> Sample:
    if way == "oracle":
        right = [sample for sample in samples if answers_equal(sample.answer, problem.gold or "")]
        return (right or samples)[0]
    return majority(samples) if way == "majority" else _JUDGED[way](samples)


def truth(problem: Problem, text: str) -> dict[str, bool]:
    """The true verdicts on a text: all four for problems of the bundled sets, else of the answer alone."""
    right = answers_equal(final_answer(text), problem.gold or "")
    known = _with_programs().get(problem.id)
    if known is None:
        return {"answer_correct": right}
    labels = label(known, text)
    return {verifier: getattr(labels, verifier) for verifier in VERIFIER_WEIGHTS}


@functools.cache
def _with_programs() -> dict[str, TinyProblem]:
    return {problem.id: problem for name in SETS for problem in load_set(name)}


def evenly_over_tiers(problems: Sequence[Problem], tiers: str, limit: int) -> list[Problem]:
    """The first `limit` problems, evenly over the named tiers.

    Raises:
        UserError: no problem with a gold answer is left.
    """
    names = tiers.split(",")
    pools = [[p for p in problems if p.gold and p.tier == name] for name in names]
    if tiers == "all":
        pools = [[p for p in problems if p.gold]]
    rows = itertools.zip_longest(*pools)
    chosen = [problem for row in rows for problem in row if problem]
    if not chosen:
        raise UserError(
            "tiers", tiers, "all, or tiers that the set has (easy,medium,hard)", "Correct --tiers."
        )
    return chosen[:limit]


def settings_of(plan: Plan) -> dict[str, Any]:
    """What the results say of their plan."""
    return {
        "model": plan.model,
        "problems": len(plan.problems),
        "etas": list(plan.etas),
        "rhos": list(plan.rhos),
        "temperatures": list(plan.temperatures),
        "base": plan.base.to_dict(),
    }
