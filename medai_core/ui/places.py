"""The ways from one page to another."""

from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import urlencode

import streamlit as st

from medai_core.ui import runtime

_PAGES: Final = Path(__file__).resolve().parents[2] / "pages"

PATIENT: Final = "patient"
"""The query parameter that names a patient, by their opaque id."""
ENTRY: Final = "entry"
"""The query parameter that names an entry of a patient, which opens over their page."""
STUDY: Final = "study"
"""The query parameter that names a study, by its opaque id."""
MONITOR: Final = "monitor"
"""The query parameter that names a model whose monitor is open."""

MODEL: Final = "model"
"""The query parameter that names a model, whose card is open then."""


def study_address(study_id: str) -> str:
    """The address of a study's reading, for a link."""
    return f"{runtime.base_path()}/reading?{urlencode({STUDY: study_id})}"


def patient_address(patient_id: str) -> str:
    """The address of a patient's page, for a link."""
    return f"{runtime.base_path()}/patient?{urlencode({PATIENT: patient_id})}"


def entry_address(patient_id: str, entry_id: str) -> str:
    """The address of a patient's page on which one entry is open, for a link."""
    return f"{runtime.base_path()}/patient?{urlencode({PATIENT: patient_id, ENTRY: entry_id})}"


def risk_address(patient_id: str) -> str:
    """The address of a patient's risks, for a link."""
    return f"{runtime.base_path()}/risk?{urlencode({PATIENT: patient_id})}"


def summary_address(patient_id: str) -> str:
    """The address of a patient's summary as a PDF."""
    return f"{runtime.base_path()}/summaries/{patient_id}.pdf"


def thumbnail_address(image_id: str) -> str:
    """The address of an image in small, as a picture."""
    return f"{runtime.base_path()}/pixels/{image_id}/thumbnail.png"


def report_address(reading_id: str) -> str:
    """The address of a reading's report as a PDF."""
    return f"{runtime.base_path()}/reports/{reading_id}.pdf"


def record_address(patient_id: str, form: str) -> str:
    """The address of a patient's whole record as a file: ``json`` (FHIR R4), ``csv``, ``zip`` (all of it)."""
    return f"{runtime.base_path()}/records/{patient_id}.{form}"


def card_address(name: str, form: str) -> str:
    """The address of a model's card as a file: ``pdf``, ``json`` or ``cdx.json``."""
    return f"{runtime.base_path()}/cards/{name}.{form}"


def open_study(study_id: str) -> NoReturn:
    """Leave this page for the reading of a study."""
    st.switch_page(_PAGES / "reading.py", query_params={STUDY: study_id})


def open_patient(patient_id: str) -> NoReturn:
    """Leave this page for a patient's."""
    st.switch_page(_PAGES / "patient.py", query_params={PATIENT: patient_id})


def open_notes(patient_id: str) -> NoReturn:
    """Leave this page for the notes of a patient."""
    st.switch_page(_PAGES / "notes.py", query_params={PATIENT: patient_id})


def open_risk(patient_id: str) -> NoReturn:
    """Leave this page for a patient's risks."""
    st.switch_page(_PAGES / "risk.py", query_params={PATIENT: patient_id})


def open_patients() -> NoReturn:
    """Leave this page for the list of patients."""
    st.switch_page(_PAGES / "patients.py")


def open_worklist(filters: dict[str, str | list[str]]) -> NoReturn:
    """Leave this page for the worklist, with the filters it had."""
    st.switch_page(_PAGES / "worklist.py", query_params=filters)
