"""The page: sidebar and workbench, laid out first and wired after. Callbacks are thin.

The workbench is one `gr.HTML` with a constant template; it keeps the run in the browser and gets messages
(`projection.message_*`) as its value. It never renders text from a model as HTML. Run is a timer whose
ticks make one step each, so that visitors take turns and Pause takes hold between two steps.
"""

from __future__ import annotations

import itertools
import json
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import plotly
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from seek_viz import ASSETS
from seek_viz.config import SeekConfig
from seek_viz.errors import UserError
from seek_viz.problem import Problem, bundled_problems
from seek_viz.projection import (
    message_error,
    message_idle,
    message_open,
    message_progress,
    message_step,
    run_view,
    with_path,
)
from seek_viz.registry import MODELS
from seek_viz.session import Event, ModelPool, Session, SessionStore, StepDone
from seek_viz.trace import Trace, load_trace

WORKBENCH = Path(__file__).parent / "workbench"
PLOTLY = Path(plotly.__file__).parent / "package_data"
OWN_QUESTION = "your own question"

# 'ready' and 'open' stand in quotes here: that is how gr.HTML learns the names of its events.
_JS_ON_LOAD = """
import(new URL('workbench/player.js', document.baseURI).href).then(({ mount }) => {
  const player = mount(element.querySelector('.seek-mount'), {
    send: (name, payload) => trigger(name, payload ?? {}),
  });
  watch('value', () => { if (props.value) player.receive(JSON.parse(props.value)); });
  trigger('ready', {});
});
"""

_numbers = itertools.count(1)


def build(pool: ModelPool | None = None) -> gr.Blocks:
    """The whole page.

    Args:
        pool: where models come from; a new one by default.
    """
    store = SessionStore(pool or ModelPool())
    runs = recordings()
    sets = _problem_sets()
    with gr.Blocks(title="Seek, visualised", analytics_enabled=False, fill_width=True) as demo:
        with gr.Sidebar(width=340, elem_id="sidebar"):
            page = _sidebar(sets, runs)
        page["workbench"] = gr.HTML(
            html_template='<div class="seek-mount"></div>',
            js_on_load=_JS_ON_LOAD,
            apply_default_css=False,
            elem_id="workbench",
        )
        page["timer"] = gr.Timer(0.3, active=False)
        _wire(page, store, sets, runs)
        demo.load(None, js=_CLOSE_ON_PHONE)

        def leave(request: gr.Request) -> None:
            store.drop(request.session_hash or "")

        demo.unload(leave)
    demo.queue(max_size=32, default_concurrency_limit=1)
    return demo


def launch(**options: Any) -> Any:
    """Serve the page; `options` go to `Blocks.launch` over this project's own."""
    pool = ModelPool()
    demo = build(pool)
    # The engine takes seconds to import: do it while the visitor looks at the recording.
    threading.Thread(target=_warm_up, args=(pool,), daemon=True).start()
    return demo.launch(
        **{
            "theme": _theme(),
            "css": _CSS,
            "ssr_mode": False,
            "run_history": False,
            "enable_monitoring": False,
            "max_file_size": "1mb",
            "state_session_capacity": 300,
            "pwa": False,
            "footer_links": [],
            "app_kwargs": {"routes": _static_routes()},
            **options,
        }
    )


# --- layout -----------------------------------------------------------------------------------------


