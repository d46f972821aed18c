import dataclasses
import json
from pathlib import Path

import pytest

from seek_viz.errors import UserError
from seek_viz.problems.problem import (
    MAX_QUESTION_CHARS,
    Problem,
    bundled_problems,
    find_problem,
    load_problems,
    read_problems,
)


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


def test_math_form(tmp_path: Path) -> None:
    """MATH-500 names its problems by `unique_id`, AIME by a number; an answer there is any expression."""
    path = write(
        tmp_path / "set.jsonl",
        {"problem": "Half?", "solution": "...", "answer": "\\frac{1}{2}", "unique_id": "test/algebra/1.json"},
        {"id": 60, "problem": "How long?", "answer": "025", "url": "u"},
    )
    half, long = load_problems(path)
    assert (half.id, half.question, half.gold) == ("test/algebra/1.json", "Half?", "\\frac{1}{2}")
    assert (long.id, long.gold) == ("60", "025")


def test_numbers_are_taken_for_their_digits(tmp_path: Path) -> None:
    path = write(
        tmp_path / "set.jsonl", {"id": 5, "question": "Q", "gold": 63}, {"question": "R", "gold": 4.5}
    )
    assert [(p.id, p.gold) for p in load_problems(path)] == [("5", "63"), ("set-2", "4.5")]
    path = write(tmp_path / "none.jsonl", {"id": None, "question": "Q", "gold": None})
    assert [(p.id, p.gold) for p in load_problems(path)] == [("none-1", None)]


def test_all_lines_are_read_whatever_some_of_them_hold(tmp_path: Path) -> None:
    good = {"question": "Q", "gold": "1"}
    lines = [
        good,
        "{",
        {"question": "R", "gold": [1]},
        {"gold": "1"},
        "[" * 100_000,
        {"question": "Q", "gold": True},
    ]
    lines += ['{"question": "Q", "gold": "\\ud800"}', good]
    path = write(tmp_path / "set.jsonl", *lines)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    found = read_problems(path)
    assert [problem.id for problem in found.problems] == ["set-1", "set-8"]
    assert found.lines == (1, 8)
    assert [bad.line for bad in found.refused] == [2, 3, 4, 5, 6, 7]
    assert str(found.refused[0]).startswith("set.jsonl, line 2: not JSON: ")
    assert "no 'question'" in found.refused[2].reason


def test_what_is_no_number_or_no_text_is_refused_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(
        b'{"question": "Q", "gold": NaN}\n'
        b'{"question": "Q", "gold": -Infinity}\n'
        b'{"question": "caf\xe9", "gold": "1"}'
    )
    assert [str(bad).partition(": ")[2] for bad in read_problems(path).refused] == [
        "NaN is no number of JSON",
        "-Infinity is no number of JSON",
        "not UTF-8: byte 18 is 0xE9",
    ]


@pytest.mark.parametrize(
    ("written", "gold"),
    [("1,080", "1080"), ("-1,234,567.5", "-1234567.5"), ("15,5", "15,5"), ("1,08", "1,08"), ("3, 4", "3, 4")],
)
def test_a_comma_is_of_thousands_only_where_it_groups_them(tmp_path: Path, written: str, gold: str) -> None:
    path = write(tmp_path / "set.jsonl", {"question": "Q", "answer": f"So.\n#### {written}"})
    assert load_problems(path)[0].gold == gold


def test_ids_of_every_bundled_set_resolve() -> None:
    """Links and recordings hold ids of the first test set, which is a validation set now."""
    for problems in bundled_problems().values():
        for problem in (problems[0], problems[-1]):
            assert find_problem(problem.id) == problem
    assert set(bundled_problems()) == {"validation", "validation-2", "test", "handwritten"}


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="existing .jsonl file"):
        load_problems(tmp_path / "none.jsonl")


def test_binary_file(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(UserError):
        load_problems(path)
