"""FHIR R4 resources from the cells of one row; every resource keeps the words that the row used."""

import hashlib
import json
import re
from typing import Final

from medai_core.domain.record import Code, Json
from medai_core.records.tables.cells import Number
from medai_core.records.ucum import read_unit

UCUM: Final = "http://unitsofmeasure.org"
ICD9: Final = "http://hl7.org/fhir/sid/icd-9-cm"
_NDC: Final = "http://hl7.org/fhir/sid/ndc"
"""National Drug Codes; all zeros stand for none."""
ICD10: Final = "http://hl7.org/fhir/sid/icd-10-cm"
_ACT: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_FLAGS: Final = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_ABSENT: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_CLINICAL: Final = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_ERRONEOUS: Final = "entered-in-error"
_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_FLAG_CODES: Final = frozenset("S I R SDD NS H L HH LL A AA N POS NEG IND".split())


def named(key: str) -> str:
    """A key as FHIR allows it for an id: itself, else a digest of it."""
    if _ID.fullmatch(key):
        return key
    return "k-" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def with_identity(resource: Json, key: str | None) -> Json:
    """The resource with an id: the given key, or a digest of the content."""
    if key is not None:
        name = named(key)
    else:
        plain = json.dumps(resource, sort_keys=True, separators=(",", ":"))
        name = "row-" + hashlib.sha256(plain.encode("ascii")).hexdigest()[:32]
    kind = resource.pop("resourceType")
    return {"resourceType": kind, "id": name, **resource}


def concept(code: Code | None, text: str | None) -> Json:
    """A CodeableConcept; an ICD code without its dot gets it, and the code as written stays beside it."""
    found: Json = {}
    if code is not None and code.code and not (code.system == _NDC and not code.code.strip("0")):
        dotted = with_dot(code.system, code.code)
        coding: Json = {"system": code.system} if code.system else {}
        coding["code"] = dotted
        if code.display:
            coding["display"] = code.display
        found["coding"] = [coding]
        if dotted != code.code:
            found["coding"].append({"code": code.code})
    words = text or (code.display if code is not None else "")
    if words:
        found["text"] = words
    return found


def with_dot(system: str, code: str) -> str:
    """An ICD diagnosis code with its dot; other codes as they are.

    >>> with_dot(ICD9, "99591"), with_dot(ICD9, "E8788"), with_dot(ICD9, "V4581"), with_dot(ICD10, "E119")
    ('995.91', 'E878.8', 'V45.81', 'E11.9')
    """
    if system not in (ICD9, ICD10) or "." in code or not code.isalnum() or len(code) > 7:
        return code
    head = 4 if system == ICD9 and code[:1].upper() == "E" else 3
    return code if len(code) <= head else f"{code[:head]}.{code[head:]}"


def procedure_dot(code: str) -> str:
    """An ICD-9-CM procedure code with its dot: two digits stand before it."""
    return f"{code[:2]}.{code[2:]}" if re.fullmatch(r"\d{3,4}", code) else code


def quantity(number: Number, unit: str) -> Json:
    """A Quantity: UCUM where the unit is known, else the unit as it was written."""
    written = unit or number.unit
    found: Json = {"value": plain_number(number.value)}
    if number.comparator:
        found["comparator"] = number.comparator
    if not written:
        return found
    known = read_unit(written)
    found["unit"] = written
    return found | ({"system": UCUM, "code": known.code} if known is not None else {})


def plain_number(value: float) -> int | float:
    """Whole numbers as integers, so that JSON shows what was written."""
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def observation(
    subject: str,
    what: Json,
    value: Number | str | None,
    unit: str,
    *,
    at: str | None = None,
    until: str | None = None,
    low: Number | None = None,
    high: Number | None = None,
) -> Json:
    """A final Observation; a missing value says that it is missing."""
    found: Json = {
        "resourceType": "Observation",
        "status": "final",
        "code": what,
        "subject": {"reference": f"Patient/{subject}"},
    }
    if at and until:
        found["effectivePeriod"] = {"start": at, "end": until}
    elif at:
        found["effectiveDateTime"] = at
    if isinstance(value, Number):
        found["valueQuantity"] = quantity(value, unit)
    elif value is not None:
        found["valueString"] = value
    else:
        found["dataAbsentReason"] = {"coding": [{"system": _ABSENT, "code": "unknown", "display": "Unknown"}]}
    limits = {name: quantity(end, unit) for name, end in (("low", low), ("high", high)) if end is not None}
    if limits:
        found["referenceRange"] = [limits]
    return found


def interpretation(text: str) -> list[Json]:
    """A flag: HL7's code where it is one, else the words."""
    flag = text.upper()
    return [{"coding": [{"system": _FLAGS, "code": flag}]} if flag in _FLAG_CODES else {"text": text}]


