"""The one way from a scan to what a model sees: used by recipes, command line and pages alike.

The picture is squeezed to a square (its aspect is not kept: at the source of the public paediatric films
the aspect tells the class, and their published form is squeezed too), brought to the model's size with
antialiasing, and its grey values are replaced by their contrast-limited rank. The last step makes the
input nearly the same under any window, gamma or exposure that does not clip.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from medai_core.domain.imaging import Scan
from medai_core.domain.refusal import Refusal
from medai_core.imaging import refusals
from medai_core.imaging.grayscale import display

CENTER_FRACTION: Final = 0.8
"""Part of rows and columns, around the middle, whose grey values set the scale: markers, collimation and
padding lie outside."""

PERCENTILES: Final = (1.0, 99.0)
BINS: Final = 256
CLIP_LIMIT: Final = 3.0
"""No grey level counts for more than this many times the mean of all levels: flat areas are not torn up."""

MINIMUM_RANGE: Final = 2.0 / 255.0
"""A picture whose grey values span less than this (of 0..1) shows nothing."""

MINIMUM_SIDE: Final = 96
"""Rows and columns below which a chest film holds too little to read."""


def square_input(grey: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Grey picture -> what a model sees.

    Parameters
    ----------
    grey : array, shape (rows, columns), float32, 0..1, bright = white on screen
    size : int
        Rows and columns wanted.

    Returns
    -------
    array, shape (size, size, 1), float32, 0..1

    Raises
    ------
    Refusal
        "image-too-small" or "image-blank".
    """
    rows, columns = grey.shape
    if min(rows, columns) < MINIMUM_SIDE:
        raise refusals.image_too_small(rows, columns, MINIMUM_SIDE)
    return rank_normalise(squeeze(grey, size))[..., None]


def any_input(squeezed: NDArray[np.float32]) -> NDArray[np.float32]:
    """A squeezed picture as a model sees it, shape (size, size, 1); middle grey where it shows nothing."""
    try:
        return rank_normalise(squeezed)[..., None]
    except Refusal:
        return np.full((*squeezed.shape, 1), 0.5, dtype=np.float32)


def squeeze(grey: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """`grey` at (size, size), antialiased; whole blocks are averaged first where the picture is large."""
    rows, columns = grey.shape
    down, across = max(1, rows // (2 * size)), max(1, columns // (2 * size))
    if down > 1 or across > 1:
        # the part of the picture that whole blocks cover; the remainder is below one output pixel
        kept = grey[: rows // down * down, : columns // across * across]
        rows_of_blocks = kept.reshape(kept.shape[0] // down, down, kept.shape[1])
        by_row = rows_of_blocks[:, 0].copy()
        for row in range(1, down):  # adding whole rows is faster than a mean over an inner axis
            by_row += rows_of_blocks[:, row]
        weight = np.full(across, 1.0 / (down * across), dtype=np.float32)
        grey = by_row.reshape(len(by_row), kept.shape[1] // across, across) @ weight
    image = Image.fromarray(np.ascontiguousarray(grey, dtype=np.float32))
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR))


def rank_normalise(square: NDArray[np.float32]) -> NDArray[np.float32]:
    """Grey values -> their contrast-limited rank among those of the picture's middle, 0..1.

    Raises Refusal "image-blank" where the middle shows nothing.
    """
    low, high = grey_range(square)
    if high - low < MINIMUM_RANGE:
        raise refusals.image_blank()
    scaled = (square - low) / (high - low)
    inside = middle(scaled)
    counts, _ = np.histogram(inside, bins=BINS, range=(0.0, 1.0))
    density = counts / max(1, counts.sum())
    limit = CLIP_LIMIT / BINS
    clipped = np.minimum(density, limit)
    clipped += (1.0 - clipped.sum()) / BINS
    cumulative = np.concatenate([[0.0], np.cumsum(clipped)])
    edges = np.linspace(0.0, 1.0, BINS + 1)
    # interpolation at an edge may fall short of 0 by a rounding error
    ranks: NDArray[np.float32] = np.clip(np.interp(scaled, edges, cumulative), 0.0, 1.0).astype(np.float32)
    return ranks


def middle(square: NDArray[np.float32]) -> NDArray[np.float32]:
    """The part of a picture whose grey values set the scale: `CENTER_FRACTION` of rows and columns."""
    rows, columns = square.shape
    top, left = (int(side * (1 - CENTER_FRACTION) / 2) for side in (rows, columns))
    return square[top : rows - top, left : columns - left]


def grey_range(square: NDArray[np.float32]) -> tuple[float, float]:
    """Low and high end (`PERCENTILES`) of the grey values in a picture's middle."""
    low, high = np.percentile(middle(square), PERCENTILES)
    return low, high


def model_input(scan: Scan, size: int, frame: int = 0) -> NDArray[np.float32]:
    """What a model of input `size` sees of `scan`: shape (size, size, 1), float32, 0..1.

    Raises Refusal where the pixels cannot be decoded, or "not-grey", "image-too-small", "image-blank".
    """
    return square_input(first_view(scan, frame), size)


def first_view(scan: Scan, frame: int = 0, *, colour: bool = False) -> NDArray[np.float32]:
    """Grey values on screen, shape (rows, columns), float32, 0..1, bright = white.

    They are those of the file's own first view: its modality transform and default window or VOI LUT,
    inversion last (PS3.3 C.7.6.3, C.11). `colour` lets colour pass, as its luminance.

    Raises Refusal where the pixels cannot be decoded, or "not-grey".
    """
    stored = scan.frame(frame)
    if stored.ndim == 2:
        return display(stored, scan.pipeline)
    if not colour:
        raise refusals.not_grey()
    luminance = Image.fromarray(stored.astype(np.uint8)).convert("L")
    return np.asarray(luminance, dtype=np.float32) / np.float32(255)
