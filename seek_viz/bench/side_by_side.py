"""Many routines in shared batches, each of which may fail by itself, and a count of their tokens."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

from seek_viz.bench.workers import Tell
from seek_viz.engine.decoding import DecodeRoutine, OnToken, drive, drive_batched
from seek_viz.model import FrozenLM

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Meter:
    """Counts the tokens of all decodes of a job, as they come."""

    def __init__(self, tell: Tell) -> None:
        self.tell, self.num_tokens, self.share = tell, 0, 0.0
        self._rows, self._expected_rows = 0, 0

    def expect(self, rows: int) -> None:
        """Take the share that is done from the rows that have been decoded, of so many."""
        self._expected_rows = rows

    def __call__(self, new: list[list[int]], ended: list[bool]) -> None:
        """The observer of a decode (`decoding.OnToken`): rows still at work are as long as the longest."""
        longest = max(map(len, new))
        count = sum(len(ids) == longest for ids in new)
        self.num_tokens += count
        if all(ended):
            self._rows += len(ended)
            if self._expected_rows:
                self.share = min(1.0, self._rows / self._expected_rows)
        self.tell(count, self.share)

    def done(self, share: float) -> None:
        """Told the share of the job that is done."""
        self.share = share


def each_answered(
    lm: FrozenLM,
    routines: Mapping[K, Callable[[], DecodeRoutine[T]]],
    on_token: OnToken,
    on_share: Callable[[float], None],
) -> dict[K, T | Exception]:
    """Drive many routines side by side; one that raises takes none of the others with it.

    Args:
        lm: the model.
        routines: what makes each of them.
        on_token: told how far the decodes are.
        on_share: told the share of routines that have ended.

    Returns:
        What each returned or raised.
    """
    results: dict[K, T | Exception] = {}
    try:
        running = {key: _caught(make) for key, make in routines.items()}
        for key, result in drive_batched(lm, running, on_token=on_token):
            results[key] = result
            on_share(len(results) / len(routines))
    except Exception:  # in a batch that many share, so whose fault it is shows one by one
        for key in routines.keys() - results.keys():
            try:
                results[key] = drive(lm, _caught(routines[key]))
            except Exception as error:
                results[key] = error
            on_share(len(results) / len(routines))
    return results


def _caught(make: Callable[[], DecodeRoutine[T]]) -> DecodeRoutine[T | Exception]:
    """A routine that returns what it would raise."""
    try:
        result = yield from make()
    except Exception as error:
        return error
    return result
