from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from models import HEAD_WITH_IM_END, hand_made

from seek_viz.engine import seek as seek_module
from seek_viz.engine.decoding import Request, Row, decode, drive_batched
from seek_viz.engine.latents import LatentState, load_latents, save_latents
from seek_viz.engine.rewards import known
from seek_viz.engine.seek import new_trace, seek, whole_run
from seek_viz.errors import UserError
from seek_viz.model import FrozenLM
from seek_viz.problems.problem import Problem
from seek_viz.record import Reward, Trace, Verdict, load_trace, save_trace, trace_to_dict
from seek_viz.record.alignment import alignment_of
from seek_viz.settings.config import SeekConfig

Pair = tuple[Trace, LatentState]
BOTH_MODES = pytest.mark.parametrize("mode", ["independent", "coherent"])


def start(lm: FrozenLM, run: dict[str, Any], **changes: Any) -> Trace:
    """The recorded question under the default preset, few updates, a reward that never accepts."""
    options = {"reward": "constant", "learning_rate": 0.1, "rho": 0.3, "max_updates": 3, "max_new_tokens": 60}
    return new_trace(
        lm, Problem("p", run["question"], str(run["gold"])), SeekConfig(**{**options, **changes})
    )


def finish(lm: FrozenLM, trace: Trace, state: LatentState | None = None) -> Pair:
    *_, last = seek(lm, trace, state)
    return last


def hand(lm: FrozenLM, **changes: Any) -> Trace:
    """A run of the hand-made model after "a", whose chain of thought is "b c d <end>"."""
    options = {"reward": "constant", "learning_rate": 0.5, "rho": 0.5, "keep_special_tokens": True}
    return new_trace(lm, Problem("p", "a"), SeekConfig(**{**options, **changes}))


def same(left: Trace, right: Trace) -> bool:
    """Equal in all but the clock."""
    return _timeless(left) == _timeless(right)


def _timeless(trace: Trace) -> dict[str, Any]:
    record = trace_to_dict(trace) | {"created_at": ""}
    for step in record["steps"]:
        step["elapsed_s"] = {}
    return record


def rewarding(monkeypatch: pytest.MonkeyPatch, reward: Callable[[str, int], Reward]) -> None:
    make = lambda *unused: lambda text, iteration: known(reward(text, iteration))  # noqa: E731
    monkeypatch.setattr(seek_module, "judge_of", make)


@pytest.mark.parametrize("reward", ["self", "psrm"])
@BOTH_MODES
def test_runs_side_by_side_are_the_runs_one_by_one(mode: str, reward: str, reference_lm: FrozenLM) -> None:
    problems = [
        Problem(f"p{n}", f"Tom has {n} pens and buys {n + 2} more.", str(2 * n + 2)) for n in range(5)
    ]
    config = SeekConfig(
        decode_mode=mode, reward=reward, max_updates=2, max_new_tokens=40, max_verifier_tokens=8, rho=0.5
    )
    traces = [new_trace(reference_lm, problem, config) for problem in problems]
    together = dict(
        drive_batched(reference_lm, {n: whole_run(reference_lm, t) for n, t in enumerate(traces)}, 8)
    )
    assert sorted(together) == [0, 1, 2, 3, 4]
    for number, trace in enumerate(traces):
        alone, _ = finish(reference_lm, trace)
        assert texts(together[number]) == texts(alone)
        assert together[number].stop_reason == alone.stop_reason


def texts(trace: Trace) -> list[str]:
    return [step.text for step in trace.steps]


# --- The same run, however it is made ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(reference_runs: list[dict[str, Any]]) -> dict[str, Any]:
    return reference_runs[8]  # the shortest


@BOTH_MODES
def test_straight_stepped_and_resumed_are_one_run(
    mode: str, reference_lm: FrozenLM, run: dict[str, Any], tmp_path: Path
) -> None:
    lm, opening = reference_lm, start(reference_lm, run, decode_mode=mode)
    straight, _ = finish(lm, opening)
    assert len(straight.steps) == 4
    assert len(set(texts(straight))) > 1

    stepped, state = next(seek(lm, opening))
    while stepped.stop_reason is None:
        stepped, state = next(seek(lm, stepped, state))
    assert same(stepped, straight)

    resumed, state = next(islice(seek(lm, opening), 1, None))
    save_trace(resumed, tmp_path / "run.json")
    save_latents(resumed, state, tmp_path / "run.safetensors")
    loaded = load_trace(tmp_path / "run.json")
    resumed, _ = finish(lm, loaded, load_latents(loaded, tmp_path / "run.safetensors", lm.device))
    assert same(resumed, straight)


