"""From cells to numbers: what is missing, odd or impossible is NaN, and said."""

import gzip
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from medai_core.domain.inputs import CHOICE, YES_NO, Input
from medai_core.domain.refusal import Refusal
from medai_core.learning.columns import read_columns

INPUTS: Final = (
    Input("AGE", "age", unit="years", low=18, high=120, completed_years=True, aliases=("age_years",)),
    Input("SEX", "sex", CHOICE, choices=("male", "female"), words={"1": "male", "2": "female"}),
    Input("SMOKES", "smokes", YES_NO),
)


def _table(tmp_path: Path, text: str, name: str = "table.csv") -> Path:
    path = tmp_path / name
    data = text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


@pytest.mark.parametrize("name", ["table.csv", "table.csv.gz"])
def test_every_row_is_read_in_order(tmp_path: Path, name: str) -> None:
    path = _table(tmp_path, "x,SMOKES,AGE,SEX\n,yes,50,1\n7,0,51.5,2.0\n,,,\n,F,40,Female\n", name)
    found = read_columns(path, INPUTS)
    assert found.values == pytest.approx(
        np.array([[50, 0, 1], [51.5, 1, 0], [np.nan] * 3, [40, 1, 0]]), nan_ok=True
    )
    assert found.cautions == {}
    assert found.absent == ()


def test_other_names_delimiters_and_a_mark_at_the_beginning_are_known(tmp_path: Path) -> None:
    found = read_columns(_table(tmp_path, "\ufeffage_years;sex\n50;m\n60;2\n"), INPUTS)
    assert found.values[:, 0] == pytest.approx([50, 60])
    assert np.isnan(found.values[0, 1])
    assert found.values[1, 1] == 1
    assert found.absent == ("SMOKES",)
    assert "SEX is not one of male, female" in found.cautions[0][0]


@pytest.mark.parametrize("cell", ["fifty", "5_0", "inf", "50 years", "1,5", "0x32", "١٢a"])
def test_text_among_numbers_is_missing_and_said(tmp_path: Path, cell: str) -> None:
    found = read_columns(_table(tmp_path, f'AGE,SEX\n"{cell}",1\n50,2\n'), INPUTS)
    assert np.isnan(found.values[0, 0])
    assert found.values[1, 0] == 50
    assert found.cautions == {0: ["AGE is not a number and was taken as missing."]}


@pytest.mark.parametrize("cell", ["", "NA", "nan", "?", "Unknown", " "])
def test_ways_to_say_nothing_are_no_caution(tmp_path: Path, cell: str) -> None:
    found = read_columns(_table(tmp_path, f"AGE,SEX\n{cell},1\n"), INPUTS)
    assert np.isnan(found.values[0, 0])
    assert found.cautions == {}


def test_what_cannot_be_is_missing_but_rules_may_still_see_it(tmp_path: Path) -> None:
    found = read_columns(_table(tmp_path, "AGE\n200\n120.9\n17\n"), INPUTS)
    assert found.values[:, 0] == pytest.approx([np.nan, 120.9, np.nan], nan_ok=True)
    assert found.written[:, 0] == pytest.approx([200, 120.9, 17])
    assert "18 to 120 years" in found.cautions[0][0]


def test_rows_of_values_are_read_as_rows_of_a_table() -> None:
    found = read_columns([{"AGE": 50.0, "SEX": "female", "SMOKES": True}, {"SEX": 1, "AGE": None}], INPUTS)
    assert found.values == pytest.approx(np.array([[50, 1, 1], [np.nan, 0, np.nan]]), nan_ok=True)


def test_a_row_that_is_too_wide_is_refused_and_kept_in_its_place(tmp_path: Path) -> None:
    found = read_columns(_table(tmp_path, "AGE,SEX\n50,1,9\n60,2\n70\n"), INPUTS)
    assert list(found.refused) == [0]
    assert len(found) == 3
    assert np.isnan(found.values[2, 1])


@pytest.mark.parametrize(
    "text",
    [
        "", "x,y\n1,2\n", "AGE,AGE\n1,2\n", '"AGE\n1,2\n',
        "AGE," + ",".join(f"c{n}" for n in range(6000)) + "\n",
    ],
)  # fmt: skip
def test_tables_that_cannot_be_read_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_columns(_table(tmp_path, text), INPUTS)
    assert refused.value.code == "table-unreadable"


def test_a_table_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        read_columns(tmp_path / "none.csv", INPUTS)
    assert str(tmp_path) not in refused.value.sentence


def test_a_choice_may_be_called_none() -> None:
    oedema = Input("edema", "oedema", CHOICE, choices=("none", "some"), words={"0": "none"})
    other = Input("stage", "stage", CHOICE, choices=("one", "two"))
    found = read_columns([{"edema": "None", "stage": "none"}, {"edema": "", "stage": "two"}], (oedema, other))
    assert np.isnan(found.values).tolist() == [[False, True], [True, False]]
    assert found.values[0, 0] == 0.0
