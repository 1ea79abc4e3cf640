"""Figures, net benefit and cost, on small cases worked by hand."""

import numpy as np
import pytest

from medai_core.learning import judging

TRUTH = np.array([1.0, 1.0, 0.0, 0.0])
SCORE = np.array([0.9, 0.4, 0.6, 0.1])


def test_net_benefit_by_hand() -> None:
    at_half = next(one for one in judging.net_benefit(TRUTH, SCORE) if one["threshold"] == 0.5)
    assert at_half == {"threshold": 0.5, "model": 0.0, "all": 0.0}
    at_a_fifth = next(one for one in judging.net_benefit(TRUTH, SCORE) if one["threshold"] == 0.2)
    assert at_a_fifth["model"] == pytest.approx(2 / 4 - 0.25 * 1 / 4)
    assert at_a_fifth["all"] == pytest.approx(2 / 4 - 0.25 * 2 / 4)


def test_costs_move_the_operating_point() -> None:
    found = judging.counts(TRUTH, SCORE)
    missed = judging.cheapest(found, positives=2, n=4, miss=10, alarm=1)
    alarmed = judging.cheapest(found, positives=2, n=4, miss=1, alarm=10)
    assert missed["sensitivity"] == 1.0
    assert alarmed["specificity"] == 1.0
    assert missed["threshold"] < alarmed["threshold"]
    assert missed["cost"] == pytest.approx(100 * 1 / 4)
    with pytest.raises(ValueError, match="cost"):
        judging.cheapest(found, positives=2, n=4, miss=-1, alarm=1)


def test_the_first_operating_point_flags_everybody() -> None:
    assert judging.counts(TRUTH, SCORE)[0] == {"threshold": 0.0, "true": 2, "false": 2}


def test_calibrated_probabilities_have_a_slope_of_one() -> None:
    generator = np.random.default_rng(0)
    score = generator.uniform(0.05, 0.95, 4000)
    truth = (generator.random(4000) < score).astype(float)
    found = judging.figures(truth, score, np.arange(4000))
    assert found["calibration_slope"]["low"] < 1 < found["calibration_slope"]["high"]
    assert found["calibration_offset"]["low"] < 0 < found["calibration_offset"]["high"]
    steep = judging.figures(truth, 1 / (1 + np.exp(-3 * np.log(score / (1 - score)))), np.arange(4000))
    assert steep["calibration_slope"]["high"] < 0.5


def test_a_share_of_all_has_an_interval() -> None:
    found = judging.at_threshold(TRUTH, SCORE, np.arange(4), 0.05)
    assert found["sensitivity"]["value"] == 1.0
    assert found["sensitivity"]["low"] < 0.5
