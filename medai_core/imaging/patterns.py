"""Small pictures whose right appearance is known: for flips, turns and unequal spacing."""

import numpy as np
from numpy.typing import NDArray


def orientation_phantom(rows: int = 96, columns: int = 64) -> NDArray[np.uint16]:
    """A 12-bit picture in which every flip and turn shows: an L, one bright corner, a slope either way."""
    y, x = np.mgrid[0:rows, 0:columns]
    picture: NDArray[np.uint16] = (400 + 900 * x / columns + 1200 * y / rows).astype(np.uint16)
    picture[rows // 8 : rows // 2, columns // 2 : columns // 2 + columns // 12] = 3600
    picture[rows // 2 - rows // 12 : rows // 2, columns // 2 : columns - columns // 8] = 3600
    picture[: rows // 16, : columns // 16] = 4095
    return picture


def disc_phantom(
    *, row_mm: float, column_mm: float, diameter_mm: float = 40.0, size: int = 128
) -> NDArray[np.uint16]:
    """A round disc of true diameter on pixels of unequal spacing: an ellipse in pixels, 12 bits."""
    y = (np.arange(size)[:, None] - size / 2 + 0.5) * row_mm
    x = (np.arange(size)[None, :] - size / 2 + 0.5) * column_mm
    return np.where(x * x + y * y <= (diameter_mm / 2) ** 2, 3000, 500).astype(np.uint16)
