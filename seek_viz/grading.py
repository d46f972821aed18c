"""Final answers: finding one in a text, and telling whether two are equal.

A text from which no answer can be read gives None, never a wrong answer: "could not parse" is a value
that the page shows. Equality takes a plain numeric path first and asks math-verify for the rest.
It does not know units: "5 kg" and "5" are equal, because graders of GSM8K read them so.
"""

from __future__ import annotations

import json
import logging
import re
from fractions import Fraction

from seek_viz.errors import UserError
from seek_viz.prompts import after_thinking

MAX_ANSWER_CHARS = 200
logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns at each call that has no time-out
_NUMBER = re.compile(r"[-+]?(?:\d[\d,]*(?:\.\d*)?|\.\d+)")
_DECORATION = re.compile(r"\\[$%]|\\text\{[^{}]*\}|\\[,!; ]|[$%€£]|[A-Za-z. ]+$")


def final_answer(text: str, answer_format: str = "boxed") -> str | None:
    r"""The final answer that a solution states.

    Args:
        text: a decoded solution.
            A thinking model's answer stands behind its thought.
        answer_format: "boxed" takes the content of the last closed `\boxed{...}`; "json" the value of
            the last "final answer" key of a JSON object, else of a line that looks like one.

    Returns:
        The answer as written, stripped, or None when there is none.
    """
    text = after_thinking(text)
    answer = _boxed(text) if answer_format == "boxed" else _json_answer(text)
    return answer.strip() or None if answer is not None else None


def _boxed(text: str) -> str | None:
    for opening in reversed(list(re.finditer(r"boxed\s*\{", text))):
        depth = 1
        for position in range(opening.end(), len(text)):
            depth += {"{": 1, "}": -1}.get(text[position], 0)
            if depth == 0:
                return text[opening.end() : position]
    return None


def _json_answer(text: str) -> str | None:
    start, end = text.find("{"), text.rfind("}")
    if 0 <= start < end:
        try:
            record = json.loads(text[start : end + 1], strict=False)
            if isinstance(record, dict) and "final answer" in record:
                value = record["final answer"]
                plain = isinstance(value, (str, int, float)) and not isinstance(value, bool)
                return str(value) if plain else None
        except ValueError:
            pass
    loose = re.findall(r'"final answer"\s*:\s*"?([^"}\n]+)', text)
    return loose[-1] if loose else None


def answers_equal(answer: str | None, gold: str) -> bool:
    """Whether a final answer equals the gold one.

    Args:
        answer: as `final_answer` gives it; None is never equal.
        gold: the gold answer, a number or a mathematical expression.
    """
    if answer is None:
        return False
    if answer.strip() == gold.strip():
        return True
    left, right = parse_number(answer), parse_number(gold)
    if left is not None and right is not None:
        return left == right
    return _symbolically_equal(answer, gold)


def parse_number(text: str) -> Fraction | None:
    """The exact value of a plain number such as "1,250", "-3.50", "3/4", "$12", "15 %"; else None."""
    stripped = _DECORATION.sub("", text.strip()).strip()
    parts = [part.strip() for part in stripped.split("/")]
    if len(parts) > 2 or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    values = [Fraction(part.replace(",", "").rstrip(".")) for part in parts]
    if len(values) == 1:
        return values[0]
    return values[0] / values[1] if values[1] else None


def check_gold(gold: str) -> str:
    """The gold answer, stripped, if equality with it can be decided.

    Raises:
        UserError: it is empty, too long, or neither a number nor an expression.
    """
    gold = gold.strip()
    if 0 < len(gold) <= MAX_ANSWER_CHARS and (parse_number(gold) is not None or _parse_symbols(gold)):
        return gold
    raise UserError(
        "gold answer",
        gold,
        f'a number or an expression of at most {MAX_ANSWER_CHARS} characters, such as "63", "4.50" or "3/4"',
        "Correct it, or leave it empty.",
    )


def _symbolically_equal(answer: str, gold: str) -> bool:
    left, right = _parse_symbols(answer), _parse_symbols(gold)
    if not left or not right:
        return False
    from math_verify import verify  # noqa: PLC0415 - see _parse_symbols

    # The library's time-out needs the main thread; the size guard of _parse_symbols stands in for it.
    return bool(verify(right, left, timeout_seconds=None))


def _parse_symbols(text: str) -> list:
    """What math-verify makes of a short expression; empty for anything else or without the library."""
    if len(text) > MAX_ANSWER_CHARS or text.count("^") + text.count("**") > 1 or "!" in text:
        return []  # towers of powers and factorials can keep a computer algebra system busy for ever
    if re.search(r"(?:\^|\*\*)\s*\{?\s*-?\d{3,}", text):
        return []
    if not re.search(r"\d|\\[a-z]+|^\s*[a-zA-Z]\s*$", text):
        return []
    try:
        # Imported late: it costs a second, and the engine must run where it is not installed.
        from math_verify import parse  # noqa: PLC0415
    except ImportError:
        return []
    return parse(f"${text}$", parsing_timeout=None)
