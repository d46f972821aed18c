from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from models import with_generation_config

from seek_viz.engine import rewards
from seek_viz.engine.decoding import Decoded, DecodeRoutine, drive
from seek_viz.engine.rewards import Writing, judge_of, self_reward, weigh
from seek_viz.engine.seek import new_trace, seek
from seek_viz.errors import UserError
from seek_viz.model import FrozenLM
from seek_viz.problems.problem import Problem
from seek_viz.record import Reward, Verdict
from seek_viz.rewards import REWARDS
from seek_viz.settings.config import SeekConfig
from seek_viz.settings.prompts import GENERAL, MARKER, WEIGHTS

rulings = st.sampled_from(["approve", "reject", "unparsable"])
four = st.tuples(rulings, rulings, rulings, rulings)


def verdicts(given_rulings: tuple[Any, ...]) -> tuple[Verdict, ...]:
    pairs = zip(WEIGHTS.items(), given_rulings, strict=True)
    return tuple(Verdict(name, weight, ruling, "", "") for (name, weight), ruling in pairs)


@pytest.mark.parametrize("combination", itertools.product(["approve", "reject"], repeat=4))
def test_all_sixteen_combinations(combination: tuple[str, ...]) -> None:
    lost = sum(w for w, ruling in zip((2, 1, 2, 1), combination, strict=True) if ruling == "reject")
    assert weigh(verdicts(combination)) == pytest.approx(-lost / 6)
    assert weigh(verdicts(combination), 2.0) == pytest.approx(-(lost + 2) / 6)


@given(four)
def test_range_with_and_without_the_format_rule(combination: tuple[Any, ...]) -> None:
    sixths = weigh(verdicts(combination)) * 6
    assert round(sixths) == pytest.approx(sixths)
    assert -6 <= sixths <= 0
    assert -8 <= weigh(verdicts(combination), 2.0) * 6 <= -2


def test_floor_is_minus_four_thirds() -> None:
    assert weigh(verdicts(("reject",) * 4), 2.0) == pytest.approx(-4 / 3)


def test_full_approval_is_zero_and_not_minus_zero() -> None:
    assert str(weigh(verdicts(("approve",) * 4))) == "0.0"


@given(four, st.integers(0, 3))
def test_another_approval_never_lowers_the_reward(combination: tuple[Any, ...], which: int) -> None:
    better = list(combination)
    better[which] = "approve"
    assert weigh(verdicts(tuple(better))) >= weigh(verdicts(combination))


# --- Self-reward ------------------------------------------------------------------------------------------


def judged(lm: FrozenLM, *args: Any) -> Reward:
    return drive(lm, self_reward(lm, *args))


def scripted(monkeypatch: pytest.MonkeyPatch, *replies: str) -> None:
    def said(lm: FrozenLM, asked: dict[str, Any], *unused: Any) -> DecodeRoutine[dict[str, Decoded]]:
        yield from ()
        ids = [tuple(lm.tokenizer(reply, add_special_tokens=False).input_ids) for reply in replies]
        hidden = torch.zeros(500, lm.identity.hidden_size)
        decoded = [Decoded(row, hidden[: len(row)], truncated=False) for row in ids]
        return dict(zip(asked, decoded, strict=True))

    monkeypatch.setattr(rewards, "_replies", said)


