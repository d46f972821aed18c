"""Final answers and equality. The table of pairs is answer_pairs.py; docs/answers.md is run row by row."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from answer_pairs import PAIRS
from hypothesis import given
from hypothesis import strategies as st

from seek_viz.errors import UserError
from seek_viz.grading import (
    MAX_ANSWER_CHARS,
    answers_equal,
    check_gold,
    final_answer,
    gold_advice,
    grouped,
    numbers,
    parse_number,
)

DOCS = Path(__file__).parent.parent / "docs" / "answers.md"


def rows_of(columns: int) -> list[list[str]]:
    """The rows of the table in docs/answers.md that has so many columns, without backticks."""
    rows = [
        line.strip("|").split("|") for line in DOCS.read_text(encoding="utf-8").splitlines() if "|" in line
    ]
    cells = [[cell.strip().strip("`") for cell in row] for row in rows if len(row) == columns]
    return cells[2:]


def test_there_are_pairs_of_every_kind() -> None:
    assert len(PAIRS) >= 150
    assert len({kind for *_, kind in PAIRS}) >= 15
    assert len({(answer, gold) for answer, gold, *_ in PAIRS}) == len(PAIRS)


@pytest.mark.parametrize(("answer", "gold", "equal", "kind"), PAIRS)
def test_pair(answer: str, gold: str, equal: bool, kind: str) -> None:
    assert answers_equal(answer, gold) is equal, kind
    assert not gold or not answer or answers_equal(gold, answer) is equal, f"{kind}, the other way round"


@pytest.mark.parametrize(("about", "answer", "gold", "equal", "because"), rows_of(5))
def test_convention(about: str, answer: str, gold: str, equal: str, because: str) -> None:
    assert answers_equal(answer, gold) is {"yes": True, "no": False}[equal], (about, because)


@pytest.mark.parametrize(("text", "answer", "because"), rows_of(3))
def test_where_an_answer_is_found(text: str, answer: str, because: str) -> None:
    assert final_answer(text) == (answer or None), because


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"so \boxed{42}.", "42"),
        (r"\boxed{1} then \boxed{2}", "2"),
        (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\boxed{ 7 } and \boxed{8", "7"),
        (r"\boxed {9}", "9"),
        (r"\boxed{}", None),
        (r"\boxed{{3}", "{3}"),
        (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
        (r"\boxed{\{}", r"\{"),
        (r"{ \boxed{5} and } }", "5"),
        (r"$\boxed 42$.", "42"),
        (r"\boxed{B", "B"),
        (r"I boxed 42 apples", None),
        (r"\boxed{" + "word " * 100, None),
        ("\\boxed{4\nand then", "4"),
        ("the answer is 42", None),
        ("", None),
        ("boxed{5}", "5"),
        ("She boxed {3}", None),
        ("unboxed{3}", None),
        (r"\boxed\frac12", r"\frac12"),
        (r"$\boxed\dfrac{3}{4}$.", r"\dfrac{3}{4}"),
        (r"\boxed\text{two words} and", r"\text{two words}"),
        (r"\boxed -\sqrt2", r"-\sqrt2"),
        (r"\boxed 3\sqrt{2}, so", r"3\sqrt{2}"),
        (r"\boxed $42$", "42"),
        (r"\boxed $x + 1$.", "x + 1"),
        (r"\boxed{5} and \boxed{}", "5"),
        (r"\boxed{5} and \boxed{\text{ }}", "5"),
        (r"\boxed{\boxed{}}", None),
        ("\\boxed{\\begin{aligned}\n42", "\\begin{aligned}\n42"),
    ],
)
def test_boxed(text: str, answer: str | None) -> None:
    assert final_answer(text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('{"thought process": "1+1", "final answer": "2"}', "2"),
        ('Sure: {"final answer": 2.5} done', "2.5"),
        ('{"final answer": 1.50}', "1.50"),
        ('{"thought process": "line\nbreak", "final answer": "3"}', "3"),
        ('{"thought process": "cut off, "final answer": "4"', "4"),
        (r'{"final answer": "\frac{1}{2}"}', r"\frac{1}{2}"),
        (r'{"final answer": "\\frac{1}{2}"}', r"\frac{1}{2}"),
        (
            r'{"thought process": "\sqrt{4}", "final answer": "\theta \times \nabla \rho \beta"}',
            r"\theta \times \nabla \rho \beta",
        ),
        (r'{"final answer": "say \"5\""}', 'say "5"'),
        *(
            (f'{{"final answer": "{written}"}}', r"\begin{pmatrix}1\\2\end{pmatrix}")
            for written in (
                r"\\begin{pmatrix}1\\\\2\\end{pmatrix}",  # as JSON asks for
                r"\begin{pmatrix}1\\2\end{pmatrix}",  # as LaTeX is
                r"\\begin{pmatrix}1\\2\\end{pmatrix}",  # the commands alone escaped
            )
        ),
        ("{'final answer': '5'}", "5"),
        ('```json\n{"final answer": "6"}\n```', "6"),
        ('{"Final Answer": "7"}', "7"),
        ('{"final_answer": "7"}', "7"),
        ('{"final answer": "8', "8"),
        ('{"final answer": 8', "8"),
        ('{"final answer": [1, 2]}', "[1, 2]"),
        (r'{"thought process": "not \"final answer\": \"1\"", "final answer": "2', "2"),
        ('{"final answer": true}', None),
        ('{"final answer": null}', None),
        ('{"answer": "5"}', None),
        ("[1]", None),
        (r"\boxed{6}", None),
    ],
)
def test_json(text: str, answer: str | None) -> None:
    assert final_answer(text, "json") == answer


def test_json_with_a_long_number_and_json_that_is_deep() -> None:
    assert final_answer('{"final answer": ' + "9" * 5000 + "}", "json") == "9" * 5000
    assert final_answer('{"a":' * 100_000 + "}", "json") is None


def test_no_answer_is_not_equal() -> None:
    assert answers_equal(None, "5") is False


@given(st.text(max_size=60), st.sampled_from(["boxed", "json"]))
def test_final_answer_is_total(text: str, answer_format: str) -> None:
    answer = final_answer(text, answer_format)
    assert answer is None or (answer == answer.strip() and answer)


@given(st.integers(-(10**12), 10**12))
def test_a_number_equals_its_own_spellings(number: int) -> None:
    spellings = [f"{number:,}", f"{number}.00", f" {number} ", f"{number}/1", f"${number}$", f"**{number}**"]
    spellings += [f"{number:,}".replace(",", " "), f"{number} kg", f"x = {number}", rf"\text{{{number}}}."]
    for spelling in spellings:
        assert answers_equal(spelling, str(number)), spelling
    assert not answers_equal(str(number + 1), str(number))


@given(st.text(max_size=40) | st.text(alphabet=r"0123456789.,/+-$% abkg^{}()[]\fracxe=<>°½²", max_size=40))
def test_reading_is_total(text: str) -> None:
    parse_number(text)
    answers_equal(text, "<>")


def test_long_numbers_are_read_exactly() -> None:
    """Python's `int` refuses more than 4,300 digits."""
    assert parse_number("9" * 4301) == 10**4301 - 1
    assert parse_number("-" + "9" * 9000) == 1 - 10**9000
    assert parse_number("$" + "9" * 9000) == 10**9000 - 1
    assert parse_number("1e4000") == 10**4000
    assert parse_number("0." + "1" * 5000) == Fraction((10**5000 - 1) // 9, 10**5000)
    assert answers_equal("9" * 4301 + ".0", "9" * 4301) is True


@pytest.mark.parametrize(
    "text",
    [
        "9" * 10**6,
        "9" * 4301 + "x",
        "{" * 10**6,
        r"\boxed{" * 10**5,
        r"\boxed{" * 10**5 + "}" * 10**5,
        r"\boxed" + r"\frac" * 10**5,
        r"\begin{aligned}" * 10**5,
        "five hundred " * 10**5,
        "^(" * 10**5 + ")" * 10**5,
        "boxed " * 10**5,
        "," * 10**6,
        "\\" * 10**6,
        '"final answer": ' * 10**5,
        " " * 10**6 + "boxed{1",
        r"\boxed{" + "x" * 10**6,
        "1 " * 10**5,
        "1,000" * 10**5,
    ],
    ids=lambda text: text[:20],
)
def test_a_megabyte_is_read_in_linear_time(text: str) -> None:
    """A quadratic reader takes minutes for it; no clock is needed to see that this test does not."""
    final_answer(text)
    final_answer(text, "json")
    parse_number(text)
    assert answers_equal(text, "17") is False


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('{"final answer": 5,000}', "5,000"),
        ('{"final answer": $1,080}', "$1,080"),
        ('{"final answer": (1, 2)}', "(1, 2)"),
        (r'{"final answer": \frac{1}{2}}', r"\frac{1}{2}"),
        ('{"final answer": [1, [2, 3]]}', "[1, [2, 3]]"),
        ('{"final answer": 5, "why": "x"}', "5"),
        ('{"why": 1, "final answer": 7}\nOk', "7"),
        (r'{"final answer": "\texttt{42}"}', r"\texttt{42}"),
        (r'{"final answer": "3 \bmod 5"}', r"3 \bmod 5"),
        (r'{"final answer": "\rbrace"}', r"\rbrace"),
        (r'{"final answer": "a\nb"}', "a\nb"),
        (r'{"final answer": "\neq 3"}', r"\neq 3"),
    ],
)
def test_a_json_value_without_quotes_or_with_latex(text: str, answer: str) -> None:
    assert final_answer(text, "json") == answer


