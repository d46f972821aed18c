"""What a user should know of settings that are allowed: without effect, or far from the usual."""

from __future__ import annotations

import dataclasses

import pytest

from seek_viz.advice import advice
from seek_viz.config import SeekConfig


def test_a_decimal_comma_that_was_lost_is_named() -> None:
    """A number field turns "0,05" into 5."""
    (sentence,) = advice(SeekConfig(learning_rate=5), {"learning_rate": "η"})
    assert sentence.startswith("η = 5 is above the usual")
    assert sentence.endswith("is 0.05 meant?")
    assert advice(SeekConfig(learning_rate=0.05), {"learning_rate": "η"}) == []
    assert advice(SeekConfig(learning_rate=5), {}) == []  # a preset's own value is nobody's slip


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"reward": "psrm", "max_verifier_tokens": 99}, "max_verifier_tokens"),
        ({"reward": "constant", "verdicts": "graded"}, "verdicts"),
        ({"reward": "constant", "reward_threshold": -0.5}, "reward_threshold"),
        ({"seed": 7}, "seed"),
    ],
)
def test_a_setting_without_effect_is_named(changes: dict, name: str) -> None:
    told = advice(SeekConfig(**changes), {one: f"--{one}" for one in changes})
    assert [sentence for sentence in told if sentence.startswith(f"--{name} has no effect: ")]


def test_settings_with_an_effect_are_not() -> None:
    config = SeekConfig(direction="random", seed=7, max_verifier_tokens=99)
    assert advice(config, {"seed": "--seed", "max_verifier_tokens": "--set max_verifier_tokens"}) == []


def test_the_defaults_are_usual() -> None:
    names = {field.name: field.name for field in dataclasses.fields(SeekConfig)}
    assert not [sentence for sentence in advice(SeekConfig(), names) if "usual" in sentence]


def test_a_constant_reward_returns_the_last_iterate_unless_told_otherwise() -> None:
    preset = {"return_iterate": "accepted"}
    assert SeekConfig.of_preset("default", preset, reward="constant").return_iterate == "last"
    assert SeekConfig.of_preset("default", preset, reward="psrm").return_iterate == "accepted"
    asked = SeekConfig.of_preset("default", preset, reward="constant", return_iterate="best")
    assert asked.return_iterate == "best"
