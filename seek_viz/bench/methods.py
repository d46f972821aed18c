"""The methods that a benchmark compares.

LatentSeek and its controls are settings of one loop (`seek.py`); the others draw whole answers
(`baselines.py`).
"""

from __future__ import annotations

from typing import Any

METHODS: dict[str, dict[str, Any]] = {
    "self-independent": {"reward": "self", "decode_mode": "independent"},
    "self-coherent": {"reward": "self", "decode_mode": "coherent"},
    "psrm-independent": {"reward": "psrm", "decode_mode": "independent"},
    "psrm-coherent": {"reward": "psrm", "decode_mode": "coherent"},
    # How sure each verdict is counts (this project's own).
    "graded-coherent": {"reward": "self", "decode_mode": "coherent", "verdicts": "graded"},
    # R = -1 whatever the text is: nothing stops the run, and the last iterate is the answer.
    "constant-independent": {"reward": "constant", "decode_mode": "independent", "return_iterate": "last"},
    "constant-coherent": {"reward": "constant", "decode_mode": "coherent", "return_iterate": "last"},
    # A random direction as long as the step would be; the reward only stops and chooses.
    "random-self-independent": {"reward": "self", "decode_mode": "independent", "direction": "random"},
    "random-self-coherent": {"reward": "self", "decode_mode": "coherent", "direction": "random"},
    "random-psrm-independent": {"reward": "psrm", "decode_mode": "independent", "direction": "random"},
    "random-psrm-coherent": {"reward": "psrm", "decode_mode": "coherent", "direction": "random"},
}
"""LatentSeek by name -> what it changes in the settings."""

REREAD: dict[str, tuple[str, dict[str, Any]]] = {
    "vote-coherent": ("self-coherent", {"return_iterate": "vote"}),
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
