"""`score` on the command line: its fixed form, units as written, cohorts, lists and help."""

import csv
import json
from pathlib import Path

import pytest

from medai_core.__main__ import main
from medai_core.records.units import ucum
from medai_core.scores.catalogue import SCORES

KEYS = [
    "score", "version", "value", "unit", "category", "interval", "missing", "refused", "cautions",
    "reference",
]  # fmt: skip
WOMAN = [
    "age=55", "sex=female", "race=white", "total_cholesterol=213", "hdl_cholesterol=50", "systolic_bp=120",
    "bp_treated=no", "diabetes=no", "smoker=no",
]  # fmt: skip


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = main(["score", *map(str, arguments)])
    out, err = capsys.readouterr()
    return status, out, err


def line(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, object]:
    status, out, _ = run(capsys, *arguments)
    assert status == 0
    answer = json.loads(out)
    assert list(answer) == KEYS
    return dict(answer)


def test_one_person_is_answered_in_the_fixed_form(capsys: pytest.CaptureFixture[str]) -> None:
    answer = line(capsys, "pce_ascvd", *WOMAN, "--json")
    assert answer["score"] == "pce_ascvd"
    assert answer["value"] == pytest.approx(0.021, abs=0.001)
    assert (answer["unit"], answer["category"], answer["refused"]) == ("1", "low", None)
    assert (answer["interval"], answer["missing"]) == (None, [])
    assert line(capsys, "--json", "pce_ascvd", *WOMAN) == answer
    assert line(capsys, "pce_ascvd", "--json", *WOMAN) == answer


@pytest.mark.parametrize(
    ("pair", "same"),
    [
        ("total_cholesterol=5.5 mmol/L", "total_cholesterol=212.66"),
        ("hdl=50", "hdl_cholesterol=50 mg/dL"),
        ("sbp=120 mmHg", "systolic_bp=16 kPa"),
        ("age=55 years", "age=55"),
        ("smoker=0", "smoker=False"),
        ("sex=F", "sex=Female"),
    ],
)
def test_units_and_other_names_come_to_the_same(
    capsys: pytest.CaptureFixture[str], pair: str, same: str
) -> None:
    """One value written in two ways, in the place of the plain one."""
    names = {"hdl": "hdl_cholesterol", "sbp": "systolic_bp"}
    key = pair.split("=")[0]
    rest = [one for one in WOMAN if one.split("=")[0] != names.get(key, key)]
    first, second = line(capsys, "pce_ascvd", *rest, pair), line(capsys, "pce_ascvd", *rest, same)
    assert first["value"] == pytest.approx(second["value"], rel=1e-3)
    assert first["refused"] is None


