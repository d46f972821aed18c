"""The sessions of all visitors."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from seek_viz.app.session.pool import ModelPool
from seek_viz.app.session.visitor import Session
from seek_viz.errors import UserError
from seek_viz.record import Trace


class SessionStore:
    """The sessions of all visitors, by the secrets of their tabs or the names of their pages.

    A run is what costs memory, and what a visitor would miss: no other visitor's call takes it away while it
    is at work or was used lately. A session without one is a few words, and can be made again.
    """

    def __init__(
        self,
        pool: ModelPool,
        runs: int = 200,
        idle_s: float = 1800.0,
        recent_s: float = 300.0,
        sessions: int = 5000,
    ) -> None:
        """An empty store.

        Args:
            pool: models that the sessions share.
            runs: most live runs kept; the one unused longest goes first.
            idle_s: seconds without use after which a run is dropped.
            recent_s: seconds without use before which none is dropped, however many there are.
            sessions: most sessions without a run kept; the one unused longest goes first.
        """
        self._pool, self._runs, self._idle_s = pool, runs, idle_s
        self._recent_s, self._capacity = recent_s, sessions
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._tabs: dict[str, str] = {}
        """The tab of each page: a page that is loaded again has another name, in the same tab."""
        self._lock = threading.Lock()

    def come(self, visitor: str, tab: str) -> Session:
        """The session of a page that has been loaded: the one that its tab had before.

        Args:
            visitor: the page.
            tab: a secret of its tab; empty where it keeps none.
        """
        if tab:
            with self._lock:
                self._tabs[visitor] = tab
        return self.of(visitor)

    def of(self, visitor: str) -> Session:
        """The session of a visitor, new at first sight."""
        with self._lock:
            tab = self._tabs.get(visitor, visitor)
            session = self._sessions.setdefault(tab, Session(self._pool))
            self._sessions.move_to_end(tab)
            session.used_at = time.monotonic()
            self._drop_stale(session)
            return session

    def known(self, visitor: str) -> Session:
        """The session of a visitor who has one; for others an empty one that is not kept."""
        with self._lock:
            return self._sessions.get(self._tabs.get(visitor, visitor)) or Session(self._pool)

    def check_room(self, session: Session) -> None:
        """Refuse another live run where there are as many as are kept, all of them in use.

        Raises:
            UserError: there is no room.
        """
        with self._lock:
            others = [one for one in self._sessions.values() if one.trace and one is not session]
            if len(others) >= self._runs and not any(self._may_go(one) for one in others):
                allowed = f"{self._runs} live runs at a time"
                raise UserError("start", "one more", allowed, "Try again in a few minutes.")

    def find(self, run_id: str) -> Trace | None:
        """The live run of that name as far as it is finished, whoever's it is and whoever has pinned it."""
        with self._lock:
            sessions = list(self._sessions.values())
        live = [(one.run_id, one.trace) for one in sessions]
        pinned = [one.pinned for one in sessions if one.pinned]
        return next((trace for name, trace in (*live, *pinned) if name == run_id and trace), None)

    def leave(self, visitor: str) -> None:
        """A visitor's page or connection is gone: the step under way is given up, the run is kept."""
        self.known(visitor).cancel()

    def __len__(self) -> int:
        return len(self._sessions)

    def _may_go(self, session: Session) -> bool:
        return not session.is_busy and time.monotonic() - session.used_at > self._recent_s

    def _drop_stale(self, kept: Session) -> None:
        """Forget idle runs, and beyond the most that are kept the ones unused longest."""
        sessions = [(key, one) for key, one in self._sessions.items() if one is not kept]
        holding = [one for _, one in sessions if one.trace]
        oldest_allowed = time.monotonic() - self._idle_s
        too_many = len(holding) - self._runs
        for n, session in enumerate(holding):
            is_idle = session.used_at < oldest_allowed and not session.is_busy
            if is_idle or (n < too_many and self._may_go(session)):
                session.reset()
        empty = [key for key, one in sessions if not one.trace]
        for key in empty[: max(0, len(empty) - self._capacity)]:
            del self._sessions[key]
        if len(self._tabs) > 2 * self._capacity:
            self._tabs = {page: tab for page, tab in self._tabs.items() if tab in self._sessions}
