"""The recorded runs that come with the package: the page's gallery, without the page."""

from __future__ import annotations

import warnings

from seek_viz import ASSETS
from seek_viz.errors import UserError
from seek_viz.record.files import load_trace
from seek_viz.record.iterates import with_iterates
from seek_viz.record.records import Trace


def recordings() -> dict[str, Trace]:
    """The recorded runs in assets/runs by file name, in the gallery's order, with the latents that were kept.

    What cannot be read is left out, with a warning: the page must open.
    """
    runs = {}
    for path in sorted((ASSETS / "runs").glob("*.json")):
        try:
            runs[path.stem] = load_trace(path)
            if (latents := path.with_suffix(".safetensors")).exists():
                runs[path.stem] = with_iterates(runs[path.stem], latents)
        except UserError as error:
            warnings.warn(str(error), stacklevel=2)
    return runs
