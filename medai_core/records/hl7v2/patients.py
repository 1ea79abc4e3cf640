"""PID, PD1, NK1 and MRG as a Patient.

The social security number (PID-19, or a repetition of PID-3 that holds one) is not taken over: nothing here
needs it, and it must never name a person.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from medai_core.domain.people import PatientIdentity, PersonName
from medai_core.domain.record import Draft, Json, Standing
from medai_core.domain.refusal import Refusal
from medai_core.records.fhir.drafts import draft_of
from medai_core.records.hl7v2.datatypes import (
    address,
    coded,
    concept,
    each_of,
    human_name,
    identifier,
    telecom,
    without_empty,
)
from medai_core.records.hl7v2.message import Message, key_of
from medai_core.records.hl7v2.syntax import Segment

_PREFERRED: Final = ("MR", "MRN", "PI", "PT", "", "PN", "EPI", "EHRID", "U", "XX")
_SECRET: Final = frozenset({"SS", "SSN", "SB"})
_SECRET_ISSUERS: Final = frozenset({"USSSA", "SSA", "SS", "SSN"})
_LONGEST: Final = 64
_GENDER: Final = {"F": "female", "M": "male", "O": "other", "A": "other", "N": "other", "U": "unknown"}
_SEX: Final = {"F": "F", "M": "M", "O": "O"}
_MAIDEN: Final = "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName"
_GROUPS: Final = {"": "alphabetic", "A": "alphabetic", "I": "ideographic", "P": "phonetic"}
_FIELDS: Final = {
    "name": (5, 9), "extension": (6,), "birthDate": (7,), "gender": (8,), "address": (11,),
    "telecom:home": (13,), "telecom:work": (14,), "communication": (15,), "maritalStatus": (16,),
    "multipleBirth": (24, 25), "deceased": (29, 30),
}  # fmt: skip
"""Elements of a Patient with the fields of PID that they are made of; choices by their beginning, telephones
by their use."""
_DELETED: Final = frozenset({"A29"})
_MERGING: Final = frozenset({"A18", "A30", "A34", "A36", "A39", "A40", "A46", "A47"})
"""Events that say that MRG and PID are the same person. Others with a MRG move a visit or an account."""


@dataclass(frozen=True, slots=True)
class Number:
    """A patient's number and who gave it."""

    value: str
    issuer: str

    @property
    def key(self) -> str:
        """The key of the Patient resource."""
        return key_of("Patient", self.issuer, self.value)


def number_of(message: Message, segment: Segment, *fields: int) -> Number | None:
    """The number that names the patient, from the first of the fields (CX) that holds one.

    Of several repetitions a medical record number comes first, then other numbers of the institution. The
    issuer is the assigning authority, else the assigning facility, else the sending facility.
    """
    for field in fields:
        found = [n for n in segment.repetitions(field) if _may_name(segment, field, n)]
        ranked = sorted(found, key=lambda n: _rank(segment.text(field, 5, repetition=n)))
        if ranked:
            best = ranked[0]
            parts = [(4, 1), (4, 2), (6, 1), (6, 2)]
            issuers = [segment.text(field, c, s, repetition=best) for c, s in parts]
            sender = message.header.text(4) or message.header.text(3)
            issuer = next(filter(None, issuers), sender)
            return Number(segment.text(field, repetition=best), issuer[:_LONGEST])
    return None


def _may_name(segment: Segment, field: int, repetition: int) -> bool:
    value = segment.text(field, repetition=repetition)
    return bool(value) and not _secret(segment, field, repetition)


def _secret(segment: Segment, field: int, repetition: int) -> bool:
    kind = segment.text(field, 5, repetition=repetition).upper()
    issuers = {segment.text(field, n, repetition=repetition).upper() for n in (4, 6)}
    return kind in _SECRET or bool(issuers & _SECRET_ISSUERS)


def _rank(kind: str) -> int:
    kind = kind.upper()
    return _PREFERRED.index(kind) if kind in _PREFERRED else len(_PREFERRED)


def patient_draft(message: Message, pid: Segment, source: str) -> Draft:
    """The Patient of a PID; raises Refusal "hl7-patient" where nothing in it names the patient."""
    number = number_of(message, pid, 3, 2, 4)
    if number is None or len(number.value) > _LONGEST:
        raise Refusal(
            "hl7-patient",
            expected="a patient identifier in PID-3",
            found="none" if number is None else f"one of more than {_LONGEST} characters",
            what_to_do="Ask the sender to fill PID-3.",
        )
    resource = _patient(message, pid, number)
    deleted = message.event in _DELETED
    if deleted:
        resource["active"] = False
    if merged := _merged(message, pid, number):
        resource["link"] = merged
    found = draft_of(resource, source=source, key=number.key)
    return replace(
        found,
        identity=_identity(pid, number, resource),
        recorded=message.recorded,
        standing=Standing.WITHDRAWN if deleted else found.standing,
        partial=_removed(pid, resource),
    )


def _removed(pid: Segment, resource: Json) -> tuple[str, ...]:
    """Elements whose every field the sender deletes; what is absent stays as it was (2.5.3)."""
    return tuple(
        element
        for element, fields in _FIELDS.items()
        if element not in resource and any(pid.deleted(field) for field in fields)
    )


