"""What the survival predictors ask for, and how their tables are read."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import CHOICE, YES_NO, Input, Need
from medai_core.domain.refusal import Refusal
from medai_core.learning.columns import read_columns

YEAR_DAYS: Final = 365.25
HALF_A_YEAR: Final = 183
ESTIMATED: Final = "It is estimated from the other values."

Values = NDArray[np.float64]


def number(
    key: str,
    help_: str,
    unit: str,
    low: float,
    high: float,
    *,
    loinc: str = "",
    also: tuple[str, ...] = (),
    days: int | None = HALF_A_YEAR,
    changeable: bool = False,
) -> Input:
    """A number; one outside `low` to `high` is taken as missing, with a caution."""
    return Input(
        key, help_, unit=unit, low=low, high=high, need=Need.OPTIONAL, without=ESTIMATED, also=also,
        loinc=(loinc,) if loinc else (), max_age_days=days if loinc else None, changeable=changeable,
    )  # fmt: skip


def yes_no(key: str, help_: str) -> Input:
    """A question of yes or no (1 or 0 in a table)."""
    return Input(key, help_, YES_NO, need=Need.OPTIONAL, without=ESTIMATED)


def choice(key: str, help_: str, words: Mapping[str, str]) -> Input:
    """A choice, with the code under which each stands in a table: ``{"0": "none", ...}``."""
    return Input(
        key, help_, CHOICE, choices=tuple(words.values()), words=dict(words), need=Need.OPTIONAL,
        without=ESTIMATED,
    )  # fmt: skip


def age(key: str, help_: str, low: float = 0, high: float = 120) -> Input:
    """Age in years, not only completed ones."""
    return Input(key, help_, unit="years", low=low, high=high, need=Need.OPTIONAL, without=ESTIMATED)


def read_table(
    data: Path, place: Path, inputs: Sequence[Input], outcomes: Sequence[str]
) -> tuple[Values, dict[str, Values]]:
    """The inputs (n, k; NaN where missing) and the outcome columns of one of the public tables.

    Raises Refusal "data-missing".
    """
    import pandas as pd

    path = data / place
    if not path.is_file():
        raise Refusal(
            "data-missing",
            expected=f"the table {place.as_posix()}",
            found="none",
            what_to_do="Name the folder of the public data sets with --data DIR or MEDAI_DATA.",
        )
    table = pd.read_csv(path, usecols=list(outcomes))
    return read_columns(path, inputs).values, {name: table[name].to_numpy(np.float64) for name in outcomes}


def people(*columns: Values) -> NDArray[np.int64]:
    """One number a person, shape (n,): rows that are the same in everything are one person's."""
    table = np.nan_to_num(np.column_stack(columns), nan=-9e9)
    _, member = np.unique(table, axis=0, return_inverse=True)
    found: NDArray[np.int64] = member.ravel().astype(np.int64)
    return found
