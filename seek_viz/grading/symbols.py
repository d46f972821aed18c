"""Symbolic comparison in a child process with a deadline, so that no expression can stop the one who asks.

An algebra system can be kept busy for ever, or fed until memory ends, by a few characters that a visitor or a
model writes, and a pattern that knows all of them does not exist. So it runs in a child (`worker.py`) that is
killed when its time is up, and replaced. A spare is kept warm: importing the algebra system takes a second.
It works from any thread. Nothing is started before the first comparison, and each child ends with its parent.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib.util
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

DEADLINE_S = 1.9
"""How long a comparison may take."""
COLD_S = 0.8
"""The least time to work for one that had to wait until its child had started."""
START_S = 60.0
"""How long a child may take to start on a busy machine; after that it is taken for dead."""
MAX_CHILDREN = 4
"""A comparison for which none is free in its time is undecided, and is not remembered."""


_until: ContextVar[float | None] = ContextVar("_until", default=None)


@contextlib.contextmanager
def one_deadline() -> Iterator[None]:
    """Let all comparisons in this block, of the members of two lists say, end by one deadline."""
    token = _until.set(time.monotonic() + DEADLINE_S)
    try:
        yield
    finally:
        _until.reset(token)


def equal(left: str, right: str) -> bool | None:
    """Whether two expressions are equal; None where the deadline passed or memory ended.

    Args:
        left: LaTeX, in the notation of `notation.plain`.
        right: likewise.

    Returns:
        False also where one of them is no expression that the algebra system can read.
    """
    try:
        return _compared(left, right)
    except TimeoutError:  # nothing is remembered of it
        return None


@functools.lru_cache(maxsize=4096)
def _compared(left: str, right: str) -> bool | None:
    """The same, remembered.

    Raises:
        TimeoutError: no child was free, or it had not all the time, which says nothing of another try.
    """
    if not available():
        return False
    until = _until.get()
    seconds = DEADLINE_S if until is None else until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    verdict = _pool().ask(left, right, seconds)
    if verdict == "exhausted" and seconds < 0.9 * DEADLINE_S:
        raise TimeoutError
    return {"equal": True, "different": False, "unreadable": False}.get(verdict)


@functools.cache
def available() -> bool:
    """Whether Math-Verify is installed; without it answers are compared by value and as text."""
    return importlib.util.find_spec("math_verify") is not None


def warm_up() -> None:
    """Start a child now, so that the first comparison does not wait for it."""
    if available():
        _pool().warm()


class _Child:
    """One process, with a thread that reads its lines."""

    def __init__(self) -> None:
        flags = ["-P"] if sys.version_info >= (3, 11) else []
        self._process = subprocess.Popen(
            [sys.executable, *flags, str(Path(__file__).with_name("worker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C is the parent's to handle
        )
        self.pid = self._process.pid
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.is_ready = False

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.strip())
        self._lines.put("exhausted")

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""
        return self._process.poll() is None

    def started(self) -> bool:
        """Wait until it has imported the algebra system."""
        if not self.is_ready:
            with contextlib.suppress(queue.Empty):
                self.is_ready = self._lines.get(timeout=START_S) == "ready"
        return self.is_ready

    def ask(self, left: str, right: str, seconds: float) -> str:
        """Its verdict, or "exhausted"."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps([left, right]) + "\n")
            self._process.stdin.flush()
            return self._lines.get(timeout=seconds)
        except (queue.Empty, OSError):
            return "exhausted"

    def kill(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        with contextlib.suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()
        threading.Thread(target=self._process.wait, daemon=True).start()


class _Pool:
    """Children that wait for work: one more than are busy, up to a bound."""

    def __init__(self) -> None:
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()
        self._changed = threading.Condition()

    def ask(self, left: str, right: str, seconds: float = DEADLINE_S) -> str:
        """The worker's verdict; "exhausted" where its time or memory ended.

        Raises:
            TimeoutError: no child was free or could be started.
        """
        began = time.monotonic()
        child = self._taken(seconds)
        verdict = "exhausted"
        try:
            if not child.started():
                raise TimeoutError
            left_s = max(seconds - (time.monotonic() - began), min(seconds, COLD_S))
            verdict = child.ask(left, right, left_s)
        finally:
            self._given_back(child, alive=verdict != "exhausted")
        return verdict

    def warm(self) -> None:
        """Start a child, if none waits."""
        with self._changed:
            self._fill()

    def close(self) -> None:
        """End all children."""
        with self._changed:
            for child in (*self._idle, *self._busy):
                child.kill()
            self._idle.clear()

    def _taken(self, seconds: float) -> _Child:
        with self._changed:
            self._idle = [child for child in self._idle if child.is_alive]
            free = self._changed.wait_for(lambda: self._idle or len(self._busy) < MAX_CHILDREN, seconds)
            if not free:
                raise TimeoutError
            child = self._idle.pop(0) if self._idle else _Child()
            self._busy.add(child)
            self._fill()
            return child

    def _given_back(self, child: _Child, alive: bool) -> None:
        with self._changed:
            self._busy.discard(child)
            if alive:
                self._idle.insert(0, child)
            else:
                child.kill()
                self._fill()
            while len(self._idle) > 2:
                self._idle.pop().kill()
            self._changed.notify()

    def _fill(self) -> None:
        if not self._idle and len(self._busy) < MAX_CHILDREN:
            self._idle.append(_Child())

    @property
    def pids(self) -> list[int]:
        """The children's processes."""
        return [child.pid for child in (*self._idle, *self._busy)]


_shared: list[_Pool] = []
_sharing = threading.Lock()


def _pool() -> _Pool:
    """The pool of this process."""
    with _sharing:
        if not _shared:
            _shared.append(_Pool())
            atexit.register(_shared[0].close)
        return _shared[0]


def _forget() -> None:
    """A forked process makes children of its own: those of its parent listen to one asker."""
    global _sharing
    _sharing = threading.Lock()
    _shared.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
