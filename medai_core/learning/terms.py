"""What a linear predictor reads of a table: curves over numbers, and products of columns."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

LOG: Final = "log"
ROOT: Final = "root"
_KNOTS: Final = {3: (0.1, 0.5, 0.9), 4: (0.05, 0.35, 0.65, 0.95), 5: (0.05, 0.275, 0.5, 0.725, 0.95)}


class Terms:
    """Columns on a common scale, restricted cubic splines of some, and products of pairs.

    Parameters
    ----------
    names : sequence of str
        The columns of the matrix, in order.
    scales : mapping
        Column -> "log" or "root"; others are read as they are.
    curves : mapping
        Column -> number of knots (3 to 5), at the quantiles of Harrell (Regression Modeling Strategies, 2015,
        table 2.3). With three knots the outer ones are at the 10th and 90th percentile.
    pairs : sequence
        Pairs of columns whose product is a term.

    `fit` takes a filled matrix, shape (n, k); `transform` gives the terms, shape (n, terms), each with mean 0
    and standard deviation 1 in what was fitted.
    """

    def __init__(
        self,
        names: Sequence[str],
        scales: dict[str, str] | None = None,
        curves: dict[str, int] | None = None,
        pairs: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.names = list(names)
        self.scales = dict(scales or {})
        self.curves = dict(curves or {})
        self.pairs = [list(pair) for pair in pairs]
        self.knots: dict[str, list[float]] = {}
        self.mean: Any = None
        self.spread: Any = None

    def fit(self, rows: Values) -> "Terms":
        """Learn knots and scales; gives itself."""
        scaled = self._scaled(rows)
        for name, count in self.curves.items():
            column = scaled[:, self.names.index(name)]
            self.knots[name] = [float(one) for one in np.quantile(column, _KNOTS[count])]
        columns = scaled.mean(axis=0), np.maximum(scaled.std(axis=0), 1e-9)
        self.center, self.width = columns
        terms = self._terms(scaled)
        self.mean, self.spread = terms.mean(axis=0), np.maximum(terms.std(axis=0), 1e-9)
        return self

    def transform(self, rows: Values) -> Values:
        """The terms of every row."""
        found: Values = (self._terms(self._scaled(rows)) - self.mean) / self.spread
        return found

    def _scaled(self, rows: Values) -> Values:
        found = np.array(rows, dtype=np.float64)
        for name, scale in self.scales.items():
            column = self.names.index(name)
            held = np.maximum(found[:, column], 1e-6 if scale == LOG else 0.0)
            found[:, column] = np.log(held) if scale == LOG else np.sqrt(held)
        return found

    def _terms(self, scaled: Values) -> Values:
        parts = [scaled]
        for name, knots in self.knots.items():
            if len(set(knots)) == len(knots):
                parts.append(_spline(scaled[:, self.names.index(name)], knots))
        if self.pairs:
            centered = (scaled - self.center) / self.width
            left, right = ([self.names.index(pair[side]) for pair in self.pairs] for side in (0, 1))
            parts.append(centered[:, left] * centered[:, right])
        return np.concatenate(parts, axis=1)


def _spline(column: Values, knots: Sequence[float]) -> Values:
    """The curved terms of a restricted cubic spline, straight beyond the outer knots: (n, knots - 2)."""
    places = np.asarray(knots, dtype=np.float64)
    beyond = np.maximum(column[:, None] - places, 0.0)
    cubes = beyond * beyond * beyond
    inner, (before, last) = places[:-2], places[-2:]
    terms: Values = (
        cubes[:, :-2]
        - cubes[:, -2:-1] * ((last - inner) / (last - before))
        + cubes[:, -1:] * ((before - inner) / (last - before))
    )
    return np.asarray(terms / (last - places[0]) ** 2, dtype=np.float64)
