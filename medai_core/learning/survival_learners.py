"""What can be learned from times to an event: each learner orders people by risk.

Every learner is fitted to standardised terms (n, k) and gives a score a person, higher where the event is
expected earlier. Fitted learners hold numbers and trees, never a person's row.
"""

from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

STEPS: Final = 40
LEAST: Final = 1e-9


class Fitted(Protocol):
    """A fitted learner."""

    def score(self, given: Values) -> Values:
        """One score a row, shape (n,)."""


class Learner(Protocol):
    """How one learner is fitted to `given` (n, k), `time` and `event` (n,)."""

    def fit(self, given: Values, time: Values, event: Values, *, seed: int) -> Any:
        """A `Fitted`."""


# ---- proportional hazards, linear in its terms


def cox(given: Values, time: Values, event: Values, penalty: Values) -> Values:
    """Coefficients of Cox's model, shape (k,), by Newton's method on the penalised partial likelihood.

    Ties as Breslow's. `penalty` (k,) is added to the information's diagonal: the ridge of each coefficient.

    References
    ----------
    Cox DR. J R Stat Soc B 1972;34:187. Breslow NE. Biometrics 1974;30:89.
    """
    order = np.argsort(-time, kind="stable")
    given, time, event = given[order], time[order], event[order]
    last = np.searchsorted(-time, -time, side="right") - 1
    first = np.searchsorted(-time, -time, side="left")
    found = np.zeros(given.shape[1])
    value = _partial(given, event, last, found, penalty)
    for _ in range(STEPS):
        step = _newton(given, event, first, last, found, penalty)
        share = 1.0
        while (trial := _partial(given, event, last, found + share * step, penalty)) > value + LEAST:
            share /= 2
            if share < 1e-4:
                return found
        found, gain, value = found + share * step, value - trial, trial
        if gain < 1e-8 * len(time):
            break
    return found


def _partial(given: Values, event: Values, last: NDArray[np.int64], found: Values, penalty: Values) -> float:
    """The negative penalised log partial likelihood; rows by falling time."""
    line = given @ found
    top = line.max()
    total = np.cumsum(np.exp(line - top))[last]
    return float(-(event * (line - top - np.log(total))).sum() + 0.5 * (penalty * found**2).sum())


def _newton(
    given: Values,
    event: Values,
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    found: Values,
    penalty: Values,
) -> Values:
    line = given @ found
    risk = np.exp(line - line.max())
    total = np.cumsum(risk)[last]
    hazard = np.cumsum((event / total)[::-1])[::-1][first]
    mean = np.cumsum(given * risk[:, None], axis=0)[last] / total[:, None]
    slope = given.T @ (event - risk * hazard) - penalty * found
    bend = (given * (risk * hazard)[:, None]).T @ given - (mean * event[:, None]).T @ mean
    step: Values = np.linalg.solve(bend + np.diag(penalty + 1e-8), slope)
    return step


@dataclass(frozen=True)
class Line:
    """A fitted linear score."""

    weights: Values

    def score(self, given: Values) -> Values:
        """The weighted sum of the terms."""
        found: Values = given @ self.weights
        return found


@dataclass(frozen=True)
class Cox:
    """Cox's model with one ridge for all terms."""

    ridge: float = 3.0

    def fit(self, given: Values, time: Values, event: Values, *, seed: int) -> Line:
        """Fit it; `seed` is not used."""
        return Line(cox(given, time, event, np.full(given.shape[1], self.ridge)))


@dataclass(frozen=True)
class Waves:
    """A fitted kernel score: cosines of random directions, and their weights."""

    directions: Values
    phases: Values
    means: Values
    weights: Values

    def score(self, given: Values) -> Values:
        """The weighted sum of the cosines."""
        scale = np.sqrt(2.0 / len(self.phases))
        waves = _waves(given, self.directions, self.phases)
        found: Values = scale * (waves @ self.weights.astype(np.float32)) - float(self.means @ self.weights)
        return found


