"""The one entrance: bytes or a file in, a `Scan` out."""

from pathlib import Path
from typing import Final

from medai_core.domain.imaging import Scan
from medai_core.imaging import dicom, picture, refusals
from medai_core.imaging.source import source_of

HEAD_BYTES: Final = 512
"""How much of a file `is_picture_or_dicom` needs to see."""


def is_picture_or_dicom(head: bytes) -> bool:
    """Whether a file with this beginning (`HEAD_BYTES` or more) may be something `decode` reads."""
    return picture.is_picture(head) or dicom.is_dicom(head)


def decode(source: bytes | Path, *, digest: str | None = None) -> Scan:
    """Read a DICOM file (with or without preamble, whatever its name), a PNG or a JPEG.

    A path is read in parts, never loaded whole; frames are decoded one at a time by `Scan.frame`, and
    the last one is kept. The arrays are read-only. DICOM whose header gives no window decodes frame 0
    here; otherwise damaged pixels are found at `Scan.frame`. `digest` spares hashing a file whose SHA-256
    the caller knows, as that of a stored blob.

    Raises
    ------
    Refusal
        For everything that cannot be shown: unreadable, cut off, no image, too large, unknown
        compression, or a header that contradicts the pixels.
    """
    given = source_of(source)
    if given.size == 0:
        raise refusals.empty()
    head = given.head(HEAD_BYTES)
    if picture.is_picture(head):
        return picture.decode_picture(given, digest)
    if dicom.is_dicom(head):
        return dicom.decode_dicom(given, digest)
    raise refusals.unrecognised()
