"""The database file: rights, migrations, durability, and stores of other versions."""

import io
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from medai_core.domain.people import PatientIdentity
from medai_core.domain.refusal import Refusal
from medai_core.store import connection, schema
from medai_core.store.blobs import Blobs
from medai_core.store.connection import Database, database_url
from medai_core.store.database import Store
from medai_core.store.tables import metadata
from tests.support.postgres import Postgres
from tests.support.raw import Raw

MIGRATIONS = Path(schema.__file__).parent / "migrations"


def test_everything_is_for_its_owner_alone(file_store: Store, home: Path) -> None:
    file_store.blobs.put(b"pixels")
    file_store.audit.append("user-1", "noted")
    for path in [home, *home.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path.name


def test_an_open_home_is_closed(home: Path) -> None:
    home.mkdir(mode=0o755)
    Store(home).close()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_head_is_the_newest_migration() -> None:
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    configuration.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(configuration).get_current_head() == schema.HEAD


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database that went through every migration, one after the other."""
    url = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        url = server.url(server.database())
    database = Database(database_url(tmp_path, url))
    schema.upgrade(database, "0001")
    schema.upgrade(database)
    yield database
    database.close()


def described(path: Path) -> dict[str, Any]:
    """What SQLite says of every table, index and trigger of a file; spelling and order left aside."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_autoindex%'"
        ).fetchall()
        look: dict[str, Any] = {f"{kind} {name}": (table, sql) for kind, name, table, sql in found}
        for name in [name for kind, name, _, _ in found if kind == "table"]:
            columns = connection.execute(f"PRAGMA table_xinfo({name})").fetchall()
            keys = connection.execute(f"PRAGMA foreign_key_list({name})").fetchall()
            unique = [
                [column for _, _, column in connection.execute(f"PRAGMA index_info({index})")]
                for _, index, is_unique, origin, _ in connection.execute(f"PRAGMA index_list({name})")
                if is_unique and origin != "c"
            ]
            look[f"table {name}"] = (
                sorted(column[1:] for column in columns),
                sorted(key[2:] for key in keys),
                sorted(unique),
            )
    return look


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
def test_a_new_store_is_what_the_migrations_lead_to(
    file_store: Store, home: Path, migrated: Database
) -> None:
    new, old = described(home / "medai.sqlite3"), described(Path(str(migrated.url.database)))
    assert new.keys() == old.keys()
    assert {name: (new[name], old[name]) for name in new if new[name] != old[name]} == {}
    assert sum(name.startswith("trigger") for name in new) == 6


_OF_POSTGRESQL = (
    "SELECT 'column', table_name, column_name, data_type, is_nullable, coalesce(column_default, ''),"
    " coalesce(collation_name, '') FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT 'constraint', conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "SELECT 'function', prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
)


@pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)
def test_a_new_database_of_a_server_is_what_the_migrations_lead_to(
    home: Path, migrated: Database, postgres: Postgres
) -> None:
    url = postgres.url(postgres.database())
    Store(home, url).close()
    new, old = Raw(home, url), Raw(home, migrated.url.set(drivername="postgresql").render_as_string(False))
    for query in _OF_POSTGRESQL:
        made, led_to = {tuple(row) for row in new.run(query)}, {tuple(row) for row in old.run(query)}
        assert made
        assert made ^ led_to == set()


def test_migrations_make_the_tables_that_the_code_names(migrated: Database) -> None:
    with migrated.reading() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
        assert [one for one in found if not meant_for_others(one, connection.dialect.name)] == []


def meant_for_others(difference: Any, dialect: str) -> bool:
    """Whether it is an index that only another kind of database has."""
    others = {"sqlite": "ix_predictions_version", "postgresql": "ix_predictions_monitor"}
    return difference[0] == "add_index" and difference[1].name == others[dialect]


def test_a_new_store_opens_without_the_migrations(home: Path) -> None:
    script = "import sys; from pathlib import Path; from medai_core.store.database import Store\n"
    script += "Store(Path(sys.argv[1])).close()\n"
    script += (
        "sys.exit(not {'alembic', 'pg8000', 'cryptography', 'joserfc', 'httpx'}.isdisjoint(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script, str(home)], timeout=60).returncode == 0


def test_settings_of_the_connection(file_store: Store) -> None:
    with file_store._database.reading() as connection:
        values = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "recursive_triggers")
        ]
    assert values == ["wal", 1, 2, 1]