@BOTH_MODES
def test_cached_and_uncached_are_one_run(mode: str, reference_lm: FrozenLM, run: dict[str, Any]) -> None:
    cached, _ = finish(reference_lm, start(reference_lm, run, decode_mode=mode))
    uncached, _ = finish(reference_lm, start(reference_lm, run, decode_mode=mode, reuse_cache=False))
    assert [step.token_ids for step in cached.steps] == [step.token_ids for step in uncached.steps]
    for left, right in zip(cached.steps, uncached.steps, strict=True):
        assert left.distance == pytest.approx(right.distance, rel=1e-3)
        assert left.reading.margin_L == pytest.approx(right.reading.margin_L, rel=1e-2, abs=1e-3)


@BOTH_MODES
def test_a_run_of_n_updates_begins_a_run_of_more(
    mode: str, reference_lm: FrozenLM, run: dict[str, Any]
) -> None:
    short, _ = finish(reference_lm, start(reference_lm, run, decode_mode=mode, max_updates=1))
    long, _ = finish(reference_lm, start(reference_lm, run, decode_mode=mode, max_updates=3))
    assert (short.stop_reason, long.stop_reason) == ("max_updates", "max_updates")
    steps = tuple(dataclasses.replace(step, config=short.config) for step in long.steps[:2])
    cut = dataclasses.replace(long, steps=steps, config=short.config)
    assert same(cut, short)


def test_a_seeded_self_reward_run_comes_again(family_lms: dict[str, FrozenLM]) -> None:
    lm = family_lms["Qwen3"]
    config = SeekConfig(rho=0.5, max_updates=2, max_new_tokens=12, max_verifier_tokens=6, learning_rate=0.3)
    first, second = (finish(lm, new_trace(lm, Problem("p", "1 + 1?", "2"), config))[0] for _ in range(2))
    assert same(first, second)
    assert all(len(step.reward.verdicts) == 4 for step in first.steps)


# --- What a step is ---------------------------------------------------------------------------------------


@BOTH_MODES
def test_first_update_by_hand(mode: str, hand_lm: FrozenLM) -> None:
    """eta = .5 takes z_1, z_2 = (2,0,1), (0,2,1) to (1.5,.5), (.5,1.5): "b" stays, "c" gives way to "a"."""
    (before, _), (after, state) = islice(seek(hand_lm, hand(hand_lm, decode_mode=mode)), 2)
    assert before.steps[0].tokens == ("b", " c", " d", " <end>")
    assert before.steps[0].num_prefix == 2
    step = after.steps[1]
    assert step.token_ids == (2, 1, 2, 3, 4, 0)
    torch.testing.assert_close(state.states_LD[:, :2], torch.tensor([[1.5, 0.5], [0.5, 1.5]]))
    assert step.reading.margin_L.tolist() == pytest.approx([0.3, 0.1], abs=1e-4)
    assert step.update is not None
    assert step.distance == pytest.approx(step.update.step_norm)


def test_coherent_offsets_of_nothing_are_the_chain_of_thought(
    reference_lm: FrozenLM, run: dict[str, Any]
) -> None:
    trace, state = next(seek(reference_lm, start(reference_lm, run, decode_mode="coherent", rho=1.0)))
    zero = torch.zeros_like(state.parameter_LD)
    assert torch.equal(state.parameter_LD, zero)
    row = Row(reference_lm.encode(trace.prompt), 60, offset_LD=zero)
    (again,) = decode(reference_lm, Request([row], reference_lm.eos_ids))
    assert again.token_ids == trace.steps[0].token_ids
    tiny, _ = finish(
        reference_lm, start(reference_lm, run, decode_mode="coherent", learning_rate=1e-6, max_updates=1)
    )
    assert texts(tiny)[0] == texts(tiny)[1]


