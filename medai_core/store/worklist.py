"""The worklist's query: filters, order, one page, and the neighbours of a study."""

from datetime import date
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from medai_core.domain.reading import Priority, StudyRow, StudyState
from medai_core.store import tables
from medai_core.store.merged import hidden, owner, together, whole, with_owners
from medai_core.store.patients import patient_of
from medai_core.store.rows import Claim, StudyFilter, StudyRecord
from medai_core.store.search import query_words

RANKS: Final = {priority: rank for rank, priority in enumerate(Priority)}
_PRIORITIES: Final = tuple(Priority)

_STUDIES: Final = tables.studies.c
_PATIENTS: Final = tables.patients.c
_USERS: Final = tables.users.c
_NO_DATE: Final = date(1, 1, 1)
_LONGEST_SEARCH: Final = 12
_NOT_SHOWN: Final = ("id", "search", "created_at", "merged_into")


def rows_query() -> Select[Any]:
    """Studies with the patients under whom they show, and the name of whoever has claimed them."""
    patient = [column for column in tables.patients.c if column.name not in _NOT_SHOWN]
    study = [column for column in tables.studies.c if column.name != "search"]
    joined = with_owners(tables.studies, _STUDIES.patient_id)
    joined = joined.outerjoin(tables.users, _STUDIES.claimed_by == _USERS.id)
    others = _PATIENTS.id.label("owner_id"), _USERS.display_name.label("claimed_by_name")
    return select(*study, *patient, *others).select_from(joined)


def page(
    connection: Connection, filters: StudyFilter, *, offset: int, limit: int
) -> tuple[list[StudyRow], int]:
    """Rows `offset` to `offset + limit`, and the number of all that match.

    The ids are chosen first: what a row shows is fetched for one page only.
    """
    total = connection.execute(_matching(func.count(), filters=filters)).scalar_one()
    chosen = _matching(_STUDIES.id, filters=filters).order_by(*_order(filters)).limit(limit).offset(offset)
    ids = list(connection.scalars(chosen))
    found = connection.execute(rows_query().where(_STUDIES.id.in_(ids))).mappings()
    rows = {row["id"]: row_of(row) for row in found}
    return [rows[study_id] for study_id in ids], total


def count_by_state(connection: Connection, filters: StudyFilter) -> dict[StudyState, int]:
    """Matching rows in each state; the filter's own states are left aside."""
    query = _matching(_STUDIES.state, func.count(), filters=filters, states=()).group_by(_STUDIES.state)
    found = {StudyState(state): count for state, count in connection.execute(query)}
    return {state: found.get(state, 0) for state in StudyState}


def modalities(connection: Connection, filters: StudyFilter) -> tuple[str, ...]:
    """The modalities of all studies that the caller may see."""
    query = select(_STUDIES.modality).where(*_visible(filters)).distinct()
    words = {word for value in connection.scalars(query) for word in value.split(", ") if word}
    return tuple(sorted(words))


def neighbours(connection: Connection, filters: StudyFilter, study_id: str) -> tuple[str | None, str | None]:
    """Ids of the study before and after, by comparing places in the order instead of counting rows."""
    key = _key(filters)
    place = connection.execute(select(*key).where(_STUDIES.id == study_id)).first()
    if place is None:
        return None, None
    here = tuple_(*(literal(value, column.type) for value, column in zip(place, key, strict=True)))
    there = tuple_(*key)
    after = _matching(_STUDIES.id, filters=filters).limit(1)
    up = after.where(there > here).order_by(*(column.asc() for column in key))
    down = after.where(there < here).order_by(*(column.desc() for column in key))
    smaller, larger = connection.scalar(down), connection.scalar(up)
    return (smaller, larger) if filters.order == "priority" else (larger, smaller)


