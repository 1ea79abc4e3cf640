"""A patient's page asked of the store: counts, the newest lines of each lane, months, curves.

Only what is shown leaves the database: contents come for named entries alone, and of a long curve the lowest
and the highest of each stretch. Every method takes the ids of all records of the person (`Records.group`).
"""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, String, case, cast, func, literal, select

from medai_core.domain.overview import Line, Point, Stretch
from medai_core.domain.record import Code, Json, Lane, Standing, When
from medai_core.store import tables
from medai_core.store.connection import Repository
from medai_core.store.repairs import ACCEPTED, NUMBER, REPAIRED, UNIT, with_repairs
from medai_core.store.standing import is_current

MEASURED: Final = (Lane.VITAL, Lane.LABORATORY, Lane.OBSERVATION)
"""The lanes whose values are drawn as curves."""

_ENTRIES: Final = tables.record_entries.c
_VALUES: Final = tables.record_values.c
_IMAGES: Final = tables.images.c


CurveKey = tuple[str, str, str]
"""System, code and unit: what one curve holds."""


@dataclass(frozen=True, slots=True)
class LaneMonth:
    """How many entries of a lane began in a month ("2026-11"; None without a time), how many are current."""

    lane: Lane
    month: str | None
    count: int
    current: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """One value with its place: code, unit and lane say to which curve it belongs."""

    lane: Lane
    code: Code
    unit: str
    point: Point

    @property
    def key(self) -> CurveKey:
        """The curve that it belongs to."""
        return self.code.system, self.code.code, self.unit


