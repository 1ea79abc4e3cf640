"""What becomes of staged drafts: compared with what is stored, and written in one transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from medai_core.domain.people import Caller, PatientIdentity
from medai_core.services.identity import differences
from medai_core.services.record_deciding import Decided, decided_on, unmapped_changes
from medai_core.services.record_patients import IN_DOUBT, NEW, filed, fitted, judged
from medai_core.services.record_progress import Progress, stop_if
from medai_core.store.database import Store
from medai_core.store.ids import Ids
from medai_core.store.record_rows import key_from, patient_from
from medai_core.store.record_writing import (
    ALIAS,
    CORRECTS,
    MESSAGE,
    SAME_FROM,
    SAME_INTO,
    RecordWriter,
)
from medai_core.store.staging import Link, Staged, Staging

MERGE_WAITS: Final = "It says that a patient who is not in the store was merged; it waits for them."


@dataclass(slots=True)
class Filed:
    """What an import does to patients."""

    new_patients: int = 0
    in_doubt: int = 0
    merges: int = 0
    patients: set[str] = field(default_factory=set)
    import_id: str | None = None

    @property
    def affected(self) -> int:
        """Patients of whom something is said, new ones included."""
        return len(self.patients)


def compare(
    store: Store, staging: Staging, progress: Callable[[Progress], None], cancelled: Callable[[], bool]
) -> Filed:
    """Say of every draft what would become of it; nothing but the staging changes."""
    staging.restart()
    found, writer = Filed(), store.records.writer
    steps = _Steps("compare", staging.count(), progress, cancelled)
    planned: dict[tuple[str, str], list[PatientIdentity]] = {}
    others: list[str] = []
    for groups in staging.groups(patients=True):
        decided = decided_on(writer, groups)
        links = staging.links_of([each.identity for each in decided])
        names = {}
        for each in decided:
            names.update(dict.fromkeys((each.identity, *_of_kind(links, each, ALIAS)), ""))
            _foreseen(store, each, planned, found)
            others += _of_kind(links, each, SAME_FROM, SAME_INTO) if each.written else ()
        staging.name_subjects(names)
        _settle(staging, writer, decided)
        steps.done(decided)
    known = {*staging.patient_of(others), *writer.patients_of(others)}
    found.merges = sum(other in known for other in others)
    staging.caution(MERGE_WAITS, len(others) - found.merges)
    _find_subjects(writer, staging, found)
    for groups in staging.groups(patients=False):
        decided = decided_on(writer, groups)
        _settle(staging, writer, decided)
        steps.done(decided)
    return found


def write(
    store: Store,
    caller: Caller,
    staging: Staging,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> Filed:
    """Store what is staged with its history and its audit line, in one transaction or not at all."""
    found, writer = Filed(), store.records.writer
    steps = _Steps("write", staging.count(), progress, cancelled)
    staging.restart()
    with store.transaction(), writer.roomy():
        import_id = found.import_id = store.imports.start(caller.user_id)
        job = _Job(store, caller, staging, import_id, Ids(), found)
        entries: dict[str, str] = {}
        for groups in staging.groups(patients=True):
            entries.update(_write_patients(job, decided := decided_on(writer, groups)))
            steps.done(decided)
        _propose_merges(job, entries)
        _find_subjects(writer, staging, found)
        for groups in staging.groups(patients=False):
            decided = decided_on(writer, groups)
            owners = _owners(staging, decided)
            _write_entries(job, decided, lambda each: owners[each.identity])  # noqa: B023
            steps.done(decided)
        _tell(job)
    return found


@dataclass(frozen=True, slots=True)
class _Job:
    """What stays the same for all batches of one commit."""

    store: Store
    caller: Caller
    staging: Staging
    import_id: str
    ids: Ids
    found: Filed


class _Steps:
    """Tells how far it is and stops where that is asked for."""

    def __init__(
        self, step: str, total: int, progress: Callable[[Progress], None], cancelled: Callable[[], bool]
    ) -> None:
        self._step, self._total, self._done = step, total, 0
        self._progress, self._cancelled = progress, cancelled
        self.done(())

    def done(self, decided: Iterable[Decided]) -> None:
        """So many more statements are dealt with."""
        stop_if(self._cancelled)
        self._done += sum(len(each.group) for each in decided)
        self._progress(Progress(self._step, self._done, self._total))


def _settle(staging: Staging, writer: RecordWriter, decided: Sequence[Decided]) -> None:
    staging.settle([outcome for each in decided for outcome in each.outcomes])
    counts = unmapped_changes(writer, decided)
    if counts:
        staging.count_unmapped(counts)


def _find_subjects(writer: RecordWriter, staging: Staging, found: Filed) -> None:
    """Which patients the rest is about: those of this import are known by now, the others by the store."""
    for names in staging.subjects():
        there = staging.patient_of(names)
        stored = writer.patients_of([name for name in names if not there.get(name)])
        staging.name_subjects({name: patient for name, patient in stored.items() if name not in there})
        found.patients.update(there[name] or stored.get(name, name) for name in there)
        found.patients.update(stored.values())


def _of_kind(links: Mapping[str, set[Link]], each: Decided, *kinds: str) -> list[str]:
    return [other for other, kind in links.get(each.identity, ()) if kind in kinds]


# ---- patients


def _identity(draft: Staged) -> PatientIdentity:
    """Who a Patient is; without an identifier of its own it is known by the key of its source."""
    values = draft.values
    return patient_from(values["about"]) or PatientIdentity(key_from(values["about"]), values["source"])


def _foreseen(
    store: Store, each: Decided, planned: dict[tuple[str, str], list[PatientIdentity]], found: Filed
) -> None:
    """Count what the patients of a dry run would be, as far as the order of the files allows."""
    patient_id = each.known.patient_id if each.known else None
    found.patients.add(patient_id or each.identity)
    for given in dict.fromkeys(fitted(_identity(draft)) for draft in _telling(each)):
        before = planned.setdefault((given.issuer, given.identifier), [])
        if any(not differences(one, given) for one in before):
            continue
        kind = judged(store, given, patient_id).kind
        found.new_patients += kind == NEW and not before
        found.in_doubt += kind == IN_DOUBT or (kind == NEW and bool(before))
        before.append(given)


def _telling(each: Decided) -> list[Staged]:
    """The drafts of a Patient that do not just repeat what is stored."""
    stored = each.known.digest if each.known and each.known.patient_id else None
    return [draft for draft in each.group if draft.values["digest"] != stored]


def _persons(job: _Job, each: Decided) -> list[tuple[int, str]]:
    """Who each draft of a Patient is: another name, birth date or sex is another person until reviewed, and
    it is that person whom the drafts that follow are about."""
    known = each.known.patient_id if each.known else None
    telling = {draft.seq for draft in _telling(each)}
    found: dict[PatientIdentity, str] = {}
    persons, first = [], known
    for draft in each.group:
        identity = _identity(draft)
        if draft.seq not in telling and known is not None:
            persons.append((draft.seq, known))
            continue
        if identity not in found:
            found[identity], judgement = filed(job.store, job.caller, identity, first)
            job.found.new_patients += judgement.kind == NEW
            job.found.in_doubt += judgement.kind == IN_DOUBT
        first = first or found[identity]
        persons.append((draft.seq, found[identity]))
    return persons


def _owners(staging: Staging, decided: Sequence[Decided]) -> dict[str, str | None]:
    """The patients of statements, by the statements' identities: who was meant when each was read."""
    drafts = {each.identity: (each.written or each.group)[-1] for each in decided}
    subjects = {draft.values["subject"] for draft in drafts.values()}
    patients, persons = staging.patient_of(subjects), staging.persons_of(subjects)
    owners: dict[str, str | None] = {}
    for identity, draft in drafts.items():
        subject = draft.values["subject"]
        several = persons.get(subject, ())
        before = [patient for seq, patient in several if seq < draft.seq]
        owners[identity] = before[-1] if before else several[0][1] if several else patients.get(subject)
    return owners


