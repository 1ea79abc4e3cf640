"""What every model that reads tables must hold: inputs on its card, subgroups, honest answers, quickness."""

import csv
import itertools
import json
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pytest

from medai_core.domain.inputs import CHOICE, NUMBER, YES_NO, Input, Need, Value
from medai_core.learning import metrics
from medai_core.services import predictors
from medai_core.serving import registry, tabular
from medai_core.serving.registry import ModelCard

READERS: Final = tuple(one for one in registry.available(None) if one.kind in registry.TABLES)
ONES: Final = registry.available(registry.TABLE)

NEVER: Final = {
    "RANDID", "PERIOD", "TIME", "DEATH", "ANGINA", "HOSPMI", "MI_FCHD", "ANYCHD", "STROKE", "CVD", "HYPERTEN",
    "TIMEAP", "TIMEMI", "TIMEMIFC", "TIMECHD", "TIMESTRK", "TIMECVD", "TIMEDTH", "TIMEHYP", "DiabetesAge",
    "num", "status", "event", "time", "Race1", "Race3", "race",
}  # fmt: skip
"""Outcomes, what follows from them, keys, and race: inputs of no model."""

every_reader = pytest.mark.parametrize("model", READERS, ids=lambda one: one.name)
every_one = pytest.mark.parametrize("model", ONES, ids=lambda one: one.name)


