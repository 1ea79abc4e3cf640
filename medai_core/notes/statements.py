"""An accepted item as a FHIR R4 resource, with the sentence that it is from and the rule that decided.

Present and uncertain problems are conditions (uncertain: provisional), historical ones are inactive, those of
relatives are a family history, negated ones are refuted: kept, and never current. A number becomes an
observation, a drug a medication statement, an allergy an allergy, a procedure a procedure.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from medai_core.domain.record import Code
from medai_core.notes.items import UCUM, Assertion, Item, Kind, Measure

Json = dict[str, Any]

BASE: Final = "https://medai.invalid/fhir/StructureDefinition"
SOURCE: Final = f"{BASE}/note-source"
"""The extension that names sentence, place, trigger, rule and who accepted."""

_TERMS: Final = "http://terminology.hl7.org/CodeSystem"
_STATUS: Final = f"{_TERMS}/condition-clinical"
_VERIFIED: Final = f"{_TERMS}/condition-ver-status"
_ALLERGY_STATUS: Final = f"{_TERMS}/allergyintolerance-clinical"
_ALLERGY_VERIFIED: Final = f"{_TERMS}/allergyintolerance-verification"
_NO_ALLERGY: Final = "alg-none-known"
_RESOLVED: Final = "neg-resolved"
_KIN: Final = re.compile(
    r"\b(?:(?:maternal|paternal) )?(?:grand)?(?:mother|father|parents?|brothers?|sisters?|siblings?|sons?|"
    r"daughters?|aunts?|uncles?|cousins?|nieces?|nephews?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an item is from: whom it is about, when the note was written (FHIR dateTime, empty where not
    known), the digest of the note and who accepted it when (FHIR instant)."""

    subject: str
    written: str
    digest: str
    accepted_by: str
    accepted_at: str
    document: str = ""


def resource_of(item: Item, sentence: str, origin: Origin) -> Json:
    """The FHIR R4 resource of an item; `sentence` is the note's sentence that holds it."""
    if item.kind in (Kind.VITAL, Kind.LAB):
        content = _observation(item, origin)
    elif item.decision.assertion is Assertion.FAMILY:
        content = _family(item, origin)
    else:
        content = _OF_KIND[item.kind](item, origin)
    content["id"] = key_of(item, origin)
    content["extension"] = [_source(item, sentence, origin)]
    note = {"text": f"From a note: {sentence}"}
    return content | {"note": [note]}


def key_of(item: Item, origin: Origin) -> str:
    """The identity of an item: the note and the place in it."""
    return f"note-{origin.digest[:24]}-{item.start}-{item.end}-{item.kind.value}"


def _source(item: Item, sentence: str, origin: Origin) -> Json:
    parts = {
        "sentence": sentence,
        "section": item.section,
        "assertion": item.decision.assertion.value,
        "trigger": item.decision.trigger,
        "rule": item.decision.rule,
        "note": f"sha256:{origin.digest}",
        "document": origin.document,
        "accepted-by": origin.accepted_by,
    }
    inner: list[Json] = [
        {"url": name, "valueString": value} for name, value in parts.items() if value.strip()
    ]
    inner += [
        {"url": "start", "valueInteger": item.start},
        {"url": "end", "valueInteger": item.end},
        {"url": "accepted-at", "valueInstant": origin.accepted_at},
    ]
    return {"url": SOURCE, "extension": inner}


# ---- by kind


def _condition(item: Item, origin: Origin) -> Json:
    assertion = item.decision.assertion
    status, verified = {
        Assertion.UNCERTAIN: ("active", "provisional"),
        Assertion.HISTORICAL: ("inactive", "confirmed"),
        Assertion.NEGATED: ("", "refuted"),
    }.get(assertion, ("active", "confirmed"))
    if item.decision.rule == _RESOLVED:  # it was there: that it has gone is no refutation
        status, verified = "resolved", "confirmed"
    content: Json = {
        "resourceType": "Condition",
        "verificationStatus": _concept(_VERIFIED, verified),
        "category": [_concept(f"{_TERMS}/condition-category", "problem-list-item")],
        "code": _code(item),
        "subject": {"reference": origin.subject},
    }
    if status:
        content["clinicalStatus"] = _concept(_STATUS, status)
    return _dated(content, "recordedDate", origin)


