"""Deleting a person for good: by an administrator, after typing the identifier, for a reason.

preview(...) -> what would go; erase(...) -> what went; compact(...). Digests, the audit log and what was
counted stay.
"""

from dataclasses import dataclass
from typing import Final

from medai_core.domain.people import Caller, Patient, Role
from medai_core.domain.refusal import Refusal
from medai_core.security.access import may_see_patient, require, require_patient
from medai_core.services.patient_record import whose
from medai_core.store.database import Store
from medai_core.store.readings import ERASE_ACTION

BACKUPS: Final = (
    "Backups and exports that were made before still hold this person: delete them too, or delete the person "
    "again after bringing one back."
)
_SHORTEST_REASON: Final = 5
_LONGEST_REASON: Final = 500
_WORDS: Final = {
    "patients": "patient records",
    "studies": "studies",
    "images": "images with their files",
    "readings": "readings and drafts",
    "predictions": "answers of models",
    "record_entries": "entries of the record",
    "record_versions": "earlier versions of entries",
}


@dataclass(frozen=True, slots=True)
class Doomed:
    """A person about to be deleted: how many of what, in words, of all records merged into one."""

    patient: Patient
    records: int
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Gone:
    """What was deleted. `compacted` is False where the database could not be written anew just now."""

    patient_id: str
    records: int
    counts: tuple[tuple[str, int], ...]
    files: int
    compacted: bool


def preview(store: Store, caller: Caller, patient_id: str) -> Doomed:
    """What `erase` would destroy. Raises Refusal "not-allowed"."""
    patient = _patient(store, caller, patient_id)
    counts = store.erasing.doomed(patient.id)
    return Doomed(patient, counts.get("patients", 0), _in_words(counts))


def erase(store: Store, caller: Caller, patient_id: str, *, identifier: str, reason: str) -> Gone:
    """Destroy everything that is held of a person, and write the database anew without it.

    `identifier` is the person's, typed by the caller. All of it happens or nothing; the files go right after.
    Raises Refusal "not-allowed", "erasure-unconfirmed" or "erasure-reason".
    """
    patient = _patient(store, caller, patient_id)
    if identifier.strip() != patient.identity.identifier:
        raise Refusal(
            "erasure-unconfirmed",
            expected="the identifier of the person who is to be deleted",
            found="another text",
            what_to_do="Type it exactly as it stands above. Nothing was deleted.",
        )
    reason = " ".join(reason.split())
    if not _SHORTEST_REASON <= len(reason) <= _LONGEST_REASON:
        raise Refusal(
            "erasure-reason",
            expected=f"a reason of {_SHORTEST_REASON} to {_LONGEST_REASON} characters",
            found="a shorter or longer one",
            what_to_do="Say why the person is deleted. Nothing was deleted.",
        )
    with store.transaction():
        erased = store.erasing.erase(patient.id, reason=reason, erased_by=caller.user_id)
        for reading in sorted(erased.readings):
            store.audit.append(caller.user_id, ERASE_ACTION, reading)
        detail = {name: str(count) for name, count in sorted(erased.counts.items())}
        store.audit.append(caller.user_id, "patient-erased", patient.id, detail)
    digests = {*erased.digests["images"], *erased.digests["key_images"]}
    files = sum(store.blobs.remove(digest) for digest in sorted(digests) if not store.names(digest))
    return Gone(
        patient.id, len(erased.group), _in_words(erased.counts), files, compacted=store.erasing.compact()
    )


def compact(store: Store, caller: Caller) -> bool:
    """Write the database anew without what was deleted; False where others were in the way."""
    require(caller, Role.ADMINISTRATOR)
    return store.erasing.compact()


def _patient(store: Store, caller: Caller, patient_id: str) -> Patient:
    """The person, by the record that stayed; every merged record must be open to the administrator."""
    require(caller, Role.ADMINISTRATOR)
    require_patient(store, caller, patient_id)
    patient = whose(store, caller, patient_id)
    for part in store.records.group(patient.id):
        if not may_see_patient(store, caller, part):
            require_patient(store, caller, part)
    return patient


def _in_words(counts: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple((words, counts[name]) for name, words in _WORDS.items() if counts.get(name))
