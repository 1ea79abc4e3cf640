"""Writes the demo's made-up records: `python -m medai_core.services.demo_record.writing`.

Nobody is described by them: names, days and values come from this file and a seed alone.
"""

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from medai_core.services.demo_record import RESOURCES

Json = dict[str, Any]

LOINC: Final = "http://loinc.org"
SNOMED: Final = "http://snomed.info/sct"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
CVX: Final = "http://hl7.org/fhir/sid/cvx"
UCUM: Final = "http://unitsofmeasure.org"
TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem"
ISSUER: Final = "MedAI demo"
SEED: Final = 20261121
LAST_DAY: Final = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""The day of the demo's newest films."""
_MADE_UP: Final = {"system": f"{TERMINOLOGY}/v3-ActReason", "code": "HTEST", "display": "test health data"}

# Code, name, unit, mean, spread, lowest and highest of the reference range.
_LABS: Final = (
    ("2823-3", "Potassium", "mmol/L", 4.4, 0.35, 3.5, 5.1),
    ("2160-0", "Creatinine", "mg/dL", 1.2, 0.15, 0.6, 1.2),
    ("718-7", "Hemoglobin", "g/dL", 12.8, 0.7, 12.0, 16.0),
    ("1988-5", "C reactive protein", "mg/L", 6.0, 5.0, None, 5.0),
    ("4548-4", "Hemoglobin A1c", "%", 6.8, 0.4, 4.0, 5.6),
    ("2345-7", "Glucose", "mg/dL", 128.0, 20.0, 70.0, 99.0),
)
_VITALS: Final = (
    ("8867-4", "Heart rate", "/min", 76.0, 8.0),
    ("8310-5", "Body temperature", "Cel", 36.8, 0.3),
    ("2708-6", "Oxygen saturation", "%", 96.0, 1.2),
    ("29463-7", "Body weight", "kg", 81.0, 1.5),
)


def resources() -> Iterator[Json]:
    """Every resource of the demo, the same at each call: a virtual adult, two children and an adult."""
    chance = random.Random(SEED)
    yield from _virtual(chance)
    yield from _child("demo-a", "DEMO-A", "Child A", date(2022, 8, 9), chance, sick=True)
    yield from _child("demo-b", "DEMO-B", "Child B", date(2021, 6, 21), chance, sick=False)
    yield from _adult("demo-c", "DEMO-C", "Adult C", date(1966, 5, 17))


def _virtual(chance: random.Random) -> Iterator[Json]:
    """Six years of somebody who was never there: the computed phantom, which has no birth date and no sex."""
    who = "virtual-1"
    yield _patient(who, "VIRTUAL-1", "VIRTUAL", "Chest phantom", None, issuer="MedAI phantom")
    yield _coded(
        "Condition",
        who,
        "hypertension",
        SNOMED,
        "38341003",
        "Hypertensive disorder",
        onsetDateTime="2016-05-02",
        clinicalStatus=_status("active"),
    )
    yield _coded(
        "Condition",
        who,
        "diabetes",
        SNOMED,
        "44054006",
        "Diabetes mellitus type 2",
        onsetDateTime="2019-09-12",
        clinicalStatus=_status("active"),
    )
    yield _coded(
        "Condition",
        who,
        "pneumonia-2021",
        SNOMED,
        "233604007",
        "Pneumonia",
        onsetDateTime="2021-01-19",
        abatementDateTime="2021-02-10",
        clinicalStatus=_status("resolved"),
    )
    yield _coded(
        "Condition",
        who,
        "mistake",
        SNOMED,
        "195967001",
        "Asthma",
        recordedDate="2022-06-01",
        verificationStatus={
            "coding": [{"system": f"{TERMINOLOGY}/condition-ver-status", "code": "entered-in-error"}]
        },
    )
    yield _allergy(who, "penicillin", "91936005", "Allergy to penicillin", "high", "Eruption of skin")
    yield _drug(
        who,
        "lisinopril",
        "314076",
        "lisinopril 10 MG Oral Tablet",
        "2016-05-09",
        None,
        "1 tablet in the morning",
    )
    yield _drug(
        who, "metformin", "860975", "metformin 500 MG Oral Tablet", "2019-09-20", None, "1 tablet twice a day"
    )
    yield _drug(
        who,
        "doxycycline",
        "1649988",
        "doxycycline hyclate 100 MG Oral Tablet",
        "2021-01-19",
        "2021-01-29",
        "1 tablet twice a day",
    )
    for number in range(13):
        at = LAST_DAY - timedelta(days=182 * number + chance.randrange(20), hours=chance.randrange(6))
        yield from _visit(who, number, at, chance)
    yield _vaccine(
        who, "influenza-2025", "140", "Influenza, seasonal, injectable, preservative free", "2025-10-14"
    )
    yield _report(who, LAST_DAY)


