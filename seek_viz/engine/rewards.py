"""Rewards: how good a text is, as the model itself sees it or as the gold answer has it.

    self       R = -(sum of the weights of the verifiers that do not approve [+ 2 for format]) / 6
    psrm       R = 0 if the final answer equals gold, else -1          (perfect sparse reward model)
    constant   R = -1                                                  (control: no information)

R <= 0 always. Self-reward asks the frozen model four questions about the text (paper, section 3.3); the
reply is parsed once into a typed verdict (`engine/verdicts.py`), and kept raw beside it. Gold never reaches
self-reward.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from seek_viz.engine.context import verifier_prompt
from seek_viz.engine.decoding import (
    Asking,
    Choose,
    Decoded,
    OnToken,
    Request,
    Row,
    as_configured,
    at_intervals,
    greedy,
)
from seek_viz.engine.verdicts import approval, read_verdict
from seek_viz.errors import UserError
from seek_viz.grading import answers_equal, check_gold, final_answer
from seek_viz.model import FrozenLM
from seek_viz.problems.problem import Problem
from seek_viz.record import Reward, Ruling, Verdict
from seek_viz.settings.config import VERIFIER_WEIGHTS, SeekConfig


@dataclass(frozen=True)
class Writing:
    """How far one verifier is."""

    verifier: str
    num_tokens: int
    text: str
    """Its reply so far."""
    ruling: Ruling | None = None
    """Once the reply has ended."""


RewardFunction = Callable[[str, int], Asking[Reward]]
"""(text, iteration) -> its reward, which may take decodes; the iteration seeds verifiers that sample."""
OnWriting = Callable[[str, tuple[Writing, ...]], None]
"""Told the text that is judged, and how far the verifiers are."""

FORMAT_PENALTY = 2.0
"""What the format rule subtracts before the division by the sum of the weights."""


def make_reward(
    lm: FrozenLM, problem: Problem, config: SeekConfig, on_writing: OnWriting | None = None
) -> RewardFunction:
    """The reward that `config` names, for one problem.

    Args:
        lm: solver and judge.
        problem: its question is what verifiers read, its gold answer what PSRM compares with.
        config: which reward, and how verifiers decode.
        on_writing: told a few times a second how far the verifiers are.

    Raises:
        UserError: PSRM without a gold answer, or with one that cannot be compared.
    """
    if config.reward == "constant":
        return lambda text, iteration: known(Reward(-1.0))
    if config.reward == "psrm":
        return _psrm(problem, config)
    return lambda text, iteration: self_reward(lm, problem.question, text, config, iteration, on_writing)


def known(reward: Reward) -> Asking[Reward]:
    """A reward that takes no decode."""
    yield from ()
    return reward


def _psrm(problem: Problem, config: SeekConfig) -> RewardFunction:
    gold = gold_of(problem)

    def reward(text: str, iteration: int) -> Asking[Reward]:
        # An answer that could not be compared in time gives no evidence that it is right; a flag says so.
        right = answers_equal(final_answer(text, config.answer_format), gold)
        return known(Reward(0.0 if right else -1.0))

    return reward


def gold_of(problem: Problem) -> str:
    """The gold answer, for PSRM to compare with.

    Raises:
        UserError: there is none, or it cannot be compared.
    """
    if problem.gold is None:
        raise UserError(
            "gold answer", None, "the known answer, which PSRM compares with", "Give it, or use self-reward."
        )
    return check_gold(problem.gold)


def self_reward(
    lm: FrozenLM,
    question: str,
    text: str,
    config: SeekConfig,
    iteration: int = 0,
    on_writing: OnWriting | None = None,
) -> Asking[Reward]:
    """The four verifiers' weighted verdict on a text.

    Each is asked with the room that the model's context leaves it. Where one of them has none, or its reply
    is cut off there before a verdict, the text is not judged: R is None, never a rejection.

    Args:
        lm: solver and judge are the same model.
        question: the problem's text.
        text: the solution to judge.
        config: how verifiers decode, how replies are read, the format rule.
        iteration: with `config.seed`, seeds verifiers that sample.
        on_writing: see `make_reward`.
    """
    asked = {}
    for name in VERIFIER_WEIGHTS:
        prompt, ids = verifier_prompt(lm, name, question, text, config)
        asked[name] = _Asked(prompt, ids, lm.max_positions - len(ids))
    tell = on_writing and functools.partial(on_writing, text)
    replies = yield from _replies(lm, asked, config, iteration, tell)
    verdicts = tuple(_verdict(lm, name, asked[name], replies.get(name), config) for name in VERIFIER_WEIGHTS)
    num_tokens = sum(len(reply.token_ids) for reply in replies.values())
    if any(verdict.ruling == "no_room" for verdict in verdicts):
        return Reward(None, verdicts, num_tokens=num_tokens)
    formatted = final_answer(text, config.answer_format) is not None
    penalty = FORMAT_PENALTY if config.format_rule and not formatted else 0.0
    value = weigh(verdicts, penalty, graded=config.verdicts == "graded")
    return Reward(value, verdicts, penalty / sum(VERIFIER_WEIGHTS.values()), num_tokens)


def _verdict(lm: FrozenLM, name: str, asked: _Asked, decoded: Decoded | None, config: SeekConfig) -> Verdict:
    """What one verifier said; "no_room" if the context held no reply, or ended it before a verdict."""
    weight, length = VERIFIER_WEIGHTS[name], len(asked.ids)
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
    """R of four verdicts: each that is not an approval subtracts its weight; divided by their sum.

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
) -> Asking[dict[str, Decoded]]:
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
