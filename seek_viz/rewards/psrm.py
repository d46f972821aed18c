"""Perfect sparse reward model (paper, section 4): R = 0 if the answer equals the gold answer, else -1."""

from __future__ import annotations

from collections.abc import Sequence

from seek_viz.errors import UserError
from seek_viz.grading import answers_equal, check_gold, final_answer
from seek_viz.rewards import RewardFunction, RewardKind, Task


def make(task: Task) -> RewardFunction:
    """The reward of one task.

    Raises:
        UserError: there is no gold answer, or it cannot be compared.
    """
    if task.gold is None:
        raise UserError(
            "gold answer", None, "the known answer, which PSRM compares with", "Give it, or use self-reward."
        )
    gold = check_gold(task.gold)

    def reward(texts: Sequence[str]) -> list[float]:
        # An answer that could not be compared in time gives no evidence that it is right; a flag says so.
        return [
            0.0 if answers_equal(final_answer(text, task.answer_format), gold) else -1.0 for text in texts
        ]

    return reward


PSRM = RewardKind(
    "psrm",
    "PSRM (oracle)",
    "Perfect sparse reward model: the final answer is compared with the gold answer, 0 if equal, −1 if not. "
    "An oracle, since it also decides when to stop.",
    needs_gold=True,
    make=make,
)
