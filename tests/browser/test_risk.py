"""Risks in a real browser: the record fills the fields, an old value is confirmed, the risks are kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from medai_core.domain.people import Role
from medai_core.security import passwords, sessions
from medai_core.security.stores import cookie_value
from medai_core.store.database import Store
from medai_core.web.cookies import SESSION
from tests.support.record_years import observation
from tests.support.records import Json, about, brought_in, id_of, person, problem
from tests.support.server import Server, start_server

pytestmark = pytest.mark.browser

MILLISECONDS = 90_000
NOW = datetime.now(UTC)
VALUES = (
    ("8480-6", "Systolic blood pressure", 146, "mm[Hg]", 20),
    ("2093-3", "Cholesterol", 232, "mg/dL", 20),
    ("2085-9", "HDL cholesterol", 46, "mg/dL", 900),
    ("2160-0", "Creatinine", 0.9, "mg/dL", 20),
    ("29463-7", "Body weight", 78, "kg", 20),
    ("8302-2", "Body height", 165, "cm", 900),
)


@dataclass
class Prepared:
    """A running server whose store holds one patient, and a clinician's session in it."""

    server: Server
    patient: str
    session: str


@pytest.fixture
def prepared(home: Path) -> Iterator[Prepared]:
    """Anna, 60 years old, with all that PREVENT asks for; her HDL cholesterol is old."""
    store = Store(home)
    account = store.accounts.add(
        "reader", "Dr. Reader", Role.CLINICIAN, passwords.hashed("not asked for"), must_change_password=False
    )
    reader, token, _ = sessions.start(store, account)
    session = cookie_value(store, token)
    born = (NOW - timedelta(days=22_000)).date().isoformat()
    brought_in(store, reader, person(birthDate=born), problem("p", "Asthma", "195967001"), *_rest())
    patient = id_of(store)
    store.close()
    running = start_server(home)
    yield Prepared(running, patient, session)
    running.stop()


def _rest() -> list[Json]:
    made = [
        observation(about("anna"), code, code, name, value, unit, NOW - timedelta(days=days), [])
        for code, name, value, unit, days in VALUES
    ]
    smokes = observation(about("anna"), "smokes", "72166-2", "Tobacco smoking status", 0, "", NOW, [])
    del smokes["valueQuantity"]
    never = {"system": "http://snomed.info/sct", "code": "266919005", "display": "Never smoker"}
    smokes["valueCodeableConcept"] = {"coding": [never], "text": "Never smoker"}
    inhaler = {
        "resourceType": "MedicationStatement",
        "id": "inhaler",
        "status": "active",
        "medicationCodeableConcept": {"text": "albuterol inhaler"},
        "subject": about("anna"),
    }
    return [*made, smokes, inhaler]


def test_an_old_value_is_confirmed_and_the_risks_are_kept(prepared: Prepared, context: Any) -> None:
    tab = context.new_page()
    tab.set_default_timeout(MILLISECONDS)
    cookie = {"name": SESSION, "value": prepared.session, "url": prepared.server.url}
    context.add_cookies([cookie])
    tab.goto(f"{prepared.server.url}/risk?patient={prepared.patient}")
    tab.get_by_text("Not used until confirmed.").first.wait_for()
    heart = "have cardiovascular disease (ASCVD or heart failure) within 10 years"
    assert tab.get_by_text(heart).count() == 0
    tab.get_by_role("button", name="Confirm and use 46").click()
    tab.get_by_text("Confirmed by you: 46 mg/dL").wait_for()
    tab.get_by_role("button", name="Confirm \u201cno\u201d").click()
    tab.get_by_text(heart).wait_for()
    card = tab.locator("[data-risk=prevent_cvd_10y]").or_(tab.locator("article", has_text=heart)).first
    assert card.locator(".mx-icons i").count() == 100
    tab.get_by_role("button", name="Save to the record").click()
    tab.get_by_role("button", name="Save", exact=True).click()
    tab.get_by_text("in the record now").wait_for()
    tab.goto(f"{prepared.server.url}/patient?patient={prepared.patient}")
    tab.get_by_text("in 10 years (PREVENT)").locator("visible=true").first.wait_for()
