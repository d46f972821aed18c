"""A fair, cancellable lock: the machine computes one visitor's step at a time, first come, first served."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

_LOOK_S = 0.1
"""Seconds between two checks of the cancel flag while waiting."""


class Cancelled(Exception):
    """The step was cancelled: its visitor left, reset the run, or started another."""


class Turn:
    """A first-in, first-out lock whose waiters stop waiting when their step is cancelled."""

    def __init__(self) -> None:
        """Nobody's turn."""
        self._line: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, cancel: threading.Event) -> Iterator[None]:
        """Wait for the turn, and hold it.

        Args:
            cancel: set when the step is no longer wanted.

        Raises:
            Cancelled: it was set before the turn came.
        """
        me = object()
        with self._changed:
            self._line.append(me)
        try:
            with self._changed:
                while self._line[0] is not me and not cancel.is_set():
                    self._changed.wait(_LOOK_S)
            if cancel.is_set():
                raise Cancelled
            yield
        finally:
            with self._changed:
                self._line.remove(me)
                self._changed.notify_all()
