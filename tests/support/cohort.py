"""Made-up people for questions about many: each a Patient with problems, drugs, values and visits."""

from datetime import date, timedelta
from typing import Any, Final

from tests.support.measured import value

Json = dict[str, Any]

SNOMED: Final = "http://snomed.info/sct"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
LOINC: Final = "http://loinc.org"
HYPERTENSION, DIABETES, METFORMIN, HBA1C, SYSTOLIC = "38341003", "44054006", "860975", "4548-4", "8480-6"
CHOLESTEROL, HDL = "2093-3", "2085-9"
FIRST: Final = date(2015, 1, 5)


def dies(number: int) -> bool:
    """Every fourth, and every fifth after the first."""
    return number % 4 == 0 or number % 5 == 1


def someone(number: int, **more: Any) -> list[Json]:
    """One of them, by number: odd ones are men; every third has hypertension, every fifth diabetes.

    Who `dies` does so `number` weeks after a year of follow-up; the others are followed ten years.
    """
    key = f"c{number}"
    born = date(1940 + number % 40, 1 + number % 12, 1 + number % 28)
    died = FIRST + timedelta(days=365 + 7 * number)
    made: Json = {
        "resourceType": "Patient",
        "id": key,
        "identifier": [
            {
                "type": {
                    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]
                },
                "system": "urn:oid:1.2.3",
                "value": f"MR-{key}",
            }
        ],
        "name": [{"family": f"Muster{number}", "given": ["Eva"]}],
        "gender": "male" if number % 2 else "female",
        "birthDate": born.isoformat(),
        **({"deceasedDateTime": died.isoformat()} if dies(number) else {}),
        **more,
    }
    found = [made, visit(key, "first", FIRST)]
    if not dies(number):
        found.append(visit(key, "last", FIRST + timedelta(days=3650)))
    if number % 3 == 0:
        found.append(problem(key, HYPERTENSION, "Hypertensive disorder", "2014-02-03"))
    if number % 5 == 0:
        found.append(problem(key, DIABETES, "Diabetes mellitus type 2", "2018-06-01"))
        found.append(drug(key, METFORMIN, "metformin 500 MG Oral Tablet", "2018-07-01"))
    if number % 10 != 9:
        found.append(value(f"{key}-a", HBA1C, 5.0 + number % 30 / 10, "%", subject=key, day="2023-01-09"))
        found.append(value(f"{key}-b", HBA1C, 5.2 + number % 30 / 10, "%", subject=key, day="2024-01-09"))
        found.append(
            value(f"{key}-s", SYSTOLIC, 110 + number % 30 * 2, "mm[Hg]", subject=key, day="2024-01-09")
        )
    return found


def people(count: int) -> list[Json]:
    """The first `count` of them."""
    return [resource for number in range(count) for resource in someone(number)]


def visit(key: str, name: str, day: date) -> Json:
    """A finished visit of one day."""
    return {
        "resourceType": "Encounter",
        "id": f"{key}-{name}",
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "type": [{"coding": [{"system": SNOMED, "code": "185349003", "display": "Encounter for check up"}]}],
        "subject": {"reference": f"Patient/{key}"},
        "period": {"start": day.isoformat(), "end": day.isoformat()},
    }


def problem(key: str, code: str, name: str, began: str, *, status: str = "active", **more: Any) -> Json:
    """A Condition."""
    system = "http://terminology.hl7.org/CodeSystem/condition-clinical"
    return {
        "resourceType": "Condition",
        "id": f"{key}-{code}",
        "clinicalStatus": {"coding": [{"system": system, "code": status}]},
        "code": {"coding": [{"system": SNOMED, "code": code, "display": name}]},
        "subject": {"reference": f"Patient/{key}"},
        "onsetDateTime": began,
        **more,
    }


def drug(key: str, code: str, name: str, began: str) -> Json:
    """A MedicationStatement that is active."""
    return {
        "resourceType": "MedicationStatement",
        "id": f"{key}-{code}",
        "status": "active",
        "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": code, "display": name}]},
        "subject": {"reference": f"Patient/{key}"},
        "effectivePeriod": {"start": began},
    }