def test_verdicts_keep_the_raw_reply_and_its_prompt(
    reference_lm: FrozenLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = (f"{MARKER} True", f"<b>no</b> {MARKER} False", "${nothing}", f"{MARKER} True")
    scripted(monkeypatch, *said)
    reward = judged(reference_lm, "1 + 1?", "\\boxed{3}", SeekConfig())
    assert [v.ruling for v in reward.verdicts] == ["approve", "reject", "unparsable", "approve"]
    assert tuple(v.reply for v in reward.verdicts) == said
    assert all("1 + 1?\n\\boxed{3}" in v.prompt for v in reward.verdicts)
    assert (reward.value, reward.num_tokens) == (
        pytest.approx(-0.5),
        sum(len(reference_lm.tokenizer(r).input_ids) for r in said),
    )


def test_format_rule(reference_lm: FrozenLM, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, *[f"{MARKER} True"] * 4)
    config = SeekConfig(format_rule=True)
    assert judged(reference_lm, "Q", "\\boxed{3}", config).value == 0
    unformatted = judged(reference_lm, "Q", "3", config)
    assert (unformatted.value, unformatted.format_penalty) == (pytest.approx(-1 / 3), pytest.approx(1 / 3))
    assert judged(reference_lm, "Q", "3", SeekConfig()).value == 0


def test_graded_verdicts_lie_between_the_hard_ones() -> None:
    def sure(*approvals: float | None) -> tuple[Verdict, ...]:
        rows = zip(verdicts(("approve", "reject", "reject", "unparsable")), approvals, strict=True)
        return tuple(dataclasses.replace(verdict, approval=share) for verdict, share in rows)

    assert weigh(sure(0.9, 0.5, 0.25, None), graded=True) == pytest.approx(-(0.2 + 0.5 + 1.5 + 1) / 6)
    assert weigh(sure(1.0, 0.0, 0.0, None), graded=True) == weigh(sure(0.9, 0.5, 0.2, None)) == -4 / 6


@pytest.mark.parametrize("family", ["Qwen2", "Qwen3", "Llama", "Mistral"])
def test_oddity_7_batched_verifiers_say_what_they_say_one_by_one(
    family: str, family_lms: dict[str, FrozenLM]
) -> None:
    config = SeekConfig(max_verifier_tokens=8)
    batched, one_by_one, uncached = (
        judged(family_lms[family], "1 + 1?", "It is \\boxed{2}.", dataclasses.replace(config, **changes))
        for changes in ({}, {"batch_verifiers": False}, {"batch_verifiers": False, "reuse_cache": False})
    )
    assert batched == one_by_one == uncached
    assert 4 <= batched.num_tokens <= 32


def test_oddity_6_verifiers_that_sample_give_one_text_several_replies(reference_lm: FrozenLM) -> None:
    sampling = with_generation_config(reference_lm, do_sample=True, temperature=1.5)
    config = SeekConfig(verifier_sampling="generation_config", max_verifier_tokens=8)

    def replies(lm: FrozenLM, iteration: int, config: SeekConfig = config) -> tuple[str, ...]:
        return tuple(v.reply for v in judged(lm, "Q", "S", config, iteration).verdicts)

    assert replies(sampling, 0) == replies(sampling, 0)  # seeded
    assert len({replies(sampling, iteration) for iteration in range(3)}) == 3
    assert replies(sampling, 0) != replies(sampling, 0, dataclasses.replace(config, seed=7))
    greedy = dataclasses.replace(config, verifier_sampling="greedy")
    assert replies(sampling, 0, greedy) == replies(sampling, 1, greedy) == replies(reference_lm, 2)


def test_a_prompt_too_long_for_the_model_is_no_rejection(reference_lm: FrozenLM) -> None:
    reward = judged(reference_lm, "Q", "1 2 3 4 5 " * 200, SeekConfig())
    assert [v.ruling for v in reward.verdicts] == ["no_room"] * 4
    assert all((v.num_prompt_tokens or 0) >= reference_lm.max_positions for v in reward.verdicts)
    assert (reward.value, reward.judged, reward.num_tokens) == (None, False, 0)
    assert sum(verdict.lost(graded=False) for verdict in reward.verdicts) == 0


@pytest.mark.parametrize("together", [True, False])
def test_who_watches_sees_each_verifier_write_until_it_has_ruled(
    together: bool, reference_lm: FrozenLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewards, "at_intervals", lambda tell: tell)
    told: list[tuple[str, tuple[Writing, ...]]] = []
    config = SeekConfig(max_verifier_tokens=6, batch_verifiers=together, verifier_sampling="greedy")
    watched = self_reward(reference_lm, "1 + 1?", "2.", config, on_writing=lambda *event: told.append(event))
    reward = drive(reference_lm, watched)
    assert {text for text, _ in told} == {"2."}
    for verdict in reward.verdicts:
        seen = [one for _, writing in told for one in writing if one.verifier == verdict.verifier]
        assert [one.num_tokens for one in seen] == sorted(one.num_tokens for one in seen)
        assert seen[0].num_tokens == 1
        assert (seen[-1].text, seen[-1].ruling) == (verdict.reply, verdict.ruling)
    assert all(one.ruling is None for one in told[0][1] if one.num_tokens < 6)
    assert len(told[0][1]) == (4 if together else 1)


def test_gold_never_reaches_the_verifiers(reference_lm: FrozenLM) -> None:
    reward = judge_of(reference_lm, Problem("p", "1 + 1?", "98765"), SeekConfig(max_verifier_tokens=1))
    assert all("98765" not in v.prompt for v in drive(reference_lm, reward("S", 0)).verdicts)


def test_general_prompts_on_a_tiny_model(family_lms: dict[str, FrozenLM]) -> None:
    prompts = family_lms["Qwen2"].prompts
    assert prompts is GENERAL
    reward = judged(family_lms["Qwen2"], "{q}", "{s}", SeekConfig(max_verifier_tokens=1))
    assert all("{q}" in v.prompt and "{s}" in v.prompt for v in reward.verdicts)


# --- The others -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"), [(r"\boxed{4.50}", 0), (r"\boxed{9/2}", 0), (r"\boxed{4}", -1), ("4.5", -1), ("", -1)]
)
def test_psrm(hand_lm: FrozenLM, text: str, value: float) -> None:
    reward = judge_of(hand_lm, Problem("p", "Q", "4.5"), SeekConfig(reward="psrm"))
    assert drive(hand_lm, reward(text, 0)).value == value


