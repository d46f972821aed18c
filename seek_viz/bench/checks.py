"""Checks before a benchmark starts: the options, the output files, every problem.

Hours of work should not end at a line that could have been read at the start.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seek_viz.bench.journal import check_journal
from seek_viz.bench.workers import Tell, reason_of
from seek_viz.engine.seek import new_trace
from seek_viz.errors import UserError
from seek_viz.model import FrozenLM
from seek_viz.problems.problem import Problem, ProblemFile, Refused
from seek_viz.record import ModelIdentity
from seek_viz.settings.advice import unusual
from seek_viz.settings.config import SeekConfig

FORMAT = "seek_viz bench"
USUAL_TEMPERATURE = 2.0
"""Above it a sample is noise; "0,7" is read as 0 and 7."""


# --- options ----------------------------------------------------------------------------------------


def numbers(option: str, text: str, low: float, high: float) -> tuple[float, ...]:
    """One number or several with commas, each once.

    Args:
        option: its name on the command line, without dashes.
        text: as it was given.
        low: least value.
        high: largest value.

    Raises:
        UserError: it is none of these.
    """
    allowed = f"a number from {low:g} to {high:g}, or several with commas, each once"
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise UserError(f"--{option}", text, allowed, f"Correct --{option}.") from error
    in_bounds = all(math.isfinite(value) and low <= value <= high for value in found)
    if not in_bounds or len(set(found)) < len(found):
        raise UserError(f"--{option}", text, allowed, f"Correct --{option}.")
    return found


def whole_numbers(option: str, text: str, low: int, high: int) -> tuple[int, ...]:
    """The same for whole numbers.

    Raises:
        UserError: it is none of these.
    """
    allowed = f"a whole number from {low} to {high}, or several with commas, each once"
    try:
        found = tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise UserError(f"--{option}", text, allowed, f"Correct --{option}.") from error
    if not all(low <= value <= high for value in found) or len(set(found)) < len(found):
        raise UserError(f"--{option}", text, allowed, f"Correct --{option}.")
    return found


def names(option: str, text: str, allowed: Sequence[str]) -> tuple[str, ...]:
    """One name or several with commas, each once.

    Raises:
        UserError: one is not allowed, empty, or there twice.
    """
    found = tuple(part.strip() for part in text.split(","))
    wrong = [name for name in found if name not in allowed or found.count(name) > 1]
    if wrong:
        raise UserError(f"--{option}", wrong[0], f"each once: {', '.join(allowed)}", f"Correct --{option}.")
    return found


def at_least_one(option: str, value: int) -> int:
    """A count.

    Raises:
        UserError: it is below 1.
    """
    if value < 1:
        raise UserError(f"--{option}", value, "a whole number from 1", f"Correct --{option}.")
    return value


# --- files ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Files:
    """Output files of a bench, all beside the results."""

    results: Path
    tables: Path
    journal: Path
    log: Path

    def figure(self, name: str) -> Path:
        """An .svg."""
        return self.results.with_name(f"{self.results.stem}-{name}.svg")


def warnings_of(
    base: SeekConfig,
    given: Mapping[str, str],
    varied: Mapping[str, Sequence[float]],
    temperatures: Sequence[float],
) -> list[str]:
    """Warnings about options that are allowed but perhaps not intended.

    Args:
        base: the settings that all methods share.
        given: settings that the user set, by what they typed.
        varied: the values of the settings that are varied.
        temperatures: of the samples.
    """
    configs = [base.changed(**{name: one}) for name, values in varied.items() for one in values]
    told = [sentence for config in (base, *configs) for sentence in unusual(config, given)]
    told += [
        f"--temperature = {one:g} is above the usual 0 to {USUAL_TEMPERATURE:g}."
        for one in temperatures
        if one > USUAL_TEMPERATURE
    ]
    return list(dict.fromkeys(told))


def files_of(out: Path, inputs: Sequence[Path] = (), figures: Sequence[str] = ()) -> Files:
    """The files of a bench, if none of them would overwrite what is not its own.

    Args:
        out: the results, .json.
        inputs: files that are read.
        figures: names of the figures that may be drawn.

    Raises:
        UserError: one of them is an input, or a file that no bench wrote.
    """
    if out.suffix != ".json":
        raise UserError("--out", str(out), "a file that ends in .json", "Choose another --out.")
    files = Files(
        out,
        out.with_suffix(".md"),
        out.with_name(f"{out.stem}.journal.jsonl"),
        out.with_name(f"{out.stem}.log"),
    )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.is_file()
    except OSError as error:
        raise UserError(
            "--out", str(out), "a file that can be written", f"{error.strerror}: see to it."
        ) from error
    drawn = [files.figure(name) for name in figures]
    read = [path.resolve() for path in inputs]
    for path in (files.results, files.tables, files.journal, files.log, *drawn):
        if path.resolve() in read:
            raise UserError(
                "--out", str(out), f"files other than its input {path.name}", "Choose another --out."
            )
    own = {*_own(files.results)}
    for path in (files.results, files.tables, *drawn):
        if path.exists() and path.name not in own:
            raise _foreign(out, path)
    if files.log.exists() and not _begins(files.log, FORMAT):
        raise _foreign(out, files.log)
    check_journal(files.journal)
    return files


def _results(path: Path) -> dict[str, Any]:
    """Earlier results of a bench; empty where there is something else, or nothing."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) and record.get("format") == FORMAT else {}


