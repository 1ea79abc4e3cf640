"""The Notes page: a note is read, shown escaped, accepted item by item, and taken back."""

import base64
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from medai_core.domain.people import Caller, PatientIdentity, PersonName, Role
from medai_core.domain.record import Standing
from medai_core.notes.reading import read_note
from medai_core.services import notes as services
from medai_core.services.record_patients import filed
from medai_core.store.database import Store
from medai_core.ui import state
from tests.pages.conftest import words

OpenPage = Callable[..., AppTest]
NOTE = "ASSESSMENT: Pneumonia. He denies fever.\nPLAN: ![x](http://a.example/b.png) <script>alert(1)</script>"


@pytest.fixture(autouse=True)
def warm() -> None:
    """The first note of a process loads what reads notes: not within a page's time."""
    read_note("fever")


@pytest.fixture
def patient_id(store: Store, reader: Caller) -> str:
    """A patient without a record."""
    identity = PatientIdentity("1", "H", PersonName("Doe^Jo"), None, None)
    return filed(store, reader, identity, None)[0]


def _read(page: AppTest, patient_id: str) -> AppTest:
    page.text_area(key=state.patient_key(patient_id, "notes", "text")).set_value(NOTE).run()
    return page.button(key=state.patient_key(patient_id, "notes", "go")).click().run()


def test_that_a_patient_was_opened_here_is_audited_once(
    open_page: OpenPage, store: Store, patient_id: str
) -> None:
    open_page("notes", patient=patient_id).run()
    assert store.audit.count(action="patient-viewed") == 1


def test_a_note_is_read_accepted_and_taken_back(
    open_page: OpenPage, store: Store, reader: Caller, patient_id: str
) -> None:
    def key(name: str) -> str:
        return state.patient_key(patient_id, "notes", name)

    page = _read(open_page("notes", patient=patient_id), patient_id)
    said = words(page)
    assert "neg-deny" in said
    assert "<script>" not in said
    assert "&lt;script&gt;" in said
    assert page.button(key=key("accept")).disabled
    page.checkbox(key=key("item-0")).check().run()
    page.checkbox(key=key("item-1")).check().run()
    page.button(key=key("accept")).click().run()
    assert "2 items were added" in words(page)
    standings = {one.draft.title: one.draft.standing for one in store.records.of_patient(patient_id)}
    assert standings == {"Pneumonia": Standing.CURRENT, "fever": Standing.WITHDRAWN}
    page.button(key=key("undo")).click().run()
    assert services.accepted(store, reader, patient_id) == ()
    actions = [one.action for one in store.audit.search(limit=50)]
    assert {"note-read", "note-items-accepted", "note-items-taken-back"} <= set(actions)


def test_without_a_patient_a_note_can_be_read_and_not_accepted(open_page: OpenPage, reader: Caller) -> None:
    page = _read(open_page("notes"), "nobody")
    assert "neg-deny" in words(page)
    assert not page.checkbox
    assert "Open a patient" in words(page)


def test_an_empty_note_is_refused_in_words(open_page: OpenPage, reader: Caller) -> None:
    page = open_page("notes")
    page.button(key=state.patient_key("nobody", "notes", "go")).click().run()
    assert "note-empty" in words(page)


def test_a_patient_who_is_not_open_is_refused(open_page: OpenPage, reader: Caller) -> None:
    assert "not-allowed" in words(open_page("notes", patient="nobody-at-all"))


def test_a_changed_text_is_not_shown_as_read(open_page: OpenPage, reader: Caller) -> None:
    page = _read(open_page("notes"), "nobody")
    page.text_area(key=state.patient_key("nobody", "notes", "text")).set_value("Asthma.").run()
    assert "was changed after it was read" in words(page)
    assert "neg-deny" not in words(page)


def test_a_note_of_the_record_is_chosen(
    open_page: OpenPage, store: Store, reader: Caller, patient_id: str
) -> None:
    from medai_core.records.fhir.drafts import draft_of
    from medai_core.store.record_rows import columns_of

    resource = {
        "resourceType": "DocumentReference",
        "id": "d1",
        "status": "current",
        "type": {"text": "Progress note"},
        "date": "2024-05-06T10:00:00Z",
        "content": [
            {"attachment": {"contentType": "text/plain", "data": base64.b64encode(NOTE.encode()).decode()}}
        ],
    }
    row = columns_of(draft_of(resource, source="test"))
    own = {
        "id": "e1",
        "patient_id": patient_id,
        "import_id": store.imports.start(reader.user_id),
        "versions": 1,
    }
    store.records.writer.insert([{**row, **own}])
    page = open_page("notes", patient=patient_id)
    page.selectbox(key=state.patient_key(patient_id, "notes", "document")).set_value("e1").run()
    assert page.text_area(key=state.patient_key(patient_id, "notes", "text")).value == NOTE
    assert "note-opened" in [one.action for one in store.audit.search(limit=20)]


def test_a_read_only_user_has_no_such_page(open_page: OpenPage, sign_in: Callable[..., Caller]) -> None:
    sign_in(Role.READ_ONLY)
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        open_page("notes")
