"""A control: R = -1 whatever the text is, so that nothing stops a run and every step is of one length."""

from __future__ import annotations

from seek_viz.rewards import RewardKind

CONSTANT = RewardKind(
    "constant",
    "constant −1",
    "R is −1 whatever the text: a control.",
    most=-1.0,
    # It tells no text from another: every other choice would be the plain chain of thought.
    implies={"return_iterate": "last"},
    make=lambda task: lambda texts: [-1.0] * len(texts),
)