def _own(results: Path) -> list[str]:
    """The names that earlier results of ours say were written with them, their own among them."""
    record = _results(results)
    return [results.name, *map(str, record.get("files", []))] if record else []


def check_plan(files: Files, plan: str) -> None:
    """Keep the results of another bench, whose journal may be gone.

    Args:
        files: of this bench.
        plan: its fingerprint.

    Raises:
        UserError: the results that are there are of another plan, or do not say of which, and no journal
            beside them can.
    """
    record = _results(files.results)
    if not record or record.get("plan") == plan or ("plan" not in record and files.journal.exists()):
        return
    raise UserError(
        "--out",
        str(files.results),
        "a new file, or the results of this bench: the same model, problems, methods and settings",
        "Choose another --out; what is there stays as it is.",
    )


def _begins(path: Path, text: str) -> bool:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(len(text)) == text
    except OSError:
        return False


def _foreign(out: Path, path: Path) -> UserError:
    return UserError(
        "--out",
        str(out),
        f"a place where no other file would be overwritten; {path.name} was not written by a bench",
        "Choose another --out.",
    )


# --- problems ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checked:
    """The problems of a file, looked at with the model that will be asked."""

    identity: ModelIdentity
    prompts: str
    """Fingerprint of its prompts."""
    usable: tuple[Problem, ...]
    skipped: tuple[Refused, ...]
    """In the order of the file."""


def checked(lm: FrozenLM, file: ProblemFile, base: SeekConfig, tell: Tell) -> Checked:
    """Tell the problems that can be run from those that cannot, with the line and the reason of each.

    A problem is skipped if its line is no problem, if it has no gold answer or one that nothing can be
    compared with, if its prompt is too long for the model, or if the file has it already.

    Args:
        lm: the model.
        file: the problems.
        base: settings, which decide the prompt.
        tell: not told anything.
    """
    usable: list[Problem] = []
    skipped = list(file.refused)
    questions: dict[str, int] = {}
    ids: dict[str, int] = {}
    for line, problem in zip(file.lines, file.problems, strict=True):
        reason = _unusable(lm, problem, base)
        words = " ".join(problem.question.split())
        if reason is None and words in questions:
            reason = f"the question of line {questions[words]} again"
        if reason is None and problem.id in ids:
            reason = f"the id of line {ids[problem.id]} again, with another question"
        if reason is None:
            usable.append(problem)
            questions[words] = ids[problem.id] = line
        else:
            skipped.append(Refused(file.name, line, problem.id, reason))
    return Checked(
        lm.identity, lm.prompts.fingerprint, tuple(usable), tuple(sorted(skipped, key=lambda bad: bad.line))
    )


def _unusable(lm: FrozenLM, problem: Problem, base: SeekConfig) -> str | None:
    if problem.gold is None or not problem.gold.strip():
        return "it has no gold answer"
    try:
        new_trace(lm, problem, dataclasses.replace(base, reward="self"))
    except Exception as error:  # whatever a chat template or a tokenizer raises is this problem's alone
        return reason_of(error)
    return None


def evenly_over_tiers(problems: Sequence[Problem], tiers: str, limit: int) -> list[Problem]:
    """The first `limit` problems, evenly over the named tiers.

    Args:
        problems: in the order of their file.
        tiers: "all", or names with commas.
        limit: most problems, at least 1.

    Raises:
        UserError: a tier is named that no problem has, or none is left.
    """
    present = sorted({problem.tier for problem in problems if problem.tier})
    wanted = () if tiers == "all" else names("tiers", tiers, present or ["all"])
    pools: list[list[Problem]] = [[p for p in problems if p.tier == name] for name in wanted]
    rows = itertools.zip_longest(*(pools or [list(problems)]))
    chosen = [problem for row in rows for problem in row if problem]
    if not chosen:
        raise UserError("--problems", len(problems), "at least one that can be used", "See what was skipped.")
    return chosen[: at_least_one("limit", limit)]


def told(skipped: Sequence[Refused], most: int = 10) -> list[str]:
    """Summary of skipped problems: the count, then the first ones by file, line and reason."""
    if not skipped:
        return []
    left = [f"... and {len(skipped) - most} more; the results name them all"] if len(skipped) > most else []
    return [f"skipped problems: {len(skipped)}", *(f"  {bad}" for bad in skipped[:most]), *left]


def as_records(items: Sequence[Any]) -> list[dict[str, Any]]:
    """Records as JSON-able values."""
    return [dataclasses.asdict(item) for item in items]
