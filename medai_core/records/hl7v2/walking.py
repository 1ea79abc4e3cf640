"""The way through one message: which segment belongs to whom, and what each one says."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from medai_core.domain.record import Draft, Json, Read, When
from medai_core.domain.refusal import Refusal
from medai_core.records.fhir.drafts import draft_of
from medai_core.records.hl7v2.documents import document_draft, result_document
from medai_core.records.hl7v2.medication import administered, medication_dispense, medication_request
from medai_core.records.hl7v2.message import ASIDE, Message, key_of
from medai_core.records.hl7v2.orders import RESULTS, About, Order, code_key, report, service_request
from medai_core.records.hl7v2.patients import patient_draft
from medai_core.records.hl7v2.results import DOCUMENT, TEXT, Result, observation, result_of
from medai_core.records.hl7v2.statements import adverse_reaction, allergy, diagnosis, problem, procedure
from medai_core.records.hl7v2.syntax import Segment
from medai_core.records.hl7v2.visits import appointment, encounter, message_header

_OF_PATIENTS: Final = frozenset(
    "ADT ORU OUL ORM OML OMG OMP OMI OMD OMN OMS OMB MDM RDE RDO RDS RGV RAS VXU BAR DFT REF PPR PGL "
    "PPP SIU".split()
)
_SILENT: Final = frozenset(
    "MSH SFT UAC EVN PID PD1 NK1 PV1 PV2 MRG ORC OBR OBX NTE TQ1 TQ2 PRT ROL AL1 IAM DG1 PRB PR1 RXO RXE RXR "
    "RXD RXA TXA SCH AIS MSA DSC SPM RXC".split()
)
"""Segments that are read; of all others a caution says that they were passed over."""

_LONG_AGO: Final = datetime(1900, 1, 1, tzinfo=UTC)
"""When a visit was recorded that a message names in passing: what an ADT message says of it always stays."""

_MOVES: Final = frozenset({"A35", "A41", "A48", "A50"})
_TO_ANOTHER: Final = {"A43": "identifiers", "A44": "an account", "A45": "a visit"}
"""Events that move something from one patient to another one, and what."""
_OF_DOCUMENT: Final = ASIDE | {"CON", "OBX"}


class Walk:
    """One message on its way to drafts; raises Refusal where MSH does not say what kind it is."""

    def __init__(self, message: Message, source: str) -> None:
        if not message.kind:
            raise _refused("the kind of message in MSH-9", "none", "Ask the sender to fill MSH-9.")
        self.message = message
        self.source = source
        self.drafts: list[Draft] = []
        self.about: About | None = None
        self.why = "no PID before it"
        self.moving = ""
        self.refused: list[str] = []
        self.order = Order()
        self.results: list[str] = []
        self.seen: dict[str, int] = {}
        self.written: dict[tuple[str, str], Json] = {}
        self.claimed: dict[int, Draft | str] = {}
        self.booking: Segment | None = None

    def reads(self, file: str, where: str) -> Iterator[Read]:
        """The message itself first, then its counted segments."""
        self._refuse_move()
        head = self.message.said()
        counted = list(self._walked(file, where))
        self._close_order()
        said = [*head, *self.message.general, *self._general(), *self.message.said()]
        refused = self._outcome()
        yield Read(
            file, where, "MSH", tuple(self.drafts) if not refused else (), refused, tuple(dict.fromkeys(said))
        )
        yield from counted

    # ---- the message

    def _refuse_move(self) -> None:
        """What moves between patients is carried out nowhere here, so nothing of its message is taken."""
        moved = _TO_ANOTHER.get(self.message.event) if self.message.kind == "ADT" else None
        if moved is not None:
            self.moving = _refused(
                "an event that the record carries out",
                f"{self.message.event}, which moves {moved} from one patient to another",
                "Have the sender send what belongs to the right patient again, and delete it under the wrong "
                "one; what is stored stays as it is.",
            ).sentence

    def _general(self) -> list[str]:
        """What is to be said of the message as a whole."""
        found = [] if self.message.control_id else ["MSH-10 has no message control id."]
        if self.message.sent is None:
            found.append("MSH-7 has no time of the message: its age cannot be compared with other messages'.")
        if self.message.event in _MOVES and self.message.kind == "ADT":
            found.append("It moves visits or accounts: what is stored under the former ones stays there.")
        over = sorted({each.name for each in self.message.segments} - _SILENT)
        if over:
            found.append(
                f"Segments of kinds that the record does not keep were passed over: {', '.join(over)}."
            )
        found += [f"{name} {why}." for name, why in self.message.unread]
        return found + (self.refused if self.drafts else [])

    def _outcome(self) -> str:
        """Why the message as a whole is refused; empty where it says something."""
        if self.moving:
            return self.moving
        if self.drafts:
            return ""
        if self.refused:
            return self.refused[0]
        if self.message.kind in _OF_PATIENTS:
            missing = "a PID segment" + ("" if self.message.control_id else " and a control id in MSH-10")
            found = "none" if self.message.control_id else "neither"
            return _refused(missing, found, "Ask the sender whom the message is about.").sentence
        try:
            self.drafts.append(self._indexed(message_header(self.message, self.source)))
        except Refusal as refusal:
            return refusal.sentence
        return ""

    # ---- segments in order

    def _walked(self, file: str, where: str) -> Iterator[Read]:
        aside: list[str] = []
        for segment in self.message.segments[1:]:
            place = f"{where}, {segment.name} {segment.index}"
            handler = _COUNTED.get(segment.name)
            if handler is None:
                self._context(segment)
                aside += self.message.said()
                continue
            drafts, refused = self._counted(handler, segment)
            yield Read(file, place, segment.name, drafts, refused, self.message.said())
        for name, why in self.message.unread:
            if name in _COUNTED:
                broken = _refused(
                    f"a {name} that can be read", f"one that {why}", "Ask the sender for it again."
                )
                yield Read(file, where, name, refused=broken.sentence)
        self.message.cautions += aside

    def _counted(self, handler: "Handler", segment: Segment) -> tuple[tuple[Draft, ...], str]:
        if self.about is None:
            expected = f"a PID that names the patient before {segment.name}"
            return (), _refused(expected, self.why, "Ask the sender whom it is about.").sentence
        try:
            draft = handler(self, segment, self.about)
        except Refusal as refusal:
            return (), refusal.sentence
        return ((), draft) if isinstance(draft, str) else ((draft,), "")

    def _context(self, segment: Segment) -> None:
        """A segment that does not count on its own; what it says goes with the message."""
        if segment.name == "PID":
            self._patient(segment)
        elif segment.name == "ORC":
            if self.message.kind == "OUL" and self.order.obr and not self.order.orc:
                self.order = Order(segment, self.order.obr)
                return
            self._close_order()
            self.order = Order(segment)
        elif segment.name == "OBR":
            self._close_order()
            self.order = Order(self.order.orc, segment)
            if self.about and self.message.kind not in RESULTS:
                self._keep(service_request(self.message, self.order, self.about))
        elif self.about:
            self._beside(segment, self.about)
        elif segment.name == "SCH":
            self.booking = segment

    def _patient(self, pid: Segment) -> None:
        self._close_order()
        self.about, self.order = None, Order()
        if self.moving:
            self.why = "a message that moves something to another patient"
            return
        try:
            draft = patient_draft(self.message, pid, self.source)
        except Refusal as refusal:
            self.refused.append(refusal.sentence)
            self.why = "a PID that names nobody"
            return
        self.drafts.append(self._stamped(draft))
        self.about = About(draft.key, None, self.source)
        if self.booking:
            self._beside(self.booking, self.about)
            self.booking = None

    def _beside(self, segment: Segment, about: About) -> None:
        message = self.message
        match segment.name:
            case "PV1":
                if (resource := encounter(message, segment, about.patient)) is not None:
                    self.about = replace(about, encounter=resource["id"])
                    in_passing = self.message.kind != "ADT"
                    self._keep(resource, recorded=_LONG_AGO if in_passing else None)
            case "SCH":
                self._keep(appointment(message, segment, about.patient))
            case "IAM":
                self._keep(adverse_reaction(message, segment, about))
            case "PRB":
                self._keep(problem(message, segment, about))
            case "PR1":
                self._keep(procedure(message, segment, about))
            case "RXD":
                self._keep(medication_dispense(message, segment, self.order, about))
            case "RXO" if not self._is_encoded(segment):
                self._order_of_drug(segment, about)

    def _order_of_drug(self, rxo: Segment, about: About) -> None:
        try:
            self._keep(medication_request(self.message, rxo, self.order, about))
        except Refusal as refusal:
            self.message.say(refusal.sentence)

    def _is_encoded(self, rxo: Segment) -> bool:
        """Whether an RXE of the same order says it again, as the pharmacy understood it."""
        for each in self.message.segments[rxo.place + 1 :]:
            if each.name in ("ORC", "PID", "RXO"):
                return False
            if each.name == "RXE":
                return True
        return False

    def _close_order(self) -> None:
        """An OBR's report, once all of its results are known."""
        if self.about and self.order.obr and self.message.kind in RESULTS:
            self._keep(report(self.message, self.order, self.about, self.results))
        self.results = []
        if self.message.kind in RESULTS:
            self.order = Order(self.order.orc, None) if self.order.obr else self.order

    # ---- resources

    def _keep(self, resource: Json | None, *, recorded: datetime | None = None) -> None:
        """With the message; `recorded` where it must not overwrite what others say of it."""
        if resource is None:
            return
        try:
            draft = self._indexed(resource)
        except Refusal as refusal:
            self.message.say(refusal.sentence)
            return
        if recorded:
            draft = replace(draft, recorded=recorded)
        if draft not in self.drafts:
            self.drafts.append(draft)

    def _indexed(self, resource: Json) -> Draft:
        """The draft of a resource; what says something else under a key of this message gets its own."""
        place = (resource["resourceType"], resource["id"])
        number = 1
        while place in self.written and self.written[place] != resource:
            number += 1
            resource = resource | {"id": key_of(place[1], str(number))}
            place = (place[0], resource["id"])
        self.written[place] = resource
        return self._stamped(draft_of(resource, source=self.source, key=resource["id"]))

    def _stamped(self, draft: Draft) -> Draft:
        """With the time of the message, and no offset where the message had none."""
        return replace(
            draft,
            recorded=self.message.recorded,
            starts=self._unassumed(draft.starts),
            ends=self._unassumed(draft.ends),
        )

    def _unassumed(self, when: When | None) -> When | None:
        if when and when.precision in ("minute", "second") and when.at in self.message.assumed:
            return replace(when, offset_minutes=None)
        return when

    # ---- counted segments

    def obx(self, segment: Segment, about: About) -> Draft | str:
        """A result, alone or as a line of a text."""
        if (claimed := self.claimed.get(segment.place)) is not None:
            return claimed
        lines = self._lines(segment)
        result = result_of(self.message, lines, self.order, about, self.seen)
        draft = self._result(result)
        self.claimed |= {each.place: draft for each in lines[1:]}
        return draft

    def _result(self, result: Result) -> Draft:
        if result.obx.text(2).upper() in DOCUMENT:
            return self._indexed(result_document(self.message, result))
        draft = self._indexed(observation(self.message, result))
        self.results.append(draft.key)
        return replace(draft, replaces=result.replaces)

    def _lines(self, segment: Segment) -> list[Segment]:
        """This OBX and those that go on with its text: same code, sub-id, time and status."""
        lines = [segment]
        if segment.text(2).upper() in TEXT:
            for each in self.message.after(segment, "OBX", over=frozenset()):
                if _line_of(each) != _line_of(segment):
                    break
                lines.append(each)
        return lines

    def al1(self, segment: Segment, about: About) -> Draft:
        """An allergy."""
        return self._indexed(allergy(self.message, segment, about))

    def dg1(self, segment: Segment, about: About) -> Draft:
        """A diagnosis."""
        return self._indexed(diagnosis(self.message, segment, about))

    def rxe(self, segment: Segment, about: About) -> Draft:
        """An order of the pharmacy."""
        return self._indexed(medication_request(self.message, segment, self.order, about))

    def rxa(self, segment: Segment, about: About) -> Draft:
        """A vaccine or drug that was given, or was not."""
        return self._indexed(administered(self.message, segment, self.order, about))

    def txa(self, segment: Segment, about: About) -> Draft | str:
        """A document with its lines."""
        of_document = self.message.kind == "MDM"
        lines = (
            [each for each in self.message.after(segment, "OBX", over=_OF_DOCUMENT)] if of_document else []
        )
        found: Draft | str
        try:
            found = self._stamped(document_draft(self.message, segment, lines, self.order, about))
        except Refusal as refusal:
            found = refusal.sentence
        self.claimed |= {each.place: found for each in lines}
        return found


Handler = Callable[[Walk, Segment, About], Draft | str]

_COUNTED: Final[dict[str, Handler]] = {
    "OBX": Walk.obx, "AL1": Walk.al1, "DG1": Walk.dg1, "RXE": Walk.rxe, "RXA": Walk.rxa, "TXA": Walk.txa,
}  # fmt: skip


def _line_of(obx: Segment) -> tuple[str, ...]:
    return (
        obx.text(2).upper() in TEXT and "text" or "",
        code_key(obx, 3),
        *(obx.text(n) for n in (4, 11, 14)),
    )


def _refused(expected: str, found: str, what_to_do: str) -> Refusal:
    return Refusal("hl7-message", expected=expected, found=found, what_to_do=what_to_do)
