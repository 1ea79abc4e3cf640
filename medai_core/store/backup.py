"""One file that holds a whole store, and a store made of it again.

backup(home, target, url=None); restore(archive, home, url=None) -> problems found by `Store.verify`.

The archive is a ZIP: ``manifest.json`` (format, migration, digest of every other file), ``medai.sqlite3``,
``audit.key``, ``audit.head``, ``blobs/…`` and what people trained (``models/…``, ``training/…``), also where
the tables lie on a server: it comes back as either.
It holds everything that the store holds, its key included, and is as much to be protected (0600).
"""

import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlalchemy import URL

from medai_core.domain.refusal import Refusal
from medai_core.store import clock
from medai_core.store.connection import Database, database_url, file_of, private_folder
from medai_core.store.copying import copy_tables
from medai_core.store.database import Store
from medai_core.store.schema import current, upgrade

FORMAT: Final = 1
_DATABASE: Final = "medai.sqlite3"
_KEYS: Final = ("audit.head", "audit.key")
_MANIFEST: Final = "manifest.json"
_DIGEST: Final = re.compile("[0-9a-f]{64}")
_TRAINED: Final = re.compile(
    r"models/own_[a-z0-9_]{1,60}/[a-z]\w*(\.\w+){1,2}|training/[A-Za-z0-9_-]{22}/table"
)
_CHUNK: Final = 1024 * 1024
_LARGEST_MANIFEST: Final = 512 * 1024 * 1024


def backup(home: Path, target: Path, url: str | None = None) -> int:
    """Write the store under `home` to the new file `target`; the number of its files. It may be in use.

    Raises Refusal "backup-no-store" or "backup-exists".
    """
    address = database_url(home, url)
    if not has_store(address):
        raise _refusal("backup-no-store", "a store to be copied", "none", "Check MEDAI_HOME.")
    if target.exists():
        raise _refusal("backup-exists", "a new file to write to", "one that is there", "Choose another name.")
    part = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as file:
            count = _write(home, address, file, part.with_name(f"{part.name}.db"))
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return count


def restore(archive: Path, home: Path, url: str | None = None) -> list[str]:
    """Make the store of an archive again, under an empty or absent `home`; upgrade it to today's tables.

    The tables go to the empty database at `url` where that is a server's, else to a file under `home`.

    Every file is checked against the manifest before any of them takes its place.
    Returns what `Store.verify` finds. Raises Refusal "home-not-empty", "backup-unreadable", "backup-damaged"
    or "store-newer".
    """
    if home.exists() and any(home.iterdir()):
        raise _refusal(
            "home-not-empty", "an empty folder as MEDAI_HOME", "one that holds files", "Move them away first."
        )
    address = database_url(home, url)
    if file_of(address) is None and has_store(address):
        raise _refusal(
            "home-not-empty", "an empty database at MEDAI_DATABASE_URL", "one that holds a store",
            "Make a new one and name that.",
        )  # fmt: skip
    private_folder(home)
    part = home / ".restoring"
    private_folder(part)
    try:
        _unpack(archive, part)
        store = Store(part)
        try:
            problems = store.verify()
        finally:
            store.close()
        if file_of(address) is None:
            _fill_server(part, address)
        for name in sorted(os.listdir(part), key=lambda name: name == _DATABASE):  # the database comes last
            os.replace(part / name, home / name)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return problems


def _fill_server(part: Path, address: URL) -> None:
    """The unpacked tables into a server's database, all or none; the file is then in nobody's way."""
    source, target = Database(database_url(part, None)), Database(address)
    try:
        upgrade(target)
        with target.transaction() as connection:
            copy_tables(source, connection)
    finally:
        source.close()
        target.close()
    for file in part.glob(f"{_DATABASE}*"):
        file.unlink()


def _write(home: Path, address: URL, file: BinaryIO, snapshot: Path) -> int:
    digests: dict[str, str] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as pack:
        for name in _KEYS:  # before the database: lines written meanwhile only add to what is anchored
            if (home / name).is_file():
                digests[name] = _add(pack, home / name, name)
        with _snapshot(address, snapshot) as copied:
            digests[_DATABASE] = _add(pack, copied, _DATABASE)
            revision, blobs = _facts(copied)
        for digest in blobs:
            path = home / "blobs" / digest[:2] / digest
            if path.is_file():  # what is lost already is told by verify, and is no reason to lose the rest
                name = f"blobs/{digest[:2]}/{digest}"
                digests[name] = _add(pack, path, name)
        for name in _trained(home):
            digests[name] = _add(pack, home / name, name)
        manifest = {
            "format": FORMAT,
            "migration": revision,
            "made_at": clock.now().isoformat(),
            "files": digests,
        }
        pack.writestr(_MANIFEST, json.dumps(manifest, indent=1, sort_keys=True))
    return len(digests)


