"""Files into the store, one line each; one bad file never stops the others."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.imaging import Scan
from medai_core.domain.people import Caller, PatientIdentity, Role
from medai_core.domain.reading import ImportLine, Outcome
from medai_core.domain.refusal import Refusal
from medai_core.imaging import refusals
from medai_core.imaging.archive import FileSource
from medai_core.imaging.decode import HEAD_BYTES, decode, is_picture_or_dicom
from medai_core.security.access import require
from medai_core.security.stores import DEMO
from medai_core.services.filing import Filing, file_scan, uid_used_twice
from medai_core.services.identity import checked
from medai_core.services.scoring import score_on_arrival
from medai_core.settings import MEBIBYTE, settings
from medai_core.store.database import Store

_LOG: Final = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(slots=True)
class _Import:
    """What stays the same for all files of one import."""

    id: str
    store: Store
    caller: Caller
    filing: Filing


def import_sources(
    store: Store,
    caller: Caller,
    sources: Iterable[FileSource],
    *,
    identity: PatientIdentity | None = None,
    study_date: date | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[ImportLine]:
    """Store every source that can be shown; yield a line for each as soon as it is done.

    `identity` and `study_date` are for files that name no patient or date themselves (pictures); what a
    file says of itself goes before them. `cancelled` is asked between files. Each file is one transaction
    with its audit line, so a killed import leaves whole files only and can be repeated.
    Raises Refusal "not-allowed" or "patient-id-missing" at once.
    """
    require(caller, Role.CLINICIAN)
    filing = Filing(checked(identity) if identity else None, study_date)
    return _lines(store, caller, filing, sources, cancelled)


def _lines(
    store: Store,
    caller: Caller,
    filing: Filing,
    sources: Iterable[FileSource],
    cancelled: Callable[[], bool],
) -> Iterator[ImportLine]:
    job = _Import(store.imports.start(caller.user_id), store, caller, filing)
    complete = False
    try:
        for source in sources:
            if cancelled():
                return
            yield _line(job, replace(source, name=_storable(source.name)))
        complete = True
    finally:
        store.imports.finish(job.id, cancelled=not complete)


def _line(job: _Import, source: FileSource) -> ImportLine:
    """One file's line; whatever is wrong with the file ends here."""
    try:
        line = _stored(job, source)
    except Refusal as refusal:
        line = _refused(job, source, refusal)
    if line.outcome is Outcome.STORED and line.image_id:
        score_on_arrival(job.store, job.caller, line.image_id)
    return line


def _storable(name: str) -> str:
    """A file's name with undecodable bytes spelled out, so that it can be kept as text."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _refused(job: _Import, source: FileSource, refusal: Refusal) -> ImportLine:
    line = ImportLine(
        source.name,
        Outcome.REFUSED,
        expected=refusal.expected,
        found=refusal.found,
        what_to_do=refusal.what_to_do,
    )
    with job.store.transaction():
        job.store.audit.append(job.caller.user_id, "import-refused", job.id, {"code": refusal.code})
        job.store.imports.add_line(job.id, line)
    return line


def _stored(job: _Import, source: FileSource) -> ImportLine:
    """Copy the file in, see that it can be shown, and file it; raises Refusal where it cannot."""
    digest, before = _readable(lambda: _copied(job.store, source)), job.filing.picture_study
    try:
        if line := _known_bytes(job, source, digest):
            return line
        scan, dtype = _readable(lambda: _shown(job.store, digest))
        if line := _known_image(job, source, scan):
            _forget(job.store, digest)
            return line
        return _filed(job, source, scan, dtype)
    except Refusal:
        job.filing.picture_study = before
        _forget(job.store, digest)
        raise


def _filed(job: _Import, source: FileSource, scan: Scan, dtype: str) -> ImportLine:
    """Everything about a file that can be shown, kept in one transaction; raises Refusal where it cannot."""
    try:
        with job.store.transaction():
            if line := _known_bytes(job, source, scan.digest):  # another import was faster
                return line
            if not job.store.blobs.has(scan.digest):
                _copied(job.store, source)
            _require_room(job.store, scan.digest)
            line = file_scan(job.store, job.caller, job.filing, source.name, scan, dtype)
            job.store.imports.add_line(job.id, line)
        return line
    except Refusal:
        raise
    except (
        Exception
    ) as error:  # a header may hold what no table takes; where the store fails, so does the line
        _LOG.error("A file of an import could not be filed: %s.", type(error).__name__)
        raise Refusal(
            "not-filed",
            expected="a file that the store can take",
            found="a fault while it was filed; nothing of it was kept",
            what_to_do="Import it again. Where that fails too, run python -m medai_core verify.",
        ) from None


def _require_room(store: Store, digest: str) -> None:
    """The demo is open to anybody and lies in a temporary folder: it takes so much and no more."""
    most = settings().max_demo_store_bytes
    if store.name == DEMO and store.images.total_bytes() + store.blobs.size(digest) > most:
        raise Refusal(
            "demo-full",
            expected=f"at most {most // MEBIBYTE} MB of images in the demo",
            found="more, together with this file",
            what_to_do="Use an installation of your own for larger sets; there is no such limit there.",
        )


def _readable(work: Callable[[], T]) -> T:
    """The result of reading a file; whatever fails below is a refusal of this one file."""
    try:
        return work()
    except Refusal:
        raise
    except Exception as error:
        _LOG.warning("A file of an import could not be read: %s.", type(error).__name__)
        raise Refusal(
            "file-unreadable",
            expected="a file that can be read to its end",
            found="one that cannot",
            what_to_do="Check the file, its permissions and the room on the disk; then import it again.",
        ) from None


def _copied(store: Store, source: FileSource) -> str:
    """The digest of the file's copy; what is plainly no image is refused before it is copied."""
    with source.open() as stream:
        head = stream.read(HEAD_BYTES)
    if not head:
        raise refusals.empty()
    if not is_picture_or_dicom(head):
        raise refusals.unrecognised()
    with source.open() as stream:
        return store.blobs.put(stream)


