"""Which measures of guidelines a person's values call for; nothing is judged from what is not known."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as some

from medai_core.domain.inputs import Value
from medai_core.domain.people import Caller
from medai_core.domain.refusal import Refusal
from medai_core.domain.risk import Assessment, Known, Origin
from medai_core.reports.prevention import prevention_pdf
from medai_core.services import prevention
from medai_core.services.prevention import State, judged, lacking, met
from medai_core.services.prevention_measures import LEFT_OUT, MEASURES
from medai_core.services.prevention_sources import FACTORS, OWN_QUESTIONS, RISK_WORDS, AllOf, AnyOf, Check
from medai_core.services.risk_askers import everything
from medai_core.store.database import Store
from tests.support.records import brought_in, id_of, person

MAN: dict[str, Value] = {
    "age": 55.0, "sex": "male", "smoker": True, "systolic_bp": 150.0, "diastolic_bp": 92.0, "bmi": 31.0,
    "diabetes": False, "hypertension": True, "bp_treated": False, "statin": False, "prior_cvd": False,
    "stroke": False, "risk:pce_ascvd": 0.14, "risk:prevent_cvd_10y": 0.09,
}  # fmt: skip


def text_of(content: bytes) -> str:
    """What a reader of the document finds."""
    from pypdf import PdfReader

    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(content)).pages)


def states(values: dict[str, Value]) -> dict[str, State]:
    plan = judged(values)
    return {one.measure.key: one.state for one in (*plan.applies, *plan.not_judged, *plan.not_for)}


def test_a_smoker_with_high_pressure_is_told_what_the_guidelines_say() -> None:
    found = states(MAN)
    for key in ("tobacco_treat", "pressure_drugs", "pressure_lifestyle", "statin", "obesity",
                "diabetes_screening", "colorectal", "alcohol_screening"):  # fmt: skip
        assert found[key] is State.APPLIES, key
    for key in ("statin_selective", "tobacco_pregnant", "breast", "bone", "aorta", "pressure_screening",
                "colorectal_early", "diet_with_risk"):  # fmt: skip
        assert found[key] is State.NOT_FOR, key
    assert found["lung"] is State.NOT_JUDGED


@pytest.mark.parametrize(
    ("key", "at", "state"),
    [
        ("statin", {"risk:pce_ascvd": 0.0999}, State.NOT_FOR),
        ("statin", {"risk:pce_ascvd": 0.1}, State.APPLIES),
        ("statin_selective", {"risk:pce_ascvd": 0.075}, State.APPLIES),
        ("statin", {"age": 75.0}, State.APPLIES),
        ("statin", {"age": 76.0}, State.NOT_FOR),
        ("statin_old", {"age": 76.0}, State.APPLIES),
        ("obesity", {"bmi": 29.99}, State.NOT_FOR),
        ("diabetes_screening", {"age": 70.0}, State.APPLIES),
        ("diabetes_screening", {"age": 71.0}, State.NOT_FOR),
        ("pressure_drugs", {"systolic_bp": 130.0, "diastolic_bp": 70.0}, State.APPLIES),
        ("pressure_drugs", {"systolic_bp": 129.0, "diastolic_bp": 79.0}, State.NOT_FOR),
        ("pressure_drugs", {"systolic_bp": 132.0, "diastolic_bp": 70.0, "risk:prevent_cvd_10y": 0.05},
         State.NOT_FOR),
        ("colorectal", {"age": 75.0}, State.APPLIES),
        ("colorectal_late", {"age": 76.0}, State.APPLIES),
        ("lung", {"pack_years": 20.0}, State.APPLIES),
        ("lung", {"pack_years": 25.0, "smoker": False, "quit_years": 16.0}, State.NOT_FOR),
        ("aorta", {"age": 65.0}, State.APPLIES),
        ("breast", {"sex": "female", "age": 74.0}, State.APPLIES),
        ("tobacco_pregnant", {"sex": "female", "pregnant": True}, State.APPLIES),
        ("tobacco_treat", {"sex": "female", "pregnant": True}, State.NOT_FOR),
    ],
)  # fmt: skip
def test_ends_of_the_eligibility_are_those_that_are_quoted(
    key: str, at: dict[str, Value], state: State
) -> None:
    assert states({**MAN, **at})[key] is state


def test_what_is_missing_is_named_and_never_taken_as_no() -> None:
    plan = judged({key: value for key, value in MAN.items() if key != "smoker"})
    (treat,) = [one for one in plan.not_judged if one.measure.key == "tobacco_treat"]
    assert treat.missing == ("smokes now",)
    assert {one.state for one in judged({}).not_judged} == {State.NOT_JUDGED}
    assert judged({}).applies == ()


def test_every_measure_names_what_was_read() -> None:
    asked = {*everything()[1].questions, *RISK_WORDS, *(one.key for one in OWN_QUESTIONS)}
    assert len({one.key for one in MEASURES}) == len(MEASURES)
    for one in MEASURES:
        source = one.source
        assert one.factor in FACTORS
        assert len(one.quote.split()) >= 4, one.key
        assert one.number, one.key
        assert one.strength, one.key
        assert one.eligibility, one.key
        assert 2015 <= source.year <= 2026, one.key
        assert source.address.startswith("http"), one.key
        assert set(prevention.keys_of(AllOf(one.conditions))) <= asked, one.key
    assert {one.factor for one in MEASURES} == set(FACTORS)
    assert all(one.what and one.why for one in LEFT_OUT)


keys = some.sampled_from(["a", "b", "c"])
checks = some.builds(Check, key=keys, at_least=some.floats(0, 3))
conditions = some.recursive(
    checks,
    lambda inner: some.one_of(
        some.builds(AnyOf, some.lists(inner, min_size=1, max_size=3).map(tuple)),
        some.builds(AllOf, some.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
numbers = some.floats(0, 3)


@given(conditions, some.dictionaries(keys, numbers), some.dictionaries(keys, numbers))
def test_what_is_judged_stays_whatever_else_becomes_known(
    condition: prevention.Condition, known: dict[str, float], more: dict[str, float]
) -> None:
    before, after = met(condition, known), met(condition, {**more, **known})
    assert before is None or before == after
    assert bool(lacking(condition, known)) is (before is None)


def assessed(patient_id: str | None, values: dict[str, Value]) -> Assessment:
    known = {key: Known(key, value, "", Origin.TYPED) for key, value in values.items() if ":" not in key}
    return Assessment(datetime(2026, 11, 21, tzinfo=UTC), patient_id, known)


def test_the_plan_is_printed_for_decision_and_that_is_audited(store: Store, reader: Caller) -> None:
    brought_in(store, reader, person())
    patient_id = id_of(store)
    plan = prevention.judge(assessed(patient_id, MAN), {"pack_years": 30.0})
    content = prevention.content(store, reader, patient_id, plan)
    text = text_of(prevention_pdf(content))
    for word in ("Lindt", "Prevention plan", "For the clinician's decision", "Grade A", "Cannot be judged",
                 "Left out", "uspreventiveservicestaskforce.org"):  # fmt: skip
        assert word in text, word
    for word in ("normal", "healthy", "safe"):
        assert f" {word} " not in text.replace("heart-healthy", "").replace("healthy diet", ""), word
    (line,) = store.audit.search(action="prevention-plan-handed-out")
    assert line.object_id == patient_id
    assert "Lindt" not in str(line.detail)


def test_a_plan_of_nobody_is_not_audited_and_a_closed_patient_is_refused(
    store: Store, reader: Caller
) -> None:
    plan = judged(MAN)
    assert prevention_pdf(prevention.content(store, reader, None, plan)).startswith(b"%PDF")
    assert not store.audit.search(action="prevention-plan-handed-out")
    brought_in(store, reader, person())
    patient_id = id_of(store)
    store.patients.set_restricted(patient_id, restricted=True)
    with pytest.raises(Refusal) as refused:
        prevention.content(store, reader, patient_id, plan)
    assert refused.value.code == "not-allowed"
