"""Samples are seeded, the choice among them is the one that its name says."""

from __future__ import annotations

from seek_viz.engine.baselines import Sample, best, draw, judged, majority
from seek_viz.engine.decoding import Request, Row, decode
from seek_viz.model import FrozenLM
from seek_viz.problems.problem import Problem
from seek_viz.record import Reward
from seek_viz.settings.config import SeekConfig

PROBLEMS = [Problem(f"p{n}", f"Tom has {n} pens and buys {n + 2} more.", str(2 * n + 2)) for n in range(3)]
CONFIG = SeekConfig(max_new_tokens=12, max_verifier_tokens=6)


def sample(answer: str | None, value: float = 0.0) -> Sample:
    return Sample(f"text {answer}", 5, answer, Reward(value))


def test_samples_are_seeded_and_differ(reference_lm: FrozenLM) -> None:
    first, again = (draw(reference_lm, PROBLEMS, 3, 1.0, CONFIG) for _ in range(2))
    other = draw(reference_lm, PROBLEMS, 3, 1.0, SeekConfig(max_new_tokens=12, seed=7))
    assert first == again != other
    assert [len(samples) for samples in first] == [3, 3, 3]
    assert len({s.text for samples in first for s in samples}) > 3


def test_temperature_0_is_the_chain_of_thought(reference_lm: FrozenLM) -> None:
    drawn = draw(reference_lm, PROBLEMS, 2, 0.0, CONFIG, rows_per_batch=2)
    for problem, samples in zip(PROBLEMS, drawn, strict=True):
        ids = reference_lm.encode(reference_lm.render(reference_lm.prompts.solve(problem.question)))
        (greedy,) = decode(reference_lm, Request([Row(ids, 12)], reference_lm.eos_ids))
        assert {s.text for s in samples} == {reference_lm.text(greedy.token_ids)}


def test_equal_texts_are_judged_once(reference_lm: FrozenLM) -> None:
    drawn = draw(reference_lm, PROBLEMS[:1], 2, 0.0, CONFIG)
    ((first, second),) = judged(reference_lm, PROBLEMS[:1], drawn, CONFIG)
    assert first.reward is not None
    assert second.reward is not None
    assert first.reward.verdicts == second.reward.verdicts
    assert first.reward.num_tokens > 0 == second.reward.num_tokens


def test_best_is_the_first_of_the_highest() -> None:
    samples = [sample("1", -0.5), sample("2", 0.0), sample("3", 0.0)]
    assert best(samples) is samples[1]


def test_majority_counts_values_not_spellings() -> None:
    samples = [sample("9"), sample("4.50"), sample("9/2"), sample(None), sample(None), sample(None)]
    assert majority(samples) is samples[1]
    tied = [sample("0"), sample("7"), sample("7"), sample("0.0")]
    assert majority(tied) is tied[0]
    assert majority([sample(None)]).answer is None
