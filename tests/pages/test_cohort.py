"""The Cohort page as people use it."""

import pytest
from streamlit.testing.v1 import AppTest

from medai_core.domain.cohort import ANY, Criterion, Kind
from medai_core.domain.people import Caller, Role
from medai_core.store.database import Store
from medai_core.ui.cohort import address, risks
from tests.pages.conftest import OpenPage, SignIn, words
from tests.support.cohort import HBA1C, HYPERTENSION, LOINC, SNOMED, people, someone
from tests.support.statements import bundle, imported

COUNT = 60


@pytest.fixture
def filled(store: Store, reader: Caller) -> None:
    """Sixty people of the hospital."""
    imported(store, reader, bundle(*people(COUNT)), source="ward")


def test_an_empty_store_says_what_to_do(reader: Caller, open_page: OpenPage) -> None:
    assert "No patient yet" in words(open_page("cohort"))


def test_a_criterion_is_added_stands_in_the_address_and_is_taken_away(
    filled: None, open_page: OpenPage
) -> None:
    page = open_page("cohort")
    assert "All patients open to you" in words(page)
    page.selectbox(key="cohort:about").set_value(Kind.PROBLEM).run()
    page.selectbox(key="cohort:add:code:problem").select_index(0).run()
    page.button(key="cohort:add").click().run()
    kept = str(page.query_params[address.FILTER])
    assert HYPERTENSION in kept
    assert "Muster" not in kept
    assert "Hypertensive disorder" in words(page)
    page.button(key="cohort:remove:0").click().run()
    assert address.FILTER not in page.query_params


def opened(open_page: OpenPage, *criteria: Criterion, **query: str) -> AppTest:
    return open_page("cohort", f=[address.encoded(one) for one in criteria], **query)  # type: ignore[arg-type]


def test_a_sent_address_asks_the_same_and_is_audited_once(
    filled: None, store: Store, open_page: OpenPage
) -> None:
    page = opened(open_page, Criterion(Kind.PROBLEM, SNOMED, HYPERTENSION))
    assert "Hypertensive disorder" in words(page)
    page.run()
    (line,) = [
        one for one in store.audit.search(action="cohort-asked") if one.detail["criteria"] == "problem"
    ]
    assert line.detail == {"criteria": "problem", "result": "shown"}


def test_a_small_group_shows_nothing(filled: None, open_page: OpenPage) -> None:
    page = opened(open_page, Criterion(Kind.VALUE, LOINC, HBA1C, 8.0, unit="%", mode=ANY))
    drawn = words(page)
    assert "<5" in drawn
    assert "cohort-small" in drawn
    assert "median" not in drawn


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("Table 1", "Problem: Hypertensive disorder"),
        ("Spread", "Missing is counted"),
        ("Two values", "Spearman"),
        ("Survival", "People still followed"),
        ("Risks", "Compute"),
        ("Calibration", "Compute"),
    ],
)
def test_each_view_draws(filled: None, open_page: OpenPage, view: str, said: str) -> None:
    assert said in words(opened(open_page, view=view))


def test_survival_by_group_is_a_table_too(filled: None, open_page: OpenPage) -> None:
    drawn = words(opened(open_page, view="Survival", g="sex"))
    for word in ("female", "male", "At risk after", "Log-rank test", "association"):
        assert word in drawn, word


def test_risks_are_computed_beside_the_page(filled: None, reader: Caller, open_page: OpenPage) -> None:
    page = opened(open_page, view="Risks", risk="egfr_ckdepi_2021")
    page.button(key="cohort:compute").click().run()
    session = reader.session_id or reader.user_id
    job = risks.JOBS.current(session)
    assert job is not None
    assert job.wait(60)
    page.run()
    drawn = words(page)
    assert "Without a value" in drawn
    assert "Missing is counted, never taken as zero" in drawn


def test_restricted_patients_are_in_no_number(store: Store, reader: Caller, open_page: OpenPage) -> None:
    imported(store, reader, bundle(*people(20)), source="ward")
    page = open_page("cohort")
    assert "All patients open to you: 20" in words(page)
    for number in range(5):
        entry = store.records.find("ward", "Patient", f"c{number}")
        assert entry is not None
        assert entry.patient_id is not None
        store.patients.set_restricted(entry.patient_id, restricted=True)
    assert "All patients open to you: 15" in words(open_page("cohort"))


def test_rows_are_for_administrators_and_audited(
    filled: None, store: Store, sign_in: SignIn, open_page: OpenPage
) -> None:
    assert "One row a patient" not in words(open_page("cohort"))
    sign_in(Role.ADMINISTRATOR)
    page = open_page("cohort")
    assert not store.audit.search(action="cohort-rows-handed-out")
    page.button(key="cohort:rows:table_1").click().run()
    assert "Keep the rows as a file" in words(page)
    (line,) = store.audit.search(action="cohort-rows-handed-out")
    assert line.detail["rows"] == str(COUNT)


def test_those_who_may_only_read_do_not_see_it(sign_in: SignIn, open_page: OpenPage) -> None:
    sign_in(Role.READ_ONLY)
    assert "Cohort" not in str(open_page("worklist"))


def test_names_are_nowhere_on_the_page(filled: None, open_page: OpenPage) -> None:
    for view in ("Table 1", "Spread", "Survival"):
        assert "Muster" not in words(opened(open_page, view=view))


def test_someone_is_complete() -> None:
    assert {one["resourceType"] for one in someone(0)} == {
        "Patient", "Encounter", "Condition", "MedicationStatement", "Observation",
    }  # fmt: skip
