"""What a model's folder says of itself."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from seek_viz import ASSETS
from seek_viz.engine.decoding import drive
from seek_viz.engine.rewards import self_reward
from seek_viz.errors import UserError
from seek_viz.settings.config import SeekConfig
from seek_viz.settings.prompts import GENERAL, TINY, WEIGHTS
from seek_viz.settings.registry import MODELS, SETTINGS_FILE, model_entry, preset_of

OWN = {
    "solver": {
        "boxed": [{"role": "system", "content": "Box {{it}}."}, {"role": "user", "content": "Q: {question}"}],
        "json": [{"role": "user", "content": "{question} As JSON."}],
    },
    "verifiers": {
        name: [{"role": "user", "content": f"{name}: {{question}} / {{solution}}"}] for name in WEIGHTS
    },
}


def folder_with(folder: Path, record: Any) -> str:
    text = record if isinstance(record, str) else json.dumps(record)
    (folder / SETTINGS_FILE).write_text(text, encoding="utf-8")
    return str(folder)


def test_the_bundled_entry_is_what_its_folder_says() -> None:
    record = json.loads((ASSETS / "tiny" / SETTINGS_FILE).read_text(encoding="utf-8"))
    assert MODELS["tiny"].preset == record["preset"]
    assert (MODELS["tiny"].prompts, MODELS["tiny"].given) == (TINY, "tiny")


def test_the_trainer_writes_what_the_folder_says(tmp_path: Path) -> None:
    from seek_viz.training.network import write_suited

    write_suited(tmp_path)
    assert (tmp_path / SETTINGS_FILE).read_bytes() == (ASSETS / "tiny" / SETTINGS_FILE).read_bytes()


def test_a_copy_of_the_bundled_model_runs_like_it(tmp_path: Path, one_thread: None) -> None:
    from seek_viz.engine.seek import new_trace, seek
    from seek_viz.model import FrozenLM
    from seek_viz.problems.problem import bundled_problems
    from seek_viz.settings.config import SeekConfig

    copy = tmp_path / "a copy"
    shutil.copytree(ASSETS / "tiny", copy)
    problem, texts = bundled_problems()["validation"][0], []
    for name in ("tiny", str(copy)):
        lm = FrozenLM.load(name, device="cpu")
        config = SeekConfig.of_preset("default", preset_of(name), max_updates=2, reward_threshold=0.0)
        *_, (trace, _) = seek(lm, new_trace(lm, problem, config))
        texts.append([(s.text, s.reward.value, [v.reply for v in s.reward.verdicts]) for s in trace.steps])
        assert trace.model.given == name
    assert texts[0] == texts[1]
    assert len(texts[0]) == 3


def test_a_folder_or_hub_id_that_says_nothing_gets_the_general_prompts(tmp_path: Path) -> None:
    for name in (str(tmp_path), "Qwen/Qwen2.5-1.5B-Instruct"):
        entry = model_entry(name)
        assert (entry.prompts, dict(entry.preset), entry.source, entry.given) == (GENERAL, {}, name, name)
    assert model_entry(str(tmp_path)).name == tmp_path.name
    assert model_entry(folder_with(tmp_path, {})).prompts == GENERAL


def test_a_named_set_and_a_preset(tmp_path: Path) -> None:
    entry = model_entry(folder_with(tmp_path, {"prompts": "tiny", "preset": {"rho": 0.4, "reward": "self"}}))
    assert (entry.prompts, entry.preset) == (TINY, {"rho": 0.4, "reward": "self"})


def test_prompts_of_its_own(tmp_path: Path) -> None:
    prompts = model_entry(folder_with(tmp_path, {"prompts": OWN})).prompts
    hostile = "{0} {question.__class__} ${x}"
    assert prompts.solve(hostile) == [
        {"role": "system", "content": "Box {it}."},
        {"role": "user", "content": f"Q: {hostile}"},
    ]
    asked = prompts.verify("answer_correct", "Why?", hostile)
    assert asked == [{"role": "user", "content": f"answer_correct: Why? / {hostile}"}]


def test_verifiers_are_data_with_weights(tmp_path: Path, hand_lm: Any) -> None:
    """A set of two, one with a weight of its own; R is divided by their sum."""
    chat = [{"role": "user", "content": "{question} {solution}"}]
    asked = {"answer_correct": chat, "is_short": {"weight": 3, "chat": chat}}
    prompts = model_entry(folder_with(tmp_path, {"prompts": {**OWN, "verifiers": asked}})).prompts
    assert {name: one.weight for name, one in prompts.verifiers.items()} == {
        "answer_correct": 1,
        "is_short": 3,
    }
    lm = copy.copy(hand_lm)
    lm.prompts = prompts
    reward = drive(lm, self_reward(lm, "a", "b", SeekConfig(max_verifier_tokens=1)))
    assert [(v.verifier, v.weight, v.ruling) for v in reward.verdicts] == [
        ("answer_correct", 1, "unparsable"),
        ("is_short", 3, "unparsable"),
    ]
    assert reward.value == -1
    assert reward.by == f"self 1, verifiers {prompts.judges}"


def test_verifiers_are_known_by_every_word_and_weight(tmp_path: Path) -> None:
    records = [
        OWN,
        changed("prompts/verifiers/answer_correct/0/content", "{question} {solution}?")["prompts"],
        {**OWN, "verifiers": {"answer_correct": {"weight": 1, "chat": OWN["verifiers"]["answer_correct"]}}},
        {**OWN, "verifiers": {"answer_correct": {"weight": 2, "chat": OWN["verifiers"]["answer_correct"]}}},
    ]
    assert len({model_entry(folder_with(tmp_path, {"prompts": one})).prompts.judges for one in records}) == 4


def changed(path: str, value: Any) -> dict[str, Any]:
    """OWN with another value at a path; None takes the key away."""
    record = json.loads(json.dumps({"prompts": OWN}))
    *parents, last = path.split("/")
    inner: Any = record
    for key in parents:
        inner = inner[int(key)] if isinstance(inner, list) else inner[key]
    if value is None:
        del inner[last]
    else:
        inner[int(last) if isinstance(inner, list) else last] = value
    return record


DAMAGED = [
    ("{", "a JSON object"),
    ("[]", "an object with prompts, preset"),
    ({"prompt": "tiny"}, "got 'prompt'; allowed: prompts, preset"),
    ({"prompts": "huge"}, "prompts: got 'huge'; allowed: general, tiny"),
    ({"prompts": 3}, "prompts: got 3"),
    ({"preset": []}, "preset: got \\[\\]"),
    ({"preset": {"eta": 1}}, "preset: got 'eta'"),
    ({"preset": {"rho": 7}}, "preset.rho: got 7; allowed: a number from"),
    ({"preset": {"rho": "0.5"}}, "preset.rho: got '0.5'"),
    ({"preset": {"decode_mode": "fast"}}, "preset.decode_mode: got 'fast'"),
    (changed("prompts/solver", None), "prompts: got 'no solver'"),
    (changed("prompts/solver/json", None), "prompts.solver: got 'no json'"),
    (changed("prompts/solver/xml", []), "prompts.solver: got 'xml'"),
    (changed("prompts/verifiers", {}), "prompts.verifiers: got {}; allowed: an object with one"),
    (changed("prompts/verifiers/mine", [{"role": "user", "content": "{question} {solution}"}]), "mine: got"),
    (changed("prompts/verifiers/answer_correct", {"weight": 2}), "answer_correct: got 'no chat'"),
    (changed("prompts/verifiers/answer_correct", {"weight": 0, "chat": []}), "answer_correct.weight: got 0"),
    (changed("prompts/verifiers/answer_correct", {"weight": "2", "chat": []}), "weight: got '2'"),
    (changed("prompts/verifiers/answer_correct", "True?"), "prompts.verifiers.answer_correct: got 'True"),
    (changed("prompts/solver/boxed", []), "prompts.solver.boxed: got"),
    (changed("prompts/solver/boxed/1", "Q"), "prompts.solver.boxed: got 'Q'"),
    (changed("prompts/solver/boxed/1/role", "judge"), "prompts.solver.boxed, role: got 'judge'"),
    (changed("prompts/solver/boxed/1/role", ["user"]), "role: got"),
    (changed("prompts/solver/boxed/1/content", 5), "prompts.solver.boxed: got 5"),
    (changed("prompts/solver/boxed/1/content", "Q"), "a chat in which {question} stands"),
    (changed("prompts/solver/boxed/1/content", "{question} {solution}"), "other braces doubled"),
    (changed("prompts/solver/boxed/1/content", "{question.__class__}"), "other braces doubled"),
    (changed("prompts/solver/boxed/1/content", "{question!r}"), "other braces doubled"),
    (changed("prompts/solver/boxed/1/content", "{question} \\boxed{}"), "other braces doubled"),
    (changed("prompts/solver/boxed/1/content", "{question} }"), "other braces doubled"),
    (changed("prompts/verifiers/answer_correct/0/content", "{question}"), "in which {solution} stands"),
]


@pytest.mark.parametrize(("record", "told"), DAMAGED)
def test_what_cannot_be_used_is_told_with_file_and_field(tmp_path: Path, record: Any, told: str) -> None:
    with pytest.raises(UserError, match=told) as caught:
        model_entry(folder_with(tmp_path, record))
    assert str(tmp_path / SETTINGS_FILE) in str(caught.value)
