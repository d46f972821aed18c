"""Rewards of texts inside the engine: from a plain function, or from the model's own verifiers.

    R = -(sum of the weights of the verifiers that do not approve [+ 2 for format]) / (sum of the weights)

Self-reward asks the frozen model about the text (paper, section 3.3: four questions); a reply is parsed once
into a typed verdict (`engine/verdicts.py`), and kept raw beside it. Gold never reaches it. The other rewards
are declared in `seek_viz/rewards/`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from seek_viz.engine.approval import approval
from seek_viz.engine.context import verifier_prompt
from seek_viz.engine.decoding import (
    Choose,
    Decoded,
    DecodeRoutine,
    OnToken,
    Request,
    Row,
    as_configured,
    at_intervals,
    greedy,
)
from seek_viz.engine.verdicts import read_verdict
from seek_viz.errors import UserError
from seek_viz.grading import final_answer
from seek_viz.model import FrozenLM
from seek_viz.problems.problem import Problem
from seek_viz.record import Reward, Ruling, Verdict
from seek_viz.rewards import REWARDS, RewardFunction, Task
from seek_viz.settings.config import SeekConfig
from seek_viz.settings.prompts import Verifier


@dataclass(frozen=True)
class Writing:
    """Progress of one verifier's reply."""

    verifier: str
    num_tokens: int
    text: str
    """Its reply so far."""
    ruling: Ruling | None = None
    """Once the reply has ended."""


Judge = Callable[[str, int], DecodeRoutine[Reward]]
"""(text, iteration) -> its reward, which may take decodes; the iteration seeds verifiers that sample."""
OnWriting = Callable[[str, tuple[Writing, ...]], None]
"""Told the text that is judged, and how far the verifiers are."""

FORMAT_PENALTY = 2.0
"""Penalty of the format rule, before division by the sum of the weights."""


def judge_of(
    lm: FrozenLM,
    problem: Problem,
    config: SeekConfig,
    on_writing: OnWriting | None = None,
    reward: RewardFunction | None = None,
) -> Judge:
    """The reward that `config` names, for one problem.

    Args:
        lm: solver and judge.
        problem: its question is what verifiers read, its gold answer what an oracle compares with.
        config: which reward, and how verifiers decode.
        on_writing: told a few times a second how far the verifiers are.
        reward: a function of the caller's own, in place of the one that `config` names.

    Raises:
        UserError: the reward needs a gold answer and there is none, or one that cannot be compared.
    """
    by = judged_by(lm, config, reward)
    function = reward or function_of(problem, config)
    if function is not None:
        return lambda text, iteration: known(_by_function(function, text, by))
    return lambda text, iteration: self_reward(lm, problem.question, text, config, iteration, on_writing)


def function_of(problem: Problem, config: SeekConfig) -> RewardFunction | None:
    """The function that `config` names, for one problem; None where the model's verifiers are asked.

    Raises:
        UserError: it needs a gold answer and there is none, or one that cannot be compared.
    """
    make = REWARDS[config.reward].make
    return make and make(Task(problem.question, problem.gold, config.answer_format))


def judged_by(lm: FrozenLM, config: SeekConfig, reward: RewardFunction | None = None) -> str:
    """Name and version of the reward, and of the verifiers if it asks them: what a recording keeps."""
    if reward is not None:
        named = reward if hasattr(reward, "__qualname__") else type(reward)
        return f"{named.__module__}.{named.__qualname__}"
    kind = REWARDS[config.reward]
    asked = f", verifiers {lm.prompts.judges}" if kind.asks_verifiers else ""
    return f"{kind.name} {kind.version}{asked}"


def known(reward: Reward) -> DecodeRoutine[Reward]:
    """A reward that takes no decode."""
    yield from ()
    return reward


def _by_function(function: RewardFunction, text: str, by: str) -> Reward:
    values = list(function([text]))
    if len(values) != 1 or not isinstance(values[0], (int, float)) or not math.isfinite(values[0]):
        raise UserError(
            f"reward of {by}", values, "one finite number for each text", "Mend the function that returns it."
        )
    return Reward(float(values[0]), by=by)


