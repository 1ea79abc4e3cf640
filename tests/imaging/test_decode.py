"""Real files of every compression, equal to pydicom's own decoding, from bytes and from a path."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.pixels.utils import pixel_array

from medai_core.domain.imaging import SpacingKind
from medai_core.domain.refusal import Refusal
from medai_core.imaging.decode import decode, is_picture_or_dicom
from medai_core.imaging.samples import demo_dicom_paths
from medai_core.imaging.wrap import wrap_as_dx

Find = Callable[[str], Path]

READABLE = """
    CT_small MR_small MR_small_implicit MR_small_bigendian MR_small_expb MR_small_padded MR_small_RLE
    MR_small_jp2klossless MR_small_jpeg_ls_lossless 693_J2KI J2K_pixelrep_mismatch JPEG2000 GDCMJ2K_TextGBR
    JPEGLSNearLossless_08 JPEGLSNearLossless_16 SC_rgb_jpeg_gdcm SC_rgb_jpeg_dcmd SC_rgb_jpeg
    SC_jpeg_no_color_transform SC_rgb_dcmtk_+eb+cy+s4 SC_rgb_dcmtk_+eb+cr SC_rgb_jls_lossy_line
    SC_rgb_jls_lossy_sample SC_rgb_rle SC_rgb_rle_2frame SC_rgb_small_odd SC_rgb_small_odd_big_endian
    SC_rgb_small_odd_jpeg SC_ybr_full_422_uncompressed ExplVR_BigEnd image_dfl examples_rgb_color
    examples_ybr_color examples_jpeg2k examples_overlay""".split()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", READABLE)
def test_pixels_equal_pydicom(name: str, real_file: Find) -> None:
    """First and last frame, from memory and streamed from disk."""
    path = real_file(f"{name}.dcm")
    dataset = pydicom.dcmread(path)
    from_disk, from_memory = decode(path), decode(path.read_bytes())

    assert from_disk.header == from_memory.header
    assert from_disk.digest == from_memory.digest
    for index in {0, from_disk.header.frames - 1}:
        expected = pixel_array(dataset, index=index)
        np.testing.assert_array_equal(from_disk.frame(index), expected)
        np.testing.assert_array_equal(from_memory.frame(index), expected)


def test_wide_colour_comes_as_eight_bits(real_file: Find) -> None:
    """16-bit RGB keeps its upper half."""
    path = real_file("SC_rgb_rle_16bit.dcm")

    frame = decode(path).frame(0)

    assert frame.dtype == np.uint8
    np.testing.assert_array_equal(frame, pixel_array(path, index=0) >> 8)


def test_palette_colour_equals_pydicom(real_file: Find) -> None:
    """Three tables looked up, 16-bit entries brought to 8."""
    from pydicom.pixels.processing import apply_color_lut

    path = real_file("examples_palette.dcm")
    dataset = pydicom.dcmread(path)

    scan = decode(path)

    assert (scan.header.samples_per_pixel, scan.header.photometric_interpretation) == (3, "PALETTE COLOR")
    expected = apply_color_lut(pixel_array(dataset), dataset)
    np.testing.assert_array_equal(scan.frame(0), expected >> 8 if expected.dtype == np.uint16 else expected)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("DICOMDIR", "an index of files"),
        ("test-SR.dcm", "a structured report"),
        ("liver_1frame.dcm", "a segmentation"),
        ("rtdose.dcm", "radiation dose"),
        ("rtplan.dcm", "radiation therapy"),
        ("rtstruct.dcm", "contours"),
        ("waveform_ecg.dcm", "a waveform"),
        ("JPGExtended.dcm", "12-bit lossy JPEG"),
        ("SC_rgb_rle_32bit.dcm", "32 bits"),
        ("MR_truncated.dcm", "ends too early"),
        ("README.txt", "none of these"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(name: str, found: str, real_file: Find) -> None:
    """Each with what it is and what to do."""
    with pytest.raises(Refusal) as caught:
        decode(real_file(name)).frame(0)

    assert found in caught.value.found
    assert caught.value.what_to_do.endswith(".")


def test_demo_files_are_ct_mr_and_ultrasound() -> None:
    """All of pydicom's files that the demo shows are there and decode."""
    scans = [decode(path) for path in demo_dicom_paths()]

    assert [scan.header.modality for scan in scans] == ["CT", "CT", "MR", "MR", "US", "US"]
    assert [scan.header.frames for scan in scans] == [1, 1, 1, 1, 30, 1]
    assert all(scan.frame(0).size for scan in scans)


def test_name_and_extension_do_not_matter(real_file: Find, tmp_path: Path) -> None:
    """The content decides; without the preamble too."""
    content = real_file("CT_small.dcm").read_bytes()
    for name, bare in (("IM00001", content), ("film.txt", content), ("bare", content[132:])):
        (tmp_path / name).write_bytes(bare)
        assert decode(tmp_path / name).header.modality == "CT"
        assert is_picture_or_dicom(bare[:512])