class Overviews(Repository):
    """What the pages of patients show, of one store."""

    def first_images(self, study_ids: Sequence[str]) -> dict[str, str]:
        """The id of each study's first image, by instance number."""
        place = func.row_number().over(
            partition_by=_IMAGES.study_id,
            order_by=(
                _IMAGES.instance_number.is_(None),
                _IMAGES.instance_number,
                _IMAGES.added_at,
                _IMAGES.id,
            ),
        )
        ranked = (
            select(_IMAGES.study_id, _IMAGES.id, place.label("place"))
            .where(_IMAGES.study_id.in_(list(study_ids)))
            .subquery()
        )
        query = select(ranked.c.study_id, ranked.c.id).where(ranked.c.place == 1)
        with self._database.reading() as connection:
            return {study_id: image_id for study_id, image_id in connection.execute(query)}

    def months(self, group: Sequence[str]) -> tuple[LaneMonth, ...]:
        """How many entries of each lane began in each month, and how many of them are current."""
        current = case((is_current(), 1), else_=0)
        query = (
            select(_ENTRIES.lane, _MONTH, func.count(), func.sum(current))
            .where(_ENTRIES.patient_id.in_(group))
            .group_by(_ENTRIES.lane, _MONTH)
        )
        with self._database.reading() as connection:
            found = connection.execute(query).all()
        return tuple(LaneMonth(Lane(lane), month, count, int(shown)) for lane, month, count, shown in found)

    def lines(
        self, group: Sequence[str], lanes: Collection[Lane], *, newest: int, hidden: bool
    ) -> dict[Lane, tuple[Line, ...]]:
        """The newest lines of each lane, those without a time last; `hidden` adds what is not current."""
        place = func.row_number().over(
            partition_by=_ENTRIES.lane,
            order_by=(_ENTRIES.starts_at.is_(None), _ENTRIES.starts_at.desc(), _ENTRIES.id),
        )
        wanted = [_ENTRIES.patient_id.in_(group), _ENTRIES.lane.in_([lane.value for lane in lanes])]
        ranked = select(_ENTRIES.id, place.label("place")).where(*wanted, *_shown(hidden))
        inner = ranked.subquery()
        chosen = select(inner.c.id).where(inner.c.place <= newest)
        query = (
            select(*_LINE)
            .where(_ENTRIES.id.in_(chosen))
            .order_by(_ENTRIES.starts_at.is_(None), _ENTRIES.starts_at.desc(), _ENTRIES.id)
        )
        found: dict[Lane, list[Line]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(query):
                line = _line(row)
                found.setdefault(line.lane, []).append(line)
        return {lane: tuple(lines) for lane, lines in found.items()}

    def contents(self, entry_ids: Iterable[str]) -> dict[str, Json]:
        """The FHIR resources of entries."""
        query = select(_ENTRIES.id, _ENTRIES.content).where(_ENTRIES.id.in_(list(entry_ids)))
        with self._database.reading() as connection:
            return {entry_id: json.loads(content) for entry_id, content in connection.execute(query)}

    def curve_months(self, group: Sequence[str]) -> dict[CurveKey, list[Stretch]]:
        """What was measured in each month, oldest first; current values with a time alone."""
        is_repaired = self._is_repaired(group)
        number, unit = (NUMBER, UNIT) if is_repaired else (_VALUES.number, _VALUES.unit)
        query = (
            select(
                _VALUES.system, _VALUES.code, unit, _MONTH,
                func.count(), func.min(number), func.max(number),
            )
            .select_from(_REPAIRED_TOO if is_repaired else _JOINED)
            .where(*_of(group, MEASURED), _ENTRIES.starts_at.is_not(None), is_current())
            .group_by(_VALUES.code, _MONTH, unit, _VALUES.system)
            .order_by(_VALUES.code, _MONTH)
        )  # fmt: skip
        curves: dict[CurveKey, list[Stretch]] = {}
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        months = {row[3]: (int(row[3][:4]), int(row[3][5:])) for row in rows}
        for system, code, unit, month, count, lowest, highest in rows:
            stretch = Stretch(*months[month], count, lowest, highest)
            curves.setdefault((system, code, unit), []).append(stretch)
        return curves

    def _is_repaired(self, group: Sequence[str]) -> bool:
        """Whether a person has accepted a repair of any of these records' values: few have, and asking for
        each value costs as much as reading it."""
        mine = select(_ENTRIES.id).where(_ENTRIES.id == tables.record_repairs.c.entry_id)
        query = select(tables.record_repairs.c.id).where(
            tables.record_repairs.c.state == ACCEPTED, mine.where(_ENTRIES.patient_id.in_(group)).exists()
        )
        with self._database.reading() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def newest_since(self, group: Sequence[str], count: int, *, hidden: bool) -> datetime | None:
        """From when on there are `count` measured entries; None where there are fewer in all."""
        query = (
            select(_ENTRIES.starts_at)
            .where(*_of(group, MEASURED), _ENTRIES.starts_at.is_not(None), *_shown(hidden))
            .order_by(_ENTRIES.starts_at.desc())
            .offset(count - 1)
            .limit(1)
        )
        with self._database.reading() as connection:
            return connection.scalar(query)

    def measurements(
        self, group: Sequence[str], since: datetime | None, until: datetime | None = None, *, hidden: bool
    ) -> tuple[Measurement, ...]:
        """All values of a time, oldest first."""
        is_repaired = self._is_repaired(group)
        query = (
            select(*_POINT, *(_READ if is_repaired else _RAW))
            .select_from(_REPAIRED_TOO if is_repaired else _JOINED)
            .where(*_of(group, MEASURED), _ENTRIES.starts_at.is_not(None), *_shown(hidden))
            .order_by(_ENTRIES.starts_at, _ENTRIES.id, _VALUES.position)
        )
        if since is not None:
            query = query.where(_ENTRIES.starts_at >= since)
        if until is not None:
            query = query.where(_ENTRIES.starts_at < until)
        with self._database.reading() as connection:
            return tuple(_measurement(row) for row in connection.execute(query))

    def of_month(
        self, group: Sequence[str], year: int, month: int, *, hidden: bool
    ) -> tuple[Measurement, ...]:
        """All values of a month (UTC), oldest first."""
        begin = datetime(year, month, 1, tzinfo=UTC)
        end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        return self.measurements(group, begin, end, hidden=hidden)


_MONTH: Final = func.substr(cast(_ENTRIES.starts_at, String), 1, 7)
"""The month as text, "2026-11": so both databases write a time as text."""
_JOINED: Final = tables.record_entries.join(tables.record_values, _VALUES.entry_id == _ENTRIES.id)
_REPAIRED_TOO: Final = with_repairs(_JOINED)
_LINE: Final = tuple(
    _ENTRIES[name]
    for name in (
        "id", "lane", "resource_type", "source", "status", "standing", "starts_at", "ends_at", "stored_at",
        "replaced_by", "versions", "about",
    )
)  # fmt: skip
_POINT: Final = (
    *(_ENTRIES[name] for name in ("id", "lane", "standing", "starts_at", "replaced_by", "about")),
    *(
        _VALUES[name]
        for name in (
            "system", "code", "display", "comparator", "text", "low", "high", "interpretation",
        )
    ),
    _VALUES.number.label("raw_number"), _VALUES.unit.label("raw_unit"),
)  # fmt: skip
_READ: Final = (UNIT.label("unit"), NUMBER.label("number"), REPAIRED.label("repaired"))
_RAW: Final = (_VALUES.unit.label("unit"), _VALUES.number.label("number"), literal(False).label("repaired"))
"""What is read of a value: what a person accepted in its place, or what was said."""


def _of(group: Sequence[str], lanes: Collection[Lane]) -> tuple[ColumnElement[bool], ...]:
    return _ENTRIES.patient_id.in_(group), _ENTRIES.lane.in_([lane.value for lane in lanes])


def _shown(hidden: bool) -> tuple[ColumnElement[bool], ...]:
    return () if hidden else (is_current(),)


def _when(at: datetime | None, rest: list[Any] | None) -> When | None:
    return When(at, *(rest or (None, "second"))) if at is not None else None


def _line(row: Any) -> Line:
    about = json.loads(row.about)
    codes = about.get("codes") or ()
    return Line(
        id=row.id,
        lane=Lane(row.lane),
        resource_type=row.resource_type,
        title=about.get("title", ""),
        source=row.source,
        status=row.status,
        standing=Standing(row.standing),
        code=Code(*codes[0]) if codes else None,
        starts=_when(row.starts_at, about.get("starts")),
        ends=_when(row.ends_at, about.get("ends")),
        stored_at=row.stored_at,
        replaced_by=row.replaced_by,
        versions=row.versions,
    )


_STARTS: Final = re.compile(r'"starts":\[(null|-?\d+),"(\w+)"\]')
"""The part of `about` that says how a time was written; a quote inside a text of it has a backslash."""


def _measurement(row: Any) -> Measurement:
    """Read without decoding all of `about`, as there are many.

    What a sender's flag and range say of a raw number is not said of the repaired one: the flag never, the
    range only where the unit is the same.
    """
    written = _STARTS.search(row.about)
    offset, precision = written.groups() if written else ("null", "second")
    ranged = not row.repaired or row.unit == row.raw_unit
    point = Point(
        row.id,
        When(row.starts_at, None if offset == "null" else int(offset), precision),
        row.number,
        row.comparator,
        row.text,
        row.low if ranged else None,
        row.high if ranged else None,
        "" if row.repaired else row.interpretation,
        _STANDINGS[row.standing],
        row.replaced_by is not None,
        f"{row.raw_number:g} {row.raw_unit}, repaired" if row.repaired else "",
    )
    return Measurement(_LANES[row.lane], Code(row.system, row.code, row.display), row.unit, point)


_STANDINGS: Final = {standing.value: standing for standing in Standing}
_LANES: Final = {lane.value: lane for lane in Lane}
