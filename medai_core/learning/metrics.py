"""Figures for a card: discrimination, calibration error, and their intervals by patient."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BOOTSTRAPS: Final = 1000

Values = NDArray[np.float64]
Statistic = Callable[[Values, Values], float]


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


def auroc(truth: Values, score: Values) -> float:
    """Probability that a positive scores above a negative, ties counted half (Mann-Whitney U / mn).

    NaN where one class is absent. `truth` is 0 or 1, shapes (n,).
    """
    positive = truth > 0.5
    m, n = int(positive.sum()), int((~positive).sum())
    if m == 0 or n == 0:
        return float("nan")
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    rank = (last - (counts - 1) / 2.0)[inverse]
    return float((rank[positive].sum() - m * (m + 1) / 2.0) / (m * n))


def sensitivity(truth: Values, flagged: Values) -> float:
    """Share of positives flagged; NaN without positives."""
    positive = truth > 0.5
    return float(np.mean(flagged[positive] > 0.5)) if positive.any() else float("nan")


def specificity(truth: Values, flagged: Values) -> float:
    """Share of negatives not flagged; NaN without negatives."""
    negative = truth < 0.5
    return float(np.mean(flagged[negative] < 0.5)) if negative.any() else float("nan")


def accuracy(truth: Values, flagged: Values) -> float:
    """Share of right answers."""
    return float(np.mean((truth > 0.5) == (flagged > 0.5)))


def brier(truth: Values, score: Values) -> float:
    """Mean squared distance of probability from outcome."""
    return float(np.mean((score - truth) ** 2))


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


def expected_calibration_error(truth: Values, score: Values, *, bins: int = 10) -> float:
    """Mean |observed - predicted| over the reliability bins, weighted by images (Naeini, AAAI 2015)."""
    found = reliability(truth, score, bins=bins)
    return sum(one.n * abs(one.observed - one.predicted) for one in found) / max(1, len(score))


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
    value = statistic(truth, score)
    drawn = [
        statistic(truth[rows], score[rows]) for rows in patient_resamples(patient, seed=seed, repeats=repeats)
    ]
    finite = np.array([one for one in drawn if np.isfinite(one)])
    low, high = np.percentile(finite, [2.5, 97.5]) if len(finite) else (float("nan"), float("nan"))
    return Estimate(value, float(low), float(high), len(truth), len(np.unique(patient)))


def patient_resamples(patient: NDArray[np.int64], *, seed: int, repeats: int) -> list[NDArray[np.int64]]:
    """Row numbers of `repeats` bootstrap samples of whole patients."""
    generator = np.random.default_rng(seed)
    order = np.argsort(patient, kind="stable")
    _, starts = np.unique(patient[order], return_index=True)
    members = np.split(order, starts[1:])
    samples = []
    for _ in range(repeats):
        chosen = generator.integers(0, len(members), len(members))
        samples.append(np.concatenate([members[number] for number in chosen]))
    return samples
