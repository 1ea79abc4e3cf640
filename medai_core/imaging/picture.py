"""PNG and JPEG: pictures without age, view or modality."""

from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.imaging import GrayscalePipeline, Scan, ScanHeader, Window, WindowFunction
from medai_core.imaging import refusals
from medai_core.imaging.grayscale import span
from medai_core.imaging.limits import MAX_PIXELS
from medai_core.imaging.quiet import quiet
from medai_core.imaging.source import Source

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_CHROMA_ROUNDING: Final = 3
"""JPEG's rounding of colourless pixels; a larger difference between channels is colour."""


def is_picture(head: bytes) -> bool:
    """Whether these first bytes are PNG's or JPEG's."""
    return head.startswith((_PNG, _JPEG))


def decode_picture(source: Source, digest: str | None = None) -> Scan:
    """A `Scan` with source "picture".

    Grey where the three channels agree, else RGB; 8 bits, or 16 where a grey PNG has them. The
    orientation that a camera noted (EXIF) is applied; transparency is put on black. Raises Refusal.
    """
    stored = _pixels(source)
    stored.flags.writeable = False
    grey = stored.ndim == 2
    header = ScanHeader(
        source="picture",
        rows=stored.shape[0],
        columns=stored.shape[1],
        frames=1,
        samples_per_pixel=1 if grey else 3,
        photometric_interpretation="MONOCHROME2" if grey else "RGB",
        bits_stored=stored.dtype.itemsize * 8,
        signed=False,
        lossy=source.head(3) == _JPEG,
    )
    window = Window(127.5, 255.0, WindowFunction.LINEAR_EXACT, "full range")
    if stored.dtype == np.uint16:
        window = span(float(stored.min()), float(stored.max()), "range of this image")

    def frame(index: int) -> NDArray[np.generic]:
        if index != 0:
            raise IndexError("a picture has one frame")
        return stored

    return Scan(header, GrayscalePipeline(default_window=window), frame, digest or source.digest())


def _pixels(source: Source) -> NDArray[Any]:
    """uint8 or uint16 (rows, columns), or uint8 (rows, columns, 3)."""
    from PIL import Image, ImageOps

    quiet()
    try:
        with source.open() as reader, Image.open(reader, formats=("PNG", "JPEG")) as image:
            if image.width * image.height > MAX_PIXELS:
                raise refusals.too_large(f"a picture of {image.width} x {image.height} pixels")
            image.load()
            return _array(ImageOps.exif_transpose(image))
    except Image.DecompressionBombError:
        raise refusals.too_large("a picture of more pixels than that") from None
    except (OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError, OverflowError):
        raise refusals.pixels_unreadable("a picture that is damaged or ends too early") from None
    except (MemoryError, RecursionError, ZeroDivisionError, AttributeError, RuntimeError, ArithmeticError):
        raise refusals.pixels_unreadable("a picture whose inner structure is broken") from None
    except Exception as error:  # struct.error, zlib.error: the codecs' own, which share no base class
        if type(error).__module__ not in ("struct", "zlib"):
            raise
        raise refusals.pixels_unreadable("a picture that is damaged") from None


def _array(image: Any) -> NDArray[Any]:
    if image.mode.startswith("I;16"):
        deep: NDArray[Any] = np.asarray(image).astype(np.uint16, copy=True)
        return deep
    if image.mode == "I":
        wide: NDArray[Any] = np.clip(np.asarray(image), 0, 65535).astype(np.uint16)
        return wide
    if image.mode in ("1", "L"):
        return np.array(image.convert("L"))
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        return _colour_or_grey(_on_black(image))
    return _colour_or_grey(np.array(image.convert("RGB")))


def _on_black(image: Any) -> NDArray[np.uint8]:
    from PIL import Image

    upper = image.convert("RGBA")
    under = Image.new("RGBA", upper.size, (0, 0, 0, 255))
    return np.array(Image.alpha_composite(under, upper).convert("RGB"))


def _colour_or_grey(colour: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One channel where all three say the same, up to JPEG's rounding."""
    low, high = colour.min(axis=2), colour.max(axis=2)
    if int((high - low).max(initial=0)) > _CHROMA_ROUNDING:
        return colour
    return np.ascontiguousarray(colour[..., 1])


def png_bytes(grey: NDArray[np.uint8]) -> bytes:
    """A PNG of an 8-bit array, shape (rows, columns) or (rows, columns, 3)."""
    from PIL import Image

    out = BytesIO()
    Image.fromarray(grey).save(out, "PNG", compress_level=1)
    return out.getvalue()
