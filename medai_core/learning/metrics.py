"""Figures for a card: discrimination, calibration error, and their intervals by patient."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BOOTSTRAPS: Final = 1000

Values = NDArray[np.float64]
Statistic = Callable[[Values, Values, Values], float]
"""(truth, score, weight) -> figure; weights are how often an image counts."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval and the number of images and patients behind it."""

    value: float
    low: float
    high: float
    n: int
    patients: int

    def as_dict(self) -> dict[str, float | int]:
        """For the card, rounded to four decimals."""
        return {
            "value": round(self.value, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "n": self.n,
            "patients": self.patients,
        }


def auroc(truth: Values, score: Values, weight: Values | None = None) -> float:
    """Probability that a positive scores above a negative, ties counted half (Mann-Whitney U / mn).

    NaN where one class is absent. `truth` is 0 or 1; all of shape (n,).
    """
    weight = _ones(truth) if weight is None else weight
    _, inverse = np.unique(score, return_inverse=True)
    positive = np.bincount(inverse, weights=weight * (truth > 0.5))
    negative = np.bincount(inverse, weights=weight * (truth < 0.5))
    pairs = positive.sum() * negative.sum()
    if pairs == 0:
        return float("nan")
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / pairs)


def sensitivity(truth: Values, flagged: Values, weight: Values | None = None) -> float:
    """Share of positives flagged; NaN without positives."""
    return _share(flagged > 0.5, truth > 0.5, weight)


def specificity(truth: Values, flagged: Values, weight: Values | None = None) -> float:
    """Share of negatives not flagged; NaN without negatives."""
    return _share(flagged < 0.5, truth < 0.5, weight)


def accuracy(truth: Values, flagged: Values, weight: Values | None = None) -> float:
    """Share of right answers."""
    return _share((truth > 0.5) == (flagged > 0.5), np.ones(len(truth), dtype=bool), weight)


def flagged_share(truth: Values, flagged: Values, weight: Values | None = None) -> float:
    """Share of images flagged, whatever they carry."""
    return _share(flagged > 0.5, np.ones(len(truth), dtype=bool), weight)


def brier(truth: Values, score: Values) -> float:
    """Mean squared distance of probability from outcome."""
    return float(np.mean((score - truth) ** 2))


def _ones(truth: Values) -> Values:
    return np.ones(len(truth), dtype=np.float64)


def _share(right: NDArray[np.bool_], among: NDArray[np.bool_], weight: Values | None) -> float:
    counted = among.astype(np.float64) if weight is None else weight * among
    total = float(counted.sum())
    return float((counted * right).sum() / total) if total else float("nan")


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin of a reliability diagram: mean probability, observed share, images."""

    predicted: float
    observed: float
    n: int


def reliability(truth: Values, score: Values, *, bins: int = 10) -> tuple[Bin, ...]:
    """Bins of equal width over 0..1; empty ones are left out."""
    index = np.minimum((score * bins).astype(int), bins - 1)
    found = (np.flatnonzero(index == number) for number in range(bins))
    return tuple(
        Bin(float(score[rows].mean()), float(truth[rows].mean()), len(rows)) for rows in found if len(rows)
    )


def expected_calibration_error(
    truth: Values, score: Values, weight: Values | None = None, *, bins: int = 10
) -> float:
    """Mean |observed - predicted| over bins of equal width, weighted by images (Naeini, AAAI 2015)."""
    weight = _ones(truth) if weight is None else weight
    index = np.minimum((score * bins).astype(int), bins - 1)
    gap = np.bincount(index, weights=weight * (truth - score), minlength=bins)
    return float(np.abs(gap).sum() / max(1e-12, weight.sum()))


def estimate(
    statistic: Statistic,
    truth: Values,
    score: Values,
    patient: NDArray[np.int64],
    *,
    seed: int,
    repeats: int = BOOTSTRAPS,
) -> Estimate:
    """`statistic` with the 2.5th and 97.5th percentile over resampled patients (cluster bootstrap).

    Patients, not images, are drawn with replacement: images of one patient are not independent.
    """
    drawn = [
        statistic(truth, score, weight) for weight in patient_weights(patient, seed=seed, repeats=repeats)
    ]
    finite = np.array([one for one in drawn if np.isfinite(one)])
    low, high = np.percentile(finite, [2.5, 97.5]) if len(finite) else (float("nan"), float("nan"))
    value = statistic(truth, score, _ones(truth))
    return Estimate(value, float(low), float(high), len(truth), len(np.unique(patient)))


def patient_weights(patient: NDArray[np.int64], *, seed: int, repeats: int) -> Iterator[Values]:
    """How often each image counts in each of `repeats` bootstrap samples of whole patients, shape (n,)."""
    generator = np.random.default_rng(seed)
    _, member = np.unique(patient, return_inverse=True)
    count = int(member.max()) + 1
    for _ in range(repeats):
        chosen = generator.integers(0, count, count)
        yield np.bincount(chosen, minlength=count)[member].astype(np.float64)
