"""Notes of a patient: found in the record or brought by a person, read, and accepted item by item.

documents, text_of_document, read, accept, accepted, take_back. Nothing goes into the record by itself.
"""

import base64
import binascii
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from medai_core.domain.people import Caller, Role
from medai_core.domain.record import Entry, Json
from medai_core.domain.refusal import Refusal
from medai_core.notes.decoding import decoded
from medai_core.notes.items import Note
from medai_core.notes.reading import read_note
from medai_core.notes.statements import SOURCE, Origin, resource_of
from medai_core.records.fhir.drafts import draft_of
from medai_core.records.fhir.own import address
from medai_core.security.access import require, require_patient
from medai_core.serving import specialty
from medai_core.serving.specialty import Specialty
from medai_core.store import clock
from medai_core.store.database import Store
from medai_core.store.ids import new_id
from medai_core.store.record_rows import columns_of

SAID_BY: Final = "notes"
"""The source of everything that was accepted from notes."""

_HOLDERS: Final = ("DocumentReference", "DiagnosticReport", "Composition")


@dataclass(frozen=True, slots=True)
class Document:
    """A note that is in the record already; `written` is its day, None where the source gave none."""

    entry_id: str
    title: str
    written: date | None


@dataclass(frozen=True, slots=True)
class ReadNote:
    """A note that was read, and under what it would be filed (empty where that cannot be said)."""

    note: Note
    specialties: tuple[Specialty, ...] = ()


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of accepted items: how many are new, and how many stood in the record already."""

    import_id: str
    added: int
    there: int


# ---- notes in the record


def documents(store: Store, caller: Caller, patient_id: str) -> tuple[Document, ...]:
    """The notes with text of a patient, newest first. Raises Refusal "not-allowed"."""
    _open(store, caller, patient_id)
    entries = store.records.of_patient(patient_id, current_only=True, resource_types=_HOLDERS)
    return tuple(
        Document(entry.id, entry.draft.title or entry.draft.resource_type, _day(entry))
        for entry in entries
        if _attachment(entry.draft.content) is not None
    )


def text_of_document(store: Store, caller: Caller, patient_id: str, entry_id: str) -> str:
    """The text of a note in the record; that it was opened is audited.

    Raises Refusal "not-allowed", "note-missing", "note-not-text".
    """
    _open(store, caller, patient_id)
    entry = store.records.get(entry_id)
    content = None
    if entry is not None and entry.patient_id in store.records.group(patient_id):
        require_patient(store, caller, entry.patient_id)
        content = _attachment(entry.draft.content)
    if content is None:
        raise Refusal(
            "note-missing",
            expected="a note with text in this patient's record",
            found="none",
            what_to_do="Choose another, or paste the text.",
        )
    store.audit.append(caller.user_id, "note-opened", patient_id, {"entry": entry_id})
    return decoded(content)


def _day(entry: Entry) -> date | None:
    return entry.draft.starts.at.date() if entry.draft.starts else None


def _attachment(content: Json) -> bytes | None:
    """The first attachment of a document that is text and stands in it; else None."""
    for attachment in _attachments(content):
        kind, data = attachment.get("contentType"), attachment.get("data")
        if isinstance(data, str) and (kind is None or str(kind).startswith("text/plain")):
            try:
                return base64.b64decode(data, validate=False)
            except (binascii.Error, ValueError):
                continue
    return None


def _attachments(content: Json) -> list[dict[str, Any]]:
    held = content.get("content", [])
    inner = [one.get("attachment") for one in held if isinstance(one, dict)] if isinstance(held, list) else []
    forms = content.get("presentedForm", [])
    inner += forms if isinstance(forms, list) else []
    return [one for one in inner if isinstance(one, dict)]


# ---- reading


def read(store: Store, caller: Caller, text: str, patient_id: str | None = None) -> ReadNote:
    """Read a note that a person brought; audited with counts alone, never with words.

    Raises Refusal "not-allowed", "note-empty", "note-too-long".
    """
    require(caller, Role.CLINICIAN)
    if patient_id is not None:
        _open(store, caller, patient_id)
    if not text.strip():
        raise Refusal(
            "note-empty",
            expected="the text of a note",
            found="none",
            what_to_do="Paste it, drop a file, or choose one from the record.",
        )
    note = read_note(text)
    detail = {"items": str(len(note.items)), "characters": str(len(text))}
    store.audit.append(caller.user_id, "note-read", patient_id or "", detail)
    return ReadNote(note, _specialties(text))


def _specialties(text: str) -> tuple[Specialty, ...]:
    if not specialty.installed():
        return ()
    try:
        return specialty.specialties(text)
    except Refusal:
        return ()


# ---- accepting


def accept(
    store: Store,
    caller: Caller,
    patient_id: str,
    note: Note,
    chosen: Collection[int],
    *,
    written: date | None = None,
    document_id: str = "",
) -> Filed:
    """Put the chosen items (their numbers in `note.items`) into the patient's record, all or none.

    Each becomes one FHIR resource with its sentence and rule. A negated item is kept as refuted, one of the
    family as a family history, an old one as inactive: none of them shows as current. Accepting an item
    again changes nothing, and brings back what was taken back.

    Raises Refusal "not-allowed", "nothing-chosen".
    """
    _open(store, caller, patient_id)
    require(caller, Role.CLINICIAN)
    items = [note.items[number] for number in sorted(set(chosen)) if 0 <= number < len(note.items)]
    if not items:
        raise Refusal(
            "nothing-chosen",
            expected="at least one item that is ticked",
            found="none",
            what_to_do="Tick what is right and accept again.",
        )
    survivor = store.records.survivor(patient_id)
    require_patient(store, caller, survivor)
    origin = _origin(caller, survivor, note, written, document_id)
    resources = [resource_of(item, note.text[slice(*item.sentence)], origin) for item in items]
    with store.transaction():
        filed = _write(store, caller, survivor, resources)
        detail = {"import": filed.import_id, "added": str(filed.added), "there": str(filed.there)}
        store.audit.append(caller.user_id, "note-items-accepted", survivor, detail)
    return filed


def _origin(caller: Caller, patient_id: str, note: Note, written: date | None, document_id: str) -> Origin:
    digest = hashlib.sha256(f"{patient_id}\n{note.text}".encode("utf-8", "backslashreplace")).hexdigest()
    return Origin(
        subject=address("Patient", patient_id),
        written=written.isoformat() if written else "",
        digest=digest,
        accepted_by=caller.user_id,
        accepted_at=clock.now().isoformat(timespec="seconds"),
        document=document_id,
    )


def _write(store: Store, caller: Caller, patient_id: str, resources: Sequence[Json]) -> Filed:
    """The resources as entries of the patient: new ones, and new versions of those that were taken back."""
    writer = store.records.writer
    rows = [columns_of(draft_of(one, source=SAID_BY)) for one in resources]
    known = writer.known([row["identity"] for row in rows])
    import_id = store.imports.start(caller.user_id)
    fresh, newer = [], []
    for row in rows:
        there = known.get(row["identity"])
        own = {"patient_id": patient_id, "import_id": import_id}
        if there is None:
            fresh.append({**row, **own, "id": new_id(), "versions": 1})
        elif _withdrawn(store, there.id):
            newer.append({**row, **own, "id": there.id})
    writer.insert(fresh)
    writer.supersede(newer)
    store.imports.finish(import_id)
    added = len(fresh) + len(newer)
    return Filed(import_id, added, len(rows) - added)


def _withdrawn(store: Store, entry_id: str) -> bool:
    entry = store.records.get(entry_id)
    return entry is not None and _mistaken(entry.draft.content)


# ---- undoing


def accepted(store: Store, caller: Caller, patient_id: str, *, limit: int = 50) -> tuple[Entry, ...]:
    """What was accepted from notes and not taken back, newest first. Raises Refusal "not-allowed"."""
    _open(store, caller, patient_id)
    entries = store.records.of_patient(patient_id)
    own = [one for one in entries if one.draft.source == SAID_BY and not _mistaken(one.draft.content)]
    return tuple(sorted(own, key=lambda one: one.stored_at, reverse=True)[:limit])


def take_back(store: Store, caller: Caller, patient_id: str, entry_ids: Collection[str]) -> int:
    """Mark what was accepted as entered in error: it stays, with its versions, and is never current.

    Raises Refusal "not-allowed".
    """
    _open(store, caller, patient_id)
    require(caller, Role.CLINICIAN)
    there = {entry.id: entry for entry in accepted(store, caller, patient_id, limit=10_000)}
    chosen = [there[one] for one in dict.fromkeys(entry_ids) if one in there]
    if not chosen:
        return 0
    with store.transaction():
        import_id = store.imports.start(caller.user_id)
        rows = [
            {
                **columns_of(draft_of(_as_mistake(entry.draft.content), source=SAID_BY, key=entry.draft.key)),
                "id": entry.id,
                "patient_id": entry.patient_id,
                "import_id": import_id,
            }
            for entry in chosen
        ]
        store.records.writer.supersede(rows)
        store.imports.finish(import_id)
        detail = {"import": import_id, "items": str(len(rows))}
        store.audit.append(caller.user_id, "note-items-taken-back", patient_id, detail)
    return len(chosen)


_MISTAKE: Final = "entered-in-error"
_TERMS: Final = "http://terminology.hl7.org/CodeSystem"
_VERIFIED: Final = {
    "Condition": f"{_TERMS}/condition-ver-status",
    "AllergyIntolerance": f"{_TERMS}/allergyintolerance-verification",
}


def _as_mistake(content: Json) -> Json:
    """The resource, marked as never true."""
    system = _VERIFIED.get(content["resourceType"])
    if system is None:
        return content | {"status": _MISTAKE}
    rest = {name: value for name, value in content.items() if name != "clinicalStatus"}
    return rest | {"verificationStatus": {"coding": [{"system": system, "code": _MISTAKE}]}}


def _mistaken(content: Json) -> bool:
    if content.get("status") == _MISTAKE:
        return True
    coded = content.get("verificationStatus", {}).get("coding", [])
    return any(one.get("code") == _MISTAKE for one in coded)


def source_of(entry: Entry) -> dict[str, str]:
    """Sentence, section, trigger and rule of what was accepted."""
    for extension in entry.draft.content.get("extension", []):
        if extension.get("url") == SOURCE:
            inner = extension["extension"]
            return {one["url"]: str(one["valueString"]) for one in inner if "valueString" in one}
    return {}


def _open(store: Store, caller: Caller, patient_id: str) -> None:
    require(caller, Role.READ_ONLY)
    require_patient(store, caller, patient_id)
