"""One patient's record as a page shows it: who, what warns, what there is, what was measured.

whose (the record that stands for a patient), banner_of, overview, entry_view.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from medai_core.domain.overview import Bin, Line, Overview
from medai_core.domain.people import Caller, Patient, Role
from medai_core.domain.record import Entry, Lane
from medai_core.domain.refusal import Refusal
from medai_core.security.access import may_see_patient, require, require_patient
from medai_core.services import record_curves
from medai_core.services.record_words import detail_of, no_known_allergy
from medai_core.store import clock
from medai_core.store.database import Store
from medai_core.store.overview import MEASURED, CurveKey, LaneMonth
from medai_core.store.repairs import ACCEPTED, Repair

NEWEST: Final = 100
"""So many entries of a lane are shown one by one; older ones stand in their months."""
DETAILED: Final = (Lane.PROBLEM, Lane.ALLERGY, Lane.MEDICATION)
"""The lanes whose every line is shown with what its resource adds."""
LASTING: Final = frozenset(
    {Lane.PROBLEM, Lane.ALLERGY, Lane.MEDICATION, Lane.ENCOUNTER, Lane.RISK, Lane.PLAN}
)
"""The lanes of what holds for a while."""
_DETAILS: Final = 25
"""Of the other lanes the newest lines alone are shown with it."""
_VISIT: Final = timedelta(minutes=15)

_OVER: Final = frozenset({"inactive", "remission", "resolved", "completed", "stopped", "ended", "finished"})
_HOLDS: Final = frozenset(
    {"active", "recurrence", "relapse", "in-progress", "on-hold", "onhold", "arrived", "triaged"}
)


@dataclass(frozen=True, slots=True)
class Banner:
    """What stands beside the name on every page of a patient.

    `allergies` are the current ones; `asked` says which were asked for and denied. Where both are empty,
    none was ever recorded, which is another thing than none known. `alerts` are sentences.
    """

    allergies: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry with everything that it said before, oldest first, and the entry that replaced it, if any.

    `repaired` gives, by a value's place (0-based), the repair that a person accepted for it.
    """

    entry: Entry
    before: tuple[Entry, ...] = ()
    replaced_by: Entry | None = None
    repaired: Mapping[int, Repair] = field(default_factory=dict)


def whose(store: Store, caller: Caller, patient_id: str) -> Patient:
    """The patient who stands for this id: itself, or the one into whom it was merged.

    Raises Refusal "not-allowed" where either is not open to the caller.
    """
    require(caller, Role.READ_ONLY)
    require_patient(store, caller, patient_id)
    survivor = store.records.survivor(patient_id)
    require_patient(store, caller, survivor)
    patient = store.patients.get(survivor)
    assert patient is not None, "a patient who may be seen is there"
    return patient


def note_viewed(store: Store, caller: Caller, patient_id: str) -> None:
    """One audit line for each visit to a patient's page, not for each redraw."""
    last = store.audit.search(actor=caller.user_id, action="patient-viewed", object_id=patient_id, limit=1)
    if not last or clock.now() - last[0].at > _VISIT:
        store.audit.append(caller.user_id, "patient-viewed", patient_id)


def banner_of(store: Store, caller: Caller, patient_id: str) -> Banner:
    """Allergies and alerts of a patient whom the caller may see."""
    group = group_of(store, caller, patient_id)
    lines = store.overviews.lines(group, (Lane.ALLERGY, Lane.RISK), newest=NEWEST, hidden=False)
    now = clock.now()
    allergies, asked = [], []
    found = [line for line in lines.get(Lane.ALLERGY, ()) if _holds(line, now) is not False]
    details = store.overviews.contents(line.id for line in found)
    for line in found:
        if denied := no_known_allergy(line.code, line.title):
            asked.append(denied)
        else:
            detail = detail_of(details[line.id]) if line.id in details else ""
            word = " (unconfirmed)" if "unconfirmed" in line.status else ""
            allergies.append(f"{line.title or 'not named'}{word}{f': {detail}' if detail else ''}")
    flags = [line for line in lines.get(Lane.RISK, ()) if line.resource_type == "Flag"]
    alerts = [line.title for line in flags if _holds(line, now) is not False and line.title]
    records = [store.patients.get(one) for one in group]
    if any(one is not None and one.restricted for one in records):
        alerts.append("Restricted: open to listed persons alone")
    return Banner(tuple(dict.fromkeys(allergies)), tuple(dict.fromkeys(asked)), tuple(dict.fromkeys(alerts)))


def overview(
    store: Store,
    caller: Caller,
    patient_id: str,
    *,
    hidden: bool = False,
    more: Collection[CurveKey] = (),
) -> Overview:
    """Everything that the patient's page shows.

    Parameters
    ----------
    hidden : bool
        Whether what is withdrawn, preliminary or replaced comes along; it never counts as current.
    more : collection of (system, code, unit)
        Curves beyond those that are always shown.
    """
    patient = whose(store, caller, patient_id)
    group = group_of(store, caller, patient.id)
    months = store.overviews.months(group)
    counts, not_current = _counts(months, but_current=False), _counts(months, but_current=True)
    shown = counts if hidden else {lane: n - not_current.get(lane, 0) for lane, n in counts.items()}
    listed = [lane for lane, n in shown.items() if n and (lane not in MEASURED or n <= NEWEST)]
    lines = store.overviews.lines(group, [*listed], newest=NEWEST, hidden=hidden)
    lines = _with_details(store, lines)
    curves, others, thinned = record_curves.curves(store, group, hidden=hidden, more=more)
    return Overview(
        patient=patient,
        counts=counts,
        hidden=not_current,
        lines=lines,
        bins=_bins(months, shown, lines, hidden=hidden),
        curves=curves,
        others=others,
        thinned=(*_left_out(shown, lines), *thinned),
    )


