"""What a run will take, before it starts: bytes and seconds.

    memory = weights + keys and values at the fullest moment + logits of one update
    step   = update of L latents + decode of the answer + four verifiers
    run    = chain of thought + K steps + maps of the decode regions

Arithmetic alone: `ModelSize` is read from a model's files, `Pace` is timed on this machine
(`engine/timing.py`), `Lengths` come from texts that the model wrote before, and steps that were made correct
the pace.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from seek_viz.problems.problem import Problem
from seek_viz.record import SeekStep, Trace
from seek_viz.settings.config import SeekConfig
from seek_viz.settings.prompts import WEIGHTS, Messages
from seek_viz.settings.registry import model_entry

USUAL_ANSWER, USUAL_REPLY = 300, 200
"""Tokens of an answer and of a verifier's reply, of a model that has written none here: what
instruction-tuned models take for grade-school problems."""
TURNS = 8
"""Tokens that a chat template adds to the messages of a prompt."""
ROOM = 1.25
"""A cache grows by a quarter at a time (`model/cache.py`)."""
LOGIT_TENSORS, LOGIT_BYTES = 4, 4
"""An update holds logits, log-probabilities, their gradient and one copy, in float32."""
LATEST = 20
"""Steps that correct the pace: of more, the newest."""


@dataclass(frozen=True)
class ModelSize:
    """What a model weighs, known before its weights are read."""

    num_parameters: int
    dtype: str
    """As `FrozenLM.load` would choose it here."""
    device: str
    vocab_size: int
    max_positions: int
    weights_bytes: int
    cache_bytes: float
    """Keys and values of one token, in all layers."""
    chars_per_token: float


@dataclass(frozen=True)
class Pace:
    """How long a model takes on this machine, in seconds."""

    token_s: float
    """A new token of one text."""
    batch_token_s: float
    """A new token of four texts side by side."""
    read_s: float
    """A token of a prompt."""
    update_s: float
    """An optimised position in an update and its reading."""
    map_s: float
    """The decode regions of one position."""
    most_maps: int
    decode: float = 1.0
    """Seconds that steps took over what was expected of them, by phase: 1 before any was made."""
    judge: float = 1.0
    update: float = 1.0


@dataclass(frozen=True)
class Lengths:
    """Tokens of a run's texts, on average."""

    prompt: float
    verifier_prompt: float
    """Without the answer that it holds."""
    answer: float
    reply: float
    longest_reply: float
    """Of the four: they are written side by side."""
    judged: float = 1.0
    """Share of the updates after which the verifiers are asked: a text that came before keeps its reward."""


@dataclass(frozen=True)
class Estimate:
    """What a run will take."""

    weights_bytes: int
    cache_bytes: int
    logits_bytes: int
    free_bytes: int
    """What the machine has left now."""
    is_loaded: bool
    """The weights are in memory already."""
    first_s: float
    """The chain of thought."""
    step_s: float
    maps_s: float
    num_updates: int
    """At most: a run that is accepted stops before."""

    @property
    def run_s(self) -> float:
        """All K updates."""
        return self.first_s + self.num_updates * self.step_s + self.maps_s

    @property
    def needed_bytes(self) -> int:
        """What is still to be taken."""
        return self.cache_bytes + self.logits_bytes + (0 if self.is_loaded else self.weights_bytes)

    @property
    def fits(self) -> bool:
        """Whether the machine has as much."""
        return self.needed_bytes <= self.free_bytes


def estimate(
    size: ModelSize,
    pace: Pace,
    lengths: Lengths,
    config: SeekConfig,
    free_bytes: int,
    is_loaded: bool = False,
    between_s: float = 0.0,
) -> Estimate:
    """What a run will take.

    Args:
        size: of the model.
        pace: of the model on this machine.
        lengths: of the texts, within the run's caps (`lengths_of`).
        config: the run's settings.
        free_bytes: what the machine has left.
        is_loaded: whether the model is in memory.
        between_s: seconds from a step to the next.
    """
    latents = config.num_latents(int(lengths.answer))
    prefix = 0 if config.decode_mode == "coherent" else latents
    verifiers = len(WEIGHTS)
    prompts = verifiers * (lengths.verifier_prompt + lengths.answer)
    judge_s = _judge_s(pace, config, prompts, verifiers * lengths.reply, lengths.longest_reply)
    return Estimate(
        weights_bytes=size.weights_bytes,
        cache_bytes=int(size.cache_bytes * _cached(lengths, config)),
        logits_bytes=LOGIT_TENSORS * LOGIT_BYTES * latents * size.vocab_size,
        free_bytes=free_bytes,
        is_loaded=is_loaded,
        first_s=_decode_s(pace, config, lengths.prompt, lengths.answer, 0) + judge_s,
        step_s=_update_s(pace, latents)
        + _decode_s(pace, config, lengths.prompt, lengths.answer, prefix)
        + lengths.judged * judge_s
        + between_s,
        maps_s=pace.map_s * min(latents, pace.most_maps),
        num_updates=config.max_updates,
    )


