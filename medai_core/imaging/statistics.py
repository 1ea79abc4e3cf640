"""What a picture is like in a few numbers, to see whether a model is still given what it learned from.

describe (a scan), describe_picture (grey values); reference, references, reference_of_names (histograms for
a card), bin_counts.

The grey figures are taken at 128 x 128, squeezed as for a model, so that a film at full size and a training
film that was kept small are comparable; sharpness at half of that, where it does not matter how a small
copy was made. `SHAPE` holds what only the original's own rows and columns tell.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.imaging import Scan
from medai_core.imaging.grayscale import display
from medai_core.imaging.preprocess import squeeze

SIZE: Final = 128
BLACK: Final = 0.02
WHITE: Final = 0.98
BINS: Final = 10

NAMES: Final = {
    "mean_grey": "mean grey value on screen, 0 (black) to 1 (white)",
    "contrast": "standard deviation of the grey values, 0 to 0.5",
    "sharpness": "standard deviation of the Laplacian at 64 x 64, 0 to 4",
    "entropy": "entropy of the grey values in 64 steps, 0 to 6 bits",
    "black_share": "share of pixels at or near black, 0 to 1",
    "white_share": "share of pixels at or near white, 0 to 1",
    "edge_grey": "mean grey value of the outermost tenth on each side, 0 to 1",
    "symmetry": "correlation of the picture with its mirror image, -1 to 1",
    "width_to_height": "columns over rows of the original, above 0",
    "short_side": "rows or columns of the original, whichever are fewer, in pixels",
}
"""Every statistic with its meaning and range."""

SHAPE: Final = ("width_to_height", "short_side")
"""Of the original alone: no reference for these where the training films were kept at another size."""

_STEPS: Final = 64


def describe(scan: Scan, frame: int = 0) -> dict[str, float]:
    """The statistics (`NAMES`) of a scan's first view; of colour, those of the mean of its channels.

    Raises Refusal where the pixels cannot be decoded.
    """
    stored = scan.frame(frame)
    rows, columns = stored.shape[:2]
    step = max(1, min(rows, columns) // (4 * SIZE))
    thinned = stored[::step, ::step]
    if stored.ndim == 3:
        grey = (thinned.mean(axis=-1) / 255.0).astype(np.float32)
    else:
        grey = display(np.ascontiguousarray(thinned), scan.pipeline)
    return describe_picture(grey, rows=rows, columns=columns)


def describe_picture(grey: NDArray[np.float32], *, rows: int = 0, columns: int = 0) -> dict[str, float]:
    """The statistics of a grey picture, shape (rows, columns), float32, 0..1.

    `rows` and `columns` are those of the original where `grey` is a smaller copy.
    """
    high, wide = rows or grey.shape[0], columns or grey.shape[1]
    small = squeeze(grey, SIZE).astype(np.float64)
    counts, _ = np.histogram(small, bins=_STEPS, range=(0.0, 1.0))
    share = counts[counts > 0] / small.size
    half = small.reshape(SIZE // 2, 2, SIZE // 2, 2).mean(axis=(1, 3))
    laplacian = half[:-2, 1:-1] + half[2:, 1:-1] + half[1:-1, :-2] + half[1:-1, 2:] - 4 * half[1:-1, 1:-1]
    border = SIZE // 10
    inner = small[border:-border, border:-border]
    values = {
        "mean_grey": small.mean(),
        "contrast": small.std(),
        "sharpness": laplacian.std(),
        "entropy": max(0.0, float(-(share * np.log2(share)).sum())),
        "black_share": (small <= BLACK).mean(),
        "white_share": (small >= WHITE).mean(),
        "edge_grey": (small.sum() - inner.sum()) / (small.size - inner.size),
        "symmetry": _correlation(small, small[:, ::-1]),
        "width_to_height": wide / high,
        "short_side": min(wide, high),
    }
    return {name: round(float(value), 5) for name, value in values.items()}


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Pearson's correlation; 0 where a picture is uniform."""
    spread = one.std() * other.std()
    if spread < 1e-12:
        return 0.0
    return float(((one - one.mean()) * (other - other.mean())).mean() / spread)


def reference(values: Sequence[float] | NDArray[Any], bins: int = BINS) -> dict[str, Any]:
    """A histogram for a card: ``{"edges": [...], "shares": [...], "n": values}``.

    The edges are quantiles, so that bins hold about the same share (fewer bins where values repeat); the
    first and the last bin are meant open, and hold whatever lies outside. `values` must be finite, and some.
    """
    given = np.asarray(values, dtype=np.float64)
    if given.size == 0 or not np.isfinite(given).all():
        raise ValueError("a reference needs finite values")
    quantiles = np.quantile(given, np.linspace(0.0, 1.0, bins + 1))
    edges = np.unique([float(f"{edge:.6g}") for edge in quantiles])
    if len(edges) < 3:  # one value, or nearly: below it, at it, above it
        middle, width = (
            float(edges.mean()),
            max(float(edges[-1] - edges[0]), abs(float(edges[0])) * 1e-3, 1e-6),
        )
        edges = np.array([middle - 2 * width, middle - width, middle + width, middle + 2 * width])
    shares = bin_counts(given, edges) / given.size
    return {
        "edges": [float(edge) for edge in edges],
        "shares": [round(float(share), 6) for share in shares],
        "n": int(given.size),
    }


def references(described: Iterable[Mapping[str, float]], *, shape: bool = True) -> dict[str, dict[str, Any]]:
    """`reference` of every statistic of many pictures; those of `SHAPE` left out unless `shape`."""
    rows = list(described)
    names = [name for name in NAMES if shape or name not in SHAPE]
    return {name: reference([row[name] for row in rows]) for name in names}


def reference_of_names(values: Iterable[str]) -> dict[str, Any]:
    """As `reference` for what is no number, as views: ``{"categories", "shares", "n"}``."""
    counted = Counter(values)
    total = sum(counted.values())
    if not total:
        raise ValueError("a reference needs values")
    names = sorted(counted)
    return {
        "categories": names,
        "shares": [round(counted[name] / total, 6) for name in names],
        "n": total,
    }


def bin_counts(values: NDArray[Any], edges: Sequence[float] | NDArray[Any]) -> NDArray[np.int64]:
    """How many values lie in each bin; the first and the last bin are open. Shape (len(edges) - 1,)."""
    inner = np.asarray(edges, dtype=np.float64)[1:-1]
    index = np.searchsorted(inner, np.asarray(values, dtype=np.float64), side="right")
    return np.bincount(index, minlength=len(inner) + 1).astype(np.int64)
