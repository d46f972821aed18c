"""Benchmarks: methods against each other on a set of problems, with what each of them costs.

Every LatentSeek method starts from the same greedy chain of thought, so one run gives both: was the
answer right before (iteration 0), is the returned one right. T->F is a right answer that the run broke.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seek_viz.config import SeekConfig
from seek_viz.errors import UserError
from seek_viz.model import FrozenLM
from seek_viz.problem import Problem
from seek_viz.seek import new_trace, seek
from seek_viz.trace import Trace

METHODS: dict[str, dict[str, Any]] = {
    "psrm-independent": {"reward": "psrm", "decode_mode": "independent"},
    "psrm-coherent": {"reward": "psrm", "decode_mode": "coherent"},
    "self-independent": {"reward": "self", "decode_mode": "independent"},
    "self-coherent": {"reward": "self", "decode_mode": "coherent"},
}
"""Method name -> what it changes in the settings. The plain chain of thought is iteration 0 of each."""


@dataclass(frozen=True)
class Outcome:
    """One method on one problem."""

    method: str
    problem_id: str
    tier: str
    before: bool
    """The chain of thought is right."""
    after: bool
    """The returned answer is right."""
    num_updates: int
    stop_reason: str
    solver_tokens: int
    """Tokens decoded for answers, over all iterations; prefixes read off latents are not counted."""
    verifier_tokens: int
    num_flips: int
    """Prefix tokens that changed from one iterate to the next, summed over the run."""
    elapsed_s: float


def bench_methods(
    lm: FrozenLM,
    problems: Sequence[Problem],
    methods: Sequence[str],
    base: SeekConfig,
    on_outcome: Callable[[Outcome], None] = lambda outcome: None,
) -> dict[str, Any]:
    """Run every method on every problem.

    Args:
        lm: the model.
        problems: each with a gold answer.
        methods: names in METHODS.
        base: settings that the methods change.
        on_outcome: told of each result.

    Returns:
        JSON-able: "model", "settings", "outcomes", and "summary" by method.
    """
    outcomes = []
    for method in methods:
        config = dataclasses.replace(base, **METHODS[method])
        for problem in problems:
            *_, (trace, _) = seek(lm, new_trace(lm, problem, config))
            outcomes.append(_outcome(method, trace))
            on_outcome(outcomes[-1])
    return {
        "model": dataclasses.asdict(lm.identity),
        "settings": base.to_dict(),
        "summary": {m: summary([o for o in outcomes if o.method == m]) for m in methods},
        "outcomes": [dataclasses.asdict(outcome) for outcome in outcomes],
    }


def summary(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Accuracy before and after with 95 % intervals, transitions, updates and tokens per problem."""
    count = len(outcomes)
    wrong = [o for o in outcomes if not o.before]
    right = [o for o in outcomes if o.before]
    low, high = wilson(sum(o.after for o in outcomes), count)
    return {
        "problems": count,
        "accuracy_before": len(right) / count,
        "accuracy_after": sum(o.after for o in outcomes) / count,
        "accuracy_low": low,
        "accuracy_high": high,
        "wrong_before": len(wrong),
        "fixed": sum(o.after for o in wrong),
        "broken": sum(not o.after for o in right),
        "mean_updates": sum(o.num_updates for o in outcomes) / count,
        "mean_flips": sum(o.num_flips for o in outcomes) / count,
        "solver_tokens": sum(o.solver_tokens for o in outcomes) / count,
        "verifier_tokens": sum(o.verifier_tokens for o in outcomes) / count,
        "elapsed_s": sum(o.elapsed_s for o in outcomes),
    }


def wilson(successes: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95 % interval of a proportion."""
    share = successes / count
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return centre - half, centre + half


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


def save_results(results: dict[str, Any], path: Path) -> None:
    """Write the results as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1), encoding="utf-8")


def table_of(results: dict[str, Any]) -> str:
    """The summaries as a Markdown table."""
    columns = ["method", "CoT %", "accuracy % (95 %)", "wrong fixed", "right broken"]
    columns += ["updates", "flips", "solver tokens", "verifier tokens"]
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    for method, s in results["summary"].items():
        cells = [
            method,
            f"{100 * s['accuracy_before']:.1f}",
            f"{100 * s['accuracy_after']:.1f} ({100 * s['accuracy_low']:.0f}-{100 * s['accuracy_high']:.0f})",
            f"{s['fixed']} of {s['wrong_before']}",
            f"{s['broken']}",
            *(f"{s[key]:.1f}" for key in ("mean_updates", "mean_flips")),
            *(f"{s[key]:.0f}" for key in ("solver_tokens", "verifier_tokens")),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _outcome(method: str, trace: Trace) -> Outcome:
    steps = trace.steps
    assert trace.returned is not None
    assert trace.stop_reason is not None
    flips = 0
    for before, after in itertools.pairwise(steps):
        pairs = zip(before.token_ids[: before.num_prefix], after.token_ids[: after.num_prefix], strict=False)
        flips += sum(a != b for a, b in pairs)
    read_off = trace.config.decode_mode == "independent"
    return Outcome(
        method=method,
        problem_id=trace.problem.id,
        tier=trace.problem.tier,
        before=bool(steps[0].correct),
        after=bool(steps[trace.returned].correct),
        num_updates=len(steps) - 1,
        stop_reason=trace.stop_reason,
        solver_tokens=sum(
            len(s.token_ids) - (s.num_prefix if read_off and s.iteration else 0) for s in steps
        ),
        verifier_tokens=sum(step.reward.num_tokens for step in steps),
        num_flips=flips,
        elapsed_s=sum(sum(step.elapsed_s.values()) for step in steps),
    )
