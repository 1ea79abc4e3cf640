"""A file of HL7 v2 messages as drafts: the message once, and each OBX, AL1, DG1, RXE, RXA and TXA."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from medai_core.domain.record import Read
from medai_core.domain.refusal import Refusal
from medai_core.records.hl7v2.framing import RawMessage, Stray, messages
from medai_core.records.hl7v2.message import Message
from medai_core.records.hl7v2.syntax import parsed
from medai_core.records.hl7v2.walking import Walk

COUNTED: Final = ("OBX", "AL1", "DG1", "RXE", "RXA", "TXA")
"""Segments that count on their own, beside the message ("MSH")."""


def read_hl7(open_: Callable[[], BinaryIO], name: str, *, source: str | None = None) -> Iterator[Read]:
    """Every message of a file and its counted segments, in order, with drafts or why there are none.

    Parameters
    ----------
    open_ : callable
        Opens the file for reading bytes.
    name : str
        Its name for a person.
    source : str, optional
        Who says it; else the sending facility and application of each message (MSH-4, MSH-3).
    """
    found = False
    for raw in messages(open_):
        found = True
        if isinstance(raw, Stray):
            yield _stray(name, raw)
        else:
            yield from _read(name, raw, source)
    if not found:
        refused = _sentence("a message that begins with MSH", "an empty file", "Ask the sender for it again.")
        yield Read(name, "line 1", "MSH", refused=refused)


def _stray(name: str, stray: Stray) -> Read:
    lines = "a line" if stray.count == 1 else "lines"
    refused = _sentence(
        "MSH as the first segment",
        f"{lines} before it",
        "Check that the beginning of the file is not cut off.",
    )
    return Read(name, f"line {stray.line}", "MSH", refused=refused)


def _sentence(expected: str, found: str, what_to_do: str) -> str:
    return Refusal("hl7-message", expected=expected, found=found, what_to_do=what_to_do).sentence


def _read(name: str, raw: RawMessage, source: str | None) -> Iterator[Read]:
    where = f"message {raw.number}"
    try:
        message = Message(raw.number, parsed(raw))
        walk = Walk(message, source or message.source)
    except Refusal as refusal:
        yield Read(name, where, "MSH", refused=refusal.sentence)
        yield from _orphans(name, where, raw)
        return
    yield from walk.reads(name, where)


def _orphans(name: str, where: str, raw: RawMessage) -> Iterator[Read]:
    """The counted segments of a message that is refused as a whole."""
    counts: dict[str, int] = {}
    for line in raw.segments:
        kind = line[:3].decode("ascii", "replace")
        if kind in COUNTED:
            counts[kind] = counts.get(kind, 0) + 1
            refused = _sentence(
                "a message that can be read", "one that was refused", "See the line of its MSH."
            )
            yield Read(name, f"{where}, {kind} {counts[kind]}", kind, refused=refused)
