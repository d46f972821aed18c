"""The search for stories finds the first problem in file order whose run tells one, and records that run."""

from __future__ import annotations

from pathlib import Path

import pytest

from seek_viz import ASSETS
from seek_viz.bench import gallery
from seek_viz.bench.gallery import Story, record, write_provenance
from seek_viz.errors import UserError
from seek_viz.model import FrozenLM
from seek_viz.problems.problem import bundled_problems
from seek_viz.record import load_trace, with_iterates
from seek_viz.show import counterpart, pair_view

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
    files = {path.name for path in tmp_path.glob("*.json")}
    assert files - {"1b-control.json", "2b-control.json"} == {"1-third.json", "2-any.json"}
    loaded = load_trace(tmp_path / "1-third.json")
    assert [step.text for step in loaded.steps] == [step.text for step in third.steps]
    write_provenance(tmp_path, "seek-viz record")
    assert f"| `1-third.json` | {third.title} | {wanted} |" in (tmp_path / "README.md").read_text()


@pytest.mark.parametrize(
    "name",
    ["README.md", "1-fixed-by-self-reward.json", "1b-control.safetensors", "9-broke-a-right-answer.json"],
)
def test_a_folder_that_holds_something_else_stays_as_it_is(tmp_path: Path, name: str) -> None:
    gallery.check_folder(tmp_path / "new")
    (tmp_path / "package.json").write_text("{}")  # of no name that the gallery writes
    gallery.check_folder(tmp_path)
    (tmp_path / name).write_text("{}")
    with pytest.raises(UserError, match=f"{name} is something else"):
        gallery.check_folder(tmp_path)
    assert (tmp_path / name).read_text() == "{}"


def test_a_gallery_may_be_recorded_again() -> None:
    gallery.check_folder(ASSETS / "runs")


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


def test_the_first_fixed_answer_gets_a_control_and_both_keep_their_latents(
    tiny_lm: FrozenLM, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether two updates fix an answer is the model's affair: what counts as fixed is told here."""
    monkeypatch.setattr(gallery, "_was_fixed", lambda trace: trace.config.max_updates == 2)
    settings = SETTINGS | {"reward": "constant"}
    stories = (
        Story("not-fixed", "Not fixed", settings, None, lambda t: True),
        Story("fixed", "Fixed", settings | {"max_updates": 2}, None, lambda t: True),
        Story("fixed-too", "Fixed too", settings | {"max_updates": 2}, None, lambda t: True),
    )
    monkeypatch.setattr(gallery, "STORIES", stories)
    stale = tmp_path / "1-not-fixed.safetensors"
    stale.write_bytes(b"of an earlier recording")
    told = [
        story.key for story, trace in record(tiny_lm, bundled_problems()["validation"][:8], tmp_path) if trace
    ]
    assert told == ["not-fixed", "fixed", "control", "fixed-too"]
    names = ["1-not-fixed", "2-fixed", "2b-control", "3-fixed-too"]
    assert sorted(path.stem for path in tmp_path.glob("*.json")) == names
    assert sorted(path.stem for path in tmp_path.glob("*.safetensors")) == names[1:3]
    runs = {path.stem: load_trace(path) for path in tmp_path.glob("*.json")}
    assert counterpart(runs["2-fixed"], runs) == "2b-control"
    run, control = (with_iterates(runs[name], tmp_path / f"{name}.safetensors") for name in names[1:3])
    assert run.steps[0].text == control.steps[0].text
    assert control.host.created_at == run.created_at
    for left, right in zip(run.steps[1:], control.steps[1:], strict=True):
        assert left.update.step_norm == pytest.approx(right.update.step_norm, rel=1e-4)
    assert pair_view(run, control)["why_apart"] is None
    assert control.title.startswith("Its control")
