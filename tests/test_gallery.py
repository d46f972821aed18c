"""The search for stories finds the first problem in file order whose run tells one, and records that run."""

from __future__ import annotations

from pathlib import Path

import pytest

from seek_viz import gallery
from seek_viz.gallery import Story, record, write_provenance
from seek_viz.model import FrozenLM
from seek_viz.problem import bundled_problems
from seek_viz.trace import load_trace

SETTINGS = {"reward": "psrm", "max_updates": 1, "max_new_tokens": 40}


@pytest.fixture(scope="module")
def tiny_lm() -> FrozenLM:
    return FrozenLM.load("tiny", device="cpu")


def test_a_story_is_told_by_the_first_problem_that_tells_it(
    tiny_lm: FrozenLM, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems = bundled_problems()["validation"][:6]
    wanted = problems[2].id
    stories = (
        Story("third", "Stopped after {last}", SETTINGS, None, lambda t: t.problem.id == wanted),
        Story("any", "Any", SETTINGS, None, lambda t: True),
        Story("none", "None", SETTINGS, None, lambda t: False),
    )
    monkeypatch.setattr(gallery, "STORIES", stories)
    found = {story.key: trace for story, trace in record(tiny_lm, problems, tmp_path)}
    assert found["none"] is None
    third, first = found["third"], found["any"]
    assert third is not None
    assert first is not None
    assert (third.problem.id, first.problem.id) == (wanted, problems[0].id)
    assert third.title == f"Stopped after {len(third.steps) - 1}"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1-third.json", "2-any.json"]
    loaded = load_trace(tmp_path / "1-third.json")
    assert [step.text for step in loaded.steps] == [step.text for step in third.steps]
    write_provenance(tmp_path, "seek-viz record")
    assert f"| `1-third.json` | {third.title} | {wanted} |" in (tmp_path / "README.md").read_text()


def test_how_the_chain_of_thought_begins_is_asked_first(
    tiny_lm: FrozenLM, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems = bundled_problems()["validation"][:8]
    stories = tuple(
        Story(str(begins), "x", SETTINGS | {"max_new_tokens": 200}, begins, lambda t: True)
        for begins in (True, False)
    )
    monkeypatch.setattr(gallery, "STORIES", stories)
    for story, trace in record(tiny_lm, problems, tmp_path):
        if trace is not None:
            assert trace.steps[0].correct is story.begins
