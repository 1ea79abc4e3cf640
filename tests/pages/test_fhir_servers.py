"""Servers are registered on the Admin page and pulled from on the Patients page."""

from collections.abc import Iterator
from typing import Any

import pytest

from medai_core.domain.people import Caller, Role
from medai_core.services import fhir_server
from medai_core.store.database import Store
from medai_core.ui.records.job import JOBS
from medai_core.ui.records.pull import PullJob
from tests.pages.conftest import OpenPage, SignIn, words
from tests.support.fhir_server import OBSERVATIONS, PATIENT, TOKEN, Running, running
from tests.support.records import sources_of

CHIEF = Caller("os:tester", "os:tester", "Tester", Role.ADMINISTRATOR, "main")


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as started:
        yield started


@pytest.fixture(autouse=True)
def no_jobs() -> Iterator[None]:
    yield
    JOBS.clear()


def _field(page: Any, label: str) -> Any:
    return next(each for each in page.text_input if each.label == label)


def _button(page: Any, label: str) -> Any:
    return next(each for each in page.button if each.label == label)


def test_an_administrator_registers_and_removes_a_server(
    store: Store, sign_in: SignIn, open_page: OpenPage, server: Running
) -> None:
    sign_in(Role.ADMINISTRATOR)
    page = open_page("admin")
    _field(page, "Name").set_value("North clinic")
    _field(page, "Base address").set_value("http://fhir.example.org")
    _button(page, "Register").click().run()
    assert "one that is not encrypted" in words(page)
    _field(page, "Base address").set_value(server.address())
    _field(page, "Bearer token").set_value(TOKEN)
    _button(page, "Register").click().run()
    (known,) = store.fhir_servers.all()
    assert (known.name, known.address, known.has_token) == ("North clinic", server.address(), True)
    drawn = words(page)
    assert "North clinic" in drawn
    assert TOKEN not in drawn
    page.button(key=f"admin:servers:remove:{known.id}").click().run()
    assert store.fhir_servers.all() == ()


def test_a_clinician_pulls_into_the_dry_run(
    store: Store, reader: Caller, open_page: OpenPage, server: Running
) -> None:
    assert "From a FHIR server" not in words(open_page("patients"))
    fhir_server.register(store, CHIEF, "North clinic", server.address(), TOKEN)
    page = open_page("patients")
    page.text_input(key="records:pull:patient").set_value(PATIENT)
    _button(page, "Look through the server").click().run()
    job = next(iter(JOBS._jobs.values()))
    assert isinstance(job, PullJob)
    assert job.wait(60)
    assert job.refusal is None
    assert job.plan is not None
    assert job.plan.total("read") == 2 + OBSERVATIONS
    page.run()
    assert "Dry run" in words(page)
    page.button(key="records:commit").click().run()
    assert job.wait(60)
    assert "Imported." in words(page.run())
    assert set(sources_of(store)) == {"North clinic"}
