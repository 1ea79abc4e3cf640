"""Everything of one person as one archive, to be taken elsewhere: made and sent piece by piece.

archive_of_patient(...) -> pieces of a ZIP: the record as FHIR and as a table, image files as they came in,
signed readings as JSON and PDF, the audit log's lines about the person, and the SHA-256 of every file.
"""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from medai_core.domain.people import Caller, Role
from medai_core.domain.reading import Reading
from medai_core.domain.refusal import Refusal
from medai_core.security.access import may_see_patient, require
from medai_core.services.patient_export import bundle_bytes, table_bytes
from medai_core.services.patient_record import whose
from medai_core.services.reporting import ReportContent, report_content
from medai_core.services.spreadsheet import safe_cell
from medai_core.store import clock
from medai_core.store.database import Store
from medai_core.store.rows import AuditEntry, ImageRecord

_CHUNK: Final = 1024 * 1024
_README: Final = """Everything that MedAI holds of one person
=========================================

This archive names a patient. Keep it as safe as the record itself.

record.fhir.json   every entry as FHIR R4, with studies, signed readings and models' answers
record.csv         the same entries as a table, one row a value
images/            the image files, byte for byte as they came in
readings/          signed readings: as a document (PDF) and as what was signed (JSON), with their key images
audit.csv          who did what with the record, by opaque ids
missing.txt        only where a stored file could not be read: which
SHA256SUMS         the digest of every file here, for: sha256sum -c SHA256SUMS

Research use, not a medical device.
"""
_PICTURES: Final = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg"}

ReportPdf = Callable[[ReportContent], bytes]


def file_name(patient_id: str) -> str:
    """The name of the archive: the record's opaque id, never the person's name or number."""
    return f"medai-everything-{patient_id}.zip"


def archive_of_patient(
    store: Store, caller: Caller, patient_id: str, report_pdf: ReportPdf
) -> Iterator[bytes]:
    """The archive in pieces; whether the caller may have it is decided, and audited, before the first.

    Raises Refusal "not-allowed". `report_pdf` sets the document of a reading.
    """
    require(caller, Role.CLINICIAN)
    patient = whose(store, caller, patient_id)
    open_ = {one for one in store.records.group(patient.id) if may_see_patient(store, caller, one)}
    studies = [
        row.id
        for row in store.studies.of_patient(patient.id)
        if (store.studies.record_of(row.id) or row.patient.id) in open_
    ]
    store.audit.append(caller.user_id, "record-exported", patient.id, {"form": "archive"})
    return _pieces(store, caller, patient.id, sorted(open_), studies, report_pdf)


def _pieces(
    store: Store, caller: Caller, patient_id: str, group: list[str], studies: list[str], report_pdf: ReportPdf
) -> Iterator[bytes]:
    """The archive as it is made; one that is broken off is closed at once, not when memory is tidied."""
    pack = _Pack()
    try:
        yield from _contents(pack, store, caller, patient_id, group, studies, report_pdf)
    finally:
        pack.close()


def _contents(
    pack: "_Pack",
    store: Store,
    caller: Caller,
    patient_id: str,
    group: list[str],
    studies: list[str],
    report_pdf: ReportPdf,
) -> Iterator[bytes]:
    yield from pack.add("README.txt", [_README.encode()])
    yield from pack.add("record.fhir.json", [bundle_bytes(store, caller, patient_id)])
    yield from pack.add("record.csv", [table_bytes(store, caller, patient_id)])
    about = [*group, *studies]
    for study_id in studies:
        for image in store.images.of_study(study_id):
            about.append(image.id)
            yield from pack.add_stored(f"images/{image.id}.{_ending(store, image)}", store, image.digest)
        for reading in store.readings.of_study(study_id):
            if reading.signed_at is not None:
                about.append(reading.id)
                yield from _reading(pack, store, caller, reading, report_pdf)
    yield from pack.add("audit.csv", [_audit_table(store, about)])
    yield from pack.end()


def _reading(
    pack: "_Pack", store: Store, caller: Caller, reading: Reading, report_pdf: ReportPdf
) -> Iterator[bytes]:
    signed = json.dumps(store.readings.signed_content(reading.id), ensure_ascii=False, indent=1)
    yield from pack.add(f"readings/{reading.id}.json", [signed.encode()])
    key_image = store.readings.key_image(reading.id)
    if key_image:
        yield from pack.add_stored(f"readings/{reading.id}.png", store, key_image)
    try:
        document = report_pdf(report_content(store, caller, reading.id))
    except Refusal as refusal:  # moved to another person since, or its key image is lost
        pack.missing.append(f"readings/{reading.id}.pdf: {refusal.sentence}")
        return
    yield from pack.add(f"readings/{reading.id}.pdf", [document])


def _ending(store: Store, image: ImageRecord) -> str:
    if image.header.source == "dicom" or not store.blobs.has(image.digest):
        return "dcm"
    with store.blobs.open(image.digest) as file:
        head = file.read(4)
    return next((ending for start, ending in _PICTURES.items() if head.startswith(start)), "bin")


def _audit_table(store: Store, about: list[str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("line", "at", "who", "action", "object", "detail"))
    for entry in store.audit.about(about):
        writer.writerow([safe_cell(cell) for cell in _audit_row(entry)])
    return text.getvalue().encode()


def _audit_row(entry: AuditEntry) -> tuple[object, ...]:
    detail = ", ".join(f"{name}: {value}" for name, value in entry.detail.items())
    return entry.seq, entry.at.isoformat(), entry.actor_id, entry.action, entry.object_id, detail


class _Sink(io.RawIOBase):
    """What a ZIP writes into, to be handed on at once."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any, /) -> int:
        """Keep until taken."""
        self._pieces.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """What came since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


@dataclass
class _Pack:
    """A ZIP on its way; every method gives the pieces that are ready to go."""

    missing: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._sums: list[str] = []
        self._at = clock.now().timetuple()[:6]

    def add(self, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """One file of the given pieces."""
        digest = hashlib.sha256()
        info = zipfile.ZipInfo(name, self._at)
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
        with self._zip.open(info, "w", force_zip64=True) as file:
            for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
                yield self._sink.taken()
        self._sums.append(f"{digest.hexdigest()}  {name}\n")
        yield self._sink.taken()

    def add_stored(self, name: str, store: Store, digest: str) -> Iterator[bytes]:
        """A stored file; where it is lost, that is told in the archive instead."""
        try:
            source = store.blobs.open(digest)
        except Refusal as refusal:
            self.missing.append(f"{name}: {refusal.sentence}")
            return
        with source:
            yield from self.add(name, iter(lambda: source.read(_CHUNK), b""))

    def end(self) -> Iterator[bytes]:
        """What is missing, the digests, and the ZIP's own end."""
        if self.missing:
            yield from self.add("missing.txt", ["\n".join([*self.missing, ""]).encode()])
        yield from self.add("SHA256SUMS", ["".join(self._sums).encode()])
        self.close()
        yield self._sink.taken()

    def close(self) -> None:
        """Write the ZIP's own end, if that has not been done."""
        self._zip.close()
