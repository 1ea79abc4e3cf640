"""What holds for every score: ranges, missing values, scope, and the way that risk moves."""

import math
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medai_core.domain.inputs import CHOICE, NUMBER, RISK_UNIT, YES_NO, Input, Need, Value
from medai_core.scores.catalogue import LEFT_OUT, SCORES, score_named
from medai_core.scores.frame import Score, evaluate
from medai_core.scores.prevent_coefficients import COEFFICIENTS

NEEDED: Final = (
    "pce_ascvd", "prevent_cvd_10y", "prevent_cvd_30y", "prevent_ascvd_10y", "prevent_ascvd_30y",
    "prevent_hf_10y", "prevent_hf_30y", "score2", "findrisc", "cha2ds2_vasc", "news2", "sofa", "curb65",
    "egfr_ckdepi_2021",
)  # fmt: skip


def strategy(one: Input) -> st.SearchStrategy[Value]:
    if one.kind == CHOICE:
        return st.sampled_from(one.choices)
    if one.kind == YES_NO:
        return st.just(False) if one.refuses else st.booleans()
    assert one.low is not None
    assert one.high is not None
    return st.floats(one.low, one.high, allow_nan=False)


def complete(score: Score) -> st.SearchStrategy[dict[str, Value]]:
    return st.fixed_dictionaries({one.key: strategy(one) for one in score.inputs})


def middle(score: Score) -> dict[str, Value]:
    """A person in the middle of every range."""
    values: dict[str, Value] = {}
    for one in score.inputs:
        if one.kind == CHOICE:
            values[one.key] = one.choices[0]
        elif one.kind == YES_NO:
            values[one.key] = False
        else:
            assert one.low is not None
            assert one.high is not None
            values[one.key] = (one.low + one.high) / 2
    return values


def test_every_needed_score_is_shipped_and_names_are_single() -> None:
    names = [score.name for score in SCORES] + [one.name for one in LEFT_OUT]
    assert set(NEEDED) <= set(names)
    assert len(set(names)) == len(names)
    assert all(one.reason for one in LEFT_OUT)


def test_prevent_has_a_row_of_24_terms_for_each_outcome_and_sex() -> None:
    assert len(COEFFICIENTS) == 12
    assert {len(row) for row in COEFFICIENTS.values()} == {24}


@pytest.mark.parametrize("score", SCORES, ids=lambda score: score.name)
def test_a_score_tells_where_it_is_from_and_whom_it_is_for(score: Score) -> None:
    assert score.reference
    assert score.use_for
    assert score.not_for
    assert score.validation
    assert score.version
    keys = [one.key for one in score.inputs]
    others = [alias for one in score.inputs for alias in one.aliases]
    assert len(set(keys + others)) == len(keys + others)
    for one in score.inputs:
        assert one.help
        if one.kind == NUMBER:
            assert one.low is not None
            assert one.high is not None
            assert one.low < one.high
        if one.kind == CHOICE:
            assert len(one.choices) > 1
            assert set(one.words.values()) <= set(one.choices)
    assert {key for group in score.either for key in group} <= set(keys)


@pytest.mark.parametrize("score", SCORES, ids=lambda score: score.name)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_whoever_is_in_range_gets_a_value_in_range(score: Score, data: st.DataObject) -> None:
    answer = evaluate(score, data.draw(complete(score)))
    assert answer.refused is None
    assert answer.missing == ()
    assert answer.value is not None
    assert math.isfinite(answer.value)
    assert score.low <= answer.value <= score.high
    if score.unit == RISK_UNIT:
        assert 0 < answer.value < 1


@pytest.mark.parametrize("score", SCORES, ids=lambda score: score.name)
def test_a_needed_value_that_is_missing_is_named_and_nothing_is_computed(score: Score) -> None:
    whole = middle(score)
    for one in score.inputs:
        answer = evaluate(score, {key: value for key, value in whole.items() if key != one.key})
        if one.need is Need.NEEDED:
            assert answer.missing == (one.key,)
            assert answer.value is None
            assert answer.category is None
            assert answer.refused is not None
            assert one.key in answer.refused
        elif answer.value is not None and one.without:
            assert one.key in answer.missing
            assert one.without in answer.cautions


@pytest.mark.parametrize("score", SCORES, ids=lambda score: score.name)
def test_a_value_out_of_range_is_refused_by_name(score: Score) -> None:
    for one in score.inputs:
        if one.kind != NUMBER:
            continue
        assert one.low is not None
        assert one.high is not None
        for wrong in (one.low - 0.01, one.high + 1.01, math.nan, math.inf):
            answer = evaluate(score, {**middle(score), one.key: wrong})
            assert answer.value is None
            assert answer.refused is not None
            assert one.key in answer.refused


def test_scope_refuses_and_is_not_missed() -> None:
    score = score_named("score2")
    assert score is not None
    whole = middle(score)
    assert evaluate(score, {**whole, "diabetes": True}).refused is not None
    assert evaluate(score, {**whole, "prior_cvd": True}).value is None
    assert evaluate(score, {**whole, "age": 70.0}).value is None
    assert evaluate(score, {**whole, "age": 69.9}).value is not None
    unasked = evaluate(
        score, {key: value for key, value in whole.items() if key not in {"diabetes", "prior_cvd"}}
    )
    assert unasked.missing == ()
    assert unasked.value is not None


RISING: Final = {
    "pce_ascvd": ("smoker", "diabetes", "bp_treated"),
    "prevent_cvd_10y": ("smoker", "diabetes", "bp_treated"),
    "prevent_ascvd_10y": ("smoker", "diabetes", "bp_treated"),
    "prevent_hf_10y": ("smoker", "diabetes", "bp_treated"),
    "score2": ("smoker",),
    "framingham_2008": ("smoker", "diabetes", "bp_treated"),
}


@pytest.mark.parametrize("name", sorted(RISING))
def test_what_harms_raises_the_risk_of_a_person_in_the_middle(name: str) -> None:
    score = score_named(name)
    assert score is not None
    whole = middle(score)
    lowest = evaluate(score, whole).value
    assert lowest is not None
    for key in RISING[name]:
        raised = evaluate(score, {**whole, key: True}).value
        assert raised is not None
        assert raised > lowest


@pytest.mark.parametrize("name", sorted(RISING))
@settings(max_examples=30, deadline=None)
@given(pressures=st.tuples(st.floats(112, 200), st.floats(112, 200)))
def test_a_higher_pressure_never_lowers_the_risk(name: str, pressures: tuple[float, float]) -> None:
    score = score_named(name)
    assert score is not None
    low, high = sorted(pressures)
    whole = middle(score)
    first = evaluate(score, {**whole, "systolic_bp": low}).value
    second = evaluate(score, {**whole, "systolic_bp": high}).value
    assert first is not None
    assert second is not None
    assert first <= second


@settings(max_examples=50, deadline=None)
@given(
    creatinines=st.tuples(st.floats(0.1, 30), st.floats(0.1, 30)),
    ages=st.tuples(st.floats(18, 120), st.floats(18, 120)),
    sex=st.sampled_from(("female", "male")),
)
def test_egfr_falls_with_creatinine_and_age(
    creatinines: tuple[float, float], ages: tuple[float, float], sex: str
) -> None:
    score = score_named("egfr_ckdepi_2021")
    assert score is not None
    (low, high), (young, old) = sorted(creatinines), sorted(ages)
    best = evaluate(score, {"sex": sex, "age": young, "creatinine": low}).value
    worst = evaluate(score, {"sex": sex, "age": old, "creatinine": high}).value
    assert best is not None
    assert worst is not None
    assert best >= worst
