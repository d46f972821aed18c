"""The form that a run is started from: filled by a link or a recording, read when a run begins."""

from __future__ import annotations

from typing import Any

import gradio as gr

from seek_viz.app.page.layout import OWN_QUESTION, titles
from seek_viz.errors import UserError
from seek_viz.problems.problem import Problem
from seek_viz.record import Trace
from seek_viz.record.recipe import Link, Recipe, parse_settings, written
from seek_viz.settings.advice import advice
from seek_viz.settings.config import SeekConfig
from seek_viz.settings.registry import preset_of

FORM_SETTINGS = (
    "reward",
    "decode_mode",
    "learning_rate",
    "rho",
    "max_updates",
    "reward_threshold",
    "seed",
    "format_rule",
)
"""Settings with a control of their own; `others` holds any more as name=value."""
FORM = ("model", "question", "gold", "preset", *FORM_SETTINGS, "others")
"""What a run is started from, in the order in which the callbacks get it."""
FILLED = ("set", "problem", *FORM)
"""What a link fills."""
CALLED = {
    "reward": "R",
    "decode_mode": "Decode mode",
    "learning_rate": "η",
    "rho": "ρ",
    "max_updates": "K",
    "reward_threshold": "τ",
    "seed": "Seed",
    "format_rule": "Format rule",
}
"""What the controls are called on the page."""


def check_linked(link: Link, runs: dict[str, Trace]) -> None:
    """Hold a link to a recorded run against the runs there are.

    Raises:
        UserError: there is no such run, or it has no such iteration.
    """
    for key in (link.run, link.pin):
        if key is not None and key not in runs:
            raise UserError("run of the link", key, ", ".join(runs), "Pick a recorded run from the menu.")
    last = len(runs[link.run or ""].steps) - 1
    if link.iteration > last:
        raise UserError("iteration of the link", link.iteration, f"0 to {last}", "Correct i= in the address.")


def read_form(values: tuple[Any, ...], known: dict[str, Problem]) -> tuple[str, Problem, SeekConfig]:
    """Model, problem and settings of the run that the form asks for.

    Args:
        values: of the controls named in FORM, in its order.
        known: bundled problems by question; with another gold answer it is the visitor's own.

    Raises:
        UserError: a setting is unknown or its value not allowed, or the question is empty.
    """
    model, question, gold, preset, *_ = values
    try:
        config = SeekConfig.of_preset(preset, preset_of(model), **_changes(values))
    except UserError as error:
        raise (error.named(CALLED[error.what]) if error.what in CALLED else error) from error
    problem = known.get(question) or Problem("own", question)
    return model, problem.with_gold(gold.strip() or None), config


def form_advice(values: tuple[Any, ...]) -> list[str]:
    """What to say of settings that the visitor changed: without effect in this run, or far from the usual.

    Raises:
        UserError: as `read_form`.
    """
    model, _, _, preset, *_, others = values
    changes, suited = _changes(values), preset_of(model)
    config, untouched = (SeekConfig.of_preset(preset, suited, **more) for more in (changes, {}))
    typed = parse_settings(_split(others))
    given = [key for key, value in changes.items() if key in typed or value != getattr(untouched, key)]
    return advice(config, {key: CALLED.get(key, key) for key in given})


def _changes(values: tuple[Any, ...]) -> dict[str, Any]:
    """The settings of the form; its number fields hold text, so that "0,05" is refused and not read as 5."""
    *settings, others = values[FORM.index(FORM_SETTINGS[0]) :]
    shown = dict(zip(FORM_SETTINGS, settings, strict=True))
    return parse_settings([f"{key}={written(value)}" for key, value in shown.items()] + _split(others))


def _split(others: str) -> list[str]:
    return [text for text in others.split(",") if text.strip()]


def filled_form(recipe: Recipe, sets: dict[str, list[Problem]]) -> tuple[Any, ...]:
    """Values of the form's controls, in the order of FILLED."""
    problem, config = recipe.problem, recipe.config.to_dict()
    home = next((name for name, problems in sets.items() if problem in problems), None)
    menu = (
        (home, gr.update(choices=titles(sets[home]), value=problem.id, visible=True))
        if home
        else (OWN_QUESTION, gr.update(visible=False))
    )
    others = [f"{key}={written(value)}" for key, value in recipe.settings.items() if key not in FORM_SETTINGS]
    return (
        *menu,
        recipe.model,
        problem.question,
        problem.gold or "",
        recipe.preset,
        *(config[name] if name == "format_rule" else written(config[name]) for name in FORM_SETTINGS),
        ", ".join(others),
    )
