"""What `seek-viz run` was asked for, read from its options before any model is loaded.

Every setting is an option, made from what it says of itself (`settings/config.py`).

An option that was not given says nothing: the preset, the model's own settings, or the run that is resumed
decide. What was given is remembered under the name that it was typed by.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from seek_viz.errors import UserError
from seek_viz.problems.problem import Problem, find_problem
from seek_viz.record import Trace, load_trace, with_iterates
from seek_viz.record.recipe import parse_settings, read_settings
from seek_viz.record.resume import check_same, reopened
from seek_viz.settings.config import SETTINGS
from seek_viz.settings.setting import GROUPS, Setting, written


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command an option for each setting; what was given arrives as `settings`, a dict by field.

    The values are text still: `given_settings` reads them.
    """
    signature = inspect.signature(command, eval_str=True)
    own = [one for one in signature.parameters.values() if one.name != "settings"]
    options = [_parameter(setting) for setting in SETTINGS.values()]

    @functools.wraps(command)
    def wrapped(**values: Any) -> None:
        given = {key: values.pop(key) for key in SETTINGS}
        command(**values, settings={key: value for key, value in given.items() if value is not None})

    wrapped.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
    wrapped.__annotations__ = {one.name: one.annotation for one in [*own, *options]}
    return wrapped


def _parameter(setting: Setting) -> inspect.Parameter:
    names = [f"--{setting.name}", *filter(None, [setting.short])]
    said = f"{setting.symbol}: {setting.gloss}" if setting.symbol else setting.gloss
    shown = {
        "help": f"{said} (default: {written(setting.default)})",
        "rich_help_panel": GROUPS[setting.group],
        "metavar": setting.values,
    }
    annotation = Annotated[str | None, typer.Option(*names, **shown)]
    return inspect.Parameter(setting.key, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def given_settings(
    options: Mapping[str, str], others: Sequence[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The settings that were given, and what each was typed as.

    Args:
        options: as `with_settings` gives them.
        others: of --set, as "name=value".

    Raises:
        UserError: there is no such setting or it cannot have that value, or it was given twice.
    """
    called = {name: SETTINGS[name].option for name in options}
    with as_typed(called):
        changes = read_settings(options)
    for text in others:
        ((name, value),) = parse_settings([text]).items()
        if name in changes:
            first = called[name]
            raise UserError(
                f"--set {name}", value, f"one value, but {first} gives one too", "Keep one of them."
            )
        changes[name], called[name] = value, f"--set {name}"
    return changes, called


@contextmanager
def as_typed(called: Mapping[str, str]) -> Iterator[None]:
    """Errors about a setting speak of the option that it was given with."""
    try:
        yield
    except UserError as error:
        if error.what not in SETTINGS:
            raise
        raise error.named(called.get(error.what) or SETTINGS[error.what].option) from error


def chosen_problem(problem: str | None, question: str | None, gold: str | None) -> Problem:
    """The bundled problem of that id, with another gold answer if one is given, or a question of one's own.

    Raises:
        UserError: neither or both are given, or there is no such problem.
    """
    if (problem is None) == (question is None):
        raise UserError("problem", problem, "either --problem ID or --question TEXT", "Give exactly one.")
    if problem is None:
        return Problem("own", question or "", gold)
    found = find_problem(problem)
    return found if gold is None else found.with_gold(gold)


def run_to_go_on(path: Path, changes: Mapping[str, Any], given: Mapping[str, str | None]) -> Trace:
    """A recorded run, open again under the settings that were given.

    Args:
        path: its .json file; the latents lie beside it.
        changes: settings that were given.
        given: --problem, --question, --gold, --dtype, which must be the run's own, or None.

    Raises:
        UserError: it cannot be read, cannot go on, or cannot change so; see `resume.reopened`.
    """
    trace = load_trace(path)
    own = {
        "--problem": trace.problem.id,
        "--question": trace.problem.question,
        "--gold": trace.problem.gold,
        "--dtype": trace.model.dtype,
    }
    for name, value in given.items():
        check_same(name, value, own[name])
    trace = reopened(trace, changes)
    return with_iterates(trace, path.with_suffix(".safetensors"))


def lost_on_resume(trace: Trace, preset: str | None) -> list[str]:
    """What a user who resumes a run should know beside the settings."""
    sentences = [
        f"{name} was {version}: a near tie between two tokens may turn out otherwise."
        for name, version in trace.versions.items()
        if ";" in version
    ]
    if preset is not None:
        sentences.append("--preset has no effect with --resume: the run keeps its settings; use --set.")
    return sentences
