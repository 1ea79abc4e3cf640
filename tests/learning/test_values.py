"""A predicted number, and the interval that holds for people not seen."""

from pathlib import Path

import numpy as np
import pytest

from medai_core.domain.inputs import Input
from medai_core.learning.values import ValueModel, conformal_width, equal_shares, fit_value

INPUTS = (Input("one", "one", low=-10, high=10), Input("two", "two", low=-10, high=10))


def _ridge() -> object:
    from sklearn.linear_model import Ridge

    return Ridge(alpha=0.1)


def _model(ends: tuple[float, float] = (0.0, 100.0)) -> tuple[ValueModel, np.ndarray]:
    generator = np.random.default_rng(0)
    person = np.repeat(np.arange(30), 10)
    rows = generator.normal(0, 1, (300, 2))
    target = 50 + 5 * rows[:, 0] + generator.normal(0, 1, 300)
    return fit_value(rows, target, person, INPUTS, _ridge, width=4.0, ends=ends), rows


def test_every_person_has_one_share() -> None:
    person = np.array([1, 1, 1, 2])
    shares = equal_shares(person)
    assert shares.sum() == pytest.approx(2)
    assert shares[3] == pytest.approx(shares[:3].sum())


def test_the_width_holds_new_people() -> None:
    """Over many draws: a person's error has its own size, and 95 % of new people's rows stay within."""
    generator = np.random.default_rng(1)
    held = []
    for _ in range(300):
        size = np.abs(generator.normal(0, 3, 41))
        error = np.abs(size[:, None] + generator.normal(0, 0.5, (41, 8)))
        width = conformal_width(error[:40].ravel(), np.repeat(np.arange(40), 8))
        held.append(np.mean(error[40] <= width))
    assert np.mean(held) >= 0.93


def test_one_loud_person_does_not_set_the_width() -> None:
    error = np.concatenate([np.full(1_000, 9.0), np.ones(99)])
    person = np.concatenate([np.zeros(1_000), np.arange(1, 100)]).astype(int)
    assert conformal_width(error, person) == 1.0


def test_few_people_give_no_bound() -> None:
    assert conformal_width(np.array([1.0, 2.0, 3.0]), np.array([1, 2, 3])) == float("inf")


def test_answers_follow_the_input_and_stay_on_the_scale() -> None:
    model, _ = _model()
    low, high = model.values(np.array([[-1.0, 0.0], [1.0, 0.0]]))
    assert high - low == pytest.approx(10, abs=1)
    narrow, rows = _model((49.0, 51.0))
    ends = narrow.interval(rows)
    assert ends[0].min() >= 49
    assert ends[1].max() <= 51


def test_what_is_missing_is_filled(tmp_path: Path) -> None:
    model, rows = _model()
    gaps = rows[:4].copy()
    gaps[:, 0] = np.nan
    assert np.allclose(model.values(gaps), 50, atol=2)
    model.save(tmp_path)
    again = ValueModel.load(tmp_path)
    assert np.array_equal(again.values(gaps), model.values(gaps))
    assert again.width == model.width
