"""Survival predictors: tables, one person, visits; every installed one is held to the same."""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medai_core.domain.inputs import NUMBER
from medai_core.domain.refusal import Refusal
from medai_core.learning import survival_metrics as measures
from medai_core.serving import registry, survival
from medai_core.serving.registry import SURVIVAL, ModelCard

CARDS = registry.available(SURVIVAL)
every = pytest.mark.parametrize("model", CARDS, ids=lambda one: one.name)

HORIZONS = {
    "survival_metabric": (1, 5, 10),
    "survival_support": (0.5, 1, 2, 5),
    "survival_gbsg": (1, 3, 5, 7),
    "mortality_nhanes1": (5, 10, 15, 20),
    "survival_pbc": (1, 2, 5),
}
LEAST_C = {
    "survival_metabric": 0.645,
    "survival_support": 0.6,
    "survival_gbsg": 0.668,
    "mortality_nhanes1": 0.82,
}
NEVER = {"race", "race_code", "event", "time_months", "time_days", "y_signed_years", "futime", "status", "id"}
GBSG = {
    "hormone_therapy": False, "tumor_size_group": "more than 20 to 50 mm", "postmenopausal": True, "age": 60,
    "n_positive_nodes": 5, "pgr": 20, "er": 30,
}  # fmt: skip


def _write(path: Path, rows: list[dict[str, object]]) -> str:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def test_all_of_them_are_there() -> None:
    assert {one.name for one in CARDS} == set(HORIZONS)


@every
def test_the_columns_are_those_that_were_asked_for(model: ModelCard, tmp_path: Path) -> None:
    key = model.inputs.columns[0].key
    (line,) = survival.answer_table(model.name, _write(tmp_path / "t.csv", [{key: "", "other": "x"}]))
    years = [f"survival_{one:g}" for one in HORIZONS[model.name]]
    assert list(line) == ["risk_score", *years, "refused", "cautions"]
    assert line["refused"] is None
    assert "average person" in str(line["cautions"])
    values = [float(line[one]) for one in years]  # type: ignore[arg-type]
    assert all(0 < one < 1 for one in values)
    assert values == sorted(values, reverse=True)


@every
def test_outcomes_and_race_are_never_inputs(model: ModelCard) -> None:
    assert not NEVER & {one.key.lower() for one in model.inputs.columns}
    read = {one.key for one in survival.inputs(model.name)}
    assert read == {one.key for one in model.inputs.columns}


@every
def test_the_card_bears_out_its_table(model: ModelCard) -> None:
    table = pd.read_csv(model.folder / model.data["files"]["oof"]["name"])
    assert (table.groupby("group")["fold"].nunique() == 1).all()
    time, event = table["years"].to_numpy(float), table["event"].to_numpy(float)
    (part,) = model.data["results"].values()
    figures = part[model.labels[0]]
    found = measures.concordance(time, event, table["score"].to_numpy(float))
    assert found == pytest.approx(figures["concordance"]["value"], abs=2e-4)
    for year in HORIZONS[model.name]:
        risk = 1 - table[f"survival_{year:g}"].to_numpy(float)
        auc = measures.auc_at(time, event, risk, year)
        assert auc == pytest.approx(figures[f"auc_{year:g}_years"]["value"], abs=2e-4)
    assert figures["integrated_brier"]["value"] < 0.25
    assert found >= LEAST_C.get(model.name, 0.8)
    alone = next(one for name, one in model.data["compared"].items() if name.endswith("alone"))
    assert alone["difference"]["low"] > 0


@every
def test_calibration_is_checked_in_every_group(model: ModelCard) -> None:
    data = model.data
    assert {"age"} <= set(data["calibration_within"])
    for groups in data["calibration_within"].values():
        for one in groups.values():
            assert one["measured"] in (True, False)
            assert one["measured"] is False or isinstance(one["holds"], bool)
    for year in HORIZONS[model.name]:
        found = data["calibration"]["years"][f"{year:g}"]
        assert found["observed_to_expected"]["value"] == pytest.approx(1, abs=0.15)
        assert found["slope"]["low"] - 0.15 <= 1 <= found["slope"]["high"] + 0.15
    assert data["optimistic"].strip()


@every
def test_rows_answer_alone_as_among_others_and_in_order(model: ModelCard, tmp_path: Path) -> None:
    columns = [one for one in model.inputs.columns if one.kind == NUMBER]
    drawn = survival.population(model.name).sample(12, np.random.default_rng(3))
    places = [survival.inputs(model.name).index(one) for one in columns]
    rows = [
        {one.key: f"{row[place]:.3f}" for one, place in zip(columns, places, strict=True)} for row in drawn
    ]
    whole = list(survival.answer_table(model.name, _write(tmp_path / "all.csv", rows)))
    assert len(whole) == 12
    for number in (0, 7):
        (alone,) = survival.answer_table(model.name, _write(tmp_path / "one.csv", [rows[number]]))
        assert alone["risk_score"] == pytest.approx(whole[number]["risk_score"], abs=1e-5)
    scores = [float(one["risk_score"]) for one in whole]  # type: ignore[arg-type]
    main = f"survival_{survival.main_year(model):g}"
    order = np.argsort(scores)
    chances = np.array([float(one[main]) for one in whole])[order]  # type: ignore[arg-type]
    assert (np.diff(chances) <= 1e-9).all()


