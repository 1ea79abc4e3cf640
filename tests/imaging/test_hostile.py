"""Files that lie, end early, nest, or explode: one plain refusal each, memory bounded."""

import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.encaps import encapsulate

from medai_core.domain.refusal import Refusal
from medai_core.imaging import container
from medai_core.imaging.codestream import read_codestream
from medai_core.imaging.decode import decode
from medai_core.imaging.isolated import decode_isolated
from medai_core.imaging.wrap import wrap_as_dx

PICTURE = np.arange(4096, dtype=np.uint16).reshape(64, 64)


def changed(content: bytes, **values: Any) -> bytes:
    """The same file with header values that do not fit its pixels."""
    dataset = pydicom.dcmread(io.BytesIO(content))
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    out = io.BytesIO()
    dataset.save_as(out)
    return out.getvalue()


def refused(content: bytes | Path) -> Refusal:
    """The refusal; peak memory of the attempt is below 64 MB."""
    tracemalloc.start()
    try:
        with pytest.raises(Refusal) as caught:
            decode(content).frame(0)
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    finally:
        tracemalloc.stop()
    assert caught.value.expected
    assert caught.value.what_to_do.endswith(".")
    assert "Error" not in caught.value.sentence
    return caught.value


def test_empty() -> None:
    assert refused(b"").code == "file-empty"


def test_text_renamed(tmp_path: Path) -> None:
    (tmp_path / "scan.dcm").write_text("Dear colleague, please find enclosed\n" * 50)

    assert refused(tmp_path / "scan.dcm").code == "not-an-image"


def test_missing_path(tmp_path: Path) -> None:
    assert refused(tmp_path / "nothing.dcm").code == "file-unreadable"


@pytest.mark.parametrize("kept", [133, 300, 900, -1, -64])
def test_truncated(kept: int) -> None:
    assert refused(wrap_as_dx(PICTURE)[:kept]).code in ("file-truncated", "header-unreadable")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"Rows": 32768, "Columns": 32767}, "too-large"),
        ({"Rows": 9000, "Columns": 9000}, "header-wrong"),
        ({"NumberOfFrames": 2**30}, "header-wrong"),
        ({"Rows": 0}, "header-wrong"),
        ({"SamplesPerPixel": 3}, "header-wrong"),
        ({"SamplesPerPixel": 7}, "header-wrong"),
        ({"PhotometricInterpretation": "RGB"}, "header-wrong"),
        ({"PhotometricInterpretation": "HSV"}, "header-wrong"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "header-wrong"),
        ({"BitsAllocated": 32}, "header-wrong"),
        ({"BitsAllocated": 12}, "header-wrong"),
        ({"NumberOfFrames": -5}, "header-wrong"),
    ],
)
def test_lying_headers(values: dict[str, Any], code: str) -> None:
    """Refused by the file's real length, before anything of that size is allocated."""
    assert refused(changed(wrap_as_dx(PICTURE), **values)).code == code


@pytest.mark.parametrize("encoding", ["rle", "jpeg-ls", "jpeg2000"])
@pytest.mark.parametrize("values", [{"Rows": 9000, "Columns": 9000}, {"NumberOfFrames": 500_000}])
def test_lying_headers_over_compressed_pixels(encoding: str, values: dict[str, int]) -> None:
    """The codestream's own size decides; RLE by what its bytes can fill."""
    code = refused(changed(wrap_as_dx(PICTURE, encoding=encoding), **values)).code

    assert code in ("header-wrong", "pixels-unreadable")


def test_codestream_that_claims_a_gigabyte() -> None:
    """SIZ of a small JPEG 2000 says 30,000 x 30,000; so does the header."""
    content = wrap_as_dx(PICTURE, encoding="jpeg2000")
    at = content.index(b"\xff\x4f\xff\x51") + 8
    big = content[:at] + struct.pack(">4L", 30_000, 30_000, 0, 0) + content[at + 16 :]

    assert refused(changed(big, Rows=30_000, Columns=30_000)).code == "too-large"


def test_codestream_of_a_million_tiles() -> None:
    """Each tile costs a decoder memory."""
    head = (
        b"\xff\x4f\xff\x51" + struct.pack(">HH8LH", 41, 0, 8000, 8000, 0, 0, 1, 1, 0, 0, 1) + b"\x0f\x01\x01"
    )

    with pytest.raises(Refusal):
        read_codestream(head)


def test_deflate_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kilobyte that inflates without end stops at the limit."""
    monkeypatch.setattr(container, "MAX_INFLATED_BYTES", 4 * 2**20)
    whole = wrap_as_dx(PICTURE, encoding="deflated")
    start = whole.index(b"1.2.840.10008.1.2.1.99")
    _, offset = container._file_meta(container.Source(whole), 132)
    machine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = whole[:offset] + machine.compress(bytes(64 * 2**20)) + machine.flush()

    assert start < offset
    assert len(bomb) < 2**18
    assert refused(bomb).code == "too-large"


def test_damaged_deflate() -> None:
    whole = bytearray(wrap_as_dx(PICTURE, encoding="deflated"))
    _, offset = container._file_meta(container.Source(bytes(whole)), 132)
    whole[offset : offset + 100] = b"\xff" * 100

    assert refused(bytes(whole)).code in ("header-unreadable", "file-truncated")


def test_absurd_nesting() -> None:
    """Fifty thousand sequences inside each other."""
    item = b"\x40\x00\x75\x02SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    whole = wrap_as_dx(PICTURE)
    at = whole.index(b"\x28\x00\x02\x00US")

    assert refused(whole[:at] + item * 50_000 + whole[at:]).code == "header-unreadable"


def test_header_of_endless_small_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    """A budget of reads, whatever the file's length."""
    monkeypatch.setattr(container, "MAX_HEADER_READS", 20_000)
    whole = wrap_as_dx(PICTURE)
    at = whole.index(b"\x28\x00\x02\x00US")

    assert refused(whole[:at] + b"\x21\x00\x01\x10LO\0\0" * 30_000 + whole[at:]).code == "too-large"


