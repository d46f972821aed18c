"""Context-length limits: a question with room for an answer, a verifier's prompt and its reply.

What does not fit is named with its numbers; it is never read as a verdict.
"""

from __future__ import annotations

from seek_viz.errors import UserError
from seek_viz.model import FrozenLM
from seek_viz.rewards import REWARDS
from seek_viz.settings.config import SeekConfig

LEAST_ANSWER = 2
"""Tokens: a word and an end."""


def solver_prompt(lm: FrozenLM, question: str, config: SeekConfig) -> tuple[str, list[int]]:
    """The prompt that asks for a solution, as text and as tokens.

    Raises:
        UserError: it leaves the model's context no room for an answer.
    """
    chat = lm.prompts.solve(question, config.answer_format)
    prompt = lm.render(chat, config.thinking)
    ids = lm.encode(prompt, chat)
    if len(ids) + LEAST_ANSWER > lm.max_positions:
        raise UserError(
            "question",
            f"{len(ids):,} tokens",
            f"at most {lm.max_positions - LEAST_ANSWER:,} in this model's {lm.max_positions:,}",
            "Shorten it, or choose a model with a longer context.",
        )
    return prompt, ids


def verifier_prompt(
    lm: FrozenLM, verifier: str, question: str, text: str, config: SeekConfig
) -> tuple[str, list[int]]:
    """The prompt that asks a verifier to judge a text, as text and as tokens, whether or not it fits."""
    chat = lm.prompts.verify(verifier, question, text)
    prompt = lm.render(chat, config.thinking)
    # A text that keeps its special tokens is read with them, as the released code does.
    return prompt, lm.encode(prompt, None if config.keep_special_tokens else chat)


def never_judged(lm: FrozenLM, question: str, config: SeekConfig) -> str | None:
    """Why no answer to this question, however short, can be judged; None where one can.

    A run is made all the same: it ends at its chain of thought, which is shown, and says why.
    """
    if not REWARDS[config.reward].asks_verifiers:
        return None
    longest = max(len(verifier_prompt(lm, name, question, "", config)[1]) for name in lm.prompts.verifiers)
    if longest + LEAST_ANSWER < lm.max_positions:
        return None
    return (
        f"No answer to this question can be judged: the verifiers' prompt has {longest:,} tokens without the "
        f"answer, and the context of this model is {lm.max_positions:,}. The run will end at its chain of "
        "thought. Shorten the question, or choose a model with a longer context."
    )
