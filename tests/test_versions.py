"""The versions that a trace states, and the package's own, which stands in one place."""

from __future__ import annotations

import platform
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from seek_viz import __version__
from seek_viz.record import versions as module
from seek_viz.record.versions import gone_on, versions


def test_versions_are_those_that_are_imported() -> None:
    import numpy
    import torch
    import transformers

    assert versions() == {
        "seek_viz": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "numpy": numpy.__version__,
    }


def test_the_packages_version_has_one_source() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["hatch"]["version"] == {"path": "seek_viz/__init__.py"}


def test_a_library_that_is_not_there_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(module.metadata, "version", version)
    assert versions.__wrapped__()["torch"] == "unknown"


def test_a_run_that_goes_on_elsewhere_says_from_where_on() -> None:
    now = versions()
    assert gone_on(now, 4) == now
    before = now | {"torch": "1.0", "other": "7"}
    once = gone_on(before, 4)
    assert once == before | {"torch": f"1.0; {now['torch']} from iteration 4"}
    assert gone_on(once, 9) == once
    assert gone_on({}, 3)["torch"] == f"unknown; {now['torch']} from iteration 3"
