"""ASGI middleware before every request: only routes that the page uses exist, and bodies are limited.

Most routes are Gradio's, among them uploads that are kept, links that store a state, and a component server.
None of those is needed here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 256_000
"""Bytes of a request: the form with the longest question and every setting is a tenth of it."""
MAX_PENDING = 3
"""Events that one page may have in the queue: a press, the timer's, and one that ends."""

_USED = re.compile(
    r"/(|config|theme\.css|favicon\.ico|robots\.txt|manifest\.json|(assets|static|svelte|player|view|export)/.+"
    r"|gradio_api/(info|app_id|startup-events|heartbeat/.+|run/predict|queue/(join|data)|cancel|reset|call/.+))/?"
)
"""Paths that the page, its tests, or a client of its API ask for."""

_POLICY = "; ".join(
    f"{name} {sources}"
    for name, sources in {
        "default-src": "'self'",
        "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",  # Gradio runs components' scripts by eval
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'self' https://huggingface.co https://*.hf.space",
    }.items()
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # an address may hold a question
    "Content-Security-Policy": _POLICY,
}


class Guard:
    """Answers 404, 413 and 429 itself; says with every answer what a browser may do with it."""

    def __init__(self, app: ASGIApp, pending: Callable[[str], int]) -> None:
        """Stand before an app.

        Args:
            app: the app.
            pending: how many events a page has in the queue, by its name.
        """
        self._app, self._pending = app, pending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if not _USED.fullmatch(path):
            return await PlainTextResponse("Not found.", 404)(scope, receive, told)
        if scope["method"] in ("GET", "HEAD"):
            return await self._app(scope, receive, told)
        body = await _read(scope, receive)
        if body is None:
            words = f"A request may have {MAX_BODY // 1000} kB at most."
            return await PlainTextResponse(words, 413)(scope, receive, told)
        if path.startswith("/gradio_api/queue/join") and self._pending(_page_of(body)) >= MAX_PENDING:
            words = "This page has events in the queue already: wait until they are done."
            return await PlainTextResponse(words, 429)(scope, receive, told)
        return await self._app(scope, _again(body, receive), told)


async def _read(scope: Scope, receive: Receive) -> bytes | None:
    """The body of a request; None where it is too large."""
    said = Headers(scope=scope).get("content-length", "0")
    if not said.isdigit() or int(said) > MAX_BODY:
        return None
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MAX_BODY:
            return None
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that replays a body already read, then passes on later messages."""
    parts = [body]

    async def once() -> Message:
        return {"type": "http.request", "body": parts.pop()} if parts else await receive()

    return once


def _page_of(body: bytes) -> str:
    """The name of the page that joins the queue; empty where the body does not say it."""
    try:
        asked = json.loads(body)
    except ValueError:
        return ""
    return str(asked.get("session_hash", "")) if isinstance(asked, dict) else ""
