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
from seek_viz.settings.config import SeekConfig
from seek_viz.settings.registry import preset_of

LINK_VERSION = "1"
NAMES = {
    "reward": "reward",
    "mode": "decode_mode",
    "eta": "learning_rate",
    "rho": "rho",
    "tau": "reward_threshold",
    "updates": "max_updates",
    "seed": "seed",
}
"""Settings that a link and a command call by a name of their own; any other is `set=field=value`."""
LINK_NAMES = ("v", "run", "pin", "i", "problem", "question", "gold", "model", "preset", "set", *NAMES)


@dataclass(frozen=True)
class Recipe:
    """What was asked, of what model, under which settings."""

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


@dataclass(frozen=True)
class Link:
    """What an address asks for: a recorded run or the recipe of a live one, at an iteration."""

    run: str | None = None
    recipe: Recipe | None = None
    pin: str | None = None
    """A recorded run to compare with."""
    iteration: int = 0


def recipe_of(trace: Trace) -> Recipe:
    """How a run was made: the preset that leaves least to say, the settings with a name, other changes.

    A setting with a name is said although the preset has it so, unless it has no effect in this run.
    """
    config, model = trace.config, trace.model.given
    suited, values = _suited(model), config.to_dict()

    def changes(preset: str) -> dict[str, Any]:
        base = SeekConfig.of_preset(preset, suited, reward=config.reward).to_dict()
        return {key: value for key, value in values.items() if value != base[key]}

    presets = {name: changes(name) for name in ("default", "released")}
    preset = min(presets, key=lambda name: len(presets[name].keys() - NAMES.values()))
    named = {key: values[key] for key in NAMES.values() if config.has_effect(key)}
    return Recipe(trace.problem, model, preset, named | presets[preset], trace.model.dtype)


def command_of(recipe: Recipe) -> str:
    """The command line that makes the run again, quoted for a shell."""
    words = ["seek-viz", "run"]
    for name, value in _parts(recipe):
        words += [f"--{name}", value]
    return shlex.join(words + ([] if recipe.dtype == "float32" else ["--dtype", recipe.dtype]))


def command_of_run(trace: Trace) -> str:
    """The same for a run; one whose settings were changed within it takes a command for each part.

    A larger K alone makes no part: the run is then what it would have been under that K from its start. A
    change before the first update is told as if it held from the start: no run ends there, to be resumed.
    """
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
        words = ["seek-viz", "run", "--resume", "run.json"]
        for name, value in _settings({key: now[key] for key in now if now[key] != was[key] or key in said}):
            words += [f"--{name}", value]
        commands.append(shlex.join(words))
    return " && ".join(commands)


def query_of(recipe: Recipe) -> str:
    """The part of an address after "?", without the iteration."""
    return urlencode([("v", LINK_VERSION), *_parts(recipe)])


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
    iteration = _number("i", last.get("i", "0"), int)
    if iteration < 0:
        raise UserError("i", iteration, "an iteration, 0 or more", "Correct the link.")
    if "problem" in last or "question" in last:
        return Link(recipe=_recipe(last, found.get("set", [])), iteration=iteration)
    if "run" in last:
        return Link(run=last["run"], pin=last.get("pin"), iteration=iteration)
    raise UserError("link", query, "run=, problem= or question=", "Copy the link anew.")


def parse_settings(texts: Sequence[str]) -> dict[str, Any]:
    """Settings written as "field=value", with the value read as the field's type asks.

    Raises:
        UserError: no such field, or not such a value.
    """
    return dict(_setting(text) for text in texts)


def _suited(model: str) -> Mapping[str, Any]:
    """What suits a model that a recording names: its folder may have gone, or been changed for the worse."""
    try:
        return preset_of(model)
    except UserError:
        return {}


def written(value: Any) -> str:
    """A setting's value as text that `parse_settings` reads back."""
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parts(recipe: Recipe) -> list[tuple[str, str]]:
    """Names and values that a link and a command share, in reading order."""
    problem, settings = recipe.problem, recipe.settings
    known = _bundled().get(problem.id)
    if known and (known.question, known.gold) == (problem.question, problem.gold):
        parts = [("problem", problem.id)]
    else:
        parts = [("question", problem.question)]
        parts += [("gold", problem.gold)] if problem.gold is not None else []
    parts += [("model", recipe.model)] if recipe.model != "tiny" else []
    parts += [("preset", recipe.preset)] if recipe.preset != "default" else []
    return parts + _settings(settings)


def _settings(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Settings by the names that a link and a command have for them."""
    named = [(name, written(settings[key])) for name, key in NAMES.items() if key in settings]
    rest = [key for key in settings if key not in NAMES.values()]
    return named + [("set", f"{key}={written(settings[key])}") for key in rest]


def _recipe(values: Mapping[str, str], others: Sequence[str]) -> Recipe:
    if ("problem" in values) == ("question" in values):
        raise UserError("link", "both", "either problem= or question=", "Keep one of them.")
    problem = (
        find_problem(values["problem"])
        if "problem" in values
        else Problem("own", values["question"], values.get("gold"))
    )
    preset = values.get("preset", "default")
    if preset not in ("default", "released"):
        raise UserError("preset", preset, "default, released", "Correct the link.")
    named = [f"{key}={values[name]}" for name, key in NAMES.items() if name in values]
    recipe = Recipe(problem, values.get("model", "tiny"), preset, parse_settings([*named, *others]))
    _ = recipe.config  # refuses what is out of bounds
    return recipe


def _setting(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    name, value = name.strip(), value.strip()
    kinds = {one.name: str(one.type) for one in dataclasses.fields(SeekConfig)}
    if name not in kinds:
        raise UserError("setting", name, ", ".join(kinds), "Write it as name=value.")
    kind = kinds[name]
    if "None" in kind and value == "none":
        return name, None
    if kind == "bool":
        if value not in ("true", "false"):
            raise UserError(name, value, "true, false", "Choose one of these.")
        return name, value == "true"
    if kind == "int":
        return name, _number(name, value, int)
    return name, _number(name, value, float) if kind.startswith("float") else value


def _number(name: str, text: str, kind: type) -> Any:
    try:
        return kind(text)
    except ValueError:
        allowed = "a whole number" if kind is int else "a number"
        hint = f"Write a decimal point: {text.replace(',', '.')}." if "," in text else "Correct it."
        raise UserError(name, text, allowed, hint) from None


@functools.cache
def _bundled() -> dict[str, Problem]:
    return {problem.id: problem for problems in bundled_problems().values() for problem in problems}
