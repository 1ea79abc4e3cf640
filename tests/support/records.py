"""Ways to bring FHIR resources into a store, and a small patient to begin with."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final

from medai_core.domain.people import Caller
from medai_core.domain.record import Lane
from medai_core.imaging.archive import from_bytes
from medai_core.services.records import ImportPlan, commit_import, plan_import
from medai_core.store.database import Store

Json = dict[str, Any]

SNOMED: Final = "http://snomed.info/sct"
CLINICAL: Final = "http://terminology.hl7.org/CodeSystem/condition-clinical"
WHEN: Final = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def person(key: str = "anna", family: str = "Lindt", given: str = "Anna", **more: Any) -> Json:
    """A Patient with a medical record number that is its key in capitals."""
    kind = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}
    made: Json = {
        "resourceType": "Patient",
        "id": key,
        "identifier": [{"type": kind, "system": "urn:hospital", "value": key.upper()}],
        "name": [{"use": "official", "family": family, "given": [given]}],
        "gender": "female",
        "birthDate": "1960-02-03",
    }
    return {**made, **more}


def about(key: str) -> Json:
    """The reference to a patient."""
    return {"reference": f"Patient/{key}"}


def problem(key: str, name: str, code: str, *, of: str = "anna", status: str = "active", **more: Any) -> Json:
    """A Condition."""
    made: Json = {
        "resourceType": "Condition",
        "id": key,
        "clinicalStatus": {"coding": [{"system": CLINICAL, "code": status}]},
        "code": {"coding": [{"system": SNOMED, "code": code, "display": name}], "text": name},
        "subject": about(of),
        "onsetDateTime": "2020-05-04",
    }
    return {**made, **more}


def allergy(key: str, name: str, code: str, *, of: str = "anna", **more: Any) -> Json:
    """An AllergyIntolerance that is active."""
    made: Json = {
        "resourceType": "AllergyIntolerance",
        "id": key,
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"coding": [{"system": SNOMED, "code": code, "display": name}]},
        "patient": about(of),
    }
    return {**made, **more}


def brought_in(store: Store, caller: Caller, *resources: Json, source: str = "hospital") -> ImportPlan:
    """What became of an import of the resources, as one file with one resource a line."""
    lines = "\n".join(json.dumps(resource) for resource in resources)
    files = [from_bytes("record.ndjson", lines.encode())]
    return commit_import(store, caller, plan_import(store, caller, files, source=source))


def sources_of(store: Store) -> list[str]:
    """Who has said something, by name."""
    return sorted({row["source"] for row in store.quality.entries()})


def lanes_of(store: Store, patient_id: str) -> dict[Lane, int]:
    """How many entries of a patient stand in each lane, those that are not current included."""
    found = Counter(entry.draft.lane for entry in store.records.of_patient(patient_id))
    return {lane: found[lane] for lane in Lane if lane in found}


def id_of(store: Store, key: str = "anna", source: str = "hospital") -> str:
    """The opaque id of the patient that came under a key."""
    entry = store.records.find(source, "Patient", key)
    assert entry is not None, "the patient was brought in"
    assert entry.patient_id is not None, "the patient has a record"
    return entry.patient_id
