"""Algebra under a deadline: hostile expressions, several callers, and what is left when it is over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hostile_expressions import HOSTILE, generated

from seek_viz.grading import answers_equal, symbols
from seek_viz.grading.symbols import DEADLINE_S, equal

ROOT = Path(__file__).parent.parent
LONGEST_S = 2.5
SAMPLE = [HOSTILE[0], r"\Gamma(100000000)", "{" * 90 + "1" + "}" * 90, HOSTILE[-5]]


@pytest.fixture(autouse=True, scope="module")
def warm() -> None:
    """The first child is started, so that a time is that of a comparison and not of an interpreter."""
    assert equal("x+x", "2x") is True


def answered_in_time(expression: str) -> None:
    started = time.perf_counter()
    assert answers_equal(expression, "x+1") in (None, False)
    assert time.perf_counter() - started < LONGEST_S, expression
    assert answers_equal(expression, expression) is True


@pytest.mark.parametrize("expression", SAMPLE, ids=range(len(SAMPLE)))
def test_a_hostile_expression_is_answered_in_time(expression: str) -> None:
    answered_in_time(expression)


@pytest.mark.slow
@pytest.mark.parametrize("expression", HOSTILE + generated(40), ids=range(len(HOSTILE) + 40))
def test_every_hostile_expression_is_answered_in_time(expression: str) -> None:
    answered_in_time(expression)


def test_the_deadline_and_its_grace_leave_room() -> None:
    assert DEADLINE_S < LONGEST_S
    assert len(HOSTILE) >= 83
    assert len(set(generated(40)) | set(HOSTILE)) == len(HOSTILE) + 40


def test_others_are_served_meanwhile() -> None:
    """A thread in a hostile comparison holds up neither other threads nor other comparisons."""
    symbols.warm_up()
    assert all(child.started() for child in symbols._pool()._idle)
    hostile = threading.Thread(target=answers_equal, args=(r"\Gamma(100000001)", "x+2"))
    hostile.start()
    ticks = 0
    while hostile.is_alive():
        assert answers_equal(f"(x+{ticks})^2", f"x^2 + {2 * ticks} x + {ticks**2}") is True
        ticks += 1
    assert ticks >= 3


def test_callers_beyond_the_pool_wait_no_longer_than_the_deadline() -> None:
    started = time.perf_counter()
    with ThreadPoolExecutor(8) as callers:
        results = list(callers.map(lambda n: answers_equal(rf"\Gamma({10**8 + n})", "x+3"), range(8)))
    assert set(results) <= {None, False}
    assert time.perf_counter() - started < 20  # eight in turn would take 16 s, and starts of children beside


def test_undecided_is_remembered_only_where_the_whole_time_was_given() -> None:
    assert equal(r"\Gamma(200000000)", "1") is None
    started = time.perf_counter()
    assert equal(r"\Gamma(200000000)", "1") is None
    assert time.perf_counter() - started < 0.5


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="has no limit on address space")
def test_memory_is_limited() -> None:
    code = "from seek_viz.grading.worker import *; limit_memory(); bytearray(2 * MEMORY_BYTES)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "MemoryError" in done.stderr


def test_the_pool_works_on_after_a_hostile_comparison() -> None:
    pool = symbols._Pool()
    assert pool.ask(r"\Gamma(300000000)", "2") == "exhausted"
    assert pool.ask(r"\sqrt{8}", r"2\sqrt{2}") == "equal"
    pool.close()


def test_text_is_never_evaluated(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    code = f"__import__('pathlib').Path('{trap}').touch()"
    texts = [
        code,
        f"f({code})",
        f"\\text{{{code}}}",
        f"{code}+1",
        f"S({code})",
        f'sympify("{code}")',
        "exit()",
        "lambda: 1",
    ]
    for text in texts:
        assert not equal(text, "1")
    assert not trap.exists()


def test_a_constant_has_no_absolute_tolerance() -> None:
    assert equal(r"10^{-300}", r"10^{-301}") is False
    assert equal(r"\pi \cdot 10^{-90}", r"3 \cdot 10^{-90}") is False
    assert equal(r"\sqrt{2}^2 - 2", "0") is True
    assert equal("7^{100}+1", "7^{100}") is False


def test_what_cannot_be_read_equals_nothing() -> None:
    assert [equal(*pair) for pair in (("<img onerror=1>", "1"), ("1/0", "2/0"), ("}{", "1"))] == [False] * 3


def test_without_the_library_expressions_are_compared_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symbols, "available", lambda: False)
    symbols._compared.cache_clear()
    assert answers_equal("a+b+7", "7+b+a") is False
    assert answers_equal("$a + b+7$", "a+b+7") is True
    assert answers_equal(r"\frac{3}{4}", "0.75") is True


def test_all_members_of_two_lists_share_one_deadline() -> None:
    lists = [",".join(f"x^{{{i}}}+\\sin x" for i in range(2, 24)), ",".join(["i^{9^{9^9}}"] * 5)]
    others = [",".join(f"\\sin x+x^{{{i}}}" for i in range(23, 1, -1)), ",".join(["i^{8^{9^9}}"] * 5)]
    for left, right in zip(lists, others, strict=True):
        started = time.monotonic()
        assert answers_equal(left, right) in (None, True)
        assert time.monotonic() - started < 4 * symbols.DEADLINE_S  # 28 s and more without


def test_a_child_that_has_ended_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symbols, "COLD_S", 30)  # on a busy machine the replacement starts late
    pool = symbols._Pool()
    assert pool.ask("x+x", "2x") == "equal"
    for pid in pool.pids:
        os.kill(pid, signal.SIGKILL)
    for child in pool._idle:
        child._process.wait()
    assert pool.ask("x+x", "2x") == "equal"
    pool.close()


PARENT = """
import os, sys, threading, time
from seek_viz.grading import answers_equal, symbols
answers_equal("x+x", "2x")
threading.Thread(target=answers_equal, args=(r"\\Gamma(100000000)", "x"), daemon=True).start()
time.sleep(0.5)
print(*symbols._pool().pids, flush=True)
if sys.argv[1] == "killed":
    os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("end", ["killed", "normal"])
def test_no_process_outlives_its_parent(end: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PARENT, end], cwd=ROOT, capture_output=True, text=True, check=False
    )
    pids = [int(pid) for pid in done.stdout.split()]
    assert pids, done.stderr
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and any(in_group(pid) for pid in pids):
        time.sleep(0.1)
    assert [pid for pid in pids if in_group(pid)] == []


def in_group(group: int) -> bool:
    """Whether a process of that group is left: a child leads the group of its forks."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(state[2]) == group and state[0] != "Z":
            return True
    return False


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_has_children_of_its_own() -> None:
    answers_equal("x+x", "2x")
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(writer, str(len(symbols._shared)).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(reader, 9) == b"0"
    os.close(reader)
    os.close(writer)
