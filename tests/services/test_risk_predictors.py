"""Trained predictors beside published scores: with interval and peers, from half of their inputs on."""

import pytest

from medai_core.domain.inputs import Value
from medai_core.domain.risk import Assessment, Kind
from medai_core.services import risk, risk_models
from medai_core.services.risk_askers import HEART, OTHER, predictors

WOMAN: dict[str, Value] = {
    "age": 60.0, "sex": "female", "systolic_bp": 146.0, "diastolic_bp": 88.0, "bp_treated": True,
    "hypertension": True, "smoker": True, "cigpday": 10.0, "diabetes": False, "total_cholesterol": 232.0,
    "bmi": 28.8, "glucose": 104.0, "heart_rate": 74.0, "prior_cvd": False,
}  # fmt: skip


def found(typed: dict[str, Value], topic: str = HEART) -> Assessment:
    """What is said on an occasion."""
    return risk.assess(risk.questions_by_hand(), typed, topics=[topic])


def test_a_predictor_answers_with_interval_operating_point_and_peers() -> None:
    one = found(WOMAN).estimate("cvd_10y")
    assert one is not None
    assert one.kind is Kind.PREDICTOR
    assert one.value is not None
    assert one.low is not None
    assert one.high is not None
    assert 0 < one.low <= one.value <= one.high < 1
    assert one.missing == ()
    assert one.flagged is (one.value >= float(one.threshold or 2))
    assert one.peers is not None
    assert one.peers.who == "women of 55 to under 65 years"


def test_columns_of_training_data_are_the_questions_of_scores() -> None:
    asked = risk.questions_by_hand()
    places = {own: place for (name, own), place in asked.places.items() if name == "cvd_10y"}
    assert places["SYSBP"] == "systolic_bp"
    assert places["CURSMOKE"] == "smoker"
    assert places["BPMEDS"] == "bp_treated"
    assert places["DIABETES"] == "diabetes"
    assert places["HEARTRTE"] == "heart_rate"


def test_with_less_than_half_of_its_inputs_it_waits() -> None:
    one = found({"age": 60.0, "sex": "female", "smoker": False}).estimate("cvd_10y")
    assert one is not None
    assert one.value is None
    assert one.refused is None
    assert "SYSBP" in one.missing


def test_who_already_has_it_is_refused() -> None:
    one = found({**WOMAN, "prior_cvd": True, "prevmi": True}).estimate("cvd_10y")
    assert one is not None
    assert one.value is None
    assert one.refused is not None
    assert "already has it" in one.refused


def test_a_survival_predictor_answers_for_the_year_of_its_card() -> None:
    one = found({**WOMAN, "serum albumin": 4.2, "serum protein": 7.0}, OTHER).estimate("mortality_nhanes1")
    assert one is not None
    assert one.kind is Kind.SURVIVAL
    if one.value is not None:
        assert one.outcome == "death from any cause within 10 years of the examination"
        assert one.low is not None
        assert one.low <= one.value
    else:
        assert one.missing


def test_the_same_values_are_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = risk.questions_by_hand()
    first = risk.assess(asked, WOMAN, topics=[HEART])
    again: list[str] = []
    real = risk.answered
    monkeypatch.setattr(risk, "answered", lambda asker, *rest: again.append(asker.name) or real(asker, *rest))
    second = risk.assess(asked, WOMAN | {"hdl_cholesterol": 50.0}, topics=[HEART], before=first)
    assert "cvd_10y" not in again
    assert second.estimate("cvd_10y") == first.estimate("cvd_10y")
    third = risk.assess(asked, WOMAN | {"systolic_bp": 130.0}, topics=[HEART], before=second)
    assert "cvd_10y" in again
    assert third.estimate("cvd_10y") != first.estimate("cvd_10y")


def test_predictors_for_an_occasion_wait_for_it_and_known_disease_excludes() -> None:
    angina: dict[str, Value] = {**WOMAN, "angiography": True}
    waiting, denied = found(WOMAN), found({**WOMAN, "angiography": False})
    assert "angiography" in {key for one in waiting.lacking for key in one.missing}
    assert {one.name: one.refused for one in denied.outside}["coronary_disease"] == (
        "It is for people who are sent to angiography because coronary disease is suspected."
    )
    known = found({**angina, "prior_cvd": True, "prevchd": True}).estimate("coronary_disease")
    assert known is not None
    assert known.refused == "It is for people who are not known to have coronary disease."


def test_all_of_them_are_loaded_beside_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(risk_models, "_LOADED", set())
    opened: list[str] = []
    monkeypatch.setattr(risk_models, "_open", lambda card: opened.append(card.name))
    assert not risk_models.begin()
    assert risk_models.wait(20)
    assert opened == [card.name for card in predictors()]
    assert risk_models.begin()