def entry_view(store: Store, caller: Caller, entry_id: str) -> EntryView:
    """One entry with its versions. Raises Refusal "entry-missing", "not-allowed"."""
    require(caller, Role.READ_ONLY)
    entry = store.records.get(entry_id)
    if entry is None or entry.patient_id is None:
        raise Refusal(
            "entry-missing",
            expected="an entry of a patient's record",
            found="none under this id",
            what_to_do="Open it from the patient's page.",
        )
    whose(store, caller, entry.patient_id)
    replaced_by = store.records.get(entry.replaced_by) if entry.replaced_by else None
    return EntryView(entry, store.records.versions(entry_id), replaced_by, _repaired(store, entry))


def _repaired(store: Store, entry: Entry) -> dict[int, Repair]:
    """The accepted repairs of an entry's values, as far as they stand as they were."""
    values = dict(enumerate(entry.draft.values))
    return {
        repair.position: repair
        for repair in store.repairs.of_entry(entry.id)
        if repair.state == ACCEPTED
        and (value := values.get(repair.position)) is not None
        and (value.number, value.unit) == (repair.raw_number, repair.raw_unit)
    }


def line_of(entry: Entry) -> Line:
    """An entry as a line, with what its resource adds."""
    draft = entry.draft
    line = Line(
        id=entry.id,
        lane=draft.lane,
        resource_type=draft.resource_type,
        title=draft.title,
        source=draft.source,
        status=draft.status,
        standing=draft.standing,
        code=draft.codes[0] if draft.codes else None,
        starts=draft.starts,
        ends=draft.ends,
        stored_at=entry.stored_at,
        replaced_by=entry.replaced_by,
        versions=entry.versions,
        detail=detail_of(draft.content),
    )
    return replace(line, ongoing=_holds(line, clock.now()))


def group_of(store: Store, caller: Caller, patient_id: str) -> tuple[str, ...]:
    """Ids of all records of the person that are open to the caller."""
    require_patient(store, caller, patient_id)
    return tuple(one for one in store.records.group(patient_id) if may_see_patient(store, caller, one))


def _counts(months: Sequence[LaneMonth], *, but_current: bool) -> dict[Lane, int]:
    """Entries of each lane, or those that are not current alone; lanes without any are left out."""
    found: dict[Lane, int] = {}
    for month in months:
        found[month.lane] = found.get(month.lane, 0) + (
            month.count - month.current if but_current else month.count
        )
    return {lane: found[lane] for lane in Lane if found.get(lane)}


def _holds(line: Line, now: datetime) -> bool | None:
    """Whether what the line says still holds; None where the source does not say, or where nothing lasts."""
    if line.lane not in LASTING:
        return None
    if line.ends is not None and line.ends.at <= now:
        return False
    words = {word.strip() for word in line.status.split(",")}
    if words & _OVER:
        return False
    return True if words & _HOLDS else None


def _with_details(store: Store, lines: dict[Lane, tuple[Line, ...]]) -> dict[Lane, tuple[Line, ...]]:
    now = clock.now()
    wanted = [
        line.id
        for lane, found in lines.items()
        if lane not in MEASURED
        for line in (found if lane in DETAILED else found[:_DETAILS])
    ]
    contents = store.overviews.contents(wanted)
    return {
        lane: tuple(
            replace(
                line,
                detail=detail_of(contents[line.id]) if line.id in contents else "",
                ongoing=_holds(line, now),
            )
            for line in found
        )
        for lane, found in lines.items()
    }


def _bins(
    months: Sequence[LaneMonth],
    shown: dict[Lane, int],
    lines: dict[Lane, tuple[Line, ...]],
    *,
    hidden: bool,
) -> tuple[Bin, ...]:
    """The months of what is not shown one by one."""
    partly = {lane for lane, n in shown.items() if n > len(lines.get(lane, ()))}
    oldest = {
        lane: min((f"{line.starts.at:%Y-%m}" for line in lines.get(lane, ()) if line.starts), default="9999")
        for lane in partly
    }
    found = []
    for one in months:
        count = one.count if hidden else one.current
        if one.month is not None and count and one.lane in partly and one.month < oldest[one.lane]:
            found.append(Bin(one.lane, int(one.month[:4]), int(one.month[5:]), count))
    return tuple(found)


def _left_out(shown: dict[Lane, int], lines: dict[Lane, tuple[Line, ...]]) -> list[str]:
    """What the lists leave out, in sentences; measured values have sentences of their own."""
    return [
        f"{lane.value.capitalize()}: the newest {len(lines.get(lane, ()))} of {count} entries are listed; "
        "older ones are counted by month on the timeline."
        for lane, count in shown.items()
        if lane not in MEASURED and count > len(lines.get(lane, ()))
    ]
