"""The data quality page and the review list as people use them."""

import pytest
from streamlit.testing.v1 import AppTest

from medai_core.domain.people import Caller, Role
from medai_core.services import matching, quality
from medai_core.store.database import Store
from medai_core.ui.quality import job as jobs
from tests.pages.conftest import OpenPage, SignIn, words
from tests.support.measured import POTASSIUM, mistaken
from tests.support.statements import bundle, imported, patient, potassium


@pytest.fixture(autouse=True)
def no_job_stays() -> None:
    jobs._JOBS.clear()


@pytest.fixture
def filled(store: Store, reader: Caller) -> None:
    """An adult with mistakes, and a second record of the same person."""
    again = patient("again", identifier=[{"system": "urn:oid:9.9", "value": "other"}])
    imported(store, reader, bundle(*mistaken(), again), source="ward")


def _press(page: AppTest, store: Store, kind: str) -> AppTest:
    page.button(key=f"quality:start:{kind}").click().run()
    job = jobs.current(store, kind)
    if job is not None:
        assert job.wait(60)
        page.run()
    return page


def test_nothing_yet_says_what_will_be_here(reader: Caller, open_page: OpenPage) -> None:
    drawn = words(open_page("quality"))
    assert "Nothing was counted yet" in drawn
    assert "No comparison yet" in drawn
    assert "No repair is proposed" in drawn


def test_counting_shows_scores_gaps_limits_and_their_sources(
    filled: None, store: Store, open_page: OpenPage
) -> None:
    drawn = words(_press(open_page("quality"), store, "quality"))
    for word in ("ward", "Score = 100 times the mean", "MIMIC-III benchmark", "growthcleanr", "Iglewicz",
                 "missing", "Potassium", "degrees Fahrenheit"):  # fmt: skip
        assert word in drawn, word


def test_unknown_codes_and_what_waits_are_listed(store: Store, reader: Caller, open_page: OpenPage) -> None:
    odd = {"coding": [{"system": "http://here.example/codes", "code": "K-1", "display": "Kalium"}]}
    files = bundle(patient(), potassium("o1", code=odd), potassium("o2", subject="nobody"))
    imported(store, reader, files, source="ward")
    drawn = words(open_page("quality"))
    for word in ("K-1", "Kalium", "http://here.example/codes", "Codes that no table of ours knows: 1",
                 "waiting for a patient who has not come yet"):  # fmt: skip
        assert word in drawn, word


def test_examples_of_wrong_dates_lead_to_their_entries(
    store: Store, reader: Caller, open_page: OpenPage
) -> None:
    imported(store, reader, bundle(patient(), potassium("o1", effectiveDateTime="1950-01-01")), source="ward")
    entry = store.records.find("ward", "Observation", "o1")
    assert entry is not None
    drawn = words(_press(open_page("quality"), store, "quality"))
    assert f"patient?patient={entry.patient_id}&amp;entry={entry.id}" in drawn
    page = open_page("patient", patient=str(entry.patient_id), entry=entry.id)
    assert "The FHIR resource as it came in" in words(page)
    assert "The FHIR resource as it came in" not in words(page.run())


def test_sliders_count_again_without_a_count(
    filled: None, store: Store, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = _press(open_page("quality"), store, "quality")
    _press(page, store, "matching")

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a slider asked the store for values")

    for name in ("numbers", "values", "entries", "people", "measured"):
        monkeypatch.setattr(store.quality, name, forbidden)
    page.selectbox(key="quality:analyte").set_value(f"http://loinc.org|{POTASSIUM}").run()
    assert "1 of 7 values lie outside these limits." in words(page)
    limits = page.select_slider(key=f"quality:limits:http://loinc.org|{POTASSIUM}:all")
    limits.set_range(float(limits.options[0]), float(limits.options[-1])).run()
    assert "0 of 7 values lie outside these limits." in words(page)
    page.slider(key="quality:z").set_value(29.5).run()
    page.slider(key="quality:bits").set_value(40.0).run()
    assert "0, of which 0.0 are expected" in words(page)


def test_a_repair_is_accepted_and_taken_back_in_one_click(
    filled: None, store: Store, reader: Caller, open_page: OpenPage
) -> None:
    page = _press(open_page("quality"), store, "quality")
    one = next(each for each in quality.proposals(store, reader) if each.repair.raw_number == 45)
    page.button(key=f"repairs:{one.repair.id}:accept").click().run()
    assert "Accepted: the repaired number is read" in words(page)
    assert store.repairs.count()["accepted"] == 1
    page.button(key=f"repairs:{one.repair.id}:back").click().run()
    assert "accepted" not in store.repairs.count()


def test_a_pair_is_reviewed_merged_and_unmerged(
    filled: None, store: Store, reader: Caller, open_page: OpenPage
) -> None:
    matching.run(store, reader)
    (pair,) = matching.queue(store, reader)
    page = open_page("review")
    drawn = words(page)
    for word in ("Pair 1 of 1", "MR-p1", "other", "Muster", "family name", "bits"):
        assert word in drawn, word
    assert page.button(key=f"pairs:{pair.id}:merge").disabled
    viewed = store.audit.search(action="patient-viewed")
    assert len(viewed) == 2
    page.text_input(key=f"pairs:{pair.id}:reason").set_value("asked the ward").run()
    page.button(key=f"pairs:{pair.id}:merge").click().run()
    assert "Merged: both records show as one person" in words(page)
    assert len(store.records.group(pair.patient_a)) == 2
    page.button(key=f"pairs:{pair.id}:back").click().run()
    assert "everything stands as it was before" in words(page)
    assert len(store.records.group(pair.patient_a)) == 1
    assert "Pair 1 of 1" in words(page)


def test_those_who_may_only_look_do_not_see_it(sign_in: SignIn, store: Store, open_page: OpenPage) -> None:
    sign_in(Role.READ_ONLY)
    page = open_page("worklist")
    assert "Quality" not in str(page)
    assert "wait for a decision" not in words(open_page("review"))
