"""Tables answered by the predictors, from the file to the file."""

import csv
import json
from pathlib import Path

import pytest

from medai_core.__main__ import main
from medai_core.domain.refusal import Refusal
from medai_core.services import predictors

HEADER = "RANDID,SEX,AGE,SYSBP,DIABP,TOTCHOL,CURSMOKE,CIGPDAY,PREVCHD,PREVAP,PREVMI,PREVSTRK,CVD,TIMECVD"
ROWS = (
    "1,1,61,150,90,260,1,20,0,0,0,0,0,8766",
    "2,2,39,110,70,180,0,0,0,0,0,0,0,8766",
    "3,2,58,,80,x,0,0,0,0,0,0,1,200",
    "4,1,66,150,90,260,1,20,1,0,1,0,1,0",
    "5,1,200,150,90,260,1,20,0,0,0,0,0,8766",
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Five exams in the columns of the study: high, low, with gaps, with the disease, and impossible."""
    path = tmp_path / "exams.csv"
    path.write_text("\n".join([HEADER, *ROWS]) + "\n", encoding="utf-8")
    return path


def _written(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_command_answers_every_row_in_order(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert main(["predict", "cvd_10y", str(table), "--csv", str(out)]) == 0
    rows = _written(out)
    assert list(rows[0]) == ["probability", "decision", "refused", "cautions"]
    high, low, gaps, ill, impossible = rows
    assert float(high["probability"]) > 0.2 > 0.05 > float(low["probability"])
    assert (high["decision"], low["decision"]) == ("flag", "no flag")
    assert not high["refused"]
    assert "SYSBP" in gaps["cautions"]
    assert "TOTCHOL is not a number" in gaps["cautions"]
    for row in (ill, impossible):
        assert row["refused"]
        assert row["probability"] == row["decision"] == ""
    assert "already has it" in ill["refused"]
    assert "AGE" in impossible["refused"]


def test_what_follows_from_the_outcome_changes_nothing(table: Path, tmp_path: Path) -> None:
    """Keys, times and events may be there, be otherwise, or be absent."""
    first = list(predictors.predict_table("cvd_10y", str(table)))
    other = tmp_path / "other.csv"
    held = [row.rsplit(",", 2)[0] for row in (HEADER, *ROWS)]
    other.write_text("\n".join(held) + "\n", encoding="utf-8")
    assert list(predictors.predict_table("cvd_10y", str(other))) == first


def test_without_a_file_every_row_is_a_line_of_json(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "cvd_10y", str(table)]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == len(ROWS)
    assert lines[3]["probability"] is None


def test_several_tables_and_a_table_for_a_model_of_films_are_told(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", "cvd_10y", str(table), str(table)]) == 2
    assert "one table" in capsys.readouterr().err


def test_the_table_that_is_read_is_never_overwritten(table: Path) -> None:
    before = table.read_bytes()
    assert main(["predict", "cvd_10y", str(table), "--csv", str(table)]) == 2
    assert table.read_bytes() == before


def test_an_unreadable_table_leaves_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.csv"
    assert main(["predict", "cvd_10y", str(tmp_path / "none.csv"), "--csv", str(out)]) == 1
    assert not out.exists()
    assert "CSV" in capsys.readouterr().err


def test_an_empty_table_gives_a_header(tmp_path: Path) -> None:
    table, out = tmp_path / "empty.csv", tmp_path / "out.csv"
    table.write_text(HEADER + "\n", encoding="utf-8")
    assert main(["predict", "cvd_10y", str(table), "--csv", str(out)]) == 0
    assert out.read_text(encoding="utf-8").strip() == "probability,decision,refused,cautions"


def test_unknown_models_are_refused_at_once(table: Path) -> None:
    with pytest.raises(Refusal) as refused:
        predictors.predict_table("nothing", str(table))
    assert refused.value.code == "unknown-model"