def test_fragments_that_run_beyond_the_file() -> None:
    whole = wrap_as_dx(PICTURE, encoding="jpeg2000")
    at = whole.rindex(b"\xfe\xff\x00\xe0")

    assert refused(whole[: at + 4] + b"\xff\xff\xff\x7f" + whole[at + 8 :]).code == "file-truncated"


def test_compressed_pixels_of_an_unknown_kind() -> None:
    """MPEG-4 is named by the standard's own name."""
    whole = wrap_as_dx(PICTURE, encoding="jpeg2000").replace(
        b"1.2.840.10008.1.2.4.90", b"1.2.840.10008.1.2.4.102"[:22]
    )

    assert (
        refused(whole.replace(b"1.2.840.10008.1.2.4.10", b"1.2.840.10008.1.2.4.99")).code
        == "compression-unknown"
    )


def test_compressed_although_the_header_says_native(real_file: Callable[[str], Path]) -> None:
    """Recognised from the pixels, and told."""
    content = real_file("MR_small_jp2klossless.dcm").read_bytes()
    scan = decode(content.replace(b"1.2.840.10008.1.2.4.90", b"1.2.840.10008.1.2.1\0\0\0"))

    np.testing.assert_array_equal(scan.frame(0), decode(content).frame(0))
    assert any("recognised from the pixels" in notice for notice in scan.header.notices)


def test_a_codec_that_aborts_takes_only_its_worker_along(real_file: Callable[[str], Path]) -> None:
    """GDCM ends its process on this JPEG (a bad JFIF revision and sampling); the caller gets None."""
    path = real_file("SC_rgb_dcmtk_+eb+cy+n2.dcm")
    frame = bytearray(
        next(iter(pydicom.encaps.generate_frames(pydicom.dcmread(path).PixelData, number_of_frames=1)))
    )
    frame[-40:] = b""
    options = {
        "rows": 100,
        "columns": 100,
        "samples_per_pixel": 3,
        "photometric_interpretation": "YBR_FULL",
        "bits_allocated": 8,
        "bits_stored": 8,
        "pixel_representation": 0,
        "planar_configuration": 0,
        "number_of_frames": 1,
        "pixel_keyword": "PixelData",
    }
    for damage in range(0, 256, 16):
        frame[16] = damage
        decode_isolated(bytes(frame), "1.2.840.10008.1.2.4.50", "gdcm", options)

    again = decode(real_file("SC_rgb_jpeg_gdcm.dcm"))
    assert again.frame(0).shape == (100, 100, 3)


def test_a_codec_that_never_ends_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer in time is no answer."""
    frame = np.random.default_rng(1).integers(0, 4096, (1500, 1500), dtype=np.uint16)
    content = wrap_as_dx(frame, encoding="jpeg2000")
    monkeypatch.setattr("medai_core.imaging.isolated.SECONDS_PER_FRAME", 0.01)
    dataset = pydicom.dcmread(io.BytesIO(content))
    code = next(iter(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1)))

    assert decode_isolated(code, "1.2.840.10008.1.2.4.90", "pylibjpeg", {}, seconds=0.01) is None


def test_huge_picture_is_refused_by_its_header() -> None:
    """A PNG of 60,000 x 60,000 in a few bytes."""
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, "PNG")
    content = bytearray(out.getvalue())
    content[16:24] = struct.pack(">LL", 60_000, 60_000)
    content[29:33] = struct.pack(">L", zlib.crc32(content[12:29]))

    assert refused(bytes(content)).code == "too-large"


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("part", [0.2, 0.6, 0.95])
def test_truncated_picture(kind: str, part: float) -> None:
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (40, 50, 3), dtype=np.uint8)).save(out, kind)
    content = out.getvalue()

    assert refused(content[: int(len(content) * part)]).code == "pixels-unreadable"


def test_fragments_are_found_by_table_and_by_start() -> None:
    """Two frames of several fragments each, with and without a basic offset table."""
    frames = np.random.default_rng(5).integers(0, 4095, (2, 40, 40), dtype=np.uint16)
    dataset = pydicom.dcmread(io.BytesIO(wrap_as_dx(frames, encoding="jpeg2000")))
    parts = list(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=2))
    for table in (True, False):
        dataset.PixelData = encapsulate(parts, fragments_per_frame=3, has_bot=table)
        out = io.BytesIO()
        dataset.save_as(out)
        scan = decode(out.getvalue())
        for index in (0, 1):
            np.testing.assert_array_equal(scan.frame(index), frames[index])
