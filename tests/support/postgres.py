"""A real PostgreSQL server for tests: one a run, on a free loopback port, an empty database a test."""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.server import free_port

_FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_EMPTY = """DO $$ DECLARE one text; BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
  SET LOCAL session_replication_role = replica;
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP EXECUTE 'DELETE FROM ' || quote_ident(one); END LOOP;
END $$"""
_FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60"


def program(name: str) -> str | None:
    """Where a program of PostgreSQL lies, or None."""
    places = os.pathsep.join([*map(str, _FOLDERS), os.environ.get("PATH", "")])
    return shutil.which(name, path=places)


def why_not() -> str:
    """Why no server can be started here; empty where it can."""
    if program("initdb") is None or program("pg_ctl") is None:
        return "no PostgreSQL on this machine"
    if os.getuid() == 0:
        try:
            pwd.getpwnam("postgres")
        except KeyError:
            return "no user postgres, and PostgreSQL does not run as root"
    return ""


@dataclass
class Postgres:
    """A running server, and the databases on it that are empty and may be used again."""

    folder: Path
    port: int
    spare: list[str] = field(default_factory=list)

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://test@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str, *values: Any, database: str = "postgres") -> list[Any]:
        """One statement outside of any transaction."""
        import pg8000.native

        with closing(
            pg8000.native.Connection("test", host="127.0.0.1", port=self.port, database=database)
        ) as connection:
            return list(connection.run(statement, **dict(enumerate(values))) or [])  # type: ignore[arg-type]

    def database(self, template: str = "template0") -> str:
        """A new database, empty or a copy of one that nobody is connected to; its name."""
        name = f"t{secrets.token_hex(8)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def lend(self, template: str) -> str:
        """A copy of `template` with empty tables: one that was given back, or a new one."""
        return self.spare.pop() if self.spare else self.database(template)

    def give_back(self, name: str) -> None:
        """Empty all tables, whatever their triggers say, which takes a tenth of a copy's time."""
        self.run(_EMPTY, database=name)
        self.spare.append(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def stop(self) -> None:
        """End the server and remove its folder."""
        _as_owner("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop", cwd=self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)


def start() -> Postgres:
    """A new server; what it holds is lost with it."""
    folder = Path(tempfile.mkdtemp(prefix="medai-postgres-"))
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data, port = str(folder / "data"), free_port()
    _as_owner(
        "initdb", "-D", data, "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N", cwd=folder
    )
    options = f"-p {port} -h 127.0.0.1 -k {folder} {_FAST}"
    _as_owner("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start", cwd=folder)
    return Postgres(folder, port)


def _as_owner(name: str, *arguments: str, cwd: Path) -> None:
    """Run a program of PostgreSQL, which refuses to run as root."""
    path = program(name)
    assert path is not None
    owner: dict[str, Any] = (
        {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    )
    subprocess.run(
        [path, *arguments], cwd=cwd, check=True, timeout=60, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, **owner,
    )  # fmt: skip
