"""A predictor for tables: one outcome, calibrated probabilities, and the interval around them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import Input
from medai_core.learning import population as populations
from medai_core.learning.calibration import LEVEL, platt, sigmoid
from medai_core.learning.columns import Columns as Columns
from medai_core.learning.columns import read_columns as read_columns
from medai_core.learning.population import POPULATION_FILE, Population

MODEL_FILE: Final = "model.skops"
CHUNK: Final = 20_000
FEW: Final = 500
DRAWS: Final = 8
"""Draws of what is missing that a probability is the mean of."""

INTERVAL_DRAWS: Final = 96
FLOOR: Final = 1e-6
NOISE_SEED: Final = 5
REFITS: Final = 40
INNER: Final = 5

TRUSTED: Final = (
    "medai_core.learning.blend.Blend",
    "medai_core.learning.blend.Boosting",
    "medai_core.learning.blend.Hazards",
    "medai_core.learning.blend.Regression",
    "medai_core.learning.own_models.OwnHead",
    "medai_core.learning.terms.Terms",
    "sklearn._loss.link.Interval",
    "sklearn._loss.link.LogitLink",
    "sklearn._loss.loss.HalfBinomialLoss",
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn._loss._loss.CyHalfBinomialLoss",
    "sklearn.tree._tree.Tree",
)
"""What may stand in a model's file beside what skops trusts by itself."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TabularModel:
    """A fitted predictor of one outcome.

    Parameters
    ----------
    population : Population
        Of the training; it fills and draws what is missing, and bounds every number.
    features : object, optional
        With `transform`, from a filled matrix to what the heads read; None where they read the matrix.
    head : object
        With `predict_proba`; the second column is the outcome.
    refits : tuple
        The head fitted again on resampled people, for intervals.
    slope, offset : float
        The logistic map of the head's log-odds that was learned out of fold.
    own_gaps : bool
        Whether the heads read NaN themselves; else probabilities are the mean over draws.
    """

    population: Population
    features: Any
    head: Any
    refits: tuple[Any, ...]
    slope: float = 1.0
    offset: float = 0.0
    own_gaps: bool = False

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The columns of the matrix, in order."""
        return self.population.inputs

    def probabilities(self, rows: Values) -> Values:
        """Calibrated, shape (n,); `rows` has shape (n, k), NaN where missing."""
        parts = [self._some(rows[start : start + CHUNK]) for start in range(0, len(rows), CHUNK)]
        return np.concatenate(parts) if parts else np.empty(0)

    def members(self, rows: Values) -> Values:
        """What each refit says, shape (m, n); gaps are filled with the conditional median."""
        given = self._features(
            self.population.clipped(rows if self.own_gaps else self.population.filled(rows))
        )
        return np.stack([self._calibrated(one, given) for one in self.refits])

    def interval(self, rows: Values) -> tuple[Values, Values]:
        """Ends of the central 95 % over refits, and over draws of what is missing; each of shape (n,).

        The ends always enclose the probability itself.
        """
        low, high = np.empty(len(rows)), np.empty(len(rows))
        gaps = np.isnan(rows).any(axis=1)
        share = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
        if (~gaps).any():
            low[~gaps], high[~gaps] = np.quantile(self.members(rows[~gaps]), share, axis=0)
        for row in np.flatnonzero(gaps):
            low[row], high[row] = np.quantile(self._drawn(rows[row]), share)
        middle = self.probabilities(rows)
        return np.minimum(low, middle), np.maximum(high, middle)

    def shared(self, rows: Values) -> Values:
        """What the refits say of rows without gaps, shape (n,): each refit of its share of the rows."""
        given = self._features(self.population.clipped(rows))
        count, found = len(self.refits), np.empty(len(rows))
        for place, one in enumerate(self.refits[: len(rows)]):
            found[place::count] = self._calibrated(one, given[place::count])
        return found

    def save(self, folder: Path) -> None:
        """Write the fitted parts with skops, the population as arrays."""
        from zipfile import ZIP_DEFLATED

        from skops import io

        folder.mkdir(parents=True, exist_ok=True)
        parts = {
            "features": self.features, "head": self.head, "refits": list(self.refits),
            "slope": self.slope, "offset": self.offset, "own_gaps": self.own_gaps,
        }  # fmt: skip
        io.dump(parts, folder / MODEL_FILE, compression=ZIP_DEFLATED)
        self.population.save(folder / POPULATION_FILE)

    @staticmethod
    def load(folder: Path, file: str = MODEL_FILE, population: str = POPULATION_FILE) -> "TabularModel":
        """Read what `save` wrote. Raises `skops.io.exceptions.UntrustedTypesFoundException`."""
        from skops import io

        parts = io.load(folder / file, trusted=list(TRUSTED))
        return TabularModel(
            Population.load(folder / population), parts["features"], parts["head"], tuple(parts["refits"]),
            parts["slope"], parts["offset"], parts["own_gaps"],
        )  # fmt: skip

    def _some(self, rows: Values) -> Values:
        gaps = np.isnan(rows).any(axis=1)
        if self.own_gaps or not gaps.any():
            return self._plain(rows)
        found = np.empty(len(rows))
        found[~gaps] = self._plain(rows[~gaps])
        drawn = self.population.draws(rows[gaps], self._noise(DRAWS))
        found[gaps] = self._meant(drawn)
        return found

    def _meant(self, drawn: Values) -> Values:
        """The mean over draws, shape (d, n, k) -> (n,); of few rows all draws are asked together."""
        draws, rows, columns = drawn.shape
        if rows > FEW:
            return np.asarray(np.mean([self._plain(one) for one in drawn], axis=0), dtype=np.float64)
        found: Values = self._plain(drawn.reshape(-1, columns)).reshape(draws, rows).mean(axis=0)
        return found

    def _plain(self, rows: Values) -> Values:
        if not len(rows):
            return np.empty(0)
        return self._calibrated(self.head, self._features(self.population.clipped(rows)))

    def _drawn(self, row: Values) -> Values:
        """What the refits say of draws of one row."""
        return self.shared(self.population.draws(row[None], self._noise(INTERVAL_DRAWS))[:, 0])

    def _noise(self, draws: int) -> Values:
        """Standard normals, each with its mirror image: the same for every row, so that answers repeat."""
        half = np.random.default_rng(NOISE_SEED).standard_normal((draws // 2, len(self.inputs)))
        return np.concatenate([half, -half])

    def _features(self, rows: Values) -> Any:
        return rows if self.features is None else self.features.transform(rows)

    def _calibrated(self, head: Any, given: Any) -> Values:
        return sigmoid(self.slope * _odds_of(head, given) + self.offset)


def _odds_of(head: Any, given: Any) -> Values:
    """A head's log-odds; those of a logistic regression without the library's checks, which take longer."""
    if type(head).__name__ == "LogisticRegression" and len(head.coef_) == 1:
        line = np.asarray(given, dtype=np.float64) @ head.coef_[0] + head.intercept_[0]
        end = float(log_odds(np.array([1.0]))[0])
        return np.asarray(np.clip(line, -end, end), dtype=np.float64)
    return log_odds(head.predict_proba(given)[:, 1])


def log_odds(probability: Values) -> Values:
    """Log-odds, with probabilities held away from 0 and 1."""
    held = np.clip(np.asarray(probability, dtype=np.float64), FLOOR, 1 - FLOOR)
    found: Values = np.log(held / (1 - held))
    return found


def folds_of(truth: Values, group: NDArray[np.int64], count: int, *, seed: int) -> NDArray[np.int64]:
    """A fold number a row: whole groups, the outcome spread evenly over the folds."""
    from sklearn.model_selection import StratifiedGroupKFold

    found = np.zeros(len(truth), dtype=np.int64)
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    for number, (_, held) in enumerate(splitter.split(truth[:, None], truth.astype(int), group)):
        found[held] = number
    return found


@dataclass(frozen=True, slots=True)
class Method:
    """How a predictor is fitted.

    `head` makes an unfitted classifier; `features` makes an object with `fit` and `transform`, None for none.
    """

    head: Callable[[], Any]
    features: Callable[[], Any] | None = None
    own_gaps: bool = False
    calibrated: bool = True


def fit_bagged(
    rows: Values,
    truth: Values,
    group: NDArray[np.int64],
    inputs: tuple[Input, ...],
    method: Method,
    *,
    refits: int = REFITS,
    seed: int = 0,
    target: Values | None = None,
) -> TabularModel:
    """Fit a predictor, its calibration on inner folds by group, and its refits on resampled groups.

    Parameters
    ----------
    rows : array, shape (n, k), NaN where missing
    truth : array, shape (n,), 0 or 1
    group : array, shape (n,)
        Whole groups (people) are resampled and held out.
    target : array, shape (n, ...), optional
        What the head is fitted to where that is more than `truth`, such as times.

    Raises
    ------
    ValueError
        Where `truth` has one class alone, or a column is empty.
    """
    if len(np.unique(truth)) != 2:
        raise ValueError("truth must hold both classes.")
    held = populations.fit(rows, inputs, seed=seed)
    full = held.clipped(rows if method.own_gaps else held.filled(rows))
    features = None if method.features is None else method.features().fit(full)
    given = full if features is None else features.transform(full)
    aim = truth.astype(int) if target is None else target
    head = method.head().fit(given, aim)
    slope, offset = _calibration(given, aim, truth, group, method, seed) if method.calibrated else (1.0, 0.0)
    again = tuple(method.head().fit(given[at], aim[at]) for at in resampled(truth, group, refits, seed))
    return TabularModel(held, features, head, again, slope, offset, method.own_gaps)


def _calibration(
    given: Any, aim: Any, truth: Values, group: NDArray[np.int64], method: Method, seed: int
) -> tuple[float, float]:
    """Slope and offset of the log-odds out of inner folds."""
    fold = folds_of(truth, group, INNER, seed=seed)
    found = np.zeros(len(truth))
    for number in range(INNER):
        here = fold == number
        head = method.head().fit(given[~here], aim[~here])
        found[here] = log_odds(head.predict_proba(given[here])[:, 1])
    return platt(found, truth, np.ones(len(truth)))


def resampled(truth: Values, group: NDArray[np.int64], count: int, seed: int) -> list[NDArray[np.int64]]:
    """Rows of groups drawn with replacement; both classes are always among them."""
    _, member = np.unique(group, return_inverse=True)
    order = np.argsort(member, kind="stable")
    rows_of = np.split(order, np.cumsum(np.bincount(member))[:-1])
    generator = np.random.default_rng(seed)
    found: list[NDArray[np.int64]] = []
    while len(found) < count:
        drawn = np.concatenate([rows_of[one] for one in generator.integers(0, len(rows_of), len(rows_of))])
        if 0 < truth[drawn].sum() < len(drawn):
            found.append(drawn)
    return found
