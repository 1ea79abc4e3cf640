"""Stored values to grey on screen, in the standard's order.

PS3.3 C.11.1 (modality LUT or rescale), C.11.2 (VOI LUT or window), then MONOCHROME1 inversion last
(C.7.6.3.1.2). The arithmetic is written twice: directly, and as a table over all stored values; tests hold
the two and pydicom's own functions equal.
"""

from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.imaging import GrayscalePipeline, LookupTable, Window, WindowFunction

_TABLE_PAYS_FROM: Final = 1 << 16
"""Pixels from which a table over the stored values is quicker than direct arithmetic."""

_BLOCK: Final = 1 << 15

_Kind = TypeVar("_Kind", np.float32, np.uint8)


def span(low: float, high: float, explanation: str) -> Window:
    """The window in which `low` is black and `high` is white."""
    width = high - low if high > low else 1.0
    return Window((low + high) / 2, width, WindowFunction.LINEAR_EXACT, explanation)


def modality_values(stored: NDArray[np.generic], pipeline: GrayscalePipeline) -> NDArray[np.float32]:
    """Modality LUT or rescale (PS3.3 C.11.1): any shape of stored integers to float32 of the same shape.

    The LUT, where there is one, wins over slope and intercept.
    """
    if pipeline.modality_lut is not None:
        return _looked_up(stored, pipeline.modality_lut)
    values = stored.astype(np.float32)
    if pipeline.rescale_slope != 1.0:
        values *= np.float32(pipeline.rescale_slope)
    if pipeline.rescale_intercept != 0.0:
        values += np.float32(pipeline.rescale_intercept)
    return values


def apply_window(values: NDArray[np.floating[Any]], window: Window) -> NDArray[np.float32]:
    """Modality values to 0..1 (PS3.3 C.11.2.1.2, C.11.2.1.3), same shape.

    LINEAR:        (x - (c - 0.5)) / (w - 1) + 0.5, clipped; for w = 1 a step at c - 0.5
    LINEAR_EXACT:  (x - c) / w + 0.5, clipped
    SIGMOID:       1 / (1 + exp(-4 (x - c) / w))
    """
    x = values.astype(np.float64)
    if window.function is WindowFunction.SIGMOID:
        power = np.clip(-4.0 * (x - window.center) / window.width, -700.0, 700.0)
        return (1.0 / (1.0 + np.exp(power))).astype(np.float32)
    center, width = window.center, window.width
    if window.function is WindowFunction.LINEAR:
        center, width = center - 0.5, width - 1.0
    if width <= 0:
        return (x > center).astype(np.float32)
    return np.clip((x - center) / width + 0.5, 0.0, 1.0).astype(np.float32)


def apply_lut(values: NDArray[np.generic], table: LookupTable) -> NDArray[np.float32]:
    """VOI LUT (PS3.3 C.11.2.1.1) to 0..1 of its output range, same shape; ends are held."""
    return _looked_up(values, table) / np.float32(2**table.bits - 1)


def display(
    stored: NDArray[np.generic],
    pipeline: GrayscalePipeline,
    window: Window | None = None,
    voi_lut: LookupTable | None = None,
) -> NDArray[np.float32]:
    """Grey on screen, 0..1, bright = 1, same shape as `stored` (single-channel integers).

    Without `window` and `voi_lut` it is the first view: the file's first window, else its first VOI LUT,
    else the window computed from the pixels.
    """
    if stored.size >= _TABLE_PAYS_FROM and stored.dtype.itemsize <= 2:
        return _taken(display_table(pipeline, stored.dtype, window, voi_lut), stored)
    return display_directly(stored, pipeline, window, voi_lut)


def display_directly(
    stored: NDArray[np.generic],
    pipeline: GrayscalePipeline,
    window: Window | None = None,
    voi_lut: LookupTable | None = None,
) -> NDArray[np.float32]:
    """As `display`, by arithmetic on every value."""
    values = modality_values(stored, pipeline)
    chosen = window or voi_lut or first_view(pipeline)
    shown = apply_lut(values, chosen) if isinstance(chosen, LookupTable) else apply_window(values, chosen)
    return np.float32(1.0) - shown if pipeline.inverted else shown


