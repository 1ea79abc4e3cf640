"""Recipes of predictors on public tables: who is read, who is left out, what is no input."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medai_core.domain.refusal import Refusal
from medai_core.learning.columns import read_columns
from medai_core.models.breast_cytology import recipe as breast
from medai_core.models.coronary_disease import recipe as coronary
from medai_core.models.diabetes import recipe as diabetes
from medai_core.models.parkinsons_updrs import recipe as updrs
from medai_core.models.parkinsons_voice import recipe as voice
from medai_core.services import predictors
from medai_core.serving import registry, tabular

NAMES = ("diabetes", "coronary_disease", "breast_cytology", "parkinsons_voice", "parkinsons_updrs")
SENSITIVE = {
    "Race1", "Race3", "SexOrientation", "Marijuana", "HardDrugs", "SexEver", "SexAge", "SexNumPartnLife",
    "SexNumPartYear", "SameSex", "DiabetesAge", "HealthGen", "AgeMonths", "Testosterone", "TVHrsDay",
    "CompHrsDay",
    "num", "site", "status", "motor_UPDRS", "total_UPDRS", "subject#", "name",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_outcomes_and_sensitive_items_are_never_read(name: str) -> None:
    assert not {one.key for one in registry.card(name).inputs.columns} & SENSITIVE


def _survey(folder: Path) -> Path:
    generator = np.random.default_rng(0)
    count = 60
    table = pd.DataFrame({one.key: np.round(generator.uniform(50, 60, count), 1) for one in diabetes.COLUMNS})
    table["Age"] = np.r_[np.full(10, 15), generator.integers(20, 81, count - 10)]
    table["Gender"], table["Sex"] = "female", "female"
    table["SleepTrouble"], table["PhysActive"] = "No", "Yes"
    table["BPDiaAve"] = np.r_[np.zeros(20), np.full(count - 20, 70)]
    table["Diabetes"] = ["Yes", "No", ""] * 20
    table["DiabetesAge"] = np.where(table["Diabetes"] == "Yes", 40, np.nan)
    table["Race1"], table["ID"] = "White", np.arange(count) + 100
    table["SDMVSTRA"], table["SDMVPSU"], table["WTINT2YR"] = 75, 1, 1000.0
    path = folder / diabetes.TABLE
    path.parent.mkdir(parents=True)
    with gzip.open(path, "wt") as file:
        table.to_csv(file, index=False)
    return folder


def test_adults_whose_answer_is_known_are_read(tmp_path: Path) -> None:
    table = diabetes.people(_survey(tmp_path))
    assert table.age is not None
    assert table.age.min() >= 20
    assert set(table.truth) == {0.0, 1.0}
    assert table.left_out["under 20 years"] == 10
    assert len(table.row) == 60 - sum(table.left_out.values())
    pressure = table.values[:, [one.key for one in diabetes.COLUMNS].index("BPDiaAve")]
    assert np.isnan(pressure[table.row < 20]).all(), "a pressure of 0 is none"
    assert np.isfinite(pressure[table.row >= 20]).all()


def _hearts(folder: Path) -> Path:
    one = {
        "site": "cleveland", "age": 50, "sex": 1, "cp": 4, "trestbps": 0, "chol": 0, "fbs": 0, "restecg": 0,
        "thalach": 150, "exang": 1, "oldpeak": 1.0, "slope": 2, "ca": 0, "thal": 3, "num": 2,
    }  # fmt: skip
    rows = [one, dict(one), one | {"site": "switzerland"}, one | {"num": 0, "chol": 200, "trestbps": 130}]
    path = folder / coronary.TABLE
    path.parent.mkdir(parents=True)
    pd.DataFrame(rows).to_csv(path, index=False)
    return folder


def test_cholesterol_and_pressure_of_nought_are_missing_and_copies_left_out(tmp_path: Path) -> None:
    table = coronary.patients(_hearts(tmp_path))
    assert len(table.row) == 3, "the copy within a hospital is left out, the like row of another is not"
    keys = [one.key for one in coronary.COLUMNS]
    for key in ("chol", "trestbps"):
        column = table.values[:, keys.index(key)]
        assert np.isnan(column[:2]).all()
        assert np.isfinite(column[2])
    assert list(table.truth) == [1.0, 1.0, 0.0]
    assert set(coronary.folds(table, 0)) == {0, 1}


def _answered(name: str, rows: list[dict[str, object]], folder: Path) -> list[dict[str, object]]:
    path = folder / "rows.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return list(predictors.predict_table(name, str(path)))


def test_nought_is_answered_as_missing_is(tmp_path: Path) -> None:
    heart: dict[str, object] = {
        "age": 60, "sex": 1, "cp": 3, "trestbps": 140, "chol": 0, "thalach": 120, "exang": 1, "oldpeak": 2
    }  # fmt: skip
    zero, empty, site = _answered(
        "coronary_disease", [heart, heart | {"chol": ""}, heart | {"site": "switzerland"}], tmp_path
    )
    assert zero["probability"] == empty["probability"] == site["probability"]
    assert "chol" in str(zero["cautions"])


def test_more_signs_are_more_probable(tmp_path: Path) -> None:
    heart: dict[str, object] = {
        "age": 55, "sex": "male", "cp": 2, "trestbps": 130, "chol": 220, "thalach": 160, "exang": 0,
        "oldpeak": 0,
    }  # fmt: skip
    changes: list[dict[str, object]] = [{}, {"cp": 4}, {"exang": 1}, {"oldpeak": 3}, {"thalach": 100}]
    least, *others = _answered("coronary_disease", [heart | one for one in changes], tmp_path)
    for line in others:
        assert float(str(line["probability"])) > float(str(least["probability"]))


def test_malignant_is_the_outcome(tmp_path: Path) -> None:
    """Of scikit-learn's 0 (malignant) and 1 (benign) the probability is that of 0."""
    table = breast.masses(tmp_path)
    assert int(table.truth.sum()) == 212
    given = tabular.function("breast_cytology")(table.values)
    assert given[table.truth == 1].mean() > 0.9
    assert given[table.truth == 0].mean() < 0.1