def condition(subject: str, what: Json, *, start: str | None, end: str | None) -> Json:
    """A Condition; resolved where the row says when it ended, else nothing is said of its course."""
    found: Json = {
        "resourceType": "Condition",
        "code": what,
        "subject": {"reference": f"Patient/{subject}"},
    }
    if start:
        found["onsetDateTime"] = start
    if end:
        found["clinicalStatus"] = {"coding": [{"system": _CLINICAL, "code": "resolved"}]}
        found["abatementDateTime"] = end
    return found


def medication(
    subject: str,
    what: Json,
    *,
    dose: Number | str | None,
    unit: str,
    route: str | None,
    often: str | None,
    period: Json,
) -> Json:
    """A MedicationStatement: completed where the row says when it stopped."""
    found: Json = {
        "resourceType": "MedicationStatement",
        "status": "completed" if "end" in period else "active",
        "medicationCodeableConcept": what,
        "subject": {"reference": f"Patient/{subject}"},
    }
    if period:
        found["effectivePeriod"] = period
    dosage: Json = {}
    said = [each for each in (_dose_words(dose, unit), route, often) if each]
    if said:
        dosage["text"] = ", ".join(said)
    if often:
        dosage["timing"] = {"code": {"text": often}}
    if route:
        dosage["route"] = {"text": route}
    if isinstance(dose, Number) and not dose.comparator:
        dosage["doseAndRate"] = [{"doseQuantity": quantity(dose, unit)}]
    elif isinstance(dose, str) and (ends := _range(dose)):
        low, high = (quantity(Number(end), unit) for end in ends)
        dosage["doseAndRate"] = [{"doseRange": {"low": low, "high": high}}]
    return found | ({"dosage": [dosage]} if dosage else {})


def _dose_words(dose: Number | str | None, unit: str) -> str:
    if dose is None:
        return ""
    words = dose if isinstance(dose, str) else f"{dose.comparator}{plain_number(dose.value)}"
    written = unit or ("" if isinstance(dose, str) else dose.unit)
    return f"{words} {written}".strip()


def _range(words: str) -> tuple[float, float] | None:
    """A dose of 325-650, as two numbers."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:-|to)\s*(\d+(?:\.\d+)?)", words, re.ASCII)
    if found is None:
        return None
    low, high = float(found.group(1)), float(found.group(2))
    return (low, high) if low <= high else None


def procedure(subject: str, what: Json, *, start: str | None, end: str | None) -> Json:
    """A completed Procedure."""
    found: Json = {
        "resourceType": "Procedure",
        "status": "completed",
        "code": what,
        "subject": {"reference": f"Patient/{subject}"},
    }
    if start and end:
        found["performedPeriod"] = {"start": start, "end": end}
    elif start:
        found["performedDateTime"] = start
    return found


def allergy(subject: str, what: Json, *, start: str | None) -> Json:
    """An AllergyIntolerance."""
    found: Json = {
        "resourceType": "AllergyIntolerance",
        "code": what,
        "patient": {"reference": f"Patient/{subject}"},
    }
    return found | ({"onsetDateTime": start} if start else {})


def encounter(
    subject: str, *, kind: str | None, reason: str | None, period: Json, within: str | None, may_last: bool
) -> Json:
    """An Encounter; `within` is the key of the one that it is a part of.

    Where the table has a column for its end (`may_last`) and the row leaves it open, it lasts.
    """
    found: Json = {
        "resourceType": "Encounter",
        "status": "in-progress" if may_last and "end" not in period else "finished",
        "class": encounter_class(kind),
        "subject": {"reference": f"Patient/{subject}"},
    }
    if kind:
        found["type"] = [{"text": kind}]
    if period:
        found["period"] = period
    if reason:
        found["reasonCode"] = [{"text": reason}]
    if within:
        found["partOf"] = {"reference": f"Encounter/{within}"}
    return found


_CLASSES: Final = {
    "EMER": ("emergency room", "er", "ed"),
    "IMP": ("inpatient", "stationaer", "station\u00e4r"),
    "AMB": ("outpatient", "ambulatory", "ambulant"),
}


def encounter_class(kind: str | None) -> Json:
    """The class that FHIR asks for; "unknown" in its own words where the row does not say it."""
    plain = kind.lower() if kind else ""
    for code, words in _CLASSES.items():
        if plain in words:
            return {"system": _ACT, "code": code}
    return {"display": "not said"}


_VERIFICATION: Final = {
    "Condition": "condition-ver-status",
    "AllergyIntolerance": "allergyintolerance-verification",
}


def erroneous(resource: Json) -> Json:
    """The resource as one that was entered in error."""
    system = _VERIFICATION.get(resource["resourceType"])
    if system is not None:
        resource["verificationStatus"] = {
            "coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": _ERRONEOUS}]
        }
        resource.pop("clinicalStatus", None)
    else:
        resource["status"] = _ERRONEOUS
    return resource
