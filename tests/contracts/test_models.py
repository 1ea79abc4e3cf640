"""What every model folder must hold: a whole card, true digests, golden answers, a recipe, refusals."""

import json
import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pytest

import medai_core.models
from medai_core.domain.refusal import Refusal
from medai_core.imaging import statistics
from medai_core.learning import metrics
from medai_core.learning.calibration import SeparateCalibration
from medai_core.learning.golden import answers, golden_input
from medai_core.learning.weights import MODELS, load_keras
from medai_core.serving import registry, runtime, specialty, verify
from medai_core.serving.calibrated import calibration_of
from medai_core.serving.gate import applicable
from medai_core.serving.registry import TABLES, ModelCard
from tests.serving.conftest import film_header

CARDS = registry.available(None)
FINDERS = registry.available()
READERS = registry.available(registry.NOTE)
SEERS = tuple(card for card in CARDS if card.kind in {"findings", "gate"})
LIMIT_BYTES = 20 * 1024 * 1024

every_model = pytest.mark.parametrize("model", CARDS, ids=lambda one: one.name)
every_seer = pytest.mark.parametrize("model", SEERS, ids=lambda one: one.name)
every_reader = pytest.mark.parametrize("model", READERS, ids=lambda one: one.name)
every_finder = pytest.mark.parametrize("model", FINDERS, ids=lambda one: one.name)


def test_every_model_folder_is_found() -> None:
    folders = {path.parent.name for path in Path(medai_core.models.__file__).parent.glob("*/recipe.py")}
    assert folders
    assert folders == {one.name for one in CARDS} == {path.parent.name for path in MODELS.glob("*/card.json")}


def _numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for one in value.values() for number in _numbers(one)]
    if isinstance(value, list):
        return [number for one in value for number in _numbers(one)]
    return [float(value)] if isinstance(value, int | float) else []


