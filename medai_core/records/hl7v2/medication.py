"""RXO and RXE as MedicationRequest, RXD as MedicationDispense, RXA as Immunization or as what was given."""

from typing import Final

from medai_core.domain.record import Json
from medai_core.domain.refusal import Refusal
from medai_core.records.hl7v2.datatypes import (
    concept,
    number_of,
    period,
    person,
    quantity,
    unit_of,
    without_empty,
)
from medai_core.records.hl7v2.message import ASIDE, Message, key_of
from medai_core.records.hl7v2.orders import About, Order, code_key
from medai_core.records.hl7v2.syntax import Segment

_BESIDE: Final = ASIDE | {"RXR", "RXC", "TQ1", "TQ2", "RXE", "CDO", "RXO"}
_STATUS: Final = {
    "CA": "cancelled", "OC": "cancelled", "CR": "cancelled", "DC": "stopped", "OD": "stopped",
    "DR": "stopped", "HD": "on-hold", "OH": "on-hold", "HR": "on-hold", "DE": "entered-in-error",
}  # fmt: skip
_STATE: Final = {"CM": "completed", "CA": "cancelled", "DC": "stopped", "HD": "on-hold"}
_UNKNOWN_AMOUNT: Final = 999
"""RXA-6 of a vaccine whose amount nobody knows (CDC implementation guide 2.5.1, RXA-6)."""

_NO_ORDER: Final = "9999"
"""ORC-3 of a vaccination that nobody ordered here (CDC implementation guide 2.5.1, ORC-3)."""

_NOT_STATED: Final = {
    "extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
    ]
}
_VACCINATION_KINDS: Final = frozenset({"VXU", "VXR", "VXX", "RSP"})


def _nothing(segment: str, field: int) -> Refusal:
    return Refusal(
        "hl7-drug",
        expected=f"a drug or vaccine in {segment}-{field}",
        found="none",
        what_to_do=f"Ask the sender to fill {segment}-{field}.",
    )


def medication_request(message: Message, rx: Segment, order: Order, about: About) -> Json:
    """The MedicationRequest of an RXE (give code in RXE-2) or RXO (RXO-1); raises Refusal without a drug."""
    encoded = rx.name == "RXE"
    field = 2 if encoded else 1
    drug = concept(rx, field)
    if drug is None:
        raise _nothing(rx.name, field)
    start, end = _course(message, rx, order)
    number = order.placer or order.filler or (rx.text(15) if encoded else "")
    name = "" if number else code_key(rx, field) + (start or "")
    return without_empty(
        {
            "resourceType": "MedicationRequest",
            "id": key_of("MedicationRequest", about.patient, number, name),
            "identifier": [{"value": number.split("|")[0]}] if number else [],
            "status": _request_status(order),
            "intent": "order",
            "medicationCodeableConcept": drug,
            **about.references,
            "authoredOn": message.iso(order.orc, 9) if order.orc else None,
            "requester": person(order.orc, 12) if order.orc else None,
            "dosageInstruction": [dosage] if (dosage := _dosage(message, rx, start, end)) else [],
            "dispenseRequest": _to_dispense(rx) if encoded else None,
            "note": _components(message, rx) + message.notes(rx),
        }
    )


def _components(message: Message, rx: Segment) -> list[Json]:
    """What a compound holds (RXC: base B, additive A), in words: the drug alone would not say it."""
    found = []
    parts = list(message.after(rx, "RXC", over=_BESIDE - {"RXC", "RXE", "RXO"}))
    asked = message.before(rx, "RXO", until=frozenset({"ORC", "PID", "RXE"}))
    if not parts and asked:
        parts = list(message.after(asked, "RXC", over=_BESIDE - {"RXC", "RXE"}))
    for each in parts:
        kind = {"B": "Base", "A": "Additive"}.get(each.text(1).upper(), "Component")
        drug = each.text(2, 2) or each.text(2)
        words = " ".join(filter(None, (drug, each.text(3), each.text(4))))
        found.append({"text": f"{kind}: {words}"})
    return found


def _request_status(order: Order) -> str:
    control = order.orc.text(1).upper() if order.orc else ""
    state = order.orc.text(5).upper() if order.orc else ""
    return _STATUS.get(control) or _STATE.get(state) or "active"


def _course(message: Message, rx: Segment, order: Order) -> tuple[str | None, str | None]:
    """When it begins and ends: TQ1-7 and -8, else the fourth and fifth component of RXE-1 or ORC-7."""
    tq1 = message.before(rx, "TQ1", until=frozenset({"ORC", "PID", "MSH"})) or next(
        message.after(rx, "TQ1", over=_BESIDE - {"TQ1"}), None
    )
    places = [(tq1, 7, 1, 8, 1)] if tq1 else []
    places += [(rx, 1, 4, 1, 5)] if rx.name == "RXE" else []
    places += [(order.orc, 7, 4, 7, 5)] if order.orc else []
    for segment, field, component, field2, component2 in places:
        start, end = message.iso(segment, field, component), message.iso(segment, field2, component2)
        if start or end:
            return start, end
    return None, None


