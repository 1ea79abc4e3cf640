"""Figures for times to an event against lifelines, scikit-survival, and counting by hand."""

import numpy as np
import pytest

from medai_core.learning import survival_metrics as measures


def _people(seed: int, n: int = 240, *, ties: bool = True) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    risk = np.round(generator.normal(0, 1, n), 1)
    died = generator.exponential(6 * np.exp(-0.7 * risk))
    lost = generator.uniform(0.5, 15, n)
    time = np.minimum(died, lost)
    if ties:
        time = np.ceil(time * 2) / 2
    return time, (died <= lost).astype(np.float64), risk


@pytest.mark.parametrize("seed", range(4))
def test_kaplan_meier_as_in_lifelines(seed: int) -> None:
    from lifelines import KaplanMeierFitter

    time, event, _ = _people(seed)
    found, other = measures.kaplan_meier(time, event), KaplanMeierFitter().fit(time, event)
    known = other.survival_function_at_times(found.times).to_numpy()
    assert found.survival == pytest.approx(known, abs=1e-12)
    band = other.confidence_interval_.loc[found.times].to_numpy()
    told = np.isfinite(band).all(axis=1) & np.isfinite(found.low)
    assert told.sum() > 10
    assert found.low[told] == pytest.approx(band[told, 0], abs=1e-9)
    assert found.high[told] == pytest.approx(band[told, 1], abs=1e-9)
    table = other.event_table.loc[found.times]
    assert found.at_risk.tolist() == table["at_risk"].astype(int).tolist()
    assert found.events.tolist() == table["observed"].astype(int).tolist()
    assert found.censored.tolist() == table["censored"].astype(int).tolist()


def test_kaplan_meier_by_hand() -> None:
    curve = measures.kaplan_meier(np.array([1.0, 2, 2, 3, 4]), np.array([1.0, 1, 0, 0, 1]))
    assert curve.at([0.5, 1, 2, 3.9, 4]).tolist() == pytest.approx([1, 0.8, 0.6, 0.6, 0])
    assert curve.at_risk.tolist() == [5, 4, 2, 1]
    assert curve.median == 4
    assert measures.kaplan_meier(np.array([1.0, 2]), np.zeros(2)).median is None
    with pytest.raises(ValueError, match="empty"):
        measures.kaplan_meier(np.empty(0), np.empty(0))


def test_at_risk_counts_as_data() -> None:
    time, event = np.array([1.0, 2, 2, 3, 4]), np.array([1.0, 1, 0, 0, 1])
    table = measures.at_risk_table(time, event, [0, 2, 3.5, 9])
    assert table.at_risk == (5, 4, 1, 0)
    assert table.events == (0, 2, 2, 3)
    assert table.censored == (0, 1, 2, 2)


@pytest.mark.parametrize("seed", range(4))
def test_log_rank_as_in_lifelines(seed: int) -> None:
    from lifelines.statistics import multivariate_logrank_test

    time, event, risk = _people(seed)
    group = np.where(risk > 0.5, "high", np.where(risk > -0.5, "middle", "low"))
    found, other = (
        measures.log_rank(time, event, group.tolist()),
        multivariate_logrank_test(time, group, event),
    )
    assert found.statistic == pytest.approx(other.test_statistic, rel=1e-9)
    assert found.p == pytest.approx(other.p_value, rel=1e-6)
    assert found.degrees == 2
    assert sum(found.observed) == pytest.approx(sum(found.expected)) == event.sum()


def test_log_rank_needs_two_groups_and_an_event() -> None:
    with pytest.raises(ValueError, match="two groups"):
        measures.log_rank(np.ones(3), np.ones(3), ["a"] * 3)
    with pytest.raises(ValueError, match="an event"):
        measures.log_rank(np.ones(3), np.zeros(3), ["a", "b", "a"])


@pytest.mark.parametrize("seed", range(4))
def test_concordance_as_in_lifelines(seed: int) -> None:
    from lifelines.utils import concordance_index

    time, event, risk = _people(seed)
    expected = concordance_index(time, -risk, event)
    assert measures.concordance(time, event, risk) == pytest.approx(expected, abs=1e-12)
    assert measures.concordance(time, event, -risk) == pytest.approx(1 - expected, abs=1e-12)


