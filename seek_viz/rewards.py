"""Rewards: how good a text is, as the model itself sees it or as the gold answer has it.

    self       R = -(sum of the weights of the verifiers that do not approve [+ 2 for format]) / 6
    psrm       R = 0 if the final answer equals gold, else -1          (perfect sparse reward model)
    constant   R = -1                                                  (control: no information)

R <= 0 always. Self-reward asks the frozen model four questions about the text (paper, section 3.3); the
reply is parsed once, here, into a typed verdict, and kept raw beside it. Gold never reaches self-reward.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from seek_viz.config import VERIFIER_WEIGHTS, SeekConfig
from seek_viz.decoding import (
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
from seek_viz.errors import UserError
from seek_viz.grading import answers_equal, check_gold, final_answer
from seek_viz.model import FrozenLM
from seek_viz.problem import Problem
from seek_viz.prompts import MARKER
from seek_viz.trace import Reward, Ruling, Verdict


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

    Args:
        lm: solver and judge are the same model.
        question: the problem's text.
        text: the solution to judge.
        config: how verifiers decode, how replies are read, the format rule.
        iteration: with `config.seed`, seeds verifiers that sample.
        on_writing: see `make_reward`.
    """
    prompts = {name: lm.render(lm.prompts.verify(name, question, text)) for name in VERIFIER_WEIGHTS}
    tell = on_writing and functools.partial(on_writing, text)
    decoded = yield from _replies(lm, prompts, config, iteration, tell)
    verdicts = tuple(
        _verdict(lm, name, prompts[name], reply, config)
        for name, reply in zip(VERIFIER_WEIGHTS, decoded, strict=True)
    )
    num_tokens = sum(len(reply.token_ids) for reply in decoded)
    formatted = final_answer(text, config.answer_format) is not None
    penalty = FORMAT_PENALTY if config.format_rule and not formatted else 0.0
    value = weigh(verdicts, penalty, graded=config.verdicts == "graded")
    return Reward(value, verdicts, penalty / sum(VERIFIER_WEIGHTS.values()), num_tokens)


def _verdict(lm: FrozenLM, name: str, prompt: str, decoded: Decoded, config: SeekConfig) -> Verdict:
    reply = lm.text(decoded.token_ids)
    ruling = parse_ruling(prompt, reply, config.verdict_reading)
    sure = None if ruling == "unparsable" else approval(lm, decoded)
    return Verdict(name, VERIFIER_WEIGHTS[name], ruling, prompt, reply, sure)


def weigh(verdicts: tuple[Verdict, ...], penalty: float = 0.0, graded: bool = False) -> float:
    """R of four verdicts: each that is not an approval subtracts its weight; divided by their sum.

    Args:
        verdicts: "unparsable" counts like a rejection.
        penalty: the format rule's subtraction; the divisor does not count it, so R can reach -4/3.
        graded: each verdict subtracts its weight times 1 - approval instead, where the approval is known.
    """
    lost = sum(verdict.lost(graded) for verdict in verdicts) + penalty
    return -lost / sum(verdict.weight for verdict in verdicts) if lost else 0.0


_OTHER = {"True": "False", "False": "True", "true": "false", "false": "true"}


@torch.no_grad()
def approval(lm: FrozenLM, decoded: Decoded) -> float | None:
    """How sure a verdict is: P(True) / (P(True) + P(False)) at the reply's last such token.

    Args:
        lm: the model that replied.
        decoded: its reply with the hidden states.

    Returns:
        The share to three decimals; None where no token of the reply is such a word.
    """
    for at in range(len(decoded.token_ids) - 1, -1, -1):
        piece = lm.text([decoded.token_ids[at]])
        if (word := piece.strip()) in _OTHER:
            other = lm.token_of(piece.replace(word, _OTHER[word]))
            if other is None:
                return None
            logits = lm.unembed(decoded.hidden_ND[at]).float()
            stated = torch.sigmoid(logits[decoded.token_ids[at]] - logits[other]).item()
            return round(stated if word.lower() == "true" else 1 - stated, 3)
    return None


_STRICT = re.compile(
    r"[\s*_`\"'.$:]*(?:\\(?:boxed|text|textbf)\{)?\s*(true|false)[\s*_`\"'.$!}]*", re.IGNORECASE
)


def parse_ruling(prompt: str, reply: str, reading: str = "reply") -> Ruling:
    """What a verifier ruled.

    Args:
        prompt: the rendered verifier prompt; only the "released" reading looks at it.
        reply: the raw reply.
        reading: "reply" wants exactly True or False on the line after the reply's last marker, else the
            verdict is unparsable. "released" (oddity 4) approves if "true", in any case, stands anywhere
            after the last marker of prompt + reply together, so an empty reply can be read from the prompt.
    """
    if reading == "released":
        _, marker, rest = (prompt + reply).lower().rpartition(MARKER.lower())
        return "approve" if marker and "true" in rest else "reject"
    _, marker, rest = reply.rpartition(MARKER)
    lines = rest.strip().splitlines()
    match = _STRICT.fullmatch(lines[0]) if marker and lines else None
    if match is None:
        return "unparsable"
    return "approve" if match[1].lower() == "true" else "reject"


def _replies(
    lm: FrozenLM,
    prompts: Mapping[str, str],
    config: SeekConfig,
    iteration: int,
    tell: Callable[[tuple[Writing, ...]], None] | None,
) -> Asking[list[Decoded]]:
    """Each verifier's reply; a prompt too long for the model gets an empty one."""
    ids = [lm.encode(prompt) for prompt in prompts.values()]
    room = lm.max_positions - max(len(prompt) for prompt in ids)
    if room < 1:
        return [Decoded((), torch.zeros(0, 0), truncated=True) for _ in ids]
    rows = [Row(prompt, min(config.max_verifier_tokens, room)) for prompt in ids]
    choose: Choose = greedy
    if config.verifier_sampling == "generation_config":
        choose = as_configured(lm, torch.Generator().manual_seed(config.seed + 1_000_003 * iteration))
    decoded: list[Decoded] = []
    for batch in [rows] if config.batch_verifiers else [[row] for row in rows]:
        watch = at_intervals(_watch(lm, prompts, tuple(decoded), config, tell)) if tell else None
        decoded += yield Request(batch, lm.eos_ids, choose, use_cache=config.reuse_cache, on_token=watch)
    return decoded


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
        tell(
            tuple(
                Writing(
                    name, len(ids), text, parse_ruling(prompt, text, config.verdict_reading) if end else None
                )
                for (name, prompt), ids, text, end in zip(prompts.items(), replies, texts, done, strict=False)
            )
        )

    return on_token
