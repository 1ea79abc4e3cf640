"""Calibrated probabilities add up, keep their order, and their intervals enclose them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medai_core.learning.calibration import (
    NestedCalibration,
    SeparateCalibration,
    fit_calibration,
    fit_separate,
    logit_shifts,
    platt,
    read_calibration,
    sigmoid,
)
from medai_core.learning.metrics import expected_calibration_error


def _films(n: int = 4000, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits twice too sure and off by one, with labels drawn from the true probabilities."""
    generator = np.random.default_rng(seed)
    first, second = generator.normal(1.0, 2.0, n), generator.normal(0.0, 1.5, n)
    ill = generator.random(n) < sigmoid(first)
    label = np.where(ill, np.where(generator.random(n) < sigmoid(second), 1, 2), 0)
    stated = 2 * first + 1
    # two logits whose log-sum against zero is `stated` and whose difference is 2 * second
    bacterial = stated - np.log1p(np.exp(-2 * second))
    logits = np.column_stack([np.zeros(n), bacterial, bacterial - 2 * second])
    return logits, label.astype(np.int64), np.arange(n) // 2


def _calibration(replicates: int = 40) -> NestedCalibration:
    logits, label, patient = _films()
    shifts = np.random.default_rng(2).normal(0, 0.3, (50, 2))
    return fit_calibration(logits, label, patient, shifts, seed=3, replicates=replicates)


def test_the_maps_undo_what_was_wrong() -> None:
    slope, offset, share_slope, share_offset = _calibration().maps
    assert slope == pytest.approx(0.5, abs=0.05)
    assert offset == pytest.approx(-0.5, abs=0.1)
    assert share_slope == pytest.approx(0.5, abs=0.05)
    assert share_offset == pytest.approx(0.0, abs=0.1)


def test_calibrated_on_new_films() -> None:
    logits, label, _ = _films(seed=9)
    scores = _calibration().probabilities(logits)
    for column, truth in enumerate((label > 0, label == 1, label == 2)):
        assert expected_calibration_error(truth.astype(float), scores[:, column]) < 0.03


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.floats(-60, 60)] * 3), min_size=1, max_size=8))
def test_parts_add_up_and_intervals_enclose(rows: list[tuple[float, float, float]]) -> None:
    calibration = _KEPT
    logits = np.array(rows)
    scores = calibration.probabilities(logits)
    low, high = calibration.intervals(logits)
    assert np.allclose(scores[:, 0], scores[:, 1] + scores[:, 2], atol=1e-12)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert ((low <= scores) & (scores <= high)).all()
    assert ((low >= 0) & (high <= 1)).all()


_KEPT = _calibration()


def test_more_evidence_never_scores_lower() -> None:
    logits = np.column_stack([np.zeros(200), np.linspace(-20, 20, 200), np.full(200, -3.0)])
    assert (np.diff(_KEPT.probabilities(logits)[:, 0]) >= 0).all()


def test_written_and_read_again() -> None:
    again = read_calibration(_KEPT.as_dict())
    logits = _films(50)[0]
    assert np.allclose(again.probabilities(logits), _KEPT.probabilities(logits), atol=1e-5)
    assert np.allclose(again.intervals(logits)[0], _KEPT.intervals(logits)[0], atol=1e-3)


def test_platt_stays_finite_where_classes_separate() -> None:
    logit = np.linspace(-5, 5, 100)
    slope, offset = platt(logit, (logit > 0).astype(float), np.ones(100))
    assert 0 < slope < 100
    assert abs(offset) < 1


def test_shifts_are_differences_of_the_two_questions() -> None:
    clean = np.array([[0.0, 1.0, 2.0]])
    assert logit_shifts(clean, clean + [[0, 3, 3]])[0] == pytest.approx([3.0, 0.0])


