"""Running a benchmark: jobs of all methods on a few problems, side by side, taken up again after a break.

All runs of a job share batches, and what several methods ask alike (the chain of thought, its verdicts) is
decoded once; tokens are counted for each method as if it were alone. A job's numbers depend on the job
alone, not on how many workers there are. Finished jobs go to a journal beside the results, one line each; a
second start with the same plan skips them. What fails on one problem is that problem's failure, by name.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from seek_viz.bench.journal import Done, Failure, Journal
from seek_viz.bench.methods import COT, HOST_OF, METHODS, REREAD, SAMPLING, is_random
from seek_viz.bench.outcomes import Outcome, sample_outcome, seek_outcome
from seek_viz.bench.plan import Job, Plan, hosts_of, jobs_of, methods_of, part_of, setting_of, size_of
from seek_viz.bench.progress import Progress
from seek_viz.bench.side_by_side import Meter, each_answered
from seek_viz.bench.truth import truth
from seek_viz.bench.workers import Tell, Workers, reason_of
from seek_viz.engine.baselines import Sample, best, draw, judged, majority
from seek_viz.engine.decoding import DecodeRoutine, OnToken
from seek_viz.engine.seek import new_trace, whole_run
from seek_viz.grading import answers_equal
from seek_viz.model import FrozenLM
from seek_viz.problems.problem import Problem
from seek_viz.record import Trace
from seek_viz.settings.config import SeekConfig
from seek_viz.settings.prompts import WEIGHTS


def run_bench(plan: Plan, journal: Path, workers: Workers, progress: Progress) -> Done:
    """Run what the journal does not hold yet.

    Args:
        plan: what to run.
        journal: its file.
        workers: who does it.
        progress: told how far it is.

    Returns:
        All outcomes and failures, in the order of the jobs.

    Raises:
        UserError: the journal belongs to another plan, or the model cannot be loaded.
    """
    jobs = {job.key: job for job in jobs_of(plan)}
    with Journal(journal, plan.fingerprint()) as book:
        progress.begin({key: size_of(plan, job) for key, job in jobs.items()}, book.done)
        # Part by part, so that soon each kind of job has told how long it takes.
        ordered = sorted(jobs.items(), key=lambda pair: pair[1].part)
        tasks = [(key, (work, (plan, job))) for key, job in ordered if key not in book.done]
        for key, answer in workers.map(tasks, progress.told, progress.tick):
            done = answer if isinstance(answer, Done) else _all_failed(plan, jobs[key], str(answer))
            book.add(key, done)
            progress.finished(key, done)
        parts = [book.done[key] for key in jobs]
    return Done(
        tuple(outcome for part in parts for outcome in part.outcomes),
        tuple(failure for part in parts for failure in part.failures),
        sum(part.num_tokens for part in parts),
    )


def _all_failed(plan: Plan, job: Job, reason: str) -> Done:
    """What is left of a job whose process ended, or that raised where no one problem is to blame."""
    sampling = [method for method in plan.methods if method in SAMPLING]
    methods = [COT, *sampling] if job.kind == "samples" else methods_of(plan, job.seed)
    pairs = itertools.product(part_of(plan, job), methods)
    return Done((), tuple(Failure(p.id, m, setting_of(job), job.seed, reason) for p, m in pairs))


def work(lm: FrozenLM, plan: Plan, job: Job, tell: Tell) -> Done:
    """Do one job.

    Args:
        lm: the plan's model.
        plan: what the job is a part of.
        job: which part.
        tell: told of new tokens and of the share that is done.
    """
    meter = Meter(tell)
    results = _sampled(lm, plan, job, meter) if job.kind == "samples" else _sought(lm, plan, job, meter)
    outcomes = tuple(result for result in results if isinstance(result, Outcome))
    failures = tuple(result for result in results if isinstance(result, Failure))
    return Done(outcomes, failures, meter.num_tokens)


def _sought(lm: FrozenLM, plan: Plan, job: Job, meter: Meter) -> list[Outcome | Failure]:
    """LatentSeek by every method of the job on every problem of its part."""
    problems, methods = part_of(plan, job), methods_of(plan, job.seed)
    base = dataclasses.replace(plan.base, learning_rate=job.eta, rho=job.rho, seed=job.seed)
    configs = {host: dataclasses.replace(base, **METHODS[host]) for host in hosts_of(methods)}
    traces: dict[tuple[str, int], Trace | Exception] = {}
    for controls in (False, True):  # a control replays the step lengths of a finished run
        runs = {
            (host, index): functools.partial(
                _run, lm, problem, config, traces[HOST_OF[host], index] if controls else None
            )
            for host, config in configs.items()
            if (host in HOST_OF) == controls
            for index, problem in enumerate(problems)
        }
        first, last = (len(traces) + n for n in (0, len(runs)))
        traces |= each_answered(lm, runs, meter, _stretch(meter, first, last, len(configs) * len(problems)))
    results: list[Outcome | Failure] = []
    for method in methods:
        host, changes = REREAD.get(method, (method, {}))
        read = dataclasses.replace(configs[host], **changes)
        seed = job.seed if is_random(read) else None
        for index, problem in enumerate(problems):
            trace = traces[host, index]
            try:
                if isinstance(trace, Exception):
                    raise trace
                trace = dataclasses.replace(trace, config=read)
                results.append(seek_outcome(method, setting_of(job), trace, truth, seed))
            except Exception as error:  # one problem's failure is told by its name, and ends nothing else
                results.append(Failure(problem.id, method, setting_of(job), seed, reason_of(error)))
    return results


def _stretch(meter: Meter, first: int, last: int, whole: int) -> Callable[[float], None]:
    """Tells the meter the share of all, from the share of a part that goes from `first` to `last`."""
    return lambda share: meter.done((first + share * (last - first)) / whole)


def _run(
    lm: FrozenLM, problem: Problem, config: SeekConfig, host: Trace | Exception | None
) -> DecodeRoutine[Trace]:
    """A whole run; what its beginning refuses is raised in it too, and what its host raised."""
    if isinstance(host, Exception):
        raise host
    trace = yield from whole_run(lm, new_trace(lm, problem, config, host))
    return trace


def _sampled(lm: FrozenLM, plan: Plan, job: Job, meter: Meter) -> list[Outcome | Failure]:
    """Every sampling method of the plan on the same samples: those for N = 3 are the first three of ten.

    The chain of thought comes with the first setting and seed.
    """
    problems, first = (
        part_of(plan, job),
        job.temperature == plan.temperatures[0] and job.seed == plan.seeds[0],
    )
    chosen = {method: SAMPLING[method] for method in plan.methods if method in SAMPLING}
    # Parts are drawn from seeds far from each other, so that no two parts of several seeds share one.
    config = dataclasses.replace(plan.base, seed=(job.seed + 1_000_003 * job.part) % 2**31)
    most = max((number for _, number in chosen.values()), default=0)
    with_rewards = any(way in _JUDGED for way, _ in chosen.values())
    # Replies are about as long as answers; texts that are alike are judged once, so this is the most.
    verdicts = len(WEIGHTS) if with_rewards else 0
    meter.expect(len(problems) * (1 + most * (1 + verdicts)))
    greedy = _drawn(lm, problems, 1, 0.0, plan.base, False, meter)
    drawn = _drawn(lm, problems, most, job.temperature, config, with_rewards, meter) if chosen else greedy
    results: list[Outcome | Failure] = []
    for method in ([COT] if first else []) + list(chosen):
        setting, seed = ("", None) if method == COT else (setting_of(job), job.seed)
        for problem, one, samples in zip(problems, greedy, drawn, strict=True):
            try:
                for needed in (one, samples) if method != COT else (one,):
                    if isinstance(needed, Exception):
                        raise needed
                results.append(_sample_outcome(method, setting, problem, one[0], samples, seed))
            except Exception as error:  # as in _sought
                results.append(Failure(problem.id, method, setting, seed, reason_of(error)))
    return results


def _sample_outcome(
    method: str, setting: str, problem: Problem, greedy: Sample, samples: Sequence[Sample], seed: int | None
) -> Outcome:
    if method == COT:
        return sample_outcome(method, setting, problem, greedy, [greedy], greedy, truth)
    way, number = SAMPLING[method]
    first = list(samples[:number])
    if way not in _JUDGED:
        first = [dataclasses.replace(sample, reward=None) for sample in first]
    return sample_outcome(method, setting, problem, greedy, first, _chosen(way, problem, first), truth, seed)


def _drawn(
    lm: FrozenLM,
    problems: Sequence[Problem],
    number: int,
    temperature: float,
    config: SeekConfig,
    with_rewards: bool,
    on_token: OnToken,
) -> list[Any]:
    """The samples of each problem, or what drawing or judging them raised."""

    def drawn(some: Sequence[Problem]) -> list[list[Sample]]:
        samples = draw(lm, some, number, temperature, config, on_token=on_token)
        return judged(lm, some, samples, config, on_token) if with_rewards else samples

    try:
        return list(drawn(problems))
    except Exception:  # whose fault it is shows one by one
        results: list[Any] = []
        for problem in problems:
            try:
                results += drawn([problem])
            except Exception as error:
                results.append(error)
        return results


_JUDGED: dict[str, Callable[[Sequence[Sample]], Sample]] = {
    "best": best,
    "best graded": functools.partial(best, graded=True),
}


def _chosen(way: str, problem: Problem, samples: Sequence[Sample]) -> Sample:
    if way == "oracle":
        right = [sample for sample in samples if answers_equal(sample.answer, problem.gold or "")]
        return (right or samples)[0]
    return majority(samples) if way == "majority" else _JUDGED[way](samples)
