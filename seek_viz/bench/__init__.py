"""Benchmarks: methods against each other on a set of problems, with what each of them costs."""

from seek_viz.bench.checks import evenly_over_tiers, files_of
from seek_viz.bench.methods import ALL
from seek_viz.bench.outcomes import Outcome, summary, wilson
from seek_viz.bench.plan import Plan
from seek_viz.bench.report import methods_table, report, results_of
from seek_viz.bench.runner import run_bench

__all__ = [
    "ALL",
    "Outcome",
    "Plan",
    "evenly_over_tiers",
    "files_of",
    "methods_table",
    "report",
    "results_of",
    "run_bench",
    "summary",
    "wilson",
]
