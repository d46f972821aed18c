"""One live run per visitor: the one place of the app that changes.

    store.of(visitor) -> Session;  session.start(...), session.advance() -> events;  pause, reset

A session holds the last finished pair (trace, state) of `seek`. A step that fails, or is cancelled because
its visitor left or began another run, leaves that pair as it was, and the next step goes on from it.
"""

from __future__ import annotations

import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seek_viz.app.session.pool import ModelPool, deferred
from seek_viz.app.session.turn import Cancelled
from seek_viz.errors import UserError
from seek_viz.problems.problem import Problem
from seek_viz.record import Trace
from seek_viz.record.estimate import seconds_left
from seek_viz.record.resume import check_same, reopened
from seek_viz.settings.config import SeekConfig

if TYPE_CHECKING:
    from seek_viz.engine.latents import LatentState
    from seek_viz.engine.rewards import Writing
    from seek_viz.model import FrozenLM


@dataclass(frozen=True)
class Progress:
    """Progress inside a step.

    Phases: "loading" a model, "decoding" with the text so far, "judging" with the text and how far each
    verifier is, "updating", "mapping".
    """

    phase: str
    text: str = ""
    writing: tuple[Writing, ...] = ()
    left_s: float | None = None
    """Seconds to the end of what was asked for, from the steps made so far; None before the first."""


@dataclass(frozen=True, eq=False)
class Begun:
    """A new run has taken the place of the one before; it has no step yet."""

    trace: Trace


@dataclass(frozen=True, eq=False)
class StepDone:
    """A step is finished; the trace ends with it."""

    trace: Trace


@dataclass(frozen=True, eq=False)
class Mapped:
    """The run has stopped, and its decode regions are attached to the trace."""

    trace: Trace


STEP_WAIT_S = 120.0
"""Seconds that a step waits for the one before it, or for a cancelled one to end."""

Event = Progress | Begun | StepDone | Mapped
Asked = tuple[str, Problem, SeekConfig]
"""Model, problem and settings."""


def _nobody(*event: object) -> None:
    """No step is under way."""


@dataclass(eq=False)
class _Run:
    """A run in progress. `pairs` is the generator of `seek`; None when it must be made anew."""

    id: str
    given: str
    """The model's name, Hub id or folder as given by the user."""
    lm: FrozenLM
    trace: Trace
    state: LatentState | None
    pairs: Iterator[tuple[Trace, LatentState]] | None = None
    tell: Callable[..., None] = _nobody
    """Told what is going on inside the step under way; raises `Cancelled` to end it."""