def _estimates(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every figure with an interval, and where it stands."""
    if isinstance(value, dict):
        if {"value", "low", "high"} <= set(value):
            yield path, value
        for name, one in value.items():
            yield from _estimates(one, (*path, name))


@every_model
def test_the_card_is_complete(model: ModelCard) -> None:
    data = model.data
    for key in ("title", "version", "task", "intended_use", "not_for", "licence"):
        assert isinstance(data[key], str)
        assert data[key].strip(), key
    assert model.name == model.folder.name
    assert model.kind in {"findings", "gate", "note", *TABLES}
    assert data["training_data"]["licence"]
    assert data["training_data"]["citation"]
    assert len(model.limits) >= 3
    assert model.labels
    assert all(math.isfinite(number) for number in _numbers(data))


@every_finder
def test_the_card_of_a_model_that_answers_is_complete(model: ModelCard) -> None:
    data = model.data
    assert data["uncertainty"].strip()
    assert set(model.thresholds) == set(model.labels)
    assert all(0 < value < 1 for value in model.thresholds.values())
    assert "frozen" in data["operating_points"]
    assert len(data["operating_points"]) >= 2
    assert model.inputs.age_min_years < model.inputs.age_max_years
    assert model.inputs.views
    assert model.inputs.modalities
    for key in ("label_names", "label_meaning", "limits_per_finding", "training_prevalence"):
        assert set(data[key]) == set(model.labels), key
    assert all(limits for limits in data["limits_per_finding"].values())
    assert data["tried"]
    assert all(one.strip() for one in data["tried"])


UNBOUNDED: Final = {"slope", "observed_to_expected", "mean_absolute_error", "root_mean_squared_error"}
"""Figures that are no shares: they may lie beyond 1."""


@every_model
def test_every_figure_has_its_interval_and_number(model: ModelCard) -> None:
    found = list(_estimates(model.data))
    assert found
    for where, figure in found:
        unbounded = bool(UNBOUNDED & set(where))
        difference = where[-1] == "difference"
        lowest = -math.inf if "slope" in where or (unbounded and difference) else -1 if difference else 0
        highest = math.inf if unbounded else 1
        assert lowest <= figure["low"] <= figure["value"] <= figure["high"] <= highest, where
        assert figure["n"] >= figure["patients"] > 0, where


@every_finder
def test_every_finding_is_measured_or_not_relied_on(model: ModelCard) -> None:
    part = next(iter(model.data["results"].values()))
    measured = next(iter(part.values()))
    for label in model.labels:
        assert label in model.not_reliable or {"auroc", "sensitivity", "specificity"} <= set(measured[label])
    assert set(model.not_reliable) < set(model.labels)
    if "reliability_rule" in model.data:
        weak = {label for label in model.labels if measured.get(label, {}).get("auroc", _NONE)["low"] < 0.70}
        assert weak == set(model.not_reliable)


_NONE: Final = {"low": 0.0}


@every_finder
def test_curves_rise_and_fall_as_they_must(model: ModelCard) -> None:
    for name, falling, rising in (
        ("operating_characteristic", "sensitivity", "specificity"),
        ("precision_recall", "recall", None),
    ):
        curves = model.data[name]["points"]
        assert set(curves) == set(model.labels)
        for label, points in curves.items():
            assert len(points) >= 10, (name, label)
            for key in (falling, rising, "precision"):
                assert all(0 <= point[key] <= 1 for point in points if key in point)
            assert all(one[falling] >= other[falling] for one, other in pairwise(points)), (name, label)
            if rising:
                assert all(one[rising] <= other[rising] for one, other in pairwise(points)), (name, label)


@every_finder
def test_calibration_is_judged_for_every_finding(model: ModelCard) -> None:
    for label in model.labels:
        found = model.data["calibration"]["labels"][label]
        error = found["expected_calibration_error"]
        assert sum(one["n"] for one in found["bins"]) == error["n"]
        for one in found["bins"]:
            assert 0 <= one["low"] <= one["observed"] <= one["high"] <= 1
            assert 0 <= one["predicted"] <= 1


@every_finder
def test_prevalence_is_stated_for_every_finding(model: ModelCard) -> None:
    data = model.data
    shares = [data["training_prevalence"], *data.get("training_prevalence_by_view", {}).values()]
    for setting in data["local_prevalence_defaults"].values():
        assert setting["source"].strip()
        shares.append(setting["prevalence"])
    for share in shares:
        assert set(share) == set(model.labels)
        assert all(0 < value < 1 for value in share.values())


@every_model
def test_inputs_can_be_held_against_those_of_training(model: ModelCard) -> None:
    for name, histogram in model.data.get("input_reference", {}).items():
        shares = histogram["shares"]
        assert sum(shares) == pytest.approx(1.0, abs=1e-4)
        if "categories" in histogram:
            assert len(histogram["categories"]) == len(shares)
            continue
        assert name in statistics.NAMES or name == "age_years"
        assert len(histogram["edges"]) == len(shares) + 1
        assert all(one < other for one, other in pairwise(histogram["edges"]))
    assert model.kind != "findings" or model.data["input_reference"]


@every_finder
def test_the_calibration_file_fits_the_card(model: ModelCard) -> None:
    calibration = calibration_of(model)
    network, _ = load_keras(model.name)
    logits = np.random.default_rng(1).normal(0, 3, (5, network.output_shape[0][-1]))
    scores, (low, high) = calibration.probabilities(logits), calibration.intervals(logits)
    assert scores.shape == (5, len(model.labels))
    assert ((low <= scores) & (scores <= high)).all()
    if isinstance(calibration, SeparateCalibration):
        assert calibration.labels == model.labels


@every_finder
def test_the_model_beats_the_traps_of_its_set(model: ModelCard) -> None:
    """What says nothing of the picture, as view or shape, must not do as well as the model."""
    data = model.data
    if "mean_auroc" in data:
        score = data["mean_auroc"]["natural"]["this_model"]["low"]
    else:
        score = data["results"]["all"]["perturbed"]["pneumonia"]["auroc"]["low"]
    assert data["baselines"]
    for name, baseline in data["baselines"].items():
        assert score > baseline["value"], name


@every_finder
def test_the_interval_of_the_lowest_numbers_is_there(model: ModelCard) -> None:
    if "lowest numbers" not in model.data["results"]:
        assert "natural" in model.data["results"]
        return
    figures = model.data["results"]["lowest numbers"]["perturbed"]["pneumonia"]
    assert figures["sensitivity"]["value"] >= 0.9
    assert figures["specificity"]["value"] >= 0.8


@every_finder
def test_a_table_of_out_of_fold_answers_bears_out_the_card(model: ModelCard) -> None:
    """No patient in two folds, one row a film, and the card's figures are those of the table."""
    entry = model.data["files"].get("oof")
    if entry is None:
        assert "as they are" in model.data["results"]["all"]  # measured on films held out, not out of fold
        return
    table = pd.read_csv(model.folder / entry["name"], keep_default_na=False)
    assert table["image"].is_unique
    assert (table.groupby("patient")["fold"].nunique() == 1).all()
    part = next(iter(model.data["results"].values()))
    found = next(iter(part.values()))
    for label in model.labels:
        number = found[label]["auroc"]["n"]
        source = table.groupby("source").size()
        here = table[table["source"] == source[source == number].index[0]]
        truth = here["labels"].str.split("|").map(lambda names, label=label: label in names)
        score = here[f"logit_{label}"].to_numpy(float)
        assert metrics.auroc(truth.to_numpy(float), score) == pytest.approx(
            found[label]["auroc"]["value"], abs=1e-4
        )
        assert model.data["training_prevalence"][label] == pytest.approx(truth.mean(), rel=1e-3)


@every_model
def test_digests_and_golden_answers_hold(model: ModelCard) -> None:
    assert [one for one in verify.verify_models() if one.startswith(model.name)] == []


@every_model
def test_files_are_within_the_limit(model: ModelCard) -> None:
    sizes = [path.stat().st_size for path in model.folder.rglob("*") if path.is_file()]
    assert sum(sizes) <= LIMIT_BYTES
    assert (model.folder / model.data["files"]["served"]["name"]).stat().st_size <= 7 * 1024 * 1024


@every_model
def test_a_changed_file_is_found_out(
    model: ModelCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "models" / model.name
    copy.mkdir(parents=True)
    for entry in (*model.data["files"].values(), {"name": "card.json"}):
        (copy / entry["name"]).write_bytes((model.folder / entry["name"]).read_bytes())
    monkeypatch.setattr(registry, "MODELS", tmp_path / "models")
    assert verify.verify_models() == []
    weights = copy / model.data["files"]["served"]["name"]
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    assert len(verify.verify_models()) == 1
    weights.unlink()
    assert "missing" in verify.verify_models()[0]


@every_model
def test_a_changed_answer_is_found_out(
    model: ModelCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from medai_core.learning.weights import file_digest

    copy = tmp_path / "models" / model.name
    copy.mkdir(parents=True)
    for entry in model.data["files"].values():
        (copy / entry["name"]).write_bytes((model.folder / entry["name"]).read_bytes())
    golden = json.loads((copy / "golden.json").read_text(encoding="utf-8"))
    first = golden["cases"][0]
    first["values" if model.kind == registry.VALUE else "probabilities"][0] += 0.001
    (copy / "golden.json").write_text(json.dumps(golden), encoding="utf-8")
    card = json.loads(json.dumps(model.data))
    card["files"]["golden"]["sha256"] = file_digest(copy / "golden.json")
    (copy / "card.json").write_text(json.dumps(card), encoding="utf-8")
    monkeypatch.setattr(registry, "MODELS", tmp_path / "models")
    assert "golden" in verify.verify_models()[0]


@every_finder
def test_it_refuses_outside_its_declared_range(model: ModelCard) -> None:
    age = (model.inputs.age_min_years + model.inputs.age_max_years) / 2
    inside = film_header(
        age_years=age, view_position=model.inputs.views[0], modality=model.inputs.modalities[0]
    )
    assert applicable(inside, model)[0] is None
    for outside in (
        {"age_years": model.inputs.age_min_years - 0.1},
        {"age_years": model.inputs.age_max_years + 1.0},
        {"modality": "MG"},
        {"modality": ""},
        {"view_position": "RL"},
    ):
        assert applicable(film_header(**outside), model)[0] is not None, outside


@every_seer
def test_the_served_file_answers_as_keras_does(model: ModelCard) -> None:
    network, size = load_keras(model.name)
    images = np.stack([golden_input(seed, size) for seed in range(20, 26)])
    served = runtime.run(model.name, images)
    probabilities, maps, *_ = (np.asarray(one) for one in network(images, training=False))
    golden = json.loads((model.folder / "golden.json").read_text(encoding="utf-8"))
    stated = answers(served.logits, exclusive=golden.get("exclusive", True))
    assert np.abs(stated - probabilities).max() <= 1e-3
    assert np.abs(served.maps - maps).max() <= 1e-3


@every_reader
def test_a_model_of_notes_is_measured_out_of_fold(model: ModelCard) -> None:
    """No group of texts in two folds, every label measured, and better than the network beside it."""
    table = pd.read_csv(model.folder / model.data["files"]["oof"]["name"], keep_default_na=False)
    assert table["text"].is_unique
    assert (table.groupby("group")["fold"].nunique() == 1).all()
    assert set(model.thresholds) == set(model.labels)
    assert all(0 < value < 1 for value in model.thresholds.values())
    (measured,) = model.data["results"].values()
    truth = table["labels"].str.split("|")
    for label in model.labels:
        has = truth.map(lambda names, label=label: label in names).to_numpy(float)
        score = table[f"linear_{label}"].to_numpy(float)
        assert {"auroc", "sensitivity", "specificity"} <= set(measured[label])
        assert metrics.auroc(has, score) == pytest.approx(measured[label]["auroc"]["value"], abs=1e-4)
        assert model.data["training_prevalence"][label] == pytest.approx(has.mean(), rel=1e-2)
        bins = model.data["calibration"]["labels"][label]["bins"]
        assert sum(one["n"] for one in bins) == len(table)
    (means,) = model.data["mean_auroc"].values()
    assert means["this_model"]["value"] > means["reference"]["value"]
    own, other = model.data["overall"].values()
    assert own["micro_f1"]["value"] > other["micro_f1"]["value"]
    for baseline in model.data["baselines"].values():
        assert own["top_3"]["low"] > baseline["value"]


@every_reader
def test_a_model_of_notes_answers_the_same_alone_and_among_others(model: ModelCard) -> None:
    texts = [case["text"] for case in json.loads((model.folder / "golden.json").read_text("utf-8"))["cases"]]
    together = specialty.probabilities(model, texts)
    assert together.shape == (len(texts), len(model.labels))
    assert ((together >= 0) & (together <= 1)).all()
    for text, row in zip(texts, together, strict=True):
        assert specialty.probabilities(model, [text])[0] == pytest.approx(row, abs=1e-12)
    with pytest.raises(Refusal):
        specialty.specialties("Two words.", model.name)


@every_finder
def test_the_demo_films_took_no_part(model: ModelCard) -> None:
    """Of a model whose own films are shown in the demo."""
    demo = model.data["films"].get("demo")
    assert demo is None or demo >= 2


def test_some_model_keeps_its_demo_films_out() -> None:
    assert any("demo" in model.data["films"] for model in FINDERS)
