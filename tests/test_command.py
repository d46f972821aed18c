"""What the command that serves the page may be told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from seek_viz.app.page.command import launch_options

ROOT = Path(__file__).parent.parent


def test_what_is_given_reaches_gradio_and_nothing_else() -> None:
    assert launch_options([]) == {}  # as a Hugging Face Space starts it, by its own variables
    given = launch_options(["--port", "8000", "--host", "0.0.0.0", "--share"])
    assert given == {"server_port": 8000, "server_name": "0.0.0.0", "share": True}


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http"])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        launch_options([f"--port={port}"])
    assert ended.value.code == 2
    assert "allowed: 1 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["app.py"], ["-m", "seek_viz"]])
def test_help_is_given_and_nothing_served(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, *command, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0
    assert all(option in done.stdout for option in ("--host", "--port", "--share", "GRADIO_SERVER_PORT"))
    assert "Running on" not in done.stdout
