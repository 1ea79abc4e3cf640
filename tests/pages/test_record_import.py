"""The import panel of the Patients page: files, guided mapping, dry run, import, and back again."""

import json
import time

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from medai_core.domain.people import Caller, Role
from medai_core.records.tables.mapping import Role as ColumnRole
from medai_core.store.database import Store
from medai_core.ui.records.job import JOBS
from tests.pages.conftest import OpenPage, SignIn, words
from tests.support.records import sources_of

_PATIENT = {"resourceType": "Patient", "id": "p1", "name": [{"family": "Muster", "given": ["Erika"]}]}
_POTASSIUM = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "code": {"text": "Potassium"},
    "subject": {"reference": "urn:uuid:1"},
    "valueQuantity": {"value": 4.5},
}
_BROKEN = {"resourceType": "Observation", "id": "o2", "status": "final"}
BUNDLE = json.dumps(
    {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"fullUrl": f"urn:uuid:{number}", "resource": resource}
            for number, resource in enumerate((_PATIENT, _POTASSIUM, _BROKEN), start=1)
        ],
    }
).encode()
LABS = (
    "nr;test;value;unit;date\nA1;Potassium;4,5;mmol/L;03/04/2024\nA1;Glucose;9-Oct;mg/dL;03/04/2024\n"
).encode("cp1252")


def _drop(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    uploader = page.get("file_uploader")[0]
    uploader.set_value([(name, content, "application/octet-stream") for name, content in files])
    return page.run()


def _settled(page: AppTest, caller: Caller) -> AppTest:
    """The page once the work beside it has come to its end."""
    job = JOBS.current(caller.session_id or caller.user_id)
    assert job is not None
    deadline = time.monotonic() + 60
    while job.running and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not job.running
    return page.run()


def _button(page: AppTest, label: str) -> Button:
    return next(each for each in page.button if label in each.label)


def test_a_bundle_is_looked_through_and_then_imported(
    store: Store, reader: Caller, open_page: OpenPage
) -> None:
    page = _drop(open_page("patients"), ("Muster Erika.json", BUNDLE))
    page = _settled(_button(page, "Look through 1 file").click().run(), reader)
    drawn = words(page)
    assert "nothing is stored yet" in drawn
    assert "3 read: 2 would be new" in drawn
    assert "Bundle.entry[2]" in drawn
    assert sources_of(store) == []
    page = _settled(_button(page, "Import now").click().run(), reader)
    drawn = words(page)
    assert "Imported." in drawn
    assert "Muster Erika" in drawn
    assert "/patient?patient=" in drawn
    page = _button(page, "Done").click().run()
    assert "Look through" not in words(page)
    assert len(page.get("file_uploader")) == 1


def test_a_table_is_mapped_by_hand_and_remembered(store: Store, reader: Caller, open_page: OpenPage) -> None:
    page = _drop(open_page("patients"), ("labs.csv", LABS))
    assert "mapping-incomplete" in words(page)
    assert _button(page, "Look through").disabled
    role = next(each for each in page.selectbox if each.label == "What nr is")
    role.set_value(ColumnRole.PATIENT)
    page.run()
    order = next(each for each in page.selectbox if each.label == "Dates")
    order.set_value("DMY")
    page.run()
    page = _settled(_button(page, "Look through 1 file").click().run(), reader)
    drawn = words(page)
    assert "2 read: 1 would be new" in drawn
    assert "as spreadsheets make of 9.10" in drawn
    assert "line 3" in drawn
    page = _button(page, "Leave it").click().run()
    assert sources_of(store) == []
    page = _drop(page, ("other.csv", LABS))
    assert "Known table" in words(page)
    assert not _button(page, "Look through").disabled


def test_images_are_sent_to_their_own_panel(reader: Caller, open_page: OpenPage) -> None:
    page = _drop(open_page("patients"), ("a.png", b"\x89PNG\r\n\x1a\n" + b"0" * 64))
    drawn = words(page)
    assert "Add images" in drawn
    assert "1 image file will not be read here" in drawn
    assert "Nothing to import" in drawn


def test_what_is_no_record_is_refused_in_the_dry_run(reader: Caller, open_page: OpenPage) -> None:
    page = _drop(
        open_page("patients"), ("a.json", b'{"resourceType": "Bundle", "entry": [{'), ("b.bin", b"\x00\x01")
    )
    page = _settled(_button(page, "Look through 2 files").click().run(), reader)
    drawn = words(page)
    assert "2 refused" in drawn
    assert "There is nothing new in it" in drawn
    assert _button(page, "Import now").disabled


def test_a_fault_of_the_server_is_said_and_nothing_is_stored(
    store: Store, reader: Caller, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("Muster Erika")

    monkeypatch.setattr("medai_core.ui.records.job.plan_import", broken)
    page = _drop(open_page("patients"), ("a.json", BUNDLE))
    page = _settled(_button(page, "Look through 1 file").click().run(), reader)
    drawn = words(page)
    assert "stopped at a fault of the server" in drawn
    assert "Muster" not in drawn
    page = _button(page, "Choose files again").click().run()
    assert len(page.get("file_uploader")) == 1


def test_those_who_may_only_read_see_no_panel(sign_in: SignIn, open_page: OpenPage) -> None:
    sign_in(Role.READ_ONLY)
    page = open_page("patients")
    assert "Add records" not in words(page)
    assert not page.get("file_uploader")
