"""Real servers whose pages only say that they ran; one is shared by all tests that leave it as it was."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from medai_core.domain.people import Role
from medai_core.security import accounts
from medai_core.store.database import Store
from tests.support.checkout import make_checkout
from tests.support.page import Page
from tests.support.server import NEW_PASSWORD, Server, choose_password, sign_in, start_server

Start = Callable[..., "Watched"]


@dataclass
class Watched:
    """A running server and the marks that its pages leave when they run."""

    server: Server
    marks_file: Path

    def marks(self) -> list[str]:
        """What the pages did since the last `forget`."""
        return self.marks_file.read_text("utf-8").splitlines() if self.marks_file.exists() else []

    def forget(self) -> None:
        """Start over with the marks."""
        self.marks_file.unlink(missing_ok=True)

    def store(self) -> Store:
        """The server's store, opened here as another process would."""
        return Store(self.server.home)

    def user(self, name: str, role: Role) -> httpx.Client:
        """A new user, signed in and with a password chosen."""
        store = self.store()
        try:
            administrator = store.accounts.by_username("admin")
            assert administrator is not None
            caller = accounts.sessions.caller_of(administrator, store, None)
            _, password = accounts.create(store, caller, name, name, role)
        finally:
            store.close()
        client = self.server.client()
        sign_in(client, name, password)
        choose_password(client, password, NEW_PASSWORD)
        return client


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with pages that leave marks."""
    return make_checkout(tmp_path_factory.mktemp("checkout") / "program")


@pytest.fixture(scope="session")
def start(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start further servers; all are ended at the end."""
    running: list[Server] = []

    def start_one(
        env: dict[str, str] | None = None, arguments: Sequence[str] = (), prefix: str = ""
    ) -> Watched:
        folder = tmp_path_factory.mktemp("server")
        marks = folder / "marks"
        variables = {"MEDAI_TEST_MARKS": str(marks), **(env or {})}
        server = start_server(folder / "home", variables, arguments=arguments, prefix=prefix, root=checkout)
        running.append(server)
        return Watched(server, marks)

    yield start_one
    for server in running:
        server.stop()


@pytest.fixture(scope="session")
def watched(start: Start) -> Watched:
    """The shared server; its administrator has chosen a password."""
    found = start()
    found.server.sign_in().close()
    return found


@pytest.fixture
def admin(watched: Watched) -> Iterator[httpx.Client]:
    """A browser in which the administrator is signed in."""
    with closing(watched.server.sign_in()) as client:
        yield client


@pytest.fixture(scope="session")
def reader(watched: Watched) -> Iterator[httpx.Client]:
    """A browser of somebody who may only read."""
    with closing(watched.user("reader", Role.READ_ONLY)) as client:
        yield client


@pytest.fixture(scope="session")
def clinician(watched: Watched) -> Iterator[httpx.Client]:
    """A browser of a clinician."""
    with closing(watched.user("clinician", Role.CLINICIAN)) as client:
        yield client


@pytest.fixture
def page(admin: httpx.Client) -> Iterator[Page]:
    """An open tab of the administrator."""
    with Page(admin) as tab:
        yield tab
