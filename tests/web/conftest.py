"""One real server for all tests over HTTP that change nothing in it for the others."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.server import Server, start_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`streamlit run app.py` with a new, empty home; the administrator's one-time password is unused."""
    running = start_server(tmp_path_factory.mktemp("server") / "home")
    yield running
    running.stop()


@pytest.fixture
def admin(server: Server) -> Iterator[httpx.Client]:
    """A browser in which the administrator is signed in."""
    with server.sign_in() as client:
        yield client
