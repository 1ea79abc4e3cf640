"""One chromium for the folder; a page and a server for each test."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.viewer.harness import Bench, Host, serving


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running browser. Without one: skipped with a reason, or failed where MEDAI_REQUIRE asks for it."""
    path = shutil.which("chromium")
    reason = "" if path else "no chromium on this machine"
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        reason = "playwright is not installed"
    if reason:
        if "browser" in os.environ.get("MEDAI_REQUIRE", ""):
            pytest.fail(f"MEDAI_REQUIRE asks for the browser tests, but {reason}")
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def tab(chromium: Any) -> Iterator[Any]:
    """One tab for all tests: every test has a server, and with it an origin and storage, of its own."""
    context = chromium.new_context(viewport={"width": 960, "height": 660})
    yield context.new_page()
    context.close()


@pytest.fixture
def bench(tab: Any) -> Iterator[Bench]:
    """The viewer on a page of 960 x 660, no image yet."""
    tab.set_viewport_size({"width": 960, "height": 660})
    with serving(Host()) as host:
        made = Bench(tab, host)
        yield made
        made.close()
        assert made.errors == []
