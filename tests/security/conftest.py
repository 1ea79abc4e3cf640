"""A store with an administrator, cheap password hashes and a clock that can be set."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from medai_core.domain.people import Caller, Role
from medai_core.security import accounts, passwords, stores
from medai_core.store import clock
from medai_core.store.database import Store

PASSWORD = "a long enough sentence"


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

    def go_on(self, **by: float) -> None:
        self.moment += timedelta(**by)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    ours = Clock()
    monkeypatch.setattr(clock, "now", lambda: ours.moment)
    return ours


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody.cache_clear()


@pytest.fixture(scope="session")
def empty_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database at the newest migration, made once."""
    home = tmp_path_factory.mktemp("empty")
    Store(home).close()
    return home / "medai.sqlite3"


@pytest.fixture
def store(home: Path, empty_tables: Path) -> Iterator[Store]:
    """The main store, as the process has it open."""
    home.mkdir(mode=0o700)
    shutil.copy(empty_tables, home)
    yield stores.open_store()
    stores.close_stores()


@pytest.fixture
def admin(store: Store) -> Caller:
    """The first administrator, with a password of their own."""
    first = accounts.ensure_administrator(store)
    assert first is not None
    caller, _, _ = accounts.sign_in(store, "admin", first)
    accounts.change_password(store, caller, first, PASSWORD)
    return caller


@pytest.fixture
def anna(store: Store, admin: Caller) -> Caller:
    """A clinician who has chosen the password."""
    account, first = accounts.create(store, admin, "Anna", "Anna A.", Role.CLINICIAN)
    caller, _, _ = accounts.sign_in(store, "anna", first)
    accounts.change_password(store, caller, first, PASSWORD)
    assert account.id == caller.user_id
    return caller
