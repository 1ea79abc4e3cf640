"""Sessions. The token itself is never here, only its SHA-256; the rules are in `security.sessions`.

add, find (by token hash), get, of_user, touch, lock, unlock, revoke, revoke_all, purge.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, delete, insert, select, update

from medai_core.store import clock, tables
from medai_core.store.accounts import account_of
from medai_core.store.connection import Repository
from medai_core.store.ids import new_id
from medai_core.store.rows import SessionRecord

_SESSIONS: Final = tables.sessions.c
_OWN: Final = ("id", "csrf", "created_at", "active_at", "expires_at", "locked_at", "revoked_at")


class Sessions(Repository):
    """The sessions of one store."""

    def add(self, user_id: str, token_hash: str, csrf: str, expires_at: datetime) -> str:
        """A new session; its opaque id."""
        session_id, now = new_id(), clock.now()
        values: dict[str, object] = {"id": session_id, "token_hash": token_hash, "user_id": user_id}
        values |= {"csrf": csrf, "created_at": now, "active_at": now, "expires_at": expires_at}
        with self._database.transaction() as connection:
            connection.execute(insert(tables.sessions).values(**values))
        return session_id

    def find(self, token_hash: str) -> SessionRecord | None:
        """The session of a token, however it stands."""
        found = self._all(_SESSIONS.token_hash == token_hash)
        return found[0] if found else None

    def get(self, session_id: str) -> SessionRecord | None:
        """The session of an id, however it stands."""
        found = self._all(_SESSIONS.id == session_id)
        return found[0] if found else None

    def live(self, user_id: str | None = None) -> tuple[SessionRecord, ...]:
        """Sessions that are neither revoked nor expired, of one user or of all, newest first."""
        conditions = [_SESSIONS.revoked_at.is_(None), _SESSIONS.expires_at > clock.now()]
        if user_id is not None:
            conditions.append(_SESSIONS.user_id == user_id)
        return self._all(*conditions)

    def touch(self, session_id: str) -> None:
        """Somebody is there, now."""
        self._update(_SESSIONS.id == session_id, active_at=clock.now())

    def lock(self, session_id: str) -> None:
        """Ask for the password before anything else."""
        self._update((_SESSIONS.id == session_id) & _SESSIONS.locked_at.is_(None), locked_at=clock.now())

    def unlock(self, session_id: str) -> None:
        """Go on."""
        self._update(_SESSIONS.id == session_id, locked_at=None, active_at=clock.now())

    def revoke(self, session_id: str) -> None:
        """End for good."""
        self._update((_SESSIONS.id == session_id) & _SESSIONS.revoked_at.is_(None), revoked_at=clock.now())

    def revoke_all(self, user_id: str, *, but: str | None = None) -> int:
        """End all of a user's sessions (but one); how many there were."""
        condition = (_SESSIONS.user_id == user_id) & _SESSIONS.revoked_at.is_(None)
        if but is not None:
            condition &= _SESSIONS.id != but
        return self._update(condition, revoked_at=clock.now())

    def purge(self, before: datetime) -> int:
        """Remove what ended before a moment; how many there were."""
        ended = (_SESSIONS.expires_at < before) | (_SESSIONS.revoked_at < before)
        with self._database.transaction() as connection:
            return connection.execute(delete(tables.sessions).where(ended)).rowcount

    def _all(self, *conditions: Any) -> tuple[SessionRecord, ...]:
        own = [_SESSIONS[name].label(f"session_{name}") for name in _OWN]
        query = select(*own, tables.users).join(tables.users).where(*conditions)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(_SESSIONS.created_at.desc())).mappings()
            return tuple(map(_record, rows))

    def _update(self, condition: Any, **values: object) -> int:
        with self._database.transaction() as connection:
            return connection.execute(update(tables.sessions).where(condition).values(**values)).rowcount


def _record(row: RowMapping) -> SessionRecord:
    return SessionRecord(account=account_of(row), **{name: row[f"session_{name}"] for name in _OWN})
