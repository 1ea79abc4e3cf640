"""A backup holds everything, is checked when it comes back, and is upgraded on the way."""

import json
import shutil
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import update

from medai_core.domain.people import Caller, PatientIdentity, Role
from medai_core.domain.refusal import Refusal
from medai_core.store import schema, tables
from medai_core.store.backup import backup, restore
from medai_core.store.connection import Database, database_url, private_folder
from medai_core.store.database import Store
from medai_core.store.rows import NewStudy, StudyFilter
from tests.support.postgres import Postgres
from tests.support.server import free_port

only_files = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
READER = Caller("reader-1", "reader", "R. Reader", Role.CLINICIAN, "main")


@pytest.fixture
def filled(store: Store, study: str, add_image: Callable[..., str]) -> Store:
    """A store with an image and a signed reading."""
    add_image(store, study, b"pixels" * 100_000)
    draft = store.readings.start(study, READER)
    store.readings.sign(draft.id, READER, revision=0, key_image_digest=store.blobs.put(b"key"))
    return store


def rewritten(archive: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A copy of an archive with other contents."""
    with zipfile.ZipFile(archive) as pack:
        contents = {name: pack.read(name) for name in pack.namelist()}
    change(contents)
    target = archive.with_name("changed.zip")
    with zipfile.ZipFile(target, "w") as pack:
        for name, content in contents.items():
            pack.writestr(name, content)
    return target


def study_of(store: Store) -> str:
    return store.studies.page(StudyFilter())[0][0].id


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        work()
    return caught.value.code


@pytest.fixture(params=["to a file", "to a server"])
def target_url(request: pytest.FixtureRequest) -> str | None:
    """Where restored tables go."""
    if request.param == "to a file":
        return None
    server: Postgres = request.getfixturevalue("postgres")
    return server.url(server.database())


def test_everything_comes_back(
    filled: Store, home: Path, tmp_path: Path, url: str | None, target_url: str | None
) -> None:
    """Whatever kind of database it came from and goes to: that is how a store is moved to a server."""
    filled.blobs.put(b"an orphan stays behind")
    archive, other = tmp_path / "medai.zip", tmp_path / "elsewhere" / "home"
    merged = [filled.patients.add(PatientIdentity(name)).id for name in ("one", "two", "three")]
    with filled._database.transaction() as connection:  # each into one that comes later in the table
        for here, there in zip(merged, merged[1:], strict=False):
            query = update(tables.patients).where(tables.patients.c.id == here)
            connection.execute(query.values(merged_into=there))
    assert backup(home, archive, url) == 5  # database, key, anchor, image, key image
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    filled.audit.append("user-1", "noted")  # after the backup
    assert restore(archive, other, target_url) == []
    again = Store(other, target_url)
    assert (other / "medai.sqlite3").exists() == (target_url is None)
    assert again.patients.count() == 4
    assert again.readings.of_study(study_of(again)) == filled.readings.of_study(study_of(filled))
    assert [row.id for row in again.studies.page(StudyFilter())[0]] == [
        row.id for row in filled.studies.page(StudyFilter())[0]
    ]
    assert again.audit.count() == filled.audit.count() - 1
    again.audit.append("user-1", "restored")
    assert again.verify() == []
    again.close()
    assert not list(tmp_path.glob(".*"))
    assert stat.S_IMODE((other / "audit.key").stat().st_mode) == 0o600
    assert not (other / ".restoring").exists()


def test_a_backup_of_the_first_migration_is_upgraded(home: Path, tmp_path: Path) -> None:
    """As an early version left it: tables at 0001, studies without their search column."""
    private_folder(home)
    database = Database(database_url(home, None))
    schema.upgrade(database, "0001")
    database.close()
    rows = {
        "patients": "('p1', '', 'P-1', 'Doe Jane', '', '', NULL, NULL, 0, 'doe jane doejane',"
        " '2026-01-01 00:00:00')",
        "studies": "('s1', 'p1', '1.2', 'ACC-7', 'DX', 'Thorax p.a.', NULL, NULL,"
        " '2026-01-01 00:00:00', 'new', 2, 'not scored', 0, '', 0, NULL, NULL, '')",
    }
    with closing(sqlite3.connect(home / "medai.sqlite3")) as connection:
        assert "search" not in {row[1] for row in connection.execute("PRAGMA table_info(studies)")}
        for table, values in rows.items():
            connection.execute(f"INSERT INTO {table} VALUES {values}")
        connection.commit()
    archive, other = tmp_path / "old.zip", tmp_path / "new"
    backup(home, archive)
    with zipfile.ZipFile(archive) as pack:
        assert json.loads(pack.read("manifest.json"))["migration"] == "0001"
    assert restore(archive, other) == []
    store = Store(other)
    assert [row.id for row in store.studies.page(StudyFilter(search="acc7 thorax doe"))[0]] == ["s1"]
    with closing(sqlite3.connect(other / "medai.sqlite3")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (schema.HEAD,)
    store.close()


def test_a_store_in_use_can_be_backed_up(filled: Store, home: Path, tmp_path: Path, url: str | None) -> None:
    with filled.transaction():
        patient = filled.patients.add(PatientIdentity("P-2"))
        filled.studies.add(patient.id, NewStudy())
        backup(home, tmp_path / "medai.zip", url)
    assert restore(tmp_path / "medai.zip", tmp_path / "new") == []
    store = Store(tmp_path / "new")
    assert store.patients.count() == 1
    store.close()


@only_files
def test_only_an_empty_home_is_restored_to(filled: Store, home: Path, tmp_path: Path) -> None:
    archive = tmp_path / "medai.zip"
    backup(home, archive)
    before = filled.audit.count()
    assert code_of(lambda: restore(archive, home)) == "home-not-empty"
    assert filled.audit.count() == before
    (tmp_path / "empty").mkdir()
    assert restore(archive, tmp_path / "empty") == []


@only_files
def test_nothing_is_written_over(filled: Store, home: Path, tmp_path: Path) -> None:
    (tmp_path / "there.zip").write_text("precious")
    assert code_of(lambda: backup(home, tmp_path / "there.zip")) == "backup-exists"
    assert (tmp_path / "there.zip").read_text() == "precious"
    assert code_of(lambda: backup(tmp_path / "nowhere", tmp_path / "new.zip")) == "backup-no-store"


def change_blob(contents: dict[str, bytes]) -> None:
    name = next(name for name in contents if name.startswith("blobs/"))
    contents[name] = b"other"


def drop_blob(contents: dict[str, bytes]) -> None:
    del contents[next(name for name in contents if name.startswith("blobs/"))]


def climb(contents: dict[str, bytes]) -> None:
    manifest = json.loads(contents["manifest.json"])
    manifest["files"]["blobs/../../../evil"] = "../../evil"
    contents["manifest.json"] = json.dumps(manifest).encode()


def drop_manifest(contents: dict[str, bytes]) -> None:
    del contents["manifest.json"]


@only_files
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (change_blob, "backup-damaged"),
        (drop_blob, "backup-damaged"),
        (climb, "backup-unreadable"),
        (drop_manifest, "backup-unreadable"),
        (lambda contents: contents.update({"manifest.json": b"[]"}), "backup-unreadable"),
        (lambda contents: contents.update({"medai.sqlite3": b"x"}), "backup-damaged"),
    ],
)
def test_a_changed_archive_leaves_an_empty_home(
    filled: Store, home: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], None], code: str
) -> None:
    backup(home, tmp_path / "medai.zip")
    changed = rewritten(tmp_path / "medai.zip", change)
    assert code_of(lambda: restore(changed, tmp_path / "new")) == code
    assert list((tmp_path / "new").iterdir()) == []
    assert restore(tmp_path / "medai.zip", tmp_path / "new") == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not really", b"text"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert code_of(lambda: restore(tmp_path / "file", tmp_path / "new")) == "backup-unreadable"
    assert code_of(lambda: restore(tmp_path / "absent", tmp_path / "new")) == "backup-unreadable"


@only_files
def test_a_truncated_archive_is_refused(filled: Store, home: Path, tmp_path: Path) -> None:
    backup(home, tmp_path / "medai.zip")
    content = (tmp_path / "medai.zip").read_bytes()
    (tmp_path / "half.zip").write_bytes(content[: len(content) // 2])
    assert code_of(lambda: restore(tmp_path / "half.zip", tmp_path / "new")) == "backup-unreadable"


@only_files
def test_damage_from_before_the_backup_is_told(filled: Store, home: Path, tmp_path: Path) -> None:
    digest = next(iter(filled.images.digests()))
    shutil.rmtree(filled.blobs.path(digest).parent)
    backup(home, tmp_path / "medai.zip")
    assert restore(tmp_path / "medai.zip", tmp_path / "new") == [
        f"Stored file {digest} is missing or damaged."
    ]


def test_a_database_that_holds_a_store_is_not_restored_to(
    file_store: Store, home: Path, tmp_path: Path, postgres: Postgres
) -> None:
    url = postgres.url(postgres.database())
    Store(tmp_path / "other", url).close()
    backup(home, tmp_path / "medai.zip")
    assert code_of(lambda: restore(tmp_path / "medai.zip", tmp_path / "new", url)) == "home-not-empty"
    assert not (tmp_path / "new").exists()


def test_no_server_is_told_in_a_sentence(home: Path, tmp_path: Path) -> None:
    nobody = f"postgresql://somebody:secret@127.0.0.1:{free_port()}/db"
    for work in (lambda: Store(home, nobody), lambda: backup(home, tmp_path / "medai.zip", nobody)):
        with pytest.raises(Refusal) as caught:
            work()
        assert caught.value.code == "database-unreachable"
        assert "secret" not in str(caught.value)