def _write_patients(job: _Job, decided: Sequence[Decided]) -> dict[str, str]:
    """Patients with their entries; ids of the entries to their identities."""
    writer, found, patients = job.store.records.writer, job.found, dict[str, str]()
    for each in decided:
        persons = _persons(job, each)
        known = each.known.patient_id if each.known else None
        now = dict(persons)[(each.written or each.group)[-1].seq]
        patients[each.identity] = now if each.written or known is None else known
        if {patient for _, patient in persons} != {patients[each.identity]}:
            turns = [one for n, one in enumerate(persons) if n == 0 or one[1] != persons[n - 1][1]]
            job.staging.name_persons(each.identity, turns)
            found.patients.update(patient for _, patient in persons)
    found.patients.update(patients.values())
    entries = _write_entries(job, decided, lambda each: patients[each.identity])
    links = job.staging.links_of(list(patients))
    names = dict(patients)
    for each in decided:
        names.update(dict.fromkeys(_of_kind(links, each, ALIAS), patients[each.identity]))
    meant = writer.patients_of(names)
    job.staging.name_subjects(meant)
    writer.attach(meant)
    return {entry_id: identity for identity, entry_id in entries.items()}


def _propose_merges(job: _Job, entries: Mapping[str, str]) -> None:
    for stays, goes in job.store.records.writer.merges(entries):
        reason = "The sender says that the second was merged into the first."
        review_id = job.store.records.writer.propose(MESSAGE, stays, goes, reason)
        if review_id is not None:
            job.found.merges += 1
            detail = {"stays": stays, "goes": goes}
            job.store.audit.append(job.caller.user_id, "patient-merge-proposed", review_id, detail)


