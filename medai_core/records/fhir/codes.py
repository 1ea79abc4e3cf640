"""Codings of a resource, and which code systems we know."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from medai_core.domain.record import Code, Json

LOINC: Final = "http://loinc.org"
SNOMED: Final = "http://snomed.info/sct"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
UCUM: Final = "http://unitsofmeasure.org"
CVX: Final = "http://hl7.org/fhir/sid/cvx"
ICD10_CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"

_KNOWN: Final = frozenset(
    {
        LOINC,
        SNOMED,
        RXNORM,
        UCUM,
        CVX,
        ICD10_CM,
        "http://hl7.org/fhir/sid/icd-10",
        "http://hl7.org/fhir/sid/icd-9-cm",
        "http://hl7.org/fhir/sid/ndc",
        "http://hl7.org/fhir/ndfrt",
        "http://www.ama-assn.org/go/cpt",
        "http://www.whocc.no/atc",
        "http://fdasis.nlm.nih.gov",
        "http://dicom.nema.org/resources/ontology/DCM",
        "http://www.radlex.org",
        "http://www.genenames.org",
        "urn:iso:std:iso:3166",
        "urn:iso:std:iso:11073:10101",
        "urn:ietf:bcp:13",
        "urn:ietf:bcp:47",
        "urn:ietf:rfc:3986",
        "urn:oid:2.16.840.1.113883.6.238",
    }
)
_HL7: Final = ("http://terminology.hl7.org/", "http://hl7.org/fhir/", "https://terminology.hl7.org/")


def is_known(system: str) -> bool:
    """Whether a code of this system means something to us: the large terminologies and HL7's own tables."""
    return system in _KNOWN or system.startswith(_HL7)


def items(value: object) -> list[Json]:
    """The objects in an element that may be missing, one object, or a list of them."""
    found = value if isinstance(value, list) else [value]
    return [each for each in found if isinstance(each, dict)]


def text_of(value: object) -> str:
    """A string element; empty where it is missing or something else."""
    return value.strip() if isinstance(value, str) else ""


def codings(concept: object) -> Iterator[Code]:
    """Codes of CodeableConcepts (or bare Codings); the text alone as a code without a system."""
    for each in items(concept):
        inner = items(each.get("coding"))
        if inner or not ("system" in each or "code" in each):
            found = [code for coding in inner if (code := _code(coding)) is not None]
            text = text_of(each.get("text"))
            yield from found or ([Code("", "", text)] if text else [])
        elif (code := _code(each)) is not None:
            yield code


def _code(coding: Json) -> Code | None:
    code, display = text_of(coding.get("code")), text_of(coding.get("display"))
    return _kept(text_of(coding.get("system")), code, display) if code or display else None


@lru_cache(maxsize=8192)
def _kept(system: str, code: str, display: str) -> Code:
    """One object for each code: a record names few of them often."""
    return Code(system, code, display)


def title_of(concept: object) -> str:
    """What a person calls the concept: its text, else the display of a coding, else its code."""
    for each in items(concept):
        if text := text_of(each.get("text")):
            return text
        found = list(codings(each))
        for words in ([code.display for code in found], [code.code for code in found]):
            if any(words):
                return next(filter(None, words))
    return ""


def has_code(concept: object, *wanted: str) -> bool:
    """Whether one of the codings has one of these codes."""
    return any(code.code in wanted for code in codings(concept))


def unmapped(codes: tuple[Code, ...]) -> tuple[Code, ...]:
    """Of the codes of one concept, those that no known system explains.

    A concept that has one code of a known system is mapped; local codes beside it lose nothing.
    """
    if any(code.code and is_known(code.system) for code in codes):
        return ()
    return codes