def test_scikit_learns_own_names_are_read(tmp_path: Path) -> None:
    from sklearn.datasets import load_breast_cancer

    found = load_breast_cancer(as_frame=True)
    path = tmp_path / "masses.csv.gz"
    found.frame.head(40).to_csv(path, index=False)
    columns = read_columns(path, breast.COLUMNS)
    assert not columns.absent
    assert not columns.cautions
    lines = list(predictors.predict_table("breast_cytology", str(path)))
    truth = found.target.head(40).to_numpy() == 0
    flagged = np.array([line["decision"] == "flag" for line in lines])
    assert (flagged == truth).mean() > 0.9


def test_recordings_of_one_person_stay_together(tmp_path: Path) -> None:
    keys = [one.key for one in voice.EVERY]
    rows = [
        {"name": f"phon_R01_S{person:02d}_{number}", "status": int(person < 9), **dict.fromkeys(keys, 0.5)}
        for person in range(12)
        for number in range(1, 4)
    ]
    path = tmp_path / voice.TABLE
    path.parent.mkdir(parents=True)
    pd.DataFrame(rows).to_csv(path, index=False)
    table = voice.recordings(tmp_path)
    assert len(np.unique(table.group)) == 12
    fold = voice.folds(table, 0)
    assert all(len(np.unique(fold[table.group == one])) == 1 for one in np.unique(table.group))


def test_people_are_held_out_whole() -> None:
    person = np.repeat(np.arange(42), 3)
    fold = updrs.folds(person)
    assert len(np.unique(fold)) == updrs.FOLDS
    assert all(len(np.unique(fold[person == one])) == 1 for one in np.unique(person))


def test_the_chosen_inputs_are_those_of_the_card() -> None:
    assert tuple(one.key for one in tabular.inputs("parkinsons_voice")) == tuple(
        one.key for one in voice.EVERY if one.key in voice.KEYS
    )


@pytest.mark.parametrize("read", [diabetes.people, coronary.patients, voice.recordings, updrs.recordings])
def test_missing_data_are_said(read: object, tmp_path: Path) -> None:
    assert callable(read)
    with pytest.raises(Refusal) as found:
        read(tmp_path)
    assert found.value.code == "data-missing"


@pytest.mark.parametrize(
    ("name", "floor"),
    [("diabetes", 0.81), ("breast_cytology", 0.975)],
)
def test_what_was_asked_is_reached_out_of_fold(name: str, floor: float) -> None:
    data = registry.card(name).data
    if name == "breast_cytology":
        assert data["rounds"]["accuracy"]["mean"]["value"] >= floor
    else:
        assert next(iter(data["results"].values()))["diabetes"]["auroc"]["value"] >= floor


def test_every_site_not_seen_is_ranked_as_asked() -> None:
    found = registry.card("coronary_disease").data["auroc_at_sites_not_seen"]
    served = found[coronary.PLAN.titles["served"]]
    for site, floor in (("cleveland", 0.87), ("hungarian", 0.89), ("switzerland", 0.72)):
        assert served[site]["value"] >= floor
