"""Links and commands say all that a run needs: what is read back is what was meant."""

from __future__ import annotations

import dataclasses
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner
from views_sample import sample_trace

from seek_viz.errors import UserError
from seek_viz.problems.problem import Problem, bundled_problems
from seek_viz.record import Trace
from seek_viz.record.recipe import (
    command_of,
    command_of_run,
    parse_settings,
    query_of,
    query_of_recording,
    read_link,
    recipe_of,
    written,
)
from seek_viz.settings.config import SeekConfig
from seek_viz.settings.registry import MODELS

TINY = dict(MODELS["tiny"].preset)
BUNDLED = bundled_problems()["test"][0]
CONFIGS = [
    SeekConfig(**TINY),
    SeekConfig(),
    SeekConfig.of_preset("released", TINY),
    SeekConfig.released(rho=0.2, seed=7, grad_clip=1.5),
    SeekConfig(
        **{**TINY, "reward": "psrm", "learning_rate": 1e-5, "reward_threshold": -1.0, "max_updates": 3}
    ),
    SeekConfig(**{**TINY, "return_iterate": "last", "format_rule": True, "max_new_tokens": 99}),
]


def trace_of(config: SeekConfig, problem: Problem = BUNDLED) -> Trace:
    return dataclasses.replace(sample_trace(), config=config, problem=problem)


@pytest.mark.parametrize("config", CONFIGS)
def test_a_link_reproduces_problem_and_settings(config: SeekConfig) -> None:
    link = read_link("?" + query_of(recipe_of(trace_of(config))) + "&i=3&__theme=dark")
    assert link is not None
    assert link.recipe is not None
    assert (link.recipe.problem, link.recipe.config, link.iteration) == (BUNDLED, config, 3)


@pytest.mark.parametrize("config", CONFIGS)
def test_the_copied_command_parses_into_the_same_settings(
    config: SeekConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seek_viz import cli

    class Model:
        notes = ()

    asked: list[Any] = []

    def new_trace(lm: Any, problem: Problem, config: SeekConfig, host: Any = None) -> Any:
        asked.append((problem, config))
        raise UserError("run", None, "no run in this test", "")

    monkeypatch.setattr(cli.FrozenLM, "load", classmethod(lambda cls, *args, **kwargs: Model()))
    monkeypatch.setattr(cli, "new_trace", new_trace)
    own = Problem("own", 'It\'s $5 & `a` \\ "b"\nHow many?', "-5")
    for problem in (BUNDLED, own):
        words = shlex.split(command_of(recipe_of(trace_of(config, problem))))
        assert words[0] == "seek-viz"
        CliRunner().invoke(cli.app, words[1:])
    assert asked == [(BUNDLED, config), (own, config)]


def test_a_model_is_named_as_it_was_given() -> None:
    folder = "/home/ann/my models/it's tiny"
    trace = trace_of(SeekConfig())
    trace = dataclasses.replace(
        trace, model=dataclasses.replace(trace.model, name="it's tiny", source=folder)
    )
    words = shlex.split(command_of_run(trace))
    assert words[words.index("--model") + 1] == folder
    link = read_link(query_of(recipe_of(trace)))
    assert link is not None
    assert link.recipe is not None
    assert link.recipe.model == folder


@pytest.mark.parametrize("config", CONFIGS)
def test_the_copied_command_has_no_setting_to_be_warned_of(config: SeekConfig) -> None:
    settings = recipe_of(trace_of(config)).settings
    idle = {key for key in settings if not config.has_effect(key)}
    # What differs from the preset is said all the same: the settings are those of the run.
    assert all(settings[key] != getattr(SeekConfig.of_preset("default", TINY), key) for key in idle)


def test_an_old_recording_is_of_the_model_that_it_names() -> None:
    assert recipe_of(sample_trace()).model == "tiny"  # it has no source


def test_a_recorded_control_keeps_what_it_returned() -> None:
    """Recordings of a constant reward may return another iterate than the last, which is implied now."""
    for choice in ("accepted", "last"):
        config = SeekConfig(**{**TINY, "reward": "constant", "return_iterate": choice})
        link = read_link(query_of(recipe_of(trace_of(config))))
        assert link is not None
        assert link.recipe is not None
        assert link.recipe.config == config


def changed_run(*configs: SeekConfig) -> Trace:
    """The sample with a config for each of its five steps."""
    trace = sample_trace()
    steps = tuple(
        dataclasses.replace(step, config=config) for step, config in zip(trace.steps, configs, strict=True)
    )
    return dataclasses.replace(trace, steps=steps, config=configs[-1])


def test_a_run_whose_k_was_raised_is_one_command() -> None:
    few, more = SeekConfig(**TINY, max_updates=2), SeekConfig(**TINY, max_updates=4)
    command = command_of_run(changed_run(few, few, few, more, more))
    assert "&&" not in command
    assert "--updates 4" in command


def test_a_run_whose_settings_changed_is_a_command_for_each_part() -> None:
    first = SeekConfig(**TINY, max_updates=2)
    second = dataclasses.replace(first, learning_rate=0.3, reward="constant", max_updates=4)
    start, go_on = command_of_run(changed_run(first, first, first, second, second)).split(" && ")
    assert "--updates 2" in start
    assert start.endswith("--latents --out run.json")
    assert shlex.split(go_on) == [
        *("seek-viz", "run", "--resume", "run.json", "--reward", "constant", "--eta", "0.3"),
        *("--updates", "4", "--return-iterate", "accepted"),
    ]


@given(
    question=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80).filter(str.strip),
    gold=st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=9)),
)
def test_any_question_survives_the_link(question: str, gold: str | None) -> None:
    trace = trace_of(SeekConfig(), Problem("own", question, gold))
    link = read_link(query_of(recipe_of(trace)))
    assert link is not None
    assert link.recipe is not None
    assert link.recipe.problem == trace.problem


