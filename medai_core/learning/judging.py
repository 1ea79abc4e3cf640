"""How good predicted probabilities are: figures with intervals, curves, calibration, net benefit, cost."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.shares import wilson
from medai_core.learning import cards, metrics
from medai_core.learning.calibration import logistic

Values = NDArray[np.float64]

SEED: Final = cards.BOOTSTRAP_SEED
LEVELS: Final = 101
"""Operating points whose counts are kept: cost and decision curves are read from them."""

_DRAWS: Final = 20_000_000
"""Rows drawn in all bootstrap samples of one figure, at most about."""


def repeats(rows: int) -> int:
    """How often a table of so many rows is resampled: 1,000 times, less often where it is long."""
    return int(np.clip(_DRAWS // max(1, rows), 100, metrics.BOOTSTRAPS))


def figures(truth: Values, score: Values, group: NDArray[np.int64]) -> dict[str, dict[str, Any]]:
    """AUROC, average precision, Brier score, calibration slope and offset, each with its 95 % interval.

    Groups (people), not rows, are resampled. What cannot be measured is left out.
    """
    count = repeats(len(truth))
    found: dict[str, dict[str, Any]] = {}
    for name, statistic in (("auroc", metrics.auroc), ("auprc", metrics.average_precision)):
        one = cards.measured(metrics.estimate(statistic, truth, score, group, seed=SEED, repeats=count))
        if one is not None:
            found[name] = one
    squared = (score - truth) ** 2

    def brier(weight: Values) -> float:
        return float((weight * squared).sum() / max(1e-12, weight.sum()))

    brier_found = cards.measured(metrics.estimate_of(brier, group, seed=SEED, repeats=count))
    if brier_found is not None:
        found["brier"] = brier_found
    return found | _line(truth, score, group, count)


def _line(truth: Values, score: Values, group: NDArray[np.int64], count: int) -> dict[str, dict[str, Any]]:
    """Slope and offset of observed on predicted log-odds: 1 and 0 where probabilities mean what they say."""
    if len(np.unique(truth)) < 2:
        return {}
    odds = np.log(np.clip(score, 1e-6, 1 - 1e-6) / (1 - np.clip(score, 1e-6, 1 - 1e-6)))
    if odds.std() < 1e-9:
        return {}
    design = np.column_stack([odds, np.ones_like(odds)])
    start = np.array([1.0, 0.0])
    fitted = logistic(design, truth, np.ones(len(truth)), start=start)
    drawn = np.array(
        [
            logistic(design, truth, weight, start=fitted, steps=8)
            for weight in metrics.patient_weights(group, seed=SEED, repeats=min(count, 200))
        ]
    )
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    people = len(np.unique(group))
    return {
        name: {
            "value": round(float(fitted[at]), 4),
            "low": round(float(min(low[at], fitted[at])), 4),
            "high": round(float(max(high[at], fitted[at])), 4),
            "n": len(truth),
            "patients": people,
        }
        for at, name in enumerate(("calibration_slope", "calibration_offset"))
    }


def at_threshold(
    truth: Values, score: Values, group: NDArray[np.int64], threshold: float
) -> dict[str, dict[str, Any]]:
    """Sensitivity, specificity, PPV and NPV where `score` is at or above `threshold`, with intervals."""
    flagged = (score >= threshold).astype(np.float64)
    among = {
        "sensitivity": truth > 0.5,
        "specificity": truth < 0.5,
        "ppv": flagged > 0.5,
        "npv": flagged < 0.5,
    }
    found = {}
    for name, rows in among.items():
        statistic, _ = cards.STATISTICS[name]
        one = cards.measured(
            metrics.estimate(statistic, truth, flagged, group, seed=SEED, repeats=repeats(len(truth)))
        )
        if one is not None:
            found[name] = one if 0.0 < one["value"] < 1.0 else _at_an_end(one, len(np.unique(group[rows])))
    return found


def _at_an_end(one: dict[str, Any], n: int) -> dict[str, Any]:
    """A share of all or none: resampling gives no interval for it, Wilson's does, by people."""
    low, high = wilson(float(one["value"]), n)
    return {**one, "low": round(low, 4), "high": round(high, 4)}


def counts(truth: Values, score: Values) -> list[dict[str, float]]:
    """At each of the operating points: how many are flagged rightly and wrongly. The first flags all."""
    levels = np.unique(np.concatenate([[0.0], np.quantile(score, np.linspace(0, 1, LEVELS)), [1.0]]))
    order = np.sort(score[truth > 0.5]), np.sort(score[truth < 0.5])
    rows = []
    for level in levels:
        true, false = (len(one) - int(np.searchsorted(one, level, side="left")) for one in order)
        rows.append({"threshold": cards.short(float(level)), "true": true, "false": false})
    return rows


def curves(truth: Values, score: Values, group: NDArray[np.int64]) -> dict[str, Any]:
    """What charts are drawn from: operating and precision curves, reliability, net benefit, counts."""
    edges = metrics.equal_groups(score, 10 if len(score) >= 200 else 5)
    return {
        "operating_curve": cards.operating_curve(truth, score),
        "precision_recall_curve": [
            one for one in cards.precision_recall_curve(truth, score) if np.isfinite(one["precision"])
        ],
        "bins": [
            {"predicted": cards.short(one.predicted), "observed": cards.short(one.observed), "n": one.n}
            for one in metrics.reliability(truth, score, edges=edges)
        ],
        "net_benefit": net_benefit(truth, score),
        "counts": counts(truth, score),
        "positives": int(truth.sum()),
        "n": len(truth),
    }


def net_benefit(truth: Values, score: Values) -> list[dict[str, float]]:
    """The decision curve (Vickers and Elkin, Medical Decision Making 2006;26:565-574).

    At a threshold t, true positives per row less false ones weighted by t / (1 - t): of acting by the model,
    and of acting on everybody. Acting on nobody has 0.
    """
    share, rows = float(truth.mean()), []
    for percent in range(1, 100):
        level = percent / 100
        flagged = score >= level
        weight = level / (1 - level)
        true, false = float((flagged & (truth > 0.5)).mean()), float((flagged & (truth < 0.5)).mean())
        rows.append(
            {
                "threshold": level,
                "model": round(true - weight * false, 5),
                "all": round(share - weight * (1 - share), 5),
            }
        )
    return rows


def cheapest(
    found: list[dict[str, float]], *, positives: int, n: int, miss: float, alarm: float
) -> dict[str, float]:
    """The operating point at which errors cost least, from `counts`.

    `miss` is what one person costs who is missed, `alarm` what one costs who is flagged in vain; the lowest
    of equal ones. {"threshold", "cost" per 100 rows, "sensitivity", "specificity", "flagged"}.
    """
    if miss < 0 or alarm < 0:
        raise ValueError("a cost is not below 0")
    negatives = n - positives

    def cost(one: dict[str, float]) -> float:
        return float((positives - one["true"]) * miss + one["false"] * alarm) / n

    best = min(found, key=lambda one: (round(cost(one), 12), one["threshold"]))
    return {
        "threshold": best["threshold"],
        "cost": 100 * cost(best),
        "sensitivity": best["true"] / positives if positives else float("nan"),
        "specificity": 1 - best["false"] / negatives if negatives else float("nan"),
        "flagged": (best["true"] + best["false"]) / n,
    }
