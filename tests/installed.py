"""Tries an installed package from an empty folder: a run, a bench of two problems, and the page.

It is no test of pytest's: `.ci/run` starts it with the interpreter into which a wheel was installed.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import seek_viz

SCRIPT = Path(sys.executable).parent / "seek-viz"


def command(*arguments: str) -> None:
    subprocess.run([SCRIPT, *arguments], check=True, stdout=subprocess.DEVNULL, timeout=300)


def contents() -> dict[str, int]:
    """The package's files and when they were written, but for compiled ones."""
    files = Path(seek_viz.__file__).parent.rglob("*")
    return {str(file): file.stat().st_mtime_ns for file in files if "__pycache__" not in str(file)}


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.status == 200, (url, answer.status)
        return answer.read()


def page() -> None:
    """The page is served, with the player's modules and the recordings."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = subprocess.Popen(
        [sys.executable, "-m", "seek_viz"],
        env={**os.environ, "GRADIO_SERVER_PORT": str(port)},
        stdout=subprocess.DEVNULL,
    )
    try:
        address, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 120
        while True:
            try:
                page = get(address)
                break
            except OSError:
                assert served.poll() is None, "the page ended"
                assert time.monotonic() < deadline, "the page did not come up"
                time.sleep(0.2)
        assert b"Seek, visualised" in page
        (base,) = set(re.findall(rb"player/[0-9a-f]+/", page))
        player = get(f"{address}/{base.decode()}show/workbench/player.js")
        assert b"export function mount" in player
    finally:
        served.terminate()
        served.wait(30)


def main() -> None:
    """Each of the three, and nothing is written into the package."""
    assert not list(Path.cwd().iterdir()), "start it in an empty folder"
    installed = Path(seek_viz.__file__).resolve().parent
    assert installed.is_relative_to(Path(sys.prefix).resolve()), f"{installed} is not the installed package"
    assert installed in seek_viz.ASSETS.parents, f"{seek_viz.ASSETS} is not inside the package"
    before = contents()
    large = [file for file in before if Path(file).stat().st_size > 10 * 2**20]
    assert not large, f"more than 10 MB: {large}"
    first = (seek_viz.ASSETS / "problems" / "test.jsonl").read_text(encoding="utf-8").split("\n", 1)[0]
    command("run", "--problem", json.loads(first)["id"], "-K", "1", "--out", "run.json")
    assert json.loads(Path("run.json").read_text(encoding="utf-8"))["steps"]
    command("bench", "--limit", "2", "--methods", "self-coherent,sc-3", "--out", "bench.json")
    assert Path("bench.json").exists()
    page()
    assert contents() == before, "something was written into the package"
    print("run, bench and page: as from the repository")


if __name__ == "__main__":
    main()
