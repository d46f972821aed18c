"""Builds the page and serves it, with everything it loads from this server alone."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from seek_viz.app.page import static
from seek_viz.app.page.callbacks import Callbacks
from seek_viz.app.page.guard import Guard
from seek_viz.app.page.layout import problem_sets, sidebar
from seek_viz.app.page.routes import Runs
from seek_viz.app.page.wiring import CLOSE_ON_PHONE, wire
from seek_viz.app.session import Forecaster, ModelPool, SessionStore
from seek_viz.record import Trace
from seek_viz.record.gallery import recordings

_HERE = Path(__file__).parent


def build(runs: Runs, forecaster: Forecaster) -> gr.Blocks:
    """The whole page.

    Args:
        runs: the gallery, which the page opens on the first of, and the visitors' live runs.
        forecaster: what runs will take.
    """
    sets = problem_sets(runs.recorded)
    with gr.Blocks(title="Seek, visualised", analytics_enabled=False, fill_width=True) as demo:
        with gr.Sidebar(width=340, elem_id="sidebar"):
            page = sidebar(sets, runs.recorded)
        page["workbench"] = gr.HTML(
            html_template='<div class="seek-mount"></div>',
            js_on_load=_read("mount.js").replace("PLAYER/", static.base()),
            apply_default_css=False,
            elem_id="workbench",
        )
        page["timer"] = gr.Timer(0.3, active=False)
        page["shown"] = gr.Textbox(visible=False)
        page["page"] = demo
        wire(page, Callbacks(sets, runs, forecaster))
        demo.load(None, js=CLOSE_ON_PHONE)

        def leave(request: gr.Request) -> None:
            runs.store.leave(request.session_hash or "")

        demo.unload(leave)
    demo.queue(max_size=256, default_concurrency_limit=1)
    return demo


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _middleware(demo: gr.Blocks, runs: Runs) -> list[Middleware]:
    """Middleware that handles every request before Gradio."""

    def pending(page: str) -> int:
        return len(demo._queue.pending_event_ids_session.get(page, ()))

    # Gradio packs its own files, and leaves the page itself, a quarter of a megabyte, as it is.
    return [
        Middleware(Guard, pending=pending),
        Middleware(GZipMiddleware, compresslevel=6),
        Middleware(static.InHead, text=static.head(runs.recorded)),
    ]


def launch(runs: dict[str, Trace] | None = None, **options: Any) -> Any:
    """Serve the page.

    Args:
        runs: the gallery; `recordings()` by default.
        options: for `Blocks.launch`, over this project's own.
    """
    pool = ModelPool()
    shown = Runs(recordings() if runs is None else runs, SessionStore(pool))
    demo = build(shown, Forecaster(pool, shown.recorded.values()))
    # The engine takes seconds to import: do it while the visitor looks at the recording.
    threading.Thread(target=pool.get, args=("tiny",), daemon=True).start()
    return demo.launch(
        **{
            "theme": _theme(),
            "css_paths": _HERE / "page.css",
            "js": _read("page.js"),
            "ssr_mode": False,
            "run_history": False,
            "enable_monitoring": False,
            "max_file_size": "1mb",
            "state_session_capacity": 300,
            "pwa": False,
            "footer_links": [],
            "app_kwargs": {"routes": shown.routes(), "middleware": _middleware(demo, shown)},
            **options,
        }
    )


def _theme() -> gr.themes.Base:
    fonts = ["system-ui", "Segoe UI", "Roboto", "sans-serif"]
    theme = gr.themes.Default(primary_hue="indigo", font=fonts, font_mono=["ui-monospace", "monospace"])
    # Gradio's own greys and its button stay below the contrast of WCAG AA.
    return theme.set(
        body_text_color_subdued="*neutral_600",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
    )
