"""Data quality: what is missing, impossible, far off, out of order, told twice; and repairs to be decided.

run, newest, stale; proposals, repaired, accept, refuse, take_back. For clinicians. All of the store is
counted; what is kept are counts that name nobody. Values of restricted patients are shown to those who may
see them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from medai_core.domain.people import Caller, Role
from medai_core.domain.record import Code, Json, Lane
from medai_core.domain.refusal import Refusal
from medai_core.records.plausible import ADULT_YEARS, LIMITS, Limits, limits_of
from medai_core.records.thresholds import FEWEST, FEWEST_OWN, OUTLIER, SCORE, beyond, beyond_z
from medai_core.security.access import may_see_patient, require, require_patient
from medai_core.services.missing import Matrix
from medai_core.store.database import Store
from medai_core.store.quality import QUALITY, Run
from medai_core.store.repairs import ACCEPTED, PROPOSED, REFUSED, NewRepair, Repair

if TYPE_CHECKING:
    from medai_core.records.quality import Numbers
    from medai_core.records.repairing import Proposal

__all__ = ["FEWEST", "FEWEST_OWN", "OUTLIER", "SCORE", "beyond", "beyond_z"]

DAY: Final = timedelta(days=1)
"""Dates are of a place: a day's difference may be the time zone alone."""
AFTER_DEATH: Final = (
    Lane.VITAL, Lane.LABORATORY, Lane.ENCOUNTER, Lane.PROCEDURE, Lane.IMMUNIZATION, Lane.IMAGING,
)  # fmt: skip
"""What cannot begin after death; reports, claims and documents may."""
MOST_ANALYTES: Final = 400
MOST_EXAMPLES: Final = 20
"""How many entries of each kind of wrong date are kept as examples, by their opaque ids."""
MORE_THAN_ONCE: Final = "more than once"
_SWAPS: Final = (("Body height", "Body weight"), ("Systolic blood pressure", "Diastolic blood pressure"))

Progress = Callable[[float], None]
Cancelled = Callable[[], bool]


def run(
    store: Store,
    caller: Caller,
    *,
    progress: Progress = lambda share: None,
    cancelled: Cancelled = lambda: False,
) -> bool:
    """Count everything anew, propose repairs, keep the counts. False if cancelled: then nothing changes."""
    require(caller, Role.CLINICIAN)
    run_id = store.quality.start(QUALITY, caller.user_id)
    counts, found = _Count(store, progress, cancelled).all()
    if cancelled():
        store.quality.drop(run_id)
        return False
    with store.transaction():
        counts["proposed"] = store.repairs.propose(found)
        store.quality.finish(run_id, counts)
        store.audit.append(caller.user_id, "quality-counted", run_id)
    progress(1.0)
    return True


