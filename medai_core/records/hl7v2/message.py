"""A parsed message: its header, its times, and what is to be told of reading it."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from medai_core.records.hl7v2.syntax import Parsed, Segment
from medai_core.records.hl7v2.times import Time, sender_offset, time_of

ASIDE: Final = frozenset({"PRT", "ROL", "NTE", "CTD", "ARV"})
"""Segments that may stand between a segment and those that belong to it."""


def key_of(*parts: str) -> str:
    """A FHIR id that is always the same for the same parts, and tells nothing of them."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]


class Message:
    """The segments of one message in order, with the header's fields.

    `cautions` gathers what builders find; the reader takes them off after each counted segment;
    `general` are those that hold for the message as a whole.
    """

    def __init__(self, number: int, parsed: Parsed) -> None:
        self.number = number
        self.segments = parsed.segments
        self.header: Segment = parsed.segments[0]
        self.unread = parsed.unread
        self.cautions: list[str] = list(parsed.cautions)
        self.general: list[str] = []
        self.assumed: set[datetime] = set()
        self.offset = sender_offset(self.header.text(7))
        self.kind = self.header.text(9).upper()
        self.event = (self.header.text(9, 2) or self._first("EVN", 1)).upper()
        self.control_id = self.header.text(10)

    def _first(self, name: str, field: int) -> str:
        return next((each.text(field) for each in self.segments if each.name == name), "")

    @property
    def source(self) -> str:
        """Who sends it: facility and application (MSH-4, MSH-3)."""
        names = [self.header.text(n) or self.header.text(n, 2) for n in (4, 3)]
        return " | ".join(filter(None, names)) or "HL7 v2, sender not named"

    @property
    def sent(self) -> Time | None:
        """When the sender wrote the message (MSH-7, else EVN-2)."""
        return time_of(self.header.text(7), self.offset) or time_of(self._first("EVN", 2), self.offset)

    @property
    def recorded(self) -> datetime | None:
        """`sent` in UTC: an older message never overwrites a newer one."""
        return self.sent.at if self.sent else None

    def time(self, segment: Segment, field: int, component: int = 1, *, repetition: int = 0) -> Time | None:
        """A time of a segment; a caution that names segment and field where it is none."""
        text = segment.text(field, component, repetition=repetition)
        if not text:
            return None
        found = time_of(text, self.offset)
        if found is None:
            self.say(f"{segment.name}-{field} is no date or time.")
        elif found.assumed:
            self.assumed.add(found.at)
            self.general = [
                "Times without an offset from UTC, in the message and in MSH-7, were read as UTC."
            ]
        return found

    def iso(self, segment: Segment, field: int, component: int = 1) -> str | None:
        """A time as a FHIR dateTime."""
        found = self.time(segment, field, component)
        return found.iso if found else None

    def day(self, segment: Segment, field: int, component: int = 1) -> str | None:
        """A time as a FHIR date."""
        found = self.time(segment, field, component)
        return found.day if found else None

    def after(self, segment: Segment, *names: str, over: frozenset[str] = ASIDE) -> Iterator[Segment]:
        """Segments with one of `names` that follow; only those named in `over` may stand between."""
        for each in self.segments[segment.place + 1 :]:
            if each.name in names:
                yield each
            elif each.name not in over:
                return

    def before(self, segment: Segment, name: str, *, until: frozenset[str]) -> Segment | None:
        """The nearest segment of a name that stands before, within the group that `until` begins."""
        for place in range(segment.place - 1, -1, -1):
            each = self.segments[place]
            if each.name == name:
                return each
            if each.name in until:
                return None
        return None

    def notes(self, segment: Segment) -> list[dict[str, Any]]:
        """NTE segments that follow, as FHIR Annotations."""
        found = []
        for each in self.after(segment, "NTE", over=ASIDE - {"NTE"}):
            lines = [each.whole(3, repetition=n) for n in each.repetitions(3)]
            if text := "\n".join(filter(None, lines)):
                found.append({"text": text})
        return found

    def say(self, sentence: str) -> None:
        """Something that a person should know of how this was read; never a value."""
        if sentence not in self.cautions:
            self.cautions.append(sentence)

    def said(self) -> tuple[str, ...]:
        """The cautions since the last call."""
        found, self.cautions = tuple(self.cautions), []
        return found
