"""Layout of the sidebar: menus, a control for each setting, and buttons."""

from __future__ import annotations

import os
from itertools import groupby, islice
from typing import Any

import gradio as gr

from seek_viz.app.page.form import OWN_QUESTION, gold_words, titles
from seek_viz.app.page.run_estimate import outlook_box
from seek_viz.problems.problem import Problem, bundled_problems
from seek_viz.record import Trace
from seek_viz.record.recipe import Recipe, recipe_of
from seek_viz.settings.config import PRESETS, SETTINGS, SeekConfig
from seek_viz.settings.registry import MODELS
from seek_viz.settings.setting import GROUPS, Group, Setting, written

_MARKS = {"right": "✓", "wrong": "✗"}


def sidebar(sets: dict[str, list[Problem]], runs: dict[str, Trace]) -> dict[str, Any]:
    """Everything left of the workbench, by name; the form holds what the first recording was made with."""
    first_set = next(iter(sets))
    shown = recipe_of(next(iter(runs.values()))) if runs else Recipe(sets[first_set][0])
    page: dict[str, Any] = {}
    gr.Markdown("## Seek, visualised\nWatch a frozen model change its answer at test time.")
    page["recording"] = gr.Radio(
        [(f"{_course(trace)}{trace.title or key}", key) for key, trace in runs.items()],
        value=next(iter(runs), None),
        label="Recorded runs",
        info="Nothing is computed: a real run, replayed.",
        elem_id="recording",
        visible=bool(runs),
    )
    gr.Markdown("### Run it live")
    page["model"] = gr.Dropdown(
        list(MODELS),
        value=shown.model,
        label="Model",
        info="The bundled model" + ("." if _hosted() else ", a Hub id, or a folder."),
        allow_custom_value=not _hosted(),
        elem_id="model",
    )
    _problem(page, sets, shown.problem)
    page["preset"] = gr.Radio(
        list(PRESETS),
        value=shown.preset,
        label="Preset",
        info="Fills in every setting: what suits the model, or what the released code has.",
        elem_id="preset",
    )
    for group, heading in GROUPS.items():
        if group == "main":
            _settings(page, group, shown.config)
        else:
            with gr.Accordion(heading, open=False):
                if group == "released":
                    gr.Markdown("Numbered as in docs/parity.md.")
                _settings(page, group, shown.config)
    _actions(page)
    return page


def _problem(page: dict[str, Any], sets: dict[str, list[Problem]], first: Problem) -> None:
    home = next((name for name, problems in sets.items() if first in problems), OWN_QUESTION)
    page["set"] = gr.Dropdown([*sets, OWN_QUESTION], value=home, label="Problems", elem_id="set")
    page["problem"] = gr.Dropdown(
        titles(sets.get(home, [])),
        value=first.id if home in sets else None,
        label="Problem",
        visible=home in sets,
        elem_id="problem",
    )
    page["question"] = gr.Textbox(first.question, label="Question", lines=4, max_lines=8, elem_id="question")
    page["gold"] = gr.Textbox(
        first.gold, label="Gold answer", info=gold_words(first.gold or ""), elem_id="gold"
    )


def _course(trace: Trace) -> str:
    """From the first answer to the returned one, as marks; empty where the truth is not known."""
    truths = [trace.truth(k) for k in (0, trace.returned or 0)]
    if not all(truth in _MARKS for truth in truths):
        return ""
    marks = dict.fromkeys(_MARKS[truth] for truth in truths)
    return "→".join(marks) + " "


def _settings(page: dict[str, Any], group: Group, config: SeekConfig) -> None:
    """The controls of a group of settings, as they are declared; numbers stand two in a row."""
    declared = [setting for setting in SETTINGS.values() if setting.group == group]
    for numeric, settings in groupby(declared, lambda one: one.kind in ("number", "whole")):
        if numeric:
            while pair := list(islice(settings, 2)):
                with gr.Row():
                    page |= {one.key: _control(one, getattr(config, one.key)) for one in pair}
        else:
            page |= {one.key: _control(one, getattr(config, one.key)) for one in settings}


def _label(setting: Setting) -> str:
    return setting.title if setting.symbol else setting.label.capitalize()


def _control(setting: Setting, value: Any) -> gr.components.Component:
    said: dict[str, Any] = {"label": _label(setting), "info": setting.gloss, "elem_id": setting.name}
    if setting.kind == "choice":
        return gr.Radio([(name, value) for value, name in setting.choices.items()], value=value, **said)
    if setting.kind == "switch":
        return gr.Checkbox(value, **said)
    # As text: a browser's own number field drops the comma of "0,05", and gives 5.
    return gr.Textbox(written(value), max_lines=1, elem_classes="number", min_width=120, **said)


def _actions(page: dict[str, Any]) -> None:
    with gr.Column(elem_id="actions", min_width=200):
        page["outlook"] = outlook_box()
        with gr.Row():
            page["run"] = gr.Button("Run", variant="primary", elem_id="run", min_width=80)
            page["pause"] = gr.Button("Pause", elem_id="pause", min_width=80, interactive=False)
        with gr.Row():
            page["start"] = gr.Button("Start", elem_id="start", size="md", min_width=60)
            page["step"] = gr.Button("Step", elem_id="step", size="md", min_width=60)
            page["reset"] = gr.Button("Reset", elem_id="reset", size="md", min_width=60)


def problem_sets(runs: dict[str, Trace]) -> dict[str, list[Problem]]:
    """Problems of the menu: those of the recorded runs, the test set by tier, then the other sets."""
    sets = bundled_problems()
    menu = {
        "of the recorded runs": list(
            {trace.problem.id: trace.problem for trace in reversed(runs.values())}.values()
        )[::-1]
    }
    menu |= {
        f"{tier} (held out)": [p for p in sets.get("test", []) if p.tier == tier]
        for tier in ("medium", "hard", "easy")
    }
    menu["written by hand"] = sets.get("handwritten", [])
    return {name: problems[:50] for name, problems in menu.items() if problems}


def _hosted() -> bool:
    return "SPACE_ID" in os.environ
