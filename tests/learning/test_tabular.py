"""A predictor for tables: calibrated, the same after it was kept, honest about what is missing."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray

from medai_core.domain.inputs import YES_NO, Input
from medai_core.learning.blend import Blend, Boosting, Hazards, Regression
from medai_core.learning.tabular import Method, TabularModel, fit_bagged, folds_of, log_odds
from medai_core.learning.terms import LOG, ROOT, Terms

INPUTS: Final = (
    Input("age", "age", unit="years", low=0, high=120),
    Input("dose", "dose", unit="mg", low=0, high=500),
    Input("smokes", "smokes", YES_NO),
)
NAMES: Final = tuple(one.key for one in INPUTS)
Values = NDArray[np.float64]


def _people(count: int = 1200, seed: int = 0) -> tuple[Values, Values, NDArray[np.int64], Values]:
    """Rows, outcome, person (two rows each), and the outcome's own probability."""
    generator = np.random.default_rng(seed)
    age = generator.normal(55, 10, count)
    dose = np.exp(generator.normal(3, 0.5, count))
    smokes = (generator.random(count) < 0.3).astype(float)
    line = -2 + 0.08 * (age - 55) + 0.9 * smokes + 0.5 * (np.log(dose) - 3)
    chance = 1 / (1 + np.exp(-line))
    rows = np.column_stack([age, dose, smokes])
    return rows, (generator.random(count) < chance).astype(float), np.arange(count) // 2, chance


def _terms() -> Terms:
    return Terms(NAMES, scales={"dose": LOG}, curves={"age": 3}, pairs=[("age", "smokes")])


def _logistic() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1.0)


@pytest.fixture(scope="module")
def fitted() -> TabularModel:
    """Logistic regression on curves, a tenth of the ages missing."""
    rows, truth, person, _ = _people()
    rows[::10, 0] = np.nan
    return fit_bagged(rows, truth, person, INPUTS, Method(_logistic, _terms), refits=12)


def test_probabilities_are_near_those_that_made_the_outcomes(fitted: TabularModel) -> None:
    rows, _, _, chance = _people(800, seed=3)
    found = fitted.probabilities(rows)
    assert np.corrcoef(found, chance)[0, 1] > 0.95
    assert found.mean() == pytest.approx(chance.mean(), abs=0.04)


def test_intervals_hold_the_probability_and_widen_with_gaps(fitted: TabularModel) -> None:
    rows = _people(40, seed=4)[0]
    low, high = fitted.interval(rows)
    middle = fitted.probabilities(rows)
    assert ((low <= middle) & (middle <= high)).all()
    few = rows.copy()
    few[:, 0] = np.nan
    wide = np.subtract(*reversed(fitted.interval(few)))
    assert wide.mean() > 1.5 * (high - low).mean()


def test_a_row_is_answered_alike_alone_and_among_others(fitted: TabularModel) -> None:
    rows = _people(30, seed=5)[0]
    rows[::2, 1] = np.nan
    together = fitted.probabilities(rows)
    for row, value in zip(rows, together, strict=True):
        assert fitted.probabilities(row[None])[0] == pytest.approx(value, abs=1e-12)
    assert fitted.probabilities(rows[:0]).shape == (0,)


def test_numbers_beyond_the_training_are_held_at_its_ends(fitted: TabularModel) -> None:
    rows = np.array([[300.0, 20.0, 0.0], [fitted.population.margins[0].high, 20.0, 0.0]])
    first, second = fitted.probabilities(rows)
    assert first == pytest.approx(second)


@pytest.mark.parametrize(
    "method",
    [
        Method(_logistic, _terms),
        Method(
            lambda: Blend(
                [Regression(_terms(), 1.0), Hazards(_terms(), 5.0), Boosting(max_iter=20, max_leaf_nodes=4)]
            )
        ),
    ],
    ids=["logistic", "blend"],
)
def test_what_is_kept_answers_the_same(method: Method, tmp_path: Path) -> None:
    rows, truth, person, _ = _people(400)
    days = np.random.default_rng(1).uniform(1, 100, len(truth))
    target = np.column_stack([truth, days, truth]) if isinstance(method.head(), Blend) else None
    made = fit_bagged(rows, truth, person, INPUTS, method, refits=3, target=target)
    made.save(tmp_path)
    again = TabularModel.load(tmp_path)
    rows[::5, 2] = np.nan
    assert again.probabilities(rows) == pytest.approx(made.probabilities(rows), abs=1e-12)
    assert again.members(rows).shape == (3, len(rows))
    assert again.inputs == INPUTS


def test_one_class_alone_is_an_error() -> None:
    rows, truth, person, _ = _people(100)
    with pytest.raises(ValueError, match="both classes"):
        fit_bagged(rows, np.ones_like(truth), person, INPUTS, Method(_logistic))


def test_whole_groups_are_held_out() -> None:
    _, truth, person, _ = _people(300)
    fold = folds_of(truth, person, 5, seed=1)
    assert set(fold) == set(range(5))
    assert all(len(set(fold[person == one])) == 1 for one in np.unique(person))


def test_trees_kept_as_arrays_answer_as_those_of_the_library() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    rows, truth, _, _ = _people(600)
    settings = {"max_iter": 30, "max_leaf_nodes": 6, "min_samples_leaf": 10}
    own = Boosting(**settings).fit(rows, truth[:, None])
    theirs = HistGradientBoostingClassifier(random_state=0, early_stopping=False, **settings)
    expected = theirs.fit(rows, truth.astype(int)).decision_function(rows)
    assert own.log_odds(rows) == pytest.approx(expected, abs=1e-9)
    assert own.log_odds(rows[:10]) == pytest.approx(expected[:10], abs=1e-9)


def test_a_logistic_regression_is_summed_as_the_library_does(fitted: TabularModel) -> None:
    rows = _people(50, seed=9)[0]
    given = fitted.features.transform(fitted.population.clipped(rows))
    line = log_odds(fitted.head.predict_proba(given)[:, 1])
    expected = 1 / (1 + np.exp(-(fitted.slope * line + fitted.offset)))
    assert fitted.probabilities(rows) == pytest.approx(expected, abs=1e-12)


def test_log_odds_stay_finite() -> None:
    assert np.isfinite(log_odds(np.array([0.0, 0.5, 1.0]))).all()


def test_curves_are_straight_beyond_the_outer_knots() -> None:
    column = np.linspace(0, 100, 400)[:, None]
    terms = Terms(("x",), curves={"x": 4}).fit(column)
    given = terms.transform(np.array([[200.0], [210.0], [220.0]]))
    assert given[1] - given[0] == pytest.approx(given[2] - given[1])
    inside = terms.transform(np.array([[40.0], [50.0], [60.0]]))
    assert inside[1, 1] - inside[0, 1] != pytest.approx(inside[2, 1] - inside[1, 1], rel=1e-3)


def test_terms_are_on_one_scale_and_products_are_among_them() -> None:
    rows = _people(500)[0]
    terms = Terms(NAMES, scales={"dose": ROOT}, curves={"age": 5}, pairs=[("age", "dose")]).fit(rows)
    given = terms.transform(rows)
    assert given.shape == (500, 3 + 3 + 1)
    assert given.mean(axis=0) == pytest.approx(np.zeros(7), abs=1e-9)
    assert given.std(axis=0) == pytest.approx(np.ones(7))
