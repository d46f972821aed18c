"""The player on an empty page, from static files: for the browser tests of what it shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import plotly
from playwright.sync_api import expect

import seek_viz
from seek_viz.record import Trace
from seek_viz.show import message_grown, message_open, pair_view, run_view, with_path

FOLDERS = {
    "/workbench/": Path(seek_viz.__file__).parent / "show" / "workbench",
    "/vendor/": Path(plotly.__file__).parent / "package_data",
}
PAGE = """<!doctype html><html data-theme="light"><meta charset="utf-8"><title>workbench</title>
<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width, initial-scale=1">
<body><input id="outside" aria-label="outside"><div id="here"></div><script type="module">
import { mount } from "/workbench/player.js";
window.begin = () => {
  window.player?.destroy();
  window.sent = [];
  window.runs = {};
  window.delays = {};
  window.player = mount(document.getElementById("here"), {
    view: async (run, have, beside) => {
      const answer = window.runs[run];
      await new Promise((go) => setTimeout(go, window.delays[run] ?? 0));
      if (!answer) return null;
      const { view, pair } = answer;
      return { view: { ...view, steps: view.steps.slice(have) }, pair: beside ? pair : null };
    },
    pin: (run, next = null) => window.sent.push(["pin", run, next]),
  });
};
</script></body></html>"""
HOSTILE = (
    '<img src=x onerror="window.hacked=1"> ${window.hacked=1} {{window.hacked=1}} `x` '
    "<script>window.hacked=1</script>"
)


class Files(SimpleHTTPRequestHandler):
    """The player's files, Plotly's, and one empty page."""

    def do_GET(self) -> None:
        if self.path != "/":
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE.encode())
        return None

    def translate_path(self, path: str) -> str:
        for prefix, folder in FOLDERS.items():
            if path.startswith(prefix):
                return str(folder / path.removeprefix(prefix))
        return "/nowhere"

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "max-age=3600")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@dataclasses.dataclass
class Bench:
    """The page with a fresh player on it, and what went on there."""

    page: Any
    requests: list[str]
    troubles: list[str]
    seq: int = 0

    def send(self, message: Callable[..., dict[str, Any]], *args: Any) -> None:
        self.seq += 1
        self.page.evaluate("message => window.player.receive(message)", message(self.seq, *args))

    def has(
        self,
        trace: Trace,
        run_id: str = "r",
        origin: str = "recorded",
        beside: Trace | None = None,
        **known: Any,
    ) -> None:
        """What the server would answer if the player asked for a run."""
        pair = beside and pair_view(beside, trace)
        answer = {"view": run_view(trace, run_id, origin, **known), "pair": pair}
        self.page.evaluate("([run, answer]) => { window.runs[run] = answer; }", [run_id, answer])

    def open(
        self,
        trace: Trace,
        run_id: str = "r",
        origin: str = "recorded",
        drawn: str = ".plot-cursor .ring",
        pinned: str = "",
        **known: Any,
    ) -> None:
        self.has(trace, run_id, origin, **known)
        self.send(message_open, run_id, pinned)
        if trace.steps:
            expect(self.page.locator(drawn)).to_have_count(2, timeout=30_000)

    def grow(self, trace: Trace, run_id: str = "r", **known: Any) -> None:
        self.has(trace, run_id, "live", **known)
        self.send(message_grown, run_id)


def counter(bench: Bench) -> Any:
    return bench.page.locator(".counter strong")


def unfinished(trace: Trace, length: int) -> Trace:
    return with_path(dataclasses.replace(trace, steps=trace.steps[:length], stop_reason=None, path=None))
