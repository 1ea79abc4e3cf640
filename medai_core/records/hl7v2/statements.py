"""AL1 and IAM as AllergyIntolerance, DG1 and PRB as Condition, PR1 as Procedure."""

from typing import Final

from medai_core.domain.record import Json
from medai_core.domain.refusal import Refusal
from medai_core.records.hl7v2.datatypes import concept, each_of, person, without_empty
from medai_core.records.hl7v2.message import Message, key_of
from medai_core.records.hl7v2.orders import About, code_key
from medai_core.records.hl7v2.syntax import Segment

_TERMS: Final = "http://terminology.hl7.org/CodeSystem/"
_ALLERGY_CATEGORY: Final = {
    "DA": "medication",
    "FA": "food",
    "EA": "environment",
    "PA": "environment",
    "AA": "environment",
}
_SEVERITY: Final = {"SV": "severe", "MO": "moderate", "MI": "mild"}
_IAM_VERIFICATION: Final = {"C": "confirmed", "E": "entered-in-error", "I": "confirmed", "D": "unconfirmed",
                            "P": "unconfirmed", "S": "unconfirmed", "U": "unconfirmed"}  # fmt: skip
_DG1_VERIFICATION: Final = {"F": "confirmed", "W": "provisional"}
_PROBLEM_STATUS: Final = {
    "ACTIVE": "active", "A": "active", "RESOLVED": "resolved", "R": "resolved", "INACTIVE": "inactive",
    "I": "inactive", "REMISSION": "remission", "RECURRENCE": "recurrence",
}  # fmt: skip


def _term(system: str, code: str) -> Json:
    return {"coding": [{"system": _TERMS + system, "code": code}]}


def _nothing(segment: str, field: int, what: str) -> Refusal:
    return Refusal(
        "hl7-statement",
        expected=f"{what} in {segment}-{field}",
        found="none",
        what_to_do=f"Ask the sender to fill {segment}-{field}.",
    )


def _patient(about: About) -> Json:
    return {"reference": f"Patient/{about.patient}"}


def allergy(message: Message, al1: Segment, about: About) -> Json:
    """The AllergyIntolerance of an AL1; raises Refusal where AL1-3 names nothing."""
    code = concept(al1, 3)
    if code is None:
        raise _nothing("AL1", 3, "what the patient is allergic to")
    reactions = each_of(al1, 5, concept)
    severity = _SEVERITY.get(al1.text(4).upper(), "")
    reaction = {"manifestation": reactions, "severity": severity} if reactions else {}
    return without_empty(
        {
            "resourceType": "AllergyIntolerance",
            "id": key_of("AllergyIntolerance", about.patient, code_key(al1, 3)),
            "clinicalStatus": _term("allergyintolerance-clinical", "active"),
            "category": [found] if (found := _ALLERGY_CATEGORY.get(al1.text(2).upper())) else [],
            "code": code,
            "patient": _patient(about),
            "onsetDateTime": message.day(al1, 6),
            "reaction": [without_empty(reaction)] if reaction else [],
            "note": [{"text": f"Severity: {severity}"}] if severity and not reactions else [],
        }
    )


def adverse_reaction(message: Message, iam: Segment, about: About) -> Json | None:
    """The AllergyIntolerance of an IAM: like AL1, with an identity and an action (A, D, U)."""
    code = concept(iam, 3)
    if code is None:
        return None
    deleted = iam.text(6).upper() in ("D", "X")
    status = iam.text(17).upper()
    verification = "entered-in-error" if deleted else _IAM_VERIFICATION.get(status, "")
    active = "inactive" if status == "I" else "active"
    reactions = each_of(iam, 5, concept)
    severity = _SEVERITY.get(iam.text(4).upper(), "")
    key = iam.text(7) or code_key(iam, 3)
    return without_empty(
        {
            "resourceType": "AllergyIntolerance",
            "id": key_of("AllergyIntolerance", about.patient, key),
            "clinicalStatus": None
            if verification == "entered-in-error"
            else _term("allergyintolerance-clinical", active),
            "verificationStatus": _term("allergyintolerance-verification", verification)
            if verification
            else None,
            "category": [found] if (found := _ALLERGY_CATEGORY.get(iam.text(2).upper())) else [],
            "code": code,
            "patient": _patient(about),
            "onsetDateTime": message.iso(iam, 11),
            "recordedDate": message.iso(iam, 13),
            "reaction": [without_empty({"manifestation": reactions, "severity": severity})]
            if reactions
            else [],
            "note": message.notes(iam),
        }
    )


def diagnosis(message: Message, dg1: Segment, about: About) -> Json:
    """The Condition of a DG1, one a code and visit; raises Refusal where DG1-3 and -4 name nothing."""
    text = dg1.whole(4)
    code = concept(dg1, 3) or ({"text": text} if text else None)
    if code is None:
        raise _nothing("DG1", 3, "a diagnosis")
    if text and "text" not in code:
        code["text"] = text
    deleted = dg1.text(21).upper() == "D"
    verification = "entered-in-error" if deleted else _DG1_VERIFICATION.get(dg1.text(6).upper(), "")
    name = code_key(dg1, 3) or text
    return without_empty(
        {
            "resourceType": "Condition",
            "id": key_of("Condition", about.patient, about.encounter or "", name),
            "verificationStatus": _term("condition-ver-status", verification) if verification else None,
            "category": [_term("condition-category", "encounter-diagnosis")],
            "code": code,
            **about.references,
            "onsetDateTime": message.iso(dg1, 5),
            "recordedDate": message.iso(dg1, 19),
            "asserter": person(dg1, 16),
            "note": message.notes(dg1),
        }
    )


def problem(message: Message, prb: Segment, about: About) -> Json | None:
    """The Condition of a PRB on the problem list; None where PRB-3 names nothing."""
    code = concept(prb, 3)
    if code is None:
        return None
    deleted = prb.text(1).upper() in ("DE", "D")
    ended = message.iso(prb, 9)
    written = prb.text(13).upper() or prb.text(14).upper()
    status = _PROBLEM_STATUS.get(written) or ("resolved" if ended else "active")
    return without_empty(
        {
            "resourceType": "Condition",
            "id": key_of("Condition", about.patient, prb.text(4) or code_key(prb, 3)),
            "clinicalStatus": None if deleted else _term("condition-clinical", status),
            "verificationStatus": _term("condition-ver-status", "entered-in-error") if deleted else None,
            "category": [_term("condition-category", "problem-list-item")],
            "code": code,
            **about.references,
            "onsetDateTime": message.iso(prb, 16) or message.iso(prb, 7),
            "abatementDateTime": ended,
            "note": message.notes(prb),
        }
    )


def procedure(message: Message, pr1: Segment, about: About) -> Json | None:
    """The Procedure of a PR1; None where PR1-3 and -4 name nothing."""
    text = pr1.whole(4)
    code = concept(pr1, 3) or ({"text": text} if text else None)
    if code is None:
        return None
    at = message.time(pr1, 5)
    kind = concept(pr1, 6)
    return without_empty(
        {
            "resourceType": "Procedure",
            "id": key_of(
                "Procedure", about.patient, code_key(pr1, 3) or text, at.at.isoformat() if at else ""
            ),
            "status": "entered-in-error" if pr1.text(20).upper() == "D" else "completed",
            "category": kind,
            "code": code,
            **about.references,
            "performedDateTime": at.iso if at else None,
            "performer": [{"actor": each} for each in each_of(pr1, 11, person)],
            "reasonCode": [found] if (found := concept(pr1, 15)) else [],
        }
    )