def _child(
    who: str, identifier: str, given: str, born: date, chance: random.Random, *, sick: bool
) -> Iterator[Json]:
    """Growth and vaccines of a child of the demo's films."""
    yield _patient(who, identifier, "Demo", given, born)
    for month in (6, 12, 24, 36):
        at = datetime(born.year, born.month, 1, 10, tzinfo=UTC) + timedelta(days=round(30.44 * month))
        if at > LAST_DAY:
            continue
        weight = round(3.4 + 0.62 * month**0.78 + chance.gauss(0, 0.3), 1)
        yield _value(who, f"weight-{month}", "29463-7", "Body weight", weight, "kg", at)
        yield _value(
            who,
            f"height-{month}",
            "8302-2",
            "Body height",
            round(50 + 9.4 * month**0.5 + chance.gauss(0, 1)),
            "cm",
            at,
        )
    yield _vaccine(
        who,
        "measles",
        "03",
        "measles, mumps and rubella virus vaccine",
        date(born.year + 1, born.month, 20).isoformat(),
    )
    if sick:
        yield _coded(
            "Condition",
            who,
            "fever",
            SNOMED,
            "386661006",
            "Fever",
            onsetDateTime="2026-02-27",
            clinicalStatus=_status("active"),
        )
        yield _value(who, "temperature", "8310-5", "Body temperature", 38.9, "Cel", LAST_DAY)
        yield _value(who, "crp", "1988-5", "C reactive protein", 87.0, "mg/L", LAST_DAY, limits=(None, 5.0))
    else:
        yield _no_known_allergy(who)


_RISKS: Final = (
    ("2093-3", "Cholesterol", "mg/dL", (221.0, 228.0, 232.0), (None, 200.0)),
    ("2160-0", "Creatinine", "mg/dL", (0.8, 0.8, 0.9), (0.5, 0.9)),
    ("2345-7", "Glucose", "mg/dL", (98.0, 101.0, 104.0), (70.0, 99.0)),
    ("4548-4", "Hemoglobin A1c", "%", (5.6, 5.8, 5.9), (4.0, 5.6)),
    ("8480-6", "Systolic blood pressure", "mm[Hg]", (138.0, 142.0, 146.0), None),
    ("8462-4", "Diastolic blood pressure", "mm[Hg]", (84.0, 86.0, 88.0), None),
    ("8867-4", "Heart rate", "/min", (72.0, 75.0, 74.0), None),
    ("29463-7", "Body weight", "kg", (76.0, 77.5, 78.4), None),
)
"""What risks ask for: code, name, unit, the values of three visits, the reference range."""


