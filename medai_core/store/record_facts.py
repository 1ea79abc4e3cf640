"""The codes of entries and the deaths that they state, kept beside them as they are written.

set_facts, forget_facts: part of the writes of an import. fill: entries that were there before the tables.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, not_, select, update

from medai_core.domain.record import Lane
from medai_core.store import tables
from medai_core.store.record_rows import storable

CODED: Final = frozenset(
    lane.value
    for lane in (
        Lane.PROBLEM, Lane.MEDICATION, Lane.PROCEDURE, Lane.IMMUNIZATION, Lane.ENCOUNTER, Lane.ALLERGY
    )
)  # fmt: skip
"""The lanes whose codings are kept; those of measurements stand with their values."""

_ENTRIES: Final = tables.record_entries.c
_PATIENT: Final = "Patient"
_LONGEST: Final = 255


def set_facts(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Keep what entries (`id`, `lane`, `resource_type`, `about`, `content`) say; nothing of them is there."""
    codes: list[dict[str, Any]] = []
    deaths: list[dict[str, Any]] = []
    for row in rows:
        if row["lane"] in CODED:
            codes += _codes(row["id"], row["about"])
        elif row["resource_type"] == _PATIENT:
            deaths += _death(row["id"], row["content"])
    if codes:
        connection.execute(insert(tables.record_codes), codes)
    if deaths:
        connection.execute(insert(tables.record_deaths), deaths)


def forget_facts(connection: Connection, entry_ids: Sequence[str]) -> None:
    """Remove what entries said, before they say something else."""
    for table in (tables.record_codes, tables.record_deaths):
        connection.execute(delete(table).where(table.c.entry_id.in_(entry_ids)))


def fill(connection: Connection, limit: int) -> int:
    """Keep the facts of some entries of before, in an open transaction; of how many (0: all are done)."""
    waiting = select(_ENTRIES.id, _ENTRIES.lane, _ENTRIES.resource_type)
    found = connection.execute(waiting.where(not_(_ENTRIES.coded)).limit(limit)).mappings().all()
    wanted = [row["id"] for row in found if row["lane"] in CODED or row["resource_type"] == _PATIENT]
    if wanted:
        columns = (_ENTRIES.id, _ENTRIES.lane, _ENTRIES.resource_type, _ENTRIES.about, _ENTRIES.content)
        rows = connection.execute(select(*columns).where(_ENTRIES.id.in_(wanted))).mappings()
        set_facts(connection, [dict(row) for row in rows])
    if found:
        done = update(tables.record_entries).where(_ENTRIES.id.in_([row["id"] for row in found]))
        connection.execute(done.values(coded=True))
    return len(found)


def _codes(entry_id: str, about: str) -> list[dict[str, Any]]:
    found = dict.fromkeys(
        (storable(system)[:_LONGEST], storable(code or display)[:_LONGEST], storable(display))
        for system, code, display in json.loads(about).get("codes", ())
        if code or display
    )
    return [
        {"entry_id": entry_id, "position": position, "system": system, "code": code, "display": display}
        for position, (system, code, display) in enumerate(found)
    ]


def _death(entry_id: str, content: str) -> list[dict[str, Any]]:
    if '"deceased' not in content:
        return []
    said = json.loads(content)
    moment = said.get("deceasedDateTime")
    if not moment and said.get("deceasedBoolean") is not True:
        return []
    return [{"entry_id": entry_id, "died_at": _moment(moment)}]


def _moment(text: object) -> datetime | None:
    """A FHIR dateTime of at least a day; without an offset it is taken as UTC."""
    if not isinstance(text, str) or len(text) < 10:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
