"""The sessions of all visitors."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from seek_viz.app.session.pool import ModelPool
from seek_viz.app.session.visitor import Session
from seek_viz.record import Trace


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
        """The live run of that name as far as it is finished, whoever's it is and whoever has pinned it."""
        with self._lock:
            sessions = list(self._sessions.values())
        live = [(one.run_id, one.trace) for one in sessions]
        pinned = [one.pinned for one in sessions if one.pinned]
        return next((trace for name, trace in (*live, *pinned) if name == run_id and trace), None)

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