def self_reward(
    lm: FrozenLM,
    question: str,
    text: str,
    config: SeekConfig,
    iteration: int = 0,
    on_writing: OnWriting | None = None,
) -> DecodeRoutine[Reward]:
    """The verifiers' weighted verdict on a text.

    Each is asked with the room that the model's context leaves it. Where one of them has none, or its reply
    is cut off there before a verdict, the text is not judged: R is None, never a rejection.

    Args:
        lm: solver and judge are the same model.
        question: the problem's text.
        text: the solution to judge.
        config: how verifiers decode, how replies are read, the format rule.
        iteration: with `config.seed`, seeds verifiers that sample.
        on_writing: see `judge_of`.
    """
    asked, verifiers = {}, lm.prompts.verifiers
    for name in verifiers:
        prompt, ids = verifier_prompt(lm, name, question, text, config)
        asked[name] = _Asked(prompt, ids, lm.max_positions - len(ids))
    tell = on_writing and functools.partial(on_writing, text)
    replies = yield from _replies(lm, asked, config, iteration, tell)
    verdicts = tuple(
        _verdict(lm, one, asked[one.name], replies.get(one.name), config) for one in verifiers.values()
    )
    num_tokens = sum(len(reply.token_ids) for reply in replies.values())
    by = judged_by(lm, config)
    if any(verdict.ruling == "no_room" for verdict in verdicts):
        return Reward(None, verdicts, num_tokens=num_tokens, by=by)
    formatted = final_answer(text, config.answer_format) is not None
    penalty = FORMAT_PENALTY if config.format_rule and not formatted else 0.0
    value = weigh(verdicts, penalty, graded=config.verdicts == "graded")
    return Reward(value, verdicts, penalty / lm.prompts.total_weight, num_tokens, by)


def _verdict(
    lm: FrozenLM, verifier: Verifier, asked: _Asked, decoded: Decoded | None, config: SeekConfig
) -> Verdict:
    """The verdict of one verifier; "no_room" if the context held no reply, or ended it before a verdict."""
    name, weight, length = verifier.name, verifier.weight, len(asked.ids)
    if decoded is None:
        return Verdict(name, weight, "no_room", asked.prompt, "", num_prompt_tokens=length)
    reply = lm.text(decoded.token_ids)
    finding = read_verdict(asked.prompt, reply, config.verdict_reading)
    by_context = decoded.truncated and asked.room < config.max_verifier_tokens
    if finding.ruling == "unparsable" and by_context:
        return Verdict(name, weight, "no_room", asked.prompt, reply, num_prompt_tokens=length)
    sure = approval(lm, decoded, finding)
    return Verdict(name, weight, finding.ruling, asked.prompt, reply, sure, length)


def weigh(verdicts: tuple[Verdict, ...], penalty: float = 0.0, graded: bool = False) -> float:
    """R of verdicts: each that is not an approval subtracts its weight; divided by their sum.

    Args:
        verdicts: "unparsable" counts like a rejection.
        penalty: the format rule's subtraction; the divisor does not count it, so R can reach -4/3.
        graded: each verdict subtracts its weight times 1 - approval instead, where the approval is known.
    """
    lost = sum(verdict.lost(graded) for verdict in verdicts) + penalty
    return -lost / sum(verdict.weight for verdict in verdicts) if lost else 0.0


@dataclass(frozen=True, eq=False)
class _Asked:
    """One verifier's prompt, and what the model's context leaves for its reply."""

    prompt: str
    ids: list[int]
    room: int
    """Tokens; below 1 there is nothing to ask."""


def _replies(
    lm: FrozenLM,
    asked: Mapping[str, _Asked],
    config: SeekConfig,
    iteration: int,
    tell: Callable[[tuple[Writing, ...]], None] | None,
) -> DecodeRoutine[dict[str, Decoded]]:
    """The reply of each verifier whose prompt fits."""
    fits = {name: one for name, one in asked.items() if one.room >= 1}
    rows = [Row(one.ids, min(config.max_verifier_tokens, one.room)) for one in fits.values()]
    choose: Choose = greedy
    filters = None
    if config.verifier_sampling == "generation_config":
        filters = lm.sampling_filters()
        choose = as_configured(lm, torch.Generator().manual_seed(config.seed + 1_000_003 * iteration))
    decoded: list[Decoded] = []
    for batch in [rows] if config.batch_verifiers and rows else [[row] for row in rows]:
        prompts = {name: one.prompt for name, one in fits.items()}
        watch = at_intervals(_watch(lm, prompts, tuple(decoded), config, tell)) if tell else None
        decoded += yield Request(
            batch, lm.eos_ids, choose, filters, use_cache=config.reuse_cache, on_token=watch
        )
    return dict(zip(fits, decoded, strict=True))


def _watch(
    lm: FrozenLM,
    prompts: Mapping[str, str],
    before: tuple[Decoded, ...],
    config: SeekConfig,
    tell: Callable[[tuple[Writing, ...]], None],
) -> OnToken:
    """Turns tokens into how far the verifiers are; `before` have ended, later ones have not begun."""

    def on_token(new: list[list[int]], ended: list[bool]) -> None:
        replies = [*(list(one.token_ids) for one in before), *new]
        done = [True] * len(before) + ended
        texts = [lm.text(ids) for ids in replies]
        rulings = [
            read_verdict(prompt, text, config.verdict_reading).ruling if end else None
            for prompt, text, end in zip(prompts.values(), texts, done, strict=False)
        ]
        tell(
            tuple(
                Writing(name, len(ids), text, ruling)
                for name, ids, text, ruling in zip(prompts, replies, texts, rulings, strict=False)
            )
        )

    return on_token
