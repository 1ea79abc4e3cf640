"""What every model folder must hold: a whole card, true digests, golden answers, a recipe, refusals."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import medai_core.models
from medai_core.learning.golden import answers, golden_input
from medai_core.learning.weights import MODELS, load_keras
from medai_core.serving import registry, runtime, verify
from medai_core.serving.gate import applicable
from medai_core.serving.registry import ModelCard
from tests.serving.conftest import film_header

CARDS = registry.available()
LIMIT_BYTES = 20 * 1024 * 1024

every_model = pytest.mark.parametrize("model", CARDS, ids=lambda one: one.name)


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


@every_model
def test_the_card_is_complete(model: ModelCard) -> None:
    data = model.data
    for key in ("title", "version", "task", "intended_use", "not_for", "uncertainty", "licence"):
        assert isinstance(data[key], str)
        assert data[key].strip(), key
    assert model.name == model.folder.name
    assert data["training_data"]["licence"]
    assert data["training_data"]["citation"]
    assert len(model.limits) >= 3
    assert set(model.thresholds) == set(model.labels)
    assert all(0 < value < 1 for value in model.thresholds.values())
    assert set(data["operating_points"]) >= set(model.labels)
    assert model.inputs.age_min_years < model.inputs.age_max_years
    assert model.inputs.views
    assert model.inputs.modalities
    assert all(math.isfinite(number) for number in _numbers(data))


@every_model
def test_every_result_has_its_interval_and_number(model: ModelCard) -> None:
    for part, forms in model.data["results"].items():
        for form, labels in forms.items():
            for label in model.labels:
                for name, figure in labels[label].items():
                    where = (part, form, label, name)
                    assert 0 <= figure["low"] <= figure["value"] <= figure["high"] <= 1, where
                    assert figure["n"] >= figure["patients"] > 0, where


@every_model
def test_the_model_beats_the_traps_of_its_set(model: ModelCard) -> None:
    score = model.data["results"]["all"]["perturbed"]["pneumonia"]["auroc"]["low"]
    for name, baseline in model.data["baselines"].items():
        assert score > baseline["value"], name


@every_model
def test_the_interval_of_the_lowest_numbers_is_there(model: ModelCard) -> None:
    figures = model.data["results"]["lowest numbers"]["perturbed"]["pneumonia"]
    assert figures["sensitivity"]["value"] >= 0.9
    assert figures["specificity"]["value"] >= 0.8


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
    golden["cases"][0]["probabilities"][0] += 0.001
    (copy / "golden.json").write_text(json.dumps(golden), encoding="utf-8")
    card = json.loads(json.dumps(model.data))
    card["files"]["golden"]["sha256"] = file_digest(copy / "golden.json")
    (copy / "card.json").write_text(json.dumps(card), encoding="utf-8")
    monkeypatch.setattr(registry, "MODELS", tmp_path / "models")
    assert "golden" in verify.verify_models()[0]


@every_model
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


@every_model
def test_the_served_file_answers_as_keras_does(model: ModelCard) -> None:
    network, size = load_keras(model.name)
    images = np.stack([golden_input(seed, size) for seed in range(20, 26)])
    served = runtime.run(model.name, images)
    probabilities, maps = (np.asarray(one) for one in network(images, training=False))
    golden = json.loads((model.folder / "golden.json").read_text(encoding="utf-8"))
    stated = answers(served.logits, exclusive=golden.get("exclusive", True))
    assert np.abs(stated - probabilities).max() <= 1e-3
    assert np.abs(served.maps - maps).max() <= 1e-3


@every_model
def test_the_demo_films_took_no_part(model: ModelCard) -> None:
    assert model.data["films"]["demo"] >= 2
