"""A problem to reason about, and the files that hold sets of them.

A problem is a question and, where it is known, the gold answer. The gold answer is for the judge of
the judge: it is shown beside the reward and reaches the optimiser only under PSRM, the oracle reward.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from seek_viz import ASSETS
from seek_viz.errors import UserError

MAX_QUESTION_CHARS = 4_000
"""Longest question accepted; GSM8K's longest is 985 characters."""


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


def load_problems(path: str | Path) -> list[Problem]:
    """Read a JSON-lines file of problems.

    Two shapes are understood: this project's own (id, question, gold, tier, ...), and GSM8K's
    (question, answer whose last line is "#### gold").

    Args:
        path: the .jsonl file.

    Returns:
        The problems in file order; ids are made from the line number where the file has none.

    Raises:
        UserError: the file is missing or a line is not a problem.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError("problem file", str(path), "an existing .jsonl file", "Check the path.")
    problems = []
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                problems.append(_problem_of(json.loads(line), fallback_id=f"{path.stem}-{number}"))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise UserError(
                    f"{path.name}, line {number}",
                    line.strip(),
                    'a JSON object with "question" and "gold" (or GSM8K\'s "answer")',
                    f"Mend the line ({error}).",
                ) from error
    return problems


def bundled_problems() -> dict[str, list[Problem]]:
    """The problem sets in assets/problems by name ("test", "validation", "handwritten")."""
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


def _problem_of(record: dict, fallback_id: str) -> Problem:
    if "answer" in record and "gold" not in record:
        answer = record["answer"]
        if "####" not in answer:
            raise ValueError('"answer" has no "#### gold" line')
        record = record | {"gold": answer.rsplit("####", 1)[1].strip().replace(",", "")}
    return Problem.from_dict({"id": fallback_id} | record)
