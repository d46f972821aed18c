"""Processes that fail, die or are told to stop take nothing with them; real ones, and real signals."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from seek_viz.bench.workers import TaskFailed, Workers, reason_of
from seek_viz.errors import UserError

MODEL = str(Path(__file__).parent / "reference" / "model")


def name_of(lm: Any, suffix: str, tell: Any) -> str:
    tell(3, 0.5)
    return lm.identity.name + suffix


def refuse(lm: Any, tell: Any) -> None:
    raise UserError("rho", 0, "a number above 0", "Change it.")


def crash(lm: Any, tell: Any) -> None:
    raise ZeroDivisionError("by nothing")


def die(lm: Any, tell: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_tasks_that_fail_or_kill_their_process_leave_the_others_alone() -> None:
    heard: list[tuple[str, int, float]] = []
    tasks = [("a", (name_of, (" 1",))), ("r", (refuse, ())), ("c", (crash, ())), ("d", (die, ()))]
    with Workers(MODEL, "cpu", 1) as workers:
        found = dict(workers.map([*tasks, ("b", (name_of, (" 2",)))], lambda *told: heard.append(told)))
        assert workers.ask(name_of, "!") == "model!"
        with pytest.raises(UserError, match="rho"):
            workers.ask(refuse)
        processes = psutil.Process().children(recursive=True)
    assert (found["a"], found["b"]) == ("model 1", "model 2")
    assert isinstance(found["r"], UserError)
    assert str(found["r"]) == "rho: got 0; allowed: a number above 0. Change it."
    assert isinstance(found["c"], TaskFailed)
    assert "ZeroDivisionError: by nothing (test_bench_workers.py:" in str(found["c"])
    assert isinstance(found["d"], TaskFailed)
    assert "exit code -9" in str(found["d"])
    assert ("a", 3, 0.5) in heard
    assert not any("_serve" in " ".join(p.cmdline()) for p in processes if p.is_running())


def test_a_model_that_cannot_be_loaded_is_told_once(tmp_path: Path) -> None:
    with Workers(str(tmp_path / "none"), "cpu", 2) as workers, pytest.raises(UserError):
        workers.ask(name_of, "")


def test_a_user_error_crosses_processes_as_it_is() -> None:
    error = UserError("rho", "x" * 500, "a number", "Change it.")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.what) == (UserError, str(error), "rho")
    assert reason_of(again) == str(error)


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_keeps_what_is_finished_and_tells_how_to_go_on(tmp_path: Path, workers: int) -> None:
    """As a terminal does it: the signal goes to the whole group, and once the first job is in the journal."""
    lines = [
        {"question": f"Tom has {n} pens and buys {n} more. How many pens?", "gold": 2 * n}
        for n in range(2, 202)
    ]
    (tmp_path / "my set.jsonl").write_text("\n".join(map(json.dumps, lines)))
    options = ["--problems", "my set.jsonl", "--tiers", "all", "--methods", "sc-3", "--out", "x.json"]
    command = [sys.executable, "-m", "seek_viz.cli", "bench", *options, "--workers", str(workers)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent), "OMP_NUM_THREADS": "1"}
    journal = tmp_path / "x.journal.jsonl"
    with (tmp_path / "told").open("w") as told:
        bench = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=told, stderr=told, start_new_session=True
        )
        try:
            while (not journal.exists() or journal.read_bytes().count(b"\n") < 2) and bench.poll() is None:
                time.sleep(0.1)
            family = psutil.Process(bench.pid).children(recursive=True)
            kept = journal.read_bytes()
            os.killpg(bench.pid, signal.SIGINT)
            code = bench.wait(timeout=5)
        finally:
            bench.kill()
    output = " ".join((tmp_path / "told").read_text().split())
    assert code == 130, output
    assert len(family) >= workers
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive
    assert "Traceback" not in output
    assert "KeyboardInterrupt" not in output
    again = "seek-viz bench --problems 'my set.jsonl' --tiers all --methods sc-3 --out x.json"
    assert f"{again} --workers {workers}" in output
    after = journal.read_bytes()
    assert after.startswith(kept)
    assert after.endswith(b"\n")
    assert all(json.loads(line) for line in after.splitlines())
