import dataclasses
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seek_viz.errors import UserError
from seek_viz.settings.config import RELEASED, SETTINGS, SeekConfig
from seek_viz.settings.prompts import WEIGHTS
from seek_viz.settings.registry import MODELS

NUMBERS = [name for name, setting in SETTINGS.items() if setting.kind in ("number", "whole")]
BOUNDED = [name for name in NUMBERS if not SETTINGS[name].optional]
CHOICES = [name for name, setting in SETTINGS.items() if setting.kind == "choice"]
SWITCHES = [name for name, setting in SETTINGS.items() if setting.kind == "switch"]


@pytest.mark.parametrize("name", BOUNDED)
def test_bounds_hold_at_both_ends(name: str) -> None:
    low, high = SETTINGS[name].bounds
    assert getattr(SeekConfig(**{name: low}), name) == low
    assert getattr(SeekConfig(**{name: high}), name) == high
    for outside in (low - 1, high + 1, math.nan, math.inf):
        with pytest.raises(UserError, match=f"^{name}: "):
            SeekConfig(**{name: outside})


@pytest.mark.parametrize("name", BOUNDED)
@pytest.mark.parametrize("value", ["3", None, True, [1]])
def test_only_numbers_are_numbers(name: str, value: object) -> None:
    with pytest.raises(UserError, match=f"^{name}: "):
        SeekConfig(**{name: value})


@pytest.mark.parametrize("name", ["max_updates", "max_latents", "max_new_tokens", "seed", "min_latents"])
def test_counts_are_whole(name: str) -> None:
    with pytest.raises(UserError, match="whole number"):
        SeekConfig(**{name: 1.5})


@pytest.mark.parametrize(
    ("name", "value"), [("rho", 0), ("rho", 0.0), ("max_updates", 0), ("learning_rate", 0)]
)
def test_zero_is_refused_where_nothing_would_happen(name: str, value: float) -> None:
    with pytest.raises(UserError, match=f"^{name}: got 0"):
        SeekConfig(**{name: value})


@pytest.mark.parametrize("name", CHOICES)
def test_choices(name: str) -> None:
    for choice in SETTINGS[name].choices:
        assert getattr(SeekConfig(**{name: choice}), name) == choice
    with pytest.raises(UserError, match=f"^{name}: "):
        SeekConfig(**{name: "something else"})


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("value", ["false", 0, None])
def test_switches_are_true_or_false(name: str, value: object) -> None:
    with pytest.raises(UserError, match=f"^{name}: .*true, false"):
        SeekConfig(**{name: value})


def test_names_are_unique() -> None:
    """An option or a link means one setting, and none that a link or the command has otherwise."""
    names = [setting.name for setting in SETTINGS.values()]
    assert len(set(names)) == len(names)
    assert not set(names) & {"v", "run", "pin", "i", "problem", "question", "gold", "model", "preset", "set"}


def test_gradient_clipping_is_optional_and_positive() -> None:
    assert SeekConfig().grad_clip is None
    assert SeekConfig(grad_clip=1.0).grad_clip == 1.0
    for wrong in (0.0, -1.0, math.nan, "1"):
        with pytest.raises(UserError, match="^grad_clip: "):
            SeekConfig(grad_clip=wrong)


def test_released_preset_has_the_released_codes_numbers_and_every_oddity() -> None:
    config = SeekConfig.released()
    assert (config.learning_rate, config.rho, config.max_updates, config.reward_threshold) == (
        0.03,
        0.1,
        10,
        -0.2,
    )
    assert (config.max_new_tokens, config.max_latents, config.max_verifier_tokens) == (1024, 300, 4096)
    assert (config.seed, config.grad_clip, config.optimizer) == (42, None, "adam")
    assert config.decode_mode == "independent"
    for name, value in RELEASED.items():
        assert getattr(config, name) == value
        # Oddity 2 is in the published algorithm as well, so both presets have it.
        assert name == "test_before_first_update" or getattr(SeekConfig(), name) != value


def test_released_preset_takes_changes() -> None:
    config = SeekConfig.released(rho=0.5, return_iterate="best")
    assert (config.rho, config.return_iterate, config.log_prob) == (0.5, "best", "released")


