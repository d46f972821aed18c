"""The player's own files as the page loads them: packed, at an address that says which version they are.

    player/VERSION/workbench/NAME   modules and style sheets, which find each other by relative addresses
    player/VERSION/vendor/NAME      plotly.js

A version is a hash of all files, so that a browser may keep them for good and never mixes two versions. An
address is relative to the page's: the page may stand under any path.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import mimetypes
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from seek_viz.show.export import PLOTLY, WORKBENCH

_FILES: dict[str, Path] = {
    **{f"workbench/{path.name}": path for path in sorted(WORKBENCH.glob("*.js"))},
    **{f"workbench/{path.name}": path for path in sorted(WORKBENCH.glob("*.css"))},
    "vendor/plotly.min.js": PLOTLY / "plotly.min.js",
}
_FOR_GOOD = "public, max-age=31536000, immutable"


@functools.cache
def base() -> str:
    """Where the files are, relative to the page: "player/VERSION/"."""
    digest = hashlib.sha256()
    for path in _FILES.values():
        digest.update(path.read_bytes())
    return f"player/{digest.hexdigest()[:12]}/"


def head() -> str:
    """What the page's head says: the browser loads all modules at once, instead of one after another."""
    modules = [name for name in _FILES if name.startswith("workbench/") and name.endswith(".js")]
    return "\n".join(f'<link rel="modulepreload" href="{base()}{name}">' for name in modules)


def routes() -> list[BaseRoute]:
    """Where the files are served."""
    return [Route("/player/{version}/{folder}/{name}", _serve)]


def _serve(request: Request) -> Response:
    asked = request.path_params
    name = f"{asked['folder']}/{asked['name']}"
    if name not in _FILES:
        return PlainTextResponse("There is no such file.", 404)
    # Who asks for another version has an old page, or a newer one while servers change over: it is not kept.
    is_this = f"player/{asked['version']}/" == base()
    headers = {"Cache-Control": _FOR_GOOD if is_this else "no-store", "Vary": "Accept-Encoding"}
    is_packed = "gzip" in request.headers.get("accept-encoding", "")
    if is_packed:
        headers["Content-Encoding"] = "gzip"
    media_type = mimetypes.types_map.get(_FILES[name].suffix, "text/plain")
    return Response(_body(name, is_packed), media_type=media_type, headers=headers)


@functools.cache
def _body(name: str, packed: bool) -> bytes:
    plain = _FILES[name].read_bytes()
    return gzip.compress(plain, 9, mtime=0) if packed else plain
