"""What the data quality page counts, and the counts that are kept with their moment.

people, start, finish, newest; entries, values, dates, measured, numbers, births, repaired, unmapped,
last_stored.
Aggregates leave the database, and the numbers of one analyte at a time; names of patients only by `people`.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, and_, case, func, insert, not_, select, type_coerce, update
from sqlalchemy.types import NullType

from medai_core.domain.people import Patient
from medai_core.domain.record import Code, Json, Lane, Standing
from medai_core.store import clock, merged, tables
from medai_core.store.connection import Repository
from medai_core.store.ids import new_id
from medai_core.store.patients import patient_of
from medai_core.store.repairs import ACCEPTED
from medai_core.store.standing import is_current

MATCHING, QUALITY = "matching", "quality"

_PATIENTS: Final = tables.patients.c
_ENTRIES: Final = tables.record_entries.c
_VALUES: Final = tables.record_values.c
_RUNS: Final = tables.quality_runs.c
_KEPT_RUNS: Final = 3
_BATCH: Final = 500
_FETCHED: Final = 20_000


@dataclass(frozen=True, slots=True)
class Run:
    """Counts of one moment; `counts` is what `services` put there."""

    id: str
    kind: str
    started_at: datetime
    finished_at: datetime
    counts: Json


@dataclass(frozen=True, slots=True)
class NumberColumns:
    """Current numbers with what is needed to judge them, as columns of one length.

    `patients` are the records that they were said of; `starts` moments in UTC as the database gives them
    (text or datetime), for arrays of NumPy; None where not known.
    """

    entry_ids: tuple[str, ...] = ()
    positions: tuple[int, ...] = ()
    numbers: tuple[float, ...] = ()
    units: tuple[str, ...] = ()
    lows: tuple[float | None, ...] = ()
    highs: tuple[float | None, ...] = ()
    patients: tuple[str | None, ...] = ()
    sources: tuple[str, ...] = ()
    starts: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A patient with the newest Patient resource and who said it; None and "" where there is none."""

    patient: Patient
    content: Json | None
    source: str


