"""OBX as an Observation, or as a DocumentReference where its value is a document."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from medai_core.domain.record import Json
from medai_core.domain.refusal import Refusal
from medai_core.records.fhir.drafts import VITAL_SIGNS
from medai_core.records.hl7v2.datatypes import (
    concept,
    each_of,
    person,
    reference_range,
    unit_of,
    without_empty,
)
from medai_core.records.hl7v2.message import Message, key_of
from medai_core.records.hl7v2.obx_values import components_of, value_of
from medai_core.records.hl7v2.orders import RESULTS, About, Order, code_key
from medai_core.records.hl7v2.syntax import Segment
from medai_core.records.hl7v2.systems import LOINC, system_uri, table

TEXT: Final = frozenset({"TX", "FT"})
DOCUMENT: Final = frozenset({"ED", "RP"})
_WRONG: Final = frozenset({"D", "W"})
_STATUS: Final = {
    "F": "final", "U": "final", "C": "corrected", "A": "amended", "P": "preliminary", "R": "preliminary",
    "S": "preliminary", "B": "preliminary", "I": "registered", "D": "entered-in-error",
    "W": "entered-in-error", "X": "cancelled", "N": "cancelled", "O": "unknown", "V": "final",
}  # fmt: skip
_ABSENT: Final = {"X": "not-performed", "N": "not-asked", "I": "temp-unknown"}
_ABSENT_URL: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_FLAGS: Final = frozenset(
    "L H LL HH < > N A AA U D B W S R I MS VS POS NEG IND DET ND E EXP UNE WR RR NR HU LU HX LX QCF TOX CAR "
    "AC OBX SDD SYN-R SYN-S NS".split()
)
_FLAG_URL: Final = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_CATEGORY_URL: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
_LABORATORY_KINDS: Final = RESULTS | {"OML", "ORL", "OPL"}


@dataclass(frozen=True, slots=True)
class Result:
    """One OBX, or several that are the lines of one text: what they stand under, and their key."""

    lines: Sequence[Segment]
    order: Order
    about: About
    key: str
    replaces: tuple[str, ...] = ()

    @property
    def obx(self) -> Segment:
        """The first line."""
        return self.lines[0]


def result_of(
    message: Message, lines: Sequence[Segment], order: Order, about: About, seen: dict[str, int]
) -> Result:
    """What identifies an observation; raises Refusal "hl7-observation" without OBX-3.

    Its key holds the patient, the order's number and service, OBX-3, the sub-id OBX-4 and its time, so that a
    correction falls on what it corrects. Without a number of the order the visit, and without a time that of
    the message, tell it from others. `seen` counts keys of this message: twice the same gets a number.
    """
    obx = lines[0]
    if not code_key(obx, 3):
        raise Refusal(
            "hl7-observation",
            expected="an observation identifier in OBX-3",
            found="none",
            what_to_do="Ask the sender to say what was observed.",
        )
    own, whole = message.time(obx, 14), message.time(order.obr, 7) if order.obr else None
    moments = [each.at.isoformat() if each else "" for each in (own or whole, whole, None)]
    if not order.number and not moments[0]:
        moments = [message.sent.at.isoformat() if message.sent else message.control_id]
    keys = [_key(order, about, obx, moment) for moment in dict.fromkeys(moments)]
    seen[keys[0]] = seen.get(keys[0], 0) + 1
    if seen[keys[0]] > 1:
        return Result(lines, order, about, key_of(keys[0], str(seen[keys[0]])))
    corrects = obx.text(11).upper() in _WRONG | {"C", "A"} and bool(order.number)
    return Result(lines, order, about, keys[0], tuple(keys[1:]) if corrects else ())


def _key(order: Order, about: About, obx: Segment, moment: str) -> str:
    place = order.number or (about.encounter or "")
    parts = (place, order.service, code_key(obx, 3), obx.text(4) + "." + obx.text(4, 2), moment)
    return key_of("Observation", about.patient, *parts)


def observation(message: Message, result: Result) -> Json:
    """The Observation of an OBX."""
    obx, order = result.obx, result.order
    status = _status(message, obx)
    unit = unit_of(obx, 6)
    at = message.time(obx, 14) or (message.time(order.obr, 7) if order.obr else None)
    issued = message.time(obx, 19) or (message.time(order.obr, 22) if order.obr else None)
    value = _value(message, result, unit)
    ranges = reference_range(obx.whole(7), unit)
    return without_empty(
        {
            "resourceType": "Observation",
            "id": result.key,
            "identifier": [{"value": obx.text(21)}] if obx.text(21) else [],
            "status": status,
            "category": _category(message, order, obx),
            "code": concept(obx, 3),
            **result.about.references,
            "effectiveDateTime": at.iso if at else None,
            "issued": issued.iso if issued and issued.timed else None,
            "performer": _performers(obx),
            **value,
            "interpretation": _interpretation(obx),
            "note": [note for each in result.lines for note in message.notes(each)],
            "bodySite": concept(obx, 20),
            "method": concept(obx, 17),
            "referenceRange": [ranges] if ranges else [],
        }
    )


def _status(message: Message, obx: Segment) -> str:
    written = obx.text(11).upper()
    if written not in _STATUS:
        words = "is none of table 0085" if written else "is empty"
        message.say(f"OBX-11 {words}: the result is kept, and not shown as current.")
    return _STATUS.get(written, "unknown")


def _value(message: Message, result: Result, unit: Json) -> Json:
    """value[x], components for repeated values, or why there is none."""
    obx = result.obx
    if obx.text(2).upper() in TEXT or len(result.lines) > 1:
        words = "\n".join(filter(None, (text_of(each) for each in result.lines)))
        found: Json = {"valueString": words} if words else {}
    elif len(obx.repetitions(5)) > 1 and obx.text(2).upper() != "ST":
        found = {"component": components_of(message, obx, unit)}
    else:
        found = value_of(message, obx, unit)
    if found and found.get("component") != []:
        return found
    reason = _ABSENT.get(obx.text(11).upper(), "unknown")
    return {"dataAbsentReason": {"coding": [{"system": _ABSENT_URL, "code": reason}]}}


def text_of(obx: Segment) -> str:
    """All lines of a text value."""
    return "\n".join(obx.whole(5, repetition=n) for n in obx.repetitions(5))


def _category(message: Message, order: Order, obx: Segment) -> list[Json]:
    """Laboratory, where OBR-24 or the kind of message says so; vital signs are known by their LOINC code."""
    laboratory = order.is_laboratory
    if laboratory is None:
        laboratory = message.kind in _LABORATORY_KINDS
    if not laboratory or _is_vital(obx):
        return []
    return [{"coding": [{"system": _CATEGORY_URL, "code": "laboratory"}]}]


def _is_vital(obx: Segment) -> bool:
    pairs = ((obx.text(3, n), system_uri(obx.text(3, n + 2))) for n in (1, 4))
    return any(code in VITAL_SIGNS and system == LOINC for code, system in pairs)


def _performers(obx: Segment) -> list[Json]:
    people = each_of(obx, 16, person)
    place = obx.text(23) or obx.text(15, 2)
    return people + ([{"display": place}] if place else [])


def _interpretation(obx: Segment) -> list[Json]:
    """OBX-8, with flags of table 0078 in FHIR's code system."""
    found = []
    for n in obx.repetitions(8):
        code = obx.text(8, repetition=n)
        if code in _FLAGS:
            found.append({"coding": [{"system": _FLAG_URL, "code": code}]})
        elif code:
            found.append({"coding": [{"system": table("0078"), "code": " ".join(code.split())}]})
    return found


def is_wrong(obx: Segment) -> bool:
    """Whether the sender takes it back (OBX-11 D or W)."""
    return obx.text(11).upper() in _WRONG
