"""Large files, many frames, many threads, and enhanced multi-frame objects."""

import io
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from medai_core.domain.imaging import SpacingKind, Window
from medai_core.imaging.decode import decode
from medai_core.imaging.wrap import wrap_as_dx


def test_a_long_loop_on_disk_is_never_loaded_whole(tmp_path: Path) -> None:
    """300 frames of 512 x 512, 150 MB (sparse): reading the last one needs a few megabytes."""
    first = np.zeros((1, 512, 512), np.uint16)
    content = wrap_as_dx(first, windows=(Window(10.0, 20.0),), extra={"NumberOfFrames": 300})
    at = len(content) - first.nbytes
    assert content[at - 12 : at - 4] == b"\xe0\x7f\x10\x00OW\0\0"
    path = tmp_path / "loop"
    with path.open("wb") as file:
        file.write(content[: at - 4] + (300 * first.nbytes).to_bytes(4, "little"))
        file.seek(at + 299 * first.nbytes)
        file.write(np.full((512, 512), 7, "<u2").tobytes())

    tracemalloc.start()
    try:
        scan = decode(path)
        last = scan.frame(299)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert scan.header.frames == 300
    assert (last == 7).all()
    assert peak < 8 * 2**20


def test_threads_share_a_scan() -> None:
    """Eight threads over six compressed frames see the right pixels."""
    frames = np.random.default_rng(6).integers(0, 4095, (6, 64, 64), dtype=np.uint16)
    scan = decode(wrap_as_dx(frames, encoding="jpeg-ls", bits_stored=12))
    wrong: list[int] = []

    def work(start: int) -> None:
        for step in range(12):
            index = (start + step) % 6
            if not np.array_equal(scan.frame(index), frames[index]):
                wrong.append(index)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not wrong


def test_enhanced_multi_frame_takes_its_functional_groups() -> None:
    """Spacing, rescale and window lie in shared and per-frame groups (PS3.3 C.7.6.16)."""
    dataset = pydicom.dcmread(io.BytesIO(wrap_as_dx(np.zeros((2, 8, 8), np.uint16))))
    dataset.Modality = "CT"
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    shared, frame, measures, values, voi = Dataset(), Dataset(), Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = [0.5, 0.75]
    shared.PixelMeasuresSequence = [measures]
    values.RescaleIntercept, values.RescaleSlope = -1024, 2
    frame.PixelValueTransformationSequence = [values]
    voi.WindowCenter, voi.WindowWidth = 40, 400
    frame.FrameVOILUTSequence = [voi]
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = [frame, frame]
    out = io.BytesIO()
    dataset.save_as(out)

    scan = decode(out.getvalue())

    assert (scan.header.spacing.row_mm, scan.header.spacing.column_mm) == (0.5, 0.75)
    assert scan.header.spacing.kind is SpacingKind.CALIBRATED
    assert (scan.pipeline.rescale_slope, scan.pipeline.rescale_intercept) == (2, -1024)
    assert (scan.pipeline.default_window.center, scan.pipeline.default_window.width) == (40, 400)


@pytest.mark.parametrize("bits", [8, 16])
def test_tables_come_through_a_file(bits: int) -> None:
    """Modality and VOI LUT, 8-bit entries packed or not."""
    from medai_core.imaging.grayscale import display

    table = Dataset()
    table.LUTDescriptor = [256, 0, bits]
    values = np.arange(255, -1, -1) * (257 if bits == 16 else 1)
    table.add_new(0x00283006, "OW", values.astype("u1" if bits == 8 else "<u2").tobytes())
    table.LUTExplanation = "steep"
    picture = np.arange(256, dtype=np.uint8).reshape(16, 16)

    scan = decode(wrap_as_dx(picture, extra={"VOILUTSequence": [table]}))

    assert scan.pipeline.voi_luts[0].explanation == "steep"
    assert scan.pipeline.windows == ()
    np.testing.assert_allclose(
        display(scan.frame(0), scan.pipeline), values.reshape(16, 16) / (2**bits - 1), atol=1e-6
    )


def test_broken_tables_are_told_and_left_out() -> None:
    """Fewer entries than the descriptor says."""
    table = Dataset()
    table.LUTDescriptor = [256, 0, 8]
    table.add_new(0x00283006, "OW", bytes(10))

    scan = decode(wrap_as_dx(np.zeros((4, 4), np.uint8), extra={"VOILUTSequence": [table]}))

    assert scan.pipeline.voi_luts == ()
    assert any("look-up table" in notice for notice in scan.header.notices)


def test_a_known_digest_spares_the_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is handed on as it was given."""
    from medai_core.imaging.source import Source

    monkeypatch.setattr(Source, "digest", lambda self: pytest.fail("hashed"))
    (tmp_path / "a").write_bytes(wrap_as_dx(np.zeros((4, 4), np.uint8)))

    assert decode(tmp_path / "a", digest="0" * 64).digest == "0" * 64
