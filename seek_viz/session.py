"""One live run per visitor: the one place of the app that changes.

    store.of(visitor) -> Session;  session.start(...), session.advance() -> events;  pause, reset

A session holds the last finished pair (trace, state) of `seek`. A step that fails, or a visitor who leaves
in the middle of one, leaves that pair as it was, and the next step goes on from it. It knows nothing of
gradio. The engine (torch) is imported when a run first needs it, so that the page can open before.
"""

from __future__ import annotations

import importlib
import queue
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seek_viz.config import SeekConfig
from seek_viz.errors import UserError
from seek_viz.problem import Problem
from seek_viz.trace import Trace

if TYPE_CHECKING:
    from seek_viz.latents import LatentState
    from seek_viz.model import FrozenLM


@dataclass(frozen=True)
class Progress:
    """What is going on inside a step.

    Phases: "loading" a model, "decoding" with the text so far, "judging", "updating", "mapping".
    """

    phase: str
    text: str = ""


@dataclass(frozen=True, eq=False)
class StepDone:
    """A step is finished; the trace ends with it."""

    trace: Trace


@dataclass(frozen=True, eq=False)
class Mapped:
    """The run has stopped, and its decode regions are attached to the trace."""

    trace: Trace


START_WAIT_S = 120.0
"""How long a new run waits for the last step of the run that it replaces."""

Event = Progress | StepDone | Mapped
Loader = Callable[[str], "FrozenLM"]


def load_model(name: str) -> FrozenLM:
    """Load a model; imports the engine on first use.

    Raises:
        UserError: see `FrozenLM.load`.
    """
    return _engine("model").FrozenLM.load(name)


def _engine(module: str) -> Any:
    """A module of the engine, imported on first use: torch takes seconds, and the page must not wait."""
    return importlib.import_module(f"seek_viz.{module}")


class ModelPool:
    """Models in memory, shared by all visitors; the least recently used one goes first."""

    def __init__(self, loader: Loader = load_model, capacity: int = 2) -> None:
        """An empty pool that keeps at most `capacity` models."""
        self._loader, self._capacity = loader, capacity
        self._models: OrderedDict[str, FrozenLM] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str) -> FrozenLM:
        """The model of that name, loaded if need be; others wait meanwhile.

        Raises:
            UserError: it cannot be loaded.
        """
        with self._lock:
            if name not in self._models:
                self._models[name] = self._loader(name)
            self._models.move_to_end(name)
            while len(self._models) > self._capacity:
                self._models.popitem(last=False)
            return self._models[name]

    def holds(self, name: str) -> bool:
        """Whether `get` will return at once."""
        return name in self._models


@dataclass(eq=False)
class _Run:
    """A run in progress. `pairs` is the generator of `seek`; None when it must be made anew."""

    id: str
    lm: FrozenLM
    trace: Trace
    state: LatentState | None
    pairs: Iterator[tuple[Trace, LatentState]] | None = None


