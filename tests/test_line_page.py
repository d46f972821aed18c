"""The page on real lines, in headless Chromium: under a sub-path, cut for a while, with files kept away."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_server import badge, counter, expect, fill, free_port
from proxy import Proxy

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.browser


def iteration(page: Any) -> int:
    """The newest iteration on screen, of a run that is followed."""
    return int(re.search(r"\d+", counter(page).inner_text())[0])  # type: ignore[index]


@pytest.fixture(scope="module")
def under_a_path() -> Iterator[Proxy]:
    """The app as a host runs it under /seek, behind a proxy that strips the prefix."""
    port = free_port()
    environment = os.environ | {"GRADIO_SERVER_PORT": str(port), "GRADIO_ROOT_PATH": "/seek"}
    server = subprocess.Popen(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    proxy = Proxy(f"http://127.0.0.1:{port}/", "/seek")
    try:
        proxy.wait()
        yield proxy
    finally:
        proxy.close()
        server.kill()
        server.wait()


def test_the_page_stands_under_a_path(under_a_path: Proxy, browser: Any) -> None:
    page = browser.new_page()
    failed: list[str] = []
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    page.goto(under_a_path.address)
    expect(badge(page)).to_have_text("recorded run")
    expect(page.locator(".reward .ring")).to_be_attached()
    page.locator("#reward").get_by_text("constant").click()
    page.click("#start")
    expect(badge(page)).to_have_text("live run")
    page.get_by_role("button", name="Share, save").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Save TXT").click()
    assert "Iteration 0" in Path(download.value.path()).read_text(encoding="utf-8")
    assert failed == []
    page.close()


def test_a_run_goes_on_after_a_cut_and_after_a_reload(server: str, browser: Any) -> None:
    proxy = Proxy(server)
    page = browser.new_context().new_page()
    page.goto(proxy.address)
    expect(badge(page)).to_be_visible()
    page.locator("#reward").get_by_text("constant").click()
    fill(page, "eta", "0.01")
    fill(page, "updates", "200")
    page.click("#run")
    expect(page.locator(".badge.live")).to_be_visible()
    proxy.cut()
    time.sleep(1)
    proxy.mend()
    expect(page.locator(".badge.live")).to_be_visible()
    before = iteration(page)
    page.wait_for_function(f"Number(document.querySelector('.counter strong')?.textContent) > {before + 2}")
    before = iteration(page)
    page.reload()
    expect(page.locator(".badge.live")).to_be_visible()
    page.wait_for_function(f"Number(document.querySelector('.counter strong')?.textContent) > {before + 2}")
    page.click("#pause")
    expect(page.locator("#run")).to_be_enabled()
    proxy.close()
    page.context.close()


def test_a_player_that_is_kept_away_leaves_the_run_as_text(server: str, browser: Any) -> None:
    page = browser.new_page()
    page.route("**/workbench/tree.js", lambda route: route.abort())
    page.goto(server + "?v=1&run=sample")
    expect(page.get_by_role("alert").filter(has_text="could not be loaded")).to_be_visible()
    expect(page.locator("#workbench pre")).to_contain_text("Iteration 4")
    page.close()


def test_plots_that_are_kept_away_leave_the_texts(server: str, browser: Any) -> None:
    page = browser.new_page()
    page.route("**/plotly.min.js", lambda route: route.abort())
    page.goto(server)
    expect(page.locator(".error-banner")).to_contain_text("The plots could not be loaded")
    expect(page.locator(".text-body").first).to_be_visible()
    page.close()