def test_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        SeekConfig().rho = 0.5  # type: ignore[misc]


@given(
    learning_rate=st.floats(1e-6, 1e3),
    rho=st.floats(1e-6, 1),
    max_updates=st.integers(1, 1000),
    grad_clip=st.none() | st.floats(1e-9, 1e9),
    log_prob=st.sampled_from(["released", "log_softmax"]),
    format_rule=st.booleans(),
)
def test_dict_round_trip_through_json(**fields: object) -> None:
    config = SeekConfig(**fields)
    assert SeekConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_unknown_setting_is_named() -> None:
    with pytest.raises(UserError, match="got 'learning_rat'"):
        SeekConfig.from_dict({"learning_rat": 0.1})


def test_weights_are_the_papers() -> None:
    assert sum(WEIGHTS.values()) == 6
    assert list(WEIGHTS.values()) == [2, 1, 2, 1]


def test_a_preset_goes_over_what_suits_the_model_and_under_what_the_user_set() -> None:
    model = {"decode_mode": "coherent", "rho": 0.5, "max_verifier_tokens": 128}
    default = SeekConfig.of_preset("default", model, rho=0.2)
    assert (default.decode_mode, default.rho, default.max_verifier_tokens) == ("coherent", 0.2, 128)
    released = SeekConfig.of_preset("released", model, rho=0.2)
    assert released == SeekConfig.released(rho=0.2)
    assert SeekConfig.of_preset("released", model) == SeekConfig.released()
    assert SeekConfig.of_preset("released", model, decode_mode="coherent").decode_mode == "coherent"


def test_a_constant_reward_answers_with_the_last_iterate_unless_told_otherwise() -> None:
    tiny = {"return_iterate": "accepted"}
    for preset in ("default", "released"):
        assert SeekConfig.of_preset(preset, tiny, reward="constant").return_iterate == "last"
    chosen = SeekConfig.of_preset("default", tiny, reward="constant", return_iterate="best")
    assert chosen.return_iterate == "best"
    assert SeekConfig.of_preset("default", tiny, reward="psrm").return_iterate == "accepted"
    assert SeekConfig().changed(reward="constant").return_iterate == "last"


@pytest.mark.parametrize("config", [SeekConfig(), SeekConfig.released(), SeekConfig(**MODELS["tiny"].preset)])
def test_what_is_usual_holds_what_the_presets_have(config: SeekConfig) -> None:
    for name, setting in SETTINGS.items():
        if setting.usual and (value := getattr(config, name)) is not None:
            assert setting.usual[0] <= value <= setting.usual[1], name


def test_settings_of_the_judge_are_those_that_a_reward_depends_on() -> None:
    assert SeekConfig(learning_rate=1.0, rho=0.9).judging == SeekConfig().judging
    for change in ({"reward": "psrm"}, {"verdicts": "graded"}, {"format_rule": True}):
        assert SeekConfig(**change).judging != SeekConfig().judging


@pytest.mark.parametrize(
    ("num_tokens", "changes", "expected"),
    [
        (70, {"rho": 0.2}, 14),
        (57, {"rho": 0.2}, 11),
        (99, {"rho": 0.5}, 49),
        (10, {"rho": 1.0}, 10),
        (2000, {"rho": 0.5}, 300),
        (2000, {"rho": 0.5, "max_latents": 4}, 4),
        (9, {"rho": 0.1}, 1),  # the default's least L
        (9, {"rho": 0.1, "min_latents": 0}, 0),
        (3, {"rho": 0.1, "min_latents": 8}, 3),
        (0, {}, 0),
    ],
)
def test_number_of_latents(num_tokens: int, changes: dict[str, Any], expected: int) -> None:
    assert SeekConfig(**changes).num_latents(num_tokens) == expected


@given(st.integers(0, 3000), st.floats(1e-6, 1.0), st.integers(0, 20), st.integers(1, 400))
def test_number_of_latents_stays_in_its_bounds(num_tokens: int, rho: float, least: int, cap: int) -> None:
    got = SeekConfig(rho=rho, min_latents=least, max_latents=cap).num_latents(num_tokens)
    assert 0 <= got <= min(num_tokens, cap)
    assert got >= min(least, cap, num_tokens)
