"""A FHIR R4 resource as a draft: what the store, the pages and the models need to know of it."""

import hashlib
import json
from datetime import datetime
from typing import Final

from medai_core.domain.record import Code, Draft, Json, Lane, When
from medai_core.domain.refusal import Refusal
from medai_core.records.fhir.codes import codings, has_code, items, text_of, title_of, unmapped
from medai_core.records.fhir.patients import identifier_key, identity_of, is_part, record_number
from medai_core.records.fhir.references import ALONE, Place, Surroundings
from medai_core.records.fhir.shapes import Shape, shape_of
from medai_core.records.fhir.standing import standing_of
from medai_core.records.fhir.times import choice, period_of, timing_of, when
from medai_core.records.fhir.validity import verdict_of
from medai_core.records.fhir.values import values_of

LONGEST_KEY: Final = 200

VITAL_SIGNS: Final = frozenset(
    "85353-1 85354-9 55284-4 8480-6 8462-4 8867-4 9279-1 8310-5 8331-1 2708-6 59408-5 29463-7 3141-9 8302-2 "
    "8287-5 9843-4 39156-5 59576-9 72514-3".split()
)
"""LOINC codes of FHIR's vital signs profiles (R4, observation-vitalsigns) and those that Synthea adds."""


def draft_of(
    resource: Json,
    *,
    source: str,
    key: str | None = None,
    lenient: bool = True,
    beside: Surroundings = ALONE,
) -> Draft:
    """Index a FHIR R4 resource.

    Parameters
    ----------
    resource : dict
        The resource as it came; it becomes the draft's content unchanged.
    source : str
        Who says it.
    key : str, optional
        Its identity within the source; else its id, its identifier, or the digest of what it says.
    lenient : bool
        Whether times without offset, and what R4B no longer has, are let through (see `validity`).
    beside : Surroundings
        The other resources of its bundle, to resolve references.

    Raises
    ------
    Refusal
        "fhir-invalid" for what is no R4 resource.
    """
    verdict = verdict_of(resource, lenient=lenient)
    if verdict.refused:
        raise Refusal(
            "fhir-invalid",
            expected="a resource of FHIR R4",
            found=f"one that is not ({verdict.refused.rstrip('.')})",
            what_to_do="Export the record again as FHIR R4.",
        )
    return indexed(resource, source=source, key=key or key_of(resource), beside=beside)


def indexed(resource: Json, *, source: str, key: str, beside: Surroundings = ALONE) -> Draft:
    """The draft of a resource that has been checked."""
    kind = text_of(resource.get("resourceType"))
    shape = shape_of(kind)
    standing, status = standing_of(resource)
    concept = _concept(resource, shape, beside)
    codes = tuple(codings(concept))
    starts, ends = _times(resource, shape)
    return Draft(
        source=source,
        resource_type=kind,
        key=key,
        content=resource,
        lane=_lane(resource, shape),
        subject_key=key if kind == "Patient" else subject_key_of(resource, shape, beside),
        codes=codes,
        title=_title(resource, shape, concept),
        status=status,
        standing=standing,
        starts=starts,
        ends=ends,
        recorded=_recorded(resource),
        values=values_of(resource),
        replaces=_replaces(resource, kind, beside),
        identity=identity_of(resource, source=source, key=key) if kind == "Patient" else None,
        unmapped=_unmapped(resource, codes),
        partial=() if kind == "Patient" and is_part(resource) else None,
    )


def key_of(resource: Json, *, url: str = "") -> str:
    """Id, else identifier, else the urn of its entry's `fullUrl`, else a digest of what it says."""
    kind = text_of(resource.get("resourceType"))
    if own := text_of(resource.get("id")):
        return own[:LONGEST_KEY]
    if kind == "Patient" and (number := record_number(resource)) is not None:
        return identifier_key(kind, *number)
    named = [each for each in items(resource.get("identifier")) if text_of(each.get("value"))]
    if named:
        return identifier_key(kind, text_of(named[0].get("system")), text_of(named[0]["value"]))
    if url.startswith("urn:"):
        return url.rpartition(":")[2][:LONGEST_KEY]
    return f"content-{digest_of(resource)[:32]}"


def digest_of(resource: Json) -> str:
    """SHA-256 of a resource, the same whatever the order of its elements."""
    plain = json.dumps(resource, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode("ascii", "backslashreplace")).hexdigest()


