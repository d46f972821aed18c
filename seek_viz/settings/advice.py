"""What a user should know of settings that are allowed: without effect in this run, out of the reward's
reach, or far from the usual.

All is derived from what settings and rewards say of themselves (`settings/config.py`, `rewards/`), so page
and command warn alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from seek_viz.rewards import REWARDS
from seek_viz.settings.config import SETTINGS, SeekConfig


def advice(config: SeekConfig, given: Mapping[str, str], is_matched: bool = False) -> list[str]:
    """One sentence for each setting that the user may have meant otherwise.

    Args:
        config: the settings of the run.
        given: those that the user set, each with the name that they used for it ("--eta", "η").
        is_matched: the run is a control that replays the step lengths of another.
    """
    replayed = [
        f"{called} has no effect: the steps are as long as those of the run that is controlled."
        for name, called in given.items()
        if is_matched and SETTINGS[name].steers_step
    ]
    out_of_reach = never_accepted(config, given)
    # One sentence says all there is to say of such a threshold.
    others = {
        name: called for name, called in given.items() if not (out_of_reach and name == "reward_threshold")
    }
    return [*replayed, *out_of_reach, *without_effect(config, others), *unusual(config, others)]


def never_accepted(config: SeekConfig, given: Mapping[str, str]) -> list[str]:
    """That the given threshold is out of the reward's reach, if it is."""
    most, tau = REWARDS[config.reward].most, config.reward_threshold
    if "reward_threshold" not in given or tau < most:
        return []
    above = f"{given['reward_threshold']} = {tau:g}"
    return [f"No text can be accepted: R is at most {most:g} and must rise above {above}."]


def without_effect(config: SeekConfig, given: Mapping[str, str]) -> list[str]:
    """Which of the given settings change nothing in this run, and why."""
    return [
        f"{called} has no effect: {when.otherwise}."
        for name, called in given.items()
        if (when := SETTINGS[name].when) and not when.holds(config)
    ]


def unusual(config: SeekConfig, given: Mapping[str, str]) -> list[str]:
    """Which of the given numbers lie far from what is usual, as a slip of the decimal point leaves them."""
    sentences = []
    for name, setting in SETTINGS.items():
        value, usual = getattr(config, name), setting.usual
        if name not in given or usual is None or value is None or usual[0] <= value <= usual[1]:
            continue
        low, high = usual
        side = "above" if value > high else "below"
        meant = "" if setting.kind == "whole" or low <= 0 else f"; is {_meant(value, low, high):g} meant?"
        sentences.append(f"{given[name]} = {value:g} is {side} the usual {low:g} to {high:g}{meant}")
    return [sentence if sentence.endswith("?") else sentence + "." for sentence in sentences]


def _meant(value: float, low: float, high: float) -> float:
    """The value with its decimal point where it comes nearest to the middle of the usual range."""
    return value / 10.0 ** round(math.log10(value / math.sqrt(low * high)))
