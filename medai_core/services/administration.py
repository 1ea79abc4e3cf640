"""What administrators do: accounts and their sessions, restricted patients, the audit log."""

from dataclasses import dataclass

from medai_core.domain.people import Caller, Role
from medai_core.security import accounts as security
from medai_core.security import sessions
from medai_core.security.access import require
from medai_core.store.database import Store
from medai_core.store.rows import Account, AuditEntry, SessionRecord


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Lines of the audit, newest first, how many match in all, and the words that a filter may name."""

    entries: tuple[AuditEntry, ...]
    total: int
    actions: tuple[str, ...]
    names: dict[str, str]
    """Account id -> username, for the actors of these lines."""


def accounts(store: Store, caller: Caller) -> tuple[Account, ...]:
    """All users, by name."""
    return security.accounts(store, caller)


def create_account(
    store: Store, caller: Caller, username: str, display_name: str, role: Role
) -> tuple[Account, str]:
    """A new user, and the one-time password to hand over. Refusals "username-taken", "username-form"."""
    return security.create(store, caller, username, display_name, role)


def set_role(store: Store, caller: Caller, user_id: str, role: Role) -> None:
    """Another role; it holds at once. Refusal "last-administrator"."""
    security.set_role(store, caller, user_id, role)


def disable_account(store: Store, caller: Caller, user_id: str) -> None:
    """Shut a user out; all sessions end. Refusal "last-administrator"."""
    security.disable(store, caller, user_id)


def enable_account(store: Store, caller: Caller, user_id: str) -> None:
    """Let a user in again."""
    security.enable(store, caller, user_id)


def reset_password(store: Store, caller: Caller, user_id: str) -> str:
    """A new one-time password to hand over; all sessions of the user end."""
    return security.reset_password(store, caller, user_id)


def revoke_sessions(store: Store, caller: Caller, user_id: str) -> int:
    """End all sessions of a user; how many there were."""
    return security.revoke_sessions(store, caller, user_id)


def revoke_session(store: Store, caller: Caller, session_id: str) -> None:
    """End one session."""
    security.revoke_session(store, caller, session_id)


def open_sessions(store: Store, caller: Caller, user_id: str) -> tuple[SessionRecord, ...]:
    """A user's open sessions, newest first; everybody may look at their own."""
    if user_id != caller.user_id:
        require(caller, Role.ADMINISTRATOR)
    return sessions.of_user(store, user_id)


def restrict_patient(
    store: Store, caller: Caller, patient_id: str, *, restricted: bool, allowed: frozenset[str] = frozenset()
) -> None:
    """Show a patient to the users of `allowed` alone, or to all again. Administrators are no exception."""
    require(caller, Role.ADMINISTRATOR)
    with store.transaction():
        store.patients.set_restricted(patient_id, restricted=restricted)
        for user_id in store.patients.allowed(patient_id) - allowed:
            store.patients.disallow(patient_id, user_id)
        for user_id in allowed:
            store.patients.allow(patient_id, user_id)
        detail = {"restricted": "yes" if restricted else "no", "allowed": str(len(allowed))}
        store.audit.append(caller.user_id, "patient-restricted", patient_id, detail)


def search_audit(
    store: Store,
    caller: Caller,
    *,
    actor: str | None = None,
    action: str | None = None,
    object_id: str | None = None,
    offset: int = 0,
    limit: int = 100,
) -> AuditPage:
    """Lines that match all that is given. `actor` may be a username or an account's id."""
    require(caller, Role.ADMINISTRATOR)
    wanted = actor.strip() if actor else None
    named = store.accounts.by_username(security.folded_username(wanted)) if wanted else None
    who = named.id if named else wanted
    lines = store.audit.search(who, action, object_id, limit=min(max(limit, 1), 1000), offset=max(offset, 0))
    return AuditPage(
        entries=lines,
        total=store.audit.count(who, action, object_id),
        actions=store.audit.actions(),
        names={account.id: account.username for account in store.accounts.all()},
    )
