"""The first account is made behind the start; who is quicker waits for it."""

import re
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from medai_core.domain.refusal import Refusal
from medai_core.security import accounts, passwords, stores
from medai_core.web import startup
from tests.support.page import Page
from tests.support.server import start_server


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Hashes of passwords are ready once this is set."""
    ready, at_once = threading.Event(), passwords.hashed

    def when_ready(password: str) -> str:
        assert ready.wait(30)
        return at_once(password)

    monkeypatch.setattr(passwords, "hashed", when_ready)
    return ready


def test_who_signs_in_before_the_first_account_is_there_waits(home: Path, hashing: threading.Event) -> None:
    told: list[str] = []
    making = startup.prepare_store(told.append)
    with ThreadPoolExecutor(1) as pool:
        early: Future[object] = pool.submit(accounts.sign_in, stores.open_store(), "admin", "a wrong guess")
        with pytest.raises(TimeoutError):
            early.result(timeout=0.5)
        assert told == []
        hashing.set()
        making.join()
        with pytest.raises(Refusal) as caught:
            early.result(timeout=30)
    assert caught.value.code == "sign-in-refused"
    (text,) = told
    password = re.search(r"one-time password: (\S+)", text)
    assert password is not None
    caller, _, _ = accounts.sign_in(stores.open_store(), "admin", password.group(1))
    assert caller.username == "admin"
    stores.close_stores()


def test_a_first_account_that_cannot_be_made_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(store: object) -> str:
        raise OSError("no room")

    monkeypatch.setattr(accounts, "ensure_administrator", fail)
    told: list[str] = []
    startup.prepare_store(told.append).join()
    (text,) = told
    assert "could not be made" in text
    assert "no room" not in text
    stores.close_stores()


def test_later_starts_have_nothing_to_tell(home: Path) -> None:
    store = stores.open_store()
    first = accounts.ensure_administrator(store)
    assert first is not None
    caller, _, _ = accounts.sign_in(store, "admin", first)
    accounts.change_password(store, caller, first, "a long enough sentence")
    told: list[str] = []
    startup.prepare_store(told.append).join()
    assert told == []
    stores.close_stores()


def test_start_and_worklist_load_what_they_need_and_no_more(tmp_path: Path) -> None:
    env = {"MEDAI_DEMO": "1", "PYTHONPROFILEIMPORTTIME": "1"}
    server = start_server(tmp_path / "home", env)
    try:
        at_start = _loaded(server.output)
        with server.client() as client:
            client.get("/")
            with Page(client) as tab:
                assert "study=" in tab.open(seconds=120).text
    finally:
        server.stop()
    assert {"sqlalchemy", "starlette"} <= at_start
    assert not at_start & {"alembic", "pandas", "pyarrow", "tensorflow", "ai_edge_litert", "reportlab"}
    assert "medai_core.ui.worklist.table" in _loaded(server.output)
    assert not _loaded(server.output) & {"alembic", "pandas", "pyarrow", "tensorflow", "reportlab"}


def _loaded(output: list[str]) -> set[str]:
    """The modules that a process with PYTHONPROFILEIMPORTTIME has loaded so far."""
    return set(re.findall(r"\| +([a-zA-Z_][\w.]*)", "".join(output)))
