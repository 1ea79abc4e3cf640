"""ORC and OBR: which order a result belongs to, as DiagnosticReport or ServiceRequest."""

from dataclasses import dataclass
from typing import Final

from medai_core.domain.record import Json
from medai_core.records.hl7v2.datatypes import concept, each_of, person, without_empty
from medai_core.records.hl7v2.message import Message, key_of
from medai_core.records.hl7v2.syntax import Segment
from medai_core.records.hl7v2.systems import table

RESULTS: Final = frozenset({"ORU", "OUL", "ORF", "ORA", "OPU", "UDM", "PEX"})
"""Messages whose OBR heads results; in all others it orders them."""

_REPORT: Final = {
    "F": "final", "P": "preliminary", "C": "corrected", "A": "partial", "S": "partial", "R": "preliminary",
    "I": "registered", "O": "registered", "X": "cancelled", "M": "amended",
}  # fmt: skip
_ORDER_STATUS: Final = {
    "CM": "completed", "CA": "revoked", "DC": "revoked", "HD": "on-hold", "IP": "active", "SC": "active",
    "A": "active", "ER": "unknown", "RP": "revoked",
}  # fmt: skip
_ORDER_CONTROL: Final = {
    "CA": "revoked", "OC": "revoked", "CR": "revoked", "DC": "revoked", "OD": "revoked", "DR": "revoked",
    "HD": "on-hold", "OH": "on-hold", "HR": "on-hold", "RP": "active", "DE": "entered-in-error",
}  # fmt: skip
_PRIORITY: Final = {"S": "stat", "A": "asap", "R": "routine", "T": "urgent"}
_LABORATORY: Final = frozenset(
    "LAB CH HM MB SR BLB BG URN TX VR MCB PAR MYC TOX IMM CG GE CP SP CY AP PTH NB HP".split()
)


@dataclass(frozen=True, slots=True)
class About:
    """Whom and which visit a group of segments is about: keys of Patient and Encounter, and the source."""

    patient: str
    encounter: str | None
    source: str

    @property
    def references(self) -> Json:
        """`subject` and `encounter` as most resources have them."""
        found: Json = {"subject": {"reference": f"Patient/{self.patient}"}}
        if self.encounter:
            found["encounter"] = {"reference": f"Encounter/{self.encounter}"}
        return found


@dataclass(frozen=True, slots=True)
class Order:
    """The order that a segment stands under; either segment may be missing."""

    orc: Segment | None = None
    obr: Segment | None = None

    @property
    def filler(self) -> str:
        """The number that who carries it out gave (OBR-3, ORC-3)."""
        return self._number(3)

    @property
    def placer(self) -> str:
        """The number that who asked for it gave (OBR-2, ORC-2)."""
        return self._number(2)

    @property
    def number(self) -> str:
        """The number that stays from the first result to its correction; empty where there is none."""
        return self.filler or self.placer

    def _number(self, field: int) -> str:
        for segment in (self.obr, self.orc):
            if segment and (entity := segment.text(field) or segment.text(field, 2)):
                return f"{entity}|{segment.text(field, 2) or segment.text(field, 3)}"
        return ""

    @property
    def service(self) -> str:
        """What was ordered (OBR-4), as its first code."""
        return code_key(self.obr, 4) if self.obr else ""

    @property
    def is_laboratory(self) -> bool | None:
        """Whether OBR-24 names a laboratory; None where it says nothing."""
        section = self.obr.text(24).upper() if self.obr else ""
        return section in _LABORATORY if section else None


def code_key(segment: Segment, field: int) -> str:
    """What tells one code from another: code and system, else its words."""
    for start in (1, 4):
        if code := segment.text(field, start):
            return f"{code}|{segment.text(field, start + 2)}"
    return segment.text(field, 2) or segment.text(field, 5) or segment.text(field, 9)


def report_key(message: Message, order: Order, about: About) -> str:
    """The key of the report that an OBR heads."""
    at = message.time(order.obr, 7) if order.obr else None
    moment = "" if order.number else at.at.isoformat() if at else message.control_id
    return key_of("DiagnosticReport", about.patient, order.number, order.service, moment)