def _patient(message: Message, pid: Segment, number: Number) -> Json:
    names = each_of(pid, 5, human_name) + each_of(pid, 9, human_name)
    home = [each for n in pid.repetitions(13) if (each := telecom(pid, 13, repetition=n, home="home"))]
    work = [each for n in pid.repetitions(14) if (each := telecom(pid, 14, repetition=n, home="work"))]
    maiden = pid.text(6)
    return without_empty(
        {
            "resourceType": "Patient",
            "id": number.key,
            "extension": [{"url": _MAIDEN, "valueString": maiden}] if maiden else [],
            "identifier": _identifiers(pid),
            "name": names,
            "telecom": home + work,
            "gender": _GENDER.get(pid.text(8).upper(), ""),
            "birthDate": message.day(pid, 7),
            "address": [
                each for n in pid.repetitions(11) if (each := address(message, pid, 11, repetition=n))
            ],
            "maritalStatus": concept(pid, 16, of="0002"),
            "communication": [{"language": spoken, "preferred": True}]
            if (spoken := concept(pid, 15))
            else [],
            "contact": _contacts(message, pid),
        }
        | _birth(pid)
        | _death(message, pid)
    )


def _identifiers(pid: Segment) -> list[Json]:
    found: list[Json] = []
    for field in (3, 2, 4):
        for n in pid.repetitions(field):
            each = None if _secret(pid, field, n) else identifier(pid, field, repetition=n)
            if each and all(
                (each.get("system"), each["value"]) != (old.get("system"), old["value"]) for old in found
            ):
                found.append(each)
    account = identifier(pid, 18)
    return [*found, account | {"type": coded("0203", "AN")}] if account else found


def _birth(pid: Segment) -> Json:
    """PID-24 and PID-25: twins and more."""
    order = pid.text(25)
    if order.isascii() and order.isdigit() and pid.text(24).upper() != "N":
        return {"multipleBirthInteger": int(order)} if 0 < int(order[:3]) < 100 else {}
    return {"multipleBirthBoolean": pid.text(24).upper() == "Y"} if pid.text(24).upper() in ("Y", "N") else {}


def _death(message: Message, pid: Segment) -> Json:
    if at := message.time(pid, 29):
        return {"deceasedDateTime": at.iso}
    said = pid.text(30).upper()
    return {"deceasedBoolean": said == "Y"} if said in ("Y", "N") else {}


def _contacts(message: Message, pid: Segment) -> list[Json]:
    """NK1 segments of the patient's group."""
    found: list[Json] = []
    for each in message.segments[pid.place + 1 :]:
        if each.name == "PID":
            break
        if each.name == "NK1":
            found.append(_contact(message, each))
    return [each for each in found if each]


def _contact(message: Message, nk1: Segment) -> Json:
    numbers: list[Any] = each_of(nk1, 5, telecom) + each_of(nk1, 6, telecom)
    relation = concept(nk1, 3, of="0063")
    return without_empty(
        {
            "relationship": [relation] if relation else [],
            "name": human_name(nk1, 2),
            "telecom": numbers,
            "address": address(message, nk1, 4),
            "gender": _GENDER.get(nk1.text(15).upper(), ""),
        }
    )


def _merged(message: Message, pid: Segment, number: Number) -> list[Json]:
    """What MRG-1 names is now known by this patient's number; a person decides whether they are merged."""
    if message.event not in _MERGING:
        return []
    mrg = next(message.after(pid, "MRG", over=frozenset({"PD1", "PRT", "ROL"})), None)
    old = number_of(message, mrg, 1, 4) if mrg else None
    if mrg is None or old is None or old == number:
        return []
    other = {"reference": f"Patient/{old.key}", "type": "Patient", "identifier": _old_number(mrg, old)}
    return [{"other": other, "type": "replaces"}]


def _old_number(mrg: Segment, old: Number) -> Json:
    field = 1 if mrg.filled(1) else 4
    found = each_of(mrg, field, identifier)
    return next((each for each in found if each["value"] == old.value), {"value": old.value}) | {"use": "old"}


def _identity(pid: Segment, number: Number, resource: Json) -> PatientIdentity:
    born = str(resource.get("birthDate", ""))
    return PatientIdentity(
        identifier=number.value,
        issuer=number.issuer,
        name=_name(pid),
        birth_date=date.fromisoformat(born) if len(born) == 10 else None,
        sex=_SEX.get(pid.text(8).upper()),
    )


def _name(pid: Segment) -> PersonName:
    """The legal name of each script in the order of a DICOM name, without degrees, which DICOM leaves out."""
    ranked = sorted(
        pid.repetitions(5), key=lambda n: pid.text(5, 7, repetition=n).upper() not in ("L", "", "D")
    )
    groups: dict[str, str] = {}
    for n in ranked:
        words = " ".join(filter(None, (pid.text(5, c, repetition=n) for c in (5, 1, 2, 3, 4))))
        if words:
            groups.setdefault(_GROUPS.get(pid.text(5, 8, repetition=n).upper(), "alphabetic"), words)
    return PersonName(**groups)
