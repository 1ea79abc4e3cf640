"""The printed assessment: who, what is said, from which values, what was not computed."""

from io import BytesIO
from pathlib import Path

import pytest

from medai_core.domain.people import Caller, Role
from medai_core.reports.risk_assessment import risk_pdf
from medai_core.services import risk
from medai_core.services.patient_record import whose
from medai_core.services.risk_print import risk_content
from medai_core.store.database import Store
from tests.support.record_years import observation
from tests.support.records import WHEN, about, brought_in, id_of, person


@pytest.fixture
def printed(home: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Store, Caller, bytes, bytes]:
    """Anna's assessment, set twice."""
    monkeypatch.setattr("medai_core.services.risk_askers.predictors", tuple)
    store = Store(home)
    account = store.accounts.add("reader", "Dr. Reader", Role.CLINICIAN, "hash", must_change_password=False)
    reader = Caller(account.id, "reader", "Dr. Reader", Role.CLINICIAN, store.name)
    pressure = observation(about("anna"), "s", "8480-6", "Systolic blood pressure", 120, "mm[Hg]", WHEN, [])
    brought_in(store, reader, person(), pressure)
    patient = id_of(store)
    asked = risk.questions_of(store, reader, whose(store, reader, patient))
    found = risk.assess(
        asked,
        {
            "age": 55.0, "sex": "female", "race": "white", "total_cholesterol": 213.0,
            "hdl_cholesterol": 50.0, "systolic_bp": 120.0, "bp_treated": False, "diabetes": False,
            "smoker": False, "prior_cvd": False,
        },
        patient_id=patient,
    )  # fmt: skip
    content = risk_content(store, reader, asked, found)
    return store, reader, risk_pdf(content), risk_pdf(content)


def text_of(content: bytes) -> str:
    """What a reader of the document finds."""
    from pypdf import PdfReader

    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def test_it_says_what_is_said_from_what_and_what_not(printed: tuple[Store, Caller, bytes, bytes]) -> None:
    store, reader, document, again = printed
    said = text_of(document)
    for words in (
        "Lindt Anna",
        "About 2 of 100 people like this one have ASCVD within 10 years.",
        "No interval was published.",
        "Goff DC Jr et al.",
        "given by the clinician",
        "213",
        "Not computed",
        "For the clinician's decision.",
        "Research use",
        "page 1 of",
    ):
        assert words in said, words
    assert document == again
    assert store.audit.count(actor=reader.user_id, action="risk-assessment-handed-out") == 1
