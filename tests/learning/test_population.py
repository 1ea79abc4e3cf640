"""A population keeps how columns go together, and no row."""

from pathlib import Path
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from medai_core.domain.inputs import CHOICE, YES_NO, Input, Need
from medai_core.learning import population as populations
from medai_core.learning.population import Population, as_dict, from_dict, patterns

INPUTS: Final = (
    Input("age", "age", unit="years", low=0, high=120),
    Input("pressure", "pressure", unit="mmHg", low=0, high=300),
    Input("treated", "treated", YES_NO),
    Input("stage", "stage", CHOICE, choices=("one", "two", "three")),
)


def _rows(count: int = 1500, seed: int = 0) -> NDArray[np.float64]:
    """Pressure rises with age, treatment with pressure; a tenth of the pressures is missing."""
    generator = np.random.default_rng(seed)
    age = np.rint(generator.normal(55, 10, count))
    pressure = 90 + 0.8 * age + generator.normal(0, 8, count)
    treated = (pressure + generator.normal(0, 8, count) > 140).astype(float)
    stage = generator.choice(3, count, p=[0.6, 0.3, 0.1]).astype(float)
    rows = np.column_stack([age, pressure, treated, stage])
    rows[generator.random(count) < 0.1, 1] = np.nan
    return rows


@pytest.fixture(scope="module")
def fitted() -> Population:
    """The population of the made rows."""
    return populations.fit(_rows(), INPUTS)


def test_made_people_are_like_those_of_the_training(fitted: Population) -> None:
    rows, made = _rows(), fitted.sample(6000, np.random.default_rng(1))
    assert np.nanmean(rows, axis=0) == pytest.approx(made.mean(axis=0), rel=0.05)
    known = rows[~np.isnan(rows).any(axis=1)]
    assert np.corrcoef(known.T)[0, 1] == pytest.approx(np.corrcoef(made.T)[0, 1], abs=0.06)
    assert np.corrcoef(known.T)[1, 2] == pytest.approx(np.corrcoef(made.T)[1, 2], abs=0.06)
    assert (made[:, 0] == np.rint(made[:, 0])).all(), "whole numbers stay whole"


def test_what_is_known_moves_what_is_drawn(fitted: Population) -> None:
    generator = np.random.default_rng(2)
    young, old = (fitted.given(np.array([age, np.nan, np.nan, 0.0]), 800, generator) for age in (40.0, 75.0))
    assert (old[:, 0] == 75).all()
    assert old[:, 1].mean() - young[:, 1].mean() == pytest.approx(0.8 * 35, rel=0.25)
    assert old[:, 2].mean() > young[:, 2].mean()
    assert old[:, 1].std() < np.nanstd(_rows()[:, 1]) * 1.05


def test_filling_leaves_what_is_known_and_is_the_same_alone(fitted: Population) -> None:
    rows = _rows(50, seed=4)
    rows[::3, 2] = np.nan
    filled = fitted.filled(rows)
    assert np.isfinite(filled).all()
    known = np.isfinite(rows)
    assert (filled[known] == rows[known]).all()
    for row, alone in zip(rows, filled, strict=True):
        assert fitted.filled(row[None])[0] == pytest.approx(alone, abs=1e-9)
    assert set(filled[:, 2]) <= {0.0, 1.0}


def test_the_draws_of_a_row_do_not_depend_on_its_neighbours(fitted: Population) -> None:
    rows = _rows(40, seed=5)
    noise = np.random.default_rng(3).standard_normal((6, 4))
    together = fitted.draws(rows, noise)
    for place in range(len(rows)):
        assert fitted.draws(rows[place : place + 1], noise)[:, 0] == pytest.approx(together[:, place])


def test_it_is_kept_as_plain_numbers(fitted: Population, tmp_path: Path) -> None:
    fitted.save(tmp_path / "population.npz")
    again = Population.load(tmp_path / "population.npz")
    assert again.inputs == INPUTS
    rows = _rows(20, seed=6)
    assert again.filled(rows) == pytest.approx(fitted.filled(rows))


def test_no_quantile_is_of_fewer_than_five_people() -> None:
    """The one person of 119 years, and the only one of the third stage, cannot be read from it."""
    rows = _rows(60)
    rows[0, 0] = 119.0
    rows[:, 3] = 0.0
    rows[0, 3] = 2.0
    found = populations.fit(rows, INPUTS)
    assert found.margins[0].knots.max() < 100
    assert found.margins[0].high < 100
    assert found.margins[3].upto[1] == 1.0
    assert len(found.margins[0].knots) <= len(rows) // 5


def test_an_empty_column_is_an_error_that_names_it() -> None:
    rows = _rows(60)
    rows[:, 1] = np.nan
    with pytest.raises(ValueError, match="pressure"):
        populations.fit(rows, INPUTS)


def test_values_that_many_share_are_known_again_whatever_their_last_digits() -> None:
    """A mean of equal values is not always the value, and 4.3 in a table is not always 4.3 in a draw."""
    generator = np.random.default_rng(7)
    shared = np.round(generator.normal(4.3, 0.4, 1500), 1)
    rows = np.column_stack([shared, shared * 20 + generator.normal(0, 4, 1500)])
    found = populations.fit(rows, INPUTS[:2])
    knots = found.margins[0].knots
    assert (np.diff(knots) >= 0).all()
    low, high = found.margins[0].between(np.array([4.3, 4.300000000000002, 4.3 - 1e-12]))
    assert (high > low).all()
    assert low == pytest.approx(np.full(3, low[0]))
    assert high == pytest.approx(np.full(3, high[0]))


def test_patterns_find_every_row_with_a_gap_once() -> None:
    rows = _rows(200)
    rows[::7, 3] = np.nan
    found = np.concatenate([at for _, at in patterns(rows)])
    assert sorted(found) == list(np.flatnonzero(np.isnan(rows).any(axis=1)))
    for missing, at in patterns(rows):
        assert (np.isnan(rows[at]) == missing).all()
    assert patterns(np.zeros((3, 4))) == []


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 50), st.one_of(st.none(), st.floats(-5, 0)), st.booleans(), st.sampled_from(list(Need)))
def test_an_input_goes_through_a_card_unchanged(
    high: float, low: float | None, changeable: bool, need: Need
) -> None:
    one = Input(
        "key", "help", unit="mg/dL", low=low, high=high, need=need, changeable=changeable, also=("mmol/L",),
        words={"a": "b"}, aliases=("other",),
    )  # fmt: skip
    assert from_dict(as_dict(one)) == one
