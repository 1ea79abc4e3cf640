"""A server of its own and a browser's context for each test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import Server, start_server

MILLISECONDS = 40_000


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    """The app as the README starts it, with an empty store."""
    running = start_server(home)
    yield running
    running.stop()


@pytest.fixture
def context(chromium: Any) -> Iterator[Any]:
    """A browser's window without history; what its scripts throw fails the test."""
    made = chromium.new_context(
        viewport={"width": 1280, "height": 900}, timezone_id="Europe/Berlin", locale="en-GB"
    )
    made.set_default_timeout(MILLISECONDS)
    thrown: list[str] = []
    made.on("weberror", lambda error: thrown.append(str(error.error)))
    yield made
    made.close()
    assert thrown == []
