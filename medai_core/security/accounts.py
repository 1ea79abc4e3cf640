"""Accounts: the first administrator, signing in, changing passwords, and what administrators do to others.

ensure_administrator, demo_user, demo_account, sign_in, check_password, change_password; accounts, create,
set_role, disable, enable, reset_password, revoke_sessions, revoke_session. All of it is audited here.
"""

import re
import unicodedata
from typing import Final

from medai_core.domain.people import Caller, Role
from medai_core.domain.refusal import Refusal
from medai_core.security import lockout, passwords, sessions, single_sign_on
from medai_core.security.access import require
from medai_core.store.database import Store
from medai_core.store.rows import Account

FIRST_NAME: Final = "admin"
DEMO_NAME: Final = "demo"
DEMO_PASSWORD: Final = "demo"
"""The word that signs and unlocks in the demo; its page says so. Good for the throw-away store alone."""

SYSTEM: Final = "system"
_USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


def ensure_administrator(store: Store) -> str | None:
    """At the first start: make the administrator ``admin`` and return the one-time password, else None.

    Where that administrator never chose a password and is still alone, the next start gives a new one.
    """
    with store.transaction():
        known = store.accounts.all()
        if known and not _never_used(known):
            return None
        password = passwords.one_time()
        if known:
            account = known[0]
            store.accounts.set_password(account.id, passwords.hashed(password), must_change_password=True)
            store.sessions.revoke_all(account.id)
            store.accounts.forgive(_name_key(FIRST_NAME))
        else:
            account = store.accounts.add(
                FIRST_NAME,
                "Administrator",
                Role.ADMINISTRATOR,
                passwords.hashed(password),
                must_change_password=True,
            )
        store.audit.append(SYSTEM, "one-time-password", account.id)
    return password


def demo_user(store: Store) -> tuple[Caller, str, str]:
    """A session of the demo's clinician, without a password: (caller, token, CSRF token).

    Only for a store that is named ``"demo"`` (ValueError otherwise).
    """
    if store.name != "demo":
        raise ValueError("a demo session is for the demo's store alone")
    with store.transaction():
        account = demo_account(store)
        session = sessions.start(store, account)
        store.audit.append(account.id, "signed-in", session[0].session_id or "")
    return session


def demo_account(store: Store) -> Account:
    """The account of the demo's clinician; the first call makes it."""
    with store.transaction():
        return store.accounts.by_username(DEMO_NAME) or store.accounts.add(
            DEMO_NAME,
            "Demo reader",
            Role.CLINICIAN,
            passwords.hashed(DEMO_PASSWORD),
            must_change_password=False,
        )


def sign_in(store: Store, username: str, password: str, *, address: str = "") -> tuple[Caller, str, str]:
    """(caller, token, CSRF token); raises Refusal "sign-in-refused" or "sign-in-blocked".

    The refusal is the same, and costs the same work, whether the name is unknown, the account disabled, the
    password wrong or a one-time password used up. `address` is the browser's, for a cap over all names.
    """
    name = folded_username(username)
    keys = {_name_key(name): lockout.PER_NAME}
    if address:
        keys[f"address:{address}"] = lockout.PER_ADDRESS
    lockout.charge(store, keys)
    account = store.accounts.by_username(name)
    stored = store.accounts.password_hash(account.id) if account and account.active else None
    right = passwords.matches(password, stored)  # always: an unknown name must cost the same
    if account is None or not right or not _take(store, account):
        store.audit.append(
            account.id if account else SYSTEM, "sign-in-refused", account.id if account else ""
        )
        raise _refused()
    with store.transaction():
        store.accounts.forgive(_name_key(name))
        if address:
            store.accounts.refund(f"address:{address}")
        if stored is not None and passwords.outdated(stored):
            store.accounts.renew_hash(account.id, passwords.hashed(password))
        session = sessions.start(store, account)
        store.audit.append(account.id, "signed-in", session[0].session_id or "")
    return session


def check_password(store: Store, caller: Caller, password: str) -> None:
    """Ask for the caller's own password: Refusal "password-wrong" or "sign-in-blocked".

    Whoever signs in at a provider has none: then the provider must have asked just now (Refusal
    "confirmation-missing"), and `password` is not looked at.
    """
    if store.accounts.is_linked(caller.user_id):
        single_sign_on.use_confirmation(caller)
        return
    sessions.prove(store, caller.user_id, password)


def change_password(store: Store, caller: Caller, current: str, new: str) -> None:
    """Choose a new password; other sessions of the caller end. Refusals as in `passwords`."""
    sessions.prove(store, caller.user_id, current)
    passwords.check_policy(new, caller.username)
    if new == current:
        raise Refusal(
            "password-same",
            expected="a new password",
            found="the present one",
            what_to_do="Choose another one.",
        )
    digest = passwords.hashed(new)
    with store.transaction():
        store.accounts.set_password(caller.user_id, digest, must_change_password=False)
        store.sessions.revoke_all(caller.user_id, but=caller.session_id)
        store.audit.append(caller.user_id, "password-changed", caller.user_id)


def accounts(store: Store, caller: Caller) -> tuple[Account, ...]:
    """All users, by name; for administrators."""
    require(caller, Role.ADMINISTRATOR)
    return store.accounts.all()


