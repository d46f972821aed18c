"""Rewards: how good a text is. Each file declares one; a new file is all that a new reward takes.

A reward is a plain function from texts to numbers. The self-reward is none of these functions: the frozen
model is asked, by the verifiers of its prompt set, and the engine knows how (`engine/rewards.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seek_viz.declared import Declarations

RewardFunction = Callable[[Sequence[str]], Sequence[float]]
"""Texts, as the model wrote them -> the reward of each, a finite number. More is better."""


@dataclass(frozen=True)
class Task:
    """Inputs of a reward beside the text."""

    question: str
    gold: str | None
    """The known answer, where there is one."""
    answer_format: str
    """ "boxed" or "json": where in a text its final answer is."""


@dataclass(frozen=True)
class RewardKind:
    """A reward by name."""

    name: str
    label: str
    about: str
    """One-sentence description for the page and the docs."""
    version: str = "1"
    """Changes with what the function returns; a recording keeps it."""
    needs_gold: bool = False
    cost: str = "nothing"
    """Cost of judging one text."""
    most: float = 0.0
    """The largest R there is: a threshold at or above it accepts nothing."""
    implies: Mapping[str, Any] = field(default_factory=dict)
    """Settings that follow from it where the user has not said otherwise."""
    make: Callable[[Task], RewardFunction] | None = None
    """The function for one task; None where the model's verifiers are asked."""

    @property
    def asks_verifiers(self) -> bool:
        """Whether the frozen model judges, verifier by verifier."""
        return self.make is None


REWARDS = Declarations(__name__, RewardKind, first="self")
