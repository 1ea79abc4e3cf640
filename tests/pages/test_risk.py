"""The Risk page: what is filled in, what is confirmed, what is said, what is kept."""

from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from medai_core.domain.people import Caller
from medai_core.store.database import Store
from tests.pages.conftest import OpenPage, words
from tests.support.record_years import observation
from tests.support.records import about, brought_in, id_of, person, problem

NOW = datetime.now(UTC)
LAST_MONTH = NOW - timedelta(days=30)
LONG_AGO = NOW - timedelta(days=900)


def born(years: int) -> str:
    """The birth date of somebody of this age."""
    return (NOW - timedelta(days=round(365.25 * years) + 30)).date().isoformat()


@pytest.fixture
def anna(store: Store, reader: Caller) -> str:
    """A woman of 55 years whose lipids are old, with a problem that none of the scores asks for."""
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
    )
    return id_of(store)


def place(patient: str, name: str) -> str:
    """The key of something on the page."""
    return f"patient:{patient}:risk:{name}"


def choose(page: AppTest, patient: str, name: str, answer: str) -> None:
    """Answer one question."""
    page.session_state[place(patient, f"in:{name}")] = answer


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
    assert "199" not in drawn