def create(store: Store, caller: Caller, username: str, display_name: str, role: Role) -> tuple[Account, str]:
    """A new user and the one-time password to hand over. Refusal "username-taken" or "username-form"."""
    require(caller, Role.ADMINISTRATOR)
    name = folded_username(username)
    if not _USERNAME.fullmatch(name):
        raise Refusal(
            "username-form",
            expected="a user name of at most 64 letters a to z, digits, dots, dashes, underlines or at signs",
            found="something else",
            what_to_do="Choose another user name.",
        )
    password = passwords.one_time()
    digest = passwords.hashed(password)
    with store.transaction():
        if store.accounts.by_username(name) is not None:
            raise Refusal(
                "username-taken",
                expected="a user name that nobody has",
                found="one that is taken",
                what_to_do="Choose another user name.",
            )
        shown = display_name.strip()[:128] or name
        account = store.accounts.add(name, shown, role, digest, must_change_password=True)
        store.audit.append(caller.user_id, "account-created", account.id, {"role": role.value})
    return account, password


def set_role(store: Store, caller: Caller, user_id: str, role: Role) -> None:
    """Give a user another role; it holds at once. Refusal "last-administrator"."""
    with store.transaction():
        account = _target(store, caller, user_id)
        if role is not Role.ADMINISTRATOR:
            _keep_one_administrator(store, account)
        store.accounts.set_role(user_id, role)
        store.audit.append(caller.user_id, "account-role", user_id, {"role": role.value})


def disable(store: Store, caller: Caller, user_id: str) -> None:
    """Shut a user out; all sessions end. Refusal "last-administrator"."""
    with store.transaction():
        account = _target(store, caller, user_id)
        _keep_one_administrator(store, account)
        store.accounts.set_active(user_id, active=False)
        store.sessions.revoke_all(user_id)
        store.audit.append(caller.user_id, "account-disabled", user_id)


def enable(store: Store, caller: Caller, user_id: str) -> None:
    """Let a user in again, with the password as it was."""
    with store.transaction():
        _target(store, caller, user_id)
        store.accounts.set_active(user_id, active=True)
        store.audit.append(caller.user_id, "account-enabled", user_id)


def reset_password(store: Store, caller: Caller, user_id: str) -> str:
    """A new one-time password to hand over; all sessions of the user end, and any pause is over."""
    require(caller, Role.ADMINISTRATOR)
    password = passwords.one_time()
    digest = passwords.hashed(password)
    with store.transaction():
        account = _target(store, caller, user_id)
        store.accounts.set_password(user_id, digest, must_change_password=True)
        store.accounts.forgive(_name_key(account.username))
        store.accounts.forgive(f"confirm:{user_id}")
        store.sessions.revoke_all(user_id)
        store.audit.append(caller.user_id, "password-reset", user_id)
    return password


def revoke_sessions(store: Store, caller: Caller, user_id: str) -> int:
    """End all sessions of a user; how many there were. Everybody may end their own."""
    if user_id != caller.user_id:
        require(caller, Role.ADMINISTRATOR)
    with store.transaction():
        ended = store.sessions.revoke_all(user_id)
        store.audit.append(caller.user_id, "sessions-revoked", user_id, {"count": str(ended)})
    return ended


def revoke_session(store: Store, caller: Caller, session_id: str) -> None:
    """End one session by its id. Everybody may end their own."""
    record = store.sessions.get(session_id)
    if record is None or record.account.id != caller.user_id:
        require(caller, Role.ADMINISTRATOR)
    with store.transaction():
        store.sessions.revoke(session_id)
        store.audit.append(caller.user_id, "session-revoked", session_id)


def folded_username(username: str) -> str:
    """How a user name is kept and compared: without case, width and outer spaces."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


def _take(store: Store, account: Account) -> bool:
    """Note the sign-in; False where another one has used the one-time password up already."""
    with store.transaction():
        now = store.accounts.get(account.id)
        if now is None or not now.active or now.one_time_used:
            return False
        store.accounts.mark_signed_in(account.id, one_time_used=now.must_change_password)
        return True


def _never_used(known: tuple[Account, ...]) -> bool:
    """Whether the first administrator is alone and has not chosen a password yet."""
    return len(known) == 1 and known[0].username == FIRST_NAME and known[0].must_change_password


def _target(store: Store, caller: Caller, user_id: str) -> Account:
    require(caller, Role.ADMINISTRATOR)
    account = store.accounts.get(user_id)
    if account is None:
        raise Refusal(
            "account-missing",
            expected="a user of this store",
            found="none under this id",
            what_to_do="Load the list of users again.",
        )
    return account


def _keep_one_administrator(store: Store, account: Account) -> None:
    if set(store.accounts.active_administrators()) <= {account.id} and account.role is Role.ADMINISTRATOR:
        raise Refusal(
            "last-administrator",
            expected="at least one active administrator besides this one",
            found="none",
            what_to_do="Make somebody else an administrator first.",
        )


def _name_key(name: str) -> str:
    return f"name:{name}"


def _refused() -> Refusal:
    return Refusal(
        "sign-in-refused",
        expected="the user name and password of an active account",
        found="something else",
        what_to_do="Check both and try again; after five wrong attempts there is a pause.",
    )
