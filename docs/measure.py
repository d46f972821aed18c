"""Measures what the documents state: python docs/measure.py start | step.

start: seconds from the start of `python app.py` to a recorded run with its figures on screen in headless
       Chromium, as a visitor on the same machine has it.
step:  seconds of one live step of the bundled model with self-reward, by phase.
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]


def measure_start(rounds: int = 5) -> None:
    """Median over fresh server processes; the browser is already open."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        times = [_one_start(browser) for _ in range(rounds)]
        browser.close()
    for name, column in zip(("page reachable", "recorded run drawn"), zip(*times, strict=True), strict=True):
        print(f"{name}: median {statistics.median(column):.1f} s, all {[round(t, 1) for t in column]}")


def _one_start(browser) -> tuple[float, float]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.perf_counter()
    environment = os.environ | {"GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"}
    server = subprocess.Popen(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        reachable = time.perf_counter() - started
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.locator(".badge", has_text="recorded run").wait_for(timeout=60_000)
        page.locator(".seek-workbench .js-plotly-plot .main-svg").nth(1).wait_for(timeout=60_000)
        drawn = time.perf_counter() - started
        page.close()
        return reachable, drawn
    finally:
        server.kill()
        server.wait()


def measure_step(runs: int = 8) -> None:
    """Every update of a few runs with self-reward in both decode modes; the first run warms up."""
    from seek_viz.config import SeekConfig
    from seek_viz.model import FrozenLM
    from seek_viz.problem import bundled_problems
    from seek_viz.seek import new_trace, seek

    lm = FrozenLM.load("tiny", device="cpu")
    problems = [p for p in bundled_problems()["test"] if p.tier == "medium"][: runs + 1]
    for mode in ("independent", "coherent"):
        steps = []
        for number, problem in enumerate(problems):
            # A threshold that nothing passes: every run makes all its updates.
            config = SeekConfig(**{**lm.preset, "decode_mode": mode, "reward_threshold": 1.0})
            *_, (trace, _) = seek(lm, new_trace(lm, problem, config))
            steps += [step.elapsed_s for step in trace.steps[1:]] if number else []
        totals = sorted(sum(step.values()) for step in steps)
        phases = {name: statistics.median(step[name] for step in steps) for name in steps[0]}
        print(
            f"{mode}: {len(steps)} steps, median {statistics.median(totals):.2f} s, "
            f"95th percentile {totals[int(0.95 * len(totals))]:.2f} s, "
            + ", ".join(f"{name} {seconds:.3f}" for name, seconds in phases.items())
        )


if __name__ == "__main__":
    {"start": measure_start, "step": measure_step}[sys.argv[1]]()
