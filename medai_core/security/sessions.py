"""Sessions: a random token in the browser, its SHA-256 in the store.

start, lookup, heartbeat, lock, unlock, revoke (own token), revoke_session (by id), of_user.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from medai_core.domain.people import Caller
from medai_core.domain.refusal import Refusal
from medai_core.security import lockout, passwords
from medai_core.settings import settings
from medai_core.store import clock
from medai_core.store.database import Store
from medai_core.store.rows import Account, SessionRecord

LIFETIME: Final = timedelta(hours=12)
_TOKEN_BYTES: Final = 32
_LONGEST_TOKEN: Final = 128


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A live session: who, its CSRF token, whether it waits for the password or for a new one."""

    caller: Caller
    csrf: str
    locked: bool
    must_change_password: bool
    expires_at: datetime

    @property
    def session_id(self) -> str:
        """The session's opaque id (not its token)."""
        return self.caller.session_id or ""


def start(store: Store, account: Account) -> tuple[Caller, str, str]:
    """A new session of a user who has proved to be one: (caller, token, CSRF token)."""
    token, csrf = secrets.token_urlsafe(_TOKEN_BYTES), secrets.token_urlsafe(_TOKEN_BYTES)
    with store.transaction():
        store.sessions.purge(clock.now() - LIFETIME)
        session_id = store.sessions.add(account.id, _hash(token), csrf, clock.now() + LIFETIME)
    return caller_of(account, store, session_id), token, csrf


def lookup(store: Store, token: str, *, activity: bool) -> SessionInfo | None:
    """The session of a token; None where it is unknown, revoked, expired, or its user is shut out.

    `activity` says that a person did something: it puts off the idle lock. A session that has been idle for
    too long is locked here, whatever `activity` says.
    """
    record = _find(store, token)
    if record is None:
        return None
    locked = record.locked_at is not None
    idle = clock.now() - record.active_at
    limit = timedelta(seconds=settings().idle_lock_seconds)
    if not locked and idle >= limit:
        store.sessions.lock(record.id)
        locked = True
    elif not locked and activity and idle >= min(timedelta(seconds=10), limit / 10):
        store.sessions.touch(record.id)
    return SessionInfo(
        caller=caller_of(record.account, store, record.id),
        csrf=record.csrf,
        locked=locked,
        must_change_password=record.account.must_change_password,
        expires_at=record.expires_at,
    )


def heartbeat(store: Store, token: str) -> SessionInfo | None:
    """The viewer's word that somebody is working; it does not wake a locked session."""
    return lookup(store, token, activity=True)


def lock(store: Store, token: str) -> None:
    """Ask for the password before anything else is shown."""
    record = _find(store, token)
    if record is not None and record.locked_at is None:
        with store.transaction():
            store.sessions.lock(record.id)
            store.audit.append(record.account.id, "session-locked", record.id)


def unlock(store: Store, token: str, password: str) -> SessionInfo:
    """Go on with a locked session; raises Refusal "password-wrong", "sign-in-blocked" or "session-ended"."""
    record = _find(store, token)
    if record is None:
        raise Refusal(
            "session-ended",
            expected="a session that is still open",
            found="one that has ended",
            what_to_do="Sign in again.",
        )
    prove(store, record.account.id, password)
    with store.transaction():
        store.sessions.unlock(record.id)
        store.audit.append(record.account.id, "session-unlocked", record.id)
    info = lookup(store, token, activity=True)
    if info is None:  # it expired or was revoked while the password was checked
        return unlock(store, token, password)
    return info


def prove(store: Store, user_id: str, password: str) -> None:
    """Check the password of somebody signed in; raises Refusal "password-wrong" or "sign-in-blocked"."""
    key = f"confirm:{user_id}"
    lockout.charge(store, {key: lockout.PER_NAME})
    if not passwords.matches(password, store.accounts.password_hash(user_id)):
        store.audit.append(user_id, "password-refused", user_id)
        raise Refusal(
            "password-wrong",
            expected="your password",
            found="another word",
            what_to_do="Type it again; after five wrong ones there is a pause.",
        )
    store.accounts.forgive(key)


def revoke(store: Store, token: str) -> bool:
    """Sign out: end the session of a token; False where there was none."""
    record = _find(store, token)
    if record is None:
        return False
    with store.transaction():
        store.sessions.revoke(record.id)
        store.audit.append(record.account.id, "signed-out", record.id)
    return True


def of_user(store: Store, user_id: str) -> tuple[SessionRecord, ...]:
    """A user's open sessions, newest first."""
    return store.sessions.live(user_id)


def caller_of(account: Account, store: Store, session_id: str | None) -> Caller:
    """The user as services know them."""
    return Caller(account.id, account.username, account.display_name, account.role, store.name, session_id)


def _find(store: Store, token: str) -> SessionRecord | None:
    if not 0 < len(token) <= _LONGEST_TOKEN:
        return None
    record = store.sessions.find(_hash(token))
    if record is None or record.revoked_at is not None or not record.account.active:
        return None
    return record if clock.now() < record.expires_at else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
