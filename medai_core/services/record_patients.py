"""Which stored patient a Patient resource is; what differs under one key goes to the review queue."""

import hashlib
from dataclasses import dataclass, replace
from typing import Final

from medai_core.domain.people import Caller, Patient, PatientIdentity
from medai_core.services.filing import provisional_identity
from medai_core.services.identity import completed, differences
from medai_core.store.database import Store

NEW: Final = "new"
KNOWN: Final = "known"
IN_DOUBT: Final = "in doubt"

_LONGEST: Final = 64
_LONGEST_NAME: Final = 512


@dataclass(frozen=True, slots=True)
class Judged:
    """What an identity means: a "new" patient, the "known" one, or one "in doubt" beside the known one."""

    kind: str
    patient: Patient | None = None
    differs: tuple[str, ...] = ()


def judged(store: Store, given: PatientIdentity, patient_id: str | None) -> Judged:
    """Compare with the patient who has the key, and with those kept apart from them for their differences.

    `patient_id` is the patient under whom the same resource was stored before, if it was.
    """
    given = fitted(given)
    first = store.patients.get(patient_id) if patient_id else None
    first = first or store.patients.find(given.issuer, given.identifier)
    if first is None:
        return Judged(NEW)
    differs = differences(first.identity, given)
    if not differs:
        return Judged(KNOWN, first)
    for other_id in store.records.writer.paired(first.id):
        other = store.patients.get(other_id)
        if other is not None and not differences(other.identity, given):
            return Judged(KNOWN, other)
    return Judged(IN_DOUBT, first, differs)


def filed(store: Store, caller: Caller, given: PatientIdentity, patient_id: str | None) -> tuple[str, Judged]:
    """The patient's id, found, completed or made; inside the import's transaction."""
    given = fitted(given)
    found = judged(store, given, patient_id)
    if found.patient is None:
        return store.patients.add(given).id, found
    if found.kind == IN_DOUBT:
        return _apart(store, caller, found.patient, given, found.differs), found
    whole = completed(found.patient.identity, given)
    if whole != found.patient.identity:
        store.patients.set_identity(found.patient.id, whole)
    return found.patient.id, found


def fitted(identity: PatientIdentity) -> PatientIdentity:
    """The identity with key and names as long as they are stored; a longer key ends in its hash."""
    name = identity.name
    return replace(
        identity,
        issuer=_short(identity.issuer.strip()),
        identifier=_short(identity.identifier.strip()),
        name=replace(
            name,
            alphabetic=name.alphabetic[:_LONGEST_NAME],
            ideographic=name.ideographic[:_LONGEST_NAME],
            phonetic=name.phonetic[:_LONGEST_NAME],
        ),
    )


def _short(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{text[: _LONGEST - 17]}~{digest}"


def _apart(
    store: Store, caller: Caller, known: Patient, given: PatientIdentity, differs: tuple[str, ...]
) -> str:
    """A record of its own for who has a known key and another name, birth date or sex, and its review."""
    other = store.patients.add(provisional_identity(given), restricted=known.restricted)
    if known.restricted:
        for user_id in store.patients.allowed(known.id):
            store.patients.allow(other.id, user_id)
    said = " and ".join(differs)
    review_id = store.records.writer.propose(
        "same key", known.id, other.id, f"The same patient id came with another {said}."
    )
    detail = {"patient": known.id, "provisional": other.id, "differs": ", ".join(differs)}
    store.audit.append(caller.user_id, "identity-conflict-found", review_id or other.id, detail)
    return other.id
