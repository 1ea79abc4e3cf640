"""Repairs of values: proposals that a person accepts or refuses, and takes back in one step.

propose, get, of_state, count, decide, take_back, of_entry; with_repairs. An entry's content never changes:
what is accepted is read in place of the raw value, which is kept beside it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import FromClause, delete, func, insert, select, update

from medai_core.store import clock, tables
from medai_core.store.connection import Repository
from medai_core.store.ids import new_id

PROPOSED, ACCEPTED, REFUSED = "proposed", "accepted", "refused"
_BATCH: Final = 500

_REPAIRS: Final = tables.record_repairs.c
_ENTRIES: Final = tables.record_entries.c
_VALUES: Final = tables.record_values.c


@dataclass(frozen=True, slots=True)
class NewRepair:
    """A proposal for the value at a place (0-based) of an entry; `kind` names the rule that found it."""

    entry_id: str
    position: int
    kind: str
    raw_number: float
    raw_unit: str
    number: float
    unit: str
    reason: str


@dataclass(frozen=True, slots=True)
class Repair:
    """A kept proposal: `number` and `unit` are read for `raw_number` and `raw_unit`, which stay."""

    id: str
    entry_id: str
    position: int
    kind: str
    raw_number: float
    raw_unit: str
    number: float
    unit: str
    reason: str
    state: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    patient_id: str | None = None


def with_repairs(joined: FromClause) -> FromClause:
    """Rows of values with their accepted repair, if any: read `NUMBER` and `UNIT` from what this gives.

    A repair holds for the raw value that it was proposed for: a later version of the entry is read as it is.
    """
    mine = (_REPAIRS.entry_id == _VALUES.entry_id) & (_REPAIRS.position == _VALUES.position)
    same = (_REPAIRS.raw_number == _VALUES.number) & (_REPAIRS.raw_unit == _VALUES.unit)
    return joined.outerjoin(tables.record_repairs, mine & same & (_REPAIRS.state == ACCEPTED))


NUMBER: Final = func.coalesce(_REPAIRS.number, _VALUES.number)
UNIT: Final = func.coalesce(_REPAIRS.unit, _VALUES.unit)
REPAIRED: Final = _REPAIRS.id.is_not(None)
"""The number and unit to be read, and whether a repair put them there; with `with_repairs` alone."""


class Repairs(Repository):
    """The repairs of one store."""

    def propose(self, found: Iterable[NewRepair]) -> int:
        """Put new proposals in place of the open ones of before; decided ones stay. How many are open."""
        with self._database.transaction() as connection:
            connection.execute(delete(tables.record_repairs).where(_REPAIRS.state == PROPOSED))
            decided = connection.execute(select(_REPAIRS.entry_id, _REPAIRS.position))
            known = {(entry_id, position) for entry_id, position in decided}
            first = {(one.entry_id, one.position): one for one in reversed(list(found))}
            rows = [_row(one) for place, one in first.items() if place not in known]
            for start in range(0, len(rows), _BATCH):
                connection.execute(insert(tables.record_repairs), rows[start : start + _BATCH])
        return len(rows)

    def get(self, repair_id: str) -> Repair | None:
        """The repair of an opaque id."""
        return next(iter(self._all(_REPAIRS.id == repair_id)), None)

    def of_state(self, state: str, *, limit: int | None = None, offset: int = 0) -> tuple[Repair, ...]:
        """Repairs of a state: proposals by their rule, decided ones newest first."""
        return self._all(_REPAIRS.state == state, limit=limit, offset=offset)

    def count(self) -> dict[str, int]:
        """How many repairs each state has."""
        query = select(_REPAIRS.state, func.count()).group_by(_REPAIRS.state)
        with self._database.reading() as connection:
            return {state: count for state, count in connection.execute(query)}

    def decide(self, repair_id: str, *, accepted: bool, decided_by: str) -> bool:
        """Accept or refuse a proposal; False where that was done before."""
        state = ACCEPTED if accepted else REFUSED
        return self._change(repair_id, PROPOSED, state=state, decided_by=decided_by, decided_at=clock.now())

    def take_back(self, repair_id: str, *, state: str) -> bool:
        """Make a repair of `state` a proposal again; False where it is of another one."""
        return self._change(repair_id, state, state=PROPOSED, decided_by=None, decided_at=None)

    def of_entry(self, entry_id: str) -> tuple[Repair, ...]:
        """All repairs of an entry's values."""
        return self._all(_REPAIRS.entry_id == entry_id)

    def _change(self, repair_id: str, before: str, **values: object) -> bool:
        query = update(tables.record_repairs).where(_REPAIRS.id == repair_id, _REPAIRS.state == before)
        with self._database.transaction() as connection:
            return connection.execute(query.values(**values)).rowcount == 1

    def _all(self, condition: Any, *, limit: int | None = None, offset: int = 0) -> tuple[Repair, ...]:
        query = (
            select(tables.record_repairs, _ENTRIES.patient_id)
            .join(tables.record_entries, _ENTRIES.id == _REPAIRS.entry_id)
            .where(condition)
            .order_by(_REPAIRS.decided_at.desc(), _REPAIRS.kind, _REPAIRS.id)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query.limit(limit).offset(offset)).mappings()
            return tuple(_repair(row) for row in rows)


def _row(one: NewRepair) -> dict[str, Any]:
    values = {name: getattr(one, name) for name in NewRepair.__slots__}
    return {**values, "id": new_id(), "state": PROPOSED, "proposed_at": clock.now()}


def _repair(row: Any) -> Repair:
    return Repair(**{name: row[name] for name in Repair.__slots__})
