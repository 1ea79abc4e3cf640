"""A place is the patient's, as the file's orientation says, or no side is named."""

import numpy as np
import pytest

from medai_core.charts.whereabouts import SIDE_NOT_KNOWN, whereabouts
from medai_core.domain.prediction import HeatMap


def heat(row: int, column: int) -> HeatMap:
    values = np.zeros((60, 40), np.float32)
    values[row, column] = 0.8
    return HeatMap("x", values)


@pytest.mark.parametrize(
    ("row", "column", "orientation", "said"),
    [
        (2, 36, ("L", "F"), "upper third, the patient's left side"),
        (2, 3, ("L", "F"), "upper third, the patient's right side"),
        (30, 3, ("R", "F"), "middle third, the patient's left side"),
        (58, 36, ("R", "FR"), "lower third, the patient's right side"),
        (58, 20, (), "lower third, near the midline"),
        (58, 3, (), f"lower third; {SIDE_NOT_KNOWN}"),
        (58, 3, ("A", "F"), f"lower third; {SIDE_NOT_KNOWN}"),
    ],
)
def test_the_place_of_the_strongest_evidence(
    row: int, column: int, orientation: tuple[str, ...], said: str
) -> None:
    assert whereabouts(heat(row, column), orientation) == said


def test_no_place_without_evidence_or_where_the_columns_do_not_run_to_the_feet() -> None:
    assert whereabouts(HeatMap("x", np.zeros((4, 4), np.float32)), ("L", "F")) is None
    assert whereabouts(heat(2, 36), ("L", "H")) is None