def lengths_of(
    model: str, problem: Problem, config: SeekConfig, size: ModelSize, traces: Sequence[Trace]
) -> Lengths:
    """The lengths to expect.

    Args:
        model: its name, for its prompts.
        problem: what is asked.
        config: the caps.
        size: its tokenizer's characters a token, and how much it can read.
        traces: runs of the same model; without any, lengths are assumed.
    """
    prompts = model_entry(model).prompts
    prompt = _tokens(prompts.solve(problem.question, config.answer_format), size)
    verifying = [prompts.verify(name, problem.question, "") for name in WEIGHTS]
    verifier_prompt = fmean(_tokens(messages, size) for messages in verifying)
    steps = [step for trace in traces for step in trace.steps]
    answer = fmean([len(step.token_ids) for step in steps] or [USUAL_ANSWER])
    answer = max(1, min(answer, config.max_new_tokens, size.max_positions - prompt))
    room = max(0, size.max_positions - verifier_prompt - answer)
    replies = [_replies(step) for step in steps if step.reward.num_tokens]
    reply = fmean([total / len(WEIGHTS) for total, _ in replies] or [USUAL_REPLY])
    longest = fmean([longest for _, longest in replies] or [USUAL_REPLY])
    cap = min(config.max_verifier_tokens, room)
    asked = [step.reward.num_tokens > 0 for step in steps if step.reward.verdicts and step.iteration]
    judged = fmean(asked or [1.0])
    return Lengths(prompt, verifier_prompt, answer, min(reply, cap), min(longest, cap), judged)


def corrected(pace: Pace, size: ModelSize, traces: Sequence[Trace]) -> Pace:
    """The pace with what the newest steps took over what it would have them take.

    Args:
        pace: as it was timed.
        size: of the model.
        traces: runs of the same model that were made by this process.
    """
    made = [(trace, step) for trace in traces for step in trace.steps][-LATEST:]
    decode, judge, update = [], [], []
    for trace, step in made:
        config, seconds, length = step.config, step.elapsed_s, len(step.token_ids)
        is_prefix = step.iteration > 0 and config.decode_mode == "independent"
        prefix, prompt = step.num_prefix if is_prefix else 0, len(trace.prompt) / size.chars_per_token
        decode.append((seconds["decode"], _decode_s(pace, config, prompt, length, prefix)))
        if step.reward.num_tokens:
            prompts = sum(len(verdict.prompt) for verdict in step.reward.verdicts) / size.chars_per_token
            judge.append((seconds["reward"], _judge_s(pace, config, prompts, *_replies(step))))
        if "update" in seconds:
            update.append((seconds["update"], _update_s(pace, step.num_prefix)))
    return dataclasses.replace(pace, decode=_ratio(decode), judge=_ratio(judge), update=_ratio(update))


def seconds_left(trace: Trace, spent_s: float, to_the_end: bool) -> float | None:
    """How long a run under way may still take, from the steps that it has made; None before the first.

    Args:
        trace: the run so far.
        spent_s: seconds since its last step.
        to_the_end: whether step follows step, or one alone was asked for.
    """
    made = [sum(step.elapsed_s.values()) for step in trace.steps]
    if not made:
        return None
    num_steps = trace.config.max_updates - len(made) + 1 if to_the_end else 1
    each_s = fmean((made[1:] or made)[-LATEST:])  # the chain of thought has no update
    return max(0.0, num_steps * each_s - spent_s)


# --- Phases of a step -----------------------------------------------------------------------------


def _decode_s(pace: Pace, config: SeekConfig, prompt: float, answer: float, prefix: int) -> float:
    new = max(0.0, answer - prefix)
    if not config.reuse_cache:  # each token reads everything before it anew
        return pace.decode * pace.read_s * new * (prompt + prefix + new / 2)
    return pace.decode * (pace.read_s * prefix + pace.token_s * new)


def _judge_s(pace: Pace, config: SeekConfig, prompts: float, replies: float, longest: float) -> float:
    """Prompts and replies are the tokens of all four verifiers together."""
    if config.reward != "self":
        return 0.0
    each = len(WEIGHTS)
    if not config.reuse_cache:
        return pace.judge * pace.read_s * replies * (prompts + replies / 2) / each
    written_s = pace.batch_token_s * longest if config.batch_verifiers else pace.token_s * replies
    return pace.judge * (pace.read_s * prompts + written_s)


def _update_s(pace: Pace, latents: int) -> float:
    return pace.update * pace.update_s * latents


def _cached(lengths: Lengths, config: SeekConfig) -> float:
    """Tokens whose keys and values are held at the fullest moment, beside the prompt's own."""
    if not config.reuse_cache:
        return 0.0
    decoding = lengths.prompt + lengths.answer
    rows = len(WEIGHTS) if config.batch_verifiers else 1
    judging = rows * (lengths.verifier_prompt + lengths.answer + lengths.longest_reply)
    return ROOM * (lengths.prompt + max(decoding, judging if config.reward == "self" else 0.0))


def _tokens(messages: Messages, size: ModelSize) -> float:
    return TURNS + sum(len(message["content"]) for message in messages) / size.chars_per_token


def _replies(step: SeekStep) -> tuple[float, float]:
    """Tokens of all replies, and of the longest, by its share of the characters."""
    chars = [len(verdict.reply) for verdict in step.reward.verdicts]
    return step.reward.num_tokens, step.reward.num_tokens * max(chars) / max(1, sum(chars))


def _ratio(pairs: Iterable[tuple[float, float]]) -> float:
    """Sum of what was taken over sum of what was expected; 1 where nothing was."""
    taken, expected = (sum(part) for part in zip(*pairs, strict=True)) if (pairs := list(pairs)) else (0, 0)
    return taken / expected if taken > 0 and expected > 0 else 1.0
