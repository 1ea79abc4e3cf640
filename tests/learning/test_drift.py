"""The index and the distance by their properties, and against SciPy."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, ks_2samp

from medai_core.learning.drift import FLOOR, psi, psi_by_chance, two_sample_ks

counts = st.lists(st.integers(0, 10_000), min_size=10, max_size=10).filter(any)
values = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=200)


@settings(deadline=None)
@given(counts)
def test_the_index_is_zero_on_equal_histograms(one: list[int]) -> None:
    assert psi(one, one) == 0
    assert psi(one, [3 * count for count in one]) == pytest.approx(0, abs=1e-9)


@settings(deadline=None)
@given(counts, counts)
def test_the_index_is_symmetric_and_bounded(one: list[int], other: list[int]) -> None:
    found = psi(one, other)
    assert found == pytest.approx(psi(other, one), abs=1e-12)
    assert 0 <= found <= 2 * math.log(1 / FLOOR) + 0.01


@settings(deadline=None)
@given(counts, counts, st.permutations(range(10)))
def test_the_order_of_the_bins_does_not_matter(one: list[int], other: list[int], order: list[int]) -> None:
    again = psi([one[place] for place in order], [other[place] for place in order])
    assert again == pytest.approx(psi(one, other), abs=1e-9)


def test_the_index_of_a_known_case() -> None:
    expected = 0.1 * math.log(0.6 / 0.5) + -0.1 * math.log(0.4 / 0.5)
    assert psi([50, 50], [4, 6]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("one", "other"), [([1, 2], [1, 2, 3]), ([0, 0], [1, 1]), ([1, -1], [1, 1]), ([5], [5])]
)
def test_no_index_of_what_is_no_histogram(one: list[int], other: list[int]) -> None:
    with pytest.raises(ValueError, match="histogram"):
        psi(one, other)


@pytest.mark.parametrize("bins", [2, 5, 10, 20])
def test_chance_is_as_by_the_chi_squared_distribution(bins: int) -> None:
    assert psi_by_chance(bins, 200, 1000) == pytest.approx(
        chi2.ppf(0.999, bins - 1) * (1 / 200 + 1 / 1000), rel=0.035
    )


def test_chance_alone_seldom_exceeds_its_limit_and_often_the_customary_one() -> None:
    generator = np.random.default_rng(3)
    counted = generator.multinomial(60, [0.1] * 10, size=5000)
    drawn = [psi([0.1] * 10, one, floor=0.5 / 60) for one in counted]
    limit = psi_by_chance(10, 60)
    assert np.mean([one > limit for one in drawn]) < 0.006  # one in 1,000, where bins hold many
    assert np.mean([one > 0.1 for one in drawn]) > 0.5
    assert limit > 0.25


def test_chance_needs_values() -> None:
    with pytest.raises(ValueError, match="two bins"):
        psi_by_chance(1, 10)


@settings(deadline=None)
@given(values)
def test_the_distance_is_zero_on_equal_values(one: list[float]) -> None:
    found = two_sample_ks(one, one)
    assert found.distance == 0
    assert found.p == 1


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # SciPy's own, where it turns from exact to asymptotic
@settings(deadline=None)
@given(values, values)
def test_the_distance_is_scipys(one: list[float], other: list[float]) -> None:
    found = two_sample_ks(one, other)
    theirs = ks_2samp(one, other, method="asymp")
    assert found.distance == pytest.approx(theirs.statistic, abs=1e-12)
    assert found.distance == two_sample_ks(other, one).distance
    assert 0 <= found.distance <= 1
    assert 0 <= found.p <= 1
    assert (found.n, found.n_before) == (len(one), len(other))


def test_the_p_value_is_near_the_exact_one() -> None:
    generator = np.random.default_rng(5)
    for shift in (0.0, 0.2, 0.5):
        one, other = generator.normal(0, 1, 120), generator.normal(shift, 1, 150)
        assert two_sample_ks(one, other).p == pytest.approx(
            ks_2samp(one, other, method="exact").pvalue, abs=0.02
        )


def test_the_distance_of_what_does_not_overlap_is_one() -> None:
    assert two_sample_ks([1, 2, 3], [4, 5]).distance == 1


def test_no_distance_to_nothing() -> None:
    with pytest.raises(ValueError, match="need a value"):
        two_sample_ks([], [1.0])
