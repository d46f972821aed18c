"""What cannot be used is told before the first job, in words, and nothing of anybody else is overwritten."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seek_viz.bench import checks
from seek_viz.bench.checks import checked, evenly_over_tiers, files_of, told
from seek_viz.errors import UserError
from seek_viz.model import FrozenLM
from seek_viz.problems.problem import Problem, read_problems
from seek_viz.settings.config import SeekConfig


@pytest.mark.parametrize(
    "text", ["", ",", "0.1,", "nan", "inf", "-1", "0.1,0.1", "0.1,0.10", "1e9", "a", "0,1,0"]
)
def test_numbers_that_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="^--eta: "):
        checks.numbers("eta", text, 0.0, 10.0)


@pytest.mark.parametrize("text", ["", "1.5", "-1", "1,1", "1,01", "x", "99999999999"])
def test_whole_numbers_that_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="^--seeds: "):
        checks.whole_numbers("seeds", text, 0, 2**31 - 1)


def test_lists_that_are_taken() -> None:
    assert checks.numbers("eta", "0.1, 0.2", 0.0, 1.0) == (0.1, 0.2)
    assert checks.whole_numbers("seeds", "3,1", 0, 9) == (3, 1)
    assert checks.names("methods", "b, a", ("a", "b")) == ("b", "a")
    assert checks.at_least_one("limit", 1) == 1


@pytest.mark.parametrize("text", ["", "a,", "a,a", "c"])
def test_names_that_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="^--methods: "):
        checks.names("methods", text, ("a", "b"))


@pytest.mark.parametrize("value", [0, -3])
def test_counts_that_are_refused(value: int) -> None:
    with pytest.raises(UserError, match="^--workers: got"):
        checks.at_least_one("workers", value)


# --- files ------------------------------------------------------------------------------------------


def test_a_data_set_beside_the_results_is_not_theirs(tmp_path: Path) -> None:
    data = tmp_path / "mine.jsonl"
    data.write_text("precious")
    files = files_of(tmp_path / "mine.json", [data])
    assert data not in (files.results, files.tables, files.journal, files.log)
    assert files.journal.name == "mine.journal.jsonl"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.json", '{"rows": []}'),
        ("x.json", "[]"),
        ("x.json", "not JSON"),
        ("x.md", "# My notes"),
        ("x.journal.jsonl", '{"question": "Q"}\n'),
        ("x.log", "a log of something"),
        ("x-tokens.svg", "<svg/>"),
    ],
)
def test_a_foreign_file_is_not_overwritten(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(UserError, match="another --out"):
        files_of(tmp_path / "x.json", (), ("tokens",))
    assert (tmp_path / name).read_text() == content


def test_results_that_name_a_file_may_write_it_again(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"format": checks.FORMAT, "files": ["x.md", "x-tokens.svg"]}))
    for name in ("x.md", "x-tokens.svg"):
        (tmp_path / name).write_text("old")
    files_of(tmp_path / "x.json", (), ("tokens",))
    (tmp_path / "x-settings.svg").write_text("another's")
    with pytest.raises(UserError, match="x-settings.svg"):
        files_of(tmp_path / "x.json", (), ("tokens", "settings"))


@pytest.mark.parametrize("name", ["x.json", "x.md", "x.journal.jsonl", "x.log", "x-tokens.svg"])
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(UserError):
        files_of(tmp_path / "x.json", (), ("tokens",))


def test_results_of_another_plan_stay_although_their_journal_is_gone(tmp_path: Path) -> None:
    results = tmp_path / "x.json"
    files = files_of(results)
    checks.check_plan(files, "ours")
    for record in ({"plan": "theirs"}, {}):
        results.write_text(json.dumps({"format": checks.FORMAT, **record}))
        with pytest.raises(UserError, match="another --out"):
            checks.check_plan(files, "ours")
    files.journal.write_text("")  # what an earlier release wrote, whose journal is held against the plan
    checks.check_plan(files, "ours")
    results.write_text(json.dumps({"format": checks.FORMAT, "plan": "ours"}))
    files.journal.unlink()
    checks.check_plan(files, "ours")


@pytest.mark.parametrize("out", ["x.jsonl", "x.md", "x", "."])
def test_results_are_a_json_file(tmp_path: Path, out: str) -> None:
    with pytest.raises(UserError, match=r"\.json"):
        files_of(tmp_path / out)


def test_an_input_is_never_an_output(tmp_path: Path) -> None:
    data = tmp_path / "x.journal.jsonl"
    data.write_text("")
    (tmp_path / "link.jsonl").symlink_to(data)
    with pytest.raises(UserError, match="input"):
        files_of(tmp_path / "x.json", [tmp_path / "link.jsonl"])


# --- problems ---------------------------------------------------------------------------------------


@pytest.fixture
def looked_at(reference_lm: FrozenLM, tmp_path: Path) -> Callable[..., checks.Checked]:
    def look(*lines: Any) -> checks.Checked:
        path = tmp_path / "set.jsonl"
        path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
        return checked(reference_lm, read_problems(path), SeekConfig(reward="psrm"), lambda *_: None)

    return look


def test_every_problem_that_cannot_be_run_is_named_with_its_line_and_reason(
    looked_at: Callable[..., checks.Checked],
) -> None:
    good = {"question": "Tom has 3 pens. How many?", "gold": "3"}
    found = looked_at(
        good,
        "{broken",
        {"question": "Without a gold answer?"},
        {"question": "With an empty one?", "gold": " "},
        {"question": "Long? " + "x" * 3_900, "gold": "1"},
        good | {"question": "Tom  has 3 pens. How many?"},
        {"id": "set-1", "question": "Another?", "gold": "1"},
        "",
        {"question": "The last one?", "gold": 2},
    )
    assert [problem.question for problem in found.usable] == [good["question"], "The last one?"]
    assert [(bad.line, bad.source) for bad in found.skipped] == [(n, "set.jsonl") for n in range(2, 8)]
    reasons = [bad.reason for bad in found.skipped]
    for reason, words in zip(
        reasons,
        ("not JSON", "no gold", "no gold", "tokens", "question of line 1 again", "id of line 1 again"),
        strict=True,
    ):
        assert words in reason
    assert told(found.skipped)[0] == "skipped problems: 6"
    assert len(told(found.skipped, most=2)) == 1 + 2 + 1
    assert told(()) == []


def test_a_template_that_raises_costs_its_problem_alone(
    looked_at: Callable[..., checks.Checked], reference_lm: FrozenLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = FrozenLM.render

    def render(self: FrozenLM, messages: Any, thinking: bool = False) -> str:
        if "odd" in str(messages):
            raise RuntimeError("template")
        return real(self, messages, thinking)

    monkeypatch.setattr(FrozenLM, "render", render)
    found = looked_at({"question": "odd?", "gold": "1"}, {"question": "even?", "gold": "1"})
    assert [p.question for p in found.usable] == ["even?"]
    assert "RuntimeError: template" in found.skipped[0].reason


def test_tiers_that_the_set_lacks_are_refused() -> None:
    problems = [Problem(f"{tier}{i}", "How many?", "1", tier) for tier in ("easy", "hard") for i in range(2)]
    for tiers in ("medium", "easy,easy", "", "easy,"):
        with pytest.raises(UserError, match="--tiers: .*easy, hard"):
            evenly_over_tiers(problems, tiers, 3)
    with pytest.raises(UserError, match="--limit"):
        evenly_over_tiers(problems, "all", 0)
    with pytest.raises(UserError, match="--problems"):
        evenly_over_tiers([], "all", 3)