def test_a_bundled_problem_that_has_changed_since_is_given_in_full() -> None:
    old = dataclasses.replace(BUNDLED, question="It was another one. How many?")
    assert "problem=" not in query_of(recipe_of(trace_of(SeekConfig(), old)))


def test_a_recording_is_named_by_its_key() -> None:
    link = read_link(query_of_recording("a key & more") + "&i=2")
    assert link is not None
    assert (link.run, link.iteration) == ("a key & more", 2)


@pytest.mark.parametrize("query", ["", "?", "?__theme=dark&present=1"])
def test_an_address_that_asks_for_nothing(query: str) -> None:
    assert read_link(query) is None


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("run=x", "version of the link: got None; allowed: 1"),
        ("v=7&run=x", "version of the link: got '7'"),
        ("v=1", "run=, problem= or question="),
        ("v=1&run=x&i=two", "i: got 'two'; allowed: a whole number"),
        ("v=1&run=x&i=-1", "i: got -1"),
        ("v=1&problem=no-such", "no-such"),
        (f"v=1&problem={BUNDLED.id}&question=x", "either problem= or question="),
        ("v=1&question=", "question"),
        ("v=1&question=How%3F&eta=fast", "learning_rate: got 'fast'; allowed: a number"),
        ("v=1&question=How%3F&eta=nan", "learning_rate"),
        ("v=1&question=How%3F&rho=7", "rho: got 7.0"),
        ("v=1&question=How%3F&preset=mine", "preset: got 'mine'"),
        ("v=1&question=How%3F&set=no_such%3D1", "no_such"),
        ("v=1&question=How%3F&format-rule=yes", "true, false"),
        ("v=1&question=How%3F&set=format_rule%3Dyes", "true, false"),
    ],
)
def test_what_a_link_cannot_mean_is_told(query: str, told: str) -> None:
    with pytest.raises(UserError) as error:
        read_link(query)
    assert told in str(error.value)


def test_every_setting_can_be_written_and_read() -> None:
    for config in (SeekConfig(), SeekConfig.released(grad_clip=0.5)):
        values = config.to_dict()
        assert parse_settings([f"{name}={written(value)}" for name, value in values.items()]) == values
