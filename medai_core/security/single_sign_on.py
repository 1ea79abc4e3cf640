"""People who sign in at a provider: who they are here, what is under way, and that it was them just now.

A person is known by issuer and subject alone, never by an e-mail address or a name. Whoever comes for the
first time gets an account that is shut and read-only, until an administrator lets it in and gives it a role.
"""

import hashlib
import re
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from medai_core.domain.people import Caller, Role
from medai_core.domain.refusal import Refusal
from medai_core.security import oidc, sessions
from medai_core.settings import settings
from medai_core.store import clock
from medai_core.store.database import Store
from medai_core.store.rows import Account

NO_PASSWORD: Final = "!"
"""Stands where a hash would: no password fits it."""

_UNDER_WAY: Final = timedelta(minutes=10)
_PROOF: Final = timedelta(minutes=2)
_MOST: Final = 20_000
_MOST_A_BROWSER: Final = 5
_USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in on its way: what was asked, by which browser, where it leads, and for whose session."""

    asked: oidc.Request
    browser: str
    target: str
    session_id: str = ""
    user_id: str = ""


_lock: Final = threading.Lock()
_pending: dict[str, Pending] = {}
_proofs: dict[str, datetime] = {}


def remember(pending: Pending) -> None:
    """Keep what is under way for ten minutes, in this process.

    A browser keeps its newest five. Where too many are under way the oldest of nobody's session go first: who
    is signed in and confirms a signature is never pushed out by strangers who begin and never finish.
    """
    now = clock.now()
    with _lock:
        for state in [key for key, one in _pending.items() if one.asked.at + _UNDER_WAY < now]:
            del _pending[state]
        mine = [key for key, one in _pending.items() if one.browser == pending.browser]
        for state in mine[: max(0, len(mine) - _MOST_A_BROWSER + 1)]:
            del _pending[state]
        if len(_pending) >= _MOST:
            strangers = (key for key, one in _pending.items() if not one.session_id)
            del _pending[next(strangers, next(iter(_pending)))]
        _pending[pending.asked.state] = pending


def recall(state: str, browser: str) -> Pending:
    """What was under way under a state: once, for the browser that began it; Refusal "sign-in-state"."""
    with _lock:
        found = _pending.pop(state, None)
    if found is None or not browser or found.browser != browser or found.asked.at + _UNDER_WAY < clock.now():
        raise Refusal(
            "sign-in-state",
            expected="the answer to a sign-in that this browser began in the last ten minutes",
            found="another, or one that was used already",
            what_to_do="Begin the sign-in again.",
        )
    return found


def enter(store: Store, identity: oidc.Identity) -> str:
    """A session's token for whoever signed in; Refusal "account-waiting" until they are let in."""
    with store.transaction():
        account = store.accounts.by_link(identity.issuer, identity.subject)
        if account is None:
            account = _made(store, identity)
        if account.active:
            store.accounts.mark_signed_in(account.id, one_time_used=False)
            caller, token, _ = sessions.start(store, account)
            store.audit.append(account.id, "signed-in", caller.session_id or "", {"by": "provider"})
            return token
        store.audit.append(account.id, "sign-in-refused", account.id, {"by": "provider"})
    raise Refusal(
        "account-waiting",
        expected="an account that an administrator has let in",
        found=f"the account {account.username}, which waits for that",
        what_to_do="Ask an administrator to let it in and to give it a role.",
    )


def confirm(store: Store, pending: Pending, identity: oidc.Identity) -> None:
    """Note that the person of a session was asked just now; it unlocks a locked session."""
    account = store.accounts.by_link(identity.issuer, identity.subject)
    if account is None or account.id != pending.user_id or not account.active:
        raise Refusal(
            "confirmed-by-another",
            expected="the person who is signed in here",
            found="another one",
            what_to_do="Sign in at the provider under your own name.",
        )
    record = store.sessions.get(pending.session_id)
    if record is None or record.revoked_at is not None or record.expires_at <= clock.now():
        raise Refusal(
            "session-ended",
            expected="a session that is still open",
            found="one that has ended",
            what_to_do="Sign in again.",
        )
    with store.transaction():
        if record.locked_at is not None:
            store.sessions.unlock(record.id)
            store.audit.append(account.id, "session-unlocked", record.id, {"by": "provider"})
        else:
            store.audit.append(account.id, "identity-confirmed", record.id, {"by": "provider"})
    if record.locked_at is None:
        now = clock.now()
        with _lock:
            for session_id in [key for key, until in _proofs.items() if until <= now]:
                del _proofs[session_id]
            _proofs[record.id] = now + _PROOF


def linked(store: Store, user_id: str) -> bool:
    """Whether a person signs in at a provider, and so has no password here."""
    return store.accounts.is_linked(user_id)


def confirmed(caller: Caller) -> bool:
    """Whether the person was asked in the last two minutes, and nothing was signed with that yet."""
    with _lock:
        until = _proofs.get(caller.session_id or "")
    return until is not None and until > clock.now()


def use_confirmation(caller: Caller) -> None:
    """Take the proof for one signature; Refusal "confirmation-missing"."""
    with _lock:
        until = _proofs.pop(caller.session_id or "", None)
    if until is None or until <= clock.now():
        raise Refusal(
            "confirmation-missing",
            expected="your confirmation at the sign-in provider in the last two minutes",
            found="none",
            what_to_do="Confirm who you are, then sign.",
        )


def provider_name() -> str:
    """The provider as people know it: its host."""
    return urlsplit(settings().oidc_issuer).hostname or "the provider"


def _made(store: Store, identity: oidc.Identity) -> Account:
    """A new account, shut and read-only; its name is the provider's where that is a good and free one."""
    host = urlsplit(identity.issuer).hostname or "sso"
    wanted = f"{identity.username.casefold()}@{host}" if "@" not in identity.username else identity.username
    mark = hashlib.sha256(f"{identity.issuer} {identity.subject}".encode()).hexdigest()[:12]
    name = wanted.casefold()
    if not identity.username or not _USERNAME.fullmatch(name) or store.accounts.by_username(name) is not None:
        name = f"sso-{mark}"
    shown = "".join(letter for letter in identity.name if letter.isprintable()).strip()[:128] or name
    account = store.accounts.add(name, shown, Role.READ_ONLY, NO_PASSWORD, must_change_password=False)
    store.accounts.set_active(account.id, active=False)
    store.accounts.link(account.id, identity.issuer, identity.subject)
    store.audit.append(
        account.id, "account-created", account.id, {"by": "provider", "role": account.role.value}
    )
    found = store.accounts.get(account.id)
    assert found is not None
    return found
