"""A Patient resource as the identity that the store and the pages know."""

import hashlib
from typing import Final

from medai_core.domain.people import PatientIdentity, PersonName
from medai_core.domain.record import Json
from medai_core.records.fhir.codes import has_code, items, text_of
from medai_core.records.fhir.times import day_of

_OURS: Final = ("MR", "PI", "PT")
_NAME_USES: Final = ("official", "usual", "", "temp", "nickname", "anonymous", "maiden", "old")
_DESCRIBING: Final = frozenset(
    "name birthDate gender address telecom deceasedBoolean deceasedDateTime maritalStatus contact link "
    "photo communication generalPractitioner managingOrganization multipleBirthBoolean "
    "multipleBirthInteger extension contained".split()
)
_SEX: Final = {"male": "M", "female": "F", "other": "O"}


def identity_of(patient: Json, *, source: str, key: str) -> PatientIdentity:
    """Who the Patient is.

    The identifier is one that its type calls a medical record number (MR), else a patient number of the
    institution (PI, PT) with its system as issuer; else the resource's own key with the source as issuer.
    National numbers, driver's licences and passports are never taken, nor is an identifier of no stated
    type, which may be one. A birth date less precise than a day is None here and stays in the resource.
    """
    chosen = record_number(patient)
    identifier, issuer = (key, source) if chosen is None else (chosen[1], chosen[0] or source)
    return PatientIdentity(
        identifier=identifier,
        issuer=issuer,
        name=_name(patient),
        birth_date=day_of(patient.get("birthDate")),
        sex=_SEX.get(text_of(patient.get("gender"))),
    )


def is_part(patient: Json) -> bool:
    """Whether a Patient is less than all that its source knows: tagged as subsetted, or naming nobody.

    By FHIR a resource replaces the one before as a whole; one that was asked for with `_summary` or
    `_elements` is tagged SUBSETTED and must not, and one of identifiers alone stands for a reference.
    """
    meta = patient.get("meta")
    if isinstance(meta, dict) and any(each.get("code") == "SUBSETTED" for each in items(meta.get("tag"))):
        return True
    return not set(patient) & _DESCRIBING


def record_number(patient: Json) -> tuple[str, str] | None:
    """System and value of the identifier that a hospital knows the patient by."""
    found = [each for each in items(patient.get("identifier")) if text_of(each.get("value"))]
    for wanted in _OURS:
        for each in found:
            if text_of(each.get("use")) != "old" and has_code(each.get("type"), wanted):
                return text_of(each.get("system")) or _assigner(each), text_of(each["value"])
    return None


def _assigner(identifier: Json) -> str:
    assigner = identifier.get("assigner")
    return text_of(assigner.get("display")) if isinstance(assigner, dict) else ""


def identifier_key(kind: str, system: str, value: str) -> str:
    """The key of a resource that has no id, from its identifier; that of a person is not readable in it."""
    plain = f"{system}|{value}" if system else value
    if kind not in ("Patient", "Person", "RelatedPerson") and len(plain) <= 200:
        return plain
    return "identifier-" + hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _name(patient: Json) -> PersonName:
    """The official name first; a name written in CJK script is the ideographic group, as in DICOM."""
    names = sorted(items(patient.get("name")), key=_rank)
    words = [text for each in names if (text := _words(each))]
    latin = next((text for text in words if not _is_ideographic(text)), "")
    ideographic = next((text for text in words if _is_ideographic(text)), "")
    return PersonName(alphabetic=latin, ideographic=ideographic)


def _rank(name: Json) -> int:
    use = text_of(name.get("use"))
    return _NAME_USES.index(use) if use in _NAME_USES else len(_NAME_USES)


def _words(name: Json) -> str:
    """Prefix, family, given and suffix in the order in which DICOM names stand on a page."""
    parts = [
        *_strings(name.get("prefix")),
        text_of(name.get("family")),
        *_strings(name.get("given")),
        *_strings(name.get("suffix")),
    ]
    spoken = [part for part in parts if part]
    has_own = text_of(name.get("family")) or _strings(name.get("given"))
    return " ".join(spoken) if has_own else text_of(name.get("text")) or " ".join(spoken)


def _strings(value: object) -> list[str]:
    return [text_of(each) for each in value if text_of(each)] if isinstance(value, list) else []


def _is_ideographic(text: str) -> bool:
    return any("\u3040" <= each <= "\u9fff" or "\uac00" <= each <= "\ud7af" for each in text)