def test_evidence_is_held_against_normal() -> None:
    maps = np.zeros((2, 2, 3), dtype=np.float32)
    maps[0, 0] = (-2, 3, 0)  # speaks for bacterial
    maps[1, 1] = (4, 0, 0)  # speaks against both
    bacterial = _KEPT.evidence(maps, "bacterial")
    assert bacterial[0, 0] == 5
    assert bacterial[1, 1] == -4
    assert _KEPT.evidence(maps, "pneumonia")[0, 0] == pytest.approx(np.logaddexp(3, 0) + 2)


NAMES = ("effusion", "mass", "hernia")


def _separate_films(n: int = 6000, seed: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits off by a known map a label, the last one saying nothing; films in threes a patient."""
    generator = np.random.default_rng(seed)
    true = generator.normal([-2.0, -1.0, -3.0], [1.5, 2.0, 1.0], (n, 3))
    truth = (generator.random((n, 3)) < sigmoid(true)).astype(np.float64)
    logits = true * [2.0, 0.5, 1.0] + [1.0, -0.5, 0.0]
    logits[:, 2] = -true[:, 2]
    return logits, truth, np.arange(n) // 3


def _separate(replicates: int = 60) -> SeparateCalibration:
    shifts = np.random.default_rng(6).normal(0, 0.4, (80, 3))
    return fit_separate(NAMES, *_separate_films(), shifts, seed=5, replicates=replicates)


_APART = _separate()


def test_each_label_has_its_own_map() -> None:
    assert _APART.maps[0] == pytest.approx([0.5, -0.5], abs=0.1)
    assert _APART.maps[1] == pytest.approx([2.0, 1.0], abs=0.3)
    logits, truth, _ = _separate_films(seed=8)
    for column in range(2):
        assert expected_calibration_error(truth[:, column], _APART.probabilities(logits)[:, column]) < 0.03


def test_a_label_that_says_nothing_gets_its_prevalence() -> None:
    logits, truth, _ = _separate_films()
    assert _APART.maps[2, 0] == 0.0
    assert _APART.probabilities(logits)[:, 2] == pytest.approx(truth[:, 2].mean(), abs=0.005)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.floats(-60, 60)] * 3), min_size=1, max_size=8))
def test_separate_intervals_enclose_and_keep_the_order(rows: list[tuple[float, float, float]]) -> None:
    logits = np.array(rows)
    scores = _APART.probabilities(logits)
    low, high = _APART.intervals(logits)
    assert ((0 <= low) & (low <= scores) & (scores <= high) & (high <= 1)).all()
    for column in range(3):
        order = np.argsort(logits[:, column], kind="stable")
        assert (np.diff(scores[order, column]) >= 0).all()


def test_a_label_does_not_hang_on_the_others() -> None:
    one, other = np.array([[1.0, -2.0, 0.5]]), np.array([[1.0, 9.0, -7.0]])
    assert _APART.probabilities(one)[0, 0] == _APART.probabilities(other)[0, 0]
    assert _APART.intervals(one)[0][0, 0] == _APART.intervals(other)[0][0, 0]


def test_larger_shifts_make_wider_intervals() -> None:
    logits, truth, patient = _separate_films(900)
    widths = []
    for spread in (0.05, 1.5):
        shifts = np.random.default_rng(6).normal(0, spread, (80, 3))
        found = fit_separate(NAMES, logits, truth, patient, shifts, seed=5, replicates=80)
        low, high = found.intervals(np.zeros((1, 3)))
        widths.append(float((high - low)[0, 0]))
    assert widths[1] > 2 * widths[0]


def test_a_separate_calibration_is_written_and_read_again() -> None:
    again = read_calibration(_APART.as_dict())
    logits = _separate_films(50)[0]
    assert again.probabilities(logits) == pytest.approx(_APART.probabilities(logits), abs=1e-5)
    for one, other in zip(again.intervals(logits), _APART.intervals(logits), strict=True):
        assert one == pytest.approx(other, abs=1e-3)
    maps = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    assert np.array_equal(again.evidence(maps, "mass"), maps[..., 1])


def test_a_kind_that_is_not_known_is_no_calibration() -> None:
    with pytest.raises(ValueError, match="'other'"):
        read_calibration({"kind": "other"})
