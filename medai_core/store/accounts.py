"""Users, and the count of failed sign-ins. Rules of passwords and roles are in `security.accounts`.

add, get, by_username, all, password_hash, set_password, set_role, set_active, mark_signed_in,
active_administrators, count; charge, refund, forgive (failed attempts by key).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import RowMapping, delete, func, insert, select, update

from medai_core.domain.people import Role
from medai_core.store import clock, tables
from medai_core.store.connection import Repository
from medai_core.store.ids import new_id
from medai_core.store.rows import Account

_USERS: Final = tables.users.c
_ATTEMPTS: Final = tables.attempts.c
_LINKS: Final = tables.sign_in_links.c
_FORGOTTEN_AFTER: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Backoff:
    """`free` attempts cost nothing; after that the wait is `first` and doubles up to `longest`."""

    free: int
    first: timedelta
    longest: timedelta

    def wait(self, failures: int) -> timedelta | None:
        """How long the next attempt must wait after `failures` failed ones."""
        beyond = failures - self.free
        return None if beyond < 0 else min(self.longest, self.first * 2 ** min(beyond, 20))


class Accounts(Repository):
    """The users of one store."""

    def add(
        self, username: str, display_name: str, role: Role, password_hash: str, *, must_change_password: bool
    ) -> Account:
        """A new active user; the username is unique (IntegrityError otherwise)."""
        values = {
            "id": new_id(),
            "username": username,
            "display_name": display_name,
            "role": role.value,
            "password_hash": password_hash,
            "must_change_password": must_change_password,
            "one_time_used": False,
            "active": True,
            "created_at": clock.now(),
            "signed_in_at": None,
        }
        with self._database.transaction() as connection:
            connection.execute(insert(tables.users).values(**values))
        return account_of(values)

    def get(self, user_id: str) -> Account | None:
        """The user of an id."""
        return self._one(_USERS.id == user_id)

    def by_username(self, username: str) -> Account | None:
        """The user of a folded name."""
        return self._one(_USERS.username == username)

    def by_link(self, issuer: str, subject: str) -> Account | None:
        """The user who is this subject of a sign-in provider."""
        mine = select(_LINKS.user_id).where(_LINKS.issuer == issuer, _LINKS.subject == subject)
        return self._one(_USERS.id.in_(mine))

    def is_linked(self, user_id: str) -> bool:
        """Whether the user signs in at a provider."""
        with self._database.reading() as connection:
            return (
                connection.execute(select(_LINKS.user_id).where(_LINKS.user_id == user_id)).first()
                is not None
            )

    def link(self, user_id: str, issuer: str, subject: str) -> None:
        """Say that this subject of a provider is the user, for good."""
        values = {"issuer": issuer, "subject": subject, "user_id": user_id, "linked_at": clock.now()}
        with self._database.transaction() as connection:
            connection.execute(insert(tables.sign_in_links).values(**values))

    def all(self) -> tuple[Account, ...]:
        """Everyone, by username."""
        with self._database.reading() as connection:
            rows = connection.execute(select(tables.users).order_by(_USERS.username)).mappings()
            return tuple(map(account_of, rows))

    def count(self) -> int:
        """How many users there are, active or not."""
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(tables.users)).scalar_one()

    def active_administrators(self) -> tuple[str, ...]:
        """Ids of the administrators that may sign in."""
        query = select(_USERS.id).where(_USERS.active, _USERS.role == Role.ADMINISTRATOR.value)
        with self._database.reading() as connection:
            return tuple(connection.scalars(query))

    def password_hash(self, user_id: str) -> str | None:
        """The stored hash, or None for an unknown user."""
        with self._database.reading() as connection:
            return connection.scalar(select(_USERS.password_hash).where(_USERS.id == user_id))

    def set_password(self, user_id: str, password_hash: str, *, must_change_password: bool) -> None:
        """Replace the hash."""
        self._update(
            user_id,
            password_hash=password_hash,
            must_change_password=must_change_password,
            one_time_used=False,
        )

    def renew_hash(self, user_id: str, password_hash: str) -> None:
        """Replace the hash of the same password by a stronger one."""
        self._update(user_id, password_hash=password_hash)

    def set_role(self, user_id: str, role: Role) -> None:
        """Give another role."""
        self._update(user_id, role=role.value)

    def set_active(self, user_id: str, *, active: bool) -> None:
        """Let in or shut out."""
        self._update(user_id, active=active)

    def mark_signed_in(self, user_id: str, *, one_time_used: bool) -> None:
        """Note the time; a one-time password is used up."""
        self._update(user_id, signed_in_at=clock.now(), one_time_used=one_time_used)

    def charge(self, key: str, backoff: Backoff) -> datetime | None:
        """Count an attempt under `key` before it is judged; until when it is blocked, where it is.

        Counting first leaves no gap for many attempts at once. `refund` or `forgive` follows a right one.
        """
        now, digest = clock.now(), _digest(key)
        with self._database.transaction() as connection:
            connection.execute(delete(tables.attempts).where(_ATTEMPTS.failed_at < now - _FORGOTTEN_AFTER))
            row = (
                connection.execute(select(tables.attempts).where(_ATTEMPTS.key == digest)).mappings().first()
            )
            blocked: datetime | None = row["blocked_until"] if row else None
            if blocked is not None and blocked > now:
                return blocked
            failures = (row["failures"] if row else 0) + 1
            wait = backoff.wait(failures)
            values = {"failures": failures, "failed_at": now, "blocked_until": now + wait if wait else None}
            if row:
                connection.execute(update(tables.attempts).where(_ATTEMPTS.key == digest).values(**values))
            else:
                connection.execute(insert(tables.attempts).values(key=digest, **values))
        return None

    def refund(self, key: str) -> None:
        """Take back one counted attempt, as it was right."""
        query = update(tables.attempts).where(_ATTEMPTS.key == _digest(key), _ATTEMPTS.failures > 0)
        with self._database.transaction() as connection:
            connection.execute(query.values(failures=_ATTEMPTS.failures - 1, blocked_until=None))

    def forgive(self, key: str) -> None:
        """Forget all attempts under `key`."""
        with self._database.transaction() as connection:
            connection.execute(delete(tables.attempts).where(_ATTEMPTS.key == _digest(key)))

    def _one(self, condition: Any) -> Account | None:
        with self._database.reading() as connection:
            row = connection.execute(select(tables.users).where(condition)).mappings().first()
            return account_of(row) if row else None

    def _update(self, user_id: str, **values: object) -> None:
        with self._database.transaction() as connection:
            connection.execute(update(tables.users).where(_USERS.id == user_id).values(**values))


def account_of(row: RowMapping | dict[str, Any]) -> Account:
    """A user from a row of the table."""
    return Account(
        id=row["id"],
        username=row["username"],
        display_name=row["display_name"],
        role=Role(row["role"]),
        active=row["active"],
        must_change_password=row["must_change_password"],
        one_time_used=row["one_time_used"],
        created_at=row["created_at"],
        signed_in_at=row["signed_in_at"],
    )


def _digest(key: str) -> str:
    """Mistyped names may be passwords: only their digest is kept."""
    return hashlib.sha256(key.encode()).hexdigest()
