"""The Risk page: what is filled in, what is confirmed, what is said, what is kept."""

from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from medai_core.domain.people import Caller, Role
from medai_core.services import risk_models
from medai_core.services.risk_record import history
from medai_core.store.database import Store
from tests.pages.conftest import OpenPage, SignIn, words
from tests.support.record_years import observation
from tests.support.records import about, brought_in, id_of, person, problem

NOW = datetime.now(UTC)
LAST_MONTH = NOW - timedelta(days=30)
LONG_AGO = NOW - timedelta(days=900)


@pytest.fixture(autouse=True)
def scores_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No predictor is loaded: that takes seconds, and its answers are tested with the services."""
    monkeypatch.setattr(risk_models, "begin", lambda: True)
    monkeypatch.setattr("medai_core.services.risk_askers.predictors", tuple)


def born(years: int) -> str:
    """The birth date of somebody of this age."""
    return (NOW - timedelta(days=round(365.25 * years) + 30)).date().isoformat()


@pytest.fixture
def anna(store: Store, reader: Caller) -> str:
    """A woman of 55 years whose HDL is old, with a problem that no score asks for."""
    subject = about("anna")
    brought_in(
        store,
        reader,
        person(birthDate=born(55)),
        problem("p1", "Asthma", "195967001"),
        observation(subject, "s", "8480-6", "Systolic blood pressure", 120, "mm[Hg]", LAST_MONTH, []),
        observation(subject, "t", "2093-3", "Cholesterol", 5.5, "mmol/L", LAST_MONTH, []),
        observation(subject, "h", "2085-9", "HDL cholesterol", 50, "mg/dL", LONG_AGO, []),
        observation(
            subject, "x", "8480-6", "Systolic blood pressure", 199, "mm[Hg]", NOW, [],
            status="entered-in-error",
        ),
    )  # fmt: skip
    return id_of(store)


def place(patient: str, name: str) -> str:
    """The key of something on the page."""
    return f"patient:{patient}:risk:{name}"


def choose(page: AppTest, patient: str, **answers: str) -> AppTest:
    """Answer questions by hand."""
    for name, answer in answers.items():
        page.session_state[place(patient, f"in:{name}")] = answer
    return page.run()


def complete(page: AppTest, patient: str) -> AppTest:
    """Everything that the Pooled Cohort Equations need beyond the record."""
    page.button(key=place(patient, "confirm:hdl_cholesterol")).click().run()
    return choose(page, patient, race="white", bp_treated="no", diabetes="no", smoker="no", prior_cvd="no")


def test_the_record_fills_what_it_may(anna: str, open_page: OpenPage) -> None:
    page = open_page("risk", patient=anna)
    drawn = words(page)
    assert page.session_state[place(anna, "in:systolic_bp")] == "120"
    assert page.session_state[place(anna, "in:age")] == "55"
    assert page.session_state[place(anna, "in:total_cholesterol")] == "212.7"
    assert page.text_input(key=place(anna, "in:hdl_cholesterol")).value == ""
    assert "Not used until confirmed." in drawn
    assert "50 mg/dL" in drawn
    assert "5.5 mmol/L" in drawn
    assert "199 mm" not in drawn
    assert "No risk can be computed yet" in drawn


def test_an_old_value_is_used_once_it_is_confirmed(anna: str, open_page: OpenPage) -> None:
    page = complete(open_page("risk", patient=anna), anna)
    drawn = words(page)
    assert page.text_input(key=place(anna, "in:hdl_cholesterol")).value == "50"
    assert "Confirmed by you: 50 mg/dL" in drawn
    assert "About 2 of 100 people like this one have ASCVD within 10 years." in drawn


def test_nothing_is_taken_as_no_without_a_click(anna: str, open_page: OpenPage) -> None:
    page = open_page("risk", patient=anna)
    assert "The record holds one problem, another one. Not used until confirmed." in words(page)
    page.button(key=place(anna, "confirm:no")).click().run()
    assert page.session_state[place(anna, "in:diabetes")] == "no"
    assert page.session_state[place(anna, "in:prior_cvd")] == "no"


def test_values_are_typed_with_their_unit_and_held_to_their_range(anna: str, open_page: OpenPage) -> None:
    page = complete(open_page("risk", patient=anna), anna)
    choose(page, anna, total_cholesterol="8 mmol/L")
    drawn = words(page)
    assert "About 3 of 100 people like this one have ASCVD" in drawn
    assert "Given by hand; in the record: 5.5 mmol/L" in drawn
    choose(page, anna, total_cholesterol="2000")
    assert "a number outside this range" in words(page)
    choose(page, anna, total_cholesterol="")
    drawn = words(page)
    assert "Not used; in the record: 5.5 mmol/L" in drawn
    assert "have ASCVD within 10 years" not in drawn


def test_what_does_not_apply_says_why(anna: str, open_page: OpenPage) -> None:
    page = complete(open_page("risk", patient=anna), anna)
    choose(page, anna, prior_cvd="yes")
    drawn = words(page)
    assert "It is for people who have had no cardiovascular disease." in drawn
    assert "have ASCVD within 10 years" not in drawn


def test_a_clinician_saves_an_assessment_and_finds_it_again(
    anna: str, store: Store, reader: Caller, open_page: OpenPage
) -> None:
    page = complete(open_page("risk", patient=anna), anna)
    page.button(key=place(anna, "keep:save")).click().run()
    drawn = words(page)
    assert "in the record now" in drawn
    assert "Saved before" in str([one.label for one in page.expander])
    kept = {one.name: one for one in history(store, reader, anna)}
    assert kept["pce_ascvd"].value == pytest.approx(0.0205, abs=1e-4)
    assert store.audit.count(actor=reader.user_id, action="risk-assessment-saved", object_id=anna) == 1
    assert "ASCVD in 10 years" in words(open_page("patient", patient=anna))


def test_typed_values_stay_while_another_page_is_open(anna: str, open_page: OpenPage) -> None:
    page = complete(open_page("risk", patient=anna), anna)
    page.switch_page("../../pages/models.py").run()
    page.switch_page("../../pages/risk.py")
    page.query_params["patient"] = anna
    page.run()
    assert "About 2 of 100 people like this one have ASCVD within 10 years." in words(page)


def test_without_a_patient_values_are_given_by_hand(reader: Caller, open_page: OpenPage) -> None:
    page = open_page("risk")
    assert "No patient is open" in words(page)
    choose(
        page, "nobody", age="55", sex="female", race="white", total_cholesterol="213", hdl_cholesterol="50",
        systolic_bp="120", bp_treated="no", diabetes="no", smoker="no", prior_cvd="no",
    )  # fmt: skip
    drawn = words(page)
    assert "About 2 of 100 people like this one have ASCVD within 10 years." in drawn
    assert "Save to the record" not in drawn


def test_read_only_persons_see_risks_and_save_none_and_strangers_see_nobody(
    anna: str, store: Store, sign_in: SignIn, open_page: OpenPage
) -> None:
    sign_in(Role.READ_ONLY)
    page = complete(open_page("risk", patient=anna), anna)
    assert "have ASCVD within 10 years" in words(page)
    assert place(anna, "keep:save") not in [one.key for one in page.button]
    store.patients.set_restricted(anna, restricted=True)
    drawn = words(open_page("risk", patient=anna))
    assert "not-allowed" in drawn
    assert "Lindt" not in drawn


def test_a_visit_is_audited_once(anna: str, store: Store, reader: Caller, open_page: OpenPage) -> None:
    open_page("risk", patient=anna).run()
    assert store.audit.count(actor=reader.user_id, action="patient-viewed", object_id=anna) == 1
