"""The methods that a benchmark compares.

LatentSeek and its controls are settings of one loop (`engine/seek.py`); the others draw whole answers
(`engine/baselines.py`).
"""

from __future__ import annotations

from typing import Any

from seek_viz.rewards import REWARDS
from seek_viz.settings.config import SeekConfig

_SELF = {"reward": "self", "return_iterate": "best"}
_COHERENT, _INDEPENDENT = {"decode_mode": "coherent"}, {"decode_mode": "independent"}
# R = -1 whatever the text is: nothing stops the run, and the last iterate is the answer.
_CONSTANT = {"reward": "constant", "return_iterate": "last"}
# Steps as long as those of the method that is controlled, in random directions or towards random tokens; the
# reward only stops and chooses.
_RANDOM, _TOKEN = {"direction": "random"}, {"direction": "random_token"}

METHODS: dict[str, dict[str, Any]] = {
    "self-independent": _SELF | _INDEPENDENT,
    "self-coherent": _SELF | _COHERENT,
    "psrm-independent": {"reward": "psrm"} | _INDEPENDENT,
    "psrm-coherent": {"reward": "psrm"} | _COHERENT,
    # How sure each verdict is counts (this project's own).
    "graded-coherent": _SELF | _COHERENT | {"verdicts": "graded"},
    "constant-independent": _CONSTANT | _INDEPENDENT,
    "constant-coherent": _CONSTANT | _COHERENT,
    "random-self-independent": _SELF | _INDEPENDENT | _RANDOM,
    "random-self-coherent": _SELF | _COHERENT | _RANDOM,
    "random-psrm-independent": {"reward": "psrm"} | _INDEPENDENT | _RANDOM,
    "random-psrm-coherent": {"reward": "psrm"} | _COHERENT | _RANDOM,
    "token-self-coherent": _SELF | _COHERENT | _TOKEN,
    "token-psrm-coherent": {"reward": "psrm"} | _COHERENT | _TOKEN,
}
"""LatentSeek by name -> what it changes in the settings."""

HOST_OF = {name: name.partition("-")[2] for name, changes in METHODS.items() if "direction" in changes}
"""Control -> the method whose runs it replays the step lengths of."""

REREAD: dict[str, tuple[str, dict[str, Any]]] = {
    "vote-coherent": ("self-coherent", {"return_iterate": "vote"}),
    "accepted-coherent": ("self-coherent", {"return_iterate": "accepted"}),
    "accepted-random-coherent": ("random-self-coherent", {"return_iterate": "accepted"}),
    "accepted-token-coherent": ("token-self-coherent", {"return_iterate": "accepted"}),
    "graded-vote-coherent": ("graded-coherent", {"return_iterate": "vote"}),
}
"""Methods with the iterates of another, which only choose otherwise: name -> (method, what it changes)."""

SAMPLING: dict[str, tuple[str, int]] = {
    "bon-3": ("best", 3),
    "bon-10": ("best", 10),
    "graded-bon-3": ("best graded", 3),
    "graded-bon-10": ("best graded", 10),
    "sc-3": ("majority", 3),
    "sc-10": ("majority", 10),
    "pass-3": ("oracle", 3),
    "pass-10": ("oracle", 10),
}
"""Sampling method -> (how one of N samples becomes the answer, N). "oracle" is right if any of them is."""

ALL = (*METHODS, *REREAD, *SAMPLING)
COT = "cot"
"""The plain chain of thought, which every bench measures."""

ORACLES = frozenset(
    [name for name, changes in METHODS.items() if REWARDS[changes.get("reward", "self")].needs_gold]
    + [name for name, (way, _) in SAMPLING.items() if way == "oracle"]
)
"""Methods that know the gold answer."""


def settings_of_method(name: str) -> dict[str, Any]:
    """Settings changed by a LatentSeek method, including the returned iterate of a re-reading."""
    host, changes = REREAD.get(name, (name, {}))
    return METHODS[host] | changes


CONTROLS = frozenset(name for name in (*METHODS, *REREAD) if "direction" in settings_of_method(name))
"""Methods that push elsewhere than along the gradient."""


def control_of(name: str) -> tuple[str, ...]:
    """The methods that push in other directions and are otherwise the same."""
    if name not in METHODS and name not in REREAD:
        return ()
    ours = settings_of_method(name)
    others = {other: settings_of_method(other) for other in (*METHODS, *REREAD) if other in CONTROLS}
    return tuple(
        other
        for other, theirs in others.items()
        if {k: v for k, v in theirs.items() if k != "direction"} == ours
    )


def is_random(config: SeekConfig) -> bool:
    """Whether a run of the loop draws anything, so that its seed matters."""
    return config.direction != "gradient" or config.verifier_sampling != "greedy"
