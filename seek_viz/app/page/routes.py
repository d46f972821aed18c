"""Routes beside Gradio's: the player's files, views of runs, and runs as downloads.

    view/RUN?have=N&beside=OTHER   a run as the workbench reads it, the steps after the first N, gzipped
    export/RUN.KIND?beside=OTHER   .html, .csv, .json; a replay holds both runs, and opens as the query says

A live run's name cannot be guessed, and whoever has it may fetch the run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from seek_viz.app.page import static
from seek_viz.app.session import SessionStore
from seek_viz.record import Trace
from seek_viz.record.recipe import query_of, query_of_recording, recipe_of
from seek_viz.show import counterpart, pair_view, run_view, with_path
from seek_viz.show.export import FORMATS, to_html

RECORDED = "recorded-"
"""Before a recorded run's key, its name on the page; a live run's name comes from its session."""


@dataclass(frozen=True, eq=False)
class Runs:
    """All runs that can be shown, by their names on the page."""

    recorded: dict[str, Trace]
    """By key."""
    store: SessionStore

    def find(self, name: str) -> Trace | None:
        """The run of that name as far as it is finished, or None."""
        if name.startswith(RECORDED):
            return self.recorded.get(name.removeprefix(RECORDED))
        return self.store.find(name)

    def routes(self) -> list[BaseRoute]:
        """Routes beside Gradio's own; the page loads nothing from other hosts."""
        return [
            *static.routes(),
            # Above level 6 a view gets hardly smaller, and takes twice as long.
            Route("/view/{run}", self._view, middleware=[Middleware(GZipMiddleware, compresslevel=6)]),
            Route("/export/{run}.{kind}", self._export),
        ]

    def _view(self, request: Request) -> Response:
        name, asked = request.path_params["run"], request.query_params
        trace, other = self.find(name), self.find(asked.get("beside", ""))
        if trace is None:
            return _gone()
        try:
            have = max(0, int(asked.get("have", "0")))
        except ValueError:
            return PlainTextResponse("have: a number of steps", 400)
        trace = with_path(trace)
        pair = pair_view(other, trace) if other else None
        answer = {"view": run_view(trace, name, *self._known_as(name, trace), have=have), "pair": pair}
        words = json.dumps(answer, separators=(",", ":"), allow_nan=False)
        return Response(words, media_type="application/json", headers={"Cache-Control": "no-store"})

    def _known_as(self, name: str, trace: Trace) -> tuple[str, str, str | None]:
        """Where a run comes from, the link that opens it, and the name of its control, or of its host."""
        if not name.startswith(RECORDED):
            return "live", query_of(recipe_of(trace)), None
        other = counterpart(trace, self.recorded)
        return "recorded", query_of_recording(name.removeprefix(RECORDED)), other and RECORDED + other

    def _export(self, request: Request) -> Response:
        trace, kind = self.find(request.path_params["run"]), request.path_params["kind"]
        name = request.query_params.get("beside", "")
        beside = self.find(name)
        if trace is None or kind not in FORMATS or (name and beside is None):
            return _gone()
        write, media_type = FORMATS[kind]
        text = to_html(trace, beside, request.url.query) if kind == "html" else write(trace)
        return Response(text, media_type=media_type, headers={"Content-Disposition": "attachment"})


def _gone() -> Response:
    return PlainTextResponse("This run is no longer on the server: open it again.", 404)
