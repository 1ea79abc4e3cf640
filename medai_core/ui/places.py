"""The ways from one page to another."""

from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import urlencode

import streamlit as st

from medai_core.ui import runtime

_PAGES: Final = Path(__file__).resolve().parents[2] / "pages"

STUDY: Final = "study"
"""The query parameter that names a study, by its opaque id."""
MONITOR: Final = "monitor"
"""The query parameter that names a model whose monitor is open."""

MODEL: Final = "model"
"""The query parameter that names a model, whose card is open then."""


def study_address(study_id: str) -> str:
    """The address of a study's reading, for a link."""
    return f"{runtime.base_path()}/reading?{urlencode({STUDY: study_id})}"


def report_address(reading_id: str) -> str:
    """The address of a reading's report as a PDF."""
    return f"{runtime.base_path()}/reports/{reading_id}.pdf"


def card_address(name: str, form: str) -> str:
    """The address of a model's card as a file: ``pdf``, ``json`` or ``cdx.json``."""
    return f"{runtime.base_path()}/cards/{name}.{form}"


def open_study(study_id: str) -> NoReturn:
    """Leave this page for the reading of a study."""
    st.switch_page(_PAGES / "reading.py", query_params={STUDY: study_id})


def open_worklist(filters: dict[str, str | list[str]]) -> NoReturn:
    """Leave this page for the worklist, with the filters it had."""
    st.switch_page(_PAGES / "worklist.py", query_params=filters)
