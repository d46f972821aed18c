"""Measures what the documents state: python docs/measure.py NAME, one of:

start: seconds from the start of `python app.py` to a recorded run with its figures on screen in headless
       Chromium, as a visitor on the same machine has it.
open:  seconds from opening the page, with the server up, to the first view in full, as a new visitor has it.
slow:  the same over a slow line (1.6 Mbit/s, 300 ms there and back): seconds to the text, and to the plots,
       and what came over the line.
sizes: bytes that reach the browser for each recording that is opened and for three live steps, with all that
       the framework adds.
cursor: milliseconds from a key to the painted frame, over 100 steps of the cursor on the page's longest
       recording, and how many requests they made.
step:  seconds of one live step of the bundled model with self-reward, by phase, where the text is a new one.
paired: two methods of two benches on the problems that both have: python docs/measure.py paired
       A.journal.jsonl METHOD B.journal.jsonl METHOD, each run in one setting; the test of `bench/compare.py`.
grading: 10,000 comparisons of ordinary answers, beside those of an earlier grading.py (a path as the second
       argument, written by `git show 572326c:seek_viz/grading.py`): median of seven rounds in turn.
"""

from __future__ import annotations

import contextlib
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


FULL_VIEW = (".badge", ".reward .ring", ".path .ring", ".grid-row")
HUNDRED_STEPS = """async () => {
  const times = [];
  for (let i = 0; i < 100; i++) {
    const last = document.querySelectorAll('.slot:not(.to-come)').length - 1;
    const key = Math.floor(i / last) % 2 ? 'ArrowLeft' : 'ArrowRight';
    const start = performance.now();
    document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
    await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted, 0)));
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b);
}"""


@contextlib.contextmanager
def chromium():
    """A headless browser."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextlib.contextmanager
def serving():
    """`python app.py` on a free port, until it answers: its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
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
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.kill()
        server.wait()


def view_in_full(page, address: str) -> None:
    """Open the page and wait until each of its first panels holds something."""
    page.goto(address)
    for selector in FULL_VIEW:
        page.locator(f".seek-workbench {selector}").first.wait_for(state="attached", timeout=60_000)


def measure_start(rounds: int = 5) -> None:
    """Median over fresh server processes; the browser is already open."""
    times = []
    with chromium() as browser:
        for _ in range(rounds):
            started = time.perf_counter()
            with serving() as address:
                reachable = time.perf_counter() - started
                page = browser.new_page()
                view_in_full(page, address)
                times.append((reachable, time.perf_counter() - started))
                page.close()
    for name, column in zip(("page reachable", "recorded run drawn"), zip(*times, strict=True), strict=True):
        told(name, column)


def measure_open(rounds: int = 7) -> None:
    """Median over new visitors, each with an empty cache; one more before them warms the server."""
    times = []
    with serving() as address, chromium() as browser:
        for _ in range(rounds + 1):
            page = browser.new_page()
            started = time.perf_counter()
            view_in_full(page, address)
            times.append(time.perf_counter() - started)
            page.close()
    told("first view in full", times[1:])


def measure_slow(rounds: int = 3) -> None:
    """Median over new visitors, each with an empty cache."""
    texts, plots, received = [], [], []
    with serving() as address, chromium() as browser:
        for number in range(rounds + 1):
            page = browser.new_page()
            network = page.context.new_cdp_session(page)
            network.send("Network.enable")
            line = {"offline": False, "latency": 300, "downloadThroughput": 2e5, "uploadThroughput": 9.4e4}
            network.send("Network.emulateNetworkConditions", line)
            sizes: list[int] = []
            network.on(
                "Network.dataReceived", lambda data, sizes=sizes: sizes.append(data["encodedDataLength"])
            )
            started = time.perf_counter()
            page.goto(address, wait_until="commit", timeout=120_000)
            page.locator(".seek-workbench .text-body").first.wait_for(timeout=120_000)
            text = time.perf_counter() - started
            page.locator(".seek-workbench .reward .ring").first.wait_for(state="attached", timeout=120_000)
            if number:  # the first warms the server
                texts.append(text)
                plots.append(time.perf_counter() - started)
                received.append(sum(sizes) / 1e6)
            page.close()
    told("text", texts)
    told("plots", plots)
    print(f"received: {statistics.median(received):.2f} MB")


def measure_sizes() -> None:
    """What the network itself counts, streams included, from a click to the last byte."""
    from seek_viz.app.page import recordings

    titles = {key: trace.title or key for key, trace in recordings().items()}
    opened: dict[str, int] = {}
    with serving() as address, chromium() as browser:
        page = browser.new_page()
        view_in_full(page, address)
        page.wait_for_timeout(3000)
        received = [0]
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.dataReceived", lambda data: received.append(data["encodedDataLength"]))
        for key, title in [*list(titles.items())[1:], *list(titles.items())[:1]]:
            received.clear()
            page.locator("#recording label", has_text=title).last.click()
            page.wait_for_timeout(3000)
            opened[key] = sum(received)
        steps = []
        page.click("#start")
        page.locator(".badge", has_text="live").wait_for(timeout=60_000)
        for number in range(1, 4):
            page.wait_for_timeout(4000)
            received.clear()
            page.click("#step")
            page.wait_for_function(f"document.querySelectorAll('.grid-row').length > {number}")
            page.wait_for_timeout(4000)
            steps.append(sum(received))
    print("recordings opened:", ", ".join(f"{key} {size / 1e3:.0f} kB" for key, size in opened.items()))
    print("live steps:", ", ".join(f"{size / 1e3:.0f} kB" for size in steps))