def _sidebar(sets: dict[str, list[Problem]], runs: dict[str, Trace]) -> dict[str, Any]:
    first_set, defaults = next(iter(sets)), _defaults("tiny")
    first = sets[first_set][0]
    page: dict[str, Any] = {}
    gr.Markdown("## Seek, visualised\nWatch a frozen model change its answer at test time.")
    page["recording"] = gr.Dropdown(
        [(trace.title or key, key) for key, trace in runs.items()],
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
    page["problem"] = gr.Dropdown(
        _titles(sets[first_set]), value=first.id, label="Problem", elem_id="problem"
    )
    page["question"] = gr.Textbox(first.question, label="Question", lines=4, max_lines=8, elem_id="question")
    page["gold"] = gr.Textbox(
        first.gold, label="Gold answer", info="Optional; shown beside the reward.", elem_id="gold"
    )
    _controls(page, defaults)
    _actions(page)
    return page


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
        page["learning_rate"] = gr.Number(
            defaults.learning_rate, label="η  step size", info="push per update", elem_id="eta", min_width=120
        )
        page["rho"] = gr.Number(
            defaults.rho, label="ρ  fraction", info="of the text, in (0, 1]", elem_id="rho", min_width=120
        )
    with gr.Row():
        page["max_updates"] = gr.Number(
            defaults.max_updates,
            label="K  updates",
            info="at most",
            precision=0,
            elem_id="updates",
            min_width=120,
        )
        page["reward_threshold"] = gr.Number(
            defaults.reward_threshold,
            label="τ  threshold",
            info="stop when R > τ",
            elem_id="tau",
            min_width=120,
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
        page["seed"] = gr.Number(defaults.seed, label="Seed", precision=0, elem_id="seed")


def _actions(page: dict[str, Any]) -> None:
    with gr.Column(elem_id="actions", min_width=200):
        with gr.Row():
            page["run"] = gr.Button("Run", variant="primary", elem_id="run", min_width=80)
            page["pause"] = gr.Button("Pause", elem_id="pause", min_width=80, interactive=False)
        with gr.Row():
            page["start"] = gr.Button("Start", elem_id="start", size="md", min_width=60)
            page["step"] = gr.Button("Step", elem_id="step", size="md", min_width=60)
            page["reset"] = gr.Button("Reset", elem_id="reset", size="md", min_width=60)


# --- wiring -----------------------------------------------------------------------------------------

_SETTINGS = (
    "reward",
    "decode_mode",
    "learning_rate",
    "rho",
    "max_updates",
    "reward_threshold",
    "seed",
    "format_rule",
)
_BUTTONS = ("start", "step", "run", "pause")


def _wire(
    page: dict[str, Any],
    store: SessionStore,
    sets: dict[str, list[Problem]],
    runs: dict[str, Trace],
) -> None:
    asked = [page[name] for name in ("model", "question", "gold", "preset", *_SETTINGS)]
    shown = [page["workbench"], page["timer"], *(page[name] for name in _BUTTONS)]
    known = {problem.question: problem for problems in sets.values() for problem in problems}

    def session_of(request: gr.Request) -> Session:
        return store.of(request.session_hash or "")

    def begin(session: Session, values: tuple[Any, ...]) -> Iterator[Event]:
        model, question, gold, preset, *settings = values
        config = _config(model, preset, dict(zip(_SETTINGS, settings, strict=True)))
        return session.start(model, _problem(question, gold, known), config)

    def start(request: gr.Request, *values: Any) -> Iterator[tuple[Any, ...]]:
        session = session_of(request)
        session.pause()
        yield from _told(session, lambda: begin(session, values))

    def step(request: gr.Request, *values: Any) -> Iterator[tuple[Any, ...]]:
        session = session_of(request)
        session.pause()
        yield from _told(session, session.advance if session.can_step else lambda: begin(session, values))

    def run(request: gr.Request, *values: Any) -> Iterator[tuple[Any, ...]]:
        session = session_of(request)
        session.running = True
        yield from _told(session, session.advance if session.can_step else lambda: begin(session, values))

    def tick(request: gr.Request) -> Iterator[tuple[Any, ...]]:
        session = session_of(request)
        if session.running:
            yield from _told(session, session.advance)
        else:
            yield _update(session, None)

    def pause(request: gr.Request) -> tuple[Any, ...]:
        session = session_of(request)
        session.pause()
        return _update(session, None)

    def show(key: str | None) -> str | None:
        return _encoded(_opening(runs[key], f"recorded-{key}")) if key in runs else None

    def reset(request: gr.Request, key: str | None) -> tuple[Any, ...]:
        session = session_of(request)
        session.reset()
        return (show(key), *_update(session, None)[1:])

    def ready(request: gr.Request, key: str | None) -> tuple[Any, ...]:
        session = session_of(request)
        if session.trace is None or not session.trace.steps:
            return (show(key), *_update(session, None)[1:])
        return _update(session, _opening(session.trace, session.run_id, "live"))

    # One model, one queue: a step of one visitor at a time. Pause and the views never wait for it.
    turn: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1, "show_progress": "hidden"}
    at_once: dict[str, Any] = {"queue": False, "show_progress": "hidden"}
    page["start"].click(start, asked, shown, trigger_mode="once", **turn)
    page["step"].click(step, asked, shown, trigger_mode="once", **turn)
    page["run"].click(run, asked, shown, trigger_mode="once", **turn)
    page["timer"].tick(tick, None, shown, trigger_mode="once", **turn)
    for name in ("start", "step", "run"):
        page[name].click(None, js=_CLOSE_ON_PHONE)
    page["pause"].click(pause, None, shown, **at_once)
    page["reset"].click(reset, page["recording"], shown, **at_once)
    page["workbench"].ready(ready, page["recording"], shown, **at_once)
    page["recording"].input(reset, page["recording"], shown, **at_once)
    _wire_choices(page, sets, at_once)


def _wire_choices(page: dict[str, Any], sets: dict[str, list[Problem]], at_once: dict[str, Any]) -> None:
    chosen = {problem.id: problem for problems in sets.values() for problem in problems}

    def pick_set(name: str) -> tuple[Any, Any, Any]:
        if name not in sets:
            return gr.update(visible=False), "", ""
        first = sets[name][0]
        return (
            gr.update(choices=_titles(sets[name]), value=first.id, visible=True),
            first.question,
            first.gold,
        )

    def pick_problem(problem_id: str) -> tuple[Any, Any]:
        problem = chosen.get(problem_id)
        return (problem.question, problem.gold) if problem else (gr.skip(), gr.skip())

    def pick_model(name: str) -> list[Any]:
        defaults = _defaults(name)
        return [defaults.rho, defaults.learning_rate]

    page["set"].input(pick_set, page["set"], [page["problem"], page["question"], page["gold"]], **at_once)
    page["problem"].input(pick_problem, page["problem"], [page["question"], page["gold"]], **at_once)
    page["model"].input(pick_model, page["model"], [page["rho"], page["learning_rate"]], **at_once)


def _told(session: Session, make_events: Callable[[], Iterator[Event]]) -> Iterator[tuple[Any, ...]]:
    """The updates of the page while a step is made. Errors meant for the user are caught here."""
    try:
        for event in make_events():
            if isinstance(event, StepDone):
                if event.trace.stop_reason is not None:
                    session.pause()
                yield _update(session, _step_message(session, event.trace))
            else:
                yield _update(
                    session, message_progress(next(_numbers), session.run_id, event.phase, event.text)
                )
    except UserError as error:
        session.pause()
        yield _update(session, message_error(next(_numbers), session.run_id, str(error)))
    except Exception as error:
        session.pause()
        message = f"This step failed ({type(error).__name__}). The run before it is kept; try Step again."
        yield _update(session, message_error(next(_numbers), session.run_id, message))
        raise
    else:
        if not session.running:
            yield _update(session, message_idle(next(_numbers), session.run_id))


def _step_message(session: Session, trace: Trace) -> dict[str, Any]:
    trace = with_path(trace)
    if len(trace.steps) == 1:
        return _opening(trace, session.run_id, "live")
    return message_step(next(_numbers), session.run_id, trace)


def _opening(trace: Trace, run_id: str, origin: str = "recorded") -> dict[str, Any]:
    return message_open(next(_numbers), run_view(with_path(trace), run_id, origin))


def _update(session: Session, message: dict[str, Any] | None) -> tuple[Any, ...]:
    """Values for the workbench, the timer and the buttons."""
    return (
        _encoded(message) if message else gr.skip(),
        gr.Timer(active=session.running),
        gr.update(interactive=not session.running),
        gr.update(interactive=not session.running),
        gr.update(interactive=not session.running),
        gr.update(interactive=session.running),
    )


def _encoded(message: dict[str, Any]) -> str:
    # Without a literal "<" no text can be taken for markup on its way to JSON.parse.
    return json.dumps(message, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


# --- what was asked for -----------------------------------------------------------------------------


def _config(model: str, preset: str, settings: dict[str, Any]) -> SeekConfig:
    entry = MODELS.get(model)
    changes = {**(entry.preset if entry else {}), **settings}
    return SeekConfig.released(**changes) if preset == "released" else SeekConfig(**changes)


def _defaults(model: str) -> SeekConfig:
    entry = MODELS.get(model)
    return SeekConfig(**(entry.preset if entry else {}))


def _problem(question: str, gold: str, known: dict[str, Problem]) -> Problem:
    """The bundled problem with this question and gold answer, or one of the visitor's own."""
    bundled = known.get(question)
    if bundled and gold == bundled.gold:
        return bundled
    return Problem("own", question, gold.strip() or None)


def _problem_sets() -> dict[str, list[Problem]]:
    """What the problem menu offers: the test set by tier, then the other sets."""
    sets = bundled_problems()
    menu = {
        f"{tier} (held out)": [p for p in sets.get("test", []) if p.tier == tier]
        for tier in ("medium", "hard", "easy")
    }
    menu["written by hand"] = sets.get("handwritten", [])
    return {name: problems[:50] for name, problems in menu.items() if problems}


def _titles(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(f"{number}. {p.question[:60]}…", p.id) for number, p in enumerate(problems, start=1)]


def recordings() -> dict[str, Trace]:
    """The recorded runs in assets/runs by file name, in the order of the gallery.

    One that cannot be read is left out, with a warning: the page must open.
    """
    runs = {}
    for path in sorted((ASSETS / "runs").glob("*.json")):
        try:
            runs[path.stem] = load_trace(path)
        except UserError as error:
            warnings.warn(str(error), stacklevel=2)
    return runs


def _warm_up(pool: ModelPool) -> None:
    pool.get("tiny")


# --- serving ----------------------------------------------------------------------------------------


def _static_routes() -> list[Mount]:
    """Everything the page loads comes from this server: nothing is fetched from outside."""
    return [
        Mount("/workbench", StaticFiles(directory=WORKBENCH)),
        Mount("/vendor", StaticFiles(directory=PLOTLY)),
    ]


def _hosted() -> bool:
    return "SPACE_ID" in os.environ


def _theme() -> gr.themes.Base:
    fonts = ["system-ui", "Segoe UI", "Roboto", "sans-serif"]
    return gr.themes.Default(primary_hue="indigo", font=fonts, font_mono=["ui-monospace", "monospace"])


_CSS = """
/* Gradio hides what overflows, which would stop the transport bar from sticking. */
.gradio-container { overflow: clip !important; }
/* The buttons stay in sight however far the settings are scrolled. */
#sidebar .sidebar-content { padding: 20px 20px 0 20px; }
#actions {
  position: sticky; bottom: 0; z-index: 2; margin: 0 -20px; padding: 12px 20px 16px; width: auto;
  background: var(--body-background-fill); border-top: 1px solid var(--border-color-primary);
}
#workbench .html-container { padding: 0; }
@media (max-width: 768px) {
  .gradio-container .main.app { padding: 8px; }
}
"""

# On a phone the sidebar lies over the page: it starts closed, and closes when a run begins.
_CLOSE_ON_PHONE = """() => {
  const toggle = document.querySelector('#sidebar.open .toggle-button');
  if (toggle && window.innerWidth <= 768) toggle.click();
}"""
