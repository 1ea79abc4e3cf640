"""Figures for a card: discrimination, calibration error, and their intervals by patient."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
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
    return _auroc(truth, score)(_ones(truth) if weight is None else weight)


def _auroc(truth: Values, score: Values) -> Callable[[Values], float]:
    """`auroc` as a function of the weights alone: the scores are sorted once."""
    _, inverse = np.unique(score, return_inverse=True)
    positive_at, negative_at = (truth > 0.5).astype(np.float64), (truth < 0.5).astype(np.float64)

    def weighted(weight: Values) -> float:
        positive = np.bincount(inverse, weights=weight * positive_at)
        negative = np.bincount(inverse, weights=weight * negative_at)
        pairs = positive.sum() * negative.sum()
        if pairs == 0:
            return float("nan")
        below = np.cumsum(negative) - negative
        return float((positive * (below + negative / 2)).sum() / pairs)

    return weighted


def average_precision(truth: Values, score: Values, weight: Values | None = None) -> float:
    """Precision averaged over the recall that each score adds, ties together; NaN without positives."""
    return _average_precision(truth, score)(_ones(truth) if weight is None else weight)


def _average_precision(truth: Values, score: Values) -> Callable[[Values], float]:
    """`average_precision` as a function of the weights alone."""
    _, inverse = np.unique(-score, return_inverse=True)
    positive_at = (truth > 0.5).astype(np.float64)

    def weighted(weight: Values) -> float:
        positive = np.bincount(inverse, weights=weight * positive_at)
        total = positive.sum()
        if total == 0:
            return float("nan")
        flagged = np.maximum(np.cumsum(np.bincount(inverse, weights=weight)), 1e-12)
        return float((positive / total * np.cumsum(positive) / flagged).sum())

    return weighted


_PREPARED: Final[dict[Statistic, Callable[[Values, Values], Callable[[Values], float]]]] = {
    auroc: _auroc,
    average_precision: _average_precision,
}


def sensitivity(truth: Values, flagged: Values, weight: Values | None = None) -> float:
    """Share of positives flagged; NaN without positives."""
    return _share(*_sensitivity(truth, flagged), weight)


def specificity(truth: Values, flagged: Values, weight: Values | None = None) -> float:
    """Share of negatives not flagged; NaN without negatives."""
    return _share(*_specificity(truth, flagged), weight)


def positive_predictive_value(truth: Values, flagged: Values, weight: Values | None = None) -> float:
    """Share of flagged images that are positive; NaN where none is flagged."""
    return _share(*_positive_predictive_value(truth, flagged), weight)


def negative_predictive_value(truth: Values, flagged: Values, weight: Values | None = None) -> float:
    """Share of images not flagged that are negative; NaN where all are flagged."""
    return _share(*_negative_predictive_value(truth, flagged), weight)


def accuracy(truth: Values, flagged: Values, weight: Values | None = None) -> float:
    """Share of right answers."""
    return _share(*_accuracy(truth, flagged), weight)


def flagged_share(truth: Values, flagged: Values, weight: Values | None = None) -> float:
    """Share of images flagged, whatever they carry."""
    return _share(*_flagged_share(truth, flagged), weight)


Parts = tuple[NDArray[np.bool_], NDArray[np.bool_]]
"""Which images are right, and among which they are counted."""


def _sensitivity(truth: Values, flagged: Values) -> Parts:
    return flagged > 0.5, truth > 0.5


def _specificity(truth: Values, flagged: Values) -> Parts:
    return flagged < 0.5, truth < 0.5


def _positive_predictive_value(truth: Values, flagged: Values) -> Parts:
    return truth > 0.5, flagged > 0.5


def _negative_predictive_value(truth: Values, flagged: Values) -> Parts:
    return truth < 0.5, flagged < 0.5


def _accuracy(truth: Values, flagged: Values) -> Parts:
    return (truth > 0.5) == (flagged > 0.5), np.ones(len(truth), dtype=bool)


def _flagged_share(truth: Values, flagged: Values) -> Parts:
    return flagged > 0.5, np.ones(len(truth), dtype=bool)


_SHARES: Final[dict[Statistic, Callable[[Values, Values], Parts]]] = {
    sensitivity: _sensitivity,
    specificity: _specificity,
    positive_predictive_value: _positive_predictive_value,
    negative_predictive_value: _negative_predictive_value,
    accuracy: _accuracy,
    flagged_share: _flagged_share,
}


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


def even_edges(bins: int = 10) -> Values:
    """Inner edges of bins of equal width over 0..1."""
    return np.arange(1, bins) / bins


def equal_groups(score: Values, bins: int = 10) -> Values:
    """Inner edges of bins that hold about as many images each: for findings that are rare, whose
    probabilities lie close together. Fewer bins where scores repeat."""
    return np.unique(np.quantile(score, np.arange(1, bins) / bins))


def _bin_of(score: Values, edges: Values) -> NDArray[np.int64]:
    return np.searchsorted(edges, score, side="right")


def reliability(truth: Values, score: Values, *, edges: Values | None = None) -> tuple[Bin, ...]:
    """Bins between the inner `edges` (equal width over 0..1 where None); empty ones are left out."""
    index = _bin_of(score, even_edges() if edges is None else edges)
    found = (np.flatnonzero(index == number) for number in np.unique(index))
    return tuple(Bin(float(score[rows].mean()), float(truth[rows].mean()), len(rows)) for rows in found)


def reliability_ends(
    truth: Values,
    score: Values,
    patient: NDArray[np.int64],
    *,
    seed: int,
    edges: Values | None = None,
    repeats: int = BOOTSTRAPS,
) -> list[tuple[float, float]]:
    """The 95 % interval of the observed share in every bin of `reliability`, patients resampled."""
    index = _bin_of(score, even_edges() if edges is None else edges)
    numbers, member = np.unique(index, return_inverse=True)
    shares = []
    for weight in patient_weights(patient, seed=seed, repeats=repeats):
        counted = np.bincount(member, weights=weight, minlength=len(numbers))
        positive = np.bincount(member, weights=weight * truth, minlength=len(numbers))
        shares.append(np.where(counted > 0, positive / np.maximum(counted, 1e-12), np.nan))
    found = np.nanpercentile(shares, [2.5, 97.5], axis=0)
    return [(float(low), float(high)) for low, high in found.T]


def expected_calibration_error(
    truth: Values, score: Values, weight: Values | None = None, *, edges: Values | None = None
) -> float:
    """Mean |observed - predicted| over bins, weighted by images (Naeini, AAAI 2015); `edges` as above."""
    weight = _ones(truth) if weight is None else weight
    index = _bin_of(score, even_edges() if edges is None else edges)
    gap = np.bincount(index, weights=weight * (truth - score))
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
    if statistic in _SHARES:
        return _share_estimate(*_SHARES[statistic](truth, score), patient, seed=seed, repeats=repeats)
    if statistic in _PREPARED:
        weighted = _PREPARED[statistic](truth, score)
    else:

        def weighted(weight: Values) -> float:
            return statistic(truth, score, weight)

    return estimate_of(weighted, patient, seed=seed, repeats=repeats)


def estimate_of(
    weighted: Callable[[Values], float],
    patient: NDArray[np.int64],
    *,
    seed: int,
    repeats: int = BOOTSTRAPS,
) -> Estimate:
    """As `estimate`, of any figure that depends on how often each image counts."""
    drawn = [weighted(weight) for weight in patient_weights(patient, seed=seed, repeats=repeats)]
    return _estimate(weighted(np.ones(len(patient))), np.array(drawn), patient)


def _estimate(value: float, drawn: Values, patient: NDArray[np.int64]) -> Estimate:
    """A figure with the interval of what resampling gave; draws that could not be measured are left out.

    The ends always enclose the figure: a calibration error is larger on resampled films than on the films
    themselves, where that is small.
    """
    finite = drawn[np.isfinite(drawn)]
    low, high = np.percentile(finite, [2.5, 97.5]) if len(finite) else (float("nan"), float("nan"))
    if np.isfinite(value):
        low, high = min(low, value), max(high, value)
    return Estimate(value, float(low), float(high), len(patient), len(np.unique(patient)))


def _share_estimate(
    right: NDArray[np.bool_],
    among: NDArray[np.bool_],
    patient: NDArray[np.int64],
    *,
    seed: int,
    repeats: int,
) -> Estimate:
    """Share of `right` among `among`: patients' sums are enough, and all draws are one product."""
    _, member = np.unique(patient, return_inverse=True)
    sums = np.column_stack(
        [np.bincount(member, weights=among & right), np.bincount(member, weights=among.astype(np.float64))]
    )
    found = _draws(len(sums), seed, repeats) @ sums
    drawn = np.where(found[:, 1] > 0, found[:, 0] / np.maximum(found[:, 1], 1.0), np.nan)
    return _estimate(_share(right, among, None), drawn, patient)


