"""Arithmetic of an estimate, by hand; the pace is made up, no model is at hand."""

from __future__ import annotations

import dataclasses

import pytest
from views_sample import QUESTION, sample_trace

from seek_viz.problems.problem import Problem
from seek_viz.record import Trace
from seek_viz.record.estimate import (
    USUAL_ANSWER,
    USUAL_REPLY,
    Lengths,
    ModelSize,
    Pace,
    corrected,
    estimate,
    lengths_of,
    seconds_left,
)
from seek_viz.settings.config import SeekConfig
from seek_viz.settings.prompts import TINY

SIZE = ModelSize(1000, "float32", "cpu", 50, 4096, 4000, cache_bytes=10.0, chars_per_token=4.0)
PACE = Pace(token_s=0.1, batch_token_s=0.2, read_s=0.01, update_s=0.05, map_s=0.5, most_maps=3)
LENGTHS = Lengths(prompt=20, verifier_prompt=30, answer=100, reply=15, longest_reply=25)
CONFIG = SeekConfig(rho=0.2, max_updates=4)  # L = 20
JUDGE_S = 4 * (30 + 100) * 0.01 + 25 * 0.2
UPDATE_S = 20 * 0.05


def test_a_run_is_the_sum_of_its_phases() -> None:
    run = estimate(SIZE, PACE, LENGTHS, CONFIG, free_bytes=10**6)
    assert run.first_s == pytest.approx(100 * 0.1 + JUDGE_S)
    assert run.step_s == pytest.approx(UPDATE_S + 20 * 0.01 + 80 * 0.1 + JUDGE_S)
    assert run.maps_s == pytest.approx(3 * 0.5)
    assert run.run_s == pytest.approx(run.first_s + 4 * run.step_s + run.maps_s)


def test_coherent_decodes_the_whole_text_and_a_text_that_came_before_is_not_judged() -> None:
    config = dataclasses.replace(CONFIG, decode_mode="coherent")
    half = dataclasses.replace(LENGTHS, judged=0.5)
    run = estimate(SIZE, PACE, half, config, free_bytes=10**6, between_s=0.3)
    assert run.step_s == pytest.approx(UPDATE_S + 100 * 0.1 + JUDGE_S / 2 + 0.3)


def test_without_verifiers_nothing_is_judged() -> None:
    for reward in ("psrm", "constant"):
        run = estimate(SIZE, PACE, LENGTHS, dataclasses.replace(CONFIG, reward=reward), free_bytes=10**6)
        assert run.first_s == pytest.approx(100 * 0.1)


def test_verifiers_one_by_one_take_their_turns() -> None:
    config = dataclasses.replace(CONFIG, batch_verifiers=False)
    run = estimate(SIZE, PACE, LENGTHS, config, free_bytes=10**6)
    assert run.first_s == pytest.approx(100 * 0.1 + 4 * (30 + 100) * 0.01 + 4 * 15 * 0.1)


def test_without_a_cache_every_token_reads_the_whole_text() -> None:
    config = dataclasses.replace(CONFIG, reuse_cache=False, reward="constant")
    run = estimate(SIZE, PACE, LENGTHS, config, free_bytes=10**6)
    assert run.first_s == pytest.approx(sum(0.01 * (20 + t + 0.5) for t in range(100)))
    assert run.cache_bytes == 0


def test_memory_is_weights_the_fullest_cache_and_the_logits_of_an_update() -> None:
    run = estimate(SIZE, PACE, LENGTHS, CONFIG, free_bytes=14_000)
    assert run.cache_bytes == int(1.25 * 10 * (20 + 4 * (30 + 100 + 25)))
    assert run.logits_bytes == 4 * 4 * 20 * 50
    assert run.needed_bytes == 4000 + run.cache_bytes + run.logits_bytes > 14_000
    assert not run.fits
    loaded = estimate(SIZE, PACE, LENGTHS, CONFIG, free_bytes=run.needed_bytes - 4000, is_loaded=True)
    assert loaded.fits


