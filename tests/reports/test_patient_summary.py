"""The printed summary: who, what warns, what is missing, what is left out."""

from io import BytesIO

import pytest

from medai_core.domain.people import Caller, Role
from medai_core.reports.patient_summary import summary_pdf
from medai_core.security import passwords
from medai_core.services.patient_summary import summary_content
from medai_core.store.database import Store
from tests.support.record_years import ANALYTES, observation
from tests.support.records import WHEN, about, allergy, brought_in, id_of, person, problem

CODE, NAME, UNIT, *_, LOW, HIGH = ANALYTES[0]


@pytest.fixture
def store(home: object) -> Store:
    """An empty main store."""
    from pathlib import Path

    return Store(Path(str(home)))


@pytest.fixture
def reader(store: Store) -> Caller:
    """A clinician."""
    account = store.accounts.add(
        "reader",
        "Dr. Reader",
        Role.CLINICIAN,
        passwords.hashed("correct horse battery"),
        must_change_password=False,
    )
    return Caller(account.id, "reader", "Dr. Reader", Role.CLINICIAN, store.name)


def text_of(content: bytes) -> str:
    """What a reader of the document finds."""
    from pypdf import PdfReader

    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def test_the_summary_says_what_there_is_and_what_is_missing(store: Store, reader: Caller) -> None:
    brought_in(
        store,
        reader,
        person(),
        problem("p1", "Hypertensive disorder", "38341003"),
        allergy("a1", "Allergy to penicillin", "91936005"),
        observation(about("anna"), "k", CODE, NAME, 5.9, UNIT, WHEN, [LOW, HIGH]),
        observation(about("anna"), "x", CODE, NAME, 45.0, UNIT, WHEN, [LOW, HIGH], status="entered-in-error"),
    )
    content = summary_content(store, reader, id_of(store))
    document = summary_pdf(content)
    text = text_of(document)
    for word in (
        "Lindt Anna", "ANNA", "born 1960-02-03", "Allergy to penicillin", "Hypertensive disorder", "5.9",
        "above the reference range", "Current medication None recorded.", "None stored.",
        "1 of them are withdrawn, not final or replaced", "not a medical device", "page 1 of",
    ):  # fmt: skip
        assert word in text, word
    assert "45" not in text.split("Newest measured values")[1].split("Image studies")[0]
    assert summary_pdf(content) == document
    assert store.audit.count(action="patient-summary-handed-out", object_id=id_of(store)) == 1


def test_an_empty_record_says_so(store: Store, reader: Caller) -> None:
    brought_in(store, reader, person())
    text = text_of(summary_pdf(summary_content(store, reader, id_of(store))))
    assert "No allergy is recorded. Nobody has recorded either that none is known." in text


def test_markup_in_a_name_has_no_effect(store: Store, reader: Caller) -> None:
    brought_in(store, reader, person(), problem("p", "<b>bold</b> & <font size=40>", "1"))
    text = text_of(summary_pdf(summary_content(store, reader, id_of(store))))
    assert "<b>bold</b> & <font size=40>" in text
