"""Damaged files end as a scan or as a refusal: never as another exception, never as a dead process."""

import os

from tests.imaging import mutations

COUNT = int(os.environ.get("MEDAI_FUZZ", "400"))
SEED = 20260401


def test_mutations_of_real_files_are_read_or_refused() -> None:
    """`MEDAI_FUZZ` sets how many; 20,000 is the full run."""
    result = mutations.run(COUNT, SEED)

    assert not result.failures, "\n".join(result.failures[:20])
    assert sum(result.counts.values()) == COUNT
    assert result.counts["read"] > COUNT // 20
    assert len(result.counts) > 4
    assert result.grown_mebibytes < 600


def test_seeds_hold_every_kind_of_compression() -> None:
    """A fuzz run without a codec's files would prove nothing of that codec."""
    names = {name for name, _ in mutations.seeds()}

    assert {
        "CT_small.dcm",
        "MR_small_RLE.dcm",
        "MR_small_jp2klossless.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
        "SC_rgb_jpeg_gdcm.dcm",
        "image_dfl.dcm",
        "MR_small_bigendian.dcm",
        "colour.jpg",
        "grey.png",
    } <= names
