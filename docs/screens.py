"""Makes the pictures of the documents, docs/screens/*.png: python docs/screens.py [NAME ...].

Each is one state of the page in headless Chromium, with a fixed size, at a fixed iteration of a bundled
recording, in 256 colours, so that it stays small. Which recordings are shown follows from what happened in
them, so that the script outlives a new recording. Pillow comes with gradio.
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import Path

from measure import chromium, serving
from PIL import Image

from seek_viz.app.page import recordings
from seek_viz.record import Trace

FOLDER = Path(__file__).parent / "screens"
WIDE, TABLET, PHONE = (1440, 900), (1024, 768), (390, 844)


@dataclass(frozen=True)
class State:
    """What a picture shows."""

    link: str
    theme: str = "light"
    size: tuple[int, int] = WIDE
    press: str = ""
    """The name of a button to press."""
    panel: str = ""
    """The class of a panel to scroll to."""


def states() -> dict[str, State]:
    """Name of a picture -> what it shows."""
    runs = recordings()
    first = next(iter(runs))
    fixed = _where(runs, lambda trace: bool(trace.steps[-1].correct) and len(trace.steps) > 2)
    # The reward was misled: a control, or an oracle's run, would have less to show.
    failed = _where(runs, lambda t: t.steps[-1].correct is False and t.stop_reason == "accepted")
    opening = f"?v=1&run={first}&i={len(runs[first].steps) - 1}"
    compared = f"?v=1&run={fixed}&pin={failed}&i=2"
    return {
        "first-view-light": State(opening),
        "first-view-dark": State(opening, theme="dark"),
        "tablet": State(opening, size=TABLET),
        "phone": State(opening, size=PHONE),
        "tokens": State(opening, panel="grid"),
        "verdicts": State(opening, panel="verdicts"),
        "regions": State(opening, panel="regions"),
        "control": State(f"?v=1&run={first}&i=0", press="Compare with the control"),
        "compare": State(compared),
        "failure": State(f"?v=1&run={failed}&i=2"),
        "live": State(opening, press="Run it live"),
        "share": State(opening, press="Share, save"),
        "help": State(opening, press="Keys and colours (?)"),
    }


def _where(runs: dict[str, Trace], told) -> str:
    return next((key for key, trace in runs.items() if told(trace)), next(iter(runs)))


def take(browser, address: str, state: State) -> Image.Image:
    """The page in one state, once its plots and fonts are there."""
    width, height = state.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce", device_scale_factor=1
    )
    page = context.new_page()
    page.goto(f"{address}{state.link}&__theme={state.theme}")
    page.locator(".seek-workbench .ring").first.wait_for(state="attached", timeout=60_000)
    page.get_by_text("No run on screen yet").wait_for(state="hidden", timeout=60_000)
    page.wait_for_timeout(1500)
    if state.press:
        page.get_by_role("button", name=state.press, exact=True).first.click()
        page.wait_for_timeout(1500)
    if state.panel:
        top = page.locator(f".panel.{state.panel}").bounding_box()["y"]
        page.evaluate(f"scrollTo(0, {top - 100})")
        page.wait_for_timeout(1500)
    image = Image.open(io.BytesIO(page.screenshot()))
    context.close()
    return few_colours(image.convert("RGB"))


def few_colours(image: Image.Image) -> Image.Image:
    """In 256 colours, chosen with more weight on vivid ones: right and wrong are small marks."""
    vivid = [
        color for count, color in image.getcolors(1 << 24) if count > 15 and max(color) - min(color) > 90
    ]
    weighed = Image.new("RGB", (image.width, image.height + len(vivid)))
    weighed.paste(image)
    for row, color in enumerate(vivid):
        weighed.paste(color, (0, image.height + row, image.width, image.height + row + 1))
    return image.quantize(palette=weighed.quantize(256, kmeans=1), dither=Image.Dither.NONE)


def main(names: list[str]) -> None:
    """Take all pictures, or those named."""
    FOLDER.mkdir(exist_ok=True)
    with serving() as address, chromium() as browser:
        for name, state in states().items():
            if not names or name in names:
                path = FOLDER / f"{name}.png"
                take(browser, address, state).save(path, optimize=True)
                print(f"{path.name}: {path.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
