"""A page and a server for each test."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.viewer.harness import Bench, Host, serving


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
