"""A decoded picture and everything needed to show it as the standard says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import TYPE_CHECKING

from medai_core.domain.people import PatientIdentity

if TYPE_CHECKING:  # the start of the app needs these words, and no numbers yet
    import numpy as np
    from numpy.typing import NDArray


class WindowFunction(StrEnum):
    """VOI LUT Function (0028,1056)."""

    LINEAR = "LINEAR"
    LINEAR_EXACT = "LINEAR_EXACT"
    SIGMOID = "SIGMOID"


@dataclass(frozen=True, slots=True)
class Window:
    """Window Center (0028,1050) and Window Width (0028,1051), in modality units."""

    center: float
    width: float
    function: WindowFunction = WindowFunction.LINEAR
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class LookupTable:
    """A Modality or VOI LUT: `first` is the input value mapped to `values[0]`; `bits` the output depth."""

    first: int
    values: tuple[int, ...]
    bits: int
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class GrayscalePipeline:
    """Stored value -> grey value, in the order of PS3.3 C.7.6.3, C.11.1 and C.11.2.

    Modality LUT or rescale, then VOI LUT or window, then MONOCHROME1 inversion last.
    `default_window` is never None for single-channel images: where the file gives neither window nor
    VOI LUT, it spans the pixel values found (padding left out).
    """

    default_window: Window
    rescale_slope: float = 1.0
    rescale_intercept: float = 0.0
    modality_lut: LookupTable | None = None
    windows: tuple[Window, ...] = ()
    voi_luts: tuple[LookupTable, ...] = ()
    inverted: bool = False
    padding_value: int | None = None
    padding_limit: int | None = None


class SpacingKind(StrEnum):
    """How far a length measured on the image may be trusted."""

    CALIBRATED = "calibrated"
    AT_DETECTOR = "at detector"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Spacing:
    """Millimetres between neighbouring rows and columns, and what they mean."""

    row_mm: float | None = None
    column_mm: float | None = None
    kind: SpacingKind = SpacingKind.NONE


@dataclass(frozen=True, slots=True)
class ScanHeader:
    """What the file says of itself, in DICOM's keywords. Absent is None or empty, never a guess.

    `age_years` is from PatientAge, else from birth and study dates, else None. `source` is ``"dicom"``
    or ``"picture"``; a picture has neither age nor view nor modality (`modality` is then empty).
    """

    source: str
    rows: int
    columns: int
    frames: int
    samples_per_pixel: int
    photometric_interpretation: str
    bits_stored: int
    signed: bool
    modality: str = ""
    patient: PatientIdentity | None = None
    age_years: float | None = None
    view_position: str = ""
    body_part: str = ""
    laterality: str = ""
    patient_orientation: tuple[str, ...] = ()
    study_uid: str = ""
    series_uid: str = ""
    sop_instance_uid: str = ""
    sop_class_uid: str = ""
    transfer_syntax_uid: str = ""
    accession_number: str = ""
    study_description: str = ""
    series_description: str = ""
    series_number: int | None = None
    instance_number: int | None = None
    study_date: date | None = None
    study_time: time | None = None
    requested_priority: str = ""
    lossy: bool = False
    lossy_ratio: float | None = None
    frame_time_ms: float | None = None
    spacing: Spacing = Spacing()
    virtual: bool = False
    """The file says that it shows no person: a computed picture or a phantom. Viewed, never scored."""
    notices: tuple[str, ...] = ()
    """Sentences about the header that a reader should see (odd values that were read around)."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A decoded file: header, grey-scale pipeline, pixels on demand.

    `frame(i)` gives frame `i` as an array of stored values, shape (rows, columns), uint8/uint16/int16,
    or (rows, columns, 3) uint8 RGB for colour; it raises `Refusal` where the pixels cannot be decoded.
    `digest` is the SHA-256 (hex) of the file's bytes.
    """

    header: ScanHeader
    pipeline: GrayscalePipeline
    frame: Callable[[int], NDArray[np.generic]] = field(repr=False, compare=False)
    digest: str
