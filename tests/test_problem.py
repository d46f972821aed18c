import dataclasses
import json
from pathlib import Path

import pytest

from seek_viz.errors import UserError
from seek_viz.problem import MAX_QUESTION_CHARS, Problem, load_problems


@pytest.mark.parametrize("question", ["", "   ", "\n\t"])
def test_empty_question(question: str) -> None:
    with pytest.raises(UserError, match="question: got .*some text"):
        Problem("own", question)


def test_ten_thousand_characters() -> None:
    with pytest.raises(UserError, match="10,000 characters.*at most 4,000"):
        Problem("own", "x" * 10_000)
    assert Problem("own", "x" * MAX_QUESTION_CHARS).gold is None


def write(path: Path, *lines: object) -> Path:
    path.write_text(
        "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8"
    )
    return path


def test_own_form(tmp_path: Path) -> None:
    expected = Problem("e-1", "1 + 1?", "2", "easy", "sums", 1)
    record = dataclasses.asdict(expected) | {"note": "a field that Problem does not have"}
    assert load_problems(write(tmp_path / "set.jsonl", record)) == [expected]


def test_gsm8k_form(tmp_path: Path) -> None:
    answer = "A crate holds 1,200 nails.\nTwo hold 2 * 1200 = <<2*1200=2400>>2,400.\n#### 2,400"
    path = write(
        tmp_path / "nails.jsonl",
        {"question": "How many nails?", "answer": answer},
        "",
        {"question": "Q", "answer": "#### -7"},
    )
    first, second = load_problems(path)
    assert (first.id, first.question, first.gold) == ("nails-1", "How many nails?", "2400")
    assert (second.id, second.gold) == ("nails-3", "-7")


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[1, 2]",
        '"text"',
        "null",
        '{"gold": "3"}',
        '{"question": "Q", "answer": "no mark"}',
        '{"question": "", "gold": "3"}',
        '{"question": 5, "gold": "3"}',
        '{"question": "Q", "answer": 5}',
    ],
)
def test_damaged_line_is_named(tmp_path: Path, line: str) -> None:
    path = write(tmp_path / "set.jsonl", {"question": "fine", "gold": "1"}, line)
    with pytest.raises(UserError, match=r"set\.jsonl, line 2"):
        load_problems(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="existing .jsonl file"):
        load_problems(tmp_path / "none.jsonl")


def test_binary_file(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(UserError):
        load_problems(path)
