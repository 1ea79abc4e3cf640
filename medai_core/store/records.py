"""What is said of patients: entries, their values and versions. Reads alone; `record_writing` writes.

get, find, of_patient, values_of, versions, unmapped, unmapped_count, waiting, lines, group, survivor.
What was said of a patient who was merged into another shows under the one that stayed; nothing is moved.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import RowMapping, Select, func, select

from medai_core.domain.record import (
    Code,
    Entry,
    Lane,
    Measured,
    RecordLine,
    Series,
    Standing,
    UnmappedCode,
    Waiting,
)
from medai_core.store import tables
from medai_core.store.connection import Repository
from medai_core.store.record_rows import entry_of, identity_of, value_of, when_of
from medai_core.store.repairs import NUMBER, REPAIRED, UNIT, with_repairs
from medai_core.store.standing import is_current

if TYPE_CHECKING:
    from medai_core.store.record_writing import RecordWriter

_ENTRIES: Final = tables.record_entries.c
_VALUES: Final = tables.record_values.c
_VERSIONS: Final = tables.record_versions.c
_PATIENTS: Final = tables.patients.c
_LINES: Final = tables.record_import_lines.c


class Records(Repository):
    """The record of one store."""

    @cached_property
    def writer(self) -> "RecordWriter":
        """What an import writes."""
        from medai_core.store.record_writing import RecordWriter

        return RecordWriter(self._database)

    def get(self, entry_id: str) -> Entry | None:
        """The entry of an opaque id."""
        return next(iter(self._entries(_select().where(_ENTRIES.id == entry_id))), None)

    def find(self, source: str, resource_type: str, key: str) -> Entry | None:
        """The entry of an identity."""
        identity = identity_of(source, resource_type, key)
        return next(iter(self._entries(_select().where(_ENTRIES.identity == identity))), None)

    def of_patient(
        self,
        patient_id: str,
        lanes: Collection[Lane] | None = None,
        since: datetime | None = None,
        current_only: bool = False,
        *,
        resource_types: Collection[str] | None = None,
    ) -> tuple[Entry, ...]:
        """Everything of a patient, newest first, what has no time last. `since` leaves out what has none."""
        query = _select().where(_ENTRIES.patient_id.in_(self.group(patient_id)))
        if lanes is not None:
            query = query.where(_ENTRIES.lane.in_([lane.value for lane in lanes]))
        if resource_types is not None:
            query = query.where(_ENTRIES.resource_type.in_(list(resource_types)))
        if since is not None:
            query = query.where(_ENTRIES.starts_at >= since)
        if current_only:
            query = query.where(is_current())
        return self._entries(query)

    def values_of(
        self, patient_id: str, codes: Collection[Code] | None = None, *, current_only: bool = True
    ) -> tuple[Series, ...]:
        """A patient's values by code, each series oldest first; `codes` are matched by system and code.

        Where a person has accepted a repair, the repaired number is given, with the raw one beside it.
        """
        joined = tables.record_values.join(tables.record_entries, _ENTRIES.id == _VALUES.entry_id)
        names = ("starts_at", "lane", "source", "status", "standing", "replaced_by", "about")
        query = (
            select(tables.record_values, *(_ENTRIES[name] for name in names))
            .add_columns(NUMBER.label("read_number"), UNIT.label("read_unit"), REPAIRED.label("repaired"))
            .select_from(with_repairs(joined))
            .where(_ENTRIES.patient_id.in_(self.group(patient_id)))
            .order_by(_ENTRIES.starts_at.is_(None), _ENTRIES.starts_at, _ENTRIES.id, _VALUES.position)
        )
        if current_only:
            query = query.where(is_current())
        if codes is not None:
            query = query.where(_VALUES.code.in_({code.code for code in codes}))
        wanted = None if codes is None else {(code.system, code.code) for code in codes}
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings()
            return _series([_measured(row) for row in rows], wanted)

    def versions(self, entry_id: str) -> tuple[Entry, ...]:
        """What an entry said before, oldest first; `versions` is the number of each, `stored_at` its own."""
        names = ("patient_id", "content", "about", "import_id", "stored_at")
        kept = [_VERSIONS[name].label(name) for name in names]
        same = [
            _ENTRIES[name].label(name)
            for name in ("id", "source", "resource_type", "replaced_by")
        ]  # fmt: skip
        own = [_VERSIONS[name] for name in ("lane", "status", "standing", "starts_at", "ends_at", "recorded")]
        query = (
            select(*kept, *same, *own, _VERSIONS.number.label("versions"))
            .join(tables.record_entries, _ENTRIES.id == _VERSIONS.entry_id)
            .where(_VERSIONS.entry_id == entry_id)
            .order_by(_VERSIONS.number)
        )
        return self._entries(query, ordered=True)

    def unmapped(self, *, limit: int | None = None) -> tuple[UnmappedCode, ...]:
        """Codes that no table of ours knows, the most frequent first."""
        columns = tables.unmapped_codes.c
        query = select(tables.unmapped_codes).order_by(columns["count"].desc(), columns.id).limit(limit)
        with self._database.reading() as connection:
            return tuple(
                UnmappedCode(
                    row["source"],
                    row["resource_type"],
                    Code(row["system"], row["code"], row["display"]),
                    row["count"],
                )
                for row in connection.execute(query).mappings()
            )

    def unmapped_count(self) -> int:
        """How many different codes no table of ours knows."""
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(tables.unmapped_codes)).scalar_one()

    def waiting(self) -> tuple[Waiting, ...]:
        """What waits for a patient who has not come yet, by source and resource type; the most first."""
        count, people = func.count(), func.count(func.distinct(_ENTRIES.subject))
        query = (
            select(_ENTRIES.source, _ENTRIES.resource_type, count, people, func.min(_ENTRIES.stored_at))
            .where(_ENTRIES.patient_id.is_(None), _ENTRIES.subject.is_not(None))
            .group_by(_ENTRIES.source, _ENTRIES.resource_type)
            .order_by(count.desc(), _ENTRIES.source, _ENTRIES.resource_type)
        )
        with self._database.reading() as connection:
            return tuple(Waiting(*row) for row in connection.execute(query))

    def lines(self, import_id: str) -> tuple[RecordLine, ...]:
        """What became of each file and resource of an import."""
        columns = [_LINES[name] for name in RecordLine.__slots__]
        query = select(*columns).where(_LINES.import_id == import_id).order_by(_LINES.number)
        with self._database.reading() as connection:
            return tuple(RecordLine(**row) for row in connection.execute(query).mappings())

    def survivor(self, patient_id: str) -> str:
        """The patient under whom this one shows: itself, unless it was merged into another."""
        with self._database.reading() as connection:
            seen = {patient_id}
            while True:
                query = select(_PATIENTS.merged_into).where(_PATIENTS.id == patient_id)
                into = connection.scalar(query)
                if into is None or into in seen:
                    return patient_id
                seen.add(into)
                patient_id = into

    def group(self, patient_id: str) -> tuple[str, ...]:
        """Ids of all records of a person: the one that stays, then those merged into it."""
        with self._database.reading() as connection:
            group = [self.survivor(patient_id)]
            layer = list(group)
            while layer:
                query = select(_PATIENTS.id).where(_PATIENTS.merged_into.in_(layer)).order_by(_PATIENTS.id)
                layer = [found for found in connection.scalars(query) if found not in group]
                group += layer
        return tuple(group)

    def _entries(self, query: Select[Any], *, ordered: bool = False) -> tuple[Entry, ...]:
        if not ordered:
            query = query.order_by(_ENTRIES.starts_at.is_(None), _ENTRIES.starts_at.desc(), _ENTRIES.id)
        with self._database.reading() as connection:
            return tuple(map(entry_of, connection.execute(query).mappings()))


def _select() -> Select[Any]:
    return select(tables.record_entries)


def _measured(row: RowMapping) -> Measured:
    raw = value_of(row)
    read = replace(raw, number=row["read_number"], unit=row["read_unit"]) if row["repaired"] else raw
    return Measured(
        entry_id=row["entry_id"],
        value=read,
        raw=raw if row["repaired"] else None,
        at=when_of(row),
        lane=Lane(row["lane"]),
        source=row["source"],
        status=row["status"],
        current=row["standing"] == Standing.CURRENT.value and row["replaced_by"] is None,
    )


def _series(points: list[Measured], wanted: set[tuple[str, str]] | None) -> tuple[Series, ...]:
    """By system and code, or by display where there is no code; in the order of their first value."""
    found: dict[tuple[str, str, str], list[Measured]] = {}
    for point in points:
        code = point.value.code
        if wanted is None or (code.system, code.code) in wanted:
            found.setdefault((code.system, code.code, "" if code.code else code.display), []).append(point)
    return tuple(Series(group[-1].value.code, tuple(group)) for group in found.values())
