"""Deletion on the Admin page: looked at first, confirmed twice, then gone from every page."""

import pytest
from streamlit.testing.v1 import AppTest

from medai_core.domain.people import Caller, Role
from medai_core.store.database import Store
from tests.pages.conftest import OpenPage, SignIn, words
from tests.support.films import brought_in, film


@pytest.fixture
def patient_id(store: Store, sign_in: SignIn) -> str:
    """Somebody with one film; an administrator is signed in."""
    chief: Caller = sign_in(Role.ADMINISTRATOR, "chief")
    (line,) = brought_in(store, chief, film())
    record = store.studies.get(line.study_id or "")
    assert record is not None
    return record.row.patient.id


def test_a_person_is_deleted_after_two_confirmations(
    store: Store, patient_id: str, open_page: OpenPage
) -> None:
    page = open_page("admin")
    page.text_input(key="admin:erase:search").set_value("lindt").run()
    page.button(key=f"admin:erase:look:{patient_id}").click().run()
    assert "1 images with their files" in words(page)
    _fill(page, patient_id, "P-2")
    assert "Nothing was deleted" in words(page)
    assert store.patients.count() == 1
    _fill(page, patient_id, "P-1")
    assert store.patients.count() == 0
    assert "Deleted" in words(page)
    assert store.verify() == []


def _fill(page: AppTest, patient_id: str, typed: str) -> None:
    page.text_input(key=f"admin:erase:typed:{patient_id}").set_value(typed)
    page.text_input(key=f"admin:erase:reason:{patient_id}").set_value("asked for in writing")
    next(one for one in page.button if one.label == "Delete for good").click().run()
