"""Exams of the Framingham data: times are counted from the exam, who has it already takes no part."""

import gzip
from pathlib import Path

import pytest

from medai_core.domain.inputs import NUMBER
from medai_core.domain.refusal import Refusal
from medai_core.learning.framingham import READ, TABLE, read_exams, refusals, scope_inputs

HEADER = "RANDID,PERIOD,TIME,SEX,AGE,PREVCHD,PREVSTRK,CVD,TIMECVD"
ROWS = (
    "9,1,0,1,50,0,0,1,3652",  # on the last day
    "9,2,2000,1,55,0,0,1,3652",  # the same event, nearer to this exam
    "9,3,4000,1,61,0,0,1,3652",  # after the event: takes no part
    "7,1,0,2,40,0,0,1,3653",  # a day too late
    "7,3,4400,2,52,0,0,0,8766",
    "8,1,0,2,60,1,0,1,0",  # has it already
    "5,1,0,1,70,0,0,0,1200",  # died of something else
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of public data with seven exams."""
    path = tmp_path / TABLE
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress("\n".join([HEADER, *ROWS, ""]).encode()))
    return tmp_path


def test_times_are_recomputed_from_the_exam(data: Path) -> None:
    found = read_exams(data, READ, event="CVD", time="TIMECVD", prevalent=("PREVCHD", "PREVSTRK"))
    assert found.row.tolist() == [0, 1, 3, 4, 6]
    assert found.truth.tolist() == [1, 1, 0, 0, 0]
    assert found.days.tolist() == [3652, 1652, 3653, 4366, 1200]
    assert found.person.tolist() == [0, 0, 1, 1, 3]
    assert found.target.shape == (5, 3)
    assert found.left_out["has it already"] == 1
    assert found.left_out["had the event before the exam"] == 1
    assert found.values.shape == (5, len(READ))


def test_without_the_data_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        read_exams(tmp_path, READ, event="CVD", time="TIMECVD", prevalent=("PREVCHD",))
    assert refused.value.code == "data-missing"


def test_keys_times_and_outcomes_are_no_inputs() -> None:
    keys = {one.key for one in (*READ, *scope_inputs("PREVCHD", "PREVSTRK"))}
    assert not keys & {"RANDID", "PERIOD", "TIME", "CVD", "TIMECVD", "DEATH", "TIMEDTH", "ANYCHD", "STROKE"}
    assert all(one.high is not None for one in READ if one.kind == NUMBER)
    assert all("already has it" in rule["sentence"] for rule in refusals("PREVMI")[:1])
