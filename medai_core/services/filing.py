"""Under which patient and study a file belongs; the decisions of an import, inside its transaction."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from medai_core.domain.imaging import Scan, ScanHeader
from medai_core.domain.people import Caller, Patient, PatientIdentity
from medai_core.domain.reading import ImportLine, Outcome, Priority, StudyState
from medai_core.domain.refusal import Refusal
from medai_core.services.identity import completed, differences, no_patient
from medai_core.store.database import Store
from medai_core.store.ids import new_id
from medai_core.store.rows import ImageRecord, NewImage, NewStudy

PRIORITIES: Final = {"STAT": Priority.STAT, "HIGH": Priority.URGENT}
"""Requested Procedure Priority (0040,1003): STAT, HIGH, ROUTINE, MEDIUM, LOW, folded to three steps."""

DOUBT: Final = "in doubt"
"""Marks the issuer of a provisional patient record."""

SAME_PERSON: Final = "same person"
APART: Final = "kept apart"

_LONGEST_KEY: Final = 64


@dataclass(slots=True)
class Filing:
    """What a person gave with the files, and the study that their pictures of one import share."""

    identity: PatientIdentity | None = None
    study_date: date | None = None
    picture_study: str | None = None

    def meet(self, store: Store, image: ImageRecord) -> None:
        """Note a picture that is stored already; raises Refusal where that is under another patient."""
        given, patient = self.identity, store.patients.get(image.patient_id)
        if given is None or patient is None:
            return
        known = patient.identity
        if (known.identifier, _issuer(known)) != (given.identifier, given.issuer):
            raise Refusal(
                "picture-of-another-patient",
                expected="a picture that is not stored under another patient",
                found="the very same picture there",
                what_to_do="If it lies wrong there, move its study to the right patient on the review page.",
            )
        study = store.studies.get(image.study_id)
        if study and study.row.study_date == self.study_date:
            self.picture_study = image.study_id


def file_scan(store: Store, caller: Caller, filing: Filing, name: str, scan: Scan, dtype: str) -> ImportLine:
    """Put a decoded file, whose blob is there, under its patient and study; one audit line.

    To be called inside a transaction. Raises Refusal "patient-id-missing" where nobody says whose it is.
    """
    given = identity_of_file(filing, scan.header)
    patient, conflict = _patient(store, given)
    study_id = _study(store, filing, patient, scan.header)
    image_id = store.images.add(
        NewImage(
            study_id=study_id,
            digest=scan.digest,
            size_bytes=store.blobs.size(scan.digest),
            header=scan.header,
            pipeline=scan.pipeline,
            dtype=dtype,
            virtual=scan.header.virtual,
        )
    )
    store.audit.append(caller.user_id, "image-stored", image_id, {"study": study_id, "patient": patient.id})
    notes = [_reopened(store, caller, study_id, image_id)]
    if conflict:
        notes.append(_in_doubt(store, caller, conflict, study_id, image_id, given))
    note = "; ".join(filter(None, notes))
    return ImportLine(name, Outcome.STORED, note, study_id=study_id, image_id=image_id)


def _reopened(store: Store, caller: Caller, study_id: str, image_id: str) -> str:
    """A signed study that gets a further image waits to be read again; the note of the file's line."""
    study = store.studies.get(study_id)
    if study is None or study.row.state is not StudyState.SIGNED:
        return ""
    store.studies.set_state(study_id, StudyState.NEW, signed_by_name="")
    store.audit.append(caller.user_id, "study-reopened", study_id, {"image": image_id})
    return "its study was signed before this image came, and is new on the worklist again"


@dataclass(frozen=True, slots=True)
class _Doubt:
    """The patient who has the key already, and what the new file says otherwise."""

    known: Patient
    differs: tuple[str, ...]


def identity_of_file(filing: Filing, header: ScanHeader) -> PatientIdentity:
    """What the file says of its patient, else what was given with it."""
    told = header.patient
    if told and told.identifier:
        return told
    if filing.identity is None:
        raise no_patient("neither a patient id in the file nor one given with it")
    if told and (differs := differences(filing.identity, told)):
        raise Refusal(
            "patient-differs",
            expected="a patient who agrees with what the file says",
            found=f"another {' and '.join(differs)} in the file, which has no patient id",
            what_to_do="Check which patient the file belongs to.",
        )
    return filing.identity


