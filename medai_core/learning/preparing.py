"""From columns as they were read to a matrix that an estimator takes: impute, scale, encode, select.

Everything is learned from the training rows alone, so that a row that is held out says nothing of itself.
`X` has shape (n, columns), NaN where a value is missing; a column of choices holds the number of the choice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

NUMBER: Final = 0
"""Stands among `sizes` for a column of numbers (yes and no are 1 and 0); else the number of choices."""

MISSING_FROM: Final = 0.02
"""A column that lacks so much of its values gets one more that says where; with less it would say nothing."""

_FEWEST: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Preparation:
    """What was learned of the training rows.

    Attributes
    ----------
    sizes : how many choices each column has, `NUMBER` for numbers
    middles : array, shape (columns,): the median that stands for a missing number
    flagged : columns that get a further one saying where a value is missing
    means, scales : arrays, shape (expanded,): of the expanded columns
    kept : array of int: which expanded columns the estimator sees
    """

    sizes: tuple[int, ...]
    middles: Values
    flagged: tuple[int, ...]
    means: Values
    scales: Values
    kept: NDArray[np.int64]

    @property
    def sources(self) -> NDArray[np.int64]:
        """For every column that the estimator sees, the column of `X` that it came from."""
        return _sources(self.sizes, self.flagged)[self.kept]

    def transform(self, X: Values) -> Values:
        """Shape (n, kept): scaled, without gaps."""
        expanded = _expanded(X, self.sizes, self.middles, self.flagged)
        return (expanded[:, self.kept] - self.means[self.kept]) / self.scales[self.kept]

    def only(self, columns: Sequence[int]) -> "Preparation":
        """The same for a matrix that holds some of the columns alone, all that are read among them."""
        sources = _sources(self.sizes, self.flagged)
        here = np.isin(sources, np.asarray(columns))
        places = {column: place for place, column in enumerate(columns)}
        return Preparation(
            tuple(self.sizes[column] for column in columns),
            self.middles[list(columns)],
            tuple(places[column] for column in self.flagged if column in places),
            self.means[here],
            self.scales[here],
            (np.cumsum(here) - 1)[self.kept],
        )

    def as_dict(self) -> dict[str, Any]:
        """For a model's folder."""
        return {
            "sizes": list(self.sizes),
            "middles": self.middles.tolist(),
            "flagged": list(self.flagged),
            "means": self.means.tolist(),
            "scales": self.scales.tolist(),
            "kept": self.kept.tolist(),
        }

    @staticmethod
    def from_dict(data: dict[str, Any]) -> "Preparation":
        """Read what `as_dict` gave."""
        return Preparation(
            tuple(int(one) for one in data["sizes"]),
            np.asarray(data["middles"], dtype=np.float64),
            tuple(int(one) for one in data["flagged"]),
            np.asarray(data["means"], dtype=np.float64),
            np.asarray(data["scales"], dtype=np.float64),
            np.asarray(data["kept"], dtype=np.int64),
        )


def fit_preparation(X: Values, y: Values, sizes: Sequence[int], *, most: int | None = None) -> Preparation:
    """Learn it from training rows.

    Parameters
    ----------
    y : array, shape (n,), 0 or 1
    most : int, optional
        As many expanded columns are kept at most: those that differ most between the classes (F of a one-way
        analysis of variance); all that vary where None.
    """
    numbers = np.array([size == NUMBER for size in sizes])
    gaps = np.isnan(X)
    middles = np.zeros(X.shape[1])
    filled = numbers & (~gaps).any(axis=0)
    if filled.any():
        middles[filled] = np.nanmedian(X[:, filled], axis=0)
    share = gaps.mean(axis=0) if len(X) else np.zeros(X.shape[1])
    flagged = tuple(int(one) for one in np.flatnonzero((share >= MISSING_FROM) & (share < 1.0)))
    expanded = _expanded(X, sizes, middles, flagged)
    means, scales = expanded.mean(axis=0), expanded.std(axis=0)
    varying = np.flatnonzero(_varies(expanded, means, scales))
    if most is not None and len(varying) > most:
        order = np.argsort(-_differences(expanded[:, varying], y), kind="stable")
        varying = np.sort(varying[order[:most]])
    return Preparation(
        tuple(int(size) for size in sizes),
        middles,
        flagged,
        means,
        np.where(scales > 0, scales, 1.0),
        varying.astype(np.int64),
    )


def _varies(expanded: Values, means: Values, scales: Values) -> NDArray[np.bool_]:
    """Columns that are not the same in all rows, and not in all but one or two."""
    usual = np.partition(expanded, len(expanded) // 2, axis=0)[len(expanded) // 2]
    enough = (expanded != usual).sum(axis=0) >= min(_FEWEST, len(expanded))
    result: NDArray[np.bool_] = (scales > 1e-12 * np.maximum(1.0, np.abs(means))) & enough
    return result


def _differences(expanded: Values, y: Values) -> Values:
    """F between the classes, a column each; 0 where nothing differs."""
    positive = y > 0.5
    groups = [expanded[positive], expanded[~positive]]
    if min(len(group) for group in groups) == 0:
        return np.zeros(expanded.shape[1])
    overall = expanded.mean(axis=0)
    between = sum(len(group) * (group.mean(axis=0) - overall) ** 2 for group in groups)
    within = sum(((group - group.mean(axis=0)) ** 2).sum(axis=0) for group in groups)
    result: Values = np.asarray(between) / np.maximum(np.asarray(within), 1e-12)
    return result


def _expanded(X: Values, sizes: Sequence[int], middles: Values, flagged: Sequence[int]) -> Values:
    """Numbers with their gaps filled, one column for every choice, then those that say where gaps are."""
    sources = _sources(sizes, flagged)
    expanded = np.empty((len(X), len(sources)))
    starts = np.cumsum([0, *(1 if size == NUMBER else size for size in sizes)])
    numbers = np.flatnonzero(np.asarray(sizes) == NUMBER)
    expanded[:, starts[numbers]] = np.where(np.isnan(X[:, numbers]), middles[numbers], X[:, numbers])
    for column, size in enumerate(sizes):
        if size != NUMBER:
            expanded[:, starts[column] : starts[column + 1]] = X[:, [column]] == np.arange(size)
    expanded[:, starts[-1] :] = np.isnan(X[:, list(flagged)])
    return expanded


def _sources(sizes: Sequence[int], flagged: Sequence[int]) -> NDArray[np.int64]:
    widths = [1 if size == NUMBER else size for size in sizes]
    return np.concatenate(
        [np.repeat(np.arange(len(sizes)), widths), np.asarray(flagged, dtype=np.int64)]
    ).astype(np.int64)
