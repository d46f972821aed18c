"""Builds the page and serves it, with everything it loads from this server alone."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from seek_viz.app.page.callbacks import Callbacks
from seek_viz.app.page.layout import problem_sets, sidebar
from seek_viz.app.page.streaming import RECORDED
from seek_viz.app.page.wiring import CLOSE_ON_PHONE, NUMBER_KEYS, wire
from seek_viz.app.session import Forecaster, ModelPool, SessionStore
from seek_viz.record import Trace
from seek_viz.record.gallery import recordings
from seek_viz.show.export import FORMATS, PLOTLY, WORKBENCH

# 'ready', 'go', 'again', 'pin', 'rested' stand in quotes here: so gr.HTML learns the names of its events.
_JS_ON_LOAD = """
import(new URL('workbench/player.js', document.baseURI).href).then(({ mount }) => {
  const player = mount(element.querySelector('.seek-mount'), {
    send: (name, payload) => trigger(name, payload ?? {}),
    go: () => trigger('go', {}),
    again: (run) => trigger('again', { run }),
    pin: (run, next) => trigger('pin', { run, next: next ?? '' }),
    files: ({ run_id: run }) => Object.fromEntries(['html', 'csv', 'json'].map(
      (kind) => [kind, new URL(`export/${encodeURIComponent(run)}.${kind}`, document.baseURI).href])),
  });
  watch('value', () => {
    const message = props.value && JSON.parse(props.value);
    if (message) player.receive(message);
    if (message?.kind === 'idle') trigger('rested', {});
  });
  trigger('ready', { link: location.search });
});
"""


def build(store: SessionStore, runs: dict[str, Trace], forecaster: Forecaster) -> gr.Blocks:
    """The whole page.

    Args:
        store: where the visitors' live runs are kept.
        runs: the recorded runs of the gallery, by name; the page opens on the first.
        forecaster: what runs will take.
    """
    sets = problem_sets(runs)
    with gr.Blocks(title="Seek, visualised", analytics_enabled=False, fill_width=True) as demo:
        with gr.Sidebar(width=340, elem_id="sidebar"):
            page = sidebar(sets, runs)
        page["workbench"] = gr.HTML(
            html_template='<div class="seek-mount"></div>',
            js_on_load=_JS_ON_LOAD,
            apply_default_css=False,
            elem_id="workbench",
        )
        page["timer"] = gr.Timer(0.3, active=False)
        page["page"] = demo
        wire(page, Callbacks(store, sets, runs, forecaster, page["timer"].value))
        demo.load(None, js=CLOSE_ON_PHONE)
        demo.load(None, js=NUMBER_KEYS)

        def leave(request: gr.Request) -> None:
            store.drop(request.session_hash or "")

        demo.unload(leave)
    demo.queue(max_size=32, default_concurrency_limit=1)
    return demo


def launch(runs: dict[str, Trace] | None = None, **options: Any) -> Any:
    """Serve the page.

    Args:
        runs: the gallery; `recordings()` by default.
        options: for `Blocks.launch`, over this project's own.
    """
    pool = ModelPool()
    store, runs = SessionStore(pool), recordings() if runs is None else runs
    demo = build(store, runs, Forecaster(pool, runs.values()))
    # The engine takes seconds to import: do it while the visitor looks at the recording.
    threading.Thread(target=pool.get, args=("tiny",), daemon=True).start()
    return demo.launch(
        **{
            "theme": _theme(),
            "css_paths": Path(__file__).parent / "page.css",
            "ssr_mode": False,
            "run_history": False,
            "enable_monitoring": False,
            "max_file_size": "1mb",
            "state_session_capacity": 300,
            "pwa": False,
            "footer_links": [],
            "app_kwargs": {"routes": [*_static_routes(), _export_route(store, runs)]},
            **options,
        }
    )


def _static_routes() -> list[Mount]:
    """Everything the page loads comes from this server: nothing is fetched from outside."""
    return [
        Mount("/workbench", StaticFiles(directory=WORKBENCH)),
        Mount("/vendor", StaticFiles(directory=PLOTLY)),
    ]


def _export_route(store: SessionStore, runs: dict[str, Trace]) -> BaseRoute:
    """A run as a file: export/RUN.html, .csv, .json."""

    def answer(request: Request) -> Response:
        name, kind = request.path_params["run"], request.path_params["kind"]
        trace = runs.get(name.removeprefix(RECORDED)) if name.startswith(RECORDED) else store.find(name)
        if trace is None or kind not in FORMATS:
            return PlainTextResponse("This run is no longer on the server: open it again, then save.", 404)
        write, media_type = FORMATS[kind]
        return Response(write(trace), media_type=media_type, headers={"Content-Disposition": "attachment"})

    return Route("/export/{run}.{kind}", answer)


def _theme() -> gr.themes.Base:
    fonts = ["system-ui", "Segoe UI", "Roboto", "sans-serif"]
    theme = gr.themes.Default(primary_hue="indigo", font=fonts, font_mono=["ui-monospace", "monospace"])
    # Gradio's own greys and its button stay below the contrast of WCAG AA.
    return theme.set(
        body_text_color_subdued="*neutral_600",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
    )