def test_a_store_of_a_later_version_is_refused(store: Store, raw: Raw, home: Path) -> None:
    store.close()
    raw.run("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Refusal) as caught:
        Store(home, raw.url)
    assert caught.value.code == "store-newer"


@pytest.mark.parametrize(
    "address",
    ["mysql://host/db", "sqlite://", "sqlite:///:memory:", "no address", "postgresql://host",
     "postgresql://host/db?sslmode=maybe", "postgresql://host/db?service=x"],
)  # fmt: skip
def test_other_databases_are_refused_in_a_sentence(home: Path, address: str) -> None:
    with pytest.raises(Refusal) as caught:
        Store(home, address)
    assert caught.value.code == "database-url"
    assert not home.exists()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_many_processes_may_open_a_new_home_at_once(
    home: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    """They write at the same time: no line of the audit log is lost, doubled, or out of the chain."""
    url = None
    if kind == "postgresql":
        server = request.getfixturevalue("postgres")
        url = server.url(server.database())
    script = "import sys; from pathlib import Path; from medai_core.store.database import Store\n"
    script += "store = Store(Path(sys.argv[1]), sys.argv[2] or None)\n"
    script += "for number in range(10): store.audit.append('user-1', 'noted', str(number))\n"
    script += "store.close()"
    command = [sys.executable, "-c", script, str(home), url or ""]
    running = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    store = Store(home, url)
    assert (store.audit.count(), store.audit.verify()) == (20, [])
    assert [entry.seq for entry in store.audit.search(limit=100)] == list(range(20, 0, -1))
    store.close()


def test_a_transaction_is_all_or_nothing(store: Store, identity: PatientIdentity) -> None:
    def add_and_fail() -> None:
        with store.transaction():
            store.patients.add(identity)
            assert store.in_transaction()
            assert store.patients.count() == 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        add_and_fail()
    assert not store.in_transaction()
    assert store.patients.count() == 0


def test_readers_do_not_wait_for_a_writer(store: Store, identity: PatientIdentity) -> None:
    with ThreadPoolExecutor(1) as pool, store.transaction():
        store.patients.add(identity)
        assert pool.submit(store.patients.count).result(timeout=5) == 0


def test_blobs(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    content = os.urandom(3 * 1024 * 1024 + 17)
    digest = blobs.put(io.BytesIO(content))
    assert blobs.put(content) == digest
    assert list(blobs.digests()) == [digest]
    assert blobs.read(digest) == content
    assert blobs.size(digest) == len(content)
    assert not blobs.damaged(digest)
    blobs.path(digest).write_bytes(content[:-1])
    assert blobs.damaged(digest)
    with pytest.raises(Refusal) as caught:
        blobs.open("0" * 64)
    assert caught.value.code == "file-missing"


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63 + "/"])
def test_only_digests_name_blobs(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        Blobs(tmp_path / "blobs").path(name)


def test_a_stream_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError("the stick was pulled")

    blobs = Blobs(tmp_path / "blobs")
    with pytest.raises(OSError, match="pulled"):
        blobs.put(Broken())
    assert list((tmp_path / "blobs" / "incoming").iterdir()) == []


def test_a_sweep_takes_what_nothing_names(store: Store, study: str, add_image: object) -> None:
    kept = store.images.get(add_image(store, study)).digest  # type: ignore[operator]
    orphan = store.blobs.put(b"orphan")
    assert store.sweep() == 0  # too young: an import may be about to use it
    assert store.sweep(older_than_seconds=-1) == 1
    assert store.blobs.has(kept)
    assert not store.blobs.has(orphan)


def test_damaged_and_missing_files_are_told(store: Store, study: str, add_image: object) -> None:
    digest = store.images.get(add_image(store, study)).digest  # type: ignore[operator]
    assert store.verify() == []
    store.blobs.path(digest).unlink()
    assert store.verify() == [f"Stored file {digest} is missing or damaged."]


def test_others_read_while_one_writes_and_are_told_if_they_cannot_write(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.2)
    store.patients.add(PatientIdentity("before", "H"))
    begun, done = threading.Event(), threading.Event()

    def long_import() -> None:
        with store.transaction():
            store.patients.add(PatientIdentity("inside", "H"))
            begun.set()
            assert done.wait(30)

    writer = threading.Thread(target=long_import)
    writer.start()
    try:
        assert begun.wait(30)
        assert store.patients.count() == 1
        assert store.patients.find("H", "inside") is None
        with pytest.raises(Refusal) as caught:
            store.patients.add(PatientIdentity("mine", "H"))
        assert caught.value.code == connection.BUSY
        assert "Try again" in caught.value.sentence
    finally:
        done.set()
        writer.join(30)
    store.patients.add(PatientIdentity("mine", "H"))
    assert store.patients.count() == 3


def test_another_process_that_writes_is_waited_for_and_then_named(
    home: Path, empty_tables: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = tuple(each for each in connection._PRAGMAS if "busy" not in each)
    monkeypatch.setattr(connection, "_PRAGMAS", (*quick, "PRAGMA busy_timeout = 100"))
    home.mkdir(mode=0o700)
    shutil.copy(empty_tables, home)
    with closing(Store(home)) as own, closing(sqlite3.connect(home / "medai.sqlite3")) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        assert own.patients.count() == 0
        with pytest.raises(Refusal) as caught:
            own.patients.add(PatientIdentity("mine", "H"))
        assert caught.value.code == connection.BUSY
        other.execute("COMMIT")
        own.patients.add(PatientIdentity("mine", "H"))
        assert own.patients.count() == 1
