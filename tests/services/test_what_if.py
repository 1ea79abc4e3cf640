"""What if: bound inputs stay consistent, curves and answers agree, the smallest change leaves high risk."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_core.domain.inputs import YES_NO, Input, Value
from medai_core.services import levers, what_if
from medai_core.services.levers import moved
from medai_core.serving import registry
from tests.services.test_why import PERSON
from tests.support import estimates


def _number(key: str, unit: str, low: float, high: float) -> Input:
    return Input(key, key, unit=unit, low=low, high=high, changeable=True)


BODY = (
    _number("systolic_bp", "mmHg", 50, 260),
    _number("diastolic_bp", "mmHg", 20, 160),
    _number("map", "mmHg", 10, 250),
    _number("pulse_pressure", "mmHg", 5, 200),
    _number("bmi", "kg/m2", 10, 80),
    _number("weight", "kg", 30, 250),
    _number("total_cholesterol", "mg/dL", 50, 500),
    _number("hdl_cholesterol", "mg/dL", 10, 150),
    _number("ldl_cholesterol", "mg/dL", 10, 400),
    _number("non_hdl", "mg/dL", 10, 450),
    Input("smoker", "smokes", YES_NO, changeable=True),
    _number("cigarettes_per_day", "", 0, 100),
)
VALUES: dict[str, Value] = {
    "systolic_bp": 150.0, "diastolic_bp": 90.0, "map": 110.0, "pulse_pressure": 60.0, "bmi": 30.0,
    "weight": 90.0, "total_cholesterol": 240.0, "hdl_cholesterol": 50.0, "ldl_cholesterol": 150.0,
    "non_hdl": 190.0, "smoker": True, "cigarettes_per_day": 20.0,
}  # fmt: skip


@given(st.floats(90, 240), st.floats(45, 150))
def test_pressures_stay_consistent(upper: float, lower: float) -> None:
    for changes in ({"systolic_bp": upper}, {"diastolic_bp": lower}):
        found = moved(BODY, VALUES, changes)
        high, low = float(found["systolic_bp"]), float(found["diastolic_bp"])
        assert high - low >= levers.LEAST_PULSE_PRESSURE - 1e-9
        assert found["pulse_pressure"] == pytest.approx(high - low)
        assert found["map"] == pytest.approx(low + (high - low) / 3)


def test_diastolic_goes_in_proportion() -> None:
    assert moved(BODY, VALUES, {"systolic_bp": 120.0})["diastolic_bp"] == pytest.approx(72.0)
    assert moved(BODY, VALUES, {"diastolic_bp": 80.0})["systolic_bp"] == 150.0


@given(st.floats(40, 200), st.floats(15, 60))
def test_weight_and_body_mass_index_go_together_at_one_height(weight: float, index: float) -> None:
    height_squared = 90.0 / 30.0
    by_weight = moved(BODY, VALUES, {"weight": weight})
    assert float(by_weight["bmi"]) == pytest.approx(max(10.0, weight / height_squared))
    by_index = moved(BODY, VALUES, {"bmi": index})
    assert float(by_index["weight"]) == pytest.approx(max(30.0, index * height_squared))


def test_lipids_go_together() -> None:
    less = moved(BODY, VALUES, {"total_cholesterol": 200.0})
    assert (less["ldl_cholesterol"], less["non_hdl"], less["hdl_cholesterol"]) == (110.0, 150.0, 50.0)
    assert moved(BODY, VALUES, {"ldl_cholesterol": 100.0})["total_cholesterol"] == 190.0
    assert moved(BODY, VALUES, {"hdl_cholesterol": 60.0})["non_hdl"] == 180.0


def test_who_stops_smoking_smokes_no_cigarettes() -> None:
    assert moved(BODY, VALUES, {"smoker": False})["cigarettes_per_day"] == 0.0
    assert moved(BODY, VALUES, {"cigarettes_per_day": 0.0})["smoker"] is False
    begun = moved(BODY, {**VALUES, "smoker": False, "cigarettes_per_day": 0.0}, {"smoker": True})
    assert "cigarettes_per_day" not in begun


def test_what_is_not_known_stays_so_and_nothing_moves_without_a_change() -> None:
    known: dict[str, Value] = {"systolic_bp": 150.0, "bmi": 30.0}
    assert moved(BODY, known, {"systolic_bp": 120.0}) == {"systolic_bp": 120.0, "bmi": 30.0}
    assert moved(BODY, VALUES, {}) == VALUES
    both = moved(BODY, VALUES, {"systolic_bp": 120.0, "diastolic_bp": 88.0})
    assert (both["systolic_bp"], both["diastolic_bp"], both["pulse_pressure"]) == (120.0, 88.0, 32.0)


@pytest.mark.parametrize(
    ("key", "value", "end"),
    [
        ("systolic_bp", 180.0, (144.0,)),
        ("systolic_bp", 130.0, (115.0,)),
        ("systolic_bp", 110.0, ()),
        ("hdl_cholesterol", 40.0, (48.0,)),
        ("hdl_cholesterol", 80.0, ()),
        ("bmi", 40.0, (36.0,)),
        ("cigarettes_per_day", 20.0, (0.0,)),
        ("smoker", True, (False,)),
        ("smoker", False, ()),
    ],
)
def test_changes_go_only_so_far_and_only_to_the_better(
    key: str, value: Value, end: tuple[Value, ...]
) -> None:
    one = next(one for one in BODY if one.key == key)
    assert levers.reach(one, value) == pytest.approx(end)
    assert levers.reach(one, None) == ()


def test_an_end_is_converted_to_the_inputs_unit() -> None:
    lipid = Input("total_cholesterol", "total cholesterol", unit="mmol/L", low=2, high=12, loinc=("2093-3",))
    assert levers.reach(lipid, 5.0) == pytest.approx((3.879,), abs=0.01)
    assert levers.spread_of(lipid) == pytest.approx(1.076, abs=0.01)


def test_handles_are_what_can_change_and_holds_for_more_than_a_day() -> None:
    keys = [one.key for one in what_if.handles(estimates.of_score("pce_ascvd", PERSON, 0.2))]
    assert keys == ["total_cholesterol", "hdl_cholesterol", "systolic_bp", "smoker"]
    for handle in what_if.handles(estimates.of_score("pce_ascvd", PERSON, 0.2)):
        if handle.is_number:
            assert handle.value is not None
            assert handle.low <= float(handle.value) <= handle.high
            assert (handle.high - handle.low) / handle.step == pytest.approx(
                round((handle.high - handle.low) / handle.step)
            )
    acute = estimates.of_score(
        "news2",
        {"respiratory_rate": 22.0, "spo2": 94.0, "supplemental_oxygen": False, "systolic_bp": 100.0,
         "heart_rate": 95.0, "consciousness": "A", "temperature": 38.5},
    )  # fmt: skip
    assert what_if.handles(acute) == ()


def test_the_curve_passes_through_the_answers() -> None:
    estimate = estimates.of_score("pce_ascvd", PERSON, 0.2)
    curve = what_if.curve(estimate, "systolic_bp", {"smoker": False})
    place = 17
    single = what_if.answer(estimate, {"systolic_bp": curve.at[place], "smoker": False})
    assert curve.answers[place] == single.value
    assert len(curve.at) == len(curve.answers) == what_if.POINTS
    rising = [value for value in curve.answers if value is not None]
    assert rising == sorted(rising)


def test_a_refused_value_is_a_gap_and_a_sentence() -> None:
    estimate = estimates.of_score("pce_ascvd", PERSON, 0.2)
    told = what_if.answer(estimate, {"systolic_bp": 300.0})
    assert told.value is None
    assert "outside the range" in told.refused


def test_the_smallest_change_leaves_the_group_and_less_of_it_does_not() -> None:
    estimate = estimates.of_score("pce_ascvd", PERSON, 0.2)
    assert estimate.value is not None
    assert estimate.value > 0.2
    found = what_if.smallest_change(estimate)
    assert found is not None
    assert found.moves
    assert found.after is not None
    assert found.after < 0.195
    assert len(found.moves) <= what_if.MOST_INPUTS
    less = {
        move.key: float(estimate.values[move.key])
        + 0.9 * (float(move.value) - float(estimate.values[move.key]))
        for move in found.moves
        if not isinstance(move.value, bool)
    }
    questions = {move.key: move.value for move in found.moves if isinstance(move.value, bool)}
    nearly = what_if.answer(estimate, {**less, **questions}).value
    assert nearly is not None
    assert not less or nearly >= 0.195
    assert what_if.answer(estimate, {move.key: move.value for move in found.moves}).value == found.after


def test_single_changes_with_less_effort_do_not_leave_the_group() -> None:
    estimate = estimates.of_score("pce_ascvd", PERSON, 0.2)
    found = what_if.smallest_change(estimate)
    assert found is not None
    for move in found.tried:
        alone = what_if.answer(estimate, {move.key: move.value}).value
        assert alone is not None
        if move.effort < found.effort - 1e-9:
            assert alone >= 0.195


def test_points_have_a_high_category_too() -> None:
    values: dict[str, Value] = {
        "age": 58.0, "sex": "male", "bmi": 27.0, "waist": 104.0, "physically_active": False,
        "vegetables_daily": False, "bp_treated": True, "high_glucose_ever": True, "family_diabetes": "none",
    }  # fmt: skip
    estimate = what_if.with_threshold(estimates.of_score("findrisc", values))
    assert (estimate.value, estimate.threshold) == (18.0, 15.0)
    found = what_if.smallest_change(estimate)
    assert found is not None
    assert found.after is not None
    assert found.after <= 14.0
    assert what_if.answer(estimate, {move.key: move.value for move in found.moves}).value == found.after
    news = estimates.of_score("pce_ascvd", PERSON)
    assert what_if.with_threshold(news) is news


def test_none_found_is_an_answer() -> None:
    old = {**PERSON, "age": 79.0, "diabetes": True}
    found = what_if.smallest_change(estimates.of_score("pce_ascvd", old, 0.2))
    assert found is not None
    assert found.moves == ()
    assert found.best is not None
    assert found.best >= 0.2


@pytest.mark.parametrize("threshold", [None, 0.9])
def test_nothing_is_looked_for_outside_the_high_risk_group(threshold: float | None) -> None:
    assert what_if.smallest_change(estimates.of_score("pce_ascvd", PERSON, threshold)) is None


# ---- trained


@pytest.fixture
def predictor(monkeypatch: pytest.MonkeyPatch, made_up: Path) -> None:
    monkeypatch.setattr(registry, "MODELS", made_up)


def test_a_predictor_answers_changed_values_as_it_would_anybody(predictor: None) -> None:
    estimate = estimates.of_predictor(estimates.PERSON)
    told = what_if.answer(estimate, {"SYSBP": 130.0})
    again = estimates.of_predictor({**estimates.PERSON, "SYSBP": 130.0, "DIABP": 96.0 * 130 / 172})
    assert told.value == pytest.approx(again.value, abs=1e-12)
    assert what_if.along(estimate, {"SYSBP": 130.0}) == [
        ("Diastolic blood pressure", "96 mmHg", "72.56 mmHg")
    ]


def test_a_predictors_sliders_stay_within_its_training(predictor: None) -> None:
    from medai_core.serving import tabular

    held = tabular.population(estimates.NAME)
    handle = next(
        one for one in what_if.handles(estimates.of_predictor(estimates.PERSON)) if one.key == "SYSBP"
    )
    margin = held.margins[2]
    assert handle.low == pytest.approx(margin.low, abs=handle.step)
    assert handle.high == pytest.approx(max(margin.high, 172.0), abs=handle.step)


def test_the_smallest_change_of_a_predictor(predictor: None) -> None:
    estimate = estimates.of_predictor(estimates.PERSON)
    found = what_if.smallest_change(estimate)
    assert found is not None
    assert {move.key for move in found.tried} == {"SYSBP", "CURSMOKE", "BMI"}
    if found.moves:
        told = what_if.answer(estimate, {move.key: move.value for move in found.moves})
        assert told.value == found.after
        assert told.flagged is False
    else:
        assert found.best is not None
        assert found.best >= 0.295
