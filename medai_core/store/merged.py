"""Records of one person as one, at the moment of reading: nothing is moved when records are merged.

A merged record names the one that stays (`merged_into`); that one is merged into none, so there are neither
chains nor cycles. A person is restricted where one of the records is.
"""

from typing import Any, Final

from sqlalchemy import CompoundSelect, FromClause, Select, func, select, union

from medai_core.store import tables

_PATIENTS: Final = tables.patients.c
_ACCESS: Final = tables.patient_access.c


def owner(columns: Any = _PATIENTS) -> Any:
    """The record under which a row of patients shows: itself, or the one that it was merged into."""
    return func.coalesce(columns.merged_into, columns.id)


def with_owners(from_clause: FromClause, patient_id: Any) -> FromClause:
    """Joined with the patients under whom the records of `patient_id` show."""
    own = tables.patients.alias("own_record")
    joined = from_clause.join(own, patient_id == own.c.id)
    return joined.join(tables.patients, _PATIENTS.id == owner(own.c))


def together(patient_id: str) -> CompoundSelect[tuple[str]]:
    """Ids of all records of the person to whom a record belongs."""
    return whole(select(owner()).where(_PATIENTS.id == patient_id))


def whole(owners: Select[Any]) -> CompoundSelect[tuple[str]]:
    """Ids of all records of the persons whose owning records are selected (one column)."""
    found = owners.cte()
    column = next(iter(found.c))
    return union(select(column), select(_PATIENTS.id).join(found, _PATIENTS.merged_into == column))


def hidden(caller_id: str | None) -> CompoundSelect[tuple[str]]:
    """Ids of all records of persons with a restricted record on whose list the caller is not."""
    closed = select(owner()).where(_PATIENTS.restricted)
    if caller_id:
        listed = select(_ACCESS.patient_id).where(_ACCESS.user_id == caller_id)
        closed = closed.where(_PATIENTS.id.not_in(listed))
    return whole(closed)
