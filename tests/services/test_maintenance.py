"""Proof, backup and restore: what was changed is found, what is restored is whole."""

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from medai_core.domain.people import Caller
from medai_core.domain.refusal import Refusal
from medai_core.security import sessions
from medai_core.services import reading as readings
from medai_core.services.maintenance import Check, backup, restore, verify
from medai_core.store.database import Store
from tests.support.films import PASSWORD, film


def failed(checks: list[Check]) -> set[str]:
    return {check.name for check in checks if not check.holds}


@pytest.fixture
def filled(store: Store, reader: Caller, study_id: str) -> Store:
    """A store with a signed reading."""
    draft = readings.draft(store, reader, study_id)
    readings.save_draft(store, reader, draft.id, report="Report", revision=draft.revision)
    readings.sign(store, reader, draft.id, PASSWORD, b"\x89PNG\r\n\x1a\n")
    return store


def test_an_untouched_store_holds(filled: Store, home: Path) -> None:
    checks = verify(home)
    assert failed(checks) == set()
    assert [check.name for check in checks] == ["models", "audit log", "signed readings", "stored files"]


def test_without_a_store_the_models_are_proved_and_nothing_is_made(home: Path) -> None:
    checks = verify(home)
    assert failed(checks) == set()
    assert "none yet" in checks[-1].text
    assert not home.exists()


@pytest.mark.parametrize("every_file", [True, False])
def test_a_changed_file_is_found(filled: Store, home: Path, image_id: str, every_file: bool) -> None:
    image = filled.images.get(image_id)
    assert image
    filled.blobs.path(image.digest).write_bytes(b"other")
    assert failed(verify(home, every_file=every_file)) == {"stored files"}


def test_a_lost_file_is_found_by_a_quick_look_too(filled: Store, home: Path, image_id: str) -> None:
    image = filled.images.get(image_id)
    assert image
    filled.blobs.path(image.digest).unlink()
    assert failed(verify(home, every_file=False)) == {"stored files"}


def test_a_changed_audit_line_is_found(filled: Store, home: Path) -> None:
    with closing(sqlite3.connect(home / "medai.sqlite3")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE audit SET actor_id = 'nobody' WHERE seq = 2")
        connection.commit()
    assert "audit log" in failed(verify(home))


def test_a_backup_comes_back_whole(
    filled: Store, administrator: Caller, reader: Caller, tmp_path: Path, study_id: str, image_id: str
) -> None:
    account = filled.accounts.get(reader.user_id)
    assert account
    _, token, _ = sessions.start(filled, account)
    file, target = tmp_path / "backup.zip", tmp_path / "new" / "home"
    assert backup(filled, administrator, file) > 2
    assert file.stat().st_mode & 0o777 == 0o600
    assert restore(file, target, administrator) == (2, [])
    restored = Store(target)
    try:
        assert restored.verify() == []
        assert restored.images.get(image_id) == filled.images.get(image_id)
        assert restored.readings.of_study(study_id) == filled.readings.of_study(study_id)
        assert restored.audit.search(action="store-restored", limit=1)[0].actor_id == administrator.user_id
        assert sessions.lookup(restored, token, activity=False) is None
        assert sessions.lookup(filled, token, activity=False)
        assert target.stat().st_mode & 0o777 == 0o700
    finally:
        restored.close()


def test_a_backup_never_overwrites(filled: Store, administrator: Caller, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    backup(filled, administrator, file)
    before = file.read_bytes()
    with pytest.raises(Refusal, match="new file"):
        backup(filled, administrator, file)
    assert file.read_bytes() == before
    with pytest.raises(Refusal, match="empty"):
        restore(file, home, administrator)
    assert failed(verify(home)) == set()


def test_a_damaged_backup_is_not_restored(filled: Store, administrator: Caller, tmp_path: Path) -> None:
    file, bad, target = tmp_path / "backup.zip", tmp_path / "bad.zip", tmp_path / "target"
    backup(filled, administrator, file)
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(bad, "w") as copy:
        for name in source.namelist():
            copy.writestr(name, b"other" if name.startswith("blobs/") else source.read(name))
    with pytest.raises(Refusal, match="changed"):
        restore(bad, target, administrator)
    for content in (b"", film(), b"PK\x03\x04 and nothing"):
        bad.write_bytes(content)
        with pytest.raises(Refusal, match="broken file"):
            restore(bad, target, administrator)
    assert list(target.iterdir()) == []


def test_only_administrators_take_and_restore_backups(filled: Store, reader: Caller, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="administrator"):
        backup(filled, reader, tmp_path / "x.zip")
    with pytest.raises(Refusal, match="administrator"):
        restore(tmp_path / "x.zip", tmp_path / "target", reader)


def test_a_backup_that_cannot_be_written_says_so(
    filled: Store, administrator: Caller, tmp_path: Path
) -> None:
    with pytest.raises(Refusal, match="does not take it"):
        backup(filled, administrator, tmp_path / "no such folder" / "x.zip")


def test_tables_kept_elsewhere_are_not_restored_blindly(administrator: Caller, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="MEDAI_DATABASE_URL"):
        restore(tmp_path / "x.zip", tmp_path / "target", administrator, "sqlite:////tmp/x.sqlite3")
