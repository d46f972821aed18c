"""Estimates of a run's time from steps already made; none before the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from seek_viz.record.records import Trace

LATEST = 20
"""Steps that a pace is taken from: of more, the newest."""


@dataclass(frozen=True)
class ModelSize:
    """Size of a model, known before its weights are read."""

    num_parameters: int
    dtype: str
    """As `FrozenLM.load` would choose it here."""
    device: str
    weights_bytes: int


def pace(seconds: Sequence[float]) -> float | None:
    """Seconds of a step, on average over the newest; None without any."""
    return fmean(seconds[-LATEST:]) if seconds else None


def seconds_left(trace: Trace, spent_s: float, to_the_end: bool) -> float | None:
    """Estimated seconds left of a run, from the steps already made; None before the first.

    Args:
        trace: the run so far.
        spent_s: seconds since its last step.
        to_the_end: whether step follows step, or one alone was asked for.
    """
    each_s = pace(
        [step.seconds for step in trace.steps[1:] or trace.steps]
    )  # the chain of thought has no update
    if each_s is None:
        return None
    num_steps = trace.config.max_updates - len(trace.steps) + 1 if to_the_end else 1
    return max(0.0, num_steps * each_s - spent_s)
