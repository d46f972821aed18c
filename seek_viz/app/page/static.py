"""The player's own files as the page loads them: packed, at an address that says which version they are.

    player/VERSION/show/workbench/NAME   modules and style sheets, which find each other by relative addresses
    player/VERSION/app/page/start.js     what starts the player on this page
    player/VERSION/show/vendor/NAME      plotly.js

A version is a hash of all files, so that a browser may keep them for good and never mixes two versions. An
address is relative to the page's: the page may stand under any path.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import html
import mimetypes
from collections.abc import Callable, Iterable
from pathlib import Path

import brotli  # comes with gradio
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seek_viz.show.export import FORMATS, PLOTLY, WORKBENCH

_FILES: dict[str, Path] = {
    **{f"show/workbench/{path.name}": path for path in sorted(WORKBENCH.glob("*.js"))},
    **{f"show/workbench/{path.name}": path for path in sorted(WORKBENCH.glob("*.css"))},
    "app/page/start.js": Path(__file__).parent / "start.js",
    "show/vendor/plotly.min.js": PLOTLY / "plotly.min.js",
}
_FOR_GOOD = "public, max-age=31536000, immutable"


@functools.cache
def base() -> str:
    """Where the files are, relative to the page: "player/VERSION/"."""
    digest = hashlib.sha256()
    for path in _FILES.values():
        digest.update(path.read_bytes())
    return f"player/{digest.hexdigest()[:12]}/"


def head(runs: Iterable[str]) -> str:
    """HTML for the page's head that puts a run on screen long before the form.

    Every module is asked for at once, instead of one after another; the player starts as soon as it is here,
    where it will stand later.

    Args:
        runs: keys of the recordings, the first of which the page opens on.
    """
    kinds = {".js": 'rel="modulepreload"', ".css": 'rel="preload" as="style"'}
    files = [name for name in _FILES if name.startswith("show/workbench/")]
    preloads = [f'<link {kinds[_FILES[name].suffix]} href="{base()}{name}">' for name in files]
    frame = (Path(__file__).parent / "frame.css").read_text(encoding="utf-8")
    data = f'data-runs="{html.escape(" ".join(runs))}" data-kinds="{" ".join(FORMATS)}"'
    start = f'<script type="module" id="seek-start" src="{base()}app/page/start.js" {data}></script>'
    return "\n".join([*preloads, f"<style>{frame}</style>", start])


def routes() -> list[BaseRoute]:
    """Where the files are served."""
    return [Route("/player/{version}/{name:path}", _serve)]


def _serve(request: Request) -> Response:
    asked = request.path_params
    name = asked["name"]
    if name not in _FILES:
        return PlainTextResponse("There is no such file.", 404)
    # Another version is asked for by an old page, or during a rolling deployment: it must not be cached.
    is_this = f"player/{asked['version']}/" == base()
    headers = {"Cache-Control": _FOR_GOOD if is_this else "no-store", "Vary": "Accept-Encoding"}
    accepted = {one.split(";")[0].strip() for one in request.headers.get("accept-encoding", "").split(",")}
    encoding = next((one for one in _PACKERS if one in accepted), "identity")
    if encoding != "identity":
        headers["Content-Encoding"] = encoding
    media_type = mimetypes.types_map.get(_FILES[name].suffix, "text/plain")
    return Response(_body(name, encoding), media_type=media_type, headers=headers)


_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    # Level 11 would make plotly.js a tenth smaller, and the first visitor wait for eight seconds.
    "br": lambda plain: brotli.compress(plain, quality=9, lgwin=24),
    "gzip": lambda plain: gzip.compress(plain, 9, mtime=0),
    "identity": lambda plain: plain,
}
"""By the name of the encoding, the smallest first."""


@functools.cache
def _body(name: str, encoding: str) -> bytes:
    return _PACKERS[encoding](_FILES[name].read_bytes())


class InHead:
    """Middleware that writes into the head of the page; what Gradio is given for it comes later."""

    def __init__(self, app: ASGIApp, text: str) -> None:
        """Stand before an app.

        Args:
            app: the app.
            text: HTML, put first in the head of its page.
        """
        self._app, self._text = app, text.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"].rstrip("/"):
            return await self._app(scope, receive, send)
        start: Message = {}
        body = b""

        async def written(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            whole = body.replace(b"<head>", b"<head>" + self._text, 1)
            MutableHeaders(scope=start)["content-length"] = str(len(whole))
            await send(start)
            await send({"type": "http.response.body", "body": whole})

        await self._app(scope, receive, written)