# ---- entries


def _write_entries(
    job: _Job, decided: Sequence[Decided], patient_of: Callable[[Decided], str | None]
) -> dict[str, str]:
    """New entries and new versions of known ones; the identities of all to the ids of their entries."""
    writer = job.store.records.writer
    _settle(job.staging, writer, decided)
    ids = {each.identity: each.known.id if each.known else job.ids.next() for each in decided}
    for turn in range(max((len(each.written) for each in decided), default=0)):
        fresh, newer = [], []
        for each in decided:
            if turn >= len(each.written):
                continue
            own = {"id": ids[each.identity], "patient_id": patient_of(each), "import_id": job.import_id}
            row = {**each.written[turn].values, **own}
            if each.known is None and turn == 0:
                fresh.append({**row, "versions": 1})
            else:
                newer.append(row)
        writer.insert(fresh)
        writer.supersede(newer)
    writer.confirm({ids[each.identity]: each.confirmed for each in decided if each.confirmed})
    _write_links(job, decided, ids)
    return ids


def _write_links(job: _Job, decided: Sequence[Decided], ids: Mapping[str, str]) -> None:
    writer = job.store.records.writer
    spoken = job.staging.links_of(list(ids))
    links = [(ids[name], other, kind) for name, said in spoken.items() for other, kind in said]
    if links:
        writer.link(links)
    new = [each.identity for each in decided if each.known is None]
    writer.correct([(entry, other) for entry, other, kind in links if kind == CORRECTS], new)


def _tell(job: _Job) -> None:
    """The import's history and audit line."""
    writer, lines = job.store.records.writer, job.staging.tallies()
    writer.add_lines(job.import_id, lines)
    writer.count_unmapped(job.import_id, job.staging.unmapped())
    job.store.imports.finish(job.import_id)
    names = ("read", "added", "changed", "unchanged", "refused")
    detail = {name: str(sum(getattr(line, name) for line in lines)) for name in names}
    detail |= {"patients": str(job.found.affected), "new-patients": str(job.found.new_patients)}
    job.store.audit.append(job.caller.user_id, "record-imported", job.import_id, detail)
