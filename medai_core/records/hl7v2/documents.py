"""TXA with its OBX, and OBX that hold a document (ED, RP), as DocumentReference."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from medai_core.domain.record import Draft, Json
from medai_core.domain.refusal import Refusal
from medai_core.records.fhir.drafts import draft_of
from medai_core.records.hl7v2.datatypes import coded, concept, each_of, person, without_empty
from medai_core.records.hl7v2.message import Message, key_of
from medai_core.records.hl7v2.orders import About, Order
from medai_core.records.hl7v2.results import DOCUMENT, Result, is_wrong, text_of
from medai_core.records.hl7v2.syntax import Segment

LARGEST: Final = 32 * 2**20
"""Bytes of a document that stands in a message; a larger one is named, without its content."""

_DOC_STATUS: Final = {
    "AU": "final", "LA": "final", "DO": "final", "DI": "preliminary", "IP": "preliminary",
    "IN": "preliminary", "PA": "preliminary",
}  # fmt: skip
_OBX_STATUS: Final = {"F": "final", "C": "amended", "A": "amended", "P": "preliminary", "R": "preliminary",
                      "S": "preliminary", "D": "entered-in-error", "W": "entered-in-error"}  # fmt: skip
_REPLACING: Final = frozenset({"T09", "T10"})
_ADDING: Final = frozenset({"T05", "T06"})
_CANCELLING: Final = frozenset({"T11"})
_MEDIA: Final = {"TEXT": "text/plain", "PDF": "application/pdf", "JPEG": "image/jpeg", "JPG": "image/jpeg",
                 "PNG": "image/png", "TIFF": "image/tiff", "GIF": "image/gif", "RTF": "application/rtf",
                 "HTML": "text/html", "XML": "application/xml", "DICOM": "application/dicom"}  # fmt: skip
_BROAD: Final = frozenset({"TEXT", "APPLICATION", "IMAGE", "AUDIO", "VIDEO", "MULTIPART"})


def _key(about: About, number: str) -> str:
    return key_of("DocumentReference", about.patient, number)


def document_draft(
    message: Message, txa: Segment, lines: Sequence[Segment], order: Order, about: About
) -> Draft:
    """The DocumentReference of a TXA with the text and files of its OBX.

    A replacement (T09, T10) names the document that it replaces (TXA-13), an addendum (T05, T06) the one it
    adds to. Raises Refusal where nothing tells the document from others.
    """
    number = txa.text(12) or txa.text(12, 3)
    key = _key(about, number or _without_number(message, txa, order))
    parent = txa.text(13) or txa.text(13, 3)
    relation = "replaces" if message.event in _REPLACING else "appends" if message.event in _ADDING else ""
    older = _key(about, parent) if parent and relation else ""
    resource = without_empty(
        {
            "resourceType": "DocumentReference",
            "id": key,
            "identifier": [{"value": number}] if number else [],
            "status": _status(message, txa),
            "docStatus": _DOC_STATUS.get(txa.text(17).upper(), ""),
            "type": coded("0270", txa.text(2), txa.text(2, 2)) if txa.text(2) else None,
            "subject": {"reference": f"Patient/{about.patient}"},
            "date": _instant(message, txa),
            "author": each_of(txa, 9, person),
            "relatesTo": [{"code": relation, "target": {"reference": f"DocumentReference/{older}"}}]
            if older
            else [],
            "description": txa.text(25),
            "content": _contents(message, txa, lines),
            "context": _context(message, txa, about),
        }
    )
    found = draft_of(resource, source=about.source, key=key)
    return replace(found, replaces=(older,)) if relation == "replaces" and older and older != key else found


def _without_number(message: Message, txa: Segment, order: Order) -> str:
    """What a document without a number of its own is known by: its kind, order and time, else its order."""
    at = message.time(txa, 6) or message.time(txa, 4)
    own = f"{txa.text(2)}|{order.number}|{at.at.isoformat()}" if at else order.number
    if not own:
        raise Refusal(
            "hl7-document",
            expected="a document number in TXA-12",
            found="none, and neither a time nor an order to know it by",
            what_to_do="Ask the sender to fill TXA-12.",
        )
    return own


def _status(message: Message, txa: Segment) -> str:
    available = txa.text(19).upper()
    if message.event in _CANCELLING or available == "CA":
        return "entered-in-error"
    return "superseded" if available == "OB" else "current"


def _instant(message: Message, txa: Segment) -> str | None:
    """When it was edited last, else written: an instant, so without a time of day there is none."""
    for field in (8, 6, 4):
        at = message.time(txa, field)
        if at and at.timed:
            return at.iso
    return None


def _context(message: Message, txa: Segment, about: About) -> Json:
    at = message.iso(txa, 4)
    visit = [{"reference": f"Encounter/{about.encounter}"}] if about.encounter else []
    return without_empty({"encounter": visit, "period": {"start": at} if at else None})


def _contents(message: Message, txa: Segment, lines: Sequence[Segment]) -> list[Json]:
    """The text of all lines as one attachment, then each file; where there is neither, the title alone."""
    kept = [each for each in lines if not is_wrong(each)]
    words = _joined([each for each in kept if each.text(2).upper() not in DOCUMENT])
    found = [{"attachment": _text(words)}] if words else []
    for each in kept:
        if each.text(2).upper() in DOCUMENT and (attachment := attachment_of(message, each)):
            found.append({"attachment": attachment})
    return found or [{"attachment": {"title": txa.text(16) or txa.text(2, 2) or txa.text(2) or "document"}}]


def _joined(lines: Sequence[Segment]) -> str:
    """Text lines in order; a heading where what they are about (OBX-3) changes."""
    named = {each.text(3) or each.text(3, 2) for each in lines}
    pieces, last = [], None
    for each in lines:
        name = each.text(3, 2) or each.text(3)
        if len(named) > 1 and name and name != last:
            pieces.append(f"{name}:")
        last = name
        pieces.append(text_of(each))
    return "\n".join(pieces).strip()


def _text(words: str) -> Json:
    raw = words.encode("utf-8", "replace")
    return {"contentType": "text/plain; charset=utf-8", "data": base64.b64encode(raw).decode("ascii")}


def attachment_of(message: Message, obx: Segment) -> Json | None:
    """The value of an ED (`source^type^subtype^encoding^data`) or RP (`pointer^application^type^subtype`)."""
    if obx.text(2).upper() == "RP":
        url = obx.text(5)
        kind = _media(obx.text(5, 3), obx.text(5, 4))
        return without_empty({"contentType": kind, "url": url, "title": obx.text(3, 2)}) if url else None
    kind = _media(obx.text(5, 2), obx.text(5, 3))
    raw = _data(message, obx)
    if raw is None:
        return None
    if len(raw) > LARGEST:
        message.say(
            f"OBX-5 holds a document of more than {LARGEST // 2**20} MiB: it is named without its content."
        )
        return {"contentType": kind, "title": obx.text(3, 2) or "document", "size": len(raw)}
    return without_empty(
        {"contentType": kind, "data": base64.b64encode(raw).decode("ascii"), "title": obx.text(3, 2)}
    )


def _media(broad: str, narrow: str) -> str:
    """A media type of type and subtype of data (tables 0191 and 0291)."""
    if narrow.upper() in _MEDIA:
        return _MEDIA[narrow.upper()]
    if broad.upper() in _BROAD and narrow and narrow.isascii() and narrow.replace("-", "").isalnum():
        return f"{broad.lower()}/{narrow.lower()}"
    return "text/plain" if broad.upper() in ("TEXT", "TX", "FT") else "application/octet-stream"


def _data(message: Message, obx: Segment) -> bytes | None:
    """The bytes of an ED; None where it has none or they cannot be read."""
    written, encoding = obx.component(5, 5), obx.text(5, 4).upper()
    if not written:
        return None
    try:
        if encoding == "HEX":
            return bytes.fromhex(written)
        if encoding == "BASE64":
            return base64.b64decode("".join(written.split()), validate=True)
    except (ValueError, binascii.Error):
        message.say(f"OBX-5 is not encoded as it says ({encoding.lower()}); its content is left out.")
        return None
    return written.encode("utf-8", "replace")


def result_document(message: Message, result: Result) -> Json:
    """The DocumentReference of an OBX whose value is a document and that belongs to no TXA."""
    obx = result.obx
    attachment = attachment_of(message, obx)
    status = obx.text(11).upper()
    at = message.time(obx, 14) or (message.time(result.order.obr, 7) if result.order.obr else None)
    visit = [{"reference": f"Encounter/{result.about.encounter}"}] if result.about.encounter else []
    if attachment is None:
        message.say("OBX-5 holds no document.")
    return without_empty(
        {
            "resourceType": "DocumentReference",
            "id": result.key,
            "status": "entered-in-error" if is_wrong(obx) else "current",
            "docStatus": _OBX_STATUS.get(status, "preliminary"),
            "type": concept(obx, 3),
            "subject": {"reference": f"Patient/{result.about.patient}"},
            "date": at.iso if at and at.timed else None,
            "content": [{"attachment": attachment or {"title": obx.text(3, 2) or "document"}}],
            "context": without_empty({"encounter": visit}),
        }
    )