def measure_cursor() -> None:
    """All hundred steps of one page; the recording with most iterations is opened by its link."""
    from seek_viz.app.page import recordings

    runs = recordings()
    longest = max(runs, key=lambda key: len(runs[key].steps))
    with serving() as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        view_in_full(page, f"{address}?v=1&run={longest}&i=0")
        page.wait_for_timeout(3000)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        times = page.evaluate(HUNDRED_STEPS)
    print(
        f"cursor step, key to painted frame: median {times[50]:.0f} ms, 95th percentile {times[94]:.0f} ms, "
        f"longest {times[-1]:.0f} ms; {len(asked)} requests"
    )


def told(name: str, seconds) -> None:
    print(f"{name}: median {statistics.median(seconds):.1f} s, all {[round(t, 1) for t in seconds]}")


def measure_step(runs: int = 8) -> None:
    """Every update of a few runs with self-reward in both decode modes; the first run warms up."""
    from seek_viz.engine.seek import new_trace, seek
    from seek_viz.model import FrozenLM
    from seek_viz.problems.problem import bundled_problems
    from seek_viz.settings.config import SeekConfig

    lm = FrozenLM.load("tiny", device="cpu")
    problems = [p for p in bundled_problems()["test"] if p.tier == "medium"][: runs + 1]
    for mode in ("independent", "coherent"):
        steps = []
        # A threshold that nothing passes: every run makes all its updates. They are large enough that the
        # text changes: one that was there before is not judged again, and is not counted.
        changes = {"decode_mode": mode, "reward_threshold": 1.0, "learning_rate": 0.1, "rho": 0.5}
        for number, problem in enumerate(problems):
            config = SeekConfig(**{**lm.preset, **changes})
            *_, (trace, _) = seek(lm, new_trace(lm, problem, config))
            texts = [step.text for step in trace.steps]
            new = [step for step in trace.steps[1:] if texts.index(step.text) == step.iteration]
            steps += [step.elapsed_s for step in new] if number else []
        totals = sorted(sum(step.values()) for step in steps)
        phases = {name: statistics.median(step[name] for step in steps) for name in steps[0]}
        print(
            f"{mode}: {len(steps)} steps, median {statistics.median(totals):.2f} s, "
            f"95th percentile {totals[int(0.95 * len(totals))]:.2f} s, "
            + ", ".join(f"{name} {seconds:.3f}" for name, seconds in phases.items())
        )


def ordinary_answers(count: int = 10_000) -> list[tuple[str, str]]:
    """(answer, gold) in the proportions of GSM8K: numbers, half of them right, in the spellings of models."""
    import random

    draw = random.Random(0)
    spellings = [
        "{}",
        "{}",
        "{}",
        "{}",
        "{:,}",
        "{}.00",
        "${}",
        "{:,} dollars",
        "{}%",
        "{} km",
        "{}.",
        "{}.5",
        "{}/7",
        "\\frac{{{}}}{{7}}",
    ]
    pairs = []
    for _ in range(count):
        gold = draw.randint(1, 100_000)
        number = gold if draw.random() < 0.5 else gold + draw.randint(1, 9)
        pairs.append((draw.choice(spellings).format(number), str(gold)))
    return pairs


def measure_grading(rounds: int = 7) -> None:
    """Both warm, in turn, each round on the same pairs as the others; caches are cleared between rounds."""
    import importlib.util

    from seek_viz.grading import answers_equal, notation, numbers, symbols

    def emptied() -> None:
        for cache in (notation.plain, numbers.read_quantity, symbols._compared):
            cache.cache_clear()

    timed = {"now": answers_equal}
    if len(sys.argv) > 2:
        spec = importlib.util.spec_from_file_location("earlier_grading", sys.argv[2])
        earlier = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(earlier)
        timed["earlier"] = earlier.answers_equal
    pairs = ordinary_answers()
    times: dict[str, list[float]] = {name: [] for name in timed}
    for number in range(rounds + 1):
        for name, equal in timed.items():
            emptied()
            started = time.perf_counter()
            for answer, gold in pairs:
                equal(answer, gold)
            if number:  # the first round warms up
                times[name].append(time.perf_counter() - started)
    medians = {name: statistics.median(seconds) for name, seconds in times.items()}
    for name, seconds in medians.items():
        print(f"{len(pairs):,} comparisons, {name}: median {1000 * seconds:.0f} ms")
    if "earlier" in medians:
        print(f"ratio {medians['now'] / medians['earlier']:.2f}")


def measure_paired() -> None:
    """What the bench's own table cannot hold, since there two methods share their setting."""
    from seek_viz.bench.compare import paired, shares
    from seek_viz.bench.journal import outcomes_in

    def of(journal: str, method: str) -> dict[str, float]:
        outcomes = [one for one in outcomes_in(Path(journal)) if one.method == method]
        assert len({one.setting for one in outcomes}) == 1, f"{method}: none, or several settings"
        return shares(outcomes)

    ours, theirs = sys.argv[2:4], sys.argv[4:6]
    said = paired(of(*ours), of(*theirs))
    print(
        f"{ours[1]} against {theirs[1]}, {said['problems']} problems: only it right {said['better']}, "
        f"only the other {said['worse']}; {100 * said['difference']:+.1f} points "
        f"({100 * said['low']:+.1f} to {100 * said['high']:+.1f}), p = {said['p']:.2g}"
    )


if __name__ == "__main__":
    measures = {"start": measure_start, "open": measure_open, "slow": measure_slow, "sizes": measure_sizes}
    measures |= {"cursor": measure_cursor, "step": measure_step}
    measures |= {"grading": measure_grading, "paired": measure_paired}
    measures[sys.argv[1]]()
