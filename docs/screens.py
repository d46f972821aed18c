"""Makes the pictures of the documents, docs/screens/*.png: python docs/screens.py [NAME ...].

Each is one state of the page in headless Chromium, with a fixed size, at a fixed iteration of a bundled
recording, in 256 colours, so that it stays small. Which recordings are shown follows from what happened in
them, so that the script outlives a new recording. Pillow comes with gradio.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from measure import chromium, serving
from PIL import Image

from seek_viz.trace import Trace
from seek_viz.ui import recordings

FOLDER = Path(__file__).parent / "screens"
WIDE, PHONE = (1440, 900), (390, 844)


def states() -> dict[str, tuple[str, str, tuple[int, int]]]:
    """Name of a picture -> link, theme, size."""
    runs = recordings()
    first = next(iter(runs))
    fixed = _where(runs, lambda trace: bool(trace.steps[-1].correct) and len(trace.steps) > 2)
    failed = _where(runs, lambda trace: trace.steps[-1].correct is False and len(trace.steps) > 2)
    opening = f"?v=1&run={first}&i={len(runs[first].steps) - 1}"
    return {
        "first-view-light": (opening, "light", WIDE),
        "first-view-dark": (opening, "dark", WIDE),
        "phone": (opening, "light", PHONE),
        "compare": (f"?v=1&run={fixed}&pin={failed}&i=2", "light", WIDE),
        "failure": (f"?v=1&run={failed}&i=2", "light", WIDE),
    }


def _where(runs: dict[str, Trace], told) -> str:
    return next((key for key, trace in runs.items() if told(trace)), next(iter(runs)))


def take(browser, address: str, query: str, theme: str, size: tuple[int, int]) -> Image.Image:
    """The page in one state, once its plots and fonts are there."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce", device_scale_factor=1
    )
    page = context.new_page()
    page.goto(f"{address}{query}&__theme={theme}")
    page.locator(".seek-workbench .ring").first.wait_for(state="attached", timeout=60_000)
    page.wait_for_timeout(1500)
    image = Image.open(io.BytesIO(page.screenshot()))
    context.close()
    return image.convert("RGB").quantize(256)


def main(names: list[str]) -> None:
    """Take all pictures, or those named."""
    FOLDER.mkdir(exist_ok=True)
    with serving() as address, chromium() as browser:
        for name, state in states().items():
            if not names or name in names:
                path = FOLDER / f"{name}.png"
                take(browser, address, *state).save(path, optimize=True)
                print(f"{path.name}: {path.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
