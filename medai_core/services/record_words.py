"""What the kind of a resource adds to its title, in words: a dose, a reaction, a severity, a place."""

from collections.abc import Iterator
from typing import Any, Final

from medai_core.domain.record import Code, Json
from medai_core.records.fhir.codes import SNOMED, items, text_of, title_of

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
    yield title_of(resource.get("severity"))
    for site in items(resource.get("bodySite")):
        yield title_of(site)
    for stage in items(resource.get("stage")):
        yield title_of(stage.get("summary"))


def _allergy(resource: Json) -> Iterator[str]:
    criticality = {"high": "high risk", "low": "low risk"}.get(str(resource.get("criticality")), "")
    yield criticality
    for reaction in items(resource.get("reaction")):
        shown = [title_of(one) for one in items(reaction.get("manifestation"))]
        severity = str(reaction.get("severity") or "")
        yield " ".join(part for part in (severity, " and ".join(filter(None, shown))) if part)


def _medication(resource: Json) -> Iterator[str]:
    for dosage in [*items(resource.get("dosageInstruction")), *items(resource.get("dosage"))][:3]:
        yield text_of(dosage.get("text")) or " ".join(part for part in _dosage(dosage) if part)
    for reason in items(resource.get("statusReason")):
        yield title_of(reason)


def _dosage(dosage: Json) -> Iterator[str]:
    for amount in items(dosage.get("doseAndRate")):
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
    yield title_of(dosage.get("route"))
    if dosage.get("asNeededBoolean") is True:
        yield "as needed"


def _encounter(resource: Json) -> Iterator[str]:
    kind = _object(resource.get("class"))
    yield _CLASSES.get(text_of(kind.get("code")), text_of(kind.get("display")))
    for reason in items(resource.get("reasonCode")):
        yield title_of(reason)
    yield text_of(_object(resource.get("serviceProvider")).get("display"))


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
    for site in items(resource.get("bodySite")):
        yield title_of(site)
    for reason in [*items(resource.get("reasonCode")), *items(resource.get("reasonReference"))]:
        yield title_of(reason) or text_of(reason.get("display"))


def _immunization(resource: Json) -> Iterator[str]:
    lot = text_of(resource.get("lotNumber"))
    yield f"lot {lot}" if lot else ""
    yield title_of(resource.get("site"))


def _report(resource: Json) -> Iterator[str]:
    yield text_of(resource.get("conclusion"))
    for code in items(resource.get("conclusionCode")):
        yield title_of(code)


def _document(resource: Json) -> Iterator[str]:
    yield text_of(resource.get("description"))
    for author in items(resource.get("author")):
        yield text_of(author.get("display"))


def _imaging(resource: Json) -> Iterator[str]:
    yield text_of(resource.get("description"))
    for series in items(resource.get("series"))[:3]:
        yield text_of(_object(series.get("bodySite")).get("display"))


def _plan(resource: Json) -> Iterator[str]:
    for activity in items(resource.get("activity"))[:4]:
        yield title_of(_object(activity.get("detail")).get("code"))


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


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _quantity(value: Any) -> str:
    quantity = _object(value)
    if not _number(quantity.get("value")):
        return ""
    return (
        f"{quantity['value']:g}\u202f{text_of(quantity.get('unit')) or text_of(quantity.get('code'))}".rstrip(
            "\u202f"
        )
    )
