"""Calibrated probabilities add up, keep their order, and their intervals enclose them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medai_core.learning.calibration import Calibration, fit_calibration, logit_shifts, platt, sigmoid
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


def _calibration(replicates: int = 40) -> Calibration:
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
    again = Calibration.from_dict(_KEPT.as_dict())
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
