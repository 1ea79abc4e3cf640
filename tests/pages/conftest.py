"""Pages run as the app runs them: behind the gate, against a real store."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from medai_core.domain.people import Caller, Role
from medai_core.security import passwords, sessions
from medai_core.security.stores import close_stores, cookie_value, open_store
from medai_core.store.database import Store
from medai_core.ui.uploads import job
from medai_core.web.cookies import SESSION
from tests.support.films import PASSWORD, brought_in, film

ROOT = Path(__file__).resolve().parents[2]

SignIn = Callable[..., Caller]
OpenPage = Callable[..., AppTest]


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """The main store, empty."""
    yield open_store()
    job._JOBS.clear()
    close_stores()


@pytest.fixture
def cookies(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the browser brings along; a test fills it."""
    brought: dict[str, str] = {}
    monkeypatch.setattr(ContextProxy, "cookies", property(lambda self: brought))
    return brought


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Hashing is slow on purpose: once a run."""
    return passwords.hashed(PASSWORD)


@pytest.fixture
def sign_in(store: Store, cookies: dict[str, str], password_hash: str) -> SignIn:
    """Signs a new user in; gives who that is."""

    def signed_in(role: Role = Role.CLINICIAN, name: str = "") -> Caller:
        username = name or role.value
        account = store.accounts.add(
            username, username.title(), role, password_hash, must_change_password=False
        )
        caller, token, _ = sessions.start(store, account)
        cookies[SESSION] = cookie_value(store, token)
        return caller

    return signed_in


@pytest.fixture
def open_page(cookies: dict[str, str]) -> OpenPage:
    """Opens a page through the gate, with the query of its address."""

    def opened(name: str, **query: str) -> AppTest:
        page = AppTest.from_file(str(ROOT / "medai_core" / "ui" / "main.py"), default_timeout=30)
        if name != "worklist":
            page.run()
            page.switch_page(f"../../pages/{name}.py")
        for key, value in query.items():
            page.query_params[key] = value
        return page.run()

    return opened


@pytest.fixture
def open_alone(cookies: dict[str, str]) -> Callable[[str], AppTest]:
    """Runs a page's file by itself, as if the gate in front of it had been left out."""

    def opened(name: str) -> AppTest:
        return AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=30).run()

    return opened


@pytest.fixture
def reader(sign_in: SignIn) -> Caller:
    """A signed-in clinician."""
    return sign_in()


@pytest.fixture
def study_id(store: Store, reader: Caller) -> str:
    """A study with one film that the model covers."""
    (line,) = brought_in(store, reader, film())
    assert line.study_id is not None, line
    return line.study_id


def words(page: AppTest) -> str:
    """Everything that a page drew, as text: Markdown, HTML, titles, labels, what components got."""
    assert not page.exception, page.exception[0].message
    return " | ".join(str(item.proto) for item in _elements(page._tree))


def _elements(block: Any) -> Iterator[Any]:
    for child in block.children.values():
        if hasattr(child, "children"):
            yield from _elements(child)
        elif getattr(child, "proto", None) is not None:
            yield child
