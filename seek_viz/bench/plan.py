"""The plan of a benchmark, and the jobs that it is divided into.

A job is a few problems in one setting with one seed. Its numbers depend on the plan and on the job alone.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass

from seek_viz.bench.methods import HOST_OF, METHODS, REREAD, SAMPLING, is_random
from seek_viz.problems.problem import Problem
from seek_viz.record import ModelIdentity
from seek_viz.settings.config import SeekConfig


@dataclass(frozen=True)
class Plan:
    """Everything that decides the numbers of a benchmark."""

    model: str
    identity: ModelIdentity
    """Name and device say where to load from; revision and dtype, which numbers come of it."""
    prompts: str
    """Fingerprint of what the model is asked with, as solver and as verifier."""
    problems: tuple[Problem, ...]
    methods: tuple[str, ...]
    """Names of METHODS, REREAD and SAMPLING; the chain of thought comes with all of them."""
    base: SeekConfig
    etas: tuple[float, ...]
    rhos: tuple[float, ...]
    temperatures: tuple[float, ...]
    seeds: tuple[int, ...]
    """Of all that is drawn at random; what draws nothing is run for the first alone."""
    problems_per_job: int = 25

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
    seed: int
    part: int

    @property
    def key(self) -> str:
        """Its name in the journal."""
        return (
            f"{self.kind} eta {self.eta!r} rho {self.rho!r} temperature {self.temperature!r} "
            f"seed {self.seed} {self.part}"
        )


def jobs_of(plan: Plan) -> list[Job]:
    """All jobs of a plan."""
    parts = range(-(-len(plan.problems) // plan.problems_per_job))
    sampling = any(method in SAMPLING for method in plan.methods)
    # Without sampling methods one job a part is left, that of the chain of thought.
    temperatures, seeds = (
        (plan.temperatures, plan.seeds) if sampling else (plan.temperatures[:1], plan.seeds[:1])
    )
    jobs = [
        Job("samples", 0, 0, temperature, seed, part)
        for seed, temperature, part in itertools.product(seeds, temperatures, parts)
    ]
    for seed, eta, rho, part in itertools.product(plan.seeds, plan.etas, plan.rhos, parts):
        if methods_of(plan, seed):
            jobs.append(Job("seek", eta, rho, 0, seed, part))
    return jobs


def methods_of(plan: Plan, seed: int) -> list[str]:
    """The methods of the loop that are run with a seed: all with the first, then what draws at random."""
    methods = [method for method in plan.methods if method in METHODS or method in REREAD]
    return [method for method in methods if seed == plan.seeds[0] or is_random(_config(plan, method))]


def _config(plan: Plan, method: str) -> SeekConfig:
    return dataclasses.replace(plan.base, **METHODS[REREAD.get(method, (method,))[0]])


def hosts_of(methods: Sequence[str]) -> list[str]:
    """The methods that are run, controls last; what a re-reading or a control needs is run for its sake."""
    wanted = [REREAD[method][0] if method in REREAD else method for method in methods]
    wanted = [*(HOST_OF[method] for method in wanted if method in HOST_OF), *wanted]
    hosts = [method for method in dict.fromkeys(wanted) if method in METHODS]
    return sorted(hosts, key=HOST_OF.__contains__)


def size_of(plan: Plan, job: Job) -> tuple[str, int]:
    """(kind of work, how much of it): jobs of one kind take tokens in proportion."""
    problems = len(part_of(plan, job))
    if job.kind == "samples":
        return "samples", problems
    methods = methods_of(plan, job.seed)
    return "seek " + " ".join(methods), problems * len(hosts_of(methods))


def part_of(plan: Plan, job: Job) -> Sequence[Problem]:
    """The problems of a job."""
    start = job.part * plan.problems_per_job
    return plan.problems[start : start + plan.problems_per_job]


def setting_of(job: Job) -> str:
    """The settings varied between jobs, as tables show them."""
    if job.kind == "samples":
        return f"temperature {job.temperature:.15g}"
    return f"eta {job.eta:.15g}, rho {job.rho:.15g}"
