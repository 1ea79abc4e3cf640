"""Many patients asked at once: who they are, what their entries' codes say, numbers, visits, deaths.

people, codes, measured, having, within, newest, first_and_last, deaths, findings; index, stamp. Every answer
is by record, so that what was said of a record merged into another counts for the person.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    String,
    Text,
    and_,
    cast,
    func,
    literal_column,
    not_,
    null,
    or_,
    select,
)

from medai_core.domain.record import Code, Json, Lane, Standing
from medai_core.store import tables
from medai_core.store.connection import Repository
from medai_core.store.documents import finding_from_json
from medai_core.store.merged import hidden
from medai_core.store.patient_search import Visible
from medai_core.store.record_facts import fill
from medai_core.store.repairs import ACCEPTED, NUMBER, UNIT, with_repairs

_PATIENTS: Final = tables.patients.c
_ENTRIES: Final = tables.record_entries.c
_VALUES: Final = tables.record_values.c
_CODES: Final = tables.record_codes.c
_DEATHS: Final = tables.record_deaths.c
_REPAIRS: Final = tables.record_repairs.c
_PREDICTIONS: Final = tables.predictions.c
_SECOND: Final = 19
"""Characters of a moment as both databases write it: 2026-11-21 08:05:59."""
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A record of a person: `owner` is the record under which it shows, itself where nothing was merged."""

    id: str
    owner: str
    birth_date: date | None
    sex: str | None


@dataclass(frozen=True, slots=True)
class Coded:
    """An entry that names a code. `starts`, `ends` are None where they are not known."""

    record: str
    starts: datetime | None
    ends: datetime | None
    status: str


Number = tuple[str, float, str, str]
"""A record, a number, its unit, and when it was measured ("2026-11-21 08:05:59", UTC)."""


