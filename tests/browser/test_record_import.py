"""Records in a real browser: a bundle and a table are dropped, looked through and imported."""

import json
from typing import Any

import pytest

from tests.support.server import ADMINISTRATOR, NEW_PASSWORD, Server

pytestmark = pytest.mark.browser

_SLOW = 90_000
BUNDLE = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {
            "fullUrl": "urn:uuid:1",
            "resource": {
                "resourceType": "Patient",
                "id": "p1",
                "name": [{"family": "Muster", "given": ["Erika"]}],
            },
        },
        {
            "fullUrl": "urn:uuid:2",
            "resource": {
                "resourceType": "Condition",
                "id": "c1",
                "code": {"text": "Asthma"},
                "subject": {"reference": "urn:uuid:1"},
            },
        },
    ],
}
LABS = "nr;test;value;unit;date\nA1;Potassium;4,5;mmol/L;13/04/2024\nA1;Glucose;9-Oct;mg/dL;13/04/2024\n"


def _file(name: str, content: str) -> dict[str, Any]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content.encode()}


def _first_sign_in(tab: Any, server: Server) -> None:
    tab.goto(f"{server.url}/patients")
    tab.fill("input[name=username]", ADMINISTRATOR)
    tab.fill("input[name=password]", server.admin_password)
    tab.click("button:has-text('Sign in')")
    tab.fill("input[name=current]", server.admin_password)
    tab.fill("input[name=new]", NEW_PASSWORD)
    tab.fill("input[name=again]", NEW_PASSWORD)
    tab.click("button:has-text('Keep this password')")


def test_records_are_dropped_looked_through_and_imported(server: Server, context: Any) -> None:
    tab = context.new_page()
    tab.set_default_timeout(_SLOW)
    _first_sign_in(tab, server)
    tab.get_by_text("Add records").click()
    tab.set_input_files("input[type=file]", [_file("a.json", json.dumps(BUNDLE)), _file("labs.csv", LABS)])
    tab.get_by_text("What the columns of labs.csv mean").wait_for()
    role = tab.get_by_role("combobox", name="What nr is")
    role.click()
    role.press_sequentially("patient's number")
    role.press("Enter")
    look = tab.get_by_role("button", name="Look through 2 files")
    tab.wait_for_function("button => !button.disabled", arg=look.element_handle())
    look.focus()
    tab.keyboard.press("Enter")
    tab.get_by_text("nothing is stored yet").wait_for()
    tab.get_by_text("4 read: 3 would be new").wait_for()
    tab.get_by_text("as spreadsheets make of 9.10").first.wait_for()
    tab.get_by_role("button", name="Import now").click()
    tab.get_by_text("Imported.").wait_for()
    tab.get_by_role("link", name="Muster Erika, p1").click()
    tab.wait_for_url("**/patient?patient=*")
    tab.get_by_text("Asthma").first.wait_for()
