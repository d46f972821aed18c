"""What runs will take, as far as this process knows.

A model's size and pace are found out once, when a run on it is first thought of: on the bundled model itself,
on a slice of any other, which may be too large to be timed as a whole. Every step that is then made corrects
them.
"""

from __future__ import annotations

import dataclasses
import threading
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from seek_viz.app.session.pool import ModelPool, deferred
from seek_viz.problems.problem import Problem
from seek_viz.record import Trace
from seek_viz.record.estimate import (
    LATEST,
    Estimate,
    Lengths,
    ModelSize,
    Pace,
    corrected,
    estimate,
    lengths_of,
)
from seek_viz.settings.config import SeekConfig
from seek_viz.settings.registry import MODELS, model_entry


@dataclass(frozen=True)
class Forecast:
    """An estimate, and where its figures come from."""

    size: ModelSize
    lengths: Lengths
    estimate: Estimate
    num_layers: int
    """How many layers were timed."""
    is_whole: bool
    """They were the whole model's, in memory."""
    num_steps: int
    """Steps of this process that corrected the pace."""
    lengths_from: Literal["steps", "recordings", "assumed"]
    is_here: bool
    """The weights are on this machine."""


@dataclass(frozen=True)
class _Known:
    size: ModelSize
    pace: Pace
    num_layers: int
    is_whole: bool


class Forecaster:
    """Sizes and paces of models, and the steps that were made with them."""

    def __init__(self, pool: ModelPool, recordings: Iterable[Trace] = ()) -> None:
        """Knows nothing yet but how long texts in recorded runs are."""
        self._pool = pool
        self._recorded: defaultdict[str, list[Trace]] = defaultdict(list)
        for trace in recordings:
            self._recorded[trace.model.given].append(trace)
        self._made: defaultdict[str, deque[Trace]] = defaultdict(lambda: deque(maxlen=LATEST))
        self._known: dict[str, _Known] = {}
        self._measuring = threading.Lock()

    def of(self, model: str, problem: Problem, config: SeekConfig, between_s: float = 0.0) -> Forecast | None:
        """What a run will take; the first time that a model is asked for, this takes seconds.

        Args:
            model: as in `Session.start`.
            problem: what to solve.
            config: the settings.
            between_s: seconds from a step to the next.

        Returns:
            None where the model is not on this machine yet.

        Raises:
            UserError: the model cannot be used.
        """
        known = self._measured(model)
        if known is None:
            return None
        given = model_entry(model).given
        made, recorded = list(self._made[given]), self._recorded[given]
        lengths = lengths_of(model, problem, config, known.size, made or recorded)
        pace = corrected(known.pace, known.size, made)
        sizing = deferred("model.sizing")
        return Forecast(
            size=known.size,
            lengths=lengths,
            estimate=estimate(
                known.size,
                pace,
                lengths,
                config,
                sizing.free_bytes(known.size.device),
                self._pool.holds(model),
                between_s,
            ),
            num_layers=known.num_layers,
            is_whole=known.is_whole,
            num_steps=len(made),
            lengths_from="steps" if made else "recordings" if recorded else "assumed",
            is_here=sizing.is_here(model),
        )

    def size(self, model: str) -> ModelSize | None:
        """The size of a model, if it has been asked for before; it takes no time."""
        known = self._known.get(model)
        return known.size if known else None

    def learn(self, trace: Trace) -> None:
        """Take note of the newest step of a run of this process."""
        step = trace.steps[-1]
        reading = dataclasses.replace(step.reading, states_LD=None)
        light = dataclasses.replace(step, reading=reading, latents_LD=None, update=None)
        light_trace = dataclasses.replace(trace, steps=(light,), path=None, regions=None)
        self._made[trace.model.given].append(light_trace)

    def _measured(self, model: str) -> _Known | None:
        with self._measuring:
            if model not in self._known and (known := self._measure(model)):
                self._known[model] = known
            return self._known.get(model)

    def _measure(self, model: str) -> _Known | None:
        sizing = deferred("model.sizing")
        is_whole = model in MODELS  # what is bundled is small, and loaded anyway
        part = sizing.whole(self._pool.get(model)) if is_whole else sizing.slice_of(model)
        if part is None:
            return None
        size = sizing.size_of(model, part)
        with sizing.threads_as_for(size.num_parameters):
            pace = deferred("engine.timing").timed(part, size.vocab_size)
        return _Known(size, pace, part.num_layers, is_whole)
