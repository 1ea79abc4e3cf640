"""One database: its engine, and transactions that nest by joining."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

from medai_core.domain.refusal import Refusal

_BUSY_MILLISECONDS: Final = 15_000
_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",  # what a person was told is kept is on the disk
    "PRAGMA recursive_triggers = ON",  # so that REPLACE fires the triggers that forbid DELETE
    "PRAGMA trusted_schema = OFF",
)


class Database:
    """An engine and the transaction that each thread has open, if any."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self._engine = _engine(url)
        self._writer = self._engine.execution_options(medai_begin="BEGIN IMMEDIATE")
        self._one_writer = threading.Lock()
        self._local = threading.local()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Write: everything inside becomes permanent together, or nothing does. Inner ones join the outer."""
        current: Connection | None = getattr(self._local, "connection", None)
        if current is not None:
            with self._inner(current):
                yield current
            return
        afterwards: list[Callable[[], None]] = []
        with self._one_writer:
            with self._writer.begin() as connection:
                self._local.connection, self._local.afterwards = connection, afterwards
                try:
                    yield connection
                finally:
                    self._local.connection = self._local.afterwards = None
            for work in afterwards:
                work()

    @contextmanager
    def _inner(self, connection: Connection) -> Iterator[None]:
        """Part of an open transaction: where it fails, only its own changes are taken back."""
        afterwards: list[Callable[[], None]] = self._local.afterwards
        before = len(afterwards)
        try:
            with connection.begin_nested():
                yield
        except BaseException:
            del afterwards[before:]
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read one consistent state, inside the open transaction where there is one."""
        current: Connection | None = getattr(self._local, "connection", None)
        if current is not None:
            yield current
            return
        with self._engine.begin() as connection:
            yield connection

    def after_commit(self, work: Callable[[], None]) -> None:
        """Run `work` once the open transaction is permanent; never where it is rolled back."""
        self._local.afterwards.append(work)

    def in_transaction(self) -> bool:
        """Whether the calling thread has a transaction open."""
        return getattr(self._local, "connection", None) is not None

    def close(self) -> None:
        """Give back every connection."""
        self._engine.dispose()


def database_url(home: Path, url: str | None) -> URL:
    """Where the store's tables lie; raises Refusal "database-url" for anything but an SQLite file."""
    parsed = make_url(url) if url else URL.create("sqlite", database=str(home / "medai.sqlite3"))
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise Refusal(
            "database-url",
            expected="an SQLite file as MEDAI_DATABASE_URL, for example sqlite:////srv/medai/medai.sqlite3",
            found="another kind of database",
            what_to_do="Set another address or leave it out.",
        )
    return parsed


def _engine(url: URL) -> Engine:
    engine = create_engine(url)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: Any, _record: object) -> None:
    """The driver opens no transaction by itself: it would open one that cannot be upgraded."""
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(str(options.get("medai_begin", "BEGIN")))


def private_folder(folder: Path) -> None:
    """Make `folder`, for its owner alone (0700)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


def private_file(path: Path) -> None:
    """Make `path`, for its owner alone (0600); what is there stays."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


class Repository:
    """What all repositories share: each method is one transaction, or part of the one that is open."""

    def __init__(self, database: Database) -> None:
        self._database = database
