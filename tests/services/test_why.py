"""What an answer is made of: it adds up, points are the published ones, who it is compared with is stated."""

from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medai_core.domain.explained import Explanation
from medai_core.domain.inputs import CHOICE, NUMBER, Input, Value
from medai_core.domain.refusal import Refusal
from medai_core.scores.catalogue import SCORES
from medai_core.scores.frame import POINTS, Score, evaluate
from medai_core.services import why
from medai_core.serving import registry
from tests.support import estimates

DATA = st.data()


def _value(one: Input, data: st.DataObject) -> Value:
    if one.refuses:
        return False
    if one.kind == NUMBER:
        low, high = one.low or 0.0, one.high or 1.0
        return data.draw(st.floats(low, high, allow_nan=False), label=one.key)
    return data.draw(st.sampled_from(one.choices) if one.kind == CHOICE else st.booleans(), label=one.key)


def _amounts(found: Explanation) -> dict[str, float]:
    return {part.key: part.amount for part in found.parts}


@settings(max_examples=12)
@given(data=DATA)
@pytest.mark.parametrize("score", SCORES, ids=lambda score: score.name)
def test_the_parts_add_up_to_the_answer(score: Score, data: st.DataObject) -> None:
    values = {one.key: _value(one, data) for one in score.inputs}
    answer = evaluate(score, values).value
    if answer is None:
        return
    found = why.explain(estimates.of_score(score.name, values))
    assert found.value == answer
    assert found.base + sum(part.amount for part in found.parts) == pytest.approx(answer, abs=1e-9)
    if score.unit == POINTS and score.name != "meld3":
        assert found.base <= answer


def test_points_of_items_are_the_published_ones() -> None:
    values: dict[str, Value] = {
        "age": 58.0, "sex": "female", "bmi": 31.0, "waist": 90.0, "physically_active": False,
        "vegetables_daily": True, "bp_treated": True, "high_glucose_ever": False,
        "family_diabetes": "first_degree",
    }  # fmt: skip
    found = why.explain(estimates.of_score("findrisc", values))
    assert found.base == 0.0
    assert _amounts(found) == pytest.approx({
        "age": 3.0, "sex": 0.0, "bmi": 3.0, "waist": 4.0, "physically_active": 2.0, "vegetables_daily": 0.0,
        "bp_treated": 2.0, "high_glucose_ever": 0.0, "family_diabetes": 5.0,
    })  # fmt: skip


def test_an_item_of_two_inputs_is_counted_once() -> None:
    values: dict[str, Value] = {
        "confusion": False, "urea": 5.0, "respiratory_rate": 18.0, "systolic_bp": 85.0, "diastolic_bp": 55.0,
        "age": 70.0,
    }  # fmt: skip
    found = why.explain(estimates.of_score("curb65", values))
    assert (found.base, found.value) == (0.0, 2.0)
    amounts = _amounts(found)
    assert amounts["systolic_bp"] + amounts["diastolic_bp"] == pytest.approx(1.0)
    assert amounts["age"] == 1.0


def test_female_sex_is_an_item_of_its_own_where_the_score_says_so() -> None:
    values: dict[str, Value] = {
        "age": 50.0, "sex": "female", "heart_failure": False, "hypertension": True, "diabetes": False,
        "stroke": False, "vascular_disease": False,
    }  # fmt: skip
    found = why.explain(estimates.of_score("cha2ds2_vasc", values))
    assert {key: amount for key, amount in _amounts(found).items() if amount} == {
        "sex": 1.0,
        "hypertension": 1.0,
    }


PERSON: dict[str, Value] = {
    "age": 62.0, "sex": "male", "race": "white", "total_cholesterol": 248.0, "hdl_cholesterol": 41.0,
    "systolic_bp": 158.0, "bp_treated": True, "diabetes": False, "smoker": True, "prior_cvd": False,
}  # fmt: skip


def test_an_equation_is_compared_with_a_stated_person() -> None:
    found = why.explain(estimates.of_score("pce_ascvd", PERSON))
    reference: dict[str, Value] = {
        **PERSON, "systolic_bp": 120.0, "total_cholesterol": 170.0, "hdl_cholesterol": 50.0,
        "bp_treated": False, "smoker": False,
    }  # fmt: skip
    assert found.base == evaluate(estimates.score_of("pce_ascvd"), reference).value
    assert found.compared == (
        "a person of the same age, sex and race with total cholesterol 170 mg/dL, HDL cholesterol 50 mg/dL "
        "and systolic blood pressure 120 mmHg, and with no as the answer to: takes medication against high "
        "blood pressure, has diabetes, smokes now"
    )
    assert {part.key for part in found.parts} == {
        "total_cholesterol", "hdl_cholesterol", "systolic_bp", "bp_treated", "diabetes", "smoker",
    }  # fmt: skip
    assert [abs(part.amount) for part in found.parts] == sorted(
        (abs(part.amount) for part in found.parts), reverse=True
    )


def test_shares_are_averages_over_all_orders() -> None:
    table = {"": 1.0, "a": 2.0, "b": 5.0, "c": 1.0, "ab": 9.0, "ac": 2.5, "bc": 4.0, "abc": 12.0}

    def answer(keys: list[str]) -> float:
        return table["".join(sorted(keys))]

    expected = dict.fromkeys("abc", 0.0)
    for order in permutations("abc"):
        for place, key in enumerate(order):
            gain = answer(list(order[: place + 1])) - answer(list(order[:place]))
            expected[key] += gain / 6
    assert why.shapley(answer, list("abc")) == pytest.approx(list(expected.values()))


def test_too_many_inputs_are_refused() -> None:
    with pytest.raises(Refusal, match="up to 14 inputs that differ") as refused:
        why.shapley(lambda keys: 0.0, [str(n) for n in range(15)])
    assert refused.value.code == "no-explanation"


def test_without_an_answer_there_is_nothing_to_explain() -> None:
    values = {key: value for key, value in PERSON.items() if key != "systolic_bp"}
    with pytest.raises(Refusal, match="an estimate without one"):
        why.explain(estimates.of_score("pce_ascvd", values))


# ---- trained


@pytest.fixture
def predictor(monkeypatch: pytest.MonkeyPatch, made_up: Path) -> None:
    monkeypatch.setattr(registry, "MODELS", made_up)


@pytest.mark.parametrize("absent", [(), ("BMI",), ("SYSBP", "sex")])
def test_a_predictor_adds_up_from_people_of_its_population(predictor: None, absent: tuple[str, ...]) -> None:
    values = {key: value for key, value in estimates.PERSON.items() if key not in absent}
    estimate = estimates.of_predictor(values)
    found = why.explain(estimate)
    assert found.value == pytest.approx(estimate.value, abs=1e-12)
    assert found.base + sum(part.amount for part in found.parts) == pytest.approx(found.value, abs=1e-9)
    assert found.trained
    assert {part.key for part in found.parts if part.value == "not given"} == set(absent)
    assert why.explain(estimate) == found


def test_what_raises_the_risk_adds_to_it(predictor: None) -> None:
    amounts = _amounts(why.explain(estimates.of_predictor(estimates.PERSON)))
    assert min(amounts[key] for key in ("age", "sex", "SYSBP", "CURSMOKE", "BMI")) > 0.0
