"""The form that a run is started from: filled by a link or a recording, read when a run begins."""

from __future__ import annotations

from typing import Any

import gradio as gr

from seek_viz.advice import advice
from seek_viz.config import SeekConfig
from seek_viz.errors import UserError
from seek_viz.problem import Problem
from seek_viz.projection.view import SETTINGS
from seek_viz.registry import preset_of
from seek_viz.share import Link, Recipe, parse_settings, written
from seek_viz.trace import Trace
from seek_viz.ui.layout import OWN_QUESTION, titles

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
    model, question, gold, preset, *settings, others = values
    changes = dict(zip(FORM_SETTINGS, settings, strict=True))
    changes |= parse_settings([text for text in others.split(",") if text.strip()])
    config = SeekConfig.of_preset(preset, preset_of(model), **changes)
    problem = known.get(question) or Problem("own", question)
    return model, problem.with_gold(gold.strip() or None), config


def form_advice(values: tuple[Any, ...]) -> list[str]:
    """What a visitor may have meant otherwise: settings without effect in this run, or far from the usual.

    Args:
        values: as `read_form` takes them; they have been read without an error.
    """
    model, _question, _gold, preset, *settings, others = values
    own = SeekConfig.of_preset(preset, preset_of(model))
    changes = dict(zip(FORM_SETTINGS, settings, strict=True))
    changes |= parse_settings([text for text in others.split(",") if text.strip()])
    given = [name for name, value in changes.items() if value != getattr(own, name)]
    config = SeekConfig.of_preset(preset, preset_of(model), **changes)
    return advice(config, {name: SETTINGS.get(name, ("", ""))[0] or name for name in given})


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
        *(config[name] for name in FORM_SETTINGS),
        ", ".join(others),
    )
