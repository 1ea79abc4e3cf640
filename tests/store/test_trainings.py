"""Tables that people train on: encrypted, changed from a known state alone, gone for good when removed."""

import base64
import secrets
from pathlib import Path
from typing import Any

import pytest

from medai_core.domain.refusal import Refusal
from medai_core.store.backup import backup, restore
from medai_core.store.connection import private_folder
from medai_core.store.database import Store
from tests.support.raw import Raw

CONTENT = b"age,outcome\n60,1\n"
PROFILE: dict[str, Any] = {
    "rows": 1, "columns": [{"name": "age"}, {"name": "outcome"}], "duplicates": 0, "refused": 0, "issues": [],
}  # fmt: skip


def test_what_is_brought_comes_back(store: Store) -> None:
    found = store.trainings.add("user-1", "ward", CONTENT, profile=PROFILE)
    one = store.trainings.get(found)
    assert one is not None
    assert (one.title, one.state, one.row_count, one.column_count) == ("ward", "new", 1, 2)
    assert one.profile == PROFILE
    assert one.result is None
    assert store.trainings.table(found) == CONTENT
    assert [short.id for short in store.trainings.of_owner("user-1")] == [found]
    assert store.trainings.of_owner("user-2") == ()
    assert store.trainings.in_state("new")[0].profile is None


def test_a_change_can_ask_for_the_state_of_before(store: Store) -> None:
    found = store.trainings.add("user-1", "ward", CONTENT, profile=PROFILE)
    assert store.trainings.change(found, only_from="new", state="running", progress={"share": 0.5})
    assert not store.trainings.change(found, only_from="new", state="saved")
    one = store.trainings.get(found)
    assert one is not None
    assert (one.state, one.progress) == ("running", {"share": 0.5})


def test_one_process_has_the_lock(store: Store) -> None:
    import os

    found = store.trainings.add("user-1", "ward", CONTENT, profile=PROFILE)
    assert not store.trainings.is_worked_on(found)
    lock = store.trainings.claim(found)
    assert lock is not None
    assert store.trainings.claim(found) is None
    assert store.trainings.is_worked_on(found)
    os.close(lock)
    assert not store.trainings.is_worked_on(found)


def test_what_is_removed_is_gone(store: Store) -> None:
    found = store.trainings.add("user-1", "ward", CONTENT, profile=PROFILE)
    path = store.trainings.folder(found) / "table"
    kept = path.read_bytes()
    assert store.trainings.remove(found)
    assert not store.trainings.remove(found)
    assert store.trainings.get(found) is None
    assert not path.exists()
    path.parent.mkdir()
    path.write_bytes(kept)  # as a copy elsewhere would still hold it
    with pytest.raises(Refusal) as caught:
        store.trainings.table(found)
    assert caught.value.code == "training-table-missing"


@pytest.mark.parametrize("name", ["", "../x", "a/b", "/etc"])
def test_an_id_leads_nowhere_else(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="one name"):
        store.trainings.folder(name)


def test_an_encrypted_store_keeps_names_and_keys_to_itself(
    home: Path, raw: Raw, url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDAI_ENCRYPTION_KEY", base64.b64encode(secrets.token_bytes(32)).decode())
    store = Store(home, url)
    found = store.trainings.add("user-1", "ward-seven", CONTENT, profile=PROFILE)
    rows = raw.run("SELECT title, table_key, profile FROM trainings")
    assert len(rows) == 1
    assert "ward-seven" not in str(rows)
    assert "outcome" not in str(rows)
    assert store.trainings.table(found) == CONTENT
    store.close()


def test_a_backup_holds_tables_and_models(store: Store, home: Path, tmp_path: Path, url: str | None) -> None:
    found = store.trainings.add("user-1", "ward", CONTENT, profile=PROFILE)
    folder = home / "models" / "own_x"
    private_folder(folder.parent)
    private_folder(folder)
    (folder / "card.json").write_text("{}", encoding="utf-8")
    (folder / ".part").write_text("half", encoding="utf-8")
    archive, again = tmp_path / "all.zip", tmp_path / "again"
    backup(home, archive, url)
    assert restore(archive, again) == []
    opened = Store(again)
    assert opened.trainings.table(found) == CONTENT
    opened.close()
    assert (again / "models" / "own_x" / "card.json").read_text(encoding="utf-8") == "{}"
    assert not (again / "models" / "own_x" / ".part").exists()
    assert {path.stat().st_mode & 0o077 for path in again.rglob("*")} == {0}
