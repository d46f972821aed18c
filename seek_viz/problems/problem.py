"""A problem to reason about, and the files that hold sets of them.

A problem is a question and, where it is known, the gold answer. The gold answer is for the judge of
the judge: it is shown beside the reward and reaches the optimiser only under PSRM, the oracle reward.
"""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seek_viz import ASSETS
from seek_viz.errors import UserError

MAX_QUESTION_CHARS = 4_000
"""Longest question accepted; GSM8K's longest is 985 characters."""


_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
"""Thousands in groups; any other comma is no matter of groups."""


@dataclass(frozen=True)
class Problem:
    """One question with its gold answer and, for generated ones, what makes it hard.

    Raises:
        UserError: the question is empty, or longer than MAX_QUESTION_CHARS.
    """

    id: str
    """Stable within its set; "own" for a question that was typed in."""
    question: str
    gold: str | None = None
    """Gold final answer as text ("63", "4.50"), or None when unknown."""
    tier: str = ""
    """"easy", "medium", "hard", or empty."""
    family: str = ""
    """Name of the grammar family that made it, or empty."""
    num_steps: int | None = None
    """Arithmetic steps of the gold solution, or None when unknown."""

    def __post_init__(self) -> None:
        if not self.question.strip():
            raise UserError("question", self.question, "some text", "Type a question or pick a problem.")
        if self.question != self.question.encode("utf-8", "replace").decode("utf-8"):
            raise UserError("question", self.question, "text that can be written as UTF-8", "Type it anew.")
        if len(self.question) > MAX_QUESTION_CHARS:
            raise UserError(
                "question",
                f"{len(self.question):,} characters",
                f"at most {MAX_QUESTION_CHARS:,} characters",
                "Shorten the question.",
            )

    def with_gold(self, gold: str | None) -> Problem:
        """This problem, or, with another gold answer than its own, one that is the user's own."""
        return self if gold == self.gold else Problem("own", self.question, gold)

    @classmethod
    def from_dict(cls, record: dict) -> Problem:
        """Build a problem from a JSON object; fields that Problem does not have are ignored."""
        names = {field.name for field in dataclasses.fields(cls)}
        return cls(**{key: value for key, value in record.items() if key in names})


@dataclass(frozen=True)
class Refused:
    """A problem that cannot be used, with what a person needs to find it."""

    source: str
    """Name of its file."""
    line: int
    """Line number there, from 1; 0 where the problem came from no file."""
    problem_id: str
    """Empty where the line has none."""
    reason: str

    def __str__(self) -> str:
        named = f" ({self.problem_id})" if self.problem_id else ""
        return f"{self.source}, line {self.line}{named}: {self.reason}"


@dataclass(frozen=True)
class ProblemFile:
    """What a file of problems holds: those that can be read, and the lines that cannot."""

    name: str
    problems: tuple[Problem, ...]
    lines: tuple[int, ...]
    """The line of each problem."""
    refused: tuple[Refused, ...]


def read_problems(path: str | Path) -> ProblemFile:
    """Read a JSON-lines file of problems, whatever some of its lines hold.

    Three shapes are understood: this project's own (id, question, gold, tier, ...), GSM8K's (question,
    answer whose last line is "#### gold"), and MATH's (problem, answer). Empty lines count as nothing.

    Args:
        path: the .jsonl file.

    Returns:
        The problems in file order, ids made from the line number where the file has none; and each line
        that is no problem, with the reason.

    Raises:
        UserError: there is no such file, or it cannot be read.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError("problem file", str(path), "an existing .jsonl file", "Check the path.")
    problems: list[tuple[int, Problem]] = []
    refused: list[Refused] = []
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                    record = json.loads(text, parse_constant=_no_number)
                    problem = _problem_of(record, fallback_id=f"{path.stem}-{number}")
                    problems.append((number, problem))
                except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                    refused.append(Refused(path.name, number, "", _reason(error)))
    except OSError as error:
        raise UserError("problem file", str(path), "a file that can be read", f"{error.strerror}.") from error
    return ProblemFile(
        path.name, tuple(p for _, p in problems), tuple(n for n, _ in problems), tuple(refused)
    )


def load_problems(path: str | Path) -> list[Problem]:
    """The problems of a file in which every line must be one.

    Args:
        path: as `read_problems` takes it.

    Returns:
        The problems in file order.

    Raises:
        UserError: the file is missing or a line is not a problem.
    """
    found = read_problems(path)
    for bad in found.refused[:1]:
        raise UserError(
            f"{bad.source}, line {bad.line}",
            bad.reason,
            'a JSON object with "question" and "gold" (or GSM8K\'s "answer")',
            "Mend the line.",
        )
    return list(found.problems)


def bundled_problems() -> dict[str, list[Problem]]:
    """The problem sets in assets/problems by name ("test", "validation", "validation-2", "handwritten")."""
    return {path.stem: load_problems(path) for path in sorted((ASSETS / "problems").glob("*.jsonl"))}


def find_problem(problem_id: str) -> Problem:
    """The bundled problem with that id.

    Raises:
        UserError: there is none.
    """
    sets = bundled_problems()
    for problems in sets.values():
        for problem in problems:
            if problem.id == problem_id:
                return problem
    examples = ", ".join(problems[0].id for problems in sets.values() if problems)
    raise UserError(
        "problem", problem_id, f"an id in assets/problems, such as {examples}", "Or give --question."
    )


def _problem_of(record: Any, fallback_id: str) -> Problem:
    if not isinstance(record, dict):
        raise ValueError("not a JSON object")
    if "question" not in record and "problem" in record:
        record = record | {"question": record["problem"], "gold": record.get("gold", record.get("answer"))}
    elif "answer" in record and "gold" not in record:
        answer = record["answer"]
        if not isinstance(answer, str) or "####" not in answer:
            raise ValueError('"answer" has no "#### gold" line')
        gold = answer.rsplit("####", 1)[1].strip()
        record = record | {"gold": gold.replace(",", "") if _GROUPED.fullmatch(gold) else gold}
    given = {name: value for name, value in record.items() if value is not None}
    record = {"id": given.get("unique_id", fallback_id)} | given
    for name in ("id", "gold", "tier", "family"):
        if name in record:
            record[name] = _text(name, record[name])
    if not isinstance(record["question"], str):
        raise ValueError('"question" is no text')
    return Problem.from_dict(record)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8: byte {error.start + 1} is 0x{error.object[error.start]:02X}"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg.lower()} at character {error.pos + 1}"
    return f"it has no {error}" if isinstance(error, KeyError) else str(error)


def _text(name: str, value: Any) -> str:
    """A field as text; files write numbers where they mean their digits."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError(f'"{name}" is neither text nor a number')
    text = str(value)
    if text != text.encode("utf-8", "replace").decode("utf-8"):
        raise ValueError(f'"{name}" cannot be written as UTF-8')
    return text
