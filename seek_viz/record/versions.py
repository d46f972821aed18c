"""The versions of what computed a run, which its trace states: another torch can turn a near tie round."""

from __future__ import annotations

import functools
import platform
from importlib import metadata

from seek_viz import __version__

LIBRARIES = ("torch", "transformers", "numpy")
"""Libraries whose version can change a result."""


@functools.cache
def versions() -> dict[str, str]:
    """Of this package, Python, and the libraries, by name; nothing is imported for it."""
    found = {"seek_viz": __version__, "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "unknown"
    return found


def gone_on(before: dict[str, str], iteration: int) -> dict[str, str]:
    """The versions of a run that was begun under `before` and goes on here.

    Args:
        before: name -> version, or, where it went on once already, versions with their first iterations.
        iteration: the first that is made here.
    """
    return before | {name: _joined(before.get(name, ""), now, iteration) for name, now in versions().items()}


def _joined(before: str, now: str, iteration: int) -> str:
    latest = before.rpartition("; ")[2].partition(" ")[0]
    return before if latest == now else f"{before or 'unknown'}; {now} from iteration {iteration}"
