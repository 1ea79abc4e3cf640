"""Figures for times to an event: survival curves, numbers at risk, tests and errors that know of censoring.

Times are in any one unit; `event` is 1 where it happened at that time, 0 where the person was last seen
without it. A person whose event and another's end of observation share a time was still at risk there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from medai_core.learning.metrics import BOOTSTRAPS, Estimate, patient_weights

LEVEL: Final = 0.95
CHUNK: Final = 400

Values = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class KaplanMeier:
    """A survival curve: steps at `times` (rising, every time at which somebody left), each of shape (m,).

    `at_risk` are people observed just before the time, `events` and `censored` those who leave there.
    `low` and `high` are the ends of the 95 % band; NaN where nobody is left to tell.
    """

    times: Values
    survival: Values
    low: Values
    high: Values
    at_risk: Counts
    events: Counts
    censored: Counts

    def at(self, times: Sequence[float]) -> Values:
        """The share without the event at each of `times`; 1 before the first step."""
        return _step(self.times, self.survival, np.asarray(times, dtype=np.float64))

    def band_at(self, times: Sequence[float]) -> tuple[Values, Values]:
        """The ends of the band at each of `times`."""
        asked = np.asarray(times, dtype=np.float64)
        return _step(self.times, self.low, asked), _step(self.times, self.high, asked)

    @property
    def median(self) -> float | None:
        """The first time at which at most half are without the event; None where that is never reached."""
        below = np.flatnonzero(self.survival <= 0.5)
        return float(self.times[below[0]]) if len(below) else None


def _step(times: Values, values: Values, asked: Values) -> Values:
    place = np.searchsorted(times, asked, side="right")
    found: Values = np.concatenate([[1.0], values])[place]
    return found


def kaplan_meier(time: Values, event: Values) -> KaplanMeier:
    """Product-limit estimate with the exponential Greenwood band (on the scale log(-log S)).

    Raises ValueError where nobody is given.

    References
    ----------
    Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457. Kalbfleisch JD, Prentice RL. The Statistical Analysis of
    Failure Time Data, 2002, section 1.4.
    """
    from scipy.stats import norm

    if not len(time):
        raise ValueError("`time` is empty.")
    times, place = np.unique(time, return_inverse=True)
    events = np.bincount(place, weights=event).astype(np.int64)
    leaving = np.bincount(place)
    risk = len(time) - np.concatenate([[0], np.cumsum(leaving)[:-1]])
    survival = np.cumprod(1.0 - events / risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(events / (risk * (risk - events)))
        spread = norm.ppf((1 + LEVEL) / 2) * np.sqrt(variance) / np.abs(np.log(survival))
        low, high = survival ** np.exp(spread), survival ** np.exp(-spread)
    before = survival == 1.0
    low, high = np.where(before, 1.0, low), np.where(before, 1.0, high)
    return KaplanMeier(times, survival, low, high, risk, events, leaving - events)


@dataclass(frozen=True, slots=True)
class AtRisk:
    """The table below a survival curve, by `times`; events and censored are counted up to and with it."""

    times: tuple[float, ...]
    at_risk: tuple[int, ...]
    events: tuple[int, ...]
    censored: tuple[int, ...]


def at_risk_table(time: Values, event: Values, times: Sequence[float]) -> AtRisk:
    """How many are still observed at each of `times`, and how many left by then, with and without event."""
    asked = tuple(float(one) for one in times)
    return AtRisk(
        asked,
        tuple(int((time >= one).sum()) for one in asked),
        tuple(int(event[time <= one].sum()) for one in asked),
        tuple(int((1 - event[time <= one]).sum()) for one in asked),
    )


@dataclass(frozen=True, slots=True)
class LogRank:
    """Whether groups differ: the statistic, its degrees of freedom, and events seen and expected by group."""

    statistic: float
    degrees: int
    p: float
    groups: tuple[str, ...]
    observed: tuple[float, ...]
    expected: tuple[float, ...]


def log_rank(time: Values, event: Values, group: Sequence[str]) -> LogRank:
    """The log-rank test of two or more groups.

    Raises ValueError where there are fewer than two groups, or no event.

    References
    ----------
    Mantel N. Cancer Chemother Rep 1966;50:163. Peto R, Peto J. J R Stat Soc A 1972;135:185.
    """
    from scipy.stats import chi2

    names, member = np.unique(np.asarray(group, dtype=str), return_inverse=True)
    if len(names) < 2 or not event.sum():
        raise ValueError("the test needs two groups and an event.")
    times = np.unique(time[event > 0])
    risk = np.stack([_still(time[member == one], times) for one in range(len(names))])
    deaths = np.stack(
        [_deaths(time[member == one], event[member == one], times) for one in range(len(names))]
    )
    total, died = risk.sum(axis=0), deaths.sum(axis=0)
    share = risk / total
    expected = (share * died).sum(axis=1)
    observed = deaths.sum(axis=1)
    spread = died * (total - died) / np.maximum(total - 1, 1)
    variance = np.diag((share * spread).sum(axis=1)) - (share * spread) @ share.T
    gap = (observed - expected)[:-1]
    statistic = float(gap @ np.linalg.pinv(variance[:-1, :-1]) @ gap)
    degrees = len(names) - 1
    return LogRank(
        statistic, degrees, float(chi2.sf(statistic, degrees)), tuple(str(one) for one in names),
        tuple(float(one) for one in observed), tuple(float(one) for one in expected),
    )  # fmt: skip


def _still(time: Values, times: Values) -> Values:
    return (len(time) - np.searchsorted(np.sort(time), times, side="left")).astype(np.float64)


def _deaths(time: Values, event: Values, times: Values) -> Values:
    own = np.sort(time[event > 0])
    counts = np.searchsorted(own, times, side="right") - np.searchsorted(own, times, side="left")
    return counts.astype(np.float64)


# ---- discrimination


def concordance(time: Values, event: Values, risk: Values) -> float:
    """Harrell's C: of pairs whose order is known, the share in which the higher risk had it first.

    Equal risks count half; NaN where no pair can be ordered.

    References
    ----------
    Harrell FE et al. JAMA 1982;247:2543.
    """
    weighted = _pairs(time, event, risk)
    return weighted(np.ones((1, len(time))))[0]


def concordance_estimate(
    time: Values, event: Values, risk: Values, person: Counts, *, seed: int, repeats: int = BOOTSTRAPS
) -> Estimate:
    """`concordance` with the middle 95 % over resampled people."""
    drawn = np.array(list(patient_weights(person, seed=seed, repeats=repeats)))
    weighted = _pairs(time, event, risk)
    value = weighted(np.ones((1, len(time))))[0]
    found = np.array(weighted(drawn))
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return Estimate(value, float(min(low, value)), float(max(high, value)), len(time), len(np.unique(person)))


def concordance_gain(
    time: Values, event: Values, risk: Values, other: Values, person: Counts, *, seed: int,
    repeats: int = BOOTSTRAPS,
) -> Estimate:  # fmt: skip
    """How much larger the C of `risk` is than that of `other`, on the same resampled people."""
    drawn = np.vstack([np.ones(len(time)), *patient_weights(person, seed=seed, repeats=repeats)])
    gap = np.array(_pairs(time, event, risk)(drawn)) - np.array(_pairs(time, event, other)(drawn))
    low, high = np.nanpercentile(gap[1:], [2.5, 97.5])
    value = float(gap[0])
    return Estimate(value, float(min(low, value)), float(max(high, value)), len(time), len(np.unique(person)))


def _pairs(time: Values, event: Values, risk: Values) -> Callable[[Values], list[float]]:
    """C as a function of weights, shape (repeats, n): pairs are compared a block of events at a time."""
    happened = np.flatnonzero(event > 0)

    def weighted(weight: Values) -> list[float]:
        known, right = np.zeros(len(weight)), np.zeros(len(weight))
        light = weight.astype(np.float32)
        for start in range(0, len(happened), CHUNK):
            at = happened[start : start + CHUNK]
            later = (time > time[at, None]) | ((time == time[at, None]) & (event == 0))
            score = np.where(risk < risk[at, None], 1.0, np.where(risk == risk[at, None], 0.5, 0.0))
            known += (weight[:, at] * (light @ later.T.astype(np.float32))).sum(axis=1)
            right += (weight[:, at] * (light @ (score * later).T.astype(np.float32))).sum(axis=1)
        with np.errstate(invalid="ignore"):
            return [float(one) for one in right / np.where(known > 0, known, np.nan)]

    return weighted


def known_by(time: Values, event: Values, horizon: float) -> tuple[Values, Values]:
    """Who is known to have had the event by `horizon`, and the weight of each, both of shape (n,).

    The weights stand for those who were lost before (inverse probability of not being censored); 0 for these
    themselves. Who was censored exactly at `horizon` counts as without the event.

    References
    ----------
    Graf E et al. Stat Med 1999;18:2529.
    """
    remaining = _uncensored(time, event)
    had = (time <= horizon) & (event > 0)
    without = ~had & (time >= horizon)
    at = np.where(had, time, horizon)
    chance = remaining(at)
    weight = np.where(had | without, 1.0 / np.maximum(chance, 1e-9), 0.0)
    return had.astype(np.float64), weight


def _uncensored(time: Values, event: Values) -> Callable[[Values], Values]:
    """The chance of not being censored before a time; events go first where times are equal."""
    times, place = np.unique(time, return_inverse=True)
    leaving = np.bincount(place)
    died = np.bincount(place, weights=event)
    risk = len(time) - np.concatenate([[0], np.cumsum(leaving)[:-1]]) - died
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where(risk > 0, 1.0 - (leaving - died) / risk, 1.0)
    curve = np.concatenate([[1.0], np.cumprod(factor)])

    def before(asked: Values) -> Values:
        found: Values = curve[np.searchsorted(times, asked, side="left")]
        return found

    return before


def auc_at(time: Values, event: Values, risk: Values, horizon: float, weight: Values | None = None) -> float:
    """Cumulative/dynamic AUC: who had the event by `horizon` above who was still without it.

    `weight` is how often each person counts; the weights for censoring are of all people. NaN where either
    group is empty.

    References
    ----------
    Uno H et al. J Am Stat Assoc 2007;102:527.
    """
    had, counted = known_by(time, event, horizon)
    counted = counted if weight is None else counted * weight
    _, place = np.unique(risk, return_inverse=True)
    cases = np.bincount(place, weights=counted * had)
    controls = np.bincount(place, weights=counted * (1 - had))
    pairs = cases.sum() * controls.sum()
    if not pairs:
        return float("nan")
    below = np.cumsum(controls) - controls
    return float((cases * (below + controls / 2)).sum() / pairs)


# ---- errors of probabilities


def brier_at(
    time: Values, event: Values, survival: Values, horizon: float, weight: Values | None = None
) -> float:
    """Mean squared distance of `survival` at `horizon` from what happened, weighted for censoring (Graf)."""
    had, counted = known_by(time, event, horizon)
    many = np.ones(len(time)) if weight is None else weight
    return float((many * counted * (survival - (1 - had)) ** 2).sum() / many.sum())


def integrated_brier(
    time: Values, event: Values, survival: Values, times: Sequence[float], weight: Values | None = None
) -> float:
    """The mean Brier score over `times` (rising; trapezoid rule); `survival` has shape (n, len(times)).

    Raises ValueError where fewer than two times are given.
    """
    asked = np.asarray(times, dtype=np.float64)
    if len(asked) < 2 or survival.shape != (len(time), len(asked)):
        raise ValueError("`survival` must hold one column for each of two or more times.")
    scores = np.array([brier_at(time, event, survival[:, at], one, weight) for at, one in enumerate(asked)])
    return float(np.trapezoid(scores, asked) / (asked[-1] - asked[0]))


@dataclass(frozen=True, slots=True)
class SurvivalBin:
    """People of about the same predicted survival: the mean of it, and what Kaplan-Meier says of them."""

    predicted: float
    observed: float
    low: float
    high: float
    n: int


def calibration_at(
    time: Values, event: Values, survival: Values, horizon: float, *, bins: int = 10
) -> tuple[SurvivalBin, ...]:
    """Bins of equal size by predicted survival at `horizon`, each with its Kaplan-Meier estimate and band."""
    edges = np.unique(np.quantile(survival, np.arange(1, bins) / bins))
    index = np.searchsorted(edges, survival, side="right")
    found = []
    for number in np.unique(index):
        here = index == number
        curve = kaplan_meier(time[here], event[here])
        low, high = curve.band_at([horizon])
        observed = float(curve.at([horizon])[0])
        ends = [one if np.isfinite(one) else observed for one in (float(low[0]), float(high[0]))]
        found.append(SurvivalBin(float(survival[here].mean()), observed, ends[0], ends[1], int(here.sum())))
    return tuple(found)
