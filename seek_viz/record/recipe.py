"""A run as a link and as a command: all that has to be said so that it can be made again.

    recipe_of(trace) -> Recipe -> query_of, command_of;   read_link(query) -> Link

A link names a recorded run (`v=1&run=KEY&i=3`) or the recipe of a live one (`v=1&problem=ID&eta=0.1&i=3`).
Its version says what the names mean; a name that is not of this file is left alone, it belongs to the page.
"""

from __future__ import annotations

import dataclasses
import functools
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlencode

from seek_viz.errors import UserError
from seek_viz.problems.problem import Problem, bundled_problems, find_problem
from seek_viz.record import Trace
from seek_viz.settings.config import PRESETS, SETTINGS, SeekConfig
from seek_viz.settings.registry import preset_of
from seek_viz.settings.setting import read_number, written

LINK_VERSION = "1"
LINK_NAMES = (
    *("v", "run", "pin", "i", "problem", "question", "gold", "model", "preset", "set"),
    *(setting.name for setting in SETTINGS.values()),
)
"""Parameters of a link. Earlier links used `set=FIELD=VALUE` for settings without a name of their own."""


@dataclass(frozen=True)
class Recipe:
    """A question, a model and settings: everything needed to make a run."""

    problem: Problem
    model: str = "tiny"
    preset: str = "default"
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Changes to the preset on this model, by the names of SeekConfig."""
    dtype: str = "float32"

    @property
    def config(self) -> SeekConfig:
        """The settings in full.

        Raises:
            UserError: one of them is not allowed.
        """
        return SeekConfig.of_preset(self.preset, preset_of(self.model), **self.settings)

    def remakes(self, trace: Trace) -> bool:
        """Whether a run was made by this, whatever words say it.

        Raises:
            UserError: one of the settings is not allowed.
        """
        made = recipe_of(trace)
        mine, its = ((one.problem.question, one.problem.gold, one.config) for one in (self, made))
        return self.model == made.model and mine == its


@dataclass(frozen=True)
class Link:
    """The content of a link: a recorded run or the recipe of a live one, at an iteration."""

    run: str | None = None
    recipe: Recipe | None = None
    pin: str | None = None
    """A recorded run to compare with."""
    iteration: int = 0


def recipe_of(trace: Trace) -> Recipe:
    """The recipe of a run: the closest preset, the main settings, and other changes.

    A main setting is said although the preset has it so, unless it has no effect in this run.
    """
    config, model = trace.config, trace.model.given
    suited, values = _suited(model), config.to_dict()

    def changes(preset: str) -> dict[str, Any]:
        base = SeekConfig.of_preset(preset, suited, reward=config.reward).to_dict()
        return {key: value for key, value in values.items() if value != base[key]}

    presets = {name: changes(name) for name in PRESETS}
    main = [key for key, setting in SETTINGS.items() if setting.group == "main"]
    preset = min(presets, key=lambda name: len(presets[name].keys() - set(main)))
    said = {key: values[key] for key in main if config.has_effect(key)}
    return Recipe(trace.problem, model, preset, said | presets[preset], trace.model.dtype)


def command_of(recipe: Recipe) -> str:
    """The command line that makes the run again, quoted for a shell."""
    words = ["seek-viz", "run", *_options(_asked_parts(recipe)), *_setting_options(recipe.settings)]
    return shlex.join(words + ([] if recipe.dtype == "float32" else ["--dtype", recipe.dtype]))


def command_of_run(trace: Trace) -> str:
    """The same for a run; one whose settings were changed within it takes a command for each part.

    A larger K alone makes no part: the run is then what it would have been under that K from its start. A
    change before the first update is told as if it held from the start: no run ends there, to be resumed.
    """
    if trace.host is not None:
        return _command_of_control(trace)
    changed = trace.changed_settings
    starts = sorted({k for name in changed if name != "max_updates" for k, _ in changed[name][1:] if k > 1})
    configs = [*(step.config for step in trace.steps), trace.config]
    parts = [dataclasses.replace(configs[k - 1], max_updates=k - 1) for k in starts] + [trace.config]
    commands = [command_of(recipe_of(dataclasses.replace(trace, config=parts[0])))]
    for before, config in pairwise(parts):
        commands[-1] += " --latents --out run.json" if len(commands) == 1 else ""
        was, now = before.to_dict(), config.to_dict()
        # A change to a constant reward would change what is returned too, unless that is said.
        said = ("return_iterate",) if was["reward"] != now["reward"] else ()
        changes = {key: now[key] for key in now if now[key] != was[key] or key in said}
        commands.append(shlex.join(["seek-viz", "run", "--resume", "run.json", *_setting_options(changes)]))
    return " && ".join(commands)


def _command_of_control(trace: Trace) -> str:
    """A control has problem and settings of its host, whose recording has to be at hand."""
    said = {name: getattr(trace.config, name) for name in ("direction", "seed")}
    return shlex.join(["seek-viz", "run", "--control-of", "HOST.json", *_setting_options(said)])


def query_of(recipe: Recipe) -> str:
    """The part of an address after "?", without the iteration."""
    settings = [(SETTINGS[key].name, written(value)) for key, value in recipe.settings.items()]
    return urlencode([("v", LINK_VERSION), *_asked_parts(recipe), *settings])


def query_of_recording(key: str) -> str:
    """The same for a recorded run."""
    return urlencode({"v": LINK_VERSION, "run": key})


def read_link(query: str) -> Link | None:
    """Inverse of the two above.

    Args:
        query: an address's part from "?" on, perhaps empty.

    Returns:
        What it asks for; None where it asks for nothing.

    Raises:
        UserError: the version is unknown or a value not allowed.
    """
    found = {
        name: values
        for name, values in parse_qs(query.lstrip("?"), keep_blank_values=True).items()
        if name in LINK_NAMES
    }
    if not found:
        return None
    last = {name: values[-1] for name, values in found.items()}
    if last.get("v") != LINK_VERSION:
        raise UserError(
            "version of the link",
            last.get("v"),
            LINK_VERSION,
            "Copy the link anew from a page of this release.",
        )
    iteration = read_number("i", last.get("i", "0"), whole=True)
    if iteration < 0:
        raise UserError("i", iteration, "an iteration, 0 or more", "Correct the link.")
    if "problem" in last or "question" in last:
        return Link(recipe=_recipe(last, found.get("set", [])), pin=last.get("pin"), iteration=iteration)
    if "run" in last:
        return Link(run=last["run"], pin=last.get("pin"), iteration=iteration)
    raise UserError("link", query, "run=, problem= or question=", "Copy the link anew.")


def parse_settings(texts: Sequence[str]) -> dict[str, Any]:
    """Settings written as "field=value".

    Raises:
        UserError: no such field, or not such a value.
    """
    return read_settings(dict(map(_split, texts)))


def read_settings(texts: Mapping[str, str]) -> dict[str, Any]:
    """Values of settings from text.

    Args:
        texts: by the names of the fields of SeekConfig.

    Raises:
        UserError: no such field, or not such a value.
    """
    for name in texts:
        if name not in SETTINGS:
            raise UserError("setting", name, ", ".join(SETTINGS), "Write it as name=value.")
    return {name: SETTINGS[name].read(text) for name, text in texts.items()}


def _suited(model: str) -> Mapping[str, Any]:
    """The preset of a recording's model; empty where its folder is gone or no longer valid."""
    try:
        return preset_of(model)
    except UserError:
        return {}