def _key(filters: StudyFilter) -> tuple[ColumnElement[Any], ...]:
    """What the order compares; ascending for "priority", descending for the others."""
    if filters.order == "priority":
        waits = case((_STUDIES.state == StudyState.SIGNED.value, 1), else_=0)
        return waits, _rank(filters), _STUDIES.received_at, _STUDIES.id
    if filters.order == "received":
        return _STUDIES.received_at, _STUDIES.id
    if filters.order == "study date":
        return func.coalesce(_STUDIES.study_date, _NO_DATE), _STUDIES.received_at, _STUDIES.id
    raise ValueError('"order" is priority, received or study date')


def _rank(filters: StudyFilter) -> ColumnElement[int]:
    """0 for the most urgent; a raised study stands one step higher, never lower than it was asked for."""
    if not filters.model_raises:
        return _STUDIES.priority
    raised = and_(_STUDIES.raised, _STUDIES.priority > 0)
    return case((raised, _STUDIES.priority - 1), else_=_STUDIES.priority)


def _order(filters: StudyFilter) -> list[ColumnElement[Any]]:
    ascending = filters.order == "priority"
    return [column.asc() if ascending else column.desc() for column in _key(filters)]


def _matching(
    *columns: Any, filters: StudyFilter, states: tuple[StudyState, ...] | None = None
) -> Select[Any]:
    query = select(*columns).select_from(tables.studies)
    return query.where(
        *_visible(filters), *_conditions(filters, filters.states if states is None else states)
    )


def _visible(filters: StudyFilter) -> list[ColumnElement[bool]]:
    """Restricted patients only for those on their list. There are few: they are looked up once, not a row."""
    if filters.all_restricted:
        return [_STUDIES.patient_id.not_in(select(_PATIENTS.id).where(_PATIENTS.erased_at.is_not(None)))]
    return [_STUDIES.patient_id.not_in(hidden(filters.caller_id))]


def _conditions(filters: StudyFilter, states: tuple[StudyState, ...]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for word in query_words(filters.search)[:_LONGEST_SEARCH]:
        patients = whole(select(owner()).where(_PATIENTS.search.contains(word, autoescape=True)))
        found.append(or_(_STUDIES.search.contains(word, autoescape=True), _STUDIES.patient_id.in_(patients)))
    if filters.search.strip() and not found:
        found.append(false())  # only punctuation: nothing can match
    if states:
        found.append(_STUDIES.state.in_([state.value for state in states]))
    if filters.modalities:
        found.append(or_(*map(_has_modality, filters.modalities)))
    if filters.date_from:
        found.append(_STUDIES.study_date >= filters.date_from)
    if filters.date_to:
        found.append(_STUDIES.study_date <= filters.date_to)
    if filters.patient_id:
        found.append(_STUDIES.patient_id.in_(together(filters.patient_id)))
    return found


def _has_modality(modality: str) -> ColumnElement[bool]:
    """A study's modalities are words separated by a comma and a space."""
    padded = ", " + _STUDIES.modality + ", "
    return padded.contains(f", {modality}, ", autoescape=True)


def row_of(row: RowMapping) -> StudyRow:
    """A worklist row from a row of `rows_query`."""
    return StudyRow(
        id=row["id"],
        patient=patient_of(row, id_column="owner_id"),
        modality=row["modality"],
        description=row["description"],
        study_date=row["study_date"],
        received_at=row["received_at"],
        state=StudyState(row["state"]),
        priority=_PRIORITIES[row["priority"]],
        image_count=row["image_count"],
        model_state=row["model_state"],
        raised_by=row["raised_by"],
        reader=row["signed_by_name"] or row["claimed_by_name"] or "",
    )


def record_of(row: RowMapping) -> StudyRecord:
    """A study from a row of `rows_query`."""
    claim = None
    if row["claimed_by"]:
        claim = Claim(row["claimed_by"], row["claimed_by_name"], row["claimed_at"])
    return StudyRecord(row_of(row), row["study_uid"], row["accession_number"], row["study_time"], claim)
