"""Splits that keep everything of one patient, and every copy of one image, on one side."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray


def joined_groups(*keys: Sequence[Hashable | None]) -> NDArray[np.int64]:
    """Group number of each row: rows that share a value in any of `keys` are in one group.

    Parameters
    ----------
    keys : sequences of equal length
        For example the patient of each row and the duplicate group of each row. None and ``""`` mean
        "not known" and join nothing.

    Returns
    -------
    array, shape (n,), int64, numbered 0.. in order of first appearance
    """
    lengths = {len(key) for key in keys}
    if len(lengths) != 1:
        raise ValueError(f"keys must have equal length. Received lengths: {sorted(lengths)}")
    count = lengths.pop()
    parent = list(range(count))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for key in keys:
        first: dict[Hashable, int] = {}
        for row, value in enumerate(key):
            if value is None or value == "":
                continue
            if value in first:
                parent[root(row)] = root(first[value])
            else:
                first[value] = row
    numbers: dict[int, int] = {}
    return np.array([numbers.setdefault(root(row), len(numbers)) for row in range(count)], dtype=np.int64)


def grouped_holdout(
    groups: NDArray[np.int64],
    labels: Sequence[Hashable],
    *,
    fraction: float,
    seed: int,
) -> NDArray[np.bool_]:
    """Rows held out at random by whole groups, about `fraction` of the rows of every label.

    Raises ValueError where `fraction` is not between 0 and 1.
    """
    if not 0.0 < fraction < 1.0:
        raise ValueError(f"fraction must be between 0 and 1. Received: fraction={fraction}")
    order = np.random.default_rng(seed).permutation(np.unique(groups))
    return _take(groups, labels, order, fraction)


def ordered_holdout(
    groups: NDArray[np.int64],
    labels: Sequence[Hashable],
    position: NDArray[np.float64],
    *,
    fraction: float,
) -> NDArray[np.bool_]:
    """Rows held out by whole groups from the low end of `position`, about `fraction` of every label.

    Use where the rows to come lie beyond one end of a numbering (of time, of admission): values on such a
    hold-out show a drift that a random split hides. `position` is compared within a label only.
    """
    if not 0.0 < fraction < 1.0:
        raise ValueError(f"fraction must be between 0 and 1. Received: fraction={fraction}")
    names = np.asarray(labels)
    rank = np.empty(len(groups), dtype=np.float64)
    for label in np.unique(names):
        rows = np.flatnonzero(names == label)
        rank[rows] = np.argsort(np.argsort(position[rows], kind="stable")) / len(rows)
    first = np.full(int(groups.max()) + 1, np.inf)
    np.minimum.at(first, groups, rank)
    present = np.unique(groups)
    return _take(groups, labels, present[np.argsort(first[present], kind="stable")], fraction)


def _take(
    groups: NDArray[np.int64], labels: Sequence[Hashable], order: NDArray[np.int64], fraction: float
) -> NDArray[np.bool_]:
    """Whole groups in `order`, each where one of its labels still lacks rows and none has twice its share."""
    names, codes = np.unique(np.asarray(labels), return_inverse=True)
    wanted = fraction * np.bincount(codes, minlength=len(names))
    taken = np.zeros(len(names))
    held = np.zeros(len(groups), dtype=bool)
    by_group: dict[int, list[int]] = {}
    for row, group in enumerate(groups.tolist()):
        by_group.setdefault(group, []).append(row)
    for group in order.tolist():
        rows = by_group[group]
        counts = np.bincount(codes[rows], minlength=len(names))
        present = counts > 0
        if (taken[present] < wanted[present]).all():
            taken += counts
            held[rows] = True
    return held