def _dosage(message: Message, rx: Segment, start: str | None, end: str | None) -> Json:
    encoded = rx.name == "RXE"
    amount, unit_field, text_field = (3, 5, 7) if encoded else (2, 4, 7)
    words = [
        " ".join(
            filter(
                None, (rx.component(text_field, 1, repetition=n), rx.component(text_field, 2, repetition=n))
            )
        )
        for n in rx.repetitions(text_field)
    ]
    route = next(message.after(rx, "RXR", over=_BESIDE - {"RXR"}), None)
    dose = number_of(rx.text(amount))
    rate = number_of(rx.text(23)) if encoded else None
    given = [quantity(dose, unit_of(rx, unit_field))] if dose is not None else []
    rates = [quantity(rate, unit_of(rx, 24))] if rate is not None else []
    amounts = without_empty(
        {"doseQuantity": given[0] if given else None, "rateQuantity": rates[0] if rates else None}
    )
    bounds = period(start, end)
    return without_empty(
        {
            "text": "\n".join(filter(None, words)),
            "timing": {"repeat": {"boundsPeriod": bounds}} if bounds else None,
            "site": concept(route, 2, of="0163") if route else None,
            "route": concept(route, 1, of="0162") if route else None,
            "method": concept(route, 4, of="0165") if route else None,
            "doseAndRate": [amounts] if amounts else [],
        }
    )


def _to_dispense(rxe: Segment) -> Json:
    amount, refills = number_of(rxe.text(10)), number_of(rxe.text(12))
    return without_empty(
        {
            "quantity": quantity(amount, unit_of(rxe, 11)) if amount is not None else None,
            "numberOfRepeatsAllowed": refills if isinstance(refills, int) and refills >= 0 else None,
        }
    )


def medication_dispense(message: Message, rxd: Segment, order: Order, about: About) -> Json | None:
    """The MedicationDispense of an RXD; None where RXD-2 names nothing."""
    drug = concept(rxd, 2)
    if drug is None:
        return None
    amount, at = number_of(rxd.text(4)), message.iso(rxd, 3)
    number = rxd.text(7) or order.number
    words = [rxd.whole(9, repetition=n) for n in rxd.repetitions(9)]
    return without_empty(
        {
            "resourceType": "MedicationDispense",
            "id": key_of(
                "MedicationDispense", about.patient, number, rxd.text(1), code_key(rxd, 2), at or ""
            ),
            "identifier": [{"value": rxd.text(7)}] if rxd.text(7) else [],
            "status": "completed",
            "medicationCodeableConcept": drug,
            "subject": {"reference": f"Patient/{about.patient}"},
            "context": {"reference": f"Encounter/{about.encounter}"} if about.encounter else None,
            "quantity": quantity(amount, unit_of(rxd, 5)) if amount is not None else None,
            "whenHandedOver": at,
            "note": message.notes(rxd),
            "dosageInstruction": [{"text": "\n".join(filter(None, words))}] if any(words) else [],
        }
    )


def administered(message: Message, rxa: Segment, order: Order, about: About) -> Json:
    """The Immunization (in VXU and the like, or with a CVX code) or MedicationAdministration of an RXA."""
    drug = concept(rxa, 5)
    if drug is None:
        raise _nothing("RXA", 5)
    at = message.time(rxa, 3)
    number = "" if order.filler.split("|")[0] == _NO_ORDER else order.number
    name = "" if number else code_key(rxa, 5) + "|" + (at.at.isoformat() if at else "")
    vaccine = message.kind in _VACCINATION_KINDS or "CVX" in (rxa.text(5, 3).upper(), rxa.text(5, 6).upper())
    kind = "Immunization" if vaccine else "MedicationAdministration"
    head = {
        "resourceType": kind,
        "id": key_of(kind, about.patient, number, name),
        "status": _given_status(rxa),
    }
    body = _immunization(message, rxa, about, drug) if vaccine else _administration(message, rxa, about, drug)
    return without_empty(head | body | {"note": message.notes(rxa)})


def _given_status(rxa: Segment) -> str:
    if rxa.text(21).upper() == "D":
        return "entered-in-error"
    return "not-done" if rxa.text(20).upper() in ("RE", "NA") or rxa.filled(18) else "completed"


def _dose(rxa: Segment) -> Json | None:
    amount = number_of(rxa.text(6))
    return None if amount is None or amount == _UNKNOWN_AMOUNT else quantity(amount, unit_of(rxa, 7))


def _immunization(message: Message, rxa: Segment, about: About, drug: Json) -> Json:
    at = message.iso(rxa, 3)
    route = next(message.after(rxa, "RXR"), None)
    origin = rxa.text(9)
    return {
        "vaccineCode": drug,
        "patient": {"reference": f"Patient/{about.patient}"},
        "encounter": {"reference": f"Encounter/{about.encounter}"} if about.encounter else None,
        **({"occurrenceDateTime": at} if at else {"occurrenceString": "not stated"}),
        "primarySource": origin == "00" if origin else None,
        "reportOrigin": None if origin in ("", "00") else concept(rxa, 9),
        "manufacturer": {"display": maker} if (maker := rxa.text(17, 2) or rxa.text(17)) else None,
        "lotNumber": rxa.text(15),
        "expirationDate": message.day(rxa, 16),
        "site": concept(route, 2, of="0163") if route else None,
        "route": concept(route, 1, of="0162") if route else None,
        "doseQuantity": _dose(rxa),
        "statusReason": concept(rxa, 18),
        "performer": [{"actor": who}] if (who := person(rxa, 10)) else [],
    }


def _administration(message: Message, rxa: Segment, about: About, drug: Json) -> Json:
    start, end = message.iso(rxa, 3), message.iso(rxa, 4)
    dose = _dose(rxa)
    when = {"effectivePeriod": {"start": start, "end": end}} if start and end and start != end else {}
    reason = concept(rxa, 18)
    return {
        "medicationCodeableConcept": drug,
        "subject": {"reference": f"Patient/{about.patient}"},
        "context": {"reference": f"Encounter/{about.encounter}"} if about.encounter else None,
        **(when or ({"effectiveDateTime": start} if start else {"effectivePeriod": _NOT_STATED})),
        "dosage": {"dose": dose} if dose else None,
        "statusReason": [reason] if reason else [],
        "performer": [{"actor": who}] if (who := person(rxa, 10)) else [],
    }