class _Count:
    """One count of a store."""

    def __init__(self, store: Store, progress: Progress, cancelled: Cancelled) -> None:
        self._store, self._progress, self._cancelled = store, progress, cancelled
        self._deaths: dict[str, datetime] = {}
        self._examples: dict[str, list[str]] = {}

    def all(self) -> tuple[Json, list[NewRepair]]:
        """The counts, and proposals for repairs."""
        entries, values = self._store.quality.entries(), self._store.quality.values()
        self._progress(0.05)
        matrix = self._people()
        for row in entries:
            matrix.entries(row)
        for row in values:
            matrix.values(row)
        self._progress(0.15)
        dates = self._dates(entries)
        self._progress(0.25)
        analytes, found, twice = self._analytes()
        sources = _scores(entries, values, matrix, analytes, dates, twice, self._store.quality.unmapped())
        stored, last = self._store.quality.last_stored()
        counts: Json = {
            "entries": stored,
            "last": last.isoformat() if last else None,
            "sources": sources,
            "missing": matrix.rows(),
            "fields": matrix.fields(),
            "dates": {kind: dict(by_source) for kind, by_source in dates.items()},
            "twice": twice,
            "examples": self._examples,
            "analytes": analytes,
        }
        return counts, found

    def _people(self) -> Matrix:
        matrix = Matrix(datetime.now(UTC).date())
        for one in self._store.quality.people():
            matrix.person(one)
            died = _moment((one.content or {}).get("deceasedDateTime"))
            if died is not None:
                self._deaths[one.patient.id] = died
        return matrix

    def _dates(self, entries: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
        """{what is wrong: {source: entries}}."""
        now = datetime.now(UTC)
        found: dict[str, dict[str, int]] = {"ends before it starts": {}}
        for row in entries:
            if row["ends_early"]:
                _add(found["ends before it starts"], row["source"], int(row["ends_early"]))
        if found["ends before it starts"]:
            early = self._store.quality.ending_early(limit=MOST_EXAMPLES)
            self._examples["ends before it starts"] = early
        rows = self._store.quality.dates(now + DAY)
        born_later = [
            row for row in rows["before birth"] if row["starts_at"] + DAY < _midnight(row["birth_date"])
        ]
        deaths = {patient_id: died + DAY for patient_id, died in self._deaths.items()}
        for kind, wrong in (
            ("before birth", born_later),
            ("after death", self._store.quality.since(deaths, AFTER_DEATH)),
            ("in the future", rows["in the future"]),
        ):
            found[kind] = {}
            for row in wrong:
                _add(found[kind], row["source"], 1)
            self._examples[kind] = [row["id"] for row in wrong[:MOST_EXAMPLES]]
        return found

    def _analytes(self) -> tuple[list[Json], list[NewRepair], dict[str, int]]:
        """Counts of every analyte, those with limits first, proposals, and by source what stands twice."""
        from medai_core.records.quality import counted
        from medai_core.records.repairing import proposals
        from medai_core.services.quality_numbers import again, numbers_of, with_repairs

        measured = self._store.quality.measured()
        named = [(limits_of(code), code, count) for code, count in measured]
        named.sort(key=lambda one: (one[0] is None, LIMITS.index(one[0]) if one[0] else 0, -one[2]))
        every = sum(count for _, count in measured) or 1
        done, counts, found = 0, [], []
        kept: dict[str, list[Numbers]] = {}
        births, repaired = self._store.quality.births(), self._store.quality.repaired()
        twice: dict[str, int] = {}
        for place, (limits, code, count) in enumerate(named):
            if self._cancelled():
                return [], [], {}
            stored = self._store.quality.numbers(code)
            for source, (more, entry_id) in again(stored).items():
                _add(twice, source, more)
                self._examples.setdefault(MORE_THAN_ONCE, []).append(entry_id)
            if place >= MOST_ANALYTES:
                continue
            numbers = numbers_of(code, with_repairs(stored, repaired), births)
            counts.append(counted(numbers, limits))
            found += proposals(numbers, limits)
            if limits is not None and any(limits.name in pair for pair in _SWAPS):
                kept.setdefault(limits.name, []).append(numbers)
            done += count
            self._progress(0.25 + 0.7 * done / every)
        self._examples[MORE_THAN_ONCE] = self._examples.get(MORE_THAN_ONCE, [])[:MOST_EXAMPLES]
        return counts, _repairs(found, kept), twice


def _repairs(found: "list[Proposal]", kept: "dict[str, list[Numbers]]") -> list[NewRepair]:
    """What is proposed value by value, and exchanges of two values, which explain both of them at once."""
    from medai_core.records.repairing import swapped

    pairs = [
        one
        for first, second in _SWAPS
        for left in kept.get(first, ())
        for right in kept.get(second, ())
        for one in swapped(left, right, (first.lower(), second.lower()))
    ]
    taken = {one.key for one in pairs}
    return [
        NewRepair(*one.key, one.kind, one.number, one.unit, one.new_number, one.new_unit, one.reason)
        for one in [*pairs, *(one for one in found if one.key not in taken)]
    ]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _moment(text: object) -> datetime | None:
    """The end of a FHIR date or date and time; None where it is none."""
    if not isinstance(text, str) or len(text) < 10:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    known = found if found.tzinfo else found.replace(tzinfo=UTC)
    return known + DAY if len(text) == 10 else known


def _add(counts: dict[str, int], source: str, number: int) -> None:
    counts[source] = counts.get(source, 0) + number


def _scores(
    entries: list[dict[str, Any]],
    values: list[dict[str, Any]],
    matrix: Matrix,
    analytes: list[Json],
    dates: dict[str, dict[str, int]],
    twice: dict[str, int],
    unmapped: dict[str, int],
) -> list[Json]:
    """The score of every source with its parts, the worst first."""
    from medai_core.records.quality import score

    found = []
    for source in sorted({row["source"] for row in entries}):
        stored = sum(int(row["entries"]) for row in entries if row["source"] == source)
        mine = [row for row in values if row["source"] == source]
        judged = [
            one["by_source"][source] for one in analytes if source in one["by_source"] and _has_limits(one)
        ]
        numbers = sum(int(row["numbers"]) for row in mine)
        parts = {
            "completeness": matrix.of_source(source),
            "plausibility": (sum(one["outside"] for one in judged), sum(one["values"] for one in judged)),
            "units": (_bad_units(analytes, source), numbers),
            "dates": (sum(by_source.get(source, 0) for by_source in dates.values()), stored),
            "single": (twice.get(source, 0), numbers),
            "codes": (unmapped.get(source, 0), stored),
        }
        found.append({"name": source, "entries": stored, "values": numbers, **score(parts)})
    return sorted(found, key=lambda one: one["score"] if one["score"] is not None else 101.0)


def _has_limits(analyte: Json) -> bool:
    return limits_of(Code(analyte["system"], analyte["code"])) is not None


def _bad_units(analytes: list[Json], source: str) -> int:
    return sum(one["by_source"][source]["bad_unit"] for one in analytes if source in one["by_source"])


def newest(store: Store, caller: Caller) -> Run | None:
    """The newest counts."""
    require(caller, Role.CLINICIAN)
    return store.quality.newest(QUALITY)


def limits_for(analyte: Json) -> Limits | None:
    """The limits of a counted analyte; None where no source is known."""
    return limits_of(Code(analyte["system"], analyte["code"]))


def limits_of_group(analyte: Json, group: str) -> tuple[float, float]:
    """(low, high) of a counted analyte for "adults" or other patients, in its unit."""
    limits = limits_for(analyte)
    if limits is None:
        raise ValueError('"analyte" has no limits')
    return limits.of_age(ADULT_YEARS if group == "adults" else None)


def stale(store: Store, found: Run) -> int:
    """How many entries have come or gone since the counts."""
    return abs(store.quality.last_stored()[0] - int(found.counts["entries"]))


@dataclass(frozen=True, slots=True)
class Shown:
    """A repair with what it is about, for a list: the code's words and when it was measured, in days."""

    repair: Repair
    name: str
    day: date | None
    source: str


def proposals(store: Store, caller: Caller, *, limit: int = 50, offset: int = 0) -> tuple[Shown, ...]:
    """Open proposals for values of patients whom the caller may see."""
    return _shown(store, caller, store.repairs.of_state(PROPOSED), limit=limit, offset=offset)


def repaired(store: Store, caller: Caller, *, limit: int = 50) -> tuple[Shown, ...]:
    """Decided ones, newest first."""
    decided = [*store.repairs.of_state(ACCEPTED), *store.repairs.of_state(REFUSED)]
    decided.sort(key=lambda one: one.decided_at or one.proposed_at, reverse=True)
    return _shown(store, caller, tuple(decided), limit=limit, offset=0)


def _shown(
    store: Store, caller: Caller, found: tuple[Repair, ...], *, limit: int, offset: int
) -> tuple[Shown, ...]:
    require(caller, Role.CLINICIAN)
    rows: list[Shown] = []
    allowed: dict[str, bool] = {}
    for one in found:
        patient_id = one.patient_id or ""
        if patient_id and patient_id not in allowed:
            allowed[patient_id] = may_see_patient(store, caller, patient_id)
        if patient_id and not allowed[patient_id]:
            continue
        if offset > 0:
            offset -= 1
            continue
        if len(rows) >= limit:
            break
        entry = store.records.get(one.entry_id)
        if entry is not None and one.position < len(entry.draft.values):
            value = entry.draft.values[one.position]
            at = entry.draft.starts.at.date() if entry.draft.starts else None
            rows.append(Shown(one, value.code.display or value.code.code, at, entry.draft.source))
    return tuple(rows)


def accept(store: Store, caller: Caller, repair_id: str) -> None:
    """Read the proposed number in place of the raw one, which stays. Audited. Refusal "repair-decided"."""
    _decide(store, caller, repair_id, accepted=True)


def refuse(store: Store, caller: Caller, repair_id: str) -> None:
    """Leave the value as it is, and propose this no more. Audited. Refusal "repair-decided"."""
    _decide(store, caller, repair_id, accepted=False)


def take_back(store: Store, caller: Caller, repair_id: str) -> None:
    """Make a decided repair a proposal again: the raw value is read again. Audited."""
    with store.transaction():
        one = _allowed(store, caller, repair_id)
        if one.state == PROPOSED or not store.repairs.take_back(repair_id, state=one.state):
            raise _decided()
        store.audit.append(caller.user_id, "repair-taken-back", repair_id, {"entry": one.entry_id})


def _decide(store: Store, caller: Caller, repair_id: str, *, accepted: bool) -> None:
    with store.transaction():
        one = _allowed(store, caller, repair_id)
        if not store.repairs.decide(repair_id, accepted=accepted, decided_by=caller.user_id):
            raise _decided()
        action = "repair-accepted" if accepted else "repair-refused"
        store.audit.append(caller.user_id, action, repair_id, {"entry": one.entry_id})


def _allowed(store: Store, caller: Caller, repair_id: str) -> Repair:
    require(caller, Role.CLINICIAN)
    one = store.repairs.get(repair_id)
    if one is None:
        raise _decided()
    if one.patient_id is not None:
        require_patient(store, caller, one.patient_id)
    return one


def _decided() -> Refusal:
    return Refusal(
        "repair-decided",
        expected="a proposal that waits for a decision",
        found="one that has been decided, or none",
        what_to_do="Load the list again.",
    )