@BOTH_MODES
def test_the_flipped_tokens_caused_the_new_text(
    mode: str, reference_lm: FrozenLM, run: dict[str, Any]
) -> None:
    """By intervention: the text before, changed as the page marks it, leads to the text after."""
    lm = reference_lm
    trace, _ = finish(lm, start(lm, run, decode_mode=mode))
    tried = 0
    for before, step in itertools.pairwise(trace.steps):
        partners = alignment_of(before, step).partners
        forced = [
            step.token_ids[t] if partner is None else before.token_ids[partner]
            for t, partner in enumerate(partners)
        ]
        (rest,) = decode(lm, Request([Row(lm.encode(trace.prompt) + forced, 60)], lm.eos_ids))
        assert lm.text([*forced, *rest.token_ids[: 60 - len(forced)]]) == step.text
        tried += None in partners
    assert tried


def test_observers_are_told_the_phases(hand_lm: FrozenLM) -> None:
    seen: list[tuple[str, str, tuple[Any, ...]]] = []
    list(seek(hand_lm, hand(hand_lm, max_updates=1), on_event=lambda *event: seen.append(event)))
    phases = [phase for phase, *_ in seen]
    assert phases.count("judging") == 2
    assert phases.count("updating") == 1
    assert set(phases) <= {"decoding", "judging", "updating"}
    assert ("judging", "b c d <end>", ()) in seen


def test_a_text_that_came_before_is_not_judged_again(reference_lm: FrozenLM, run: dict[str, Any]) -> None:
    config = {"reward": "self", "learning_rate": 1e-6, "max_updates": 2, "max_verifier_tokens": 8}
    trace, _ = finish(reference_lm, start(reference_lm, run, **config))
    assert len(set(texts(trace))) == 1
    first, *later = [step.reward for step in trace.steps]
    assert first.num_tokens > 0
    assert [(reward.num_tokens, reward.verdicts) for reward in later] == [(0, first.verdicts)] * 2


@BOTH_MODES
def test_a_random_direction_is_seeded_and_is_not_the_gradient(mode: str, hand_lm: FrozenLM) -> None:
    def latents(**changes: Any) -> torch.Tensor:
        _, state = finish(hand_lm, hand(hand_lm, decode_mode=mode, max_updates=2, **changes))
        return state.parameter_LD

    assert torch.equal(latents(direction="random"), latents(direction="random"))
    assert not torch.equal(latents(direction="random"), latents(direction="random", seed=7))
    assert not torch.equal(latents(direction="random"), latents())


# --- Why a run stops --------------------------------------------------------------------------------------


def by_iteration(*values: float) -> Callable[[str, int], Reward]:
    return lambda text, iteration: Reward(values[iteration])


def test_accepted_above_the_threshold_only(hand_lm: FrozenLM, monkeypatch: pytest.MonkeyPatch) -> None:
    rewarding(monkeypatch, by_iteration(-1.0, -0.2, -0.19, -1.0))
    trace, _ = finish(hand_lm, hand(hand_lm))
    assert (trace.stop_reason, len(trace.steps)) == ("accepted", 3)


def test_after_k_updates(hand_lm: FrozenLM) -> None:
    trace, state = finish(hand_lm, hand(hand_lm, max_updates=2))
    assert (trace.stop_reason, len(trace.steps)) == ("max_updates", 3)
    assert list(seek(hand_lm, trace, state)) == []


def test_stop_is_none_while_the_run_goes_on(hand_lm: FrozenLM) -> None:
    reasons = [trace.stop_reason for trace, _ in seek(hand_lm, hand(hand_lm, max_updates=2))]
    assert reasons == [None, None, "max_updates"]


def test_an_answer_that_never_ends_is_truncated(family_lms: dict[str, FrozenLM]) -> None:
    lm = hand_made()
    lm.eos_ids = ()
    trace, _ = finish(lm, hand(lm, max_updates=1, max_new_tokens=8))
    assert [(step.truncated, len(step.token_ids)) for step in trace.steps] == [(True, 8), (True, 8)]
    long, _ = finish(lm, hand(lm, max_updates=1, max_new_tokens=1024))
    assert [len(step.token_ids) for step in long.steps] == [lm.max_positions - 1] * 2
    assert all(step.truncated for step in long.steps)


