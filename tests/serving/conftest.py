"""Headers, scans and cards to ask the gate about."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from medai_core.domain.imaging import GrayscalePipeline, Scan, ScanHeader, Window
from tests.support.films import chest

MODEL = "paediatric_pneumonia"


def film_header(**changes: Any) -> ScanHeader:
    """A DICOM header that the model accepts, with changes."""
    header = ScanHeader(
        source="dicom",
        rows=256,
        columns=300,
        frames=1,
        samples_per_pixel=1,
        photometric_interpretation="MONOCHROME2",
        bits_stored=8,
        signed=False,
        modality="DX",
        age_years=3.0,
        view_position="AP",
        body_part="CHEST",
    )
    return replace(header, **changes)


def picture_header(**changes: Any) -> ScanHeader:
    """A picture's header: neither age, view nor modality."""
    return film_header(
        source="picture", modality="", age_years=None, view_position="", body_part="", **changes
    )


@pytest.fixture
def make_scan() -> Callable[..., Scan]:
    """A child's film, a little brighter with each seed, under a header; or other `pixels`."""

    def make(header: ScanHeader | None = None, *, seed: int = 1, pixels: Any = None) -> Scan:
        header = header or film_header()
        if pixels is None:
            name = "pneumonia" if seed % 2 else "normal"
            pixels = np.minimum(chest(name, rows=256, columns=300), 255 - seed) + np.uint8(seed)
        digest = hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()
        return Scan(header, GrayscalePipeline(Window(128.0, 256.0)), lambda frame: pixels, digest=digest)

    return make