def _asked_parts(recipe: Recipe) -> list[tuple[str, str]]:
    """Problem, model and preset by the names that a link and a command share, in reading order."""
    problem = recipe.problem
    known = _bundled().get(problem.id)
    if known and (known.question, known.gold) == (problem.question, problem.gold):
        parts = [("problem", problem.id)]
    else:
        parts = [("question", problem.question)]
        parts += [("gold", problem.gold)] if problem.gold is not None else []
    parts += [("model", recipe.model)] if recipe.model != "tiny" else []
    parts += [("preset", recipe.preset)] if recipe.preset != "default" else []
    return parts


def _options(parts: Sequence[tuple[str, str]]) -> list[str]:
    return [word for name, value in parts for word in (f"--{name}", value)]


def _setting_options(settings: Mapping[str, Any]) -> list[str]:
    """Settings as options of the command."""
    return _options([(SETTINGS[key].name, written(value)) for key, value in settings.items()])


def _recipe(values: Mapping[str, str], others: Sequence[str]) -> Recipe:
    if ("problem" in values) == ("question" in values):
        raise UserError("link", "both", "either problem= or question=", "Keep one of them.")
    problem = (
        find_problem(values["problem"])
        if "problem" in values
        else Problem("own", values["question"], values.get("gold"))
    )
    preset = values.get("preset", "default")
    if preset not in PRESETS:
        raise UserError("preset", preset, ", ".join(PRESETS), "Correct the link.")
    named = {key: values[setting.name] for key, setting in SETTINGS.items() if setting.name in values}
    settings = read_settings(named) | parse_settings(others)
    recipe = Recipe(problem, values.get("model", "tiny"), preset, settings)
    _ = recipe.config  # refuses what is out of bounds
    return recipe


def _split(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value


@functools.cache
def _bundled() -> dict[str, Problem]:
    return {problem.id: problem for problems in bundled_problems().values() for problem in problems}