def _trained(home: Path) -> list[str]:
    """The models that people trained, and the tables that they brought, by their names under the home."""
    found = (
        path.relative_to(home).as_posix() for path in (*home.glob("models/*/*"), *home.glob("training/*/*"))
    )
    return sorted(name for name in found if _TRAINED.fullmatch(name))


@contextmanager
def _snapshot(address: URL, target: Path) -> Iterator[Path]:
    """A copy of the database as it is at one moment, as an SQLite file; removed afterwards."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        source = file_of(address)
        if source is None:
            _copy_of_server(address, target)
        else:
            _copy_of_file(source, target)
        yield target
    finally:
        for ending in ("", "-wal", "-shm"):
            target.with_name(target.name + ending).unlink(missing_ok=True)


def _copy_of_file(source: Path, target: Path) -> None:
    """By SQLite's own backup."""
    with closing(sqlite3.connect(source)) as connection, closing(sqlite3.connect(target)) as copy:
        connection.execute("PRAGMA busy_timeout = 15000")
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def _copy_of_server(address: URL, target: Path) -> None:
    """Row by row, so that the archive is the same whatever kind of database it came from."""
    source, copy = Database(address), Database(database_url(target.parent, f"sqlite:///{target}"))
    try:
        upgrade(copy)
        with copy.transaction() as connection:
            copy_tables(source, connection)
    finally:
        source.close()
        copy.close()
    with closing(sqlite3.connect(target)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def has_store(address: URL) -> bool:
    """Whether there are tables of a store at an address; nothing is made by asking."""
    file = file_of(address)
    if file is not None:
        return file.is_file() and file.stat().st_size > 0
    database = Database(address)
    try:
        database.reach()
        with database.reading() as connection:
            return current(connection) is not None
    finally:
        database.close()


def _facts(database: Path) -> tuple[str, list[str]]:
    """The migration of a database and the digests that it names."""
    query = (
        "SELECT digest FROM images UNION "
        "SELECT key_image_digest FROM readings WHERE key_image_digest IS NOT NULL"
    )
    with closing(sqlite3.connect(database)) as connection:
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        return revision, sorted(row[0] for row in connection.execute(query))


def _add(pack: zipfile.ZipFile, path: Path, name: str) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source, pack.open(name, "w", force_zip64=True) as entry:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            entry.write(chunk)
    return digest.hexdigest()


def _unpack(archive: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as pack:
            files = _manifest(pack)
            for name, digest in files.items():
                _extract(pack, name, digest, folder)
    except (OSError, zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        raise _unreadable() from error


def _manifest(pack: zipfile.ZipFile) -> dict[str, str]:
    """Names and digests of the archive's files; only names that a backup can hold pass."""
    try:
        if pack.getinfo(_MANIFEST).file_size > _LARGEST_MANIFEST:
            raise _unreadable()
        manifest: Any = json.loads(pack.read(_MANIFEST))
        files = {str(name): str(digest) for name, digest in manifest["files"].items()}
        right = manifest["format"] == FORMAT and _DATABASE in files
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise _unreadable() from error
    if not right or not all(_is_ours(name, digest) for name, digest in files.items()):
        raise _unreadable()
    return files


def _is_ours(name: str, digest: str) -> bool:
    if not _DIGEST.fullmatch(digest):
        return False
    if _TRAINED.fullmatch(name):
        return True
    return name in (_DATABASE, *_KEYS) or name == f"blobs/{digest[:2]}/{digest}"


def _extract(pack: zipfile.ZipFile, name: str, expected: str, folder: Path) -> None:
    target = folder / name
    for above in reversed(target.relative_to(folder).parents[:-1]):
        private_folder(folder / above)
    digest = hashlib.sha256()
    try:
        source = pack.open(name)
    except KeyError:
        raise _damaged() from None
    with source, os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != expected:
        raise _damaged()


def _unreadable() -> Refusal:
    return _refusal(
        "backup-unreadable",
        "an archive written by backup",
        "another or a broken file",
        "Use another archive.",
    )


def _damaged() -> Refusal:
    return _refusal(
        "backup-damaged",
        "files as they were when the backup was made",
        "one that is missing or changed",
        "Use another archive.",
    )


def _refusal(code: str, expected: str, found: str, what_to_do: str) -> Refusal:
    return Refusal(code, expected=expected, found=found, what_to_do=what_to_do)