def test_without_file_meta(real_file: Find) -> None:
    """A bare data set, implicit or explicit, is recognised by its first element."""
    for name in ("MR_small.dcm", "MR_small_implicit.dcm"):
        path = real_file(name)
        dataset = pydicom.dcmread(path)
        start = 132 + 12 + dataset.file_meta.FileMetaInformationGroupLength

        scan = decode(path.read_bytes()[start:])

        np.testing.assert_array_equal(scan.frame(0), pixel_array(path))
        assert any("recognised from its content" in notice for notice in scan.header.notices)


def test_frames_are_read_one_at_a_time(real_file: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading the last of 30 frames from disk takes a small part of the file."""
    from medai_core.imaging.source import Source

    path = real_file("examples_ybr_color.dcm")
    scan = decode(path)
    taken = []
    whole = Source.read

    def counted(self: Source, offset: int, length: int) -> bytes | memoryview:
        taken.append(length)
        return whole(self, offset, length)

    monkeypatch.setattr(Source, "read", counted)
    scan.frame(29)

    assert 0 < sum(taken) < path.stat().st_size / 10


def test_frames_are_read_only_and_kept(real_file: Find) -> None:
    """The same array again; nobody can write into it."""
    scan = decode(real_file("CT_small.dcm"))

    assert scan.frame(0) is scan.frame(0)
    assert not scan.frame(0).flags.writeable
    with pytest.raises(IndexError):
        scan.frame(1)


@pytest.mark.parametrize("encoding", ["explicit", "implicit", "deflated", "rle", "jpeg-ls", "jpeg2000"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int16])
def test_multi_frame_round_trip(encoding: str, kind: type) -> None:
    """Three frames of 12 (8) bits, signed and not, through every compression that can be written."""
    low, high = (-2048, 2047) if kind is np.int16 else (0, 255 if kind is np.uint8 else 4095)
    frames: NDArray[np.generic] = np.random.default_rng(3).integers(low, high, (3, 33, 47)).astype(kind)

    scan = decode(wrap_as_dx(frames, encoding=encoding, bits_stored=8 if kind is np.uint8 else 12))

    assert (scan.header.frames, scan.header.rows, scan.header.columns) == (3, 33, 47)
    for index in (2, 0, 1):
        np.testing.assert_array_equal(scan.frame(index), frames[index])


def test_bits_beyond_bits_stored_are_not_pixels() -> None:
    """Overlay bits in the upper nibble are taken away; a 12-bit sign is extended (PS3.5, 8.1.1)."""
    unsigned = decode(wrap_as_dx(np.array([[0xF123, 0x0456]], np.uint16), bits_stored=12))
    signed = decode(wrap_as_dx(np.array([[0x0FFF, 0x0001]], np.int16), bits_stored=12))

    assert unsigned.frame(0).tolist() == [[0x123, 0x456]]
    assert signed.frame(0).tolist() == [[-1, 1]]


def test_uncalibrated_detector_spacing_is_said_so() -> None:
    """PS3.3 10.7.1.3: Pixel Spacing equal to Imager Pixel Spacing is the detector's, not the patient's."""
    picture = np.zeros((4, 4), np.uint8)
    same = decode(wrap_as_dx(picture, pixel_spacing=(0.2, 0.1), imager_spacing=(0.2, 0.1))).header.spacing
    other = decode(wrap_as_dx(picture, pixel_spacing=(0.18, 0.09), imager_spacing=(0.2, 0.1))).header.spacing
    told = decode(wrap_as_dx(picture, pixel_spacing=(0.2, 0.1), calibration="FIDUCIAL")).header.spacing
    none = decode(wrap_as_dx(picture)).header.spacing

    assert (same.kind, same.row_mm, same.column_mm) == (SpacingKind.AT_DETECTOR, 0.2, 0.1)
    assert (other.kind, other.row_mm) == (SpacingKind.CALIBRATED, 0.18)
    assert told.kind is SpacingKind.CALIBRATED
    assert (none.kind, none.row_mm) == (SpacingKind.NONE, None)


def test_ct_spacing_is_calibrated_and_ultrasound_takes_its_region(real_file: Find) -> None:
    """CT by Pixel Spacing; ultrasound by its one region, centimetres to millimetres."""
    assert decode(real_file("CT_small.dcm")).header.spacing.kind is SpacingKind.CALIBRATED
    spacing = decode(real_file("examples_ybr_color.dcm")).header.spacing
    assert spacing.kind is SpacingKind.CALIBRATED
    assert spacing.row_mm == pytest.approx(0.5105, abs=1e-4)
