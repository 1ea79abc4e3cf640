"""The patient's page: who, what warns, what there is, what is not current."""

import pytest
from streamlit.testing.v1 import AppTest

from medai_core.domain.people import Caller, Role
from medai_core.store.database import Store
from tests.pages.conftest import OpenPage, SignIn, words
from tests.support.record_years import ANALYTES, observation
from tests.support.records import WHEN, about, allergy, brought_in, id_of, person, problem


@pytest.fixture
def anna(store: Store, reader: Caller) -> str:
    """A patient with a problem, a resolved one, an allergy, two values, one of them withdrawn."""
    code, name, unit, *_, low, high = ANALYTES[0]
    brought_in(
        store,
        reader,
        person(),
        problem("p1", "Hypertensive disorder", "38341003"),
        problem("p2", "Acute bronchitis", "10509002", status="resolved", abatementDateTime="2020-06-01"),
        problem(
            "p3", "Fractured rib", "33737001", verificationStatus={"coding": [{"code": "entered-in-error"}]}
        ),
        allergy("a1", "Allergy to penicillin", "91936005", criticality="high"),
        observation(about("anna"), "k1", code, name, 5.9, unit, WHEN, [low, high]),
        observation(
            about("anna"), "k2", code, name, 45.0, unit, WHEN, [low, high], status="entered-in-error"
        ),
    )
    return id_of(store)


def test_the_record_stands_on_the_page(anna: str, open_page: OpenPage) -> None:
    drawn = words(open_page("patient", patient=anna))
    for word in (
        "Lindt Anna",
        "1960-02-03",
        "ANNA",
        "Allergy to penicillin: high risk",
        "Hypertensive disorder",
    ):
        assert word in drawn, word
    assert "above the reference range" in drawn
    assert "no person" not in drawn


def test_what_is_withdrawn_is_shown_only_when_asked_for(anna: str, open_page: OpenPage) -> None:
    page = open_page("patient", patient=anna)
    assert "Fractured rib" not in words(page)
    page.toggle(key="hidden").set_value(True).run()
    drawn = words(page)
    assert "Fractured rib" in drawn
    assert "withdrawn: active, entered-in-error" in drawn


def test_a_visit_is_audited_once(anna: str, store: Store, reader: Caller, open_page: OpenPage) -> None:
    page = open_page("patient", patient=anna)
    page.run()
    assert store.audit.count(actor=reader.user_id, action="patient-viewed", object_id=anna) == 1


def test_a_page_without_a_patient_and_one_of_nobody_lead_to_the_list(
    reader: Caller, open_page: OpenPage
) -> None:
    assert "No patient is open" in words(open_page("patient"))
    assert "not-allowed" in words(open_page("patient", patient="nobody"))


def test_an_empty_record_says_what_will_be_here(store: Store, reader: Caller, open_page: OpenPage) -> None:
    brought_in(store, reader, person())
    drawn = words(open_page("patient", patient=id_of(store)))
    assert "none recorded" in drawn
    assert "No measured value" in drawn


def files_of(page: AppTest, patient_id: str) -> set[str]:
    """The kinds of files of a patient to which the page leads."""
    addresses = [button.proto.url for button in page.get("link_button")]
    return {one.rpartition(".")[2] for one in addresses if patient_id in one}


def test_read_only_persons_see_a_record_and_strangers_no_restricted_one(
    anna: str, store: Store, sign_in: SignIn, open_page: OpenPage
) -> None:
    assert files_of(open_page("patient", patient=anna), anna) == {"pdf", "json", "csv", "zip"}
    sign_in(Role.READ_ONLY)
    page = open_page("patient", patient=anna)
    assert "Hypertensive disorder" in words(page)
    assert files_of(page, anna) == {"pdf"}
    store.patients.set_restricted(anna, restricted=True)
    drawn = words(open_page("patient", patient=anna))
    assert "Hypertensive disorder" not in drawn
    assert "Lindt" not in drawn


def test_the_list_finds_and_names_patients(anna: str, open_page: OpenPage) -> None:
    page = open_page("patients")
    drawn = words(page)
    for word in ("Lindt Anna", "ANNA", "1 patient, the newest first", f"/patient?patient={anna}"):
        assert word in drawn, word
    page.text_input(key="patients:search").set_value("nobody").run()
    assert "No patient matches" in words(page)
    page.text_input(key="patients:search").set_value("1960 lin").run()
    assert "Lindt Anna" in words(page)
    assert "lin" not in str(dict(page.query_params)).lower()


def test_an_empty_store_says_what_to_do_next(reader: Caller, open_page: OpenPage) -> None:
    assert "No patient yet" in words(open_page("patients"))


def test_a_reading_warns_of_allergies_too(store: Store, study_id: str, open_page: OpenPage) -> None:
    study = store.studies.get(study_id)
    assert study is not None
    drawn = words(open_page("reading", study=study_id))
    assert "Allergies" in drawn
    assert "none recorded" in drawn
    assert f"/patient?patient={study.row.patient.id}" in drawn