def test_lengths_are_assumed_until_texts_are_there_and_never_above_the_caps() -> None:
    problem = Problem("own", QUESTION)
    size = dataclasses.replace(SIZE, chars_per_token=2.0)
    assumed = lengths_of("any/model", problem, SeekConfig(), size, [])
    assert (assumed.answer, assumed.reply, assumed.judged) == (USUAL_ANSWER, USUAL_REPLY, 1)
    assert assumed.prompt > len(QUESTION) / 2
    capped = SeekConfig(max_new_tokens=40, max_verifier_tokens=7)
    short = lengths_of("any/model", problem, capped, size, [])
    assert (short.answer, short.reply, short.longest_reply) == (40, 7, 7)
    narrow = dataclasses.replace(size, max_positions=int(assumed.prompt) + 11)
    assert 10 < lengths_of("any/model", problem, SeekConfig(), narrow, []).answer < 12


def test_lengths_are_those_of_the_texts_there_are() -> None:
    trace = sample_trace()
    lengths = lengths_of("tiny", trace.problem, trace.config, SIZE, [trace])
    assert lengths.answer == sum(len(step.token_ids) for step in trace.steps) / 5
    assert lengths.reply == 30
    shares = [
        max(len(v.reply) for v in step.reward.verdicts) / sum(len(v.reply) for v in step.reward.verdicts)
        for step in trace.steps
    ]
    assert lengths.longest_reply == pytest.approx(120 * sum(shares) / 5)
    asked = TINY.solve(QUESTION)
    assert lengths.prompt == pytest.approx(8 + sum(len(one["content"]) for one in asked) / 4)


def again(trace: Trace) -> Trace:
    """The same with a reward that was known from before at every update."""
    known = [
        dataclasses.replace(step, reward=dataclasses.replace(step.reward, num_tokens=0))
        for step in trace.steps[1:]
    ]
    return dataclasses.replace(trace, steps=(trace.steps[0], *known))


def test_texts_that_came_again_were_not_judged_again() -> None:
    trace = sample_trace()
    half = [trace, again(trace)]
    assert lengths_of("tiny", trace.problem, trace.config, SIZE, half).judged == 0.5
    assert lengths_of("tiny", trace.problem, trace.config, SIZE, half).reply == 30


def test_steps_that_were_made_correct_the_pace() -> None:
    trace = sample_trace()
    ours = corrected(PACE, SIZE, [trace])
    expected = estimate(
        SIZE, ours, lengths_of("tiny", trace.problem, trace.config, SIZE, [trace]), trace.config, 0
    )
    taken = sum(sum(step.elapsed_s.values()) for step in trace.steps[1:]) / 4
    assert expected.step_s == pytest.approx(taken, rel=0.15)
    slower = [
        dataclasses.replace(step, elapsed_s={name: 3 * s for name, s in step.elapsed_s.items()})
        for step in trace.steps
    ]
    thrice = corrected(PACE, SIZE, [dataclasses.replace(trace, steps=tuple(slower))])
    for phase in ("decode", "judge", "update"):
        assert getattr(thrice, phase) == pytest.approx(3 * getattr(ours, phase))


def test_without_steps_the_pace_stays() -> None:
    assert corrected(PACE, SIZE, []) == PACE


def test_what_is_left_follows_from_the_steps_made() -> None:
    trace = sample_trace(max_updates=10)  # 1.11 s for each step
    assert seconds_left(dataclasses.replace(trace, steps=()), 0.5, True) is None
    first = dataclasses.replace(trace, steps=trace.steps[:1])
    assert seconds_left(first, 0.1, to_the_end=True) == pytest.approx(10 * 1.11 - 0.1)
    third = dataclasses.replace(trace, steps=trace.steps[:3])
    assert seconds_left(third, 0.5, to_the_end=True) == pytest.approx(8 * 1.11 - 0.5)
    assert seconds_left(third, 0.5, to_the_end=False) == pytest.approx(1.11 - 0.5)
    assert seconds_left(third, 99, to_the_end=False) == 0
