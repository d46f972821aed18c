"""The page as a visitor has it: a real server, the bundled model, and what tests do on it."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from typing import Any

from views_sample import sample_trace

from seek_viz.app import page as ui

HOSTILE = (
    '<img src=x onerror="window.hacked=1"> ${window.hacked=1} {{value}} `<script>window.hacked=1</script>`'
)

CONTROL = "The control of the sample"


def serve_page() -> str:
    """The app on a free port; in its gallery texts that try to break out, and a run with its control."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_IS_E2E_TEST"] = "1"
    runs = ui.recordings()
    trace = next(iter(runs.values()))
    steps = tuple(
        replace(step, text=HOSTILE, tokens=(HOSTILE, *step.tokens[1:]), answer=HOSTILE)
        for step in trace.steps
    )
    problem = replace(trace.problem, question=HOSTILE, gold=HOSTILE)
    runs["hostile"] = replace(trace, title=HOSTILE, problem=problem, steps=steps)
    runs |= {
        "sample": sample_trace(),
        "sample-control": replace(sample_trace(direction="random"), title=CONTROL),
    }
    port = free_port()
    ui.launch(runs, server_port=port, prevent_thread_lock=True, quiet=True)
    return f"http://127.0.0.1:{port}/"


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def complaint(message: Any) -> bool:
    """Whether a page says that something is wrong; how fast Plotly's 3-D is without a GPU is not."""
    slow = ("Canvas2D: Multiple readback", "GL Driver Message")
    return message.type in ("error", "warning") and not any(words in message.text for words in slow)


def foreign(url: str, server: str) -> bool:
    """Whether a page of this server asks another host."""
    return not url.startswith((server, "data:", "blob:"))


def expect(locator: Any) -> Any:
    """Playwright's, with time for a step on a busy machine."""
    from playwright.sync_api import expect as playwright_expect

    playwright_expect.set_options(timeout=30_000)
    return playwright_expect(locator)


def counter(page: Any) -> Any:
    """Which iteration is shown."""
    return page.locator(".counter")


def badge(page: Any) -> Any:
    """Whether a recording or a live run is shown."""
    return page.locator(".badge")


def fill(page: Any, field: str, value: str) -> None:
    """Type into a field of the form, and leave it."""
    box = page.locator(f"#{field} textarea, #{field} input").first
    box.fill(value)
    box.blur()
