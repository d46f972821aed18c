"""The journal of a benchmark: one line for each finished job, on disk before the next one begins.

A line is written whole and synced. What a kill cut off is taken away at the next start, so that nothing is
glued to it. A file that no bench began is never touched.
"""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from seek_viz.bench.outcomes import Outcome
from seek_viz.errors import UserError

VERSION = 2
_OPENING = b'{"journal": "seek-viz bench", '


@dataclass(frozen=True)
class Failure:
    """One method that could not be carried through on one problem."""

    problem_id: str
    method: str
    setting: str
    seed: int | None
    reason: str

    def __str__(self) -> str:
        seed = "" if self.seed is None else f"seed {self.seed}"
        how = ", ".join(part for part in (self.method, self.setting, seed) if part)
        return f"{self.problem_id}: {how}: {self.reason}"


@dataclass(frozen=True)
class Done:
    """The result of a finished job."""

    outcomes: tuple[Outcome, ...]
    failures: tuple[Failure, ...] = ()
    num_tokens: int = 0
    """Tokens that were decoded for it, each batch once."""


class Journal:
    """The finished jobs of one plan, read when it is opened and added to one by one."""

    def __init__(self, path: Path, plan: str) -> None:
        """Open the journal of a plan, or begin it.

        Args:
            path: its file.
            plan: the plan's fingerprint.

        Raises:
            UserError: the file is of another plan, or none of ours, or cannot be written.
        """
        self.path, self.done = path, dict[str, Done]()
        check_journal(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("r+b" if path.exists() else "w+b")
            whole = self._file.read()
            whole = whole[: whole.rfind(b"\n") + 1]
            self._file.truncate(len(whole))
            self._file.seek(len(whole))
        except OSError as error:
            raise _unwritable(path, error) from error
        first, *lines = whole.splitlines() or [b""]
        if not first:
            self._write({"journal": "seek-viz bench", "version": VERSION, "plan": plan})
        elif _parsed(first).get("plan") != plan or _parsed(first).get("version") != VERSION:
            self._file.close()
            raise UserError(
                "journal",
                str(path),
                "one that was begun with the same model, problems, methods and settings",
                "Choose another --out; that of the other bench stays as it is.",
            )
        for record in map(_parsed, lines):
            if isinstance(record.get("job"), str) and not record.get("failures"):
                self.done[record["job"]] = _done_of(record)

    def add(self, job: str, done: Done) -> None:
        """Write a finished job; one with failures is kept for this run, and tried again by the next."""
        self.done[job] = done
        self._write({"job": job, **dataclasses.asdict(done)})

    def _write(self, record: dict[str, Any]) -> None:
        try:
            self._file.write(json.dumps(record).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def check_journal(path: Path) -> None:
    """Refuse a file that no bench began.

    Raises:
        UserError: there is something else at `path`.
    """
    if not path.exists():
        return
    try:
        with path.open("rb") as file:
            begun = file.read(len(_OPENING))
    except OSError as error:
        raise _unwritable(path, error) from error
    if begun != _OPENING[: len(begun)]:
        raise UserError(
            "journal", str(path), "a new file, or a journal of this bench", "Choose another --out."
        )


def _parsed(line: bytes) -> dict[str, Any]:
    """A line's record; empty for one that is damaged, whose job is then done again."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _done_of(record: dict[str, Any]) -> Done:
    outcomes = [
        Outcome(**outcome | {"right_within": tuple(outcome["right_within"])})
        for outcome in record["outcomes"]
    ]
    return Done(tuple(outcomes), (), record["num_tokens"])


def outcomes_in(path: Path) -> list[Outcome]:
    """All outcomes of a journal, whatever its plan; damaged lines are left out.

    Raises:
        UserError: there is something else at `path`.
    """
    check_journal(path)
    records = map(_parsed, path.read_bytes().splitlines()[1:])
    return [outcome for record in records if record for outcome in _done_of(record).outcomes]


def _unwritable(path: Path, error: OSError) -> UserError:
    return UserError("journal", str(path), "a file that can be written", f"{error.strerror}: see to it.")