def _allergy(item: Item, origin: Origin) -> Json:
    none_known = item.decision.rule == _NO_ALLERGY
    refuted = item.decision.assertion is Assertion.NEGATED and not none_known
    verified = "refuted" if refuted else "unconfirmed" if _is_uncertain(item) else "confirmed"
    content: Json = {
        "resourceType": "AllergyIntolerance",
        "verificationStatus": _concept(_ALLERGY_VERIFIED, verified),
        "code": _code(item),
        "patient": {"reference": origin.subject},
    }
    if not refuted:
        past = item.decision.assertion is Assertion.HISTORICAL
        content["clinicalStatus"] = _concept(_ALLERGY_STATUS, "inactive" if past else "active")
    return _dated(content, "recordedDate", origin)


def _medication(item: Item, origin: Origin) -> Json:
    status = {
        Assertion.NEGATED: "not-taken",
        Assertion.HISTORICAL: "completed",
        Assertion.UNCERTAIN: "unknown",
    }.get(item.decision.assertion, "active")
    content: Json = {
        "resourceType": "MedicationStatement",
        "status": status,
        "medicationCodeableConcept": _code(item),
        "subject": {"reference": origin.subject},
    }
    dose = item.mention.dose
    if dose is not None:
        content["dosage"] = [_dosage(item)]
    return _dated(content, "dateAsserted", origin)


def _dosage(item: Item) -> Json:
    dose = item.mention.dose
    assert dose is not None, "asked before"
    words = " ".join(part for part in (dose.dose, dose.route, dose.frequency) if part)
    found: Json = {"text": f"{words} as needed".strip() if dose.as_needed else words}
    if dose.route:
        found["route"] = {"text": dose.route}
    if dose.frequency:
        found["timing"] = {"code": {"text": dose.frequency}}
    if dose.as_needed:
        found["asNeededBoolean"] = True
    return found


def _procedure(item: Item, origin: Origin) -> Json:
    status = {Assertion.NEGATED: "not-done", Assertion.UNCERTAIN: "unknown"}
    return {
        "resourceType": "Procedure",
        "status": status.get(item.decision.assertion, "completed"),
        "code": _code(item),
        "subject": {"reference": origin.subject},
    }


def _observation(item: Item, origin: Origin) -> Json:
    category = "vital-signs" if item.kind is Kind.VITAL else "laboratory"
    content: Json = {
        "resourceType": "Observation",
        "status": "final",
        "category": [_concept(f"{_TERMS}/observation-category", category)],
        "code": _code(item),
        "subject": {"reference": origin.subject},
    }
    measures = item.mention.measures
    if len(measures) == 1:
        content["valueQuantity"] = _quantity(measures[0])
    else:
        content["component"] = [
            {"code": _concept_of(one.code), "valueQuantity": _quantity(one)} for one in measures
        ]
    return _dated(content, "effectiveDateTime", origin)


def _family(item: Item, origin: Origin) -> Json:
    """Which relative it was stands in the sentence; FHIR wants a relationship, and "family member" is one."""
    content: Json = {
        "resourceType": "FamilyMemberHistory",
        "status": "partial",
        "patient": {"reference": origin.subject},
        "relationship": {
            "coding": [{"system": f"{_TERMS}/v3-RoleCode", "code": "FAMMEMB", "display": "family member"}],
            "text": _relative(item.decision.trigger),
        },
        "condition": [{"code": _code(item)}],
    }
    return _dated(content, "date", origin)


def _relative(trigger: str) -> str:
    """The relative whom the trigger names; "family member" where it names none."""
    found = _KIN.search(trigger)
    return found[0].lower() if found else "family member"


_OF_KIND: Final = {
    Kind.PROBLEM: _condition,
    Kind.ALLERGY: _allergy,
    Kind.DRUG: _medication,
    Kind.PROCEDURE: _procedure,
}


# ---- parts


def _is_uncertain(item: Item) -> bool:
    return item.decision.assertion is Assertion.UNCERTAIN


def _code(item: Item) -> Json:
    """The codings, and the words of the note."""
    concept = {"coding": [coding for one in item.mention.codes if (coding := _coding(one))]}
    return {**(concept if concept["coding"] else {}), "text": item.mention.name or item.text}


def _concept_of(code: Code) -> Json:
    return {"coding": [_coding(code)], "text": code.display}


def _coding(code: Code) -> Json:
    if not code.code:
        return {}
    return {"system": code.system, "code": code.code, **({"display": code.display} if code.display else {})}


def _concept(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def _quantity(measure: Measure) -> Json:
    """The number; a unit only where the note gives one."""
    found: Json = {"value": int(measure.number) if measure.number.is_integer() else measure.number}
    if measure.unit:
        found |= {"unit": measure.unit, "system": UCUM, "code": measure.unit}
    return found


def _dated(content: Json, name: str, origin: Origin) -> Json:
    return content | ({name: origin.written} if origin.written else {})
