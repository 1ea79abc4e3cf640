"""Figures against their definitions and scikit-learn."""

import numpy as np
import pytest

from medai_core.learning import metrics


def _films(seed: int, n: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    truth = (generator.random(n) < 0.6).astype(np.float64)
    score = np.round(np.clip(0.35 * truth + generator.random(n) * 0.7, 0, 1), 2)  # with ties
    return truth, score, generator.integers(0, 120, n)


@pytest.mark.parametrize("seed", range(5))
def test_auroc_as_in_scikit_learn(seed: int) -> None:
    from sklearn.metrics import roc_auc_score

    truth, score, patient = _films(seed)
    assert metrics.auroc(truth, score) == pytest.approx(roc_auc_score(truth, score), abs=1e-12)
    weight = np.bincount(patient)[patient].astype(np.float64)
    expected = roc_auc_score(truth, score, sample_weight=weight)
    assert metrics.auroc(truth, score, weight) == pytest.approx(expected, abs=1e-12)


def test_auroc_needs_both_classes() -> None:
    assert np.isnan(metrics.auroc(np.ones(3), np.arange(3.0)))


def test_shares_by_hand() -> None:
    truth = np.array([1, 1, 1, 1, 0, 0.0])
    flagged = np.array([1, 1, 1, 0, 1, 0.0])
    assert metrics.sensitivity(truth, flagged) == 0.75
    assert metrics.specificity(truth, flagged) == 0.5
    assert metrics.accuracy(truth, flagged) == pytest.approx(4 / 6)
    assert metrics.flagged_share(truth, flagged) == pytest.approx(4 / 6)
    assert metrics.sensitivity(truth, flagged, np.array([3, 0, 0, 1, 1, 1.0])) == 0.75
    assert np.isnan(metrics.sensitivity(np.zeros(3), np.zeros(3)))


def test_calibration_error_by_hand() -> None:
    truth = np.array([1, 0, 1, 1.0])
    score = np.array([0.25, 0.25, 0.75, 0.75])
    # two bins of two: |0.5 - 0.25| and |1 - 0.75|
    assert metrics.expected_calibration_error(truth, score) == pytest.approx(0.25)
    assert [one.n for one in metrics.reliability(truth, score)] == [2, 2]
    assert metrics.expected_calibration_error(truth, truth) == 0.0


def test_perfect_calibration_is_near_zero() -> None:
    generator = np.random.default_rng(1)
    score = generator.random(20_000)
    truth = (generator.random(20_000) < score).astype(np.float64)
    assert metrics.expected_calibration_error(truth, score) < 0.015
    assert metrics.brier(truth, score) == pytest.approx(1 / 6, abs=0.01)


def test_the_interval_holds_the_value_and_narrows() -> None:
    wide = metrics.estimate(metrics.auroc, *_films(3, 120), seed=1, repeats=300)
    narrow = metrics.estimate(metrics.auroc, *_films(3, 3000), seed=1, repeats=300)
    assert wide.low < wide.value < wide.high
    assert narrow.high - narrow.low < (wide.high - wide.low) / 2
    assert (wide.n, wide.patients) == (120, len(np.unique(_films(3, 120)[2])))


def test_patients_are_resampled_not_images() -> None:
    """Copies of one patient's image add no certainty."""
    truth, score, _ = _films(5, 60)
    alone = metrics.estimate(metrics.auroc, truth, score, np.arange(60), seed=2, repeats=400)
    tenfold = metrics.estimate(
        metrics.auroc,
        np.repeat(truth, 10),
        np.repeat(score, 10),
        np.repeat(np.arange(60), 10),
        seed=2,
        repeats=400,
    )
    assert (tenfold.low, tenfold.high) == pytest.approx((alone.low, alone.high), abs=1e-12)