PIECES = [
    "9", "1,", "1.", "1 ", "1/", "-", "$", "{", "}", "(", "\\frac", "\\frac{", "1e", "x", "a ", ".", "0,",
    "^", "10^", "1,000", "'", "*", "**", "_", "°", "km ", "%", "{,}", "\\,", ",\\!", "½", "1½", "²", "and ",
    "million ", "\n", "five ", "^(", "\\sqrt", "\\frac\\pi", "\\begin{aligned}",
    "base ", "0.\\bar", "-1", "3...",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_a_number_of_any_length_is_read_in_linear_time(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the limit, at which a quadratic pattern takes a second only, it would take a minute here."""
    monkeypatch.setattr(numbers, "MAX_DIGITS", 10**9)
    text = (piece * 50_000)[:50_000]
    parse_number(text)
    assert answers_equal(text, "17") is False


def test_numbers_and_equal_texts_start_no_process() -> None:
    pairs = [
        ("1,250", "1250"),
        (r"\frac34", "0.75"),
        (r"\sqrt{2}", r"\sqrt{2}"),
        ("Monday", "Sunday"),
        ("(1,2)", "(2,1)"),
    ]
    code = f"""
import sys
from seek_viz.grading import answers_equal, check_gold, symbols
for answer, gold in {pairs!r}:
    answers_equal(answer, gold)
check_gold("63")
check_gold("Monday")
assert not symbols._shared, "a process was started"
assert not {{"sympy", "math_verify"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=DOCS.parent.parent)


@pytest.mark.parametrize(
    "gold",
    [
        "63",
        " 4.50 ",
        "3/4",
        "-2",
        r"\frac{1}{2}",
        r"2\sqrt{3}",
        "x",
        "no idea",
        "n!",
        "9^9^9",
        "2^{3} + 2^{4}",
        "?",
    ],
)
def test_gold_is_kept_as_it_is(gold: str) -> None:
    assert check_gold(gold) == gold.strip()
    assert answers_equal(gold.strip(), gold) is True


@pytest.mark.parametrize("gold", ["", "   ", "1" * (MAX_ANSWER_CHARS + 1)])
def test_gold_that_cannot_be(gold: str) -> None:
    with pytest.raises(UserError, match="gold answer"):
        check_gold(gold)


def test_answers_are_grouped_by_value() -> None:
    answers = ["0.5", "7", r"\frac{1}{2}", "7.0", "1/2", "x+1", "1 + x", "Monday", "monday"]
    assert grouped(answers) == [[0, 2, 4], [1, 3], [5, 6], [7, 8]]
    assert grouped([]) == []


def test_what_could_not_be_compared_stays_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seek_viz.grading.symbols.equal", lambda left, right: None)
    assert answers_equal("a+1", "1+a") is None
    assert grouped(["a+1", "1+a", "a+1", "3", "3.0"]) == [[0, 2], [1], [3, 4]]


# --- Real problems: the folder is not part of the repository --------------------------------------------

DATA = os.environ.get("SEEK_VIZ_DATA")
real_data = pytest.mark.skipif(
    not DATA, reason="SEEK_VIZ_DATA names no folder with gsm8k_test.jsonl and others"
)


def lines_of(name: str) -> list[dict]:
    import json

    return [json.loads(line) for line in (Path(DATA or "") / name).read_text(encoding="utf-8").splitlines()]


@real_data
def test_gsm8k_golds_are_numbers() -> None:
    golds = [record["answer"].rsplit("####", 1)[1].strip() for record in lines_of("gsm8k_test.jsonl")]
    assert len(golds) == 1319
    assert [gold for gold in golds if parse_number(gold) != int(gold.replace(",", ""))] == []


@real_data
def test_math500_golds_equal_their_own_boxes() -> None:
    records = lines_of("math500_test.jsonl")
    assert len(records) == 500
    for record in records:
        gold, box = check_gold(record["answer"]), final_answer(record["solution"])
        assert box
        for spelling in (box, f"{box}.", f"${box}$", f" {box} .", rf"\displaystyle {box}"):
            assert answers_equal(spelling, gold) is True, (spelling, gold)


SAME_VALUE = [
    {"10080", r"10,\!080"},
    {r"\frac14", r"\frac{1}{4}"},
    {r"\frac43", r"\frac{4}{3}"},
    {r"\$36", "36"},
    {"1,-2", "-2,1"},
    {r"2\sqrt{5}", r"2 \sqrt{5}"},
    {"x=5", "5"},
    {r"15\mbox{ cm}^2", "15"},
    *({rf"{angle}^\circ", str(angle)} for angle in (30, 36, 90, 120)),
]
"""Golds of MATH-500 that say one thing in two ways, by the conventions of docs/answers.md."""


@real_data
def test_math500_golds_of_different_value_differ() -> None:
    import random

    golds = sorted({record["answer"] for record in lines_of("math500_test.jsonl")})
    draw = random.Random(0)
    pairs = [draw.sample(golds, 2) for _ in range(3000)]
    results = {(left, right): answers_equal(left, right) for left, right in pairs}
    wrongly = [pair for pair, equal in results.items() if equal and set(pair) not in SAME_VALUE]
    assert wrongly == []
    assert [pair for pair, equal in results.items() if equal is None] == []


@real_data
def test_aime_golds_equal_the_integer() -> None:
    answers = [record["answer"] for record in lines_of("aime2024.jsonl")]
    assert len(answers) == 30
    assert all(answers_equal(f"{int(answer):03d}", answer) for answer in answers)
    assert all(answers_equal(answer, str(int(answer))) for answer in answers)


@pytest.mark.parametrize(
    ("gold", "told"),
    [
        ("104,0", "a list of two numbers"),
        ("1,5", "a list of two numbers"),
    ],
)
def test_a_gold_answer_that_may_be_meant_otherwise_is_told(gold: str, told: str) -> None:
    assert told in (gold_advice(gold) or "")


@pytest.mark.parametrize(
    "gold",
    [
        "104",
        "1,080",
        "0,5",
        "3/4",
        "x^2",
        "Monday",
        "(1, 2)",
        "\\frac{1}{2}",
        "",
        "B",
        "5 apples",
        "1, 2",
        "one hundred",
    ],
)
def test_other_gold_answers_need_no_word(gold: str) -> None:
    assert gold_advice(gold) is None
