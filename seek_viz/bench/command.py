"""The benchmark as one call: look at everything, run what is left to run, write what came of it."""

from __future__ import annotations

import dataclasses
import platform
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from rich.console import Console

from seek_viz.bench.checks import Checked, as_records, check_plan, checked, evenly_over_tiers, files_of, told
from seek_viz.bench.journal import Done
from seek_viz.bench.plan import Plan
from seek_viz.bench.progress import Progress
from seek_viz.bench.report import FIGURES, report, results_of, tables
from seek_viz.bench.runner import run_bench
from seek_viz.bench.workers import Workers
from seek_viz.problems.problem import ProblemFile
from seek_viz.settings.config import SeekConfig

_SMALL = 100_000_000
"""Parameters below which a job of 25 problems is a matter of a minute or two on a CPU."""


@dataclass(frozen=True)
class Wanted:
    """The validated options of the command; problems are checked later."""

    model: str
    device: str | None
    file: ProblemFile
    tiers: str
    limit: int
    methods: tuple[str, ...]
    against: tuple[str, ...]
    base: SeekConfig
    etas: tuple[float, ...]
    rhos: tuple[float, ...]
    temperatures: tuple[float, ...]
    seeds: tuple[int, ...]
    workers: int
    figures: bool
    out: Path
    inputs: tuple[Path, ...]
    command: str
    warnings: tuple[str, ...] = ()
    """Of options that may not be meant."""


def bench(wanted: Wanted, console: Console) -> None:
    """Run a benchmark from the checks to the tables.

    Args:
        wanted: what to do.
        console: where to tell.

    Raises:
        UserError: something cannot be used, told before the first job.
    """
    files = files_of(wanted.out, wanted.inputs, FIGURES if wanted.figures else ())
    for sentence in wanted.warnings:
        console.print(f"warning: {sentence}", markup=False, soft_wrap=True)
    started = time.monotonic()
    with (
        Workers(wanted.model, wanted.device, wanted.workers) as workers,
        Progress(files.log, console) as progress,
    ):
        found: Checked = workers.ask(checked, wanted.file, wanted.base)
        for line in told(found.skipped):
            progress.say(line)
        plan = _plan(wanted, found)
        check_plan(files, plan.fingerprint())
        done = run_bench(plan, files.journal, workers, progress)
        for line in _told_failures(done):
            progress.say(line)
    about = _about(wanted, plan, found, done) | {"elapsed_s": round(time.monotonic() - started, 1)}
    results = results_of(done.outcomes, wanted.against, **about)
    written = report(results, files, wanted.figures)
    console.print(tables(results), markup=False, highlight=False, soft_wrap=True)
    console.print(f"written: {', '.join(map(str, written))}", markup=False, soft_wrap=True)


def kept(out: Path, command: str) -> str:
    """Message after an interrupted bench: how to resume it."""
    files = files_of(out)
    jobs = sum(1 for line in files.journal.read_bytes().splitlines()[1:]) if files.journal.exists() else 0
    return f"stopped; {jobs} finished jobs are in {files.journal}. To go on from there:\n{command}"


def _plan(wanted: Wanted, found: Checked) -> Plan:
    return Plan(
        model=wanted.model,
        identity=found.identity,
        prompts=found.prompts,
        problems=tuple(evenly_over_tiers(found.usable, wanted.tiers, wanted.limit)),
        methods=wanted.methods,
        base=wanted.base,
        etas=wanted.etas,
        rhos=wanted.rhos,
        temperatures=wanted.temperatures,
        seeds=wanted.seeds,
        # A kill loses the jobs at work, so those of a larger model are smaller.
        problems_per_job=25 if found.identity.num_parameters < _SMALL else 5,
    )


def _told_failures(done: Done) -> list[str]:
    if not done.failures:
        return []
    first = [f"  {failure}" for failure in done.failures[:10]]
    return [f"failed: {len(done.failures)} (the same command tries them again)", *first]


def _about(wanted: Wanted, plan: Plan, found: Checked, done: Done) -> dict[str, Any]:
    """Metadata of the results."""
    return {
        "command": wanted.command,
        "plan": plan.fingerprint(),
        "model": plan.model,
        "identity": dataclasses.asdict(plan.identity),
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in ("torch", "transformers")},
        },
        "problem_file": wanted.file.name,
        "problems": len(plan.problems),
        "skipped": as_records(found.skipped),
        "failed": as_records(done.failures),
        "num_tokens": done.num_tokens,
        "etas": list(plan.etas),
        "rhos": list(plan.rhos),
        "temperatures": list(plan.temperatures),
        "seeds": list(plan.seeds),
        "base": plan.base.to_dict(),
    }
