"""What would become of an image that is imported, without storing anything."""

import hashlib
import tempfile
from datetime import date
from pathlib import Path
from typing import Final

from medai_core.domain.people import PatientIdentity
from medai_core.domain.reading import ImportLine, Outcome
from medai_core.domain.refusal import Refusal
from medai_core.imaging import refusals
from medai_core.imaging.archive import FileSource
from medai_core.imaging.decode import HEAD_BYTES, decode, is_picture_or_dicom
from medai_core.services.filing import Filing, identity_of_file
from medai_core.store.database import Store

_PART: Final = 1024 * 1024


def tried(
    store: Store, source: FileSource, identity: PatientIdentity | None, study_date: date | None = None
) -> ImportLine:
    """The line that an import would give of the file; `Outcome.STORED` is what would be stored."""
    try:
        return _tried(store, source, Filing(identity, study_date))
    except Refusal as refusal:
        return ImportLine(
            source.name,
            Outcome.REFUSED,
            expected=refusal.expected,
            found=refusal.found,
            what_to_do=refusal.what_to_do,
        )


def _tried(store: Store, source: FileSource, filing: Filing) -> ImportLine:
    with source.open() as stream:
        head = stream.read(HEAD_BYTES)
    if not head:
        raise refusals.empty()
    if not is_picture_or_dicom(head):
        raise refusals.unrecognised()
    with tempfile.NamedTemporaryFile(prefix="medai-dry-run-") as copy, source.open() as stream:
        digest = hashlib.sha256()
        while part := stream.read(_PART):
            digest.update(part)
            copy.write(part)
        copy.flush()
        if store.images.by_digest(digest.hexdigest()) is not None:
            return ImportLine(source.name, Outcome.DUPLICATE, "this file is in the store already")
        scan = decode(Path(copy.name), digest=digest.hexdigest())
        scan.frame(0)
        if scan.header.frames > 1:
            scan.frame(scan.header.frames - 1)
        identity_of_file(filing, scan.header)
    return ImportLine(source.name, Outcome.STORED, "dry run: nothing was stored")