def _adult(who: str, identifier: str, given: str, born: date) -> Iterator[Json]:
    """Three visits of an adult whose risks can be computed; HDL cholesterol is of the first one alone."""
    yield {**_patient(who, identifier, "Demo", given, born), "gender": "female"}
    yield _coded(
        "Condition", who, "hypertension", SNOMED, "38341003", "Hypertensive disorder",
        onsetDateTime="2021-09-14", clinicalStatus=_status("active"),
    )  # fmt: skip
    name = "lisinopril 10 MG Oral Tablet"
    yield _drug(who, "lisinopril", "314076", name, "2021-09-20", None, "1 tablet in the morning")
    days = [LAST_DAY - timedelta(days=371 * before + 6) for before in (2, 1, 0)]
    for visit, at in enumerate(days):
        for code, name, unit, values, limits in _RISKS:
            yield _value(who, f"{code}-{visit}", code, name, values[visit], unit, at, limits=limits)
    yield _value(who, "hdl", "2085-9", "HDL cholesterol", 1.2, "mmol/L", days[0], limits=(1.2, None))
    yield _value(who, "height", "8302-2", "Body height", 165.0, "cm", days[0])
    smokes = _concept(SNOMED, "449868002", "Current every day smoker")
    social = [_concept(f"{TERMINOLOGY}/observation-category", "social-history", "social-history")]
    yield _coded(
        "Observation", who, "smoking", LOINC, "72166-2", "Tobacco smoking status", status="final",
        category=social, effectiveDateTime=_stamp(days[2]), valueCodeableConcept=smokes,
    )  # fmt: skip


def _visit(who: str, number: int, at: datetime, chance: random.Random) -> Iterator[Json]:
    key = f"visit-{number}"
    stamp = {"start": _stamp(at), "end": _stamp(at + timedelta(minutes=25))}
    kind = {"system": f"{TERMINOLOGY}/v3-ActCode", "code": "AMB", "display": "ambulatory"}
    check = [_concept(SNOMED, "185349003", "Encounter for check up")]
    yield _resource("Encounter", who, key, status="finished", type=check, period=stamp, **{"class": kind})
    for code, name, unit, mean, spread, *limits in _LABS:
        high = limits[1] or mean
        value = round(max(0.1, chance.gauss(mean + (high * 0.08 if number == 0 else 0), spread)), 1)
        yield _value(who, f"{key}-{code}", code, name, value, unit, at, limits=(limits[0], limits[1]))
    for code, name, unit, mean, spread in _VITALS:
        yield _value(who, f"{key}-{code}", code, name, round(chance.gauss(mean, spread), 1), unit, at)
    yield _pressure(who, key, at, chance)
    if number == 0:
        yield _value(
            who,
            "mistyped",
            "2823-3",
            "Potassium",
            44.0,
            "mmol/L",
            at,
            limits=(3.5, 5.1),
            status="entered-in-error",
        )


def _resource(kind: str, who: str, key: str, **more: Any) -> Json:
    made: Json = {"resourceType": kind, "id": f"{who}-{key}", "meta": {"security": [_MADE_UP]}}
    name = "patient" if kind in ("AllergyIntolerance", "Immunization") else "subject"
    return {**made, name: {"reference": f"Patient/{who}"}, **more}


def _patient(
    who: str, identifier: str, family: str, given: str, born: date | None, *, issuer: str = ISSUER
) -> Json:
    number = {
        "type": {"coding": [{"system": f"{TERMINOLOGY}/v2-0203", "code": "MR"}]},
        "system": issuer,
        "value": identifier,
    }
    made: Json = {
        "resourceType": "Patient",
        "id": who,
        "meta": {"security": [_MADE_UP]},
        "identifier": [number],
        "name": [{"use": "official", "family": family, "given": [given]}],
    }
    return {**made, "birthDate": born.isoformat()} if born else made


def _concept(system: str, code: str, display: str) -> Json:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def _coded(kind: str, who: str, key: str, system: str, code: str, name: str, **more: Any) -> Json:
    return _resource(kind, who, key, code=_concept(system, code, name), **more)


def _status(word: str) -> Json:
    return {"coding": [{"system": f"{TERMINOLOGY}/condition-clinical", "code": word}]}


