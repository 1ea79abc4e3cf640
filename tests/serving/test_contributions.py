"""Contributions add up to the answer less the background's mean, and are Shapley's."""

from collections.abc import Callable
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from medai_core.serving import contributions
from medai_core.serving.contributions import Shares, shares

Function = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def _function(inputs: int, seed: int) -> Function:
    """A risk with effects of two and three inputs together; a first that is not known has one of its own."""
    chance = np.random.default_rng(seed)
    weights, curve = chance.normal(size=inputs), chance.normal(size=inputs)

    def risk(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        known = np.nan_to_num(rows, nan=0.7)
        score = known @ weights + (known**2 > 0.5) @ curve
        if inputs > 2:
            score = score + known[:, 0] * known[:, 1] - known[:, 0] * known[:, 1] * known[:, 2]
        answer: NDArray[np.float64] = 1 / (1 + np.exp(-score - np.isnan(rows[:, 0])))
        return answer

    return risk


def _by_definition(
    function: Function, row: NDArray[np.float64], background: NDArray[np.float64]
) -> list[float]:
    """Shapley values as the weighted sum over all sets of inputs."""
    count = len(row)

    def value(of: tuple[int, ...]) -> float:
        mixed = background.copy()
        mixed[:, of] = row[list(of)]
        return float(function(mixed).mean())

    found = []
    for one in range(count):
        rest = [other for other in range(count) if other != one]
        found.append(
            sum(
                factorial(size) * factorial(count - size - 1) / factorial(count)
                * (value((*of, one)) - value(of))
                for size in range(count)
                for of in combinations(rest, size)
            )
        )  # fmt: skip
    return found


@settings(max_examples=25)
@given(inputs=st.integers(1, 12), people=st.integers(1, 30), seed=st.integers(0, 1000), data=st.data())
def test_they_add_up_to_the_difference(inputs: int, people: int, seed: int, data: st.DataObject) -> None:
    function, chance = _function(inputs, seed), np.random.default_rng(seed)
    background = chance.normal(size=(people, inputs))
    row = chance.normal(size=inputs)
    unknown = data.draw(st.lists(st.integers(0, inputs - 1), max_size=3))
    row[unknown] = np.nan
    background[:, data.draw(st.integers(0, inputs - 1))] = row[0]
    found = shares(function, row, background)
    assert found.base + found.values.sum() == pytest.approx(function(row[None])[0], abs=1e-9)
    assert found.base == pytest.approx(function(background).mean(), abs=1e-12)
    assert found.answer - found.base == pytest.approx(found.values.sum(), abs=1e-9)


@pytest.mark.parametrize("inputs", [1, 2, 4, 6])
def test_few_inputs_are_exact_by_definition(inputs: int) -> None:
    function, chance = _function(inputs, 3), np.random.default_rng(5)
    background, row = chance.normal(size=(20, inputs)), chance.normal(size=inputs)
    found = shares(function, row, background)
    assert found.method == "exact"
    assert found.values == pytest.approx(_by_definition(function, row, background), abs=1e-9)
    assert not found.errors.any()


def test_drawn_orders_lie_within_a_few_of_their_own_standard_errors() -> None:
    function, chance = _function(10, 8), np.random.default_rng(1)
    background, row = chance.normal(size=(40, 10)), chance.normal(size=10)
    found = shares(function, row, background)
    exact = _by_definition(function, row, background)
    assert found.method == "permutation"
    assert (np.abs(found.values - exact) <= 4 * found.errors + 1e-6).all()
    assert found.errors.max() < 0.02


def test_the_same_answer_each_time_and_the_global_generator_is_left_alone() -> None:
    function, chance = _function(12, 2), np.random.default_rng(2)
    background, row = chance.normal(size=(30, 12)), chance.normal(size=12)
    np.random.seed(7)
    expected = np.random.random(3)
    np.random.seed(7)
    first = shares(function, row, background)
    assert np.random.random(3) == pytest.approx(expected)
    np.random.seed(99)
    assert (shares(function, row, background).values == first.values).all()


def test_an_input_that_makes_no_difference_adds_nothing() -> None:
    def first_alone(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        answer: NDArray[np.float64] = 1 / (1 + np.exp(-rows[:, 0]))
        return answer

    chance = np.random.default_rng(4)
    background, row = chance.normal(size=(25, 12)), chance.normal(size=12)
    values = shares(first_alone, row, background).values
    assert values[1:] == pytest.approx(np.zeros(11), abs=1e-12)
    assert abs(values[0]) > 0.001


@pytest.mark.parametrize("kind", ["forest", "boosted", "tree", "histogram", "line", "logistic"])
def test_models_are_opened_where_that_is_exact(kind: str) -> None:
    from sklearn.ensemble import (
        GradientBoostingClassifier,
        HistGradientBoostingClassifier,
        RandomForestClassifier,
    )
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.tree import DecisionTreeClassifier

    makers: dict[str, tuple[Any, str]] = {
        "forest": (RandomForestClassifier(20, max_depth=5, random_state=0), "tree"),
        "boosted": (GradientBoostingClassifier(n_estimators=20, random_state=0), "exact"),
        "tree": (DecisionTreeClassifier(max_depth=4, random_state=0), "tree"),
        "histogram": (HistGradientBoostingClassifier(max_iter=20, random_state=0), "exact"),
        "line": (Ridge(), "linear"),
        "logistic": (LogisticRegression(), "exact"),
    }
    model, method = makers[kind]
    chance = np.random.default_rng(6)
    table = chance.normal(size=(300, 5))
    outcome = (table[:, 0] + table[:, 1] * table[:, 2] + chance.normal(size=300) > 0).astype(int)
    model.fit(table, outcome)

    def function(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        answer: NDArray[np.float64] = (
            model.predict(rows) if kind == "line" else model.predict_proba(rows)[:, 1]
        )
        return answer

    row, background = table[0], table[100:140]
    found: Shares = shares(function, row, background, model=model)
    assert found.method == method
    assert found.base + found.values.sum() == pytest.approx(function(row[None])[0], abs=1e-9)
    assert found.values == pytest.approx(_by_definition(function, row, background), abs=1e-5)


def test_a_model_is_not_opened_where_it_is_not_the_answer() -> None:
    from sklearn.ensemble import RandomForestClassifier

    chance = np.random.default_rng(6)
    table = chance.normal(size=(200, 4))
    model = RandomForestClassifier(10, max_depth=4, random_state=0).fit(table, table[:, 0] > 0)
    found = shares(lambda rows: model.predict_proba(rows)[:, 1] ** 2, table[0], table[50:80], model=model)
    assert found.method == "exact"
    assert found.base + found.values.sum() == pytest.approx(found.answer, abs=1e-9)


@pytest.mark.parametrize(
    ("row", "background"), [((3,), (0, 3)), ((3,), (5, 4)), ((1, 3), (5, 3))]
)  # fmt: skip
def test_shapes_that_do_not_agree(row: tuple[int, ...], background: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="do not agree"):
        shares(lambda rows: rows[:, 0], np.zeros(row), np.zeros(background))


def test_the_rows_put_to_the_model_are_few() -> None:
    asked = []

    def function(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        asked.append(len(rows))
        answer: NDArray[np.float64] = 1 / (1 + np.exp(-rows.sum(axis=1)))
        return answer

    chance = np.random.default_rng(0)
    shares(function, chance.normal(size=20), chance.normal(size=(contributions.BACKGROUND, 20)))
    assert sum(asked) < 1.2 * contributions.ROWS