def subject_key_of(resource: Json, shape: Shape, beside: Surroundings) -> str | None:
    """The key of the Patient that it is about, or who takes part in it.

    None where it is about nobody, a group or a device.
    """
    for name in shape.subject:
        for named in items(resource.get(name)):
            reference = named.get("target") or named
            place = beside.place_of(reference, resource)
            if place is not None and _is_patient(place, reference):
                return place[1][:LONGEST_KEY]
    for participant in items(resource.get("participant")):
        place = beside.place_of(participant.get("actor"), resource)
        if place is not None and place[0] == "Patient":
            return place[1][:LONGEST_KEY]
    return None


def _is_patient(place: Place, reference: Json) -> bool:
    kind = place[0] or text_of(reference.get("type"))
    return kind in ("Patient", "")


def _lane(resource: Json, shape: Shape) -> Lane:
    """An Observation's lane is its category's, or vital where its code is that of a vital sign."""
    if shape.lane is not Lane.OBSERVATION:
        return shape.lane
    category = resource.get("category")
    if has_code(category, "vital-signs"):
        return Lane.VITAL
    if has_code(category, "laboratory", "LAB"):
        return Lane.LABORATORY
    return Lane.VITAL if not category and has_code(resource.get("code"), *VITAL_SIGNS) else Lane.OBSERVATION


def _concept(resource: Json, shape: Shape, beside: Surroundings) -> Json | None:
    """The concept that names the resource; a medication may stand in a resource of its own."""
    for name in shape.concepts:
        value = resource.get(name)
        if not value:
            continue
        if name == "medicationReference":
            return _drug(value, resource, beside)
        for each in items(value):
            if next(codings(each), None) is not None:
                return each
    return None


def _drug(reference: object, resource: Json, beside: Surroundings) -> Json | None:
    drug = beside.resource_of(reference, resource) or {}
    display = text_of(reference.get("display")) if isinstance(reference, dict) else ""
    return next(iter(items(drug.get("code"))), None) or ({"text": display} if display else None)


def _title(resource: Json, shape: Shape, concept: Json | None) -> str:
    if concept is not None and (title := title_of(concept)):
        return title
    return next((text for name in shape.names if (text := text_of(resource.get(name)))), "")


def _times(resource: Json, shape: Shape) -> tuple[When | None, When | None]:
    """When it began and ended, from the first of its type's elements that says so."""
    for name in shape.times:
        found = _time(resource, name)
        if any(found):
            return found[0], found[1] or _ended(resource)
    return None, _ended(resource)


def _time(resource: Json, name: str) -> tuple[When | None, When | None]:
    value = resource.get(name)
    if isinstance(value, str):
        return when(value), None
    if name in ("dosageInstruction", "dosage"):
        return next(
            (found for each in items(value) if any(found := timing_of(each.get("timing")))), (None, None)
        )
    if isinstance(value, dict):
        return period_of(value.get("period") if name == "context" else value)
    return choice(resource, name)


def _ended(resource: Json) -> When | None:
    """When a condition abated or an appointment ends."""
    start, end = choice(resource, "abatement")
    return start or end or when(resource.get("end"))


def _recorded(resource: Json) -> datetime | None:
    meta = resource.get("meta")
    stamped = when(meta.get("lastUpdated")) if isinstance(meta, dict) else None
    found = stamped or when(resource.get("issued"))
    return found.at if found is not None else None


def _replaces(resource: Json, kind: str, beside: Surroundings) -> tuple[str, ...]:
    """What it says that it takes the place of: `relatesTo` of documents, `replaces`, `priorPrescription`."""
    targets: list[object] = []
    for each in items(resource.get("relatesTo")):
        if each.get("code") == "replaces":
            targets.append(each.get("target") or each.get("targetReference"))
    if kind != "Claim":
        targets += items(resource.get("replaces")) + items(resource.get("priorPrescription"))
    places = [beside.place_of(target, resource) for target in targets]
    return tuple(dict.fromkeys(place[1] for place in places if place and place[0] in (kind, "")))


def _unmapped(resource: Json, codes: tuple[Code, ...]) -> tuple[Code, ...]:
    """Codes of its concept and its components that no system we know explains."""
    found = list(unmapped(codes))
    for each in items(resource.get("component")):
        found += unmapped(tuple(codings(each.get("code"))))
    return tuple(dict.fromkeys(found))
