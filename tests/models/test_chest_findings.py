"""Freezing and measuring on made-up films: whole, repeatable, honest about what is missing."""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from medai_core.charts import card_results
from medai_core.domain.refusal import Refusal
from medai_core.learning import metrics
from medai_core.models.chest_findings import evaluation, figures, freezing, outoffold, pointing
from medai_core.models.chest_findings.films import (
    ENRICHED,
    LABELS,
    NATURAL,
    PNEUMONIA,
    Films,
    read_films,
)

FROZEN = ("oof.csv.gz", "calibration.json")


def _maps(images: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """A network made of nothing but the picture's own grey, sixteen fields, each label a little other."""
    side = images.shape[1] // 4
    grey = images[..., 0].reshape(len(images), 4, side, 4, side).mean(axis=(2, 4))
    weight = np.linspace(1.0, 2.0, len(LABELS))
    return (scale * (grey[..., None] * 4 * weight - 3.0)).astype(np.float32)


def _served(_: Path, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    maps = _maps(images, 1.5)
    return maps.mean(axis=(1, 2)), maps


def _fold_maps(number: int, images: np.ndarray) -> np.ndarray:
    return _maps(images, 1.0 + 0.1 * number)


def _logits(films: Films) -> np.ndarray:
    """What networks that know something of the first findings and nothing of the last would say."""
    generator = np.random.default_rng(5)
    known = np.linspace(3.0, 0.0, len(LABELS))
    return (films.truth - 0.5) * known + generator.normal(-1.0, 1.0, films.truth.shape)


@pytest.fixture(scope="module")
def quick() -> Any:
    """Few resamplings, and the network above instead of the served file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics.estimate_of, "__kwdefaults__", {"repeats": 30})
        patch.setattr(metrics.estimate, "__kwdefaults__", {"repeats": 30})
        patch.setattr(metrics.reliability_ends, "__kwdefaults__", {"edges": None, "repeats": 30})
        patch.setattr(freezing, "REPLICATES", 12)
        patch.setattr(freezing, "SHIFT_FILMS", 30)
        patch.setattr(freezing, "SCALE_FILMS", 60)
        patch.setattr(evaluation, "CHANGED_FILMS", 30)
        for module in (freezing, evaluation):
            patch.setattr(module, "served_outputs", _served)
        yield


@pytest.fixture(scope="module")
def model(chest_data: Path, tmp_path_factory: pytest.TempPathFactory, quick: None) -> Path:
    """A folder with everything frozen and measured once."""
    folder = tmp_path_factory.mktemp("model")
    for name in ("model.tflite", "weights.npz", "golden.json"):
        (folder / name).write_bytes(name.encode())
    films = read_films(chest_data, ENRICHED, PNEUMONIA, NATURAL)
    freezing.freeze(chest_data, films, _logits(films), _fold_maps, folder, say=lambda _: None)
    evaluation.measure(chest_data, folder, say=lambda _: None)
    return folder


@pytest.fixture(scope="module")
def card(model: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((model / "card.json").read_text(encoding="utf-8"))
    return found


def test_measuring_twice_gives_the_same_card(model: Path, chest_data: Path, quick: None) -> None:
    before = (model / "card.json").read_bytes()
    evaluation.measure(chest_data, model, say=lambda _: None)
    assert (model / "card.json").read_bytes() == before


def test_freezing_twice_gives_the_same_files(
    model: Path, chest_data: Path, quick: None, tmp_path: Path
) -> None:
    films = read_films(chest_data, ENRICHED, PNEUMONIA, NATURAL)
    shutil.copy(model / "model.tflite", tmp_path)
    freezing.freeze(chest_data, films, _logits(films), _fold_maps, tmp_path, say=lambda _: None)
    for name in FROZEN:
        assert (tmp_path / name).read_bytes() == (model / name).read_bytes(), name


def test_the_table_holds_the_films_and_no_film_judges_itself(model: Path, chest_data: Path) -> None:
    table = outoffold.read(model)
    films = read_films(chest_data, ENRICHED, PNEUMONIA, NATURAL)
    assert sorted(table.image) == sorted(films.names)
    assert table.age.min() >= 18
    assert ((table.probability > 0) & (table.probability < 1)).all()
    for patient in np.unique(table.patient):
        assert len(np.unique(table.fold[table.patient == patient])) == 1
    # a changed answer leaves the maps of its own part, hence the other answers there, as they were
    logits = _logits(films)
    before = outoffold.calibrated(films, logits).probability
    part = outoffold.parts_of(films.patient)
    row = int(np.flatnonzero((part == 0) & (films.source == NATURAL))[0])
    logits[row] += 5.0
    after = outoffold.calibrated(films, logits).probability
    same = part == 0
    assert same.sum() > 3
    same[row] = False
    assert np.array_equal(before[same], after[same])
    assert not np.allclose(before[part == 1], after[part == 1], rtol=1e-9, atol=0)


def test_the_table_is_text_that_others_can_read(model: Path) -> None:
    with gzip.open(model / "oof.csv.gz", "rt", encoding="utf-8") as file:
        header = file.readline().strip().split(",")
    assert header[:8] == ["image", "patient", "fold", "source", "view", "sex", "age", "labels"]
    assert header[8:] == [f"{kind}_{label}" for label in LABELS for kind in ("p", "logit")]


def test_the_figures_are_those_of_the_table(model: Path, card: dict[str, Any]) -> None:
    natural = outoffold.read(model).natural
    found = card["results"]["natural"][figures.UNSEEN]
    for column, label in enumerate(LABELS):
        truth, score = natural.truth[:, column], natural.answer[:, column]
        assert metrics.auroc(truth, score) == pytest.approx(metrics.auroc(truth, natural.logit[:, column]))
        assert found[label]["auroc"]["value"] == pytest.approx(metrics.auroc(truth, score), abs=1e-4)
        flagged = (score >= card["thresholds"][label]).astype(float)
        if column < 8:  # the last ones say nothing: many films have the same score
            assert found[label]["specificity"]["value"] == pytest.approx(0.9, abs=0.015)
        assert found[label]["ppv"]["value"] == pytest.approx(truth[flagged > 0].mean(), abs=1e-4)
        assert card["training_prevalence"][label] == pytest.approx(truth.mean(), rel=1e-3)


def test_the_reference_is_held_against_the_same_films(card: dict[str, Any]) -> None:
    for part in (figures.ENRICHED_PART, figures.SHARED_PART):
        own, other = (one[part][figures.UNSEEN] for one in (card["results"], card["reference"]["results"]))
        assert set(own) == set(other)
        for label in other:
            for number in ("n", "patients"):
                assert own[label]["auroc"][number] == other[label]["auroc"][number]
        mean = card["mean_auroc"][part]
        expected = mean["this_model"]["value"] - mean["reference"]["value"]
        assert mean["difference"]["value"] == pytest.approx(expected, abs=2e-4)


def test_the_reference_is_held_against_the_same_groups(card: dict[str, Any]) -> None:
    within = card["mean_auroc_within"]
    assert list(within) == [figures.ENRICHED_PART, figures.SHARED_PART]
    groups = within[figures.SHARED_PART]["view"]
    assert groups
    assert set(groups) <= {"AP", "PA"}
    for mean in groups.values():
        assert mean["difference"]["value"] == pytest.approx(
            mean["this_model"]["value"] - mean["reference"]["value"], abs=2e-4
        )
        assert mean["this_model"]["n"] < card["mean_auroc"][figures.SHARED_PART]["this_model"]["n"]
    rows = card_results.means_table(card, figures.SHARED_PART)
    assert [row["Group"] for row in rows[: len(groups)]] == [f"View: {name}" for name in groups]


def test_a_finding_that_says_nothing_is_not_reliable(card: dict[str, Any]) -> None:
    found = card["results"]["natural"][figures.UNSEEN]
    assert "Hernia" in card["not_reliable"]
    assert "Atelectasis" not in card["not_reliable"]
    for label in LABELS:
        assert (label in card["not_reliable"]) == (found[label]["auroc"]["low"] < 0.70)
    assert figures.not_reliable({"natural": {figures.UNSEEN: {}}}) == list(LABELS)


def test_local_prevalence_is_counted_by_view(chest_data: Path, card: dict[str, Any]) -> None:
    import pandas as pd

    table = pd.read_csv(chest_data / ENRICHED / "reference_predictions_fold.csv.gz")
    table = table[(table["age"] >= 18) & (table["view"] == "AP")]
    share = table["finding_labels"].str.split("|").map(lambda names: "Mass" in names).mean()
    stated = card["local_prevalence_defaults"]["ward and bedside (AP films)"]
    assert stated["prevalence"]["Mass"] == pytest.approx(share, abs=5e-5)
    assert f"{len(table):,} AP films" in stated["source"]


def test_groups_part_the_films(model: Path, card: dict[str, Any]) -> None:
    natural = outoffold.read(model).natural
    for dimension, groups in figures.groups_of(natural).items():
        assert (np.sum(list(groups.values()), axis=0) == 1).all(), dimension
    figure = card["subgroups"]["view"]["AP"]["Atelectasis"]["auroc"]
    assert figure["n"] == (natural.view == "AP").sum()


def test_every_finding_has_limits_and_the_trial_is_told(card: dict[str, Any]) -> None:
    assert set(card["limits_per_finding"]) == set(LABELS)
    assert all(len(one) >= 2 for one in card["limits_per_finding"].values())
    assert any("View, sex and age" in one for one in card["tried"])
    assert set(card["input_reference"]) >= {"mean_grey", "contrast", "sharpness"}


def test_folds_are_brought_to_one_scale(chest_data: Path) -> None:
    """A network that scores everything higher, or more widely, ranks no film before another's."""
    films = read_films(chest_data, ENRICHED, PNEUMONIA, NATURAL)
    logits = _logits(films)
    bent = logits.copy()
    bent[films.fold == 1] = 2.5 * bent[films.fold == 1] + 1.0
    bent[films.fold == 2] -= 2.0
    plain, level = (outoffold.levels(films, one).applied(films, one) for one in (logits, bent))
    natural = films.source == NATURAL
    for number in range(3):
        rows = natural & (films.fold == number)
        assert level[rows].mean(axis=0) == pytest.approx(level[natural].mean(axis=0), abs=1e-9)
    for column in range(3):
        order = np.argsort(plain[natural, column], kind="stable")
        assert (np.diff(level[natural, column][order]) >= -1e-9).all()


def test_the_served_calibration_stands_where_the_folds_did(model: Path, chest_data: Path) -> None:
    """The served network says 1.5 times what the folds' say: on films that neither has seen it gets their
    mean and spread, whatever that factor is."""
    frozen = json.loads((model / "calibration.json").read_text(encoding="utf-8"))
    transfer = frozen["transfer"]
    assert transfer["films"] > 0
    assert transfer["slope"]["Mass"] > 0
    assert transfer["correlation"]["Mass"] == pytest.approx(1.0, abs=1e-3)


def test_the_pointing_game_by_hand() -> None:
    boxes = [
        pointing.Box("a", "Mass", 0.0, 0.0, 0.5, 0.5),
        pointing.Box("b", "Mass", 0.5, 0.5, 0.1, 0.1),
        pointing.Box("c", "Nodule", 0.0, 0.0, 1.0, 0.2),
    ]
    frozen = [
        {"image": "a", "label": "Mass", "x": 0.25, "y": 0.49},
        {"image": "b", "label": "Mass", "x": 0.25, "y": 0.55},
        {"image": "c", "label": "Nodule", "x": 0.9, "y": 0.1},
    ]
    found = pointing.game(frozen, boxes)
    assert found["Mass"] == {"hits": 1, "n": 2, "chance": 0.13}
    assert found["Nodule"] == {"hits": 1, "n": 1, "chance": 0.2}
    assert found["all"]["hits"] == 2
    assert "Edema" not in found


@pytest.mark.parametrize(("row", "column"), [(0, 0), (1, 2), (3, 3), (3, 0)])
def test_the_point_is_where_the_map_is_largest(row: int, column: int) -> None:
    evidence = np.zeros((4, 4), dtype=np.float32)
    evidence[row, column] = 3.0
    x, y = pointing.point(evidence)
    assert column / 4 <= x <= (column + 1) / 4
    assert row / 4 <= y <= (row + 1) / 4


def test_boxes_of_other_words_are_the_same_finding(chest_data: Path, card: dict[str, Any]) -> None:
    boxes = pointing.read_boxes(chest_data)
    assert {box.label for box in boxes} == {"Infiltration", "Pneumonia"}
    assert boxes[0].holds(0.4, 0.4)
    assert not boxes[0].holds(0.6, 0.4)
    assert card["pointing_game"]["Infiltration"]["chance"] == 0.25
    assert card["pointing_game"]["Pneumonia"]["n"] == 4


def test_missing_films_are_said_so(model: Path, chest_data: Path, tmp_path: Path, quick: None) -> None:
    data = tmp_path / "data"
    shutil.copytree(chest_data, data)
    next((data / NATURAL / "images").iterdir()).unlink()
    with pytest.raises(Refusal) as caught:
        evaluation.measure(data, model)
    assert caught.value.code == "data-missing"
    assert str(tmp_path) not in caught.value.sentence
    shutil.rmtree(data / NATURAL)
    with pytest.raises(Refusal, match=r"labels\.csv"):
        evaluation.measure(data, model)


def test_other_films_than_the_tables_are_found_out(
    model: Path, chest_data: Path, tmp_path: Path, quick: None
) -> None:
    import pandas as pd

    data = tmp_path / "data"
    shutil.copytree(chest_data, data)
    labels = pd.read_csv(data / NATURAL / "labels.csv")
    labels.head(len(labels) - 4).to_csv(data / NATURAL / "labels.csv", index=False)
    with pytest.raises(Refusal, match="very films"):
        evaluation.measure(data, model)
