"""How far one set of values lies from another: population stability index and Kolmogorov-Smirnov distance.

psi, psi_by_chance, two_sample_ks.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

PSI_WATCH: Final = 0.1
PSI_DRIFTED: Final = 0.25
"""The customary bands of the index: a convention of credit scoring, not a test (see `psi`)."""

FLOOR: Final = 1e-4
"""The share that an empty bin counts as: the index of an empty bin would be infinite otherwise."""

_NORMAL_999: Final = 3.090232
"""The 99.9th percentile of the standard normal distribution."""

Values = Sequence[float] | NDArray[Any]


def psi(reference: Values, current: Values, *, floor: float = FLOOR) -> float:
    """Population stability index of two histograms over the same bins; 0 where their shares are equal.

    ``sum((c - r) * ln(c / r))`` over the bins' shares. It is symmetric, never negative, and at most
    ``2 * ln(1 / floor)``. Shares or counts may be given; each is brought to the sum of 1. `floor` is the
    share that an empty bin counts as; for counts of n values half a value, ``0.5 / n``, is fair.

    Notes
    -----
    Under 0.1 little, 0.1 to 0.25 some, above 0.25 a marked change: a rule of thumb (Siddiqi, Intelligent
    Credit Scoring, 2nd ed., 2017) without regard to the number of values. With few values chance alone
    exceeds it: hold the index against `psi_by_chance` too (Yurdakul and Naranjo, Statistical properties of
    the population stability index, Journal of Risk Model Validation 14(4), 2020).

    >>> round(psi([0.5, 0.5], [0.4, 0.6]), 4)
    0.0405
    """
    one, other = _shares(reference, floor), _shares(current, floor)
    if one.shape != other.shape:
        raise ValueError("the histograms must have the same bins")
    return float(((other - one) * np.log(other / one)).sum())


def _shares(counts: Values, floor: float) -> NDArray[np.float64]:
    given = np.asarray(counts, dtype=np.float64)
    total = given.sum()
    if given.ndim != 1 or given.size < 2 or not np.isfinite(total) or total <= 0 or (given < 0).any():
        raise ValueError("a histogram needs two bins or more, no negative count, and something in it")
    floored: NDArray[np.float64] = np.maximum(given / total, floor)
    shares: NDArray[np.float64] = floored / floored.sum()
    return shares


def psi_by_chance(bins: int, n: int, reference_n: int | None = None) -> float:
    """What the index exceeds once in 1,000 times though nothing has changed.

    Under no change the index is about ``(1/n + 1/reference_n)`` times a chi-squared value of ``bins - 1``
    degrees of freedom (Yurdakul and Naranjo 2020); its 99.9th percentile by Wilson and Hilferty (PNAS
    17:684, 1931). A `reference_n` that is not known counts as very large.
    """
    if bins < 2 or n < 1:
        raise ValueError("two bins and one value are needed")
    freedom = bins - 1
    spread = 2.0 / (9.0 * freedom)
    quantile = freedom * (1.0 - spread + _NORMAL_999 * math.sqrt(spread)) ** 3
    return quantile * (1.0 / n + (1.0 / reference_n if reference_n else 0.0))


@dataclass(frozen=True, slots=True)
class Distance:
    """The two-sample Kolmogorov-Smirnov distance, 0..1, its asymptotic p, and the two numbers of values."""

    distance: float
    p: float
    n: int
    n_before: int


def two_sample_ks(current: Values, before: Values) -> Distance:
    """The largest gap between the two empirical distribution functions (Smirnov 1948), both not empty.

    The p value is asymptotic, with the correction of Stephens (J. R. Stat. Soc. B 32:115, 1970); with ties
    it is too large rather than too small.
    """
    one, other = (np.sort(np.asarray(values, dtype=np.float64)) for values in (current, before))
    if one.size == 0 or other.size == 0:
        raise ValueError("both sets need a value")
    every = np.concatenate([one, other])
    below = np.searchsorted(one, every, side="right") / one.size
    below_before = np.searchsorted(other, every, side="right") / other.size
    distance = float(np.abs(below - below_before).max())
    root = math.sqrt(one.size * other.size / (one.size + other.size))
    return Distance(distance, _kolmogorov((root + 0.12 + 0.11 / root) * distance), one.size, other.size)


def _kolmogorov(x: float) -> float:
    """The chance that Kolmogorov's statistic is above `x`: ``2 * sum((-1)^(k-1) exp(-2 k^2 x^2))``."""
    if x < 0.2:
        return 1.0  # to 12 digits, where the sum itself no longer converges
    terms = (2.0 * (-1) ** (k - 1) * math.exp(-2.0 * k * k * x * x) for k in range(1, 101))
    return min(1.0, max(0.0, math.fsum(terms)))
