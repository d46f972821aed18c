"""A journal survives a kill at any byte, and touches nothing that is not its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_bench_compare import outcome

from seek_viz.bench.journal import Done, Failure, Journal
from seek_viz.errors import UserError

DONE = Done((outcome("cot", "p", True),), (), 12)


def written(path: Path, jobs: int = 3) -> bytes:
    with Journal(path, "plan") as journal:
        for n in range(jobs):
            journal.add(f"job {n}", DONE)
    return path.read_bytes()


@given(cut=st.integers(0, 2000))
def test_a_kill_at_any_byte_costs_the_line_that_it_cut(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "x.journal.jsonl"
    path.unlink(missing_ok=True)
    whole = written(path)
    path.write_bytes(whole[:cut])
    kept = max(0, whole[:cut].count(b"\n") - 1)
    with Journal(path, "plan") as journal:
        assert list(journal.done) == [f"job {n}" for n in range(kept)]
        assert all(done == DONE for done in journal.done.values())
        for n in range(kept, 3):
            journal.add(f"job {n}", DONE)
    assert path.read_bytes() == whole
    assert [json.loads(line).get("job") for line in path.read_bytes().splitlines()][-1] == "job 2"


def test_a_damaged_line_costs_its_job_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.journal.jsonl"
    lines = written(path).splitlines(keepends=True)
    path.write_bytes(lines[0] + b"\x00\xff{broken\n" + lines[2] + lines[3])
    with Journal(path, "plan") as journal:
        assert list(journal.done) == ["job 1", "job 2"]


def test_a_job_with_failures_is_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "x.journal.jsonl"
    failed = Done(DONE.outcomes, (Failure("q", "cot", "", None, "no memory"),), 3)
    with Journal(path, "plan") as journal:
        journal.add("job", failed)
        assert journal.done == {"job": failed}
    with Journal(path, "plan") as journal:
        assert journal.done == {}
        journal.add("job", DONE)
    with Journal(path, "plan") as journal:
        assert journal.done == {"job": DONE}


def test_a_journal_of_another_plan_is_refused_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "x.journal.jsonl"
    whole = written(path)
    with pytest.raises(UserError, match="another --out") as refused:
        Journal(path, "other")
    assert "delete" not in str(refused.value)
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    "content", [b'{"question": "Q", "gold": "1"}\n', b"no newline", b'{"journal": 3}', b"\x00" * 99]
)
def test_a_file_of_somebody_else_is_not_touched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.journal.jsonl"
    path.write_bytes(content)
    with pytest.raises(UserError, match="journal"):
        Journal(path, "plan")
    assert path.read_bytes() == content


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="journal"):
        Journal(tmp_path / "file" / "x.journal.jsonl", "plan")
