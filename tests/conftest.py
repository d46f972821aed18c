"""What the tests share: the shape checks, the models. Torch is imported by the fixtures that need it.

Every annotation of the package is checked while pytest runs, jaxtyping's array shapes among them: a
hidden state of the wrong shape fails at the function's door, in any test. Layer 0 is left out: its
records take unchecked input and refuse it themselves, and a check before theirs would hide what a user
gets.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

# No test may depend on a network; a look at the Hub fails at once instead of trying again and again.
os.environ["HF_HUB_OFFLINE"] = "1"
RECORDS = ("errors", "settings.config", "grading", "problems.problem", "record")
assert "seek_viz" not in sys.modules, "the package was imported before its annotations could be checked"
# The hook's loader reads this file again by its name, so its folder has to be importable.
sys.path.insert(0, str(Path(__file__).parent))
for _name in RECORDS:
    importlib.import_module(f"seek_viz.{_name}")
# The page is left out: gradio must see that callbacks are generators, and a checked one does not look it.
# So are the rules of ascent: torch, which their types name, is not imported there.
FOLDERS = {path.parent.name for path in Path(__file__).parents[1].glob("seek_viz/*/__init__.py")}
FOLDERS -= {"app", "ascent"}
install_import_hook(
    [f"seek_viz.{name}" for name in sorted({*FOLDERS, "app.session"})], "shape_checks.checked"
)

# Time limits say more about the machine than about the code; a failure has to come again.
settings.register_profile(
    "here",
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("here")

REFERENCE = Path(__file__).parent / "reference"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FAMILIES = ("Qwen2", "Qwen3", "Llama", "Mistral")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Slow tests run when they are asked for: `pytest -m slow`."""
    if not config.option.markexpr:
        slow = [item for item in items if item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


@pytest.fixture(scope="session")
def one_thread() -> None:
    """Matrices this small are slower on two threads than on one."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def reference_runs() -> list[dict[str, Any]]:
    """The recorded trajectories of the released code."""
    return json.loads((REFERENCE / "trajectories.json").read_text(encoding="utf-8"))["runs"]


@pytest.fixture(scope="session")
def reference_lm(one_thread: None) -> Any:
    """The small model that they were recorded on; it takes the bundled model's short prompts."""
    from models import frozen

    return frozen(REFERENCE / "model")


@pytest.fixture(scope="session")
def family_folders(one_thread: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One saved model of each family, made from its config, with random weights."""
    from models import save_family

    folder = tmp_path_factory.mktemp("families")
    return {family: save_family(family, folder / family) for family in FAMILIES}


@pytest.fixture(scope="session")
def family_lms(family_folders: dict[str, Path]) -> dict[str, Any]:
    """The same, loaded as a user's folder is."""
    from seek_viz.model import FrozenLM

    return {family: FrozenLM.load(str(path), device="cpu") for family, path in family_folders.items()}


@pytest.fixture(params=FAMILIES)
def family_lm(request: pytest.FixtureRequest, family_lms: dict[str, Any]) -> Any:
    """Each family in turn."""
    return family_lms[request.param]


@pytest.fixture(scope="session")
def hand_lm(one_thread: None) -> Any:
    """A language model of six words whose argmax and gradient can be worked out on paper."""
    from models import hand_made

    return hand_made()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One headless Chromium for all browser tests; where it is missing they are skipped, in CI they fail."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        stop = pytest.fail if "CI" in os.environ else pytest.skip
        stop("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the player's files are served."""
    from player_page import Files

    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def loaded(address: str, browser: Any) -> Iterator[Any]:
    """One page for all tests of a file: Plotly is read and compiled once."""
    from player_page import Bench

    page = browser.new_page()
    bench = Bench(page, requests=[], troubles=[])
    page.on("console", lambda m: bench.troubles.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: bench.troubles.append(str(error)))
    page.on("request", lambda request: bench.requests.append(request.url))
    page.goto(address)
    page.wait_for_function("Boolean(window.begin)")
    yield bench
    page.close()


@pytest.fixture
def bench(loaded: Any, address: str) -> Iterator[Any]:
    """The page with a fresh player; at the end nothing has complained or asked another host."""
    page = loaded.page
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("document.body.className = ''; document.documentElement.dataset.theme = 'light'; begin()")
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    yield dataclasses.replace(loaded, seq=0)
    assert loaded.troubles == []
    assert all(url.startswith((address, "data:")) for url in loaded.requests)


@pytest.fixture(scope="session")
def server() -> str:
    """Where the page is served, the same for all tests of a process."""
    from page_server import serve_page

    return serve_page()


@pytest.fixture(scope="session")
def visitors(browser: Any) -> Any:
    """One profile for all visitors, so that what the page loads is compiled once; a page is a visitor."""
    return browser.new_context(viewport={"width": 1440, "height": 900})


@pytest.fixture
def visit(server: str, visitors: Any) -> Iterator[Any]:
    """Opens a page of a new visitor; at the end no page has complained or asked another host."""
    from page_server import complaint, foreign

    pages, complaints = [], []

    def opened(query: str = "", width: int = 1440) -> Any:
        page = visitors.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        pages.append(page)
        page.set_default_timeout(30_000)
        page.on("console", lambda m: complaints.append(m.text) if complaint(m) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: complaints.append(r.url) if foreign(r.url, server) else None)
        page.goto(server + query)
        page.wait_for_selector("#workbench [data-page=ready]")
        return page

    yield opened
    for page in pages:
        page.close()
    assert complaints == []
