"""The stores of this process: "main" under MEDAI_HOME, and the demo's throw-away one while there is one.

open_store(name), register(store), resolve(cookie, activity=), cookie_value(store, token), close_stores().
"""

import threading
from pathlib import Path
from typing import Final

from medai_core.domain.refusal import Refusal
from medai_core.security.sessions import SessionInfo, lookup
from medai_core.settings import settings
from medai_core.store.database import Store

MAIN: Final = "main"
DEMO: Final = "demo"

_LOCK: Final = threading.Lock()
_MAIN: dict[tuple[Path, str | None], Store] = {}
_OTHERS: dict[str, Store] = {}


def open_store(name: str = MAIN) -> Store:
    """The store of a name, opened once a process; Refusal "store-unknown" for one that is not there."""
    if name == MAIN:
        now = settings()
        with _LOCK:
            key = (now.home, now.database_url)
            if key not in _MAIN:
                _MAIN[key] = Store(now.home, now.database_url, MAIN)
            return _MAIN[key]
    found = _OTHERS.get(name)
    if found is None:
        raise Refusal(
            "store-unknown",
            expected="a store that is open",
            found="none of this name",
            what_to_do="Open the demo again, or sign in.",
        )
    return found


def register(store: Store) -> None:
    """Let sessions find a store that is not "main"; another one of that name is forgotten, not closed."""
    if store.name == MAIN:
        raise ValueError("the main store opens by itself")
    _OTHERS[store.name] = store


def forget(name: str) -> None:
    """Let no session find the store of this name any more."""
    _OTHERS.pop(name, None)


def cookie_value(store: Store, token: str) -> str:
    """What the browser keeps: the store's name and the token."""
    return f"{store.name}.{token}"


def resolve(cookie: str | None, *, activity: bool) -> tuple[Store, SessionInfo] | None:
    """The store and live session of a cookie, locked or not; None for anything else.

    The token is looked up in the named store alone: a demo session can only ever reach the demo's store.
    """
    name, dot, token = (cookie or "").partition(".")
    if not dot or (name != MAIN and name not in _OTHERS):
        return None
    store = open_store(name)
    info = lookup(store, token, activity=activity)
    return (store, info) if info else None


def close_stores() -> None:
    """Close every store of this process."""
    with _LOCK:
        for store in (*_MAIN.values(), *_OTHERS.values()):
            store.close()
        _MAIN.clear()
        _OTHERS.clear()
