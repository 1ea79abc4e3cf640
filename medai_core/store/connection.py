"""One database: its engine, and transactions that nest by joining."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from medai_core.domain.refusal import Refusal
from medai_core.store.sealed import Sealer, unlock

BUSY_SECONDS: Final = 15.0
"""How long a write waits for another one, in this process or in another."""
BUSY: Final = "store-busy"
"""The code of the refusal of who has waited too long: the same may be asked again."""
CACHE_KIBIBYTES: Final = 16 * 1024
"""Pages that a connection to an SQLite file keeps in memory: what a patient's page or a count asks again."""
_PRAGMAS: Final = (
    f"PRAGMA cache_size = -{CACHE_KIBIBYTES}",
    f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}",
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
        self._writer = self._engine.execution_options(medai_writes=True)
        self._one_writer = threading.Lock()
        self._local = threading.local()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Write: everything inside becomes permanent together, or nothing does. Inner ones join the outer.

        One writes at a time and others wait for their turn; Refusal "store-busy" for who has waited too
        long. Reading goes on meanwhile.
        """
        current: Connection | None = getattr(self._local, "connection", None)
        if current is not None:
            with self._inner(current):
                yield current
            return
        afterwards: list[Callable[[], None]] = []
        if not self._one_writer.acquire(timeout=BUSY_SECONDS):
            raise busy()
        try:
            with self._begun() as connection:
                self._local.connection, self._local.afterwards = connection, afterwards
                try:
                    yield connection
                finally:
                    self._local.connection = self._local.afterwards = None
            for work in afterwards:
                work()
        finally:
            self._one_writer.release()

    @contextmanager
    def _begun(self) -> Iterator[Connection]:
        """A transaction that writes; Refusal "store-busy" where another process does not let it begin."""
        with self._writer.connect() as connection:
            try:
                transaction = connection.begin()
            except OperationalError as error:
                if "locked" in str(error.orig):
                    raise busy() from None
                raise
            with transaction:
                yield connection

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

    def maintain(self, statements: Sequence[str]) -> list[tuple[Any, ...]]:
        """Run statements that no transaction may hold, one after the other; the first row of each answer."""
        answers: list[tuple[Any, ...]] = []
        with self._one_writer:
            connection = self._engine.raw_connection()
            try:
                if self.file is None:
                    connection.rollback()
                    connection.dbapi_connection.autocommit = True  # type: ignore[union-attr]
                cursor = connection.cursor()
                for statement in statements:
                    cursor.execute(statement)
                    answers.append(tuple(cursor.fetchone() or ()) if cursor.description else ())
            finally:
                connection.invalidate()
        return answers

    def after_commit(self, work: Callable[[], None]) -> None:
        """Run `work` once the open transaction is permanent; never where it is rolled back."""
        self._local.afterwards.append(work)

    def in_transaction(self) -> bool:
        """Whether the calling thread has a transaction open."""
        return getattr(self._local, "connection", None) is not None

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for a server's database."""
        return file_of(self.url)

    def unlock(self, sealer: Sealer) -> None:
        """Seal and open what is written and read from now on; before the first row of a patient."""
        unlock(self._engine, sealer)

    def reach(self) -> None:
        """Refusal "database-unreachable" where a server does not let us in."""
        if self.file is None:
            try:
                self._engine.connect().close()
            except DBAPIError:  # its words name the user and the machine
                raise _unreachable() from None

    def close(self) -> None:
        """Give back every connection."""
        self._engine.dispose()


def database_url(home: Path, url: str | None) -> URL:
    """Where the store's tables lie: an SQLite file, or a PostgreSQL database; else Refusal "database-url"."""
    if not url:
        return URL.create("sqlite", database=str(home / "medai.sqlite3"))
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise _not_an_address() from None
    kind = parsed.drivername.partition("+")[0]
    if kind in ("postgresql", "postgres"):
        from medai_core.store import postgres

        return postgres.address(parsed)
    if kind != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise _not_an_address()
    return parsed


def file_of(url: URL) -> Path | None:
    """The SQLite file of an address; None for a server's database."""
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def _not_an_address() -> Refusal:
    return Refusal(
        "database-url",
        expected="an SQLite file or a PostgreSQL database as MEDAI_DATABASE_URL, for example "
        "sqlite:////srv/medai/medai.sqlite3 or postgresql://user:password@host/database",
        found="another kind of database",
        what_to_do="Set another address or leave it out.",
    )


def busy() -> Refusal:
    """For who has waited for a large import to be stored."""
    return Refusal(
        BUSY,
        expected="a moment in which nothing else is being stored",
        found=f"a large import or a backup that has been at it for more than {BUSY_SECONDS:.0f} seconds",
        what_to_do="Nothing of yours was changed, and what you entered is still here. Try again in a minute.",
    )


def _unreachable() -> Refusal:
    return Refusal(
        "database-unreachable",
        expected="the PostgreSQL server of MEDAI_DATABASE_URL to let MedAI in",
        found="none that answers, or one that does not know this user, password or database",
        what_to_do="Start the server, or correct the address.",
    )


def _engine(url: URL) -> Engine:
    if file_of(url) is None:
        from medai_core.store import postgres

        return postgres.engine(url)
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
    writes = connection.get_execution_options().get("medai_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


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
