"""Tokens, rate and time left, with a clock of the test's own."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console
from test_bench_compare import outcome

from seek_viz.bench.journal import Done, Failure
from seek_viz.bench.progress import Progress

SIZES = {"a": ("seek", 10), "b": ("seek", 10), "c": ("seek", 20), "s": ("samples", 5)}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_time_left_follows_from_tokens_and_shares(tmp_path: Path) -> None:
    clock, shown = Clock(), io.StringIO()
    with Progress(tmp_path / "x.log", Console(file=shown, width=200), every_s=30, clock=clock) as progress:
        progress.begin(SIZES, {"a": Done((), (), 1_000)})
        assert progress.tokens_left() is None
        assert "time left not known yet" in progress.line()
        clock.now = 100.0
        progress.told("s", 500, 0.5)
        progress.told("b", 500, 0.5)
        # seek: 1,500 tokens for 15 of 40, so 2,500 more; samples: 500 for half, so 500 more; at 10 tokens/s.
        assert progress.tokens_left() == pytest.approx(3_000)
        assert progress.line() == "1 of 4 jobs · 2,000 tokens · 10 tokens/s · about 5 min left"
        progress.finished("s", Done((outcome("cot", "p", True),), (Failure("q", "cot", "", 1, "no"),), 900))
        assert progress.tokens_left() == pytest.approx(2_500)
    log = (tmp_path / "x.log").read_text()
    assert log.startswith("seek_viz bench")
    assert "failed: q: cot, seed 1: no" in log
    assert "2 of 4 jobs" in log
    assert "2 of 4 jobs" in shown.getvalue()


def test_a_long_job_is_told_of_while_it_goes_on(tmp_path: Path) -> None:
    clock, shown = Clock(), io.StringIO()
    with Progress(tmp_path / "x.log", Console(file=shown, width=200), every_s=30, clock=clock) as progress:
        progress.begin({"a": ("seek", 1)}, {})
        for second in range(1, 61):
            clock.now = float(second)
            progress.told("a", 7, 0.0)
            progress.tick()
    lines = [line for line in shown.getvalue().splitlines() if "tokens/s" in line]
    assert lines == [f"0 of 1 jobs · {n} tokens · 7 tokens/s · time left not known yet" for n in (210, 420)]
    assert (tmp_path / "x.log").read_text().count("tokens/s") == 2


def test_a_journal_that_holds_all_leaves_nothing(tmp_path: Path) -> None:
    with Progress(tmp_path / "x.log", Console(file=io.StringIO())) as progress:
        progress.begin({"a": ("seek", 1)}, {"a": Done((), (), 5)})
        assert progress.line() == "1 of 1 jobs · 5 tokens · about 0 s left"