def _patient(store: Store, given: PatientIdentity) -> tuple[Patient, _Doubt | None]:
    """The patient of the key; another name, birth date or sex gets a record of its own until reviewed."""
    known = store.patients.find(given.issuer, given.identifier)
    if known is None:
        return store.patients.add(given), None
    differs = differences(known.identity, given)
    if not differs:
        return _completed(store, known, given), None
    for conflict in store.conflicts.of_patient(known.id):
        if differences(conflict.given, given):
            continue
        if not conflict.open and conflict.resolution.startswith(SAME_PERSON):
            return known, None
        if decided := _provisional(store, conflict.study_id, known):
            return decided, _Doubt(known, differs) if conflict.open else None
    doubtful = store.patients.add(provisional_identity(given), restricted=known.restricted)
    if known.restricted:
        for user_id in store.patients.allowed(known.id):
            store.patients.allow(doubtful.id, user_id)
    return doubtful, _Doubt(known, differs)


def _completed(store: Store, known: Patient, given: PatientIdentity) -> Patient:
    """The patient with what was not known before; nothing that was known changes."""
    identity = completed(known.identity, given)
    if identity == known.identity:
        return known
    store.patients.set_identity(known.id, identity)
    return replace(known, identity=identity)


def _provisional(store: Store, study_id: str, known: Patient) -> Patient | None:
    """The record that was made for the doubtful study, also where the study has since been moved away."""
    moves = store.studies.moves(study_id)
    study = store.studies.get(study_id)
    first = moves[0].from_patient_id if moves else study.row.patient.id if study else None
    return store.patients.get(first) if first and first != known.id else None


def provisional_identity(given: PatientIdentity) -> PatientIdentity:
    """The given identity under an issuer of its own, for a key names one record only."""
    mark = f"{DOUBT} {new_id()[:8]}"
    issuer = f"{given.issuer[: _LONGEST_KEY - len(mark) - 2]}, {mark}" if given.issuer else mark
    return replace(given, issuer=issuer)


def _issuer(identity: PatientIdentity) -> str:
    """The issuer without the mark of a provisional record."""
    before, found, _ = identity.issuer.rpartition(DOUBT)
    return before.removesuffix(", ") if found else identity.issuer


def _in_doubt(
    store: Store, caller: Caller, doubt: _Doubt, study_id: str, image_id: str, given: PatientIdentity
) -> str:
    """Put the study on the review list, once; the note of the file's line."""
    if not any(conflict.open for conflict in store.conflicts.of_study(study_id)):
        conflict_id = store.conflicts.add(
            doubt.known.id, study_id, differs=doubt.differs, given=given, image_id=image_id
        )
        detail = {"study": study_id, "patient": doubt.known.id, "differs": ", ".join(doubt.differs)}
        store.audit.append(caller.user_id, "identity-conflict-found", conflict_id, detail)
    return (
        f"this patient id is known with another {' and '.join(doubt.differs)}; "
        "the study is kept apart and stands on the review list"
    )


def _study(store: Store, filing: Filing, patient: Patient, header: ScanHeader) -> str:
    """The study that the file belongs to: by its UID, or for pictures that of their import."""
    study = NewStudy(
        study_uid=header.study_uid,
        accession_number=header.accession_number,
        modality=header.modality,
        description=header.study_description,
        study_date=header.study_date or (filing.study_date if header.source == "picture" else None),
        study_time=header.study_time,
        priority=PRIORITIES.get(header.requested_priority.upper(), Priority.ROUTINE),
    )
    if header.source == "picture":
        filing.picture_study = filing.picture_study or store.studies.add(patient.id, study)
        return filing.picture_study
    known = store.studies.find(patient.id, header.study_uid)
    if known is None:
        return store.studies.add(patient.id, study)
    store.studies.complete(known, study)
    return known


def uid_used_twice() -> Refusal:
    """Two different images under one name."""
    return Refusal(
        "uid-used-twice",
        expected="an image whose SOP Instance UID (0008,0018) is its own",
        found="one whose UID an image with other pixels has already",
        what_to_do="Ask where the file comes from; one of the two was changed without a new UID.",
    )