def test_a_curve_has_a_band_and_says_what_was_missing() -> None:
    curve = survival.curve("survival_gbsg", GBSG)
    assert curve.years[0] == 0
    assert curve.years[-1] == 7
    assert curve.survival[0] == curve.low[0] == curve.high[0] == 1
    assert all(a <= b <= c for a, b, c in zip(curve.low, curve.survival, curve.high, strict=True))
    assert curve.at(5.0) == pytest.approx(curve.horizons[5.0])
    assert curve.missing == ()
    assert curve.population[0][4] > curve.population[-1][4] > 0
    gap = survival.curve("survival_gbsg", {key: value for key, value in GBSG.items() if key != "pgr"})
    assert gap.missing == ("pgr",)
    assert any("pgr" in one for one in gap.cautions)
    worse = survival.curve("survival_gbsg", {**GBSG, "n_positive_nodes": 20})
    assert worse.at(5.0)[0] < curve.at(5.0)[0]
    assert worse.risk_score > curve.risk_score  # type: ignore[operator]


def test_a_curve_is_that_of_the_table(tmp_path: Path) -> None:
    curve = survival.curve("survival_gbsg", GBSG)
    (line,) = survival.answer_table("survival_gbsg", _write(tmp_path / "t.csv", [dict(GBSG)]))
    assert line["survival_5"] == pytest.approx(curve.at(5.0)[0], abs=1e-6)
    assert line["risk_score"] == pytest.approx(curve.risk_score, abs=1e-6)
    row = survival.row_of("survival_gbsg", GBSG)
    assert survival.function("survival_gbsg")(row[None])[0] == pytest.approx(1 - curve.at(5.0)[0], abs=1e-6)


def test_zeros_that_cannot_be_and_codes_are_missing(tmp_path: Path) -> None:
    (line,) = survival.answer_table(
        "survival_support",
        _write(tmp_path / "s.csv", [{"age": 60, "mean_bp": 0, "race_code": 2, "event": 1}]),
    )
    assert any("mean_bp is outside what is possible" in one for one in line["cautions"])  # type: ignore[attr-defined]
    row = {"Age": 50, "Red blood cells": 88.8, "Poverty index": 999, "y_signed_years": 3}
    (line,) = survival.answer_table("mortality_nhanes1", _write(tmp_path / "n.csv", [row]))
    assert sum("outside what is possible" in one for one in line["cautions"]) == 2  # type: ignore[attr-defined]
    same = {**row, "Red blood cells": "", "Poverty index": "", "Race": 2, "y_signed_years": -20}
    (other,) = survival.answer_table("mortality_nhanes1", _write(tmp_path / "n.csv", [same]))
    assert other["risk_score"] == line["risk_score"]


def test_visits_of_a_table_are_answered_by_what_was_known(tmp_path: Path) -> None:
    visits: list[dict[str, object]] = [
        {"id": 7, "day": 400, "age": 50, "sex": "f", "bili": 4.0},
        {"id": 8, "day": 0, "age": 50, "sex": "f", "bili": 1.0},
        {"id": 7, "day": 0, "age": 50, "sex": "f", "bili": 1.0},
    ]
    late, other, first = survival.answer_table("survival_pbc", _write(tmp_path / "v.csv", visits))
    assert first["risk_score"] == other["risk_score"]
    assert late["risk_score"] > first["risk_score"]  # type: ignore[operator]
    alone = next(iter(survival.answer_table("survival_pbc", _write(tmp_path / "w.csv", visits[:1]))))
    assert alone["risk_score"] != late["risk_score"]  # bilirubin's trend is not known to it
    marks = survival.landmark(
        [{key: value for key, value in one.items() if key != "id"} for one in visits[::2]]
    )
    assert [one.day for one in marks] == [0, 400]
    assert marks[1].curve.risk_score == pytest.approx(late["risk_score"], abs=1e-6)
    assert marks[1].curve.at(2.0)[0] < marks[0].curve.at(2.0)[0]


def test_another_kind_of_model_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        survival.curve("note_specialty", {})
    assert caught.value.code == "usage"
    with pytest.raises(Refusal):
        survival.curve("nobody", {})


@every
def test_golden_answers_are_those_of_the_served_model(model: ModelCard) -> None:
    golden = json.loads((model.folder / "golden.json").read_text(encoding="utf-8"))
    assert len(golden["cases"]) >= 4
    for case in golden["cases"]:
        assert len(case["probabilities"]) == len(HORIZONS[model.name])
