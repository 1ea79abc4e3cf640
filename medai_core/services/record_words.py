"""What the kind of a resource adds to its title, in words: a dose, a reaction, a severity, a place."""

from collections.abc import Iterator
from typing import Any, Final

from medai_core.domain.record import Code, Json

SNOMED: Final = "http://snomed.info/sct"
NO_KNOWN_ALLERGY: Final = {
    "716186003": "no known allergy",
    "409137002": "no known drug allergy",
    "429625007": "no known food allergy",
    "428607008": "no known environmental allergy",
    "1003774007": "no known latex allergy",
}
"""SNOMED CT codes that say that somebody asked and found none."""
_NO_ALLERGY_WORDS: Final = ("no known allerg", "no known drug allerg", "no known food allerg", "nkda", "nka")
_UNITS: Final = {
    "h": "hour",
    "d": "day",
    "wk": "week",
    "mo": "month",
    "a": "year",
    "min": "minute",
    "s": "second",
}
_LONGEST: Final = 200


def detail_of(resource: Json) -> str:
    """One line for a resource; empty where its kind adds nothing that we know."""
    made = _MAKERS.get(str(resource.get("resourceType")))
    parts = [part.strip() for part in made(resource)] if made else []
    text = ", ".join(dict.fromkeys(part for part in parts if part))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "\u2026"


def no_known_allergy(code: Code | None, title: str) -> str:
    """Which allergies were asked for and denied, in words; empty for an allergy."""
    if code is not None and code.system == SNOMED and code.code in NO_KNOWN_ALLERGY:
        return NO_KNOWN_ALLERGY[code.code]
    plain = " ".join(title.casefold().split())
    if plain in ("nka", "nkda") or any(plain.startswith(words) for words in _NO_ALLERGY_WORDS[:3]):
        return title
    return ""


def _condition(resource: Json) -> Iterator[str]:
    yield _concept(resource.get("severity"))
    for site in _each(resource.get("bodySite")):
        yield _concept(site)
    for stage in _each(resource.get("stage")):
        yield _concept(stage.get("summary"))


def _allergy(resource: Json) -> Iterator[str]:
    criticality = {"high": "high risk", "low": "low risk"}.get(str(resource.get("criticality")), "")
    yield criticality
    for reaction in _each(resource.get("reaction")):
        shown = [_concept(one) for one in _each(reaction.get("manifestation"))]
        severity = str(reaction.get("severity") or "")
        yield " ".join(part for part in (severity, " and ".join(filter(None, shown))) if part)


def _medication(resource: Json) -> Iterator[str]:
    for dosage in [*_each(resource.get("dosageInstruction")), *_each(resource.get("dosage"))][:3]:
        yield _text(dosage.get("text")) or " ".join(part for part in _dosage(dosage) if part)
    for reason in _each(resource.get("statusReason")):
        yield _concept(reason)


def _dosage(dosage: Json) -> Iterator[str]:
    for amount in _each(dosage.get("doseAndRate")):
        yield _quantity(amount.get("doseQuantity"))
    yield _quantity(dosage.get("dose"))
    repeat = _object(_object(dosage.get("timing")).get("repeat"))
    if repeat.get("frequency") and repeat.get("period"):
        unit = _UNITS.get(str(repeat.get("periodUnit")), str(repeat.get("periodUnit") or ""))
        every = "" if repeat["period"] == 1 else f"{repeat['period']:g} " if _number(repeat["period"]) else ""
        plural = "s" if every else ""
        yield (
            f"{repeat['frequency']} \u00d7 every {every}{unit}{plural}"
            if every
            else f"{repeat['frequency']} \u00d7 a {unit}"
        )
    yield _concept(dosage.get("route"))
    if dosage.get("asNeededBoolean") is True:
        yield "as needed"


def _encounter(resource: Json) -> Iterator[str]:
    kind = _object(resource.get("class"))
    yield _CLASSES.get(_text(kind.get("code")), _text(kind.get("display")))
    for reason in _each(resource.get("reasonCode")):
        yield _concept(reason)
    yield _text(_object(resource.get("serviceProvider")).get("display"))


_CLASSES: Final = {
    "AMB": "outpatient",
    "EMER": "emergency",
    "IMP": "inpatient",
    "ACUTE": "inpatient",
    "NONAC": "inpatient",
    "OBSENC": "observation",
    "HH": "at home",
    "VR": "virtual",
    "SS": "short stay",
    "FLD": "in the field",
    "PRENC": "before admission",
}
"""HL7 ActEncounterCode in words."""


def _procedure(resource: Json) -> Iterator[str]:
    for site in _each(resource.get("bodySite")):
        yield _concept(site)
    for reason in [*_each(resource.get("reasonCode")), *_each(resource.get("reasonReference"))]:
        yield _concept(reason) or _text(reason.get("display"))


def _immunization(resource: Json) -> Iterator[str]:
    lot = _text(resource.get("lotNumber"))
    yield f"lot {lot}" if lot else ""
    yield _concept(resource.get("site"))


def _report(resource: Json) -> Iterator[str]:
    yield _text(resource.get("conclusion"))
    for code in _each(resource.get("conclusionCode")):
        yield _concept(code)


def _document(resource: Json) -> Iterator[str]:
    yield _text(resource.get("description"))
    for author in _each(resource.get("author")):
        yield _text(author.get("display"))


def _imaging(resource: Json) -> Iterator[str]:
    yield _text(resource.get("description"))
    for series in _each(resource.get("series"))[:3]:
        yield _text(_object(series.get("bodySite")).get("display"))


def _plan(resource: Json) -> Iterator[str]:
    for activity in _each(resource.get("activity"))[:4]:
        yield _concept(_object(activity.get("detail")).get("code"))


_MAKERS: Final = {
    "Condition": _condition,
    "AllergyIntolerance": _allergy,
    "MedicationRequest": _medication,
    "MedicationStatement": _medication,
    "MedicationAdministration": _medication,
    "MedicationDispense": _medication,
    "Encounter": _encounter,
    "Procedure": _procedure,
    "Immunization": _immunization,
    "DiagnosticReport": _report,
    "DocumentReference": _document,
    "ImagingStudy": _imaging,
    "CarePlan": _plan,
}


def _each(value: Any) -> list[Json]:
    """The objects of a list, or the one object that stands where a list may."""
    listed = value if isinstance(value, list) else [value]
    return [one for one in listed if isinstance(one, dict)]


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _concept(value: Any) -> str:
    """A CodeableConcept in words: its text, else a display, else a code."""
    concept = _object(value)
    if text := _text(concept.get("text")):
        return text
    codings = _each(concept.get("coding"))
    words = [_text(one.get("display")) for one in codings] + [_text(one.get("code")) for one in codings]
    return next((word for word in words if word), "")


def _quantity(value: Any) -> str:
    quantity = _object(value)
    if not _number(quantity.get("value")):
        return ""
    return f"{quantity['value']:g}\u202f{_text(quantity.get('unit')) or _text(quantity.get('code'))}".rstrip(
        "\u202f"
    )