@dataclass(frozen=True)
class KernelCox:
    """Cox's model in a Gaussian kernel, by random Fourier features: no row of the training is kept.

    References
    ----------
    Rahimi A, Recht B. Random features for large-scale kernel machines. NIPS 2007.
    """

    width: float
    ridge: float
    waves: int = 200

    def fit(self, given: Values, time: Values, event: Values, *, seed: int) -> Waves:
        """Fit it; `width` is gamma in exp(-gamma * distance squared)."""
        generator = np.random.default_rng(seed)
        spread = np.sqrt(2 * self.width)
        directions = spread * generator.standard_normal((given.shape[1], self.waves))
        phases = 2 * np.pi * generator.random(self.waves)
        waves = _cosines(given, directions, phases)
        means = waves.mean(axis=0)
        weights = cox(waves - means, time, event, np.full(self.waves, self.ridge))
        return Waves(directions, phases, means, weights)


def _cosines(given: Values, directions: Values, phases: Values) -> Values:
    found: Values = np.sqrt(2.0 / len(phases)) * _waves(given, directions, phases).astype(np.float64)
    return found


def _waves(given: Values, directions: Values, phases: Values) -> NDArray[np.float32]:
    """In single precision: the cosines are most of the work for a large table."""
    light = np.clip(given, -3.0, 3.0).astype(np.float32)
    waves: NDArray[np.float32] = light @ directions.astype(np.float32)
    waves += phases.astype(np.float32)
    return np.cos(waves, out=waves)


# ---- trees


def cumulative_hazard(time: Values, event: Values, risk: Values) -> Values:
    """Breslow's cumulative hazard at everybody's own time, given relative risks; shape (n,)."""
    times, place = np.unique(time, return_inverse=True)
    at = np.bincount(place, weights=risk)
    still = np.cumsum(at[::-1])[::-1]
    found: Values = np.cumsum(np.bincount(place, weights=event) / still)[place]
    return found


def expected_rank(time: Values, event: Values) -> Values:
    """How early the event comes, 0 (last) to 1 (first), shape (n,): survival at the event's time.

    For who was censored, the mean over what may follow: half of the survival at that time.
    """
    survival = np.exp(-cumulative_hazard(time, event, np.ones(len(time))))
    return np.where(event > 0, survival, survival / 2)


@dataclass(frozen=True)
class Trees:
    """A fitted ensemble of trees; `log` says whether its answers are relative hazards."""

    model: Any
    log: bool

    def score(self, given: Values) -> Values:
        """Log relative hazards, or expected ranks."""
        trees = getattr(self.model, "estimators_", None)
        if trees is None:
            found = np.asarray(self.model.predict(given), dtype=np.float64)
        else:
            light = given.astype(np.float32)
            found = np.mean([tree.tree_.predict(light)[:, 0] for tree in trees], axis=0)
        return np.log(found + LEAST) if self.log else found


@dataclass(frozen=True)
class Boosting:
    """Gradient boosting of the hazard (Poisson deviance of events, exposure from Breslow's hazard).

    With `rank` it is boosted to `expected_rank` instead, which asks for no proportional hazards.
    """

    depth: int = 3
    rate: float = 0.05
    trees: int = 100
    leaf: int = 20
    rank: bool = False

    def fit(self, given: Values, time: Values, event: Values, *, seed: int) -> Trees:
        """Fit it; twice for the hazard, so that the exposure knows the risks."""
        from sklearn.ensemble import HistGradientBoostingRegressor

        model = HistGradientBoostingRegressor(
            loss="squared_error" if self.rank else "poisson", max_depth=self.depth,
            learning_rate=self.rate, max_iter=self.trees, min_samples_leaf=self.leaf,
            l2_regularization=1.0, max_features=0.5, early_stopping=False, random_state=seed,
        )  # fmt: skip
        if self.rank:
            return Trees(model.fit(given, expected_rank(time, event)), log=False)
        risk = np.ones(len(time))
        for _ in range(2):
            exposure = np.maximum(cumulative_hazard(time, event, risk), 1e-4)
            model.fit(given, event / exposure, sample_weight=exposure)
            risk = model.predict(given)
        return Trees(model, log=True)


@dataclass(frozen=True)
class Forest:
    """A random forest of `expected_rank`."""

    trees: int = 30
    leaf: int = 20
    share: float = 0.5

    def fit(self, given: Values, time: Values, event: Values, *, seed: int) -> Trees:
        """Fit it."""
        from sklearn.ensemble import RandomForestRegressor

        model = RandomForestRegressor(
            self.trees, min_samples_leaf=self.leaf, max_features=self.share, random_state=seed, n_jobs=1
        )
        return Trees(model.fit(given, expected_rank(time, event)), log=False)