class Cohorts(Repository):
    """Questions about all patients of one store."""

    def index(self, limit: int) -> int:
        """Go through some entries that came before codes were kept; of how many (0: nothing is left)."""
        with self._database.transaction() as connection:
            return fill(connection, limit)

    def unindexed(self) -> int:
        """How many entries wait for that."""
        query = select(func.count()).select_from(tables.record_entries).where(not_(_ENTRIES.coded))
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one()

    def stamp(self, caller_id: str | None) -> tuple[object, ...]:
        """Changes whenever something may have changed that an answer depends on."""
        repairs, pairs, access = _REPAIRS, tables.pair_reviews.c, tables.patient_access.c
        queries = (
            select(func.count(), func.max(tables.imports.c.finished_at)),
            select(func.count(), func.max(repairs.decided_at)),
            select(func.count(), func.max(pairs.decided_at)).where(pairs.state == "merged"),
            select(func.count(tables.erasures.c.id)),
            select(func.count(access.patient_id)).where(access.user_id == (caller_id or "")),
            select(func.count(_PATIENTS.id)).where(_PATIENTS.restricted),
            select(func.count(_PATIENTS.id), func.max(_PATIENTS.created_at)),
            select(func.count(_PREDICTIONS.id)),
        )
        with self._database.reading() as connection:
            return tuple(tuple(connection.execute(query).one()) for query in queries)

    def people(self, visible: Visible) -> list[Row]:
        """Every record of every person whom the caller may see, in the order of their ids."""
        owner = func.coalesce(_PATIENTS.merged_into, _PATIENTS.id)
        query = select(_PATIENTS.id, owner, _PATIENTS.birth_date, _PATIENTS.sex)
        query = query.where(_PATIENTS.erased_at.is_(None), *_seen(_PATIENTS.id, visible))
        with self._database.reading() as connection:
            return [Row(*row) for row in connection.execute(query.order_by(_PATIENTS.id))]

    def codes(self, lane: Lane, visible: Visible, *, fewest: int) -> list[tuple[Code, int]]:
        """The codes of a lane that at least `fewest` visible records have, and how many; most first."""
        count = func.count(func.distinct(_ENTRIES.patient_id))
        query = (
            select(_CODES.system, _CODES.code, func.max(_CODES.display), count)
            .join(tables.record_entries, _ENTRIES.id == _CODES.entry_id)
            .where(_ENTRIES.lane == lane.value, *_current(), *_seen(_ENTRIES.patient_id, visible))
            .group_by(_CODES.system, _CODES.code)
            .having(count >= fewest)
            .order_by(count.desc(), _CODES.code)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query)
            return [(Code(system, code, display), number) for system, code, display, number in rows]

    def pairs(self, lane: Lane) -> list[tuple[str, str, str]]:
        """Records and the system and code of each of their current entries of a lane, each once."""
        query = (
            select(_ENTRIES.patient_id, _CODES.system, _CODES.code)
            .join(tables.record_entries, _ENTRIES.id == _CODES.entry_id)
            .where(_ENTRIES.lane == lane.value, _ENTRIES.patient_id.is_not(None), *_current())
            .distinct()
        )
        with self._database.reading() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def measured(self, visible: Visible, *, fewest: int) -> list[tuple[Code, tuple[str, ...]]]:
        """What at least `fewest` visible records have numbers of, and its units; most numbers first."""
        count = func.count()
        query = (
            select(_VALUES.system, _VALUES.code, func.max(_VALUES.display), _VALUES.unit, count)
            .where(_VALUES.number.is_not(None), _VALUES.code != "")
            .group_by(_VALUES.system, _VALUES.code, _VALUES.unit)
            .order_by(count.desc(), _VALUES.code)
        )
        found: dict[tuple[str, str], tuple[Code, list[str]]] = {}
        with self._database.reading() as connection:
            for system, code, display, unit, _ in connection.execute(query):
                place = found.setdefault((system, code), (Code(system, code, display), []))
                place[1].append(unit)
            return [
                (code, tuple(units))
                for code, units in found.values()
                if self._enough(connection, code, visible, fewest)
            ]

    def _enough(self, connection: Connection, code: Code, visible: Visible, fewest: int) -> bool:
        """Whether so many visible records have a number of the quantity; stops once they are found."""
        joined = tables.record_values.join(tables.record_entries, _ENTRIES.id == _VALUES.entry_id)
        query = select(_ENTRIES.patient_id).select_from(joined).where(*_of(code), *_current())
        query = query.where(_ENTRIES.patient_id.is_not(None), *_seen(_ENTRIES.patient_id, visible))
        return len(connection.execute(query.distinct().limit(fewest)).all()) == fewest

    def having(
        self,
        lane: Lane,
        codes: Collection[Code] | None,
        since: date | None,
        until: date | None,
        *,
        lasting: bool = True,
    ) -> list[Coded]:
        """Current entries of a lane with one of the codes (None: any) that began in the window.

        Without `lasting`, ends and status are left out: then indexes alone are read, never the entries.
        """
        ends = (_ENTRIES.ends_at, _ENTRIES.status) if lasting else (null(), literal_column("''", String))
        query = select(_ENTRIES.patient_id, _ENTRIES.starts_at, *ends)
        query = query.where(_ENTRIES.lane == lane.value, *_current(), *_begun(since, until))
        query = query.where(_ENTRIES.patient_id.is_not(None))
        if codes is not None:
            same = [and_(_CODES.system == one.system, _CODES.code == one.code) for one in codes]
            query = query.join(tables.record_codes, _CODES.entry_id == _ENTRIES.id).where(or_(*same))
        with self._database.reading() as connection:
            return [Coded(*row) for row in connection.execute(query)]

    def units(self, code: Code) -> list[str]:
        """The units in which a quantity stands, those that repairs have put there included."""
        stated = select(_VALUES.unit).where(*_of(code)).distinct()
        repaired = select(_REPAIRS.unit).where(_REPAIRS.state == ACCEPTED).distinct()
        with self._database.reading() as connection:
            return sorted({*connection.scalars(stated), *connection.scalars(repaired)})

    def name(self, code: Code) -> str:
        """What a code is called where it stands; empty where it does not."""
        coded = select(_CODES.display).where(_CODES.system == code.system, _CODES.code == code.code)
        value = select(_VALUES.display).where(_VALUES.code == code.code, _VALUES.system == code.system)
        with self._database.reading() as connection:
            for query in (coded.limit(1), value.limit(1)):
                if name := connection.scalar(query):
                    return str(name)
        return ""

    def within(
        self,
        code: Code,
        ranges: dict[str, tuple[float | None, float | None]],
        since: date | None,
        until: date | None,
    ) -> set[str]:
        """Records with a current number in the range of its unit (`ranges`), measured in the window."""
        with self._database.reading() as connection:
            source, number, unit = self._read(connection)
            inside = [and_(unit == name, *_between(number, *ends)) for name, ends in ranges.items()]
            query = select(_ENTRIES.patient_id).select_from(source)
            query = query.where(*_of(code), *_current(), *_begun(since, until), or_(*inside))
            query = query.where(_ENTRIES.patient_id.is_not(None))
            return set(connection.scalars(query.distinct()))

    def newest(self, code: Code, since: date | None, until: date | None) -> list[Number]:
        """The newest current number of each record that was measured in the window."""
        with self._database.reading() as connection:
            source, number, unit = self._read(connection)
            first, length = literal_column("1", Integer), literal_column(str(_SECOND), Integer)
            at = func.substr(cast(_ENTRIES.starts_at, Text), first, length)
            wanted = (*_of(code), *_current(), *_begun(since, until), _ENTRIES.starts_at.is_not(None))
            wanted = (*wanted, _ENTRIES.patient_id.is_not(None))
            columns = (_ENTRIES.patient_id, number, unit)
            if connection.dialect.name == "sqlite":  # the other columns are those of the row with the maximum
                query = select(*columns, func.max(at)).select_from(source).where(*wanted)
                return [tuple(row) for row in connection.execute(query.group_by(_ENTRIES.patient_id))]
            place = func.row_number().over(
                partition_by=_ENTRIES.patient_id, order_by=(_ENTRIES.starts_at.desc(), _ENTRIES.id.desc())
            )
            named = zip(columns, ("record", "number", "unit"), strict=True)
            ranked = select(
                *(column.label(name) for column, name in named), at.label("at"), place.label("place")
            )
            inner = ranked.select_from(source).where(*wanted).subquery()
            newest = select(inner.c.record, inner.c.number, inner.c.unit, inner.c.at).where(
                inner.c.place == 1
            )
            return [tuple(row) for row in connection.execute(newest)]

    def newest_contents(self, code: Code, until: date | None) -> list[tuple[str, str, Json]]:
        """The newest current entry of each record that states the code: record, moment, and the resource."""
        joined = tables.record_values.join(tables.record_entries, _ENTRIES.id == _VALUES.entry_id)
        query = select(_ENTRIES.patient_id, _ENTRIES.id, _ENTRIES.starts_at).select_from(joined)
        query = query.where(_VALUES.code == code.code, _VALUES.system == code.system, *_current())
        query = query.where(*_begun(None, until), _ENTRIES.patient_id.is_not(None))
        newest: dict[str, tuple[str, str]] = {}
        with self._database.reading() as connection:
            for record, entry_id, at in connection.execute(query.where(_ENTRIES.starts_at.is_not(None))):
                newest[record] = max(
                    newest.get(record, ("", "")), (at.isoformat(sep=" ")[:_SECOND], entry_id)
                )
            found = []
            owners = {entry_id: (record, at) for record, (at, entry_id) in newest.items()}
            ids = list(owners)
            for first in range(0, len(ids), _BATCH):
                part = select(_ENTRIES.id, _ENTRIES.content).where(
                    _ENTRIES.id.in_(ids[first : first + _BATCH])
                )
                for entry_id, content in connection.execute(part):
                    found.append((*owners[entry_id], json.loads(content)))
        return found

    def first_and_last(self, until: datetime) -> list[tuple[str, datetime, datetime]]:
        """Each record's first and last thing that happened, up to a moment."""
        lanes = [lane.value for lane in Lane if lane not in (Lane.PATIENT, Lane.PLAN, Lane.RISK, Lane.OTHER)]
        query = (
            select(_ENTRIES.patient_id, func.min(_ENTRIES.starts_at), func.max(_ENTRIES.starts_at))
            .where(_ENTRIES.patient_id.is_not(None), _ENTRIES.lane.in_(lanes), *_current())
            .where(_ENTRIES.starts_at <= until)
            .group_by(_ENTRIES.patient_id)
        )
        with self._database.reading() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def deaths(self) -> list[tuple[str, datetime | None]]:
        """Records of who has died, and when; None where that is not said to the day."""
        query = select(_ENTRIES.patient_id, _DEATHS.died_at)
        query = query.join(tables.record_entries, _ENTRIES.id == _DEATHS.entry_id)
        query = query.where(*_current(), _ENTRIES.patient_id.is_not(None))
        with self._database.reading() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def findings(self) -> list[tuple[str, str, bool]]:
        """Models and labels that have answered about images, and whether they are reliable."""
        example = func.max(_PREDICTIONS.id)
        newest = select(example).where(_PREDICTIONS.refused.is_(None))
        query = select(_PREDICTIONS.model, _PREDICTIONS.findings).where(
            _PREDICTIONS.id.in_(newest.group_by(_PREDICTIONS.model, _PREDICTIONS.version))
        )
        found: dict[tuple[str, str], bool] = {}
        with self._database.reading() as connection:
            for model, findings in connection.execute(query):
                for one in map(finding_from_json, findings):
                    found[model, one.label] = one.reliable
        return [(model, label, reliable) for (model, label), reliable in sorted(found.items())]

    def flagged(self, model: str, label: str, since: date | None, until: date | None) -> set[str]:
        """Records with an image whose newest answer of the model flags the finding; by the day it came."""
        images, studies = tables.images.c, tables.studies.c
        query = (
            select(studies.patient_id, _PREDICTIONS.image_id, _PREDICTIONS.findings)
            .join(tables.images, images.id == _PREDICTIONS.image_id)
            .join(tables.studies, studies.id == images.study_id)
            .where(_PREDICTIONS.model == model, _PREDICTIONS.refused.is_(None))
            .where(*_window(studies.received_at, since, until))
            .order_by(_PREDICTIONS.created_at)
        )
        newest: dict[str, tuple[str, bool]] = {}
        with self._database.reading() as connection:
            for record, image, findings in connection.execute(query):
                flags = any(one.flagged for one in map(finding_from_json, findings) if one.label == label)
                newest[image] = record, flags
        return {record for record, flags in newest.values() if flags}

    def _read(self, connection: Connection) -> tuple[Any, ColumnElement[float], ColumnElement[str]]:
        """Values with their entries, and the number and unit to be read; repairs only where there are any."""
        joined = tables.record_values.join(tables.record_entries, _ENTRIES.id == _VALUES.entry_id)
        any_repair = select(_REPAIRS.id).where(_REPAIRS.state == ACCEPTED).limit(1)
        if connection.execute(any_repair).first() is None:
            return joined, _VALUES.number, _VALUES.unit
        return with_repairs(joined), NUMBER, UNIT


def _of(code: Code) -> tuple[Any, ...]:
    return _VALUES.code == code.code, _VALUES.system == code.system, _VALUES.number.is_not(None)


def _current() -> tuple[Any, ...]:
    return _ENTRIES.standing == Standing.CURRENT.value, _ENTRIES.replaced_by.is_(None)


def _seen(column: Any, visible: Visible) -> tuple[Any, ...]:
    """Records of persons whom the caller may see."""
    return () if visible.all_restricted else (column.not_in(hidden(visible.caller_id)),)


def _begun(since: date | None, until: date | None) -> tuple[Any, ...]:
    return _window(_ENTRIES.starts_at, since, until)


def _window(column: Any, since: date | None, until: date | None) -> tuple[Any, ...]:
    """From the first moment of one day to the last of another, in UTC."""
    found = []
    if since is not None:
        found.append(column >= datetime.combine(since, time(), UTC))
    if until is not None:
        found.append(column < datetime.combine(until, time(), UTC) + timedelta(days=1))
    return tuple(found)


def _between(column: Any, low: float | None, high: float | None) -> Sequence[Any]:
    return [*([column >= low] if low is not None else []), *([column <= high] if high is not None else [])]
