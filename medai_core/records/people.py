"""A patient as the comparison of patients sees them: folded names, dates, identifiers, address, telephone."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from medai_core.domain.people import PatientIdentity
from medai_core.domain.record import Json

STRONG: Final = {
    "SS": "social security number",
    "NI": "national identifier",
    "NH": "national health plan identifier",
    "MC": "Medicare number",
    "HC": "health card number",
    "PPN": "passport number",
    "DL": "driver's licence number",
    "CZ": "citizenship card",
    "PRC": "permanent resident card",
}
"""Identifier types (HL7 table 0203) that one person has once, whoever issued the record."""

_STRONG_SYSTEMS: Final = {
    "http://hl7.org/fhir/sid/us-ssn": "SS",
    "http://hl7.org/fhir/sid/us-mbi": "MC",
    "https://fhir.nhs.uk/Id/nhs-number": "NI",
}
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
_PHONE_DIGITS: Final = 7
"""Compared from the end: country and area codes are written in many ways."""


@dataclass(frozen=True, slots=True)
class Person:
    """One patient record, folded. Empty strings and None are missing and never count for or against.

    `family` and `given` hold words separated by single spaces; `strong` pairs of (kind, value) that one
    person has once; `keys` pairs of (issuer, value) with an issuer that is known.
    """

    id: str
    family: str = ""
    given: str = ""
    birth_date: date | None = None
    sex: str = ""
    strong: tuple[tuple[str, str], ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    phone: str = ""
    line: str = ""
    postal: str = ""


def folded(text: str) -> str:
    """Words without case, accents and punctuation, one space between them.

    >>> folded("Müller-Lüdenscheidt"), folded("O'Neil  José")
    ('muller ludenscheidt', 'oneil jose')
    """
    kept = []
    for letter in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()):
        kind = unicodedata.category(letter)[0]
        if kind in "LN":
            kept.append(letter)
        elif kind in "ZPC" and letter not in "'\u2019.":
            kept.append(" ")
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).translate(_LETTERS).split())


def name_words(text: str) -> str:
    """A name folded, without digits."""
    return " ".join(filter(None, ("".join(filter(str.isalpha, word)) for word in folded(text).split())))


def person_of(patient_id: str, identity: PatientIdentity, content: Json | None = None) -> Person:
    """A person from what is known of a patient, and the FHIR Patient resource where there is one.

    Without a resource the first word of the name is taken for the family name, as DICOM writes it; swapped
    names are recognised when two persons are compared.
    """
    family, given = _names(identity, content)
    strong, keys = _identifiers(content)
    if identity.issuer and identity.identifier:
        keys.add((identity.issuer, identity.identifier.strip()))
    line, postal = _address(content)
    return Person(
        id=patient_id,
        family=family,
        given=given,
        birth_date=identity.birth_date,
        sex=identity.sex or "",
        strong=tuple(sorted(strong)),
        keys=tuple(sorted(keys)),
        phone=_phone(content),
        line=line,
        postal=postal,
    )


def _names(identity: PatientIdentity, content: Json | None) -> tuple[str, str]:
    """(family, given) of the official or first name."""
    names = [one for one in _list(content, "name") if one.get("use") != "old"]
    names.sort(key=lambda one: one.get("use") != "official")
    for name in names:
        family = name_words(str(name.get("family") or ""))
        given = name_words(" ".join(map(str, name.get("given") or ())))
        if family or given:
            return family, given
    written = identity.name.alphabetic or identity.name.ideographic or identity.name.phonetic
    first, _, rest = written.strip().partition(" ")
    return name_words(first), name_words(rest)


def _identifiers(content: Json | None) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """(strong ones by kind, the others that have a system)."""
    strong: set[tuple[str, str]] = set()
    keys: set[tuple[str, str]] = set()
    for one in _list(content, "identifier"):
        system, value = str(one.get("system") or ""), str(one.get("value") or "").strip()
        if not value or one.get("use") == "old":
            continue
        types = _list(one.get("type") if isinstance(one.get("type"), dict) else None, "coding")
        kinds = [str(coding.get("code")) for coding in types if coding.get("code") in STRONG]
        kind = _STRONG_SYSTEMS.get(system) or next(iter(kinds), "")
        if kind:
            strong.add((kind, "".join(filter(str.isalnum, value)).upper()))
        elif system:
            keys.add((system, value))
    return strong, keys


def _address(content: Json | None) -> tuple[str, str]:
    for one in _list(content, "address"):
        if one.get("use") == "old":
            continue
        line = folded(" ".join(map(str, one.get("line") or ())))
        postal = "".join(filter(str.isalnum, str(one.get("postalCode") or ""))).upper()
        if line or postal:
            return line, postal
    return "", ""


def _phone(content: Json | None) -> str:
    for one in _list(content, "telecom"):
        digits = "".join(filter(str.isdigit, str(one.get("value") or "")))
        if one.get("system") in ("phone", "sms", None) and len(digits) >= _PHONE_DIGITS:
            return digits[-_PHONE_DIGITS:]
    return ""


def _list(content: Json | None, name: str) -> list[Json]:
    """The objects under a name; anything of another shape counts as none."""
    found: Iterable[object] = (content or {}).get(name) or ()
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
