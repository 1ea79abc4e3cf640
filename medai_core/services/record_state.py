"""What of the record is not settled, and what earlier imports did. For clinicians.

unsettled: codes that no table knows, and what waits for its patient. history: a person's last imports.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from medai_core.domain.people import Caller, Role
from medai_core.domain.record import RecordLine, UnmappedCode, Waiting
from medai_core.security.access import require
from medai_core.store.database import Store

SHOWN_CODES: Final = 500
_LAST: Final = 10
_LOOKED_AT: Final = 50


@dataclass(frozen=True, slots=True)
class Unsettled:
    """The most frequent codes that no table knows, how many there are in all, and what waits."""

    codes: tuple[UnmappedCode, ...]
    all_codes: int
    waiting: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class PastImport:
    """One import of records that was finished, with what became of its files."""

    finished_at: datetime
    lines: tuple[RecordLine, ...]


def unsettled(store: Store, caller: Caller) -> Unsettled:
    """Of the whole store; it names no patient. Raises Refusal "not-allowed"."""
    require(caller, Role.CLINICIAN)
    records = store.records
    return Unsettled(records.unmapped(limit=SHOWN_CODES), records.unmapped_count(), records.waiting())


def history(store: Store, caller: Caller) -> tuple[PastImport, ...]:
    """The caller's own last ten imports of records, newest first. Raises Refusal "not-allowed"."""
    require(caller, Role.CLINICIAN)
    found: list[PastImport] = []
    for one in store.imports.recent(caller.user_id, limit=_LOOKED_AT):
        lines = store.records.lines(one.id) if one.finished_at is not None else ()
        if lines and one.finished_at is not None:
            found.append(PastImport(one.finished_at, lines))
        if len(found) == _LAST:
            break
    return tuple(found)
