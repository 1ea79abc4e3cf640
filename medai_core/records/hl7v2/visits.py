"""PV1 and PV2 as an Encounter, SCH as an Appointment, and what a message is about as a MessageHeader."""

import re
from typing import Final

from medai_core.domain.record import Json
from medai_core.records.hl7v2.datatypes import (
    coded,
    concept,
    each_of,
    identifier,
    period,
    person,
    without_empty,
)
from medai_core.records.hl7v2.message import Message, key_of
from medai_core.records.hl7v2.syntax import Segment
from medai_core.records.hl7v2.systems import table

_CLASS: Final = {"I": "IMP", "E": "EMER", "O": "AMB", "P": "PRENC", "R": "AMB", "B": "IMP"}
_CLASS_WORDS: Final = {"IMP": "inpatient", "EMER": "emergency", "AMB": "ambulatory", "PRENC": "pre-admission"}
_ACT: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_STATUS: Final = {
    "A03": "finished", "A05": "planned", "A14": "planned", "A11": "cancelled", "A27": "cancelled",
    "A38": "cancelled", "A23": "entered-in-error",
}  # fmt: skip
"""Events that say how far a visit got. Cancelling a transfer (A12) or a discharge (A13) cancels that move
alone: the patient is still here, so the visit goes on."""

_NOT_ENDED: Final = frozenset({"A13", "A25"})
_PARTICIPANTS: Final = (
    (7, "ATND", "attender"),
    (8, "REF", "referrer"),
    (9, "CON", "consultant"),
    (17, "ADM", "admitter"),
)
_PARTICIPATION: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_APPOINTMENT: Final = {
    "S12": "booked", "S13": "booked", "S14": "booked", "S15": "cancelled", "S16": "cancelled",
    "S17": "entered-in-error", "S26": "noshow",
}  # fmt: skip


def visit_key(message: Message, pv1: Segment, patient: str) -> str | None:
    """The key of a visit: its number (PV1-19, PV1-50), else its beginning (PV1-44); None without both."""
    for field in (19, 50):
        if number := pv1.text(field):
            return key_of("Encounter", pv1.text(field, 4) or pv1.text(field, 4, 2), number, patient)
    began = message.time(pv1, 44)
    return key_of("Encounter", patient, began.at.isoformat()) if began else None


def encounter(message: Message, pv1: Segment, patient: str) -> Json | None:
    """The Encounter of a PV1; None where nothing tells the visit from others."""
    key = visit_key(message, pv1, patient)
    if key is None:
        if any(pv1.filled(n) for n in range(3, 53)):
            message.say(
                "PV1 has neither a visit number (PV1-19) nor an admission time (PV1-44): no visit is kept."
            )
        return None
    ended = None if message.event in _NOT_ENDED else message.iso(pv1, 45)
    number = identifier(pv1, 19) or identifier(pv1, 50)
    reason = next((concept(each, 3) for each in message.after(pv1, "PV2")), None)
    return without_empty(
        {
            "resourceType": "Encounter",
            "id": key,
            "identifier": [number] if number else [],
            "status": _status(message, ended),
            "class": _class(pv1),
            "type": [each] if (each := concept(pv1, 4, of="0007")) else [],
            "serviceType": concept(pv1, 10, of="0069"),
            "subject": {"reference": f"Patient/{patient}"},
            "participant": _participants(pv1),
            "period": period(message.iso(pv1, 44), ended),
            "reasonCode": [reason] if reason else [],
            "hospitalization": _hospitalization(pv1),
            "location": _locations(pv1),
        }
    )


def _status(message: Message, ended: str | None) -> str:
    """How far the visit got. Only ADT messages say that somebody is here; others name it in passing."""
    if message.event in _STATUS:
        return _STATUS[message.event]
    return "finished" if ended else "in-progress" if message.kind == "ADT" else "unknown"


def _class(pv1: Segment) -> Json:
    written = pv1.text(2).upper()
    known = _CLASS.get(written)
    if known:
        return {"system": _ACT, "code": known, "display": _CLASS_WORDS[known]}
    return {"system": table("0004"), "code": written or "U"}


