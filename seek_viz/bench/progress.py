"""Progress of a benchmark: decoded tokens, their rate, and the estimated time left.

Jobs of one kind (the same methods) take tokens in proportion to their size. So of each kind

    tokens still to come = tokens so far / share done * whole - tokens so far

and the time left is their sum over the rate. Before anything of a kind is done, it is not known.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console
from rich.status import Status

from seek_viz.bench.checks import FORMAT
from seek_viz.bench.journal import Done


class Progress:
    """Tells a terminal all the time; anything else, and the log file beside the results, line by line."""

    def __init__(
        self,
        log: Path,
        console: Console,
        every_s: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the log.

        Args:
            log: its file; what is there is kept.
            console: where to tell.
            every_s: seconds between two lines.
            clock: seconds, from any start.
        """
        self._console, self._every_s, self._clock = console, every_s, clock
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log = log.open("a", encoding="utf-8")
        if not self._log.tell():
            print(f"{FORMAT}: log", file=self._log, flush=True)
        self._status: Status | None = console.status("loading") if console.is_terminal else None
        self._sizes: Mapping[str, tuple[str, int]] = {}
        self._tokens: dict[str, int] = defaultdict(int)
        self._shares: dict[str, float] = defaultdict(float)
        self._done, self._new_tokens = 0, 0
        self._started = self._told_at = clock()

    def begin(self, sizes: Mapping[str, tuple[str, int]], done: Mapping[str, Done]) -> None:
        """Start the clock.

        Args:
            sizes: job -> (kind, size), of all jobs.
            done: those that a journal holds already.
        """
        self._sizes, self._done = sizes, 0
        for key in sizes.keys() & done.keys():
            self._tokens[key], self._shares[key] = done[key].num_tokens, 1.0
            self._done += 1
        self._started = self._clock()
        self.say(f"{len(sizes)} jobs, of which {self._done} are in the journal")

    def told(self, key: str, tokens: int, share: float) -> None:
        """Tokens that were decoded for a job, and the share of it that is done."""
        self._tokens[key] += tokens
        self._shares[key] = share
        self._new_tokens += tokens

    def finished(self, key: str, done: Done) -> None:
        """A job is in the journal."""
        self._new_tokens += done.num_tokens - self._tokens[key]
        self._tokens[key], self._shares[key] = done.num_tokens, 1.0
        self._done += 1
        for failure in done.failures:
            self.say(f"failed: {failure}", shown=False)
        self.say(self.line(), shown=self._status is None)

    def tick(self) -> None:
        """Tell, if it is time to."""
        if self._status is not None:
            self._status.update(self.line())
        if self._clock() - self._told_at >= self._every_s:
            self.say(self.line(), shown=self._status is None)

    def say(self, text: str, shown: bool = True) -> None:
        """A line for the log and, if it is to be shown, for whoever watches."""
        self._told_at = self._clock()
        print(time.strftime("%Y-%m-%d %H:%M:%S"), text, file=self._log, flush=True)
        if shown:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def line(self) -> str:
        """Jobs, tokens, rate, time left."""
        rate = self._new_tokens / max(1e-9, self._clock() - self._started)
        parts = [f"{self._done} of {len(self._sizes)} jobs", f"{sum(self._tokens.values()):,} tokens"]
        left = self.tokens_left()
        if self._new_tokens:
            parts.append(f"{rate:,.0f} tokens/s")
        if left is None or (left and not self._new_tokens):
            parts.append("time left not known yet")
        else:
            parts.append(f"about {_duration(left / rate if left else 0.0)} left")
        return " · ".join(parts)

    def tokens_left(self) -> float | None:
        """About how many tokens are still to be decoded; None while there is nothing to go by."""
        tokens: dict[str, int] = defaultdict(int)
        done: dict[str, float] = defaultdict(float)
        whole: dict[str, int] = defaultdict(int)
        for key, (kind, size) in self._sizes.items():
            tokens[kind] += self._tokens[key]
            done[kind] += size * self._shares[key]
            whole[kind] += size
        if any(not done[kind] for kind in whole):
            return None
        return sum(tokens[kind] * (whole[kind] / done[kind] - 1) for kind in whole)

    def __enter__(self) -> Progress:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._status is not None:
            self._status.stop()
        self._log.close()


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