def test_concordance_of_resampled_people_is_that_of_their_rows() -> None:
    time, event, risk = _people(1, 60)
    drawn = np.random.default_rng(3).integers(0, 60, 60)
    weight = np.bincount(drawn, minlength=60).astype(np.float64)
    found = measures._pairs(time, event, risk)(weight[None])[0]
    assert found == pytest.approx(measures.concordance(time[drawn], event[drawn], risk[drawn]), abs=1e-6)
    estimate = measures.concordance_estimate(time, event, risk, np.arange(60), seed=1, repeats=100)
    assert estimate.low < estimate.value < estimate.high
    same = measures.concordance_gain(time, event, risk, risk, np.arange(60), seed=1, repeats=20)
    assert (same.low, same.value, same.high) == (0, 0, 0)


def test_nobody_to_compare_is_not_a_number() -> None:
    assert np.isnan(measures.concordance(np.ones(3), np.zeros(3), np.arange(3.0)))


@pytest.mark.parametrize("seed", range(4))
def test_as_in_scikit_survival(seed: int) -> None:
    """C, AUC, Brier score and its integral, and Kaplan-Meier with its band; without ties in time."""
    pytest.importorskip("sksurv", reason="scikit-survival is a reference that need not be installed")
    from sksurv import metrics
    from sksurv.nonparametric import kaplan_meier_estimator

    time, event, risk = _people(seed, ties=False)
    truth = np.array(
        [(bool(e), t) for e, t in zip(event, time, strict=True)], dtype=[("e", bool), ("t", float)]
    )
    c = metrics.concordance_index_censored(truth["e"], truth["t"], risk)[0]
    assert measures.concordance(time, event, risk) == pytest.approx(c, abs=1e-12)
    years = [1.0, 2.5, 4.0, 6.0]
    auc, _ = metrics.cumulative_dynamic_auc(truth, truth, risk, years)
    assert [measures.auc_at(time, event, risk, one) for one in years] == pytest.approx(auc, abs=1e-9)
    survival = np.exp(-np.outer(np.exp(0.7 * risk) / 6, years))
    _, brier = metrics.brier_score(truth, truth, survival, years)
    own = [measures.brier_at(time, event, survival[:, at], one) for at, one in enumerate(years)]
    assert own == pytest.approx(brier, abs=1e-9)
    whole = metrics.integrated_brier_score(truth, truth, survival, years)
    assert measures.integrated_brier(time, event, survival, years) == pytest.approx(whole, abs=1e-9)
    times, curve, band = kaplan_meier_estimator(truth["e"], truth["t"], conf_type="log-log")
    found = measures.kaplan_meier(time, event)
    assert found.times == pytest.approx(times)
    assert found.survival == pytest.approx(curve, abs=1e-12)
    inside = (found.survival > 0) & (found.survival < 1)
    assert found.low[inside] == pytest.approx(band[0][inside], abs=1e-9)
    assert found.high[inside] == pytest.approx(band[1][inside], abs=1e-9)


def test_who_was_lost_before_a_horizon_counts_by_those_who_stayed() -> None:
    time, event = np.array([1.0, 2, 3, 4]), np.array([1.0, 0, 1, 0])
    had, weight = measures.known_by(time, event, 3.5)
    assert had.tolist() == [1, 0, 1, 0]
    # one of three was lost at 2: who is still there counts for 1 / (2 / 3)
    assert weight.tolist() == pytest.approx([1, 0, 1.5, 1.5])


def test_the_end_of_follow_up_can_be_a_horizon() -> None:
    time, event = np.array([1.0, 7, 7, 7]), np.array([1.0, 0, 0, 0])
    had, weight = measures.known_by(time, event, 7.0)
    assert had.tolist() == [1, 0, 0, 0]
    assert (weight > 0).all()


def test_calibration_compares_with_what_was_seen() -> None:
    generator = np.random.default_rng(5)
    rate = generator.uniform(0.02, 0.4, 4000)
    died, lost = generator.exponential(1 / rate), generator.uniform(1, 12, 4000)
    time, event = np.minimum(died, lost), (died <= lost).astype(np.float64)
    bins = measures.calibration_at(time, event, np.exp(-5 * rate), 5.0, bins=5)
    assert sum(one.n for one in bins) == 4000
    assert all(one.low - 0.02 <= one.predicted <= one.high + 0.02 for one in bins)
    wrong = measures.calibration_at(time, event, np.exp(-5 * rate) ** 2, 5.0, bins=5)
    assert all(one.predicted < one.low for one in wrong)


def test_one_time_has_no_integral() -> None:
    with pytest.raises(ValueError, match="two or more"):
        measures.integrated_brier(np.ones(2), np.ones(2), np.ones((2, 1)), [1.0])