def _participants(pv1: Segment) -> list[Json]:
    found = []
    for field, code, display in _PARTICIPANTS:
        kind = [{"coding": [{"system": _PARTICIPATION, "code": code, "display": display}]}]
        found += [{"type": kind, "individual": each} for each in each_of(pv1, field, person)]
    return found


def _hospitalization(pv1: Segment) -> Json:
    return without_empty(
        {
            "preAdmissionIdentifier": identifier(pv1, 5),
            "admitSource": concept(pv1, 14, of="0023"),
            "reAdmission": concept(pv1, 13, of="0092"),
            "dischargeDisposition": concept(pv1, 36, of="0112"),
        }
    )


def _locations(pv1: Segment) -> list[Json]:
    """Assigned and prior location: facility, point of care, room and bed in words."""
    found = []
    for field, status in ((3, "active"), (6, "completed")):
        parts = [pv1.text(field, n) for n in (4, 7, 8, 1, 2, 3)]
        if any(parts):
            words = ", ".join(dict.fromkeys(filter(None, parts)))
            found.append({"location": {"display": words}, "status": status})
    return found


def appointment(message: Message, sch: Segment, patient: str | None) -> Json | None:
    """The Appointment of a SCH; None where it has no number (SCH-1, SCH-2)."""
    number = sch.text(2) or sch.text(1)
    if not number:
        message.say("SCH has no appointment number (SCH-1, SCH-2): no appointment is kept.")
        return None
    start, end = _slot(message, sch)
    who = {"actor": {"reference": f"Patient/{patient}"}} if patient else {}
    reason = concept(sch, 7)
    service = [found for each in message.segments if each.name == "AIS" and (found := concept(each, 3))]
    return without_empty(
        {
            "resourceType": "Appointment",
            "id": key_of("Appointment", sch.text(2), "" if sch.text(2) else sch.text(1), patient or ""),
            "identifier": [{"value": number}],
            "status": _APPOINTMENT.get(message.event, "booked"),
            "serviceType": service,
            "appointmentType": concept(sch, 8, of="0277"),
            "reasonCode": [reason] if reason else [],
            "start": start,
            "end": end,
            "participant": [{**who, "status": "accepted"}],
        }
    )


def _slot(message: Message, sch: Segment) -> tuple[str | None, str | None]:
    """Beginning and end from TQ1-7 and -8, else SCH-11; instants, so without a time of day there is none."""
    tq1 = next(message.after(sch, "TQ1"), None)
    pairs = [(tq1, 7, 1, 8, 1)] if tq1 else []
    for segment, field, component, field2, component2 in [*pairs, (sch, 11, 4, 11, 5)]:
        start = message.time(segment, field, component)
        end = message.time(segment, field2, component2)
        if start and start.timed:
            return start.iso, end.iso if end and end.timed else None
    return None, None


def message_header(message: Message, source: str) -> Json:
    """A message that says nothing of a patient: its event and who sent it."""
    answered = next((each for each in message.segments if each.name == "MSA"), None)
    response = None
    if answered and answered.text(2):
        code = {"AA": "ok", "CA": "ok"}.get(answered.text(1).upper(), "fatal-error")
        written = answered.text(2)
        plain = re.fullmatch(r"[A-Za-z0-9.-]{1,64}", written, re.ASCII)
        response = {"identifier": written if plain else key_of("MSH-10", written), "code": code}
    sent = message.sent.at.isoformat() if message.sent else ""
    return without_empty(
        {
            "resourceType": "MessageHeader",
            "id": key_of("MessageHeader", message.control_id, message.kind, message.event, sent),
            "eventCoding": {
                "system": table("0003"),
                "code": " ".join((message.event or message.kind).split()),
            },
            "source": {"name": source, "endpoint": "urn:hl7v2:sender"},
            "response": response,
            "reason": coded("0076", message.kind),
        }
    )
