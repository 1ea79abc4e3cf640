"""Images in small, for lists: the file's own first view of its middle frame."""

from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from medai_core.domain.people import Caller
from medai_core.services.access import allowed_image
from medai_core.store.database import Store

SIDE: Final = 128
"""Pixels of the longer side."""
_KEPT: Final = 256


def thumbnail(store: Store, caller: Caller, image_id: str) -> bytes:
    """A PNG of an image that the caller may see. Refusals "image-missing", "not-allowed", or of decoding."""
    image = allowed_image(store, caller, image_id)
    return _drawn(image.digest, store.blobs.path(image.digest))


@lru_cache(maxsize=_KEPT)
def _drawn(digest: str, path: Path) -> bytes:
    """The last ones are kept by the digest of their file; whose they are is asked before."""
    from PIL import Image

    from medai_core.imaging.decode import decode
    from medai_core.imaging.preprocess import first_view

    scan = decode(path, digest=digest)
    grey = first_view(scan, scan.header.frames // 2, colour=True)
    step = max(1, max(grey.shape) // (4 * SIDE))
    small = Image.fromarray((grey[::step, ::step] * 255).round().astype("uint8"))
    small.thumbnail((SIDE, SIDE))
    packed = BytesIO()
    small.save(packed, "PNG")
    return packed.getvalue()
