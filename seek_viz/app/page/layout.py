"""What is on the page beside the workbench: menus, settings under the paper's symbols, buttons."""

from __future__ import annotations

import os
from typing import Any

import gradio as gr

from seek_viz.app.page.run_estimate import outlook_box
from seek_viz.problems.problem import Problem, bundled_problems
from seek_viz.record import Trace
from seek_viz.record.recipe import written
from seek_viz.settings.config import SeekConfig
from seek_viz.settings.registry import MODELS, preset_of

OWN_QUESTION = "your own question"
_MARKS = {"right": "✓", "wrong": "✗"}


def sidebar(sets: dict[str, list[Problem]], runs: dict[str, Trace]) -> dict[str, Any]:
    """Everything left of the workbench, by name."""
    first_set, defaults = next(iter(sets)), defaults_of("tiny")
    first = sets[first_set][0]
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
        value="tiny",
        label="Model",
        info="The bundled model" + ("." if _hosted() else ", a Hub id, or a folder."),
        allow_custom_value=not _hosted(),
        elem_id="model",
    )
    page["set"] = gr.Dropdown([*sets, OWN_QUESTION], value=first_set, label="Problems", elem_id="set")
    page["problem"] = gr.Dropdown(titles(sets[first_set]), value=first.id, label="Problem", elem_id="problem")
    page["question"] = gr.Textbox(first.question, label="Question", lines=4, max_lines=8, elem_id="question")
    page["gold"] = gr.Textbox(
        first.gold, label="Gold answer", info="Optional; shown beside the reward.", elem_id="gold"
    )
    _controls(page, defaults)
    _actions(page)
    return page


def _course(trace: Trace) -> str:
    """From the first answer to the returned one, as marks; empty where the truth is not known."""
    truths = [trace.truth(k) for k in (0, trace.returned or 0)]
    if not all(truth in _MARKS for truth in truths):
        return ""
    marks = dict.fromkeys(_MARKS[truth] for truth in truths)
    return "→".join(marks) + " "


def _controls(page: dict[str, Any], defaults: SeekConfig) -> None:
    page["reward"] = gr.Radio(
        [("self-reward", "self"), ("PSRM (oracle)", "psrm"), ("constant −1", "constant")],
        value=defaults.reward,
        label="R  reward",
        info="Who judges: the model itself, the gold answer, or nobody.",
        elem_id="reward",
    )
    page["decode_mode"] = gr.Radio(
        ["independent", "coherent"],
        value=defaults.decode_mode,
        label="Decode mode",
        info="Each latent by itself, as published; or offsets that follow the text.",
        elem_id="decode-mode",
    )
    with gr.Row():
        page["learning_rate"] = _number(defaults.learning_rate, "η  step size", "push per update", "eta")
        page["rho"] = _number(defaults.rho, "ρ  fraction", "of the text, in (0, 1]", "rho")
    with gr.Row():
        page["max_updates"] = _number(defaults.max_updates, "K  updates", "at most", "updates")
        page["reward_threshold"] = _number(
            defaults.reward_threshold, "τ  threshold", "stop when R > τ", "tau"
        )
    with gr.Accordion("More settings", open=False):
        page["preset"] = gr.Radio(
            ["default", "released"],
            value="default",
            label="Preset",
            info="“released” turns on every oddity of the released code (docs/parity.md).",
            elem_id="preset",
        )
        page["format_rule"] = gr.Checkbox(False, label="Format rule", info="subtract 1/3 without \\boxed{}")
        page["seed"] = _number(defaults.seed, "Seed", None, "seed")
        page["others"] = gr.Textbox(
            "",
            label="Any other setting",
            info="Such as return_iterate=last, min_latents=0 (seek_viz/settings/config.py names them).",
            elem_id="others",
        )


def _number(value: float, label: str, info: str | None, elem_id: str) -> gr.Textbox:
    """A field for a number, as text: a browser's own number field drops the comma of "0,05", and gives 5."""
    return gr.Textbox(
        written(value),
        label=label,
        info=info,
        max_lines=1,
        elem_id=elem_id,
        elem_classes="number",
        min_width=120,
    )


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
    """What the problem menu offers: those of the recorded runs, the test set by tier, then the other sets."""
    sets = bundled_problems()
    menu = {
        "of the recorded runs": list({trace.problem.id: trace.problem for trace in runs.values()}.values())
    }
    menu |= {
        f"{tier} (held out)": [p for p in sets.get("test", []) if p.tier == tier]
        for tier in ("medium", "hard", "easy")
    }
    menu["written by hand"] = sets.get("handwritten", [])
    return {name: problems[:50] for name, problems in menu.items() if problems}


def titles(problems: list[Problem]) -> list[tuple[str, str]]:
    """The entries of the problem menu: (beginning of the question, id)."""
    return [(f"{number}. {p.question[:60]}…", p.id) for number, p in enumerate(problems, start=1)]


def defaults_of(model: str) -> SeekConfig:
    """The settings that suit a model: its entry's, or the general defaults."""
    return SeekConfig(**preset_of(model))


def _hosted() -> bool:
    return "SPACE_ID" in os.environ
