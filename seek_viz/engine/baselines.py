"""Baselines: N sampled answers, one of which is chosen (best-of-N, self-consistency, pass@N).

    best-of-N          the answer whose self-reward is highest, the first of equals
    self-consistency   the final answer that most of them state, the first of equals
    oracle (pass@N)    right if any of them is: what a perfect choice would give

It does not know where problems come from or how results are counted.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from seek_viz.engine.context import solver_prompt
from seek_viz.engine.decoding import (
    ROWS_PER_BATCH,
    OnToken,
    Request,
    Row,
    decode,
    drive_batched,
    greedy,
    sampler,
)
from seek_viz.engine.rewards import self_reward, weigh
from seek_viz.grading import final_answer, grouped
from seek_viz.model import FrozenLM
from seek_viz.problems.problem import Problem
from seek_viz.record import Reward
from seek_viz.settings.config import SeekConfig


@dataclass(frozen=True)
class Sample:
    """One drawn answer."""

    text: str
    num_tokens: int
    answer: str | None
    """Its final answer, or None when it states none."""
    reward: Reward | None = None
    """Its self-reward, where it was asked for."""


def draw(
    lm: FrozenLM,
    problems: Sequence[Problem],
    num_samples: int,
    temperature: float,
    config: SeekConfig,
    rows_per_batch: int = ROWS_PER_BATCH,
    on_token: OnToken | None = None,
) -> list[list[Sample]]:
    """N answers to each problem.

    Args:
        lm: the model.
        problems: what is asked.
        num_samples: N.
        temperature: of the softmax; 0 takes the most probable token, so one sample is the chain of thought.
        config: answer format, token cap, seed. Equal arguments draw equal samples.
        rows_per_batch: most answers decoded together.
        on_token: told how far the decodes are.

    Returns:
        N samples a problem, in the order of the problems.

    Raises:
        UserError: a question leaves the model's context no room for an answer.
    """
    generator = torch.Generator().manual_seed(config.seed)
    choose = sampler(temperature, generator) if temperature else greedy
    prompts = [solver_prompt(lm, problem.question, config)[1] for problem in problems]
    # Prompts of like length share a batch; the order is a function of the problems alone.
    order = sorted(
        (index for index in range(len(prompts)) for _ in range(num_samples)), key=lambda i: len(prompts[i])
    )
    drawn: list[list[Sample]] = [[] for _ in problems]
    for start in range(0, len(order), rows_per_batch):
        batch = order[start : start + rows_per_batch]
        rows = [
            Row(prompts[i], min(config.max_new_tokens, lm.max_positions - len(prompts[i]))) for i in batch
        ]
        request = Request(rows, lm.eos_ids, choose, on_token=on_token)
        for index, decoded in zip(batch, decode(lm, request), strict=True):
            text = lm.text(decoded.token_ids)
            answer = final_answer(text, config.answer_format)
            drawn[index].append(Sample(text, len(decoded.token_ids), answer))
    return drawn


def judged(
    lm: FrozenLM,
    problems: Sequence[Problem],
    drawn: Sequence[Sequence[Sample]],
    config: SeekConfig,
    on_token: OnToken | None = None,
) -> list[list[Sample]]:
    """The same samples with their self-rewards; equal texts are judged once."""
    texts = {
        (row, sample.text): None for row, samples in enumerate(drawn) for sample in samples
    }  # a dict, because its order is the order of arrival
    keys = list(texts)
    routines = {
        number: self_reward(lm, problems[row].question, text, config)
        for number, (row, text) in enumerate(keys)
    }
    rewards = {keys[number]: reward for number, reward in drive_batched(lm, routines, on_token=on_token)}
    told: set[tuple[int, str]] = set()

    def rewarded(row: int, sample: Sample) -> Sample:
        reward = rewards[row, sample.text]
        if (row, sample.text) in told:
            reward = dataclasses.replace(reward, num_tokens=0)
        told.add((row, sample.text))
        return dataclasses.replace(sample, reward=reward)

    return [[rewarded(row, sample) for sample in samples] for row, samples in enumerate(drawn)]


def best(samples: Sequence[Sample], graded: bool = False) -> Sample:
    """Best-of-N: the highest self-reward, the first of equals; `graded` looks at how sure verdicts are.

    A sample that is not judged is chosen only where none is (`num_not_judged` says of how many it is so).
    """

    def value(sample: Sample) -> float:
        if sample.reward is None or not sample.reward.judged:
            return float("-inf")
        return weigh(sample.reward.verdicts, graded=True) if graded else sample.reward.rank

    return max(samples, key=value)


def num_not_judged(samples: Sequence[Sample]) -> int:
    """Number of samples not judged because the model's context was full."""
    return sum(sample.reward is not None and not sample.reward.judged for sample in samples)


def majority(samples: Sequence[Sample]) -> Sample:
    """Self-consistency: the first sample with the final answer that most state, compared by value."""
    stating = [sample for sample in samples if sample.answer is not None]
    groups = grouped([sample.answer or "" for sample in stating])
    return stating[max(groups, key=len)[0]] if groups else samples[0]  # max takes the first of equals