def test_psrm_reads_json(hand_lm: FrozenLM) -> None:
    config = SeekConfig(reward="psrm", answer_format="json")
    reward = judge_of(hand_lm, Problem("p", "Q", "4"), config)
    assert drive(hand_lm, reward('{"final answer": "4"}', 0)).value == 0


@pytest.mark.parametrize("gold", [None, "", "x" * 501])
def test_psrm_needs_a_gold_answer_of_a_sensible_length(hand_lm: FrozenLM, gold: str | None) -> None:
    with pytest.raises(UserError, match="gold answer"):
        judge_of(hand_lm, Problem("p", "Q", gold), SeekConfig(reward="psrm"))


def test_psrm_does_not_reward_what_could_not_be_compared(
    hand_lm: FrozenLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seek_viz.grading.symbols.equal", lambda left, right: None)
    reward = judge_of(hand_lm, Problem("p", "Q", "x^2"), SeekConfig(reward="psrm"))
    assert drive(hand_lm, reward(r"\boxed{x \cdot x}", 0)).value == -1


def length(texts: Sequence[str]) -> list[float]:
    return [-len(text) / 100 for text in texts]


def test_a_function_of_the_callers_own_is_a_reward(hand_lm: FrozenLM) -> None:
    config = SeekConfig(rho=0.5, learning_rate=0.5, max_updates=2, reward_threshold=5.0)
    *_, (trace, _) = seek(hand_lm, new_trace(hand_lm, Problem("p", "a"), config), reward=length)
    assert [step.reward.value for step in trace.steps] == [-len(step.text) / 100 for step in trace.steps]
    assert {step.reward.by for step in trace.steps} == {f"{__name__}.length"}
    assert not any(step.reward.verdicts for step in trace.steps)


@pytest.mark.parametrize("values", [[], [1.0, 2.0], ["1"], [float("nan")], [None]])
def test_what_is_no_number_is_no_reward(hand_lm: FrozenLM, values: list[Any]) -> None:
    judge = judge_of(hand_lm, Problem("p", "Q"), SeekConfig(), reward=lambda texts: values)
    with pytest.raises(UserError, match="one finite number for each text"):
        drive(hand_lm, judge("text", 0))


def test_a_reward_says_what_it_is_and_which_version(hand_lm: FrozenLM) -> None:
    for name in REWARDS:
        judge = judge_of(hand_lm, Problem("p", "a", "4"), SeekConfig(reward=name, max_verifier_tokens=1))
        assert drive(hand_lm, judge("b", 0)).by.startswith(f"{name} {REWARDS[name].version}")


def test_constant(hand_lm: FrozenLM) -> None:
    reward = judge_of(hand_lm, Problem("p", "Q", "4"), SeekConfig(reward="constant"))
    assert drive(hand_lm, reward(r"\boxed{4}", 0)).value == -1
