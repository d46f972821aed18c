"""Self-reward: the frozen model judges its own text (paper, section 3.3).

R = -(sum of the weights of the verifiers that do not approve [+ 2 for format]) / (sum of the weights)
"""

from __future__ import annotations

from seek_viz.rewards import RewardKind

SELF = RewardKind(
    "self",
    "self-reward",
    "The model judges its own text: each verifier that does not approve takes its weight off R.",
    cost="a reply of each verifier, four in the paper",
)
