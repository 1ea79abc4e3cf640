"""Shifting a prior, and predictive values: the laws that they must keep, printed examples, made-up films."""

import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from medai_core.domain import prevalence
from medai_core.domain.prevalence import (
    Interval,
    predictive_intervals,
    predictive_values,
    shifted,
    shifted_alike,
    shifted_part,
)

SHARES = st.floats(prevalence.LOWEST, prevalence.HIGHEST)
PROBABILITIES = st.floats(0, 1)
INSIDE = st.floats(1e-6, 1 - 1e-6)


def posteriors(probability: list[float], training: list[float], local: list[float]) -> list[float]:
    """Equation 2.4 of Saerens and others for any number of classes, written out."""
    weighted = [p * new / old for p, old, new in zip(probability, training, local, strict=True)]
    return [one / sum(weighted) for one in weighted]


def test_the_printed_examples_hold() -> None:
    assert doctest.testmod(prevalence).failed == 0


@given(PROBABILITIES, SHARES, SHARES)
def test_two_classes_of_the_equation(probability: float, training: float, local: float) -> None:
    expected = posteriors([probability, 1 - probability], [training, 1 - training], [local, 1 - local])[0]
    assert shifted(probability, training, local) == pytest.approx(expected, abs=1e-12)


@given(PROBABILITIES, SHARES, SHARES)
def test_a_shifted_probability_is_one(probability: float, training: float, local: float) -> None:
    assert 0 <= shifted(probability, training, local) <= 1


@given(PROBABILITIES, SHARES)
def test_the_same_prevalence_changes_nothing(probability: float, share: float) -> None:
    assert shifted(probability, share, share) == probability


@given(PROBABILITIES, PROBABILITIES, SHARES, SHARES)
def test_the_order_of_probabilities_stays(one: float, other: float, training: float, local: float) -> None:
    low, high = sorted((one, other))
    assert shifted(low, training, local) <= shifted(high, training, local) + 1e-12


