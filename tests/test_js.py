"""The player's modules that need no browser, by node's own runner: the tests are in js/."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def test_modules_without_a_browser() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    done = subprocess.run([node, "--test"], cwd=Path(__file__).parent / "js", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "# pass 0" not in done.stdout
