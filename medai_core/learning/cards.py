"""Parts of a card that every model's evaluation writes alike: estimates, curves, calibration, files."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.learning import metrics
from medai_core.learning.weights import KERAS_FILE, SERVED_FILE, file_digest

CARD_FILE: Final = "card.json"
CALIBRATION_FILE: Final = "calibration.json"
GOLDEN_FILE: Final = "golden.json"

BOOTSTRAP_SEED: Final = 99
CURVE_POINTS: Final = 41

Values = NDArray[np.float64]
Say = Callable[[str], None]

_NUMBERS: Final = re.compile(r"\[\n\s*(-?[\d.][^\[\]{}\"]*?)\n\s*\]")
"""A list of numbers, and of nothing else, over several lines; within text there are no line ends."""


def as_text(data: Mapping[str, Any]) -> str:
    """JSON to be read by people too: a list of numbers stands on one line."""
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
    return _NUMBERS.sub(lambda found: "[" + re.sub(r"\s+", " ", found[1]) + "]", text) + "\n"


def files_of(folder: Path, **more: str) -> dict[str, dict[str, Any]]:
    """Name, digest and size of every file that answers, and of `more` (key = name) that the card is from."""
    names = {
        "served": SERVED_FILE,
        "keras": KERAS_FILE,
        "calibration": CALIBRATION_FILE,
        "golden": GOLDEN_FILE,
        **more,
    }
    return {
        key: {"name": name, "sha256": file_digest(folder / name), "bytes": (folder / name).stat().st_size}
        for key, name in names.items()
    }


def measured(found: metrics.Estimate) -> dict[str, float | int] | None:
    """The estimate for a card, None where it could not be measured."""
    return found.as_dict() if np.isfinite([found.value, found.low, found.high]).all() else None


def figures(
    truth: Values,
    score: Values,
    threshold: float,
    patient: NDArray[np.int64],
    wanted: Sequence[str],
) -> dict[str, dict[str, float | int]]:
    """The figures `wanted` (keys of `STATISTICS`) of one label; what cannot be measured is left out."""
    flagged = (score >= threshold).astype(np.float64)
    found = {}
    for name in wanted:
        statistic, of_score = STATISTICS[name]
        values = score if of_score else flagged
        one = measured(metrics.estimate(statistic, truth, values, patient, seed=BOOTSTRAP_SEED))
        if one is not None:
            found[name] = one
    return found


STATISTICS: Final[dict[str, tuple[metrics.Statistic, bool]]] = {
    "auroc": (metrics.auroc, True),
    "auprc": (metrics.average_precision, True),
    "sensitivity": (metrics.sensitivity, False),
    "specificity": (metrics.specificity, False),
    "accuracy": (metrics.accuracy, False),
    "ppv": (metrics.positive_predictive_value, False),
    "npv": (metrics.negative_predictive_value, False),
}
"""Name on the card -> the statistic, and whether it is of the score or of the flags."""


def levels_of(score: Values) -> Values:
    """Operating points at even steps of the scores' ranks, `CURVE_POINTS` at most."""
    return np.unique(np.quantile(score, np.linspace(0, 1, CURVE_POINTS)))


def operating_curve(truth: Values, score: Values, levels: Values | None = None) -> list[dict[str, float]]:
    """Sensitivity and specificity at `levels` (`levels_of` the scores where None)."""
    return [
        {
            "threshold": short(level),
            "sensitivity": round(metrics.sensitivity(truth, (score >= level).astype(np.float64)), 4),
            "specificity": round(metrics.specificity(truth, (score >= level).astype(np.float64)), 4),
        }
        for level in (levels_of(score) if levels is None else levels)
    ]


def precision_recall_curve(
    truth: Values, score: Values, levels: Values | None = None
) -> list[dict[str, float]]:
    """Recall and precision at `levels` (`levels_of` the scores where None)."""
    points = []
    for level in levels_of(score) if levels is None else levels:
        flagged = (score >= level).astype(np.float64)
        precision = metrics.positive_predictive_value(truth, flagged)
        points.append(
            {
                "threshold": short(level),
                "recall": round(metrics.sensitivity(truth, flagged), 4),
                "precision": round(precision, 4),
            }
        )
    return points


def short(level: float) -> float:
    """An operating point or a probability with four digits, also where it is small."""
    return float(f"{level:.4g}") if abs(level) < 0.1 else round(float(level), 4)


def calibration_figures(
    truth: Values, score: Values, patient: NDArray[np.int64], *, edges: Values | None = None
) -> dict[str, Any]:
    """Calibration error with its interval, Brier score, and the bins of the reliability curve.

    `edges` as in `metrics.reliability`. A bin's `low` and `high` are the ends of the 95 % interval of the
    observed share, patients resampled.
    """

    def error(weight: Values) -> float:
        return metrics.expected_calibration_error(truth, score, weight, edges=edges)

    found = metrics.estimate_of(error, patient, seed=BOOTSTRAP_SEED)
    ends = metrics.reliability_ends(truth, score, patient, seed=BOOTSTRAP_SEED, edges=edges)
    return {
        "expected_calibration_error": found.as_dict(),
        "brier": round(metrics.brier(truth, score), 4),
        "bins": [
            {
                "predicted": short(one.predicted),
                "observed": short(one.observed),
                "low": short(low),
                "high": short(high),
                "n": one.n,
            }
            for one, (low, high) in zip(metrics.reliability(truth, score, edges=edges), ends, strict=True)
        ],
    }
