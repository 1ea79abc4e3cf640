"""A made-up patient's record of any length, as FHIR resources; the same each time."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

Json = dict[str, Any]

LOINC: Final = "http://loinc.org"
UCUM: Final = "http://unitsofmeasure.org"
SNOMED: Final = "http://snomed.info/sct"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"

ANALYTES: Final = (
    ("2823-3", "Potassium", "mmol/L", 4.2, 0.4, 3.5, 5.1),
    ("2951-2", "Sodium", "mmol/L", 139, 3, 135, 145),
    ("2160-0", "Creatinine", "mg/dL", 1.1, 0.3, 0.6, 1.2),
    ("718-7", "Hemoglobin", "g/dL", 13, 1.4, 12, 16),
    ("6690-2", "Leukocytes", "10*3/uL", 7.5, 2, 4, 11),
    ("777-3", "Platelets", "10*3/uL", 240, 50, 150, 400),
    ("1988-5", "C reactive protein", "mg/L", 8, 7, None, 5),
    ("2345-7", "Glucose", "mg/dL", 104, 18, 70, 99),
    ("4548-4", "Hemoglobin A1c", "%", 6.1, 0.6, 4, 5.6),
    ("2093-3", "Cholesterol", "mg/dL", 190, 30, None, 200),
    ("1742-6", "Alanine aminotransferase", "U/L", 30, 12, 7, 40),
    ("1975-2", "Bilirubin", "mg/dL", 0.8, 0.3, 0.1, 1.2),
    ("3094-0", "Urea nitrogen", "mg/dL", 16, 5, 7, 20),
    ("2028-9", "Carbon dioxide", "mmol/L", 25, 2, 22, 29),
)
VITALS: Final = (
    ("8867-4", "Heart rate", "/min", 74, 9),
    ("8310-5", "Body temperature", "Cel", 36.8, 0.4),
    ("9279-1", "Respiratory rate", "/min", 15, 2),
    ("2708-6", "Oxygen saturation", "%", 97, 1.2),
    ("29463-7", "Body weight", "kg", 78, 3),
)
PROBLEMS: Final = (
    ("38341003", "Hypertensive disorder", 9.5, None),
    ("44054006", "Diabetes mellitus type 2", 7.0, None),
    ("195967001", "Asthma", 9.0, 4.0),
    ("10509002", "Acute bronchitis", 3.2, 3.1),
    ("444814009", "Viral sinusitis", 1.4, 1.35),
)
DRUGS: Final = (
    ("314076", "lisinopril 10 MG Oral Tablet", 9.4, None),
    ("860975", "metformin 500 MG Oral Tablet", 6.9, None),
    ("745679", "albuterol 0.09 MG/ACTUAT inhaler", 8.9, 4.0),
    ("308182", "amoxicillin 250 MG Oral Capsule", 3.2, 3.15),
)


def years(patient: str, *, entries: int = 20_000, until: datetime | None = None) -> Iterator[Json]:
    """About `entries` resources of ten years before `until`; mostly laboratory values and vital signs."""
    chance = random.Random(2026)
    end = until or datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
    subject = {"reference": f"Patient/{patient}"}
    yield from _problems(subject, end)
    yield from _drugs(subject, end)
    number = 0
    visit = 0
    while number < entries:
        share = 1 - number / entries
        at = end - timedelta(days=3650 * share)
        visit += 1
        yield _encounter(subject, f"visit-{visit}", at)
        for code, name, unit, mean, spread, *limits in (*ANALYTES, *VITALS):
            number += 1
            value = round(max(0.01, chance.gauss(mean, spread)), 2)
            status = (
                "entered-in-error" if number % 997 == 0 else "preliminary" if number % 1499 == 0 else "final"
            )
            yield observation(
                subject, f"o{number}", code, name, value, unit, at + timedelta(minutes=chance.randrange(90)),
                limits, status=status, category="laboratory" if limits else "vital-signs",
            )  # fmt: skip
        number += 1
        yield _pressure(subject, f"bp{visit}", at, chance)


def observation(
    subject: Json, key: str, code: str, name: str, value: float, unit: str, at: datetime,
    limits: list[float | None], *, status: str = "final", category: str = "laboratory",
) -> Json:  # fmt: skip
    """One measurement."""
    made: Json = {
        "resourceType": "Observation",
        "id": key,
        "status": status,
        "category": [
            {
                "coding": [
                    {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": category}
                ]
            }
        ],
        "code": {"coding": [{"system": LOINC, "code": code, "display": name}], "text": name},
        "subject": subject,
        "effectiveDateTime": at.isoformat(timespec="seconds"),
        "issued": at.isoformat(timespec="seconds"),
        "valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit},
    }
    if limits:
        ends = zip(("low", "high"), limits, strict=True)
        made["referenceRange"] = [
            {
                name: {"value": end, "unit": unit, "system": UCUM, "code": unit}
                for name, end in ends
                if end is not None
            }
        ]
    return made


def _pressure(subject: Json, key: str, at: datetime, chance: random.Random) -> Json:
    def part(code: str, name: str, mean: float) -> Json:
        return {
            "code": {"coding": [{"system": LOINC, "code": code, "display": name}]},
            "valueQuantity": {
                "value": round(chance.gauss(mean, 9)),
                "unit": "mm[Hg]",
                "system": UCUM,
                "code": "mm[Hg]",
            },
        }

    made = observation(subject, key, "85354-9", "Blood pressure panel", 0, "", at, [], category="vital-signs")
    del made["valueQuantity"]
    made["component"] = [
        part("8480-6", "Systolic blood pressure", 132),
        part("8462-4", "Diastolic blood pressure", 81),
    ]
    return made


def _encounter(subject: Json, key: str, at: datetime) -> Json:
    return {
        "resourceType": "Encounter",
        "id": key,
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "type": [{"coding": [{"system": SNOMED, "code": "185349003", "display": "Encounter for check up"}]}],
        "subject": subject,
        "period": {
            "start": at.isoformat(timespec="seconds"),
            "end": (at + timedelta(minutes=30)).isoformat(timespec="seconds"),
        },
    }


def _problems(subject: Json, end: datetime) -> Iterator[Json]:
    clinical = "http://terminology.hl7.org/CodeSystem/condition-clinical"
    for code, name, began, ended in PROBLEMS:
        made: Json = {
            "resourceType": "Condition",
            "id": f"problem-{code}",
            "clinicalStatus": {
                "coding": [{"system": clinical, "code": "active" if ended is None else "resolved"}]
            },
            "code": {"coding": [{"system": SNOMED, "code": code, "display": name}], "text": name},
            "subject": subject,
            "onsetDateTime": (end - timedelta(days=365 * began)).date().isoformat(),
        }
        if ended is not None:
            made["abatementDateTime"] = (end - timedelta(days=365 * ended)).date().isoformat()
        yield made


def _drugs(subject: Json, end: datetime) -> Iterator[Json]:
    for code, name, began, ended in DRUGS:
        period = {"start": (end - timedelta(days=365 * began)).date().isoformat()}
        if ended is not None:
            period["end"] = (end - timedelta(days=365 * ended)).date().isoformat()
        yield {
            "resourceType": "MedicationStatement",
            "id": f"drug-{code}",
            "status": "active" if ended is None else "completed",
            "medicationCodeableConcept": {
                "coding": [{"system": RXNORM, "code": code, "display": name}],
                "text": name,
            },
            "subject": subject,
            "effectivePeriod": period,
            "dosage": [{"text": "one in the morning"}],
        }