class Quality(Repository):
    """The quality counts of one store."""

    def start(self, kind: str, actor_id: str) -> str:
        """Note that a count has begun; its opaque id."""
        run_id = new_id()
        values = {"id": run_id, "kind": kind, "actor_id": actor_id, "started_at": clock.now()}
        with self._database.transaction() as connection:
            connection.execute(insert(tables.quality_runs).values(**values))
        return run_id

    def finish(self, run_id: str, counts: Json) -> None:
        """Keep what was counted; the oldest counts of the kind go."""
        with self._database.transaction() as connection:
            mine = _RUNS.id == run_id
            values = {"counts": counts, "finished_at": clock.now()}
            connection.execute(update(tables.quality_runs).where(mine).values(**values))
            kind = select(_RUNS.kind).where(mine).scalar_subquery()
            newest = select(_RUNS.id).where(_RUNS.kind == kind).order_by(_RUNS.started_at.desc())
            kept = list(connection.scalars(newest.limit(_KEPT_RUNS)))
            old = and_(_RUNS.kind == kind, _RUNS.id.not_in(kept))
            connection.execute(tables.quality_runs.delete().where(old))

    def drop(self, run_id: str) -> None:
        """Forget a count that was cancelled."""
        with self._database.transaction() as connection:
            connection.execute(tables.quality_runs.delete().where(_RUNS.id == run_id))

    def newest(self, kind: str) -> Run | None:
        """The counts of the newest finished run of a kind."""
        columns = [_RUNS[name] for name in Run.__slots__]
        query = select(*columns).where(_RUNS.kind == kind, _RUNS.finished_at.is_not(None))
        with self._database.reading() as connection:
            row = connection.execute(query.order_by(_RUNS.finished_at.desc()).limit(1)).mappings().first()
            return Run(**row) if row else None

    def people(self, ids: Collection[str] | None = None) -> Iterator[Known]:
        """Every person (records that were merged into another left out) with the newest Patient resource.

        With `ids` those records alone, merged ones among them.
        """
        newest = (_ENTRIES.resource_type == "Patient") & (_ENTRIES.standing == Standing.CURRENT.value)
        joined = tables.patients.outerjoin(
            tables.record_entries, (_ENTRIES.patient_id == _PATIENTS.id) & newest
        )
        query = select(tables.patients, _ENTRIES.content, _ENTRIES.source).select_from(joined)
        chosen = _PATIENTS.merged_into.is_(None) if ids is None else _PATIENTS.id.in_(list(ids))
        query = query.where(chosen, _PATIENTS.erased_at.is_(None)).order_by(_PATIENTS.id, _ENTRIES.stored_at)
        last: tuple[Patient, RowMapping] | None = None
        with self._database.reading() as connection:
            for row in connection.execute(query.execution_options(yield_per=_FETCHED)).mappings():
                patient = patient_of(row)
                if last is not None and last[0].id != patient.id:
                    yield _known(*last)
                last = patient, row
        if last is not None:
            yield _known(*last)

    def last_stored(self) -> tuple[int, datetime | None]:
        """How many entries there are, and when the newest came."""
        query = select(func.count(), func.max(_ENTRIES.stored_at))
        with self._database.reading() as connection:
            count, newest = connection.execute(query).one()
            return count, newest

    def entries(self) -> list[dict[str, Any]]:
        """By source and lane: entries, without a time, without a patient, not current, ending too early."""
        query = select(
            _ENTRIES.source,
            _ENTRIES.lane,
            func.count().label("entries"),
            _number_of(_ENTRIES.starts_at.is_(None)).label("no_time"),
            _number_of(_ENTRIES.patient_id.is_(None) & _ENTRIES.subject.is_not(None)).label("no_patient"),
            _number_of(not_(is_current())).label("not_current"),
            _number_of(_ENTRIES.ends_at < _ENTRIES.starts_at).label("ends_early"),
            func.count(_ENTRIES.ends_at).label("with_end"),
        ).group_by(_ENTRIES.source, _ENTRIES.lane)
        return self._rows(query)

    def values(self) -> list[dict[str, Any]]:
        """By source and lane of current values: how many, and how many lack what a value should have."""
        number = _VALUES.number.is_not(None)
        query = (
            select(
                _ENTRIES.source,
                _ENTRIES.lane,
                func.count().label("values"),
                _number_of(number).label("numbers"),
                _number_of(and_(_VALUES.number.is_(None), _VALUES.text == "")).label("no_value"),
                _number_of(_VALUES.code == "").label("no_code"),
                _number_of(and_(number, _VALUES.unit == "")).label("no_unit"),
                _number_of(and_(number, _VALUES.low.is_(None), _VALUES.high.is_(None))).label("no_range"),
            )
            .join(tables.record_entries, _ENTRIES.id == _VALUES.entry_id)
            .where(is_current())
            .group_by(_ENTRIES.source, _ENTRIES.lane)
        )
        return self._rows(query)

    def ending_early(self, *, limit: int) -> list[str]:
        """Ids of the first entries that end before they start, among all of their source."""
        query = select(_ENTRIES.id).where(_ENTRIES.ends_at < _ENTRIES.starts_at).order_by(_ENTRIES.id)
        with self._database.reading() as connection:
            return list(connection.scalars(query.limit(limit)))

    def dates(self, now: datetime) -> dict[str, list[dict[str, Any]]]:
        """Current entries that lie before the patient's birth, and in the future: source, type, moments."""
        columns = (_ENTRIES.id, _ENTRIES.source, _ENTRIES.resource_type, _ENTRIES.starts_at)
        joined = tables.record_entries.join(tables.patients, _ENTRIES.patient_id == _PATIENTS.id)
        early = select(*columns, _PATIENTS.birth_date).select_from(joined)
        early = early.where(is_current(), _ENTRIES.starts_at < _PATIENTS.birth_date)
        late = select(*columns).where(
            is_current(), _ENTRIES.starts_at > now, _ENTRIES.lane != Lane.PLAN.value
        )
        return {"before birth": self._rows(early), "in the future": self._rows(late)}

    def since(self, deaths: dict[str, datetime], lanes: Collection[Lane]) -> list[dict[str, Any]]:
        """Current entries of `lanes` that begin after a patient's death ({record: moment})."""
        ids, found = sorted(deaths), []
        for start in range(0, len(ids), _BATCH):
            part = ids[start : start + _BATCH]
            query = select(_ENTRIES.id, _ENTRIES.source, _ENTRIES.resource_type, _ENTRIES.starts_at)
            query = query.add_columns(_ENTRIES.patient_id).where(
                is_current(),
                _ENTRIES.patient_id.in_(part),
                _ENTRIES.lane.in_([lane.value for lane in lanes]),
                _ENTRIES.starts_at > min(deaths[one] for one in part),
            )
            found += [row for row in self._rows(query) if row["starts_at"] > deaths[row["patient_id"]]]
        return found

    def unmapped(self) -> dict[str, int]:
        """By source: entries with a code that no table of ours knows, as counted at import."""
        columns = tables.unmapped_codes.c
        query = select(columns.source, func.sum(columns["count"])).group_by(columns.source)
        with self._database.reading() as connection:
            return {source: int(count) for source, count in connection.execute(query)}

    def measured(self) -> list[tuple[Code, int]]:
        """What has current numbers, and how many; the most frequent first."""
        query = (
            select(_VALUES.system, _VALUES.code, func.max(_VALUES.display), func.count())
            .join(tables.record_entries, _ENTRIES.id == _VALUES.entry_id)
            .where(is_current(), _VALUES.number.is_not(None), _VALUES.code != "")
            .group_by(_VALUES.system, _VALUES.code)
            .order_by(func.count().desc(), _VALUES.code)
        )
        with self._database.reading() as connection:
            return [
                (Code(system, code, display), count)
                for system, code, display, count in connection.execute(query)
            ]

    def numbers(self, code: Code) -> NumberColumns:
        """All current numbers of a code as they are stored; see `births` for the patients and `repaired`."""
        columns = (
            _VALUES.entry_id, _VALUES.position, _VALUES.number, _VALUES.unit, _VALUES.low, _VALUES.high,
            _ENTRIES.patient_id, _ENTRIES.source, type_coerce(_ENTRIES.starts_at, NullType),
        )  # fmt: skip
        query = (
            select(*columns)
            .join(tables.record_entries, _ENTRIES.id == _VALUES.entry_id)
            .where(_VALUES.code == code.code, _VALUES.system == code.system)
            .where(_VALUES.number.is_not(None), is_current())
        )
        with self._database.reading() as connection:
            found = connection.execute(query).all()
        return NumberColumns(*zip(*found, strict=True)) if found else NumberColumns()

    def births(self) -> dict[str, tuple[str, Any]]:
        """Of every record of a patient: the record under which it shows, and the own birth date as the
        database gives it."""
        query = select(_PATIENTS.id, merged.owner(), type_coerce(_PATIENTS.birth_date, NullType))
        with self._database.reading() as connection:
            return {record: (owner, born) for record, owner, born in connection.execute(query)}

    def repaired(self) -> dict[tuple[str, int, float, str], tuple[float, str]]:
        """What is read in place of a value: by entry, position, raw number and raw unit."""
        columns = tables.record_repairs.c
        names = ("entry_id", "position", "raw_number", "raw_unit", "number", "unit")
        query = select(*(columns[name] for name in names)).where(columns.state == ACCEPTED)
        with self._database.reading() as connection:
            return {(row[0], row[1], row[2], row[3]): (row[4], row[5]) for row in connection.execute(query)}

    def _rows(self, query: Any) -> list[dict[str, Any]]:
        with self._database.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def _number_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _known(patient: Patient, row: RowMapping) -> Known:
    text = row["content"]
    return Known(patient, json.loads(text) if text else None, row["source"] or "")