def _answers(model: ModelCard, rows: list[dict[str, str]], folder: Path) -> list[dict[str, Any]]:
    """The model's lines for rows written as a table, columns in a shuffled order with one more."""
    path = folder / "rows.csv"
    keys = sorted({key for row in rows for key in row} | {"another"}, reverse=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, keys, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return list(predictors.predict_table(model.name, str(path)))


def _written(one: Input, value: float) -> str:
    if np.isnan(value):
        return ""
    if one.kind == CHOICE:
        return one.choices[int(value)]
    if one.kind == YES_NO:
        return "1" if value else "0"
    return f"{value:.4f}"


def _people(model: ModelCard, count: int) -> list[dict[str, str]]:
    """Made people like those of the training, with "no" to every question of scope."""
    people = tabular.population(model.name)
    drawn = people.sample(count, np.random.default_rng(3))
    scope = {one.key: "0" for one in model.inputs.columns if one.need is Need.SCOPE and one.kind == YES_NO}
    return [
        scope | {one.key: _written(one, value) for one, value in zip(people.inputs, row, strict=True)}
        for row in drawn
    ]


def _typed(one: Input, text: str) -> Value:
    return float(text) if one.kind == NUMBER else text == "1" if one.kind == YES_NO else text


@every_reader
def test_the_card_says_what_is_read(model: ModelCard) -> None:
    columns = model.inputs.columns
    assert columns
    assert len({one.key for one in columns}) == len(columns)
    for one in columns:
        assert one.key not in NEVER
        assert one.help.strip()
        assert one.kind != CHOICE or len(one.choices) >= 2
        assert one.kind != NUMBER or (one.low is not None and one.high is not None and one.low < one.high)
    keys = {one.key for one in columns}
    for rule in model.data["inputs"].get("refuse", ()):
        assert rule["column"] in keys
        assert rule["sentence"].strip().endswith(".")
    assert set(model.data["inputs"].get("trained_on", {})) <= keys


@every_reader
def test_what_is_optimistic_and_what_was_tried_is_said(model: ModelCard) -> None:
    for key in ("optimistic", "results_meaning", "uncertainty"):
        assert model.data[key].strip(), key
    assert model.data["tried"]


@every_one
def test_the_card_of_a_probability_is_complete(model: ModelCard) -> None:
    data = model.data
    (label,) = model.labels
    assert data["horizon"].strip()
    assert set(model.thresholds) == {label}
    assert 0 < model.thresholds[label] < 1
    assert data["operating_points"]["frozen"].strip()
    part = next(iter(data["results"].values()))
    assert {"auroc", "sensitivity", "specificity"} <= set(part[label])
    calibration = data["calibration"]["labels"][label]
    assert sum(one["n"] for one in calibration["bins"]) == part[label]["auroc"]["n"]
    assert calibration["slope"]["low"] <= calibration["slope"]["value"] <= calibration["slope"]["high"]


@every_one
def test_calibration_is_checked_in_every_subgroup(model: ModelCard) -> None:
    """By sex and by age band where these are known, and told where it does not hold."""
    within = model.data["calibration_within"]
    assert within
    for groups in within.values():
        for name, found in groups.items():
            assert found["measured"] == ("holds" in found), name
            if found["measured"]:
                ends = (found["observed_to_expected"], found["slope"])
                assert found["holds"] == all(one["low"] <= 1 <= one["high"] for one in ends), name


@every_one
def test_the_out_of_fold_table_bears_out_the_card(model: ModelCard) -> None:
    table = pd.read_csv(model.folder / model.data["files"]["oof"]["name"])
    assert table["row"].is_unique
    assert (table.groupby("group")["fold"].nunique() == 1).all()
    assert not set(table) & {one.key for one in model.inputs.columns}, "an input is kept"
    truth = table["outcome"].to_numpy(float)
    score = table[next(name for name in table if name.startswith("p_"))].to_numpy(float)
    part = next(iter(model.data["results"].values()))[model.labels[0]]
    assert metrics.auroc(truth, score) == pytest.approx(part["auroc"]["value"], abs=1e-4)
    assert len(table) == part["auroc"]["n"]
    assert model.data["training_prevalence"][model.labels[0]] == pytest.approx(truth.mean(), rel=1e-2)


@every_one
def test_rows_are_answered_in_order_alone_as_among_others(model: ModelCard, tmp_path: Path) -> None:
    rows = _people(model, 12)
    for row in rows[::3]:
        row[model_key(model)] = ""
    together = _answers(model, rows, tmp_path)
    assert len(together) == len(rows)
    for row, line in zip(rows, together, strict=True):
        assert list(line) == ["probability", "decision", "refused", "cautions"]
        assert line["refused"] is None
        assert 0 < line["probability"] < 1
        threshold = model.thresholds[model.labels[0]]
        assert line["decision"] == ("flag" if line["probability"] >= threshold else "no flag")
        (alone,) = _answers(model, [row], tmp_path)
        assert alone["probability"] == pytest.approx(line["probability"], abs=1e-9)


def model_key(model: ModelCard) -> str:
    """An input whose absence is estimated."""
    return tabular.inputs(model.name)[-1].key


@every_one
def test_one_person_is_answered_as_a_row_is(model: ModelCard, tmp_path: Path) -> None:
    (row,) = _people(model, 1)
    (line,) = _answers(model, [row], tmp_path)
    known = {one.key: one for one in model.inputs.columns}
    found = tabular.answer(model.name, {key: _typed(known[key], text) for key, text in row.items() if text})
    assert found.probability == pytest.approx(line["probability"], abs=1e-9)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= line["probability"] <= found.high
    assert found.missing == ()


@every_one
def test_what_is_missing_is_named_and_widens_the_interval(model: ModelCard) -> None:
    """Over several people: with half of the inputs unknown, intervals are wider on the whole."""
    known = {one.key: one for one in model.inputs.columns}
    widths: dict[str, list[float]] = {"all": [], "half": []}
    for row in _people(model, 8):
        values = {key: _typed(known[key], text) for key, text in row.items() if text}
        few = dict(itertools.islice(values.items(), len(values) // 2))
        for name, given in (("all", values), ("half", few)):
            found = tabular.answer(model.name, given)
            assert found.low is not None
            assert found.high is not None
            widths[name].append(found.high - found.low)
        for key in found.missing:
            assert any(key in caution for caution in found.cautions)
        assert found.missing
    assert np.mean(widths["half"]) > np.mean(widths["all"])


@every_one
def test_rows_that_cannot_be_are_told_so(model: ModelCard, tmp_path: Path) -> None:
    number = next(one for one in tabular.inputs(model.name) if one.kind == NUMBER)
    choice = next((one for one in tabular.inputs(model.name) if one.kind != NUMBER), number)
    (row,) = _people(model, 1)
    empty = dict.fromkeys(row, "")
    text, unseen = row | {number.key: "a lot"}, row | {choice.key: "violet"}
    assert number.high is not None
    beyond = row | {number.key: f"{number.high * 10:.1f}"}
    lines = _answers(model, [empty, text, unseen, beyond], tmp_path)
    assert lines[0]["refused"]
    assert lines[0]["probability"] is None
    for line, key in zip(lines[1:], (number.key, choice.key, number.key), strict=True):
        said = line["refused"] or "; ".join(line["cautions"])
        assert key in said


@every_one
def test_rules_of_the_card_refuse(model: ModelCard, tmp_path: Path) -> None:
    known = {one.key: one for one in model.inputs.columns}
    (row,) = _people(model, 1)
    for rule in model.data["inputs"].get("refuse", ()):
        sign, bound = rule["when"].split()
        step = {"<": -1.0, ">": 1.0}.get(sign, 0.0)
        against = bound if known[rule["column"]].kind != NUMBER else f"{float(bound) + step:g}"
        (line,) = _answers(model, [row | {rule["column"]: against}], tmp_path)
        assert rule["sentence"] in str(line["refused"])
        assert line["probability"] is None
        assert line["decision"] is None


@every_one
def test_references_rise_and_are_of_enough_people(model: ModelCard) -> None:
    for one in tabular.reference(model.name):
        assert one.n >= 25
        assert list(one.quantiles) == sorted(one.quantiles)
        assert len(one.quantiles) == len(one.levels)


@every_one
def test_one_person_takes_less_than_fifty_milliseconds(model: ModelCard) -> None:
    """Warm, of processor time, the best of several: the machine may do other things meanwhile."""
    known = {one.key: one for one in model.inputs.columns}
    values = {key: _typed(known[key], text) for key, text in _people(model, 1)[0].items() if text}
    values.pop(model_key(model), None)
    tabular.answer(model.name, values)
    times = []
    for _ in range(15):
        started = time.process_time()
        tabular.answer(model.name, values)
        times.append(time.process_time() - started)
    assert min(times) < 0.050


@every_one
def test_only_aggregates_of_enough_people_are_kept(model: ModelCard) -> None:
    """No quantile that a single person sets: the ends of the ranges are those of the fifth person."""
    people = tabular.population(model.name)
    for one in people.margins:
        assert len(one.knots) <= 201
        if len(one.upto):
            assert one.upto[-1] == pytest.approx(1.0)
    golden = json.loads((model.folder / "golden.json").read_text(encoding="utf-8"))
    assert golden["cases"]
