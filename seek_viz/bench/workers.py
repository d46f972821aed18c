"""Processes that each hold a model and do one task after another.

The model always lives in a process of its own, even with one worker: a forward pass that takes a minute
cannot be interrupted from within, a process can be ended at once. So the parent is free to write the
journal, to tell how far things are, and to obey Ctrl-C. A worker that dies costs its task, not the bench.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, TypeVar

import torch

from seek_viz.errors import UserError
from seek_viz.model import FrozenLM

K = TypeVar("K", bound=Hashable)
Tell = Callable[[int, float], None]
"""Told by a task: how many tokens were decoded since it last told, and the share of the task that is done."""
Task = tuple[Callable[..., Any], tuple[Any, ...]]
"""(function, arguments): a worker calls it with its model before the arguments and a `Tell` after them."""
_TICK_S, _GRACE_S = 0.5, 1.5


class TaskFailed(Exception):
    """An error raised by a task in its process, or the end of that process."""


@dataclass(eq=False)
class _Worker:
    process: Any
    pipe: Connection
    ready: bool = False
    key: Any = None
    """Of the task at hand."""


class Workers:
    """Up to `count` processes; leaving the context ends them, whatever they are doing."""

    def __init__(self, model: str, device: str | None, count: int) -> None:
        self.model, self.device, self.count = model, device, count
        self._workers: list[_Worker] = []

    def ask(self, function: Callable[..., Any], *args: Any) -> Any:
        """One task, done by the first worker.

        Raises:
            UserError: the model cannot be loaded, or the task refused its input.
            TaskFailed: the task raised something else.
        """
        ((_, answer),) = self.map([("ask", (function, args))])
        if isinstance(answer, Exception):
            raise answer
        return answer

    def map(
        self,
        tasks: Iterable[tuple[K, Task]],
        on_tell: Callable[[K, int, float], None] = lambda key, tokens, share: None,
        on_tick: Callable[[], None] = lambda: None,
    ) -> Iterator[tuple[K, Any]]:
        """Do tasks side by side.

        Args:
            tasks: by a key of the caller's.
            on_tell: told (key, new tokens, share done) of a task at work.
            on_tick: called twice a second.

        Yields:
            (key, what the function returned, or the UserError or TaskFailed that came of it).

        Raises:
            UserError: a process could not load the model.
        """
        waiting = deque(tasks)
        while waiting or any(worker.key is not None for worker in self._workers):
            self._hand_out(waiting)
            for worker in self._spoken():
                key = worker.key
                try:
                    kind, value = worker.pipe.recv()
                except (EOFError, OSError):
                    yield from self._ended(worker)
                    continue
                if kind == "unusable":
                    raise value
                worker.ready = True
                if kind == "told":
                    on_tell(key, *value)
                if kind == "done":
                    worker.key = None
                    yield key, value
            on_tick()

    def _hand_out(self, waiting: deque[tuple[Any, Task]]) -> None:
        """Give a task to each idle worker, and start workers while there are tasks for them."""
        while len(self._workers) < min(self.count, len(waiting) + self._busy()):
            self._workers.append(_started(self.model, self.device, self._threads()))
        for worker in self._workers:
            if waiting and worker.ready and worker.key is None:
                worker.key, task = waiting.popleft()
                # A worker that has just died is found out about where its pipe is read.
                with contextlib.suppress(OSError):
                    worker.pipe.send(task)

    def _busy(self) -> int:
        return sum(worker.key is not None for worker in self._workers)

    def _threads(self) -> int:
        return max(1, torch.get_num_threads() // self.count)

    def _spoken(self) -> list[_Worker]:
        """Workers with something to be read; waits a moment for it."""
        ready = wait([worker.pipe for worker in self._workers], _TICK_S)
        return [worker for worker in self._workers if worker.pipe in ready]

    def _ended(self, worker: _Worker) -> Iterator[tuple[Any, TaskFailed]]:
        """A process that is gone: its task has failed, and another process will take its place."""
        worker.process.join(_GRACE_S)
        self._workers.remove(worker)
        told = f"its process ended with exit code {worker.process.exitcode} (-9: out of memory, or killed)"
        if not worker.ready:
            raise UserError(
                "model", self.model, "one that a process can load", f"While it was loaded, {told}."
            )
        if worker.key is not None:
            yield worker.key, TaskFailed(told)

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        idle = [worker for worker in self._workers if worker.key is None and kind is None]
        for worker in idle:
            worker.pipe.close()  # which an idle worker takes as the end
        until = time.monotonic() + _GRACE_S
        for worker in idle:
            worker.process.join(max(0.0, until - time.monotonic()))
        with _interrupts_wait():  # a second Ctrl-C must not leave a process behind
            _end([worker.process for worker in self._workers])
            self._workers.clear()


def _started(model: str, device: str | None, threads: int) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, model, device, threads))
    # Ctrl-C is for the parent: a new process inherits the blocked signal, until it has a group of its own.
    with _interrupts_wait():
        process.start()
    theirs.close()
    return _Worker(process, ours)


@contextlib.contextmanager
def _interrupts_wait() -> Iterator[None]:
    """Ctrl-C takes hold at the end; where signals cannot be blocked (Windows), it does so at once."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end(processes: Sequence[Any]) -> None:
    """End processes and what they started, which shares their groups: politely, then for certain."""
    for process in processes:
        process.terminate()
    until = time.monotonic() + _GRACE_S
    for process in processes:
        process.join(max(0.0, until - time.monotonic()))
    for process in processes:
        with contextlib.suppress(AttributeError, ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.join(_GRACE_S)


def _leave(number: int, frame: Any) -> None:
    """Asked to end: as an exit, so that what the libraries hold is given back."""
    sys.exit(128 + number)


def _serve(pipe: Connection, model: str, device: str | None, threads: int) -> None:
    """The life of a worker: load, then tasks until the parent closes the pipe."""
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(threads)
    try:
        lm = FrozenLM.load(model, device=device)
    except UserError as error:
        pipe.send(("unusable", error))
        return
    pipe.send(("ready", None))
    telling = _Telling(pipe)
    while True:
        try:
            function, args = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer = function(lm, *args, telling)
        except UserError as error:
            answer = error
        except Exception as error:  # whatever it is, it is this task's alone
            answer = TaskFailed(reason_of(error))
        pipe.send(("done", answer))


class _Telling:
    """Sends what a task tells, a few times a second."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._tokens, self._last = pipe, 0, 0.0

    def __call__(self, tokens: int, share: float) -> None:
        self._tokens += tokens
        if time.monotonic() - self._last > _TICK_S:
            self._pipe.send(("told", (self._tokens, share)))
            self._tokens, self._last = 0, time.monotonic()


def reason_of(error: BaseException) -> str:
    """An error in one line: a UserError in its words, any other with the place where it was raised."""
    if isinstance(error, UserError):
        return str(error)
    place = traceback.extract_tb(error.__traceback__)[-1:]
    where = "".join(f" ({os.path.basename(frame.filename)}:{frame.lineno})" for frame in place)
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}{where}"


def _end_with_parent() -> None:
    """A parent that was killed cannot end its workers, so they look after it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        with contextlib.suppress(AttributeError):
            os.killpg(0, signal.SIGKILL)
        os._exit(1)