def _shown(store: Store, digest: str) -> tuple[Scan, str]:
    """The scan and the type of its values. First and last frame are decoded: a cut-off file ends here."""
    scan = decode(store.blobs.path(digest), digest=digest)
    first = scan.frame(0)
    if scan.header.frames > 1:
        scan.frame(scan.header.frames - 1)
    return scan, str(first.dtype)


def _forget(store: Store, digest: str) -> None:
    """Take away the copy of a refused file, unless an image or a reading has the same bytes."""
    with store.transaction():
        if not store.names(digest):
            store.blobs.path(digest).unlink(missing_ok=True)


def _known_bytes(job: _Import, source: FileSource, digest: str) -> ImportLine | None:
    """A duplicate line where these very bytes are stored; a picture of another patient is refused."""
    image = job.store.images.by_digest(digest)
    if image is None:
        return None
    if image.header.source == "picture":
        job.filing.meet(job.store, image)
    return _duplicate(job, source, image.study_id, image.id, "this file is in the store already")


def _known_image(job: _Import, source: FileSource, scan: Scan) -> ImportLine | None:
    """A duplicate line where the same instance is stored under the same key with the same pixels.

    SOP Instance UID (0008,0018) names one image for ever (PS3.3 C.12.1). Other pixels under it are refused.
    """
    patient = scan.header.patient
    for image in job.store.images.by_sop_uid(scan.header.sop_instance_uid):
        known = image.header.patient
        if patient is None or known is None:
            continue
        if (patient.issuer, patient.identifier) != (known.issuer, known.identifier):
            continue
        if not _same_pixels(decode(job.store.blobs.path(image.digest), digest=image.digest), scan):
            raise uid_used_twice()
        note = "the same image is in the store already, from a file with another header; that one is kept"
        return _duplicate(job, source, image.study_id, image.id, note)
    return None


def _same_pixels(stored: Scan, given: Scan) -> bool:
    """Whether all frames are the same; one of each file is in memory at a time."""
    if stored.header.frames != given.header.frames:
        return False
    return all(_same(stored.frame(number), given.frame(number)) for number in range(given.header.frames))


def _same(one: NDArray[np.generic], other: NDArray[np.generic]) -> bool:
    return one.dtype == other.dtype and one.shape == other.shape and bool((one == other).all())


def _duplicate(job: _Import, source: FileSource, study_id: str, image_id: str, note: str) -> ImportLine:
    line = ImportLine(source.name, Outcome.DUPLICATE, note, study_id=study_id, image_id=image_id)
    with job.store.transaction():
        job.store.audit.append(job.caller.user_id, "import-duplicate", image_id, {"import": job.id})
        job.store.imports.add_line(job.id, line)
    return line
