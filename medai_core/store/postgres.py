"""PostgreSQL as the store's database; loaded only where MEDAI_DATABASE_URL names one.

Writers stand in one line: each transaction that writes takes one advisory lock of the database first, so
that it sees all that was written before it, as with SQLite. Readers see one state and wait for nobody.
"""

import ssl
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, String, create_engine, event
from sqlalchemy.ext.compiler import compiles

from medai_core.domain.refusal import Refusal

_DRIVER: Final = "postgresql+pg8000"
_WRITERS: Final = 0x4D656441_49000001
"""The advisory lock of whoever writes; any constant that nobody else in this database uses."""

_LOCK_MILLISECONDS: Final = 15_000
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_OPTIONS: Final = frozenset({"host", "sslmode", "sslrootcert"})
_MODES: Final = ("disable", "require", "verify-full")

LOCK: Final = f"SELECT pg_advisory_xact_lock({_WRITERS})"
READ_ONLY: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


@compiles(String, "postgresql")
def _without_length(_type: String, _compiler: Any, **_options: Any) -> str:
    """SQLite knows no lengths: what the one takes, the other takes too."""
    return "VARCHAR"


def address(url: URL) -> URL:
    """The address with the driver that is used; Refusal "database-url" for one that cannot be meant."""
    unknown = set(url.query) - _OPTIONS
    if not url.database or unknown or _mode(url) not in _MODES:
        raise Refusal(
            "database-url",
            expected="postgresql://user:password@host/database, with sslmode (disable, require, "
            "verify-full), sslrootcert and host (a socket's folder) as the only options",
            found="another address",
            what_to_do="Correct MEDAI_DATABASE_URL.",
        )
    return url.set(drivername=_DRIVER)


def engine(url: URL) -> Engine:
    """Connections to the server; each begins its transactions as a writer or as a reader."""
    bare = url.set(query={})
    folder = str(url.query.get("host", ""))
    made = create_engine(
        bare, connect_args=_arguments(url, folder), pool_pre_ping=True, pool_size=10, max_overflow=20
    )
    event.listen(made, "begin", _begin)
    event.listen(made, "before_cursor_execute", _without_nul, retval=True)
    return made


def _without_nul(
    _connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    """U+0000 is the one character that a text of this database cannot hold; U+FFFD stands for it."""
    return statement, _replaced(parameters)


def _replaced(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if isinstance(value, list | tuple):
        return type(value)(_replaced(each) for each in value)
    return value


def _arguments(url: URL, folder: str) -> dict[str, Any]:
    options = f"-c lock_timeout={_LOCK_MILLISECONDS} -c timezone=UTC -c client_encoding=UTF8"
    arguments: dict[str, Any] = {"startup_params": {"options": options}, "application_name": "medai"}
    if folder.startswith("/"):
        return arguments | {"unix_sock": f"{folder}/.s.PGSQL.{url.port or 5432}"}
    return arguments | {"ssl_context": _context(_mode(url), str(url.query.get("sslrootcert", "")))}


def _mode(url: URL) -> str:
    """Beyond this machine names travel under TLS and to the right server alone, unless said otherwise."""
    near = (url.host or "localhost") in _LOCAL or "host" in url.query
    return str(url.query.get("sslmode", "disable" if near else "verify-full"))


def _context(mode: str, root: str) -> ssl.SSLContext | bool:
    if mode == "disable":
        return False
    context = ssl.create_default_context(cafile=root or None)
    if mode == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("medai_writes", False)
    connection.exec_driver_sql(LOCK if writes else READ_ONLY)
