"""HL7 data types as FHIR data types: codes, names, addresses, telecoms, identifiers, quantities, ranges."""

import math
import re
from typing import Any, Final

from medai_core.domain.exact_json import measured
from medai_core.domain.record import Json
from medai_core.records.hl7v2.message import Message
from medai_core.records.hl7v2.syntax import Segment
from medai_core.records.hl7v2.systems import UCUM, system_uri, table

_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_NAME_USE: Final = {
    "L": "official", "C": "official", "D": "usual", "M": "maiden", "N": "nickname", "A": "nickname",
    "S": "anonymous", "T": "temp", "BAD": "old",
}  # fmt: skip
_WRITING: Final = {"A": "ABC", "I": "IDE", "P": "SYL"}
_WRITING_URL: Final = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
_ADDRESS_USE: Final = {
    "H": "home",
    "B": "work",
    "O": "work",
    "BI": "billing",
    "C": "temp",
    "BA": "old",
    "P": "home",
}
_TELECOM_USE: Final = {"PRN": "home", "ORN": "home", "VHN": "home", "WPN": "work"}
_TELECOM_SYSTEM: Final = {
    "PH": "phone", "CP": "phone", "SAT": "phone", "TDD": "other", "TTY": "other", "FX": "fax", "BP": "pager",
    "INTERNET": "email", "X.400": "email", "MD": "other",
}  # fmt: skip


def without_empty(resource: Json) -> Json:
    """The object without elements that are None, empty strings, lists or objects; zero and False stay."""
    return {
        name: value for name, value in resource.items() if value is not None and value not in ("", [], {})
    }


def number_of(text: str) -> float | int | None:
    """An NM; None where it is none."""
    bare = text.strip()
    if not _NUMBER.fullmatch(bare):
        return None
    value = measured(bare)
    if value is None or not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and "." not in bare and abs(value) < 2**53 else value


def concept(segment: Segment, field: int, *, repetition: int = 0, of: str = "") -> Json | None:
    """A CE, CWE, CNE or IS as CodeableConcept, alternatives as further codings; None where it is empty.

    `of` is the HL7 table of a code that names no system.
    """
    codings = [
        coding
        for start in (1, 4, 10)
        if (coding := _coding([segment.text(field, start + n, repetition=repetition) for n in range(3)], of))
    ]
    coded = [each for each in codings if "code" in each]
    text = segment.text(field, 9, repetition=repetition)
    shown = text or next((each["display"] for each in codings if "display" in each), "")
    if not coded and not shown:
        return None
    return without_empty({"coding": coded, "text": shown})


def _coding(parts: list[str], of: str) -> Json:
    code, display, written = parts
    system = system_uri(written) or (table(of) if of else "")
    return without_empty({"system": system if code else "", "code": _token(code), "display": display})


def _token(code: str) -> str:
    """FHIR codes have no outer and no double spaces."""
    return " ".join(code.split())


def coded(number: str, code: str, display: str = "") -> Json:
    """A CodeableConcept of one of HL7's own tables."""
    return {"coding": [without_empty({"system": table(number), "code": _token(code), "display": display})]}


def identifier(segment: Segment, field: int, *, repetition: int = 0) -> Json | None:
    """A CX as Identifier; None where it has no value."""
    value = segment.text(field, repetition=repetition)
    if not value:
        return None
    kind = segment.text(field, 5, repetition=repetition)
    namespace, oid, oid_type = (segment.text(field, 4, n, repetition=repetition) for n in (1, 2, 3))
    return without_empty(
        {
            "type": coded("0203", kind) if kind else None,
            "system": authority_uri(namespace, oid, oid_type),
            "value": value,
            "assigner": {"display": namespace or oid} if namespace or oid else None,
        }
    )


def authority_uri(namespace: str, universal: str, kind: str) -> str:
    """The system of identifiers of an assigning authority (HD)."""
    if (
        universal
        and kind.upper() == "ISO"
        and re.fullmatch(r"[0-2](?:\.(?:0|[1-9]\d*))+", universal, re.ASCII)
    ):
        return f"urn:oid:{universal}"
    if universal and kind.upper() in ("UUID", "GUID"):
        return f"urn:uuid:{universal.lower()}"
    return system_uri(namespace or universal)


def human_name(segment: Segment, field: int, *, repetition: int = 0) -> Json | None:
    """An XPN (or the name within an XCN is read by `person`); None where it is empty."""

    def part(n: int) -> str:
        return segment.text(field, n, repetition=repetition)

    given = [each for n in (2, 3) for each in part(n).split() if each]
    if not part(1) and not given:
        return None
    writing = _WRITING.get(part(8).upper())
    return without_empty(
        {
            "use": _NAME_USE.get(part(7).upper(), ""),
            "family": part(1),
            "given": given,
            "prefix": [part(5)] if part(5) else [],
            "suffix": [each for n in (4, 6) if (each := part(n))],
            "extension": [{"url": _WRITING_URL, "valueCode": writing}] if writing else [],
        }
    )


