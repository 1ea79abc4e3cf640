"""Splits must never let a patient, or a copy of an image, stand on both sides."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medai_core.learning.splits import grouped_holdout, joined_groups, ordered_holdout

tables = st.lists(
    st.tuples(
        st.integers(0, 25),  # patient
        st.one_of(st.none(), st.integers(0, 8)),  # duplicate group
        st.sampled_from(["normal", "bacterial", "viral"]),
    ),
    min_size=8,
    max_size=80,
)


def _apart(held: np.ndarray, keys: list[object]) -> bool:
    inside = {key for key, out in zip(keys, held, strict=True) if out and key is not None}
    outside = {key for key, out in zip(keys, held, strict=True) if not out and key is not None}
    return not inside & outside


@settings(max_examples=150, deadline=None)
@given(tables, st.floats(0.05, 0.6), st.integers(0, 5))
def test_no_patient_and_no_copy_is_on_both_sides(
    rows: list[tuple[int, int | None, str]], fraction: float, seed: int
) -> None:
    patients, copies, labels = ([row[column] for row in rows] for column in range(3))
    groups = joined_groups(patients, copies)
    random = grouped_holdout(groups, labels, fraction=fraction, seed=seed)
    ordered = ordered_holdout(groups, labels, np.array(patients, dtype=float), fraction=fraction)
    for held in (random, ordered):
        assert _apart(held, patients)
        assert _apart(held, copies)


def test_groups_join_through_chains() -> None:
    groups = joined_groups(["a", "b", "c", "d"], [1, 1, 2, 3], ["x", "y", "y", ""])
    assert groups.tolist() == [0, 0, 0, 1]


def test_empty_and_missing_keys_join_nothing() -> None:
    assert joined_groups(["a", "b", "c"], ["", None, ""]).tolist() == [0, 1, 2]


def test_unequal_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="equal length"):
        joined_groups(["a"], [1, 2])


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.2])
def test_fraction_must_be_between(fraction: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        grouped_holdout(np.arange(4), list("aabb"), fraction=fraction, seed=1)


def test_about_the_share_asked_is_held_out_of_every_label() -> None:
    labels = ["normal"] * 400 + ["ill"] * 1600
    groups = np.arange(2000) // 2
    held = grouped_holdout(groups, labels, fraction=0.1, seed=3)
    assert held[:400].mean() == pytest.approx(0.1, abs=0.01)
    assert held[400:].mean() == pytest.approx(0.1, abs=0.01)


def test_the_ordered_part_is_the_low_end() -> None:
    position = np.array([5, 1, 3, 2, 4, 6, 8, 7, 10, 9], dtype=float)
    held = ordered_holdout(np.arange(10), ["a"] * 10, position, fraction=0.3)
    assert sorted(position[held].tolist()) == [1, 2, 3]


def test_the_seed_decides() -> None:
    groups, labels = np.arange(100), ["a"] * 100
    first, again, other = (grouped_holdout(groups, labels, fraction=0.2, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
