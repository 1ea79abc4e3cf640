"""The patient's page: who, what warns, what there is, what is not current."""

import pytest

from medai_core.domain.people import Caller
from medai_core.store.database import Store
from tests.pages.conftest import OpenPage, words
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
