"""The form that a run is started from: model, problem, and every setting, as text.

It is filled whole, by a recording, a link or a preset, and read whole: what stands in it is what runs.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import gradio as gr

from seek_viz.errors import UserError
from seek_viz.grading import MAX_ANSWER_CHARS, gold_advice
from seek_viz.grading.numbers import read_quantity
from seek_viz.problems.problem import Problem
from seek_viz.record import Trace
from seek_viz.record.recipe import Link, Recipe, read_settings
from seek_viz.settings.advice import advice
from seek_viz.settings.config import PRESETS, SETTINGS, SeekConfig
from seek_viz.settings.registry import MODELS, preset_of
from seek_viz.settings.setting import Setting, written

OWN_QUESTION = "your own question"
FORM = ("model", "question", "gold", *SETTINGS)
"""Inputs of a run, in the order in which callbacks receive them."""
FILLED = ("set", "problem", "preset", *FORM)
"""Fields that a recording or a link fills in."""


def check_linked(link: Link, runs: dict[str, Trace]) -> None:
    """Hold the recorded runs that a link names against those there are.

    Raises:
        UserError: there is no such run, or it has no such iteration.
    """
    for key in (link.run, link.pin):
        if key is not None and key not in runs:
            raise UserError("run of the link", key, ", ".join(runs), "Pick a recorded run from the menu.")
    last = len(runs[link.run].steps) - 1 if link.run else link.iteration
    if link.iteration > last:
        raise UserError("iteration of the link", link.iteration, f"0 to {last}", "Correct i= in the address.")


# --- Reading it --------------------------------------------------------------------------------------


def read_form(values: tuple[Any, ...], known: dict[str, Problem]) -> tuple[str, Problem, SeekConfig]:
    """Model, problem and settings of the run that the form asks for.

    Args:
        values: of the controls named in FORM, in its order.
        known: bundled problems by question; with another gold answer it is the visitor's own.

    Raises:
        UserError: a setting's value is not allowed, the question is empty, or the model's folder cannot be
            used.
    """
    model, question, gold, *_ = values
    config = _config(values)
    preset_of(model)
    problem = known.get(question) or Problem("own", question)
    return model, problem.with_gold(gold.strip() or None), config


def form_advice(values: tuple[Any, ...]) -> list[str]:
    """Warnings about the gold answer, and about settings of no preset that are without effect or unusual.

    Raises:
        UserError: as `read_form`.
    """
    config = _config(values)
    presets = [SeekConfig.of_preset(name, preset_of(values[0])) for name in PRESETS]
    told = gold_advice(values[2])
    own = [key for key in SETTINGS if getattr(config, key) not in [getattr(one, key) for one in presets]]
    return [*([told] if told else []), *advice(config, {key: _called(SETTINGS[key]) for key in own})]


_SHOWN_BITS = 90
"""Of a number's parts: longer ones are not written out."""


def gold_words(gold: str) -> str:
    """The hint below the gold field: how its answer is read."""
    gold = gold.strip()
    if not gold:
        return "Optional; shown beside the reward."
    if len(gold) > MAX_ANSWER_CHARS:
        return f"Too long: at most {MAX_ANSWER_CHARS} characters are compared."
    quantity = read_quantity(gold)
    if quantity is None:
        return gold_advice(gold) or "Compared as an expression or as words, not as a number."
    value = quantity.value
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _SHOWN_BITS:
        return "Read as a number."
    decimal = f"{float(value):.15g}"
    exact = decimal if Fraction(decimal) == value else str(value)
    return f"Read as the number {exact}{quantity.unit and f', in {quantity.unit}'}."


def _config(values: tuple[Any, ...]) -> SeekConfig:
    """Number fields hold text, so that "0,05" is refused and not read as 5."""
    texts = dict(zip(SETTINGS, map(written, values[len(FORM) - len(SETTINGS) :]), strict=True))
    try:
        return SeekConfig(**read_settings(texts))
    except UserError as error:
        raise on_page(error) from error


def on_page(error: UserError) -> UserError:
    """The error under the name that the form has for the setting it speaks of."""
    setting = SETTINGS.get(error.what)
    return error.named(_called(setting)) if setting else error


def _called(setting: Setting) -> str:
    """The name of a setting in messages: its symbol, or its label in the form."""
    return setting.symbol or setting.label.capitalize()


# --- Filling it --------------------------------------------------------------------------------------


def filled_form(recipe: Recipe, sets: dict[str, list[Problem]]) -> list[Any]:
    """Values of the form's controls, in the order of FILLED."""
    problem = recipe.problem
    home = next((name for name, problems in sets.items() if problem in problems), None)
    menu = (
        (home, gr.update(choices=titles(sets[home]), value=problem.id, visible=True))
        if home
        else (OWN_QUESTION, gr.update(visible=False))
    )
    asked = (recipe.preset, recipe.model, problem.question, problem.gold or "")
    return [*menu, *asked, *settings_values(recipe.config)]


def settings_values(config: SeekConfig) -> list[Any]:
    """Values of the settings' controls: a box is ticked or not, all else is text."""
    return [
        value if setting.kind == "switch" else written(value)
        for setting in SETTINGS.values()
        for value in [getattr(config, setting.key)]
    ]


def suited_values(model: str, preset: str) -> list[Any]:
    """Values for the settings that models differ in; the others are left as they are.

    Raises:
        UserError: the model's folder cannot be used.
    """
    suits = preset_of(model)
    differ = {*suits, *(key for entry in MODELS.values() for key in entry.preset)}
    return filled_only(differ, SeekConfig.of_preset(preset, suits))


def filled_only(keys: set[str], config: SeekConfig) -> list[Any]:
    """Values for the controls of these settings; the others are left as they are."""
    values = zip(SETTINGS, settings_values(config), strict=True)
    return [value if key in keys else gr.skip() for key, value in values]


def titles(problems: list[Problem]) -> list[tuple[str, str]]:
    """The entries of the problem menu: (beginning of the question, id)."""
    return [(f"{number}. {p.question[:60]}…", p.id) for number, p in enumerate(problems, start=1)]
