"""Entries that show what the counts of the data quality page mean, for those who may see their patients."""

from dataclasses import dataclass

from medai_core.domain.people import Caller, Role
from medai_core.domain.record import When
from medai_core.security.access import may_see_patient, require
from medai_core.store.database import Store
from medai_core.store.quality import Run


@dataclass(frozen=True, slots=True)
class Example:
    """One entry: its opaque id and its patient's, what it is, when, and who says it."""

    entry_id: str
    patient_id: str
    title: str
    resource_type: str
    starts: When | None
    ends: When | None
    source: str


def examples(store: Store, caller: Caller, found: Run) -> dict[str, tuple[Example, ...]]:
    """By what is wrong: the examples of the counts that still stand, of patients open to the caller."""
    require(caller, Role.CLINICIAN)
    kept: dict[str, list[str]] = found.counts.get("examples", {})
    allowed: dict[str, bool] = {}
    shown: dict[str, tuple[Example, ...]] = {}
    for kind, ids in kept.items():
        rows: list[Example] = []
        for entry in map(store.records.get, ids):
            if entry is None or entry.patient_id is None:
                continue
            if entry.patient_id not in allowed:
                allowed[entry.patient_id] = may_see_patient(store, caller, entry.patient_id)
            if allowed[entry.patient_id]:
                draft = entry.draft
                what = (draft.title, draft.resource_type, draft.starts, draft.ends, draft.source)
                rows.append(Example(entry.id, entry.patient_id, *what))
        if rows:
            shown[kind] = tuple(rows)
    return shown
