"""What a model's folder says of itself, in its seek_viz.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seek_viz import ASSETS
from seek_viz.errors import UserError
from seek_viz.prompts import GENERAL, TINY
from seek_viz.registry import MODELS, model_entry, preset_of

CHATS: dict[str, Any] = {
    "solver": {
        "boxed": [{"role": "user", "content": "{question} Box it: \\boxed{{}}"}],
        "json": [{"role": "user", "content": "{question}"}],
    },
    "verifiers": {
        name: [{"role": "user", "content": f"{name}: {{question}} {{solution}}"}]
        for name in ("calculation_check", "answer_correct", "answer_completeness", "understanding_check")
    },
}


def folder_saying(tmp_path: Path, record: Any) -> str:
    text = record if isinstance(record, str) else json.dumps(record)
    (tmp_path / "seek_viz.json").write_text(text, encoding="utf-8")
    return str(tmp_path)


def test_the_bundled_model_is_what_its_folder_says() -> None:
    from_folder = model_entry(str(ASSETS / "tiny"))
    assert (from_folder.prompts, from_folder.preset) == (MODELS["tiny"].prompts, MODELS["tiny"].preset)
    assert from_folder.prompts is TINY
    assert preset_of("tiny")["decode_mode"] == "coherent"


def test_what_is_asked_for_is_the_path_that_was_given(tmp_path: Path) -> None:
    assert model_entry(str(tmp_path)).given == str(tmp_path)
    assert model_entry("tiny").given == "tiny"
    assert model_entry("Qwen/Qwen2.5-1.5B-Instruct").given == "Qwen/Qwen2.5-1.5B-Instruct"


def test_a_folder_without_the_file_gets_the_general_prompts(tmp_path: Path) -> None:
    entry = model_entry(str(tmp_path))
    assert (entry.prompts, dict(entry.preset)) == (GENERAL, {})


def test_a_folder_brings_prompts_of_its_own(tmp_path: Path) -> None:
    entry = model_entry(folder_saying(tmp_path, {"prompts": CHATS, "preset": {"rho": 0.4}}))
    assert entry.prompts.solve("1 {+} 1?") == [{"role": "user", "content": "1 {+} 1? Box it: \\boxed{}"}]
    assert entry.prompts.verify("answer_correct", "Q", "S")[0]["content"] == "answer_correct: Q S"
    assert dict(entry.preset) == {"rho": 0.4}


def without(*path: str) -> dict[str, Any]:
    record = json.loads(json.dumps({"prompts": CHATS}))
    inner = record
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return record


@pytest.mark.parametrize(
    ("record", "named"),
    [
        ("not json", "seek_viz.json"),
        ([], "seek_viz.json"),
        ({"promts": "tiny"}, "promts"),
        ({"prompts": "unheard"}, "unheard"),
        ({"prompts": 5}, "prompts"),
        ({"preset": {"roh": 0.5}}, "roh"),
        ({"preset": {"rho": 5}}, "preset.rho"),
        ({"preset": []}, "preset"),
        (without("prompts", "verifiers", "answer_correct"), "answer_correct"),
        (without("prompts", "solver", "json"), "json"),
        ({"prompts": CHATS | {"solver": {"boxed": [], "json": []}}}, "solver.boxed"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, record: Any, named: str) -> None:
    with pytest.raises(UserError, match="seek_viz.json") as told:
        model_entry(folder_saying(tmp_path, record))
    assert named in str(told.value)


@pytest.mark.parametrize("content", ["no field", "{question} {0}", "{question!r}", "{question", "{solution}"])
def test_a_template_fills_in_the_question_and_nothing_else(tmp_path: Path, content: str) -> None:
    record = json.loads(json.dumps({"prompts": CHATS}))
    record["prompts"]["solver"]["boxed"][0]["content"] = content
    with pytest.raises(UserError, match=r"solver\.boxed"):
        model_entry(folder_saying(tmp_path, record))
