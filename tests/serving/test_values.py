"""Numbers for rows and for one person, with an interval."""

import csv
from pathlib import Path

import pytest

from medai_core.domain.refusal import Refusal
from medai_core.services import predictors
from medai_core.serving import registry, values

NAME = "parkinsons_updrs"
PERSON = {"age": 65.0, "sex": "female", "HNR": 21.0, "RPDE": 0.5, "DFA": 0.65, "PPE": 0.2}


def _lines(rows: list[dict[str, object]], folder: Path) -> list[dict[str, object]]:
    path = folder / "rows.csv"
    keys = sorted({key for row in rows for key in row})
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, keys, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return list(predictors.predict_table(NAME, str(path)))


def test_rows_are_answered_in_order_none_dropped(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        dict(PERSON), PERSON | {"age": 12}, PERSON | {"PPE": ""}, PERSON | {"DFA": "a lot"},
        dict.fromkeys(PERSON, ""), PERSON | {"motor_UPDRS": 39, "total_UPDRS": 50, "test_time": 100},
    ]  # fmt: skip
    lines = _lines(rows, tmp_path)
    assert len(lines) == len(rows)
    for line in lines:
        assert list(line) == ["value", "low", "high", "refused", "cautions"]
    assert "below 18" in str(lines[1]["refused"])
    assert lines[1]["value"] is None
    assert lines[4]["refused"]
    for place, key in ((2, "PPE"), (3, "DFA")):
        assert lines[place]["refused"] is None
        assert key in str(lines[place]["cautions"])
    for line in (lines[0], lines[2], lines[3], lines[5]):
        low, value, high = (float(str(line[key])) for key in ("low", "value", "high"))
        assert 0 <= low < value < high <= 108
    assert lines[5] == lines[0], "outcomes and days are not read"


def test_one_person_is_answered_as_a_row_is(tmp_path: Path) -> None:
    (line,) = _lines([dict(PERSON)], tmp_path)
    found = values.answer(NAME, PERSON)
    assert (found.value, found.low, found.high) == (line["value"], line["low"], line["high"])
    assert found.missing == ()
    assert values.answer(NAME, {"age": 70.0}).missing
    assert values.answer(NAME, {"age": 10.0}).value is None


def test_other_kinds_are_refused() -> None:
    with pytest.raises(Refusal) as found:
        values.answer("diabetes", {"Age": 50.0})
    assert found.value.code == "usage"


def test_the_card_says_how_it_stands_against_the_mean() -> None:
    card = registry.card(NAME)
    gap = card.data["against_the_mean"]["mean_absolute_error"]["difference"]
    assert ("IS NOT BETTER" in card.limits[0]) == (gap["high"] >= 0)
    coverage = next(iter(card.data["results"].values()))["motor_UPDRS"]["coverage"]
    assert coverage["high"] >= 0.95
    assert not {"motor_UPDRS", "total_UPDRS", "test_time", "subject#"} & {
        one.key for one in values.inputs(NAME)
    }
