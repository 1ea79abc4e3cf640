"""A predictor of a number, with an interval that holds for people it has not seen."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import Input
from medai_core.learning import population as populations
from medai_core.learning.calibration import LEVEL
from medai_core.learning.population import POPULATION_FILE, Population
from medai_core.learning.tabular import MODEL_FILE, TRUSTED
from medai_core.learning.terms import Terms

Values = NDArray[np.float64]
Persons = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ValueModel:
    """A fitted predictor of one number.

    Parameters
    ----------
    population : Population
        Of the training; it fills what is missing, and bounds every number.
    features, head : object
        With `transform`, and with `predict`.
    width : float
        Half of the interval: what the error of a new person stays within, `LEVEL` of the time.
    low, high : float
        The ends of the scale; no answer lies beyond.
    """

    population: Population
    features: Any
    head: Any
    width: float
    low: float
    high: float

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The columns of the matrix, in order."""
        return self.population.inputs

    def values(self, rows: Values) -> Values:
        """What is expected, shape (n,); `rows` has shape (n, k), NaN where missing."""
        full = self.population.clipped(self.population.filled(rows))
        found: Values = np.clip(self.head.predict(self.features.transform(full)), self.low, self.high)
        return found

    def interval(self, rows: Values) -> tuple[Values, Values]:
        """Ends within which a new person's number lies, `LEVEL` of the time; each of shape (n,)."""
        middle = self.values(rows)
        return np.maximum(middle - self.width, self.low), np.minimum(middle + self.width, self.high)

    def save(self, folder: Path) -> None:
        """Write the fitted parts with skops, the population as arrays."""
        from skops import io

        folder.mkdir(parents=True, exist_ok=True)
        parts = {
            "features": self.features, "head": self.head,
            "width": self.width, "low": self.low, "high": self.high,
        }  # fmt: skip
        io.dump(parts, folder / MODEL_FILE)
        self.population.save(folder / POPULATION_FILE)

    @staticmethod
    def load(folder: Path, file: str = MODEL_FILE, population: str = POPULATION_FILE) -> "ValueModel":
        """Read what `save` wrote. Raises `skops.io.exceptions.UntrustedTypesFoundException`."""
        from skops import io

        parts = io.load(folder / file, trusted=list(TRUSTED))
        return ValueModel(
            Population.load(folder / population), parts["features"], parts["head"], parts["width"],
            parts["low"], parts["high"],
        )  # fmt: skip


def equal_shares(person: Persons) -> Values:
    """Weights of rows that give every person one share, shape (n,); they add up to the number of people."""
    _, member, counts = np.unique(person, return_inverse=True, return_counts=True)
    found: Values = 1.0 / counts[member]
    return found


def conformal_width(error: Values, person: Persons, *, level: float = LEVEL) -> float:
    """How far an error of a new person goes, `level` of the time; infinite where people are too few.

    Every person's rows share one vote, and one vote more stands for an error without bound, in place of the
    new person (Dunn, Wasserman, Ramdas, J Am Stat Assoc 2023;118:2491: pooling of distributions).

    Parameters
    ----------
    error : array, shape (n,)
        Sizes of errors on people whom the answering model has not seen.
    """
    order = np.argsort(error, kind="stable")
    share = np.cumsum(equal_shares(person)[order]) / (len(np.unique(person)) + 1)
    at = int(np.searchsorted(share, level - 1e-12))
    return float(error[order[at]]) if at < len(order) else float("inf")


def fit_value(
    rows: Values,
    target: Values,
    person: Persons,
    inputs: tuple[Input, ...],
    head: Callable[[], Any],
    *,
    width: float,
    ends: tuple[float, float],
) -> ValueModel:
    """Fit with the same weight for every person.

    Parameters
    ----------
    rows : array, shape (n, k), NaN where missing
    head : callable
        Makes an unfitted regressor that takes weights.
    width : float
        Of the interval, from answers out of fold.
    ends : pair
        Of the scale.
    """
    held = populations.fit(rows, inputs)
    full = held.clipped(held.filled(rows))
    features = Terms([one.key for one in inputs]).fit(full)
    fitted = head().fit(features.transform(full), target, sample_weight=equal_shares(person))
    return ValueModel(held, features, fitted, width, *ends)
