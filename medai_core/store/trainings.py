"""What people train themselves: the uploaded table, encrypted, what was chosen, how far a run is.

add(...), get(id), of_owner(owner_id), change(id, ...), remove(id), table(id), folder(id), claim(id).

The table lies in a file under ``MEDAI_HOME/training/<id>``, encrypted under a key of its own that stands in
the row alone: with the row, what the file says is gone, also from copies of the file.
"""

import base64
import fcntl
import os
import secrets
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import delete, insert, select, update

from medai_core.domain.refusal import Refusal
from medai_core.store import clock, tables
from medai_core.store.connection import Database, Repository, private_folder
from medai_core.store.ids import new_id

FOLDER: Final = "training"
TABLE: Final = "table"
LOCK: Final = "lock"

_TRAININGS: Final = tables.trainings.c
_NONCE: Final = 12
_SHORT: Final = tuple(
    column for column in tables.trainings.columns if column.name not in ("profile", "result", "table_key")
)


@dataclass(frozen=True, slots=True)
class Training:
    """One table that somebody brought to train on, and what became of it.

    `profile` and `result` are None where only a list was asked for.
    """

    id: str
    owner_id: str
    title: str
    row_count: int
    column_count: int
    state: str
    cancel_asked: bool
    progress: dict[str, Any] | None
    choices: dict[str, Any] | None
    refusal: dict[str, str] | None
    model: str | None
    created_at: datetime
    changed_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    profile: dict[str, Any] | None = None
    result: dict[str, Any] | None = None


class Trainings(Repository):
    """The trainings of one store."""

    def __init__(self, database: Database, home: Path) -> None:
        super().__init__(database)
        self._home = home

    def add(self, owner_id: str, title: str, content: bytes, *, profile: dict[str, Any]) -> str:
        """Keep a table; the id. `profile` has at least "rows" and "columns", a list."""
        found, now = new_id(), clock.now()
        key = secrets.token_bytes(32)
        values = {
            "id": found,
            "owner_id": owner_id,
            "title": title,
            "table_key": base64.b64encode(key).decode(),
            "row_count": int(profile["rows"]),
            "column_count": len(profile["columns"]),
            "state": "new",
            "cancel_asked": False,
            "profile": profile,
            "created_at": now,
            "changed_at": now,
        }
        _write(self.folder(found) / TABLE, _sealed(key, content, found))
        with self._database.transaction() as connection:
            connection.execute(insert(tables.trainings).values(**values))
        return found

    def get(self, training_id: str) -> Training | None:
        """Everything but the table itself."""
        columns = [one for one in tables.trainings.columns if one.name != "table_key"]
        with self._database.reading() as connection:
            query = select(*columns).where(_TRAININGS.id == training_id)
            row = connection.execute(query).mappings().first()
        return None if row is None else Training(**row)

    def of_owner(self, owner_id: str) -> tuple[Training, ...]:
        """All of one person, the newest first, without profiles and results."""
        return self._listed(_TRAININGS.owner_id == owner_id)

    def in_state(self, state: str) -> tuple[Training, ...]:
        """All in a state, the newest first, without profiles and results."""
        return self._listed(_TRAININGS.state == state)

    def _listed(self, condition: Any) -> tuple[Training, ...]:
        query = select(*_SHORT).where(condition).order_by(_TRAININGS.created_at.desc(), _TRAININGS.id)
        with self._database.reading() as connection:
            return tuple(Training(**row) for row in connection.execute(query).mappings())

    def change(self, training_id: str, *, only_from: str | None = None, **values: Any) -> bool:
        """Set columns; with `only_from`, where it is still in that state. Whether anything was changed."""
        query = update(tables.trainings).where(_TRAININGS.id == training_id)
        if only_from is not None:
            query = query.where(_TRAININGS.state == only_from)
        with self._database.transaction() as connection:
            return connection.execute(query.values(**values, changed_at=clock.now())).rowcount > 0

    def remove(self, training_id: str) -> bool:
        """Destroy the row, and with it the key of the table; then the files. Whether there was one."""
        with self._database.transaction() as connection:
            gone = connection.execute(delete(tables.trainings).where(_TRAININGS.id == training_id))
            self._database.after_commit(lambda: shutil.rmtree(self.folder(training_id), ignore_errors=True))
            return gone.rowcount > 0

    def table(self, training_id: str) -> bytes:
        """The file as it was brought. Raises Refusal "training-table-missing"."""
        with self._database.reading() as connection:
            query = select(_TRAININGS.table_key).where(_TRAININGS.id == training_id)
            key = connection.execute(query).scalar_one_or_none()
        path = self.folder(training_id) / TABLE
        if key is None or not path.is_file():
            raise _missing()
        return _opened(base64.b64decode(key), path.read_bytes(), training_id)

    def claim(self, training_id: str) -> int | None:
        """The lock of a training, for as long as the process lives; None where another one has it."""
        folder = self.folder(training_id)
        if not folder.is_dir():
            return None
        lock = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return None
        return lock

    def is_worked_on(self, training_id: str) -> bool:
        """Whether a process works on it now."""
        if not self.folder(training_id).is_dir():
            return False
        lock = self.claim(training_id)
        if lock is None:
            return True
        os.close(lock)
        return False

    def folder(self, training_id: str) -> Path:
        """Where the files of a training lie. ValueError for what is no id."""
        if not training_id or Path(training_id).name != training_id:
            raise ValueError("an id is one name")
        return self._home / FOLDER / training_id


def _sealed(key: bytes, content: bytes, place: str) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, content, place.encode())


def _opened(key: bytes, kept: bytes, place: str) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(kept[:_NONCE], kept[_NONCE:], place.encode())
    except InvalidTag:
        raise _missing() from None


def _write(path: Path, content: bytes) -> None:
    private_folder(path.parent.parent)
    private_folder(path.parent)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _missing() -> Refusal:
    return Refusal(
        "training-table-missing",
        expected="the table that was brought, as it was kept",
        found="none, or one that was changed",
        what_to_do="Bring the table again.",
    )