class Session:
    """One visitor's live run."""

    def __init__(self, pool: ModelPool) -> None:
        """No run yet."""
        self._pool = pool
        self._run: _Run | None = None
        self._stepping = threading.Lock()
        self._cancel = threading.Event()  # of the step under way
        self.running = False
        """Whether the visitor asked for step after step; Pause clears it."""
        self.used_at = time.monotonic()
        self.pinned: tuple[str, Trace] | None = None
        """Name and trace of the run that others are compared with."""
        self.recording: str | None = None
        """The recorded run that was opened last: Reset goes back to it."""

    @property
    def trace(self) -> Trace | None:
        """The live run as far as it is finished, or None."""
        return self._run.trace if self._run else None

    @property
    def run_id(self) -> str:
        """Name of the live run, new at each start; empty without one."""
        return self._run.id if self._run else ""

    @property
    def is_busy(self) -> bool:
        """Whether a step is being made, or waits for its turn."""
        return self._stepping.locked()

    @property
    def beside(self) -> str:
        """Name of the pinned run; empty without one."""
        return self.pinned[0] if self.pinned else ""

    @property
    def can_step(self) -> bool:
        """Whether another step can be asked for."""
        return self._run is not None and self._run.trace.stop_reason is None

    def start(self, model: str, problem: Problem, config: SeekConfig) -> Iterator[Event]:
        """Begin a new run with its chain of thought.

        Args:
            model: "tiny", a Hub id, or a folder.
            problem: what to solve.
            config: the settings.

        Yields:
            Progress, Begun, more progress, then StepDone with iteration 0.

        Raises:
            UserError: model, problem or settings cannot be used, or the first text cannot be made; the run
                before is there again.
        """
        if not self._pool.holds(model):
            yield Progress("loading", model)
        lm = self._pool.get(model)
        self.cancel()
        trace = deferred("engine.seek").new_trace(lm, problem, config)
        # Anyone who knows a run's name may download it, so the name must be unguessable.
        before, begun = self._run, _Run(f"live-{secrets.token_hex(8)}", model, lm, trace, None)
        self._run = begun
        yield Begun(trace)
        try:
            yield from self.advance(wait_s=STEP_WAIT_S)
        except Exception:
            if self._run is begun:
                self._run = before
            raise

    def go_on(self) -> Iterator[Event]:
        """The next step of a visitor who asked for step after step, unless they paused meanwhile.

        None while the run's model is still being loaded.
        """
        if self._run is not None:
            yield from self.advance(STEP_WAIT_S, lambda: self.running)

    def advance(
        self,
        wait_s: float = 0.0,
        still_wanted: Callable[[], bool] = lambda: True,
        asked: Asked | None = None,
    ) -> Iterator[Event]:
        """Make one more step.

        Args:
            wait_s: seconds to wait for a step of this visitor that is already under way.
            still_wanted: asked once that has ended.
            asked: model, problem and settings as the visitor has them now. Settings that are not the run's
                are in force from this step on.

        Yields:
            Progress while it is being made, then StepDone; after the last step, Mapped. Nothing when the
            run has stopped or another step is still under way, and no StepDone when the step is cancelled.

        Raises:
            UserError: nothing was started, the run is finished or cannot go on under what is asked, or the
                step cannot be made; the run before it is intact.
        """
        self.used_at = time.monotonic()
        run = self._run
        if run is None:
            raise UserError("run", None, "a run that was started", "Press Start first.")
        if asked is not None and run.trace.stop_reason is not None:
            raise UserError("run", "a finished run", "a run that can go on", "Press Start for a new one.")
        if run.trace.stop_reason is not None or not self._stepping.acquire(timeout=wait_s):
            return
        try:
            wanted = run is self._run and run.trace.stop_reason is None and still_wanted()
            if wanted and asked is not None:
                _change(run, *asked)
        except BaseException:
            self._stepping.release()
            raise
        if not wanted:
            self._stepping.release()
            return
        told: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._cancel = threading.Event()
        threading.Thread(target=self._work, args=(run, told, self._cancel), daemon=True).start()
        while (event := told.get()) is not None:
            if isinstance(event, BaseException):
                raise event
            yield event

    def pause(self) -> None:
        """Ask for no more steps; the one under way is finished and kept."""
        self.running = False

    def cancel(self) -> None:
        """Give up the step under way; the run stays as it was before it."""
        self._cancel.set()

    def reset(self) -> None:
        """Forget the live run, and give up the step under way."""
        self.cancel()
        self.running = False
        self._run = None

    def _work(self, run: _Run, told: queue.SimpleQueue[Any], cancel: threading.Event) -> None:
        """One step, on a thread of its own: a server that closes the generator cannot cut it in two."""
        try:
            with self._pool.turn.taken(cancel):
                self._step(run, told, cancel)
        except Cancelled:
            run.pairs = None
        except BaseException as error:
            run.pairs = None  # a generator that raised is spent; the pair before it is not
            told.put(error)
        finally:
            self._stepping.release()
            told.put(None)

    def _step(self, run: _Run, told: queue.SimpleQueue[Any], cancel: threading.Event) -> None:
        began = time.monotonic()

        def check(*event: object) -> None:
            if cancel.is_set():
                raise Cancelled  # the engine has no other way out in the middle of a text

        def tell(phase: str, text: str, writing: tuple[Writing, ...]) -> None:
            check()
            left_s = seconds_left(run.trace, time.monotonic() - began, self.running)
            told.put(Progress(phase, text, writing, left_s))

        run.tell = tell
        if run.pairs is None:
            seek = deferred("engine.seek").seek
            run.pairs = seek(run.lm, run.trace, run.state, lambda *event: run.tell(*event))
        run.trace, run.state = next(run.pairs)
        told.put(StepDone(run.trace))
        if run.trace.stop_reason is not None:
            told.put(Progress("mapping"))
            run.trace = deferred("engine.decode_regions").with_regions(run.lm, run.trace, check)
            told.put(Mapped(run.trace))


def _change(run: _Run, model: str, problem: Problem, config: SeekConfig) -> None:
    """Put the settings in force from the next step on.

    Raises:
        UserError: the run is of another model or problem, or its first step has fixed a setting.
    """
    trace = run.trace
    check_same("model", model, run.given)
    if (problem.question, problem.gold) != (trace.problem.question, trace.problem.gold):
        allowed = "the problem that the run was begun with"
        raise UserError("problem", problem.question, allowed, "Press Start for a run of this one.")
    if config != trace.config:
        run.trace, run.pairs = reopened(trace, config.to_dict()), None
