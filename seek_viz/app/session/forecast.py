"""Estimates before a run starts: the model's size, and the pace of steps made with it so far."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass

from seek_viz.app.session.pool import ModelPool, deferred
from seek_viz.record import Trace
from seek_viz.record.estimate import LATEST, ModelSize, pace
from seek_viz.settings.registry import MODELS, model_entry


@dataclass(frozen=True)
class Forecast:
    """A model's size beside this machine's free memory, and the pace of its updates."""

    size: ModelSize
    free_bytes: int
    is_loaded: bool
    """The weights are in memory."""
    update_s: float | None
    """Seconds of an update; None before the first."""
    num_made: int
    """Updates of this process that the pace is taken from; 0 where it is taken from recordings."""

    @property
    def fits(self) -> bool:
        """Whether there is room for the weights."""
        return self.is_loaded or self.size.weights_bytes <= self.free_bytes


class Forecaster:
    """Sizes of models, and the updates that were made with them."""

    def __init__(self, pool: ModelPool, recordings: Iterable[Trace] = ()) -> None:
        """Knows nothing yet but the pace of recorded runs."""
        self._pool = pool
        self._recorded: defaultdict[str, list[float]] = defaultdict(list)
        for trace in recordings:
            self._recorded[trace.model.given] += [step.seconds for step in trace.steps if step.update]
        self._made: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=LATEST))
        self._sizes: dict[str, ModelSize] = {}
        self._reading = threading.Lock()

    def of(self, model: str) -> Forecast | None:
        """The forecast for a model; the first call for a model takes about a second.

        Args:
            model: as in `Session.start`.

        Returns:
            None where the model is not on this machine yet.

        Raises:
            UserError: the model cannot be used.
        """
        if model in MODELS:  # what is bundled is small, and loaded anyway
            self._pool.get(model)
        sizing = deferred("model.sizing")
        with self._reading:
            if model not in self._sizes and (read := sizing.size_of(model)):
                self._sizes[model] = read
        size = self._sizes.get(model)
        if size is None:
            return None
        given = model_entry(model).given
        made = list(self._made[given])
        return Forecast(
            size=size,
            free_bytes=sizing.free_bytes(size.device),
            is_loaded=self._pool.holds(model),
            update_s=pace(made or self._recorded[given]),
            num_made=len(made),
        )

    def size(self, model: str) -> ModelSize | None:
        """The size of a model, if it has been asked for before; it takes no time."""
        return self._sizes.get(model)

    def learn(self, trace: Trace) -> None:
        """Take note of the newest step of a run of this process, if it is an update."""
        step = trace.steps[-1]
        if step.update:
            self._made[trace.model.given].append(step.seconds)
