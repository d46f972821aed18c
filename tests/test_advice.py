"""What is said of settings that are allowed and may not be meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seek_viz.rewards import REWARDS
from seek_viz.settings.advice import advice, unusual, without_effect
from seek_viz.settings.config import SETTINGS, SeekConfig

NAMES = {name: name for name in SETTINGS}


@pytest.mark.parametrize(
    ("changes", "idle"),
    [
        ({"reward": "self"}, {"seed"}),
        ({"verifier_sampling": "generation_config"}, set()),
        ({"direction": "random"}, set()),
        ({"reward": "psrm", "direction": "random"}, {"verdicts", "format_rule", "max_verifier_tokens"}),
        ({"reward": "constant", "direction": "random"}, {"reward_threshold", "test_before_first_update"}),
        ({"reward": "constant", "reward_threshold": -2.0}, {"verdict_reading", "seed"}),
    ],
)
def test_settings_without_effect(changes: dict[str, Any], idle: set[str]) -> None:
    config = SeekConfig(**changes)
    told = {sentence.partition(" ")[0] for sentence in without_effect(config, NAMES)}
    assert told >= idle
    assert not told & {"learning_rate", "rho", "max_updates", "return_iterate", "log_prob"}
    if "reward_threshold" in changes:  # R = -1 is above a threshold of -2
        assert "reward_threshold" not in told
    if changes.get("reward", "self") == "self":
        assert told == idle


def test_what_was_not_given_is_not_spoken_of() -> None:
    config = SeekConfig(reward="constant", learning_rate=9.0)
    assert advice(config, {}) == []
    assert advice(config, {"seed": "--seed"}) == [
        "--seed has no effect: nothing is drawn at random in this run."
    ]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"learning_rate": 5.0}, "η = 5 is above the usual 0.001 to 0.5; is 0.05 meant?"),
        ({"learning_rate": 1e-5}, "η = 1e-05 is below the usual 0.001 to 0.5; is 0.01 meant?"),
        ({"max_updates": 500}, "η = 500 is above the usual 1 to 50."),
        ({"reward_threshold": 2.0}, "η = 2 is above the usual -1 to 0."),
        ({"grad_clip": 1e-6}, "η = 1e-06 is below the usual 0.01 to 100; is 1 meant?"),
    ],
)
def test_unusual_numbers(changes: dict[str, Any], told: str) -> None:
    assert unusual(SeekConfig(**changes), dict.fromkeys(changes, "η")) == [told]


@pytest.mark.parametrize("reward", REWARDS)
def test_a_threshold_that_no_text_can_pass_is_told_in_one_sentence(reward: str) -> None:
    most = REWARDS[reward].most
    for tau in (most, most + 5):
        assert advice(SeekConfig(reward=reward, reward_threshold=tau), {"reward_threshold": "τ"}) == [
            f"No text can be accepted: R is at most {most:g} and must rise above τ = {tau:g}."
        ]
    below = advice(SeekConfig(reward=reward, reward_threshold=most - 0.2), {"reward_threshold": "τ"})
    assert not any("accepted" in sentence for sentence in below)


@given(st.floats(0.001, 0.5), st.sampled_from([10.0, 100.0, 1000.0]))
def test_a_slipped_point_is_seen_unless_the_value_is_usual_still(eta: float, factor: float) -> None:
    wrong = eta * factor
    told = unusual(SeekConfig(learning_rate=wrong), NAMES)
    assert bool(told) == (wrong > 0.5)
