"""Which control of the page calls what, in which queue."""

from __future__ import annotations

from typing import Any

import gradio as gr

from seek_viz.app.page.callbacks import Callbacks
from seek_viz.app.page.form import FILLED, FORM
from seek_viz.app.page.streaming import BUTTONS
from seek_viz.settings.config import SETTINGS

# On a phone the sidebar lies over the page: it starts closed, and closes when a run begins or is opened.
_CLOSE = """const toggle = document.querySelector('#sidebar.open .toggle-button');
  if (toggle && window.innerWidth <= 768) toggle.click();"""
CLOSE_ON_PHONE = f"() => {{ {_CLOSE} return null; }}"
_PICKED = f"(key) => {{ {_CLOSE} return key; }}"

# The name of the run on the page goes with what asks to go on with it.
_SHOWN = "(_, ...form) => [document.querySelector('.seek-workbench')?.dataset.run ?? '', ...form]"

_AT_ONCE: dict[str, Any] = {"queue": False, "show_progress": "hidden"}
# Steps take turns (`ModelPool.turn`), calls do not: one visitor's download must not keep the others waiting.
# Pause and the views wait for neither.
_IN_TURN: dict[str, Any] = {
    "concurrency_id": "model",
    "concurrency_limit": 16,
    "show_progress": "hidden",
    "trigger_mode": "once",
}
# The newest question alone is answered, beside the queue: a preset changes thirty fields at once.
_ASIDE: dict[str, Any] = {**_AT_ONCE, "trigger_mode": "always_last"}


def wire(page: dict[str, Any], do: Callbacks) -> None:
    """Connect every control of `page`."""
    asked = [page[name] for name in FORM]
    shown = [page["workbench"], page["timer"], *(page[name] for name in BUTTONS)]
    recording, workbench = page["recording"], page["workbench"]
    filled = [recording, *(page[name] for name in FILLED)]

    going_on = {"inputs": [page["shown"], *asked], "outputs": shown, "js": _SHOWN, **_IN_TURN}
    page["start"].click(do.start, asked, shown, **_IN_TURN)
    page["step"].click(do.step, **going_on)
    page["run"].click(do.run, **going_on)
    page["timer"].tick(do.tick, None, shown, **_IN_TURN)
    for name in ("start", "step", "run"):  # what is on screen then is none of the recordings
        page[name].click(None, None, recording, js=CLOSE_ON_PHONE)
    page["pause"].click(do.pause, None, shown, **_AT_ONCE)
    page["reset"].click(do.reset, None, [*shown, *filled], **_AT_ONCE)
    recording.input(do.pick, recording, [*shown, *filled], js=_PICKED, **_AT_ONCE)

    workbench.ready(do.ready, recording, [*shown, *filled], **_AT_ONCE)
    workbench.pin(do.pin, None, [*shown, *filled], **_AT_ONCE)
    workbench.go(do.run, **going_on)
    workbench.again(do.again, None, filled, **_AT_ONCE).then(do.run, **going_on)

    gr.on([page["page"].load, *(c.change for c in asked)], do.foresee, asked, page["outlook"], **_ASIDE)
    workbench.rested(do.foresee, asked, page["outlook"], **_ASIDE)

    problem, question, gold = page["problem"], page["question"], page["gold"]
    page["set"].input(do.pick_set, page["set"], [problem, question, gold], **_AT_ONCE)
    problem.input(do.pick_problem, problem, [question, gold], **_AT_ONCE)
    question.input(do.edit_question, [question, gold, problem], [page["set"], problem, gold], **_AT_ONCE)
    gold.change(do.read_gold, gold, gold, **_AT_ONCE)
    model, preset = page["model"], page["preset"]
    settings = [page[name] for name in SETTINGS]
    model.input(do.pick_model, [model, preset], settings, **_AT_ONCE)
    preset.input(do.pick_preset, [model, preset], settings, **_AT_ONCE)
    reward = page["reward"]
    reward.input(do.pick_reward, [model, preset, reward], settings, **_AT_ONCE)