def person(segment: Segment, field: int, *, repetition: int = 0) -> Json | None:
    """An XCN or CNN as a Reference that shows the name alone."""

    def part(n: int) -> str:
        return segment.text(field, n, repetition=repetition)

    name = " ".join(filter(None, (part(6), part(3), part(4), part(2), part(5)))) or part(1)
    return {"display": name} if name else None


def address(message: Message, segment: Segment, field: int, *, repetition: int = 0) -> Json | None:
    """An XAD as Address; None where it is empty."""

    def part(n: int, sub: int = 1) -> str:
        return segment.text(field, n, sub, repetition=repetition)

    street = " ".join(filter(None, (part(1, n) for n in (1, 2, 3)))) if part(1, 2) else part(1)
    if not any(part(n) for n in (1, 2, 3, 4, 5, 6, 8)):
        if segment.filled(field, repetition):
            message.say(f"{segment.name}-{field} is no address that can be read.")
        return None
    if not any(part(n) for n in range(2, 7)):
        message.say(f"{segment.name}-{field} is an address without parts; it is kept as one line.")
    return without_empty(
        {
            "use": _ADDRESS_USE.get(part(7).upper(), ""),
            "type": "postal" if part(7).upper() == "M" else "",
            "line": [each for each in (street, part(2), part(8)) if each],
            "city": part(3),
            "district": part(9),
            "state": part(4),
            "postalCode": part(5),
            "country": part(6),
        }
    )


def telecom(segment: Segment, field: int, *, repetition: int = 0, home: str = "") -> Json | None:
    """An XTN as ContactPoint; None where it is empty."""

    def part(n: int) -> str:
        return segment.text(field, n, repetition=repetition)

    written = part(12) or " ".join(filter(None, (part(5) and f"+{part(5)}", part(6), part(7))))
    mail = part(4)
    value = part(1) or (mail if "@" in mail else "") or written or mail
    if not value:
        return None
    system = _TELECOM_SYSTEM.get(part(3).upper(), "email" if "@" in value else "phone")
    return {"system": system, "value": value} | without_empty(
        {"use": "mobile" if part(3).upper() == "CP" else _TELECOM_USE.get(part(2).upper(), home)}
    )


def unit_of(segment: Segment, field: int) -> Json:
    """OBX-6 and its like: `unit` as written; `system` and `code` where we know what it means."""
    code, text, system = (segment.text(field, n) for n in (1, 2, 3))
    if not code and not text:
        return {}
    if system_uri(system) == UCUM and code:
        return {"unit": code, "system": UCUM, "code": _token(code)}
    from medai_core.records.units import ucum

    known = ucum(code or text)
    return {"unit": code or text} | ({"system": UCUM, "code": known} if known else {})


def quantity(value: float | int, unit: Json, comparator: str = "") -> Json:
    """A FHIR Quantity."""
    return {"value": value, **({"comparator": comparator} if comparator else {}), **unit}


_BETWEEN: Final = re.compile(
    rf"\s*({_NUMBER.pattern})\s*(?:-|_|\u2013|to|\.\.)\s*({_NUMBER.pattern})\s*", re.ASCII
)
_BOUND: Final = re.compile(rf"\s*(<=|>=|<|>|\u2264|\u2265)\s*({_NUMBER.pattern})\s*")


def reference_range(text: str, unit: Json) -> Json | None:
    """OBX-7: `3.5-5.0`, `70_105`, `<5`, `>=60`, or words; the text stays beside the numbers."""
    if not text:
        return None
    if found := _BETWEEN.fullmatch(text):
        low, high = number_of(found[1]), number_of(found[2])
        if low is not None and high is not None and low <= high:
            return {"low": quantity(low, unit), "high": quantity(high, unit), "text": text}
    if found := _BOUND.fullmatch(text):
        bound = number_of(found[2])
        if bound is not None:
            return {("high" if found[1] in "<=\u2264" else "low"): quantity(bound, unit), "text": text}
    return {"text": text}


def period(start: str | None, end: str | None) -> Json | None:
    """A FHIR Period; None where neither end is known."""
    return without_empty({"start": start, "end": end}) or None


def each_of(segment: Segment, field: int, read: Any, *before: Any) -> list[Json]:
    """What `read` makes of every repetition of a field; empty ones are left out."""
    found = (read(*before, segment, field, repetition=n) for n in segment.repetitions(field))
    return [each for each in found if each]
