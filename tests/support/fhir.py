"""Small FHIR R4 resources, made for the tests, and ways to read them."""

import io
import json
from pathlib import Path
from typing import Any

from medai_core.domain.record import Draft, Read
from medai_core.records.fhir.reading import read_fhir

Json = dict[str, Any]
SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "fhir_r4_synthea"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"


def observation(key: str = "o1", **changes: Any) -> Json:
    """A heart rate; None takes an element away."""
    resource = {
        "resourceType": "Observation",
        "id": key,
        "status": "final",
        "category": [concept("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs")],
        "code": concept(LOINC, "8867-4", "Heart rate"),
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2020-05-06T07:08:09+02:00",
        "valueQuantity": {"value": 61.5, "unit": "beats/min", "system": UCUM, "code": "/min"},
    }
    return {name: value for name, value in {**resource, **changes}.items() if value is not None}


def patient(key: str = "p1", **changes: Any) -> Json:
    """A patient with a record number and one that must not be shown."""
    kinds = "http://terminology.hl7.org/CodeSystem/v2-0203"
    resource = {
        "resourceType": "Patient",
        "id": key,
        "identifier": [
            {
                "type": concept(kinds, "SS"),
                "system": "http://hl7.org/fhir/sid/us-ssn",
                "value": "999-11-2222",
            },
            {"type": concept(kinds, "MR"), "system": "http://hospital.example.org", "value": "N-77"},
            {"type": concept(kinds, "DL"), "system": "urn:oid:2.16.840.1.113883.4.3.25", "value": "S99977"},
        ],
        "name": [
            {"use": "maiden", "family": "Vorher", "given": ["Eva"]},
            {"use": "official", "family": "Muster", "given": ["Eva", "Maria"], "prefix": ["Dr."]},
        ],
        "gender": "female",
        "birthDate": "1980-02-29",
    }
    return {name: value for name, value in {**resource, **changes}.items() if value is not None}


def condition(key: str = "c1", **changes: Any) -> Json:
    """A problem."""
    terms = "http://terminology.hl7.org/CodeSystem"
    resource = {
        "resourceType": "Condition",
        "id": key,
        "clinicalStatus": concept(f"{terms}/condition-clinical", "active"),
        "verificationStatus": concept(f"{terms}/condition-ver-status", "confirmed"),
        "code": concept("http://snomed.info/sct", "195967001", "Asthma"),
        "subject": {"reference": "Patient/p1"},
        "onsetDateTime": "2011",
    }
    return {name: value for name, value in {**resource, **changes}.items() if value is not None}


def concept(system: str, code: str, display: str = "") -> Json:
    """A CodeableConcept of one coding."""
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]}


def bundle(*resources: Json, kind: str = "collection", **changes: Any) -> Json:
    """A bundle; each entry's `fullUrl` is a server's address."""
    entries = [
        {"fullUrl": f"http://one.example.org/{each.get('resourceType')}/{each.get('id')}", "resource": each}
        for each in resources
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries, **changes}


def reads(content: bytes | str | Json, name: str = "file.json", source: str = "north") -> list[Read]:
    """What the reader finds in a file of that content."""
    if isinstance(content, dict):
        content = json.dumps(content)
    raw = content.encode() if isinstance(content, str) else content
    return list(read_fhir(lambda: io.BytesIO(raw), name, source=source))


def drafts(content: bytes | str | Json, name: str = "file.json") -> list[Draft]:
    """The drafts of a file in which nothing is refused."""
    found = reads(content, name)
    assert [each.refused for each in found if each.refused] == []
    return [draft for each in found for draft in each.drafts]
