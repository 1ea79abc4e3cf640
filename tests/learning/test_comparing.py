"""Splits, preparation and nested comparison: nothing of a held-out row takes part in what is learned."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medai_core.learning import candidates, comparing, preparing
from medai_core.learning.candidates import candidate
from medai_core.learning.comparing import Data, compare, fit_procedure, folds, held_out
from medai_core.learning.importance import contributions, permutation
from medai_core.learning.metrics import auroc


def data(rows: int, *, seed: int = 0, groups: int | None = None, by_time: bool = False) -> Data:
    """The outcome depends on the first column, and on the choice in the third; the second is noise."""
    generator = np.random.default_rng(seed)
    first, noise = generator.normal(size=rows), generator.normal(size=rows)
    choice = generator.integers(0, 3, rows).astype(float)
    y = (generator.random(rows) < 1 / (1 + np.exp(-(2 * first + (choice == 2) - 0.5)))).astype(float)
    X = np.column_stack([first, noise, choice])
    X[:: max(5, rows // 12), 1] = np.nan
    group = np.arange(rows) if groups is None else generator.integers(0, groups, rows)
    return Data(X, y, group, generator.random(rows), (0, 0, 3), by_time)


@settings(max_examples=40)
@given(st.integers(60, 300), st.integers(12, 80), st.integers(0, 99), st.booleans())
def test_no_group_is_on_both_sides(rows: int, groups: int, seed: int, by_time: bool) -> None:
    given_rows = data(rows, seed=seed, groups=groups, by_time=by_time)
    for learned, held in folds(given_rows, 5, seed=seed):
        assert not set(given_rows.group[learned]) & set(given_rows.group[held])
    mask = held_out(given_rows)
    assert not set(given_rows.group[mask]) & set(given_rows.group[~mask])
    assert 0 < mask.sum() < rows


@settings(max_examples=20)
@given(st.integers(60, 200), st.integers(0, 99))
def test_parts_are_whole_and_even(rows: int, seed: int) -> None:
    given_rows = data(rows, seed=seed)
    held = np.concatenate([out for _, out in folds(given_rows, 5, seed=seed)])
    assert sorted(held.tolist()) == list(range(rows))
    shares = [given_rows.y[out].sum() for _, out in folds(given_rows, 5, seed=seed)]
    assert max(shares) - min(shares) <= 1


@settings(max_examples=20)
@given(st.integers(60, 200), st.integers(0, 99))
def test_by_time_what_is_held_out_lies_later(rows: int, seed: int) -> None:
    given_rows = data(rows, seed=seed, by_time=True)
    for learned, held in folds(given_rows, 5, seed=seed):
        assert given_rows.order[learned].max() < given_rows.order[held].min()
    mask = held_out(given_rows)
    assert given_rows.order[~mask].max() < given_rows.order[mask].min()


def test_preparation_learns_from_training_rows_alone() -> None:
    rows = data(120)
    found = preparing.fit_preparation(rows.X[:80], rows.y[:80], rows.sizes)
    other = rows.X.copy()
    other[80:] *= 1000
    again = preparing.fit_preparation(other[:80], rows.y[:80], rows.sizes)
    assert found.as_dict() == again.as_dict()
    prepared = found.transform(rows.X[:80])
    assert not np.isnan(prepared).any()
    assert np.allclose(prepared.mean(axis=0), 0)
    assert np.allclose(prepared.std(axis=0), 1)


def test_a_missing_value_is_filled_and_said() -> None:
    rows = data(120)
    found = preparing.fit_preparation(rows.X, rows.y, rows.sizes)
    assert found.flagged == (1,)
    assert found.sources.tolist() == [0, 1, 2, 2, 2, 1]
    lacking = np.array([[0.0, np.nan, np.nan]])
    assert not np.isnan(found.transform(lacking)).any()


def test_fewer_columns_give_the_same_answers() -> None:
    rows = data(150)
    found = preparing.fit_preparation(rows.X, rows.y, rows.sizes, most=2)
    columns = sorted({int(one) for one in found.sources})
    assert len(columns) < 3
    assert np.array_equal(found.only(columns).transform(rows.X[:, columns]), found.transform(rows.X))
    assert preparing.Preparation.from_dict(found.as_dict()).as_dict() == found.as_dict()


@pytest.mark.parametrize("name", ["logistic", "tree", "svm_linear", "svm_rbf", "forest", "boosting"])
def test_every_kind_learns_and_answers_alike_twice(name: str) -> None:
    rows = data(160)
    learned, held = next(iter(folds(rows, 4, seed=1)))
    first, second = (fit_procedure(candidate(name), rows.rows(learned), most=None) for _ in range(2))
    given_odds = first.log_odds(rows.X[held])
    assert np.array_equal(given_odds, second.log_odds(rows.X[held]))
    assert auroc(rows.y[held], given_odds) > 0.75
    probabilities = first.probabilities(rows.X[held])
    assert ((probabilities > 0) & (probabilities < 1)).all()


def test_nested_comparison_of_noise_finds_nothing() -> None:
    """Selection and tuning on all rows would find something among 200 columns of noise; nested does not."""
    generator = np.random.default_rng(3)
    X, y = generator.normal(size=(120, 200)), (np.arange(120) % 2).astype(float)
    rows = Data(X, y, np.arange(120), np.zeros(120), (0,) * 200)
    found = compare(candidate("logistic"), rows, most=10)
    assert len(found.rows) == 120
    assert abs(auroc(y, found.probabilities) - 0.5) < 0.2


def test_kernels_are_approximated_above_a_number_of_rows() -> None:
    rows = data(300)
    Z = np.nan_to_num(rows.X)
    assert all("landmarks" not in one for one in candidate("svm_rbf", candidates.KERNEL_ROWS).settings)
    long = candidate("svm_rbf", candidates.KERNEL_ROWS + 1)
    found = candidates.fit("svm_rbf", long.settings[0], Z, rows.y, seed=1)
    assert isinstance(found, candidates.Learned)
    assert [name for name, _ in found.model.steps] == ["kernel", "line"]
    assert auroc(rows.y, found.scores(Z)) > 0.8


def test_one_class_alone_cannot_be_fitted() -> None:
    with pytest.raises(ValueError, match="both classes"):
        candidates.fit("logistic", {"C": 1.0}, np.zeros((20, 2)), np.ones(20), seed=1)
    with pytest.raises(ValueError, match="no outer fold"):
        compare(candidate("logistic"), data(60).rows(np.flatnonzero(data(60).y > 0.5)), most=None)


def test_importance_names_the_columns_that_tell() -> None:
    rows = data(300)
    learned, held = next(iter(folds(rows, 4, seed=1)))
    found = fit_procedure(candidate("boosting"), rows.rows(learned), most=None)
    lost = permutation(found, rows.X[held], rows.y[held], [0, 1, 2], seed=1)
    shares = contributions(found, rows.X[learned], rows.X[held], seed=1)
    assert max(lost, key=lambda column: lost[column]) == 0
    assert max(shares, key=lambda column: shares[column]) == 0
    assert sum(shares.values()) == pytest.approx(1)


def test_the_estimated_time_grows_with_rows_and_kinds() -> None:
    one, all_of_them = [candidate("logistic")], list(candidates.CANDIDATES)
    assert comparing.seconds(one, 500, 10) < comparing.seconds(one, 5000, 10)
    assert comparing.seconds(one, 500, 10) < comparing.seconds(all_of_them, 500, 10)