def _allergy(who: str, key: str, code: str, name: str, criticality: str, shown: str) -> Json:
    reaction = [{"manifestation": [{"text": shown}]}]
    active = {"coding": [{"system": f"{TERMINOLOGY}/allergyintolerance-clinical", "code": "active"}]}
    return _coded(
        "AllergyIntolerance",
        who,
        key,
        SNOMED,
        code,
        name,
        criticality=criticality,
        reaction=reaction,
        clinicalStatus=active,
    )


def _no_known_allergy(who: str) -> Json:
    active = {"coding": [{"system": f"{TERMINOLOGY}/allergyintolerance-clinical", "code": "active"}]}
    return _coded(
        "AllergyIntolerance", who, "none", SNOMED, "716186003", "No known allergy", clinicalStatus=active
    )


def _drug(who: str, key: str, code: str, name: str, start: str, end: str | None, text: str) -> Json:
    period = {"start": start, **({"end": end} if end else {})}
    return _resource(
        "MedicationStatement", who, key, status="completed" if end else "active",
        medicationCodeableConcept=_concept(RXNORM, code, name), effectivePeriod=period,
        dosage=[{"text": text}],
    )  # fmt: skip


def _vaccine(who: str, key: str, code: str, name: str, day: str) -> Json:
    return _resource(
        "Immunization",
        who,
        key,
        status="completed",
        vaccineCode=_concept(CVX, code, name),
        occurrenceDateTime=day,
    )


def _report(who: str, at: datetime) -> Json:
    text = "Made-up text: opacity in the right lower zone of a computed phantom."
    return _coded(
        "DiagnosticReport",
        who,
        "report",
        LOINC,
        "36643-5",
        "XR Chest 2 Views",
        status="final",
        effectiveDateTime=_stamp(at),
        conclusion=text,
    )


def _value(
    who: str, key: str, code: str, name: str, value: float, unit: str, at: datetime, *,
    limits: tuple[float | None, float | None] | None = None, status: str = "final",
) -> Json:  # fmt: skip
    kind = "laboratory" if limits else "vital-signs"
    category = [_concept(f"{TERMINOLOGY}/observation-category", kind, kind)]
    made = _coded(
        "Observation", who, key, LOINC, code, name, status=status, category=category,
        effectiveDateTime=_stamp(at), valueQuantity=_quantity(value, unit),
    )  # fmt: skip
    if limits:
        ends = zip(("low", "high"), limits, strict=True)
        made["referenceRange"] = [
            {end: _quantity(number, unit) for end, number in ends if number is not None}
        ]
    return made


def _pressure(who: str, key: str, at: datetime, chance: random.Random) -> Json:
    parts = (("8480-6", "Systolic blood pressure", 138), ("8462-4", "Diastolic blood pressure", 84))
    category = [_concept(f"{TERMINOLOGY}/observation-category", "vital-signs", "vital-signs")]
    component = [
        {
            "code": _concept(LOINC, code, name),
            "valueQuantity": _quantity(round(chance.gauss(mean, 8)), "mm[Hg]"),
        }
        for code, name, mean in parts
    ]
    return _coded(
        "Observation", who, f"{key}-pressure", LOINC, "85354-9", "Blood pressure panel", status="final",
        category=category, effectiveDateTime=_stamp(at), component=component,
    )  # fmt: skip


def _quantity(value: float, unit: str) -> Json:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def _stamp(at: datetime) -> str:
    """The moment on a clock of central Europe in winter, with its offset."""
    return (at + timedelta(hours=1)).replace(tzinfo=None).isoformat(timespec="seconds") + "+01:00"


def content() -> str:
    """The file's text: one resource a line."""
    return "".join(json.dumps(one, ensure_ascii=False, sort_keys=True) + "\n" for one in resources())


if __name__ == "__main__":
    RESOURCES.write_text(content(), encoding="utf-8")
