"""Real DICOM files that come with pydicom, for the demo."""

from pathlib import Path
from typing import Final

_NAMES: Final = (
    "CT_small.dcm",
    "693_J2KI.dcm",
    "MR_small.dcm",
    "examples_overlay.dcm",
    "examples_ybr_color.dcm",
    "examples_palette.dcm",
)
"""CT, CT (JPEG 2000), MR, MR, ultrasound of 30 frames, ultrasound with a palette."""


def demo_dicom_paths() -> tuple[Path, ...]:
    """The files, in the order in which the demo shows them; CT, MR and ultrasound."""
    import pydicom

    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    return tuple(path for name in _NAMES if (path := folder / name).is_file())
