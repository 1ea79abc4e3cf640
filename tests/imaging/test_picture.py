"""PNG and JPEG: grey or colour, depth, orientation, transparency."""

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from medai_core.imaging.decode import decode
from medai_core.imaging.grayscale import display_bytes
from medai_core.imaging.picture import png_bytes

GREY = np.random.default_rng(2).integers(0, 256, (30, 40), dtype=np.uint8)


def saved(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The picture as a file's bytes."""
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    "picture",
    [
        Image.fromarray(GREY),
        Image.fromarray(np.stack([GREY] * 3, axis=2)),
        Image.fromarray(np.dstack([GREY, GREY, GREY, np.full_like(GREY, 255)])),
    ],
)
def test_grey_in_any_dress_is_one_channel(picture: Image.Image) -> None:
    """L, RGB with equal channels, opaque RGBA."""
    scan = decode(saved(picture))

    assert (scan.header.source, scan.header.samples_per_pixel) == ("picture", 1)
    assert (scan.header.modality, scan.header.age_years, scan.header.patient) == ("", None, None)
    np.testing.assert_array_equal(scan.frame(0), GREY)
    np.testing.assert_array_equal(display_bytes(scan.frame(0), scan.pipeline), GREY)


def test_colour_stays_colour() -> None:
    colour = np.random.default_rng(3).integers(0, 256, (12, 14, 3), dtype=np.uint8)

    scan = decode(saved(Image.fromarray(colour)))

    assert scan.header.photometric_interpretation == "RGB"
    np.testing.assert_array_equal(scan.frame(0), colour)


def test_grey_jpeg_saved_in_colour_is_grey_and_lossy() -> None:
    """Chroma rounding is no colour."""
    smooth = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (48, 1))

    scan = decode(saved(Image.fromarray(np.stack([smooth] * 3, axis=2)), "JPEG", quality=85))

    assert scan.header.samples_per_pixel == 1
    assert scan.header.lossy


def test_sixteen_bits_are_kept() -> None:
    """A grey 16-bit PNG is shown over its own range."""
    deep: NDArray[np.uint16] = (GREY.astype(np.uint16) + 100) * 13

    scan = decode(saved(Image.fromarray(deep)))

    assert scan.header.bits_stored == 16
    np.testing.assert_array_equal(scan.frame(0), deep)
    shown = display_bytes(scan.frame(0), scan.pipeline)
    assert (shown.min(), shown.max()) == (0, 255)


@pytest.mark.parametrize("turn", [1, 2, 3, 4, 5, 6, 7, 8])
def test_camera_orientation_is_applied(turn: int) -> None:
    """EXIF tag 274: the picture comes upright whatever way it was stored."""
    upright = Image.fromarray(GREY)
    stored = {
        1: upright,
        2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: upright.transpose(Image.Transpose.ROTATE_180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.transpose(Image.Transpose.ROTATE_90),
        7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.transpose(Image.Transpose.ROTATE_270),
    }[turn]
    exif = Image.Exif()
    exif[274] = turn

    np.testing.assert_array_equal(decode(saved(stored, exif=exif)).frame(0), GREY)


def test_transparency_is_black() -> None:
    clear = np.dstack([GREY, GREY, GREY, np.zeros_like(GREY)])

    assert decode(saved(Image.fromarray(clear))).frame(0).max() == 0


def test_our_own_png_round_trip() -> None:
    np.testing.assert_array_equal(decode(png_bytes(GREY)).frame(0), GREY)