def test_a_prefix_that_fills_the_cap_is_truncated(hand_lm: FrozenLM) -> None:
    trace, _ = finish(hand_lm, hand(hand_lm, max_updates=1, rho=1.0, max_new_tokens=2))
    assert [step.truncated for step in trace.steps] == [True, True]
    assert [len(step.token_ids) for step in trace.steps] == [2, 2]


# --- What cannot be run -----------------------------------------------------------------------------------


def test_a_question_that_leaves_no_room(hand_lm: FrozenLM) -> None:
    with pytest.raises(UserError, match="question: got '70 tokens'"):
        new_trace(hand_lm, Problem("p", "a " * 70), SeekConfig(reward="constant"))


@pytest.mark.parametrize("reward", ["self", "psrm", "constant"])
def test_gold_that_is_too_long(hand_lm: FrozenLM, reward: str) -> None:
    with pytest.raises(UserError, match="gold answer"):
        new_trace(hand_lm, Problem("p", "a", "x" * 501), SeekConfig(reward=reward))


@BOTH_MODES
def test_a_failing_step_leaves_the_pair_before_it(
    mode: str, hand_lm: FrozenLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight, _ = finish(hand_lm, hand(hand_lm, decode_mode=mode, max_updates=3))
    failures = iter([True])

    def failing(text: str, iteration: int) -> Reward:
        if iteration == 2 and next(failures, False):
            raise UserError("verifier", "nothing", "something", "Try again.")
        return Reward(-1.0, by="constant 1")

    rewarding(monkeypatch, failing)
    pairs: Iterator[Pair] = seek(hand_lm, hand(hand_lm, decode_mode=mode, max_updates=3))
    next(pairs)
    kept, state = next(pairs)
    with pytest.raises(UserError, match="verifier"):
        next(pairs)
    assert len(kept.steps) == 2
    assert same(finish(hand_lm, kept, state)[0], straight)


def test_a_diverging_step_leaves_the_run_before_it(hand_lm: FrozenLM) -> None:
    trace, state = next(seek(hand_lm, hand(hand_lm)))
    state = dataclasses.replace(state, parameter_LD=torch.full_like(state.parameter_LD, torch.inf))
    with pytest.raises(UserError, match="eta"):
        next(seek(hand_lm, trace, state))
    assert len(trace.steps) == 1


# --- The oddities; docs/parity.md names these tests ---------------------------------------------------------


def rejected_by(*names: str) -> Reward:
    weights = {
        "calculation_check": 2.0,
        "answer_correct": 1.0,
        "answer_completeness": 2.0,
        "understanding_check": 1.0,
    }
    verdicts = tuple(Verdict(n, w, "reject" if n in names else "approve", "", "") for n, w in weights.items())
    return Reward(-sum(weights[n] for n in names) / 6, verdicts)


@pytest.mark.parametrize("name", ["answer_correct", "understanding_check"])
def test_oddity_1_accepted_despite_a_rejection(
    name: str, hand_lm: FrozenLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewarding(monkeypatch, lambda text, iteration: rejected_by(name))
    odd, _ = finish(hand_lm, hand(hand_lm, accept_despite_rejection=True))
    sound, _ = finish(hand_lm, hand(hand_lm, max_updates=1))
    assert (odd.stop_reason, len(odd.steps)) == ("accepted", 1)
    assert sound.stop_reason == "max_updates"
    rewarding(monkeypatch, lambda text, iteration: rejected_by())
    assert finish(hand_lm, hand(hand_lm))[0].stop_reason == "accepted"


def test_oddity_2_the_stop_test_before_the_first_update(
    hand_lm: FrozenLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewarding(monkeypatch, by_iteration(-0.1, -0.1))
    for tested, updates in ((True, 0), (False, 1)):
        trace, _ = finish(hand_lm, hand(hand_lm, test_before_first_update=tested))
        assert (trace.stop_reason, len(trace.steps) - 1) == ("accepted", updates)


def test_oddity_3_the_last_iterate_is_returned(hand_lm: FrozenLM, monkeypatch: pytest.MonkeyPatch) -> None:
    rewarding(monkeypatch, by_iteration(-1.0, -0.5, -1.0))
    for which, returned in (("last", 2), ("best", 1)):
        trace, _ = finish(hand_lm, hand(hand_lm, return_iterate=which, max_updates=2))
        assert (trace.best, trace.returned) == (1, returned)


@pytest.fixture(scope="module")
def im_end_lm(one_thread: None) -> FrozenLM:
    """After "a": b c <|im_end|> <end>; only "<end>" is its EOS."""
    return hand_made(HEAD_WITH_IM_END)


def test_oddity_8_two_stop_rules(im_end_lm: FrozenLM) -> None:
    """The first decode stops on <|im_end|>, the re-decode runs through it to EOS."""
    options = {"learning_rate": 1e-6, "rho": 0.4, "max_updates": 1}
    odd, _ = finish(im_end_lm, hand(im_end_lm, stop_rule="released", **options))
    sound, _ = finish(im_end_lm, hand(im_end_lm, **options))
    assert [step.token_ids for step in odd.steps] == [(2, 3, 5), (2, 3, 5, 0)]
    assert [step.token_ids for step in sound.steps] == [(2, 3, 5, 0)] * 2


def test_oddity_8_each_cap_lets_one_token_more_through(hand_lm: FrozenLM) -> None:
    """max_new_tokens 3 of which L = 1: released 3 + 1 and then 1 + 3 + 1, here 3 in all."""
    options = {"learning_rate": 1e-6, "rho": 0.34, "max_updates": 1, "max_new_tokens": 2}
    lm = hand_made()
    lm.eos_ids = ()
    sound, _ = finish(lm, hand(lm, **options))
    odd, _ = finish(hand_lm, hand(hand_lm, stop_rule="released", **options))
    assert [len(step.token_ids) for step in sound.steps] == [2, 2]
    assert [len(step.token_ids) for step in odd.steps] == [3, 4]


def test_oddity_8_an_end_token_inside_the_prefix_does_not_stop_it(hand_lm: FrozenLM) -> None:
    """z_1 is put where lm_head reads "<end>": released goes on behind it, the sound rule ends there."""
    for rule, token_ids in (("released", (0, 3, 4, 0)), ("generation_config", (0,))):
        trace, state = next(seek(hand_lm, hand(hand_lm, stop_rule=rule, learning_rate=1e-6)))
        z_LD = torch.tensor([[0.0, -2, 1], [0, 2, 1]])
        after, _ = next(seek(hand_lm, trace, dataclasses.replace(state, parameter_LD=z_LD)))
        assert after.steps[1].token_ids == token_ids
        assert not after.steps[1].truncated


def test_oddity_9_the_released_log_prob_reaches_the_update(hand_lm: FrozenLM) -> None:
    losses = {}
    for kind in ("released", "log_softmax"):
        trace, state = next(seek(hand_lm, hand(hand_lm, log_prob=kind)))
        # At this z "b" is certain, first and second; the text that is pushed says "d" there.
        z_LD = torch.tensor([[40.0, 0, 1], [40, 0, 1]])
        step = dataclasses.replace(trace.steps[0], token_ids=(4, 4, *trace.steps[0].token_ids[2:]))
        trace = dataclasses.replace(trace, steps=(step,))
        after, _ = next(seek(hand_lm, trace, dataclasses.replace(state, parameter_LD=z_LD)))
        assert after.steps[1].update is not None
        losses[kind] = after.steps[1].update.loss
    assert losses["log_softmax"] == pytest.approx(-160)
    assert -37 < losses["released"] < -36  # twice log(1.01e-8)


def test_oddity_10_nothing_to_optimise(hand_lm: FrozenLM) -> None:
    odd, state = finish(hand_lm, hand(hand_lm, rho=0.2, min_latents=0))
    assert (odd.stop_reason, len(odd.steps), odd.steps[0].num_prefix) == ("no_latents", 1, 0)
    assert state.parameter_LD.shape == (0, 3)
    sound, _ = finish(hand_lm, hand(hand_lm, rho=0.2, max_updates=1))
    assert (sound.stop_reason, sound.steps[0].num_prefix) == ("max_updates", 1)


def test_oddity_11_the_judged_text_keeps_special_tokens(reference_lm: FrozenLM, run: dict[str, Any]) -> None:
    for keep in (True, False):
        trace, _ = next(seek(reference_lm, start(reference_lm, run, keep_special_tokens=keep)))
        assert trace.steps[0].text.endswith("<|im_end|>") == keep
        assert "".join(trace.steps[0].tokens).endswith("<|im_end|>")