def report(message: Message, order: Order, about: About, results: list[str]) -> Json | None:
    """The DiagnosticReport of an OBR with its results and what was examined; None without OBR-4."""
    obr = order.obr
    code = concept(obr, 4) if obr else None
    if obr is None or code is None:
        return None
    section = obr.text(24)
    issued = message.time(obr, 22)
    return without_empty(
        {
            "resourceType": "DiagnosticReport",
            "id": report_key(message, order, about),
            "identifier": _identifiers(order),
            "status": _REPORT.get(obr.text(25).upper(), "unknown"),
            "category": [{"coding": [{"system": table("0074"), "code": section}]}] if section else [],
            "code": code,
            **about.references,
            "effectiveDateTime": message.iso(obr, 7),
            "issued": issued.iso if issued and issued.timed else None,
            "specimen": _specimens(message, obr),
            "resultsInterpreter": each_of(obr, 32, _interpreter),
            "result": [{"reference": f"Observation/{key}"} for key in dict.fromkeys(results)],
        }
    )


def _specimens(message: Message, obr: Segment) -> list[Json]:
    """What was examined, in words: SPM segments of the order (SPM-4), else OBR-15."""
    found = []
    for each in message.segments[obr.place + 1 :]:
        if each.name in ("OBR", "ORC", "PID"):
            break
        if each.name == "SPM":
            found.append(each.text(4, 2) or each.text(4, 5) or each.text(4))
    found = found or [obr.text(15, 1, 2) or obr.text(15, 1, 1)]
    return [{"display": words} for words in dict.fromkeys(found) if words]


def _interpreter(segment: Segment, field: int, *, repetition: int = 0) -> Json | None:
    """An NDL: its first component is a name of subcomponents."""
    parts = [segment.text(field, 1, n, repetition=repetition) for n in (6, 3, 4, 2, 5)]
    name = " ".join(filter(None, parts)) or segment.text(field, 1, 1, repetition=repetition)
    return {"display": name} if name else person(segment, field, repetition=repetition)


def service_request(message: Message, order: Order, about: About) -> Json | None:
    """The ServiceRequest of an OBR; None where nothing is asked."""
    obr, orc = order.obr, order.orc
    code = concept(obr, 4) if obr else None
    if code is None:
        return None
    key = report_key(message, order, about)
    wanted = (message.iso(obr, 6) or message.iso(obr, 7)) if obr else None
    reasons = [found for n in obr.repetitions(31) if (found := concept(obr, 31, repetition=n))] if obr else []
    return without_empty(
        {
            "resourceType": "ServiceRequest",
            "id": key_of("ServiceRequest", key),
            "identifier": _identifiers(order),
            "status": order_status(order),
            "intent": "order",
            "priority": _PRIORITY.get(obr.text(5).upper(), "") if obr else "",
            "code": code,
            **about.references,
            "occurrenceDateTime": wanted,
            "authoredOn": message.iso(orc, 9) if orc else None,
            "requester": person(obr, 16) if obr else None,
            "reasonCode": reasons,
            "note": message.notes(obr) if obr else [],
        }
    )


def order_status(order: Order) -> str:
    """How far an order got (ORC-1, ORC-5)."""
    control = order.orc.text(1).upper() if order.orc else ""
    state = order.orc.text(5).upper() if order.orc else ""
    return _ORDER_CONTROL.get(control) or _ORDER_STATUS.get(state) or "active"


def _identifiers(order: Order) -> list[Json]:
    found = []
    for kind, number in (("PLAC", order.placer), ("FILL", order.filler)):
        if number:
            value, _, system = number.rpartition("|")
            coding = [{"system": table("0203"), "code": kind}]
            found.append(
                without_empty({"type": {"coding": coding}, "value": value, "assigner": _named(system)})
            )
    return found


def _named(assigner: str) -> Json | None:
    return {"display": assigner} if assigner else None
