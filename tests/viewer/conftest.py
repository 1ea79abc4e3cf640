"""One chromium for the folder; a page and a server for each test."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.viewer.harness import Bench, Host, serving


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running browser; skipped with a reason where there is none, failed where MEDAI_REQUIRE asks for it."""
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


@pytest.fixture
def bench(chromium: Any) -> Iterator[Bench]:
    """The viewer on a page of 1280 x 900, no image yet."""
    with serving(Host()) as host:
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        made = Bench(page, host)
        yield made
        context.close()
        assert made.errors == []