class Session:
    """One visitor's live run."""

    def __init__(self, pool: ModelPool) -> None:
        """No run yet."""
        self._pool = pool
        self._run: _Run | None = None
        self._stepping = threading.Lock()
        self._told: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.running = False
        """Whether the visitor asked for step after step; Pause clears it."""
        self.used_at = time.monotonic()
        self.pinned: tuple[str, Trace] | None = None
        """Name and trace of the run that others are compared with."""

    @property
    def trace(self) -> Trace | None:
        """The live run as far as it is finished, or None."""
        return self._run.trace if self._run else None

    @property
    def run_id(self) -> str:
        """Name of the live run, new at each start; empty without one."""
        return self._run.id if self._run else ""

    @property
    def can_step(self) -> bool:
        """Whether another step can be asked for."""
        return self._run is not None and self._run.trace.stop_reason is None

    def start(self, model: str, problem: Problem, config: SeekConfig) -> Iterator[Event]:
        """Begin a new run with its chain of thought; the run before is kept until that is ready to begin.

        Args:
            model: "tiny", a Hub id, or a folder.
            problem: what to solve.
            config: the settings.

        Yields:
            Progress, then StepDone with iteration 0.

        Raises:
            UserError: model, problem or settings cannot be used; the run before is still there.
        """
        if not self._pool.holds(model):
            yield Progress("loading", model)
        lm = self._pool.get(model)
        trace = _engine("seek").new_trace(lm, problem, config)
        # Whoever knows a run's name may fetch it as a file, so the name cannot be guessed.
        self._run = _Run(f"live-{secrets.token_hex(8)}", lm, trace, None)
        yield from self.advance(wait_s=START_WAIT_S)

    def advance(self, wait_s: float = 0.0) -> Iterator[Event]:
        """Make one more step.

        Args:
            wait_s: seconds to wait for a step of this visitor that is already under way.

        Yields:
            Progress while it is being made, then StepDone; after the last step, Mapped. Nothing when the
            run has stopped or another step is still under way.

        Raises:
            UserError: nothing was started, or the step cannot be made; the run before it is intact.
        """
        self.used_at = time.monotonic()
        run = self._run
        if run is None:
            raise UserError("run", None, "a run that was started", "Press Start first.")
        if run.trace.stop_reason is not None or not self._stepping.acquire(timeout=wait_s):
            return
        self._told = queue.SimpleQueue()
        told = self._told
        threading.Thread(target=self._work, args=(run, told), daemon=True).start()
        while (event := told.get()) is not None:
            if isinstance(event, BaseException):
                raise event
            yield event

    def pause(self) -> None:
        """Ask for no more steps; the one under way is finished and kept."""
        self.running = False

    def reset(self) -> None:
        """Forget the live run; a step under way is dropped when it ends."""
        self.running = False
        self._run = None

    def _work(self, run: _Run, told: queue.SimpleQueue[Any]) -> None:
        """One step, on a thread of its own, so that a visitor who leaves cannot cut it in two."""
        try:
            if run.pairs is None:
                run.pairs = _engine("seek").seek(run.lm, run.trace, run.state, self._tell)
            run.trace, run.state = next(run.pairs)
            told.put(StepDone(run.trace))
            if run.trace.stop_reason is not None:
                told.put(Progress("mapping"))
                run.trace = _engine("regions").with_regions(run.lm, run.trace)
                told.put(Mapped(run.trace))
        except BaseException as error:
            run.pairs = None  # a generator that raised is spent; the pair before it is not
            told.put(error)
        finally:
            self._stepping.release()
            told.put(None)

    def _tell(self, phase: str, text: str) -> None:
        self._told.put(Progress(phase, text))


class SessionStore:
    """The sessions of all visitors, by the key that the web server gives each page."""

    def __init__(self, pool: ModelPool, capacity: int = 200, idle_s: float = 1800.0) -> None:
        """An empty store.

        Args:
            pool: models that the sessions share.
            capacity: most sessions kept; the one unused longest goes first.
            idle_s: seconds without use after which a session is dropped.
        """
        self._pool, self._capacity, self._idle_s = pool, capacity, idle_s
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, visitor: str) -> Session:
        """The session of a visitor, new at first sight."""
        with self._lock:
            session = self._sessions.setdefault(visitor, Session(self._pool))
            self._sessions.move_to_end(visitor)
            session.used_at = time.monotonic()
            self._drop_stale()
            return session

    def find(self, run_id: str) -> Trace | None:
        """The live run of that name as far as it is finished, whoever's it is."""
        with self._lock:
            sessions = list(self._sessions.values())
        return next((one.trace for one in sessions if one.run_id == run_id and one.trace), None)

    def drop(self, visitor: str) -> None:
        """Forget a visitor; a step under way ends by itself and is dropped."""
        with self._lock:
            session = self._sessions.pop(visitor, None)
        if session:
            session.reset()

    def __len__(self) -> int:
        return len(self._sessions)

    def _drop_stale(self) -> None:
        oldest_allowed = time.monotonic() - self._idle_s
        for key, session in list(self._sessions.items()):
            if len(self._sessions) > self._capacity or session.used_at < oldest_allowed:
                del self._sessions[key]
                session.reset()