@given(INSIDE, SHARES, SHARES, SHARES)
def test_more_of_it_here_makes_it_likelier(
    probability: float, training: float, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assert shifted(probability, training, low) <= shifted(probability, training, high) + 1e-12


@given(INSIDE, SHARES, SHARES)
def test_the_way_back_leads_back(probability: float, training: float, local: float) -> None:
    there = shifted(probability, training, local)
    assert shifted(there, local, training) == pytest.approx(probability, rel=1e-6, abs=1e-9)


@given(INSIDE, SHARES, SHARES, SHARES)
def test_two_steps_are_one(probability: float, first: float, second: float, third: float) -> None:
    steps = shifted(shifted(probability, first, second), second, third)
    assert steps == pytest.approx(shifted(probability, first, third), rel=1e-6, abs=1e-9)


@given(SHARES, SHARES)
def test_an_image_that_says_nothing_gets_the_prevalence_here(training: float, local: float) -> None:
    assert shifted(training, training, local) == pytest.approx(local)


@given(INSIDE, SHARES, SHARES)
def test_the_likelihood_ratio_of_the_image_stays(probability: float, training: float, local: float) -> None:
    def ratio(posterior: float, prior: float) -> float:
        return posterior / (1 - posterior) / (prior / (1 - prior))

    there = shifted(probability, training, local)
    assert ratio(there, local) == pytest.approx(ratio(probability, training), rel=1e-5)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [((1.1, 0.5, 0.5), "probability"), ((-0.1, 0.5, 0.4), "probability"), ((math.nan, 0.5, 0.4), "prob"),
     ((0.5, 0.0, 0.5), "training"), ((0.5, 1.0, 0.5), "training"), ((0.5, 0.5, 0.0), "local"),
     ((0.5, 0.5, math.nan), "local")],
)  # fmt: skip
def test_what_is_no_share_is_an_error(arguments: tuple[float, float, float], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        shifted(*arguments)


@given(INSIDE, st.floats(0.01, 0.99), SHARES, SHARES)
def test_parts_follow_the_equation_over_all_classes(
    whole: float, share: float, training: float, local: float
) -> None:
    """Two parts and the absence of both; the parts have the same split of the whole here as in training."""
    split = 0.35
    classes = [whole * share, whole * (1 - share), 1 - whole]
    priors = [[one * split, one * (1 - split), 1 - one] for one in (training, local)]
    first, second, _ = posteriors(classes, *priors)
    assert shifted_part(classes[0], whole, training, local) == pytest.approx(first, rel=1e-9)
    assert shifted_part(classes[1], whole, training, local) == pytest.approx(second, rel=1e-9)
    assert first + second == pytest.approx(shifted(whole, training, local), rel=1e-9)


def test_a_part_of_nothing_stays_nothing() -> None:
    assert shifted_part(0.0, 0.0, 0.5, 0.1) == 0.0


@given(INSIDE, INSIDE, SHARES, SHARES)
def test_ends_move_as_their_probability_does(
    probability: float, end: float, training: float, local: float
) -> None:
    moved = shifted_alike(end, probability, shifted(probability, training, local))
    assert moved == pytest.approx(shifted(end, training, local), rel=1e-6, abs=1e-9)


@given(st.tuples(INSIDE, INSIDE, INSIDE).map(sorted), INSIDE)
def test_an_interval_still_encloses_its_probability(ends: list[float], after: float) -> None:
    low, value, high = ends
    assert shifted_alike(low, value, after) <= after + 1e-9
    assert shifted_alike(high, value, after) >= after - 1e-9
    assert 0 <= shifted_alike(low, value, after) <= shifted_alike(high, value, after) <= 1


@given(INSIDE, INSIDE, SHARES)
def test_predictive_values_are_counts_of_a_large_town(
    sensitivity: float, specificity: float, share: float
) -> None:
    ill, well = share * 1e6, (1 - share) * 1e6
    flagged_ill, flagged_well = ill * sensitivity, well * (1 - specificity)
    ppv, npv = predictive_values(sensitivity, specificity, share)
    assert ppv == pytest.approx(flagged_ill / (flagged_ill + flagged_well))
    passed_well, passed_ill = well - flagged_well, ill - flagged_ill
    assert npv == pytest.approx(passed_well / (passed_well + passed_ill), rel=1e-5)


@given(INSIDE, INSIDE, SHARES, SHARES)
def test_flags_are_worth_more_where_it_is_common(
    sensitivity: float, specificity: float, one: float, other: float
) -> None:
    low, high = (predictive_values(sensitivity, specificity, share) for share in sorted((one, other)))
    assert low[0] is not None
    assert low[1] is not None
    assert high[0] is not None
    assert high[1] is not None
    assert low[0] <= high[0] + 1e-12
    assert low[1] >= high[1] - 1e-12


def test_where_nothing_or_all_is_flagged_one_value_does_not_exist() -> None:
    assert predictive_values(0, 1, 0.2) == (None, 0.8)
    assert predictive_values(1, 0, 0.2) == (0.2, None)


@given(st.tuples(INSIDE, INSIDE, INSIDE).map(sorted), st.tuples(INSIDE, INSIDE, INSIDE).map(sorted), SHARES)
def test_intervals_of_predictive_values_enclose_them(
    sensitivity: list[float], specificity: list[float], share: float
) -> None:
    both = (Interval(one[1], one[0], one[2]) for one in (sensitivity, specificity))
    for found in predictive_intervals(*both, share):
        assert found is not None
        assert found.low <= found.value <= found.high


def test_an_end_that_does_not_exist_is_the_value() -> None:
    ppv, npv = predictive_intervals(Interval(0.5, 0.0, 1.0), Interval(0.9, 0.8, 1.0), 0.5)
    assert ppv is not None
    assert (ppv.value, ppv.low, ppv.high) == (pytest.approx(5 / 6), 0.0, 1.0)
    ppv, _ = predictive_intervals(Interval(0.0, 0.0, 0.0), Interval(1.0, 1.0, 1.0), 0.5)
    assert ppv is None
    assert npv is not None


def _films(share: float, *, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Outcomes, and scores of two bells: the posterior at prevalence 1/2 is exactly their logistic."""
    generator = np.random.default_rng(seed)
    truth = (generator.random(20_000) < share).astype(np.float64)
    score = generator.normal(truth * 2.0, 1.0)
    return truth, 1 / (1 + np.exp(-(2.0 * score - 2.0)))


@pytest.mark.parametrize("local", [0.02, 0.1, 0.8])
def test_probabilities_of_other_films_come_true_after_the_shift_only(local: float) -> None:
    truth, trained = _films(local, seed=5)
    here = np.array([shifted(float(one), 0.5, local) for one in trained])
    for name, probability, good in (("trained", trained, False), ("here", here, True)):
        edges = np.quantile(probability, np.arange(1, 10) / 10)
        group = np.searchsorted(edges, probability)
        gaps = [abs(truth[group == one].mean() - probability[group == one].mean()) for one in range(10)]
        assert bool(np.mean(gaps) < 0.012) is good, (name, gaps)
