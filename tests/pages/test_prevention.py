"""Prevention on the Risk page: what applies, what cannot be judged, and the plan."""

from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from medai_core.domain.people import Caller
from medai_core.services import risk_models
from medai_core.store.database import Store
from tests.pages.conftest import OpenPage, words
from tests.support.record_years import observation
from tests.support.records import about, brought_in, id_of, person

LAST_MONTH = datetime.now(UTC) - timedelta(days=30)


@pytest.fixture(autouse=True)
def scores_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No predictor is loaded: that takes seconds."""
    monkeypatch.setattr(risk_models, "begin", lambda: True)
    monkeypatch.setattr("medai_core.services.risk_askers.predictors", tuple)


@pytest.fixture
def opened(store: Store, reader: Caller, open_page: OpenPage) -> tuple[AppTest, str]:
    """The Risk page of a heavy woman of 55 years with raised pressure, prevention shown."""
    born = datetime.now(UTC) - timedelta(days=round(365.25 * 55) + 30)
    subject = about("anna")
    brought_in(
        store, reader, person(birthDate=born.date().isoformat()),
        observation(subject, "s", "8480-6", "Systolic blood pressure", 150, "mm[Hg]", LAST_MONTH, []),
        observation(subject, "b", "39156-5", "Body mass index", 33, "kg/m2", LAST_MONTH, []),
    )  # fmt: skip
    patient = id_of(store)
    page = open_page("risk", patient=patient)
    key = f"patient:{patient}:risk:prevention"
    page.toggle(key=f"{key}:open").set_value(True).run()
    return page, key


def test_measures_stand_with_their_words_grade_and_address(opened: tuple[AppTest, str]) -> None:
    drawn = words(opened[0])
    for word in (
        "For the clinician", "multicomponent behavioral interventions", "Grade B",
        "Mammography every two years",
        "uspreventiveservicestaskforce.org", "Cannot be judged without", "pack-years of cigarettes",
        "What is not offered here", "HbA1c targets",
    ):  # fmt: skip
        assert word in drawn, word


def test_an_answer_judges_what_could_not_be(opened: tuple[AppTest, str]) -> None:
    page, key = opened
    assert "Offer brief counselling to drink less.</h4>" not in words(page)
    page.segmented_control(key=f"{key}:drinks_riskily").set_value("yes").run()
    assert "Offer brief counselling to drink less.</h4>" in words(page)


def test_the_plan_is_set_on_demand_and_audited(store: Store, opened: tuple[AppTest, str]) -> None:
    page, key = opened
    assert not store.audit.search(action="prevention-plan-handed-out")
    page.button(key=f"{key}:print").click().run()
    assert "Keep the plan as a file" in words(page)
    assert len(store.audit.search(action="prevention-plan-handed-out")) == 1
    page.segmented_control(key=f"{key}:drinks_riskily").set_value("yes").run()
    assert "Keep the plan as a file" not in words(page), "the document says something else now"