@pytest.mark.parametrize(
    ("pair", "sentence"),
    [
        ("age=39", "age is outside the range of this score: 40 to 79 years."),
        ("age=200", "age is outside the range"),
        ("age=old", "age is not a number"),
        ("age=nan years", "age is not a number"),
        ("age=1e999", "age is outside the range"),
        ("total_cholesterol=5.5", 'written with its unit, as total_cholesterol="5.5 mmol/L"'),
        ("total_cholesterol=200 mmHg", "a unit that cannot be converted to mg/dL"),
        ("total_cholesterol=5,5", "decimal point"),
        ("sex=7", "sex is not one of: female, male."),
        ("smoker=sometimes", "smoker is not yes or no."),
        ("prior_cvd=yes", "had no cardiovascular disease"),
        ("wizardry=3", "no input of the name 'wizardry'"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], pair: str, sentence: str
) -> None:
    key = pair.split("=")[0]
    answer = line(capsys, "pce_ascvd", *[one for one in WOMAN if one.split("=")[0] != key], pair)
    assert answer["value"] is None
    assert sentence in str(answer["refused"])
    assert answer["missing"] == []


def test_missing_values_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    answer = line(capsys, "egfr_ckdepi_2021", "age=50", "creatinine=", "sex=NA")
    assert answer["missing"] == ["sex", "creatinine"]
    assert answer["value"] is None
    assert answer["refused"] == "Not computed without sex, creatinine."


def test_score2_needs_a_region_and_refuses_from_70(capsys: pytest.CaptureFixture[str]) -> None:
    values = ["sex=male", "smoker=yes", "systolic_bp=140", "total_cholesterol=5.5", "hdl_cholesterol=1.3"]
    assert line(capsys, "score2", "age=50", *values)["missing"] == ["region"]
    refused = line(capsys, "score2", "age=70", "region=low", *values)
    assert refused["value"] is None
    assert "40 to 69 years" in str(refused["refused"])
    assert line(capsys, "score2", "age=69", "region=very high", *values)["value"] is not None


def test_a_cohort_is_answered_row_by_row_in_order(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    table, out = tmp_path / "cohort.csv", tmp_path / "answers.csv"
    table.write_text(
        "\ufeffid,age,sex,creatinine\n"
        "a,50,female,1.0\n"
        "b,,male,1.0\n"
        'c,60,male,"88.4 umol/L"\n'
        "d,200,male,1.0\n"
        "e,60\n"
        "f,60,male,1.0,extra\n",
        encoding="utf-8",
    )
    status, printed, said = run(capsys, "egfr_ckdepi_2021", "--table", table, "--csv", out)
    assert (status, printed) == (0, "")
    assert "6 rows" in said
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == KEYS
    assert [bool(row["value"]) for row in rows] == [True, False, True, False, False, False]
    assert float(rows[0]["value"]) == pytest.approx(68.63, abs=0.01)
    assert rows[1]["missing"] == "age"
    assert rows[4]["missing"] == "sex; creatinine"
    assert "more cells" in rows[5]["refused"]
    assert rows[0]["cautions"] == "Holds for a steady creatinine alone."
    status, printed, _ = run(capsys, "egfr_ckdepi_2021", "--table", table, "--json")
    assert [json.loads(one)["value"] is not None for one in printed.splitlines()] == [
        True, False, True, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content", [b"", b"nothing\n1\n", b"age,age\n1,1\n", "age,sex\n".encode("utf-16"), b'age\n"1\n']
)
def test_a_table_that_is_none_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes
) -> None:
    table = tmp_path / "cohort.csv"
    table.write_bytes(content)
    status, _, said = run(capsys, "egfr_ckdepi_2021", "--table", table, "--csv", tmp_path / "out.csv")
    assert status == 1
    assert "CSV table" in said


def test_a_table_is_never_written_over_itself(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    table = tmp_path / "cohort.csv"
    table.write_text("age,sex,creatinine\n50,male,1\n", encoding="utf-8")
    before = table.read_bytes()
    assert run(capsys, "egfr_ckdepi_2021", "--table", table, "--csv", table)[0] == 2
    assert table.read_bytes() == before
    assert (
        run(capsys, "egfr_ckdepi_2021", "--table", tmp_path / "none.csv", "--csv", tmp_path / "o.csv")[0] == 1
    )


def test_the_list_names_all_and_those_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "--list")
    assert status == 0
    assert all(f"{score.name} " in out for score in SCORES)
    assert "qrisk3" in out
    assert "left out" in out
    _, out, _ = run(capsys, "--list", "--json")
    lines = [json.loads(one) for one in out.splitlines()]
    assert {one["score"] for one in lines if one["left_out"] is None} == {score.name for score in SCORES}


@pytest.mark.parametrize("score", SCORES, ids=lambda score: score.name)
def test_help_and_schema_name_every_input(capsys: pytest.CaptureFixture[str], score: object) -> None:
    assert score in SCORES
    known = next(one for one in SCORES if one is score)
    _, out, _ = run(capsys, known.name, "--help")
    assert all(one.key in out and one.range_text in out for one in known.inputs)
    _, out, _ = run(capsys, known.name, "--schema")
    inputs = json.loads(out)["inputs"]
    assert [one["key"] for one in inputs] == [one.key for one in known.inputs]
    assert all(one["range"] or one["choices"] for one in inputs)
    assert all(one["unit"] is None or ucum(one["unit"]) for one in inputs)
    assert all(ucum(unit) for one in inputs for unit in one["also_units"])


def test_wrong_usage_says_what_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        [],
        ["nope"],
        ["qrisk3"],
        ["sofa", "loose"],
        ["sofa", "--csv", "x"],
        ["sofa", "map=1", "map=2"],
    ):
        status, out, said = run(capsys, *arguments)
        assert (status, out) == (2, "")
        assert said
    assert run(capsys, "--help")[0] == 0


def test_a_cohort_is_read_whatever_stands_beside_the_inputs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Another delimiter, bytes that are not UTF-8, a second name for an input, a formula, other columns."""
    table, out = tmp_path / "cohort.csv", tmp_path / "answers.csv"
    table.write_bytes(
        b"name;AGE;sex;creatinine;scr\nM\xfcller;50;female;1.0;9\n=1+1;6\xff;male;1.0;\n;70;male;1,0;\n"
    )
    assert run(capsys, "egfr_ckdepi_2021", "--table", table, "--csv", out)[0] == 0
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert float(rows[0]["value"]) == pytest.approx(68.63, abs=0.01)
    assert "age has a unit that cannot be converted" in rows[1]["refused"]
    assert "decimal point" in rows[2]["refused"]


def test_nothing_is_written_for_a_table_that_cannot_be_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table, out = tmp_path / "cohort.csv", tmp_path / "answers.csv"
    table.write_text("nothing\n1\n", encoding="utf-8")
    assert run(capsys, "egfr_ckdepi_2021", "--table", table, "--csv", out)[0] == 1
    assert not out.exists()


def test_inputs_of_other_scores_are_named_as_not_used(capsys: pytest.CaptureFixture[str]) -> None:
    answer = line(capsys, "egfr_ckdepi_2021", "age=50", "sex=male", "creatinine=1", "statin=yes")
    assert answer["value"] is not None
    assert "Not an input of this score, and not used: statin." in list(answer["cautions"])  # type: ignore[call-overload]
    twice = line(capsys, "egfr_ckdepi_2021", "age=50", "sex=male", "creatinine=1", "scr=2")
    assert twice["refused"] == "creatinine was given twice, with different values."
