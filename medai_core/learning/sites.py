"""A regression from several hospitals for others: each has its own level, and all share the weights.

How many are ill differs between hospitals for reasons that no input holds. A regression without levels puts
that difference into the weights of whatever differs between the hospitals; with a level each, the weights are
learned from the patients within a hospital.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import Input
from medai_core.learning import population as populations
from medai_core.learning.calibration import logistic
from medai_core.learning.tabular import INNER, REFITS, TabularModel, folds_of, resampled

FREE: Final = 5.0
"""Levels are held back by the ridge as little as weights that are this much larger."""

Values = NDArray[np.float64]


def marks(inputs: Sequence[Input], marked: Mapping[str, Sequence[str]]) -> Any:
    """A mark for each choice in `marked` (key -> choices), the other choices of that input as one; then
    everything with mean 0 and standard deviation 1. To be fitted."""
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    places = [place for place, one in enumerate(inputs) if one.key in marked]
    codes = [
        np.array(
            sorted(inputs[place].choices.index(one) for one in marked[inputs[place].key]), dtype=np.float64
        )
        for place in places
    ]
    encoder = OneHotEncoder(categories=codes, sparse_output=False, handle_unknown="ignore")
    return make_pipeline(
        ColumnTransformer([("choices", encoder, places)], remainder="passthrough"), StandardScaler()
    )


def fit_at_sites(
    rows: Values,
    truth: Values,
    group: NDArray[np.int64],
    site: NDArray[np.int64],
    inputs: tuple[Input, ...],
    *,
    ridge: float,
    marked: Mapping[str, Sequence[str]],
    refits: int = REFITS,
    seed: int = 0,
) -> TabularModel:
    """Fit the weights within sites; the slope is that of inner folds, the level the sites' mean.

    Parameters
    ----------
    rows : array, shape (n, k), NaN where missing
    truth : array, shape (n,), 0 or 1
    group, site : arrays, shape (n,)
        Whose the row is, and the number of its hospital.
    ridge : float
        Smaller holds the weights back more: `C` of scikit-learn times the number of rows, so that fewer rows
        do not shrink them further.

    marked : mapping
        As in `marks`.

    Raises
    ------
    ValueError
        Where there are fewer than two sites.
    """
    if len(np.unique(site)) < 2:
        raise ValueError("site must hold two sites or more.")
    held = populations.fit(rows, inputs, seed=seed)
    full = held.clipped(held.filled(rows))
    features = marks(inputs, marked).fit(full)
    given = np.asarray(features.transform(full), dtype=np.float64)
    head = _weights(given, truth, site, ridge)
    slope, level = _calibration(given, truth, group, site, ridge, seed)
    again = tuple(
        _weights(given[at], truth[at], site[at], ridge) for at in resampled(truth, group, refits, seed)
    )
    return TabularModel(held, features, head, again, slope, level)


def _weights(given: Values, truth: Values, site: NDArray[np.int64], ridge: float) -> Any:
    """A regression without intercept whose weights were fitted beside a level for each site."""
    from sklearn.linear_model import LogisticRegression

    levels = FREE * _of_site(site)
    head = LogisticRegression(C=ridge / len(truth), max_iter=2_000)
    head.fit(np.concatenate([given, levels], axis=1), truth.astype(int))
    head.coef_ = head.coef_[:, : given.shape[1]].copy()
    head.intercept_ = np.zeros(1)
    head.n_features_in_ = given.shape[1]
    return head


def _calibration(
    given: Values, truth: Values, group: NDArray[np.int64], site: NDArray[np.int64], ridge: float, seed: int
) -> tuple[float, float]:
    """The slope of what weights from inner folds say, and the mean of the sites' levels."""
    fold = folds_of(truth, group, INNER, seed=seed)
    found = np.zeros(len(truth))
    for number in range(INNER):
        here = fold == number
        head = _weights(given[~here], truth[~here], site[~here], ridge)
        found[here] = head.decision_function(given[here])
    levels = _of_site(site)
    start = np.concatenate([[1.0], np.zeros(levels.shape[1])])
    weights = logistic(np.column_stack([found, levels]), truth, np.ones(len(truth)), start=start)
    return float(weights[0]), float(weights[1:].mean())


def _of_site(site: NDArray[np.int64]) -> Values:
    found: Values = (site[:, None] == np.unique(site)[None]).astype(np.float64)
    return found
