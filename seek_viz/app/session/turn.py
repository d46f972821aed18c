"""Whose turn it is to compute: the machine makes one visitor's step at a time, in the order of asking."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

_LOOK_S = 0.1
"""How often one who waits looks whether the step is still wanted."""


class Cancelled(Exception):
    """The step is no longer wanted: its visitor left, reset the run, or began another."""


class Turn:
    """A lock that is given in the order of asking, and that a waiter gives up when its step is cancelled."""

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