def first_view(pipeline: GrayscalePipeline) -> Window | LookupTable:
    """What a viewer shows first and Reset returns to."""
    if not pipeline.windows and pipeline.voi_luts:
        return pipeline.voi_luts[0]
    return pipeline.default_window


def display_table(
    pipeline: GrayscalePipeline,
    dtype: np.dtype[Any],
    window: Window | None = None,
    voi_lut: LookupTable | None = None,
) -> NDArray[np.float32]:
    """`display` of every stored value: shape (2^bits,), indexed by the value's bits read as unsigned.

    `dtype` is uint8, int8, uint16 or int16.
    """
    bits = dtype.itemsize * 8
    unsigned = np.arange(2**bits, dtype=f"u{dtype.itemsize}")
    return display_directly(unsigned.view(dtype), pipeline, window, voi_lut)


def display_bytes(
    stored: NDArray[np.generic],
    pipeline: GrayscalePipeline,
    window: Window | None = None,
    voi_lut: LookupTable | None = None,
) -> NDArray[np.uint8]:
    """Grey on screen as uint8, 0..255, rounded; a 2,000 x 2,000 image takes some milliseconds.

    Colour, shape (rows, columns, 3) uint8, is returned as it is.
    """
    if stored.ndim == 3 and stored.shape[-1] == 3:
        return stored.astype(np.uint8, copy=False)
    table = np.rint(display_table(pipeline, stored.dtype, window, voi_lut) * 255).astype(np.uint8)
    return _taken(table, stored)


def default_window(
    stored: NDArray[np.generic], pipeline: GrayscalePipeline, *, projection: bool = False
) -> Window:
    """A first window from the pixels, padding left out.

    From the least to the greatest value; in projection radiography (`projection`) from the 0.5th to the
    99.5th percentile of at most about 250,000 evenly spaced pixels, because markers, collimation and
    direct exposure would otherwise set the ends.
    """
    if projection:
        step = max(1, int(np.sqrt(stored.size / 250_000)))
        stored = stored[::step, ::step]
    kept = _without_padding(stored, pipeline)
    if kept.size == 0:
        return span(0.0, 1.0, "no pixel values")
    if projection:
        ends = np.percentile(kept, (0.5, 99.5), method="nearest").astype(kept.dtype)
        if ends[0] != ends[1]:
            values = modality_values(ends, pipeline)
            return span(float(values.min()), float(values.max()), "range of this image")
    values = modality_values(np.array([kept.min(), kept.max()], dtype=kept.dtype), pipeline)
    if pipeline.modality_lut is not None:
        values = modality_values(np.unique(kept), pipeline)
    return span(float(values.min()), float(values.max()), "range of this image")


def _without_padding(stored: NDArray[np.generic], pipeline: GrayscalePipeline) -> NDArray[Any]:
    """Pixel Padding Value and Range Limit (PS3.3 C.7.5.1.1.2), both ends included."""
    values: NDArray[Any] = stored.reshape(-1)
    if pipeline.padding_value is None:
        return values
    limit = pipeline.padding_value if pipeline.padding_limit is None else pipeline.padding_limit
    low, high = sorted((pipeline.padding_value, limit))
    return values[(values < low) | (values > high)]


def _looked_up(values: NDArray[Any], table: LookupTable) -> NDArray[np.float32]:
    entries = np.asarray(table.values, dtype=np.float32)
    whole = np.rint(values).astype(np.int64) if values.dtype.kind == "f" else values.astype(np.int64)
    looked_up: NDArray[np.float32] = entries[np.clip(whole - table.first, 0, len(entries) - 1)]
    return looked_up


def _taken(table: NDArray[_Kind], stored: NDArray[Any]) -> NDArray[_Kind]:
    """`table` at every stored value, read as unsigned; in blocks that stay in the processor's cache."""
    flat = np.ascontiguousarray(stored).view(f"u{stored.dtype.itemsize}").reshape(-1)
    out = np.empty(flat.shape, table.dtype)
    for start in range(0, flat.size, _BLOCK):
        part = slice(start, start + _BLOCK)
        np.take(table, flat[part], out=out[part], mode="clip")
    return out.reshape(stored.shape)
