"""The review list: patients in doubt, and studies that belong to somebody else."""

from dataclasses import dataclass

from medai_core.domain.people import Caller, Patient, PatientIdentity, Role
from medai_core.domain.reading import StudyRow
from medai_core.domain.refusal import Refusal
from medai_core.security.access import may_see_patient, require, require_patient
from medai_core.services import worklist
from medai_core.services.access import allowed_study
from medai_core.services.filing import APART, SAME_PERSON
from medai_core.services.identity import checked, differences
from medai_core.store.database import Store
from medai_core.store.rows import Conflict, StudyFilter, StudyMove


@dataclass(frozen=True, slots=True)
class IdentityConflict:
    """One open doubt: the study under its own record, and the patient who has the key already."""

    conflict: Conflict
    known: Patient
    study: StudyRow

    @property
    def id(self) -> str:
        """The conflict's opaque id."""
        return self.conflict.id

    @property
    def differs(self) -> tuple[str, ...]:
        """Which of "name", "birth date", "sex" disagree."""
        return self.conflict.differs


def identity_conflicts(store: Store, caller: Caller) -> tuple[IdentityConflict, ...]:
    """Open doubts, oldest first; those of patients whom the caller may not see are left out."""
    require(caller, Role.CLINICIAN)
    found = []
    for conflict in store.conflicts.open_ones():
        known, study = store.patients.get(conflict.patient_id), store.studies.get(conflict.study_id)
        if known is None or study is None:
            continue
        if all(may_see_patient(store, caller, one) for one in (known.id, study.row.patient.id)):
            found.append(IdentityConflict(conflict, known, study.row))
    return tuple(found)


def resolve_conflict(
    store: Store, caller: Caller, conflict_id: str, *, same_person: bool, reason: str
) -> None:
    """Decide a doubt. The same person: all studies of the doubtful record go to the known patient.

    Else both records stay for good, and further files of either find their own. Audited with the reason
    kept beside the conflict. Refusal "conflict-decided" where somebody was faster, "reason-missing".
    """
    require(caller, Role.CLINICIAN)
    words = reason_given(reason)
    with store.transaction():
        conflict = store.conflicts.get(conflict_id)
        if conflict is None or not conflict.open:
            raise _decided()
        study = allowed_study(store, caller, conflict.study_id)
        require_patient(store, caller, conflict.patient_id)
        shown = study.row.patient.id
        doubtful = store.studies.record_of(conflict.study_id) or shown
        decision = SAME_PERSON if same_person else APART
        if same_person and conflict.patient_id not in (doubtful, shown):
            for row in store.studies.of_patient(doubtful, own_record=True):
                _move(store, caller, row.id, conflict.patient_id, words)
        for one in _together(store, conflict):
            store.conflicts.resolve(one.id, resolution=f"{decision}: {words}", resolved_by=caller.user_id)
            detail = {"decision": decision, "patient": conflict.patient_id}
            store.audit.append(caller.user_id, "identity-conflict-resolved", one.id, detail)


def move_study(
    store: Store,
    caller: Caller,
    study_id: str,
    patient_id: str | None = None,
    *,
    reason: str,
    identity: PatientIdentity | None = None,
) -> StudyMove:
    """Give a study to the right patient, a stored one or a new one of `identity`; audited with the reason.

    Later files of the study follow it. Signed readings stay as they were signed. Refusals: "same-patient",
    "patient-known" (another name, birth date or sex under the key of `identity`), "reason-missing".
    """
    words = reason_given(reason)
    with store.transaction():
        allowed_study(store, caller, study_id, Role.CLINICIAN)
        target = patient_id or _patient_of(store, caller, identity)
        require_patient(store, caller, target)
        move = _move(store, caller, study_id, target, words)
        for conflict in store.conflicts.of_study(study_id):
            if conflict.open:
                store.conflicts.resolve(conflict.id, resolution=f"moved: {words}", resolved_by=caller.user_id)
    return move


def find_patients(store: Store, caller: Caller, search: str, *, limit: int = 20) -> tuple[Patient, ...]:
    """Patients with a study whose name or identifier holds all words of `search`."""
    require(caller, Role.CLINICIAN)
    if not search.strip():
        return ()
    filters = worklist.for_caller(store, caller, StudyFilter(search=search, order="received"))
    rows, _ = store.studies.page(filters, offset=0, limit=200)
    return tuple({row.patient.id: row.patient for row in rows}.values())[:limit]


def moves(store: Store, caller: Caller, study_id: str) -> tuple[StudyMove, ...]:
    """Where a study has been."""
    allowed_study(store, caller, study_id)
    return store.studies.moves(study_id)


def _together(store: Store, conflict: Conflict) -> list[Conflict]:
    """The open doubts that the same decision settles: the same key, the same statements."""
    return [
        one
        for one in store.conflicts.of_patient(conflict.patient_id)
        if one.open and not differences(one.given, conflict.given)
    ]


def _move(store: Store, caller: Caller, study_id: str, patient_id: str, words: str) -> StudyMove:
    move = store.studies.move(study_id, patient_id, reason=words, moved_by=caller.user_id)
    detail = {"from": move.from_patient_id, "to": move.to_patient_id}
    store.audit.append(caller.user_id, "study-moved", study_id, detail)
    return move


def _patient_of(store: Store, caller: Caller, identity: PatientIdentity | None) -> str:
    """The patient of a typed identity, made where there is none."""
    if identity is None:
        raise ValueError("a patient id or an identity is needed")
    given = checked(identity)
    known = store.patients.find(given.issuer, given.identifier)
    if known is None:
        patient = store.patients.add(given)
        store.audit.append(caller.user_id, "patient-added", patient.id)
        return patient.id
    if differs := differences(known.identity, given):
        raise Refusal(
            "patient-known",
            expected="a patient id that nobody has, or the same person under it",
            found=f"a patient of this id with another {' and '.join(differs)}",
            what_to_do="Choose that patient from the list, or type the right id.",
        )
    return known.id


def reason_given(reason: str) -> str:
    """A reason in one line; Refusal "reason-missing" without one."""
    words = " ".join(reason.split())[:1000]
    if not words:
        raise Refusal(
            "reason-missing",
            expected="a reason in a few words",
            found="none",
            what_to_do="Say why, for whoever looks at this later.",
        )
    return words


def _decided() -> Refusal:
    return Refusal(
        "conflict-decided",
        expected="an open entry of the review list",
        found="one that has been decided, or none",
        what_to_do="Load the list again.",
    )