def mean_auroc(columns: Sequence[tuple[Values, Values]]) -> Callable[[Values], float]:
    """The mean AUROC of several findings, each (truth, score), as a function of the images' weights.

    A finding without positives among what is weighted is left out of that mean.
    """
    parts = [_auroc(truth, score) for truth, score in columns]

    def weighted(weight: Values) -> float:
        values = [one for part in parts if np.isfinite(one := part(weight))]
        return float(np.mean(values)) if values else float("nan")

    return weighted


def patient_weights(patient: NDArray[np.int64], *, seed: int, repeats: int) -> Iterator[Values]:
    """How often each image counts in each of `repeats` bootstrap samples of whole patients, shape (n,)."""
    _, member = np.unique(patient, return_inverse=True)
    for counts in _draws(int(member.max()) + 1, seed, repeats):
        yield counts[member]


@lru_cache(maxsize=4)
def _draws(patients: int, seed: int, repeats: int) -> Values:
    """How often each of `patients` is drawn in each bootstrap sample, shape (repeats, patients)."""
    generator = np.random.default_rng(seed)
    drawn = np.empty((repeats, patients))
    for counts in drawn:
        counts[:] = np.bincount(generator.integers(0, patients, patients), minlength=patients)
    drawn.flags.writeable = False
    return drawn
