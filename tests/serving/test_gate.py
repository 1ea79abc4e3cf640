"""The gate: who is refused, with which words, and what is only cautioned."""

from dataclasses import replace

import pytest

from medai_core.domain.imaging import ScanHeader
from medai_core.domain.prediction import PictureAnswers
from medai_core.serving import registry
from medai_core.serving.gate import NO_MODEL_FOR_AGE, applicable, choose, why_none
from medai_core.serving.registry import ModelCard, card
from tests.serving.conftest import MODEL, film_header, picture_header


@pytest.fixture
def model() -> ModelCard:
    return card(MODEL)


def test_a_film_within_the_declared_range_passes(model: ModelCard) -> None:
    for view in ("AP", "PA"):
        for modality in ("CR", "DX"):
            assert applicable(film_header(view_position=view, modality=modality), model) == (None, ())


@pytest.mark.parametrize(
    ("changes", "expected", "found"),
    [
        ({"modality": ""}, "modality CR or DX", "no modality"),
        ({"modality": "CT"}, "modality CR or DX", "modality CT"),
        ({"modality": "OT"}, "modality CR or DX", "modality OT"),
        ({"frames": 12}, "single frame", "12 frames"),
        ({"samples_per_pixel": 3}, "grey image", "colour"),
        ({"view_position": "LL"}, "AP or PA view", "view LL"),
        ({"view_position": "LATERAL"}, "AP or PA view", "view LATERAL"),
        ({"age_years": 0.5}, "1 to 5 years", "6 months"),
        ({"age_years": 0.01}, "1 to 5 years", "under 1 month"),
        ({"age_years": 6.0}, "1 to 5 years", "6 years"),
        ({"age_years": 40.0}, "1 to 5 years", "40 years"),
        ({"virtual": True}, "film of a person", "VIRTUAL"),
        ({"body_part": "HAND"}, "film of the chest", "another body part"),
    ],
)
def test_what_is_outside_is_refused_with_the_reason(
    model: ModelCard, changes: dict[str, object], expected: str, found: str
) -> None:
    refused, cautions = applicable(film_header(**changes), model)
    assert refused is not None
    assert expected in refused
    assert found in refused
    assert cautions == ()
    assert refused.endswith(".")


@pytest.mark.parametrize("age", [1.0, 3.2, 5.0, 5.99])
def test_ages_one_to_five_pass_up_to_the_sixth_birthday(model: ModelCard, age: float) -> None:
    assert applicable(film_header(age_years=age), model) == (None, ())


def test_an_age_that_no_model_covers_is_said_so(model: ModelCard) -> None:
    header = film_header(age_years=9.0)
    refused, _ = applicable(header, model)
    assert refused is not None
    assert NO_MODEL_FOR_AGE in refused
    assert choose(header) == []
    assert NO_MODEL_FOR_AGE in (why_none(header) or "")


def test_another_model_for_the_age_is_named(model: ModelCard, monkeypatch: pytest.MonkeyPatch) -> None:
    adults = replace(
        model,
        name="adults",
        title="Chest of adults",
        inputs=replace(model.inputs, age_min_years=18, age_max_years=90),
    )
    monkeypatch.setattr("medai_core.serving.gate.available", lambda: (adults, model))
    header = film_header(age_years=40.0)
    refused, _ = applicable(header, model)
    assert refused is not None
    assert "Choose a model for this age: Chest of adults." in refused
    assert choose(header) == ["adults"]
    assert why_none(header) is None


@pytest.mark.parametrize("part", ["", "CHEST", "PORT CHEST", "Thorax", "CHESTABDOMEN"])
def test_a_film_of_the_chest_by_any_name_passes(model: ModelCard, part: str) -> None:
    assert applicable(film_header(body_part=part), model) == (None, ())


def test_a_body_part_not_known_here_is_a_caution(model: ModelCard) -> None:
    refused, cautions = applicable(film_header(body_part="BRUSTKORB"), model)
    assert refused is None
    assert "body part" in cautions[0]


def test_absent_age_and_view_are_cautions(model: ModelCard) -> None:
    refused, cautions = applicable(film_header(age_years=None, view_position=""), model)
    assert refused is None
    assert len(cautions) == 2
    assert "no age" in cautions[0]
    assert "no view" in cautions[1]


def test_no_caution_takes_the_patient_for_a_child(model: ModelCard) -> None:
    adults = replace(model, inputs=replace(model.inputs, age_min_years=18, age_max_years=95))
    asked = (
        (film_header(age_years=None), None),
        (picture_header(), None),
        (picture_header(), PictureAnswers(None, "PA", True)),
    )
    for header, answers in asked:
        _, cautions = applicable(header, adults, answers)
        said = " ".join(cautions)
        assert "patients aged 18 to 95 years" in said
        assert "children" not in said


def test_a_picture_without_answers_is_cautioned(model: ModelCard) -> None:
    for answers in (None, PictureAnswers()):
        refused, cautions = applicable(picture_header(), model, answers)
        assert refused is None
        assert len(cautions) == 1
        assert all(word in cautions[0] for word in ("age", "view", "modality"))


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        (PictureAnswers(30.0, "AP", True), "30 years"),
        (PictureAnswers(3.0, "LL", True), "view LL"),
        (PictureAnswers(3.0, "AP", False), "no X-ray"),
        (PictureAnswers(None, None, False), "no X-ray"),
    ],
)
def test_answers_are_checked(model: ModelCard, answers: PictureAnswers, found: str) -> None:
    refused, _ = applicable(picture_header(), model, answers)
    assert refused is not None
    assert found in refused


def test_good_answers_pass_and_say_where_they_come_from(model: ModelCard) -> None:
    refused, cautions = applicable(picture_header(), model, PictureAnswers(3.0, "PA", True))
    assert refused is None
    assert len(cautions) == 1
    assert "as a person entered" in cautions[0]


def test_answers_left_open_stay_cautions(model: ModelCard) -> None:
    refused, cautions = applicable(picture_header(), model, PictureAnswers(3.0, None, None))
    assert refused is None
    assert len(cautions) == 3


def test_a_colour_picture_is_refused_whatever_is_answered(model: ModelCard) -> None:
    header = picture_header(samples_per_pixel=3)
    assert "colour" in (applicable(header, model, PictureAnswers(3.0, "AP", True))[0] or "")


def test_answers_do_not_speak_over_a_dicom_header(model: ModelCard) -> None:
    refused, _ = applicable(film_header(age_years=40.0), model, PictureAnswers(3.0, "AP", True))
    assert refused is not None


def test_no_model_at_all_is_said_so(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(registry, "MODELS", tmp_path)
    assert why_none(film_header()) == "No model is installed."


def test_no_sentence_calls_a_film_normal(model: ModelCard) -> None:
    headers: list[ScanHeader] = [film_header(age_years=9.0), film_header(view_position=""), picture_header()]
    for header in headers:
        refused, cautions = applicable(header, model)
        text = " ".join([refused or "", *cautions]).lower()
        assert not any(word in text for word in ("normal", "clear", "healthy"))
