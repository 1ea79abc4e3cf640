"""Weights learned within hospitals, and a level for hospitals not seen."""

import numpy as np
import pytest

from medai_core.domain.inputs import CHOICE, Input
from medai_core.learning import metrics
from medai_core.learning.sites import fit_at_sites, marks

INPUTS = (
    Input("sign", "sign", low=-10, high=10),
    Input("habit", "habit of the hospital", low=-10, high=10),
    Input("kind", "kind", CHOICE, choices=("a", "b", "c")),
)
MARKED = {"kind": ("c",)}


def _hospitals(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """At each of three hospitals more are ill, and more have its habit; only the sign tells who."""
    generator = np.random.default_rng(seed)
    site = np.repeat([0, 1, 2], 200)
    sign = generator.normal(0, 1, 600)
    habit = 3.0 * site + generator.normal(0, 0.5, 600)
    kind = generator.integers(0, 3, 600)
    chance = 1 / (1 + np.exp(-(1.2 * sign + 1.5 * (kind == 2) + 2.0 * (site - 1))))
    truth = (generator.random(600) < chance).astype(float)
    return np.column_stack([sign, habit, kind]), truth, site


def test_what_tells_the_hospital_is_not_learned() -> None:
    rows, truth, site = _hospitals(1)
    model = fit_at_sites(rows, truth, np.arange(600), site, INPUTS, ridge=20.0, marked=MARKED, refits=0)
    middle = np.array([[0.0, 3.0, 0.0]])
    for change, more in (([2.0, 0, 0], 0.2), ([0, 0, 2.0], 0.1)):
        assert model.probabilities(middle + change)[0] > model.probabilities(middle)[0] + more
    habit = model.probabilities(middle + [0, 2.0, 0])[0] - model.probabilities(middle)[0]
    assert abs(habit) < 0.15


def test_slopes_within_a_hospital_are_honest_and_its_ranks_hold() -> None:
    rows, truth, site = _hospitals(2)
    model = fit_at_sites(rows, truth, np.arange(600), site, INPUTS, ridge=2.0, marked=MARKED, refits=4)
    given = model.probabilities(rows)
    for number in range(3):
        assert metrics.auroc(truth[site == number], given[site == number]) > 0.7
    low, high = model.interval(rows[:5])
    assert (low <= given[:5]).all()
    assert (given[:5] <= high).all()
    assert (high > low).all()


def test_one_hospital_is_too_few() -> None:
    rows, truth, site = _hospitals(3)
    with pytest.raises(ValueError, match="two sites"):
        fit_at_sites(rows, truth, np.arange(600), site * 0, INPUTS, ridge=1.0, marked=MARKED)


def test_choices_without_a_mark_are_as_one() -> None:
    found = marks(INPUTS, MARKED).fit(np.array([[0.0, 0, 0], [1, 1, 1], [2, 2, 2]]))
    first, second, third = found.transform(np.array([[0.0, 0, 0], [0, 0, 1], [0, 0, 2]]))
    assert (first == second).all()
    assert (first != third).any()
