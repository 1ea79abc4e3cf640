"""Wrong passwords cost time: per account, per signed-in person, and per address of the network."""

from datetime import datetime, timedelta
from math import ceil
from typing import Final

from medai_core.domain.refusal import Refusal
from medai_core.store import clock
from medai_core.store.accounts import Backoff
from medai_core.store.database import Store

PER_NAME: Final = Backoff(free=5, first=timedelta(seconds=15), longest=timedelta(minutes=15))
PER_ADDRESS: Final = Backoff(free=30, first=timedelta(seconds=15), longest=timedelta(minutes=15))


def charge(store: Store, keys: dict[str, Backoff]) -> None:
    """Count an attempt under each key before it is judged; Refusal "sign-in-blocked" where one must wait.

    An unknown user name is counted as a known one: the answer does not tell which it was.
    """
    with store.transaction():
        until = [blocked for key, backoff in keys.items() if (blocked := store.accounts.charge(key, backoff))]
    if until:
        raise blocked_until(max(until))


def blocked_until(moment: datetime) -> Refusal:
    """The refusal of an attempt that comes too early."""
    seconds = max(1, ceil((moment - clock.now()).total_seconds()))
    wait = f"{seconds} seconds" if seconds < 120 else f"{ceil(seconds / 60)} minutes"
    return Refusal(
        "sign-in-blocked",
        expected="a pause after several wrong passwords",
        found="another attempt",
        what_to_do=f"Wait {wait}, then try again.",
    )
