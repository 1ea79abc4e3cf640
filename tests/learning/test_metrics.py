"""Figures against their definitions and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


@pytest.mark.parametrize("seed", range(3))
def test_average_precision_as_in_scikit_learn(seed: int) -> None:
    from sklearn.metrics import average_precision_score

    truth, score, patient = _films(seed)
    assert metrics.average_precision(truth, score) == pytest.approx(average_precision_score(truth, score))
    weight = np.bincount(patient)[patient].astype(np.float64)
    expected = average_precision_score(truth, score, sample_weight=weight)
    assert metrics.average_precision(truth, score, weight) == pytest.approx(expected)
    assert np.isnan(metrics.average_precision(np.zeros(3), np.arange(3.0)))


def test_predictive_values_by_hand() -> None:
    truth = np.array([1, 1, 0, 0, 0, 0.0])
    flagged = np.array([1, 0, 1, 0, 0, 0.0])
    assert metrics.positive_predictive_value(truth, flagged) == 0.5
    assert metrics.negative_predictive_value(truth, flagged) == 0.75
    assert np.isnan(metrics.positive_predictive_value(truth, np.zeros(6)))
    assert np.isnan(metrics.negative_predictive_value(truth, np.ones(6)))


films_of_few = st.lists(
    st.tuples(st.booleans(), st.floats(0, 1), st.integers(0, 8), st.integers(0, 3)), min_size=2, max_size=60
)


@settings(max_examples=100, deadline=None)
@given(films_of_few)
def test_a_weight_is_how_often_a_film_counts(rows: list[tuple[bool, float, int, int]]) -> None:
    """Whole weights give what as many copies of the film would."""
    truth, score = (np.array([row[column] for row in rows], dtype=np.float64) for column in (0, 1))
    weight = np.array([row[3] for row in rows])
    copies = np.repeat(np.arange(len(rows)), weight)
    for statistic in (metrics.auroc, metrics.average_precision, metrics.expected_calibration_error):
        counted = statistic(truth, score, weight.astype(np.float64))
        assert counted == pytest.approx(statistic(truth[copies], score[copies]), abs=1e-9, nan_ok=True)


@settings(max_examples=100, deadline=None)
@given(films_of_few)
def test_auroc_of_the_reversed_score_is_the_rest(rows: list[tuple[bool, float, int, int]]) -> None:
    truth, score = (np.array([row[column] for row in rows], dtype=np.float64) for column in (0, 1))
    value = metrics.auroc(truth, score)
    assert metrics.auroc(truth, -score) == pytest.approx(1 - value, abs=1e-12, nan_ok=True)
    assert np.isnan(value) or 0 <= value <= 1


@settings(max_examples=60, deadline=None)
@given(films_of_few)
def test_bins_hold_every_film_once(rows: list[tuple[bool, float, int, int]]) -> None:
    truth, score = (np.array([row[column] for row in rows], dtype=np.float64) for column in (0, 1))
    patient = np.array([row[2] for row in rows])
    for edges in (None, metrics.equal_groups(score), metrics.even_edges(4)):
        bins = metrics.reliability(truth, score, edges=edges)
        assert sum(one.n for one in bins) == len(rows)
        assert sum(one.n * one.observed for one in bins) == pytest.approx(truth.sum())
        ends = metrics.reliability_ends(truth, score, patient, seed=1, edges=edges, repeats=20)
        assert len(ends) == len(bins)
        known = [(low, high) for low, high in ends if np.isfinite(low)]
        assert all(0 <= low <= high <= 1 for low, high in known)


def test_rare_findings_are_binned_by_number() -> None:
    score = np.linspace(0.001, 0.02, 1000)
    assert [one.n for one in metrics.reliability(np.zeros(1000), score)] == [1000]
    groups = metrics.reliability(np.zeros(1000), score, edges=metrics.equal_groups(score))
    assert [one.n for one in groups] == [100] * 10


def test_the_mean_over_findings_leaves_out_what_has_no_positives() -> None:
    first, second = _films(1), _films(2)
    mean = metrics.mean_auroc([first[:2], second[:2], (np.zeros(300), second[1])])
    expected = (metrics.auroc(*first[:2]) + metrics.auroc(*second[:2])) / 2
    assert mean(np.ones(300)) == pytest.approx(expected)
    found = metrics.estimate_of(mean, first[2], seed=1, repeats=100)
    assert found.low < found.value < found.high


def test_the_prepared_statistics_are_the_plain_ones() -> None:
    truth, score, patient = _films(4)

    def plain(truth: np.ndarray, score: np.ndarray, weight: np.ndarray | None = None) -> float:
        return metrics.auroc(truth, score, weight)

    quick = metrics.estimate(metrics.auroc, truth, score, patient, seed=3, repeats=50)
    assert quick == metrics.estimate(plain, truth, score, patient, seed=3, repeats=50)
