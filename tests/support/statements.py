"""Small FHIR resources, and files of them, for tests of the record."""

import json
from typing import Any

from medai_core.domain.people import Caller
from medai_core.imaging.archive import FileSource, from_bytes
from medai_core.services.records import ImportPlan, commit_import, plan_import
from medai_core.store.database import Store

LOINC = "http://loinc.org"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def patient(key: str = "p1", **more: Any) -> dict[str, Any]:
    """A Patient with a medical record number."""
    number = {
        "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
        "system": "urn:oid:1.2.3",
        "value": f"MR-{key}",
    }
    return {
        "resourceType": "Patient",
        "id": key,
        "identifier": [number],
        "name": [{"family": "Muster", "given": ["Eva"]}],
        "gender": "female",
        "birthDate": "1970-03-04",
        **more,
    }


def potassium(key: str, value: float = 4.1, *, subject: str = "p1", **more: Any) -> dict[str, Any]:
    """A final Observation of potassium."""
    unit = {"unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"}
    return {
        "resourceType": "Observation",
        "id": key,
        "status": "final",
        "category": [{"coding": [{"system": _CATEGORY, "code": "laboratory"}]}],
        "code": {"coding": [{"system": LOINC, "code": "2823-3", "display": "Potassium"}]},
        "subject": {"reference": f"Patient/{subject}"},
        "effectiveDateTime": "2024-05-06T07:08:09+02:00",
        "valueQuantity": {"value": value, **unit},
        **more,
    }


def at(stamp: str) -> dict[str, Any]:
    """When the source wrote this version."""
    return {"meta": {"lastUpdated": stamp}}


def ndjson(*resources: dict[str, Any], name: str = "a.ndjson") -> FileSource:
    """A file with one resource a line."""
    return from_bytes(name, "".join(json.dumps(each) + "\n" for each in resources).encode())


def bundle(*resources: dict[str, Any], name: str = "b.json") -> FileSource:
    """A collection of resources as one file."""
    entries = [{"resource": each} for each in resources]
    document = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return from_bytes(name, json.dumps(document).encode())


def imported(store: Store, caller: Caller, *files: FileSource, **options: Any) -> ImportPlan:
    """What became of files that were imported."""
    return commit_import(store, caller, plan_import(store, caller, files, **options))


def totals(plan: ImportPlan) -> tuple[int, ...]:
    """read, added, changed, unchanged, refused."""
    return tuple(plan.total(name) for name in ("read", "added", "changed", "unchanged", "refused"))
