"""The list of patients: search, one page of rows, what opens one."""

from datetime import date
from pathlib import Path
from typing import Any, Final

import streamlit as st

from medai_core.charts import words
from medai_core.services.patients import PatientPage, PatientRow, search
from medai_core.ui import clock, panels, places
from medai_core.ui.session import require_user

SEARCH: Final = "patients:search"
PAGE: Final = "page"
LAST: Final = "patients:last"
ROWS_A_PAGE: Final = 50

_FOLDER: Final = Path(__file__).parent
_HTML: Final = (
    '<div class="scroll"><table><caption></caption><thead><tr></tr></thead><tbody></tbody></table></div>'
)
_table: Final = st.components.v2.component(
    "medai_patients",
    html=_HTML,
    css=(_FOLDER / "list.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "list.js").read_text(encoding="utf-8"),
)
_COLUMNS: Final = (
    {"key": "name", "title": "Patient"},
    {"key": "born", "title": "Born", "kind": "still"},
    {"key": "sex", "title": "Sex"},
    {"key": "identifier", "title": "Patient id"},
    {"key": "entries", "title": "Entries", "kind": "number"},
    {"key": "studies", "title": "Image studies", "kind": "number"},
    {"key": "last", "title": "Last activity", "kind": "still"},
)


def search_box() -> str:
    """What is looked for. It names people, so it stays out of the page's address."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        typed = st.text_input(
            "Search",
            key=SEARCH,
            type="search",
            live=True,
            max_chars=100,
            placeholder="name, patient id, birth date",
            on_change=first_page,
            persist_state="session",
            autocomplete="off",
            icon=":material/search:",
            help="Beginnings of words of the name or of the patient id, or the birth date as 1960-02-03.",
            width=340,
        )
    return typed or ""


def first_page() -> None:
    """Another search begins with its first page."""
    require_user()
    st.session_state[PAGE] = 1


@st.fragment
def rows(typed: str) -> None:
    """The patients that match; opening one leaves for their page."""
    user = require_user()
    number = max(1, int(st.session_state.get(PAGE, 1)))
    page = search(user.store, user.caller, typed, limit=ROWS_A_PAGE, offset=(number - 1) * ROWS_A_PAGE)
    caption = counts_sentence(page, number, typed)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(caption, width="stretch")
        if page.total > ROWS_A_PAGE:
            st.pagination(-(-page.total // ROWS_A_PAGE), key=PAGE, bind="query-params", max_visible_pages=7)
    if not page.rows:
        panels.empty_state(
            "No patient matches",
            ["Every word must begin a word of the name or of the patient id, or be a birth date."],
        )
        return
    opened = patient_table(page.rows, caption=caption, last=st.session_state.get(LAST))
    if opened:
        st.session_state[LAST] = opened
        places.open_patient(opened)


def counts_sentence(page: PatientPage, number: int, typed: str) -> str:
    """How many match, which of them are shown, in which order."""
    noun = "patient" if page.total == 1 else "patients"
    total = f"more than {page.total}" if page.more else f"{page.total}"
    first = (number - 1) * ROWS_A_PAGE + 1
    shown = f"{first} to {first + len(page.rows) - 1} of {total}" if page.total > ROWS_A_PAGE else total
    order = "by name" if typed.strip() else "the newest first"
    return f"{shown} {noun}, {order}."


def table_row(row: PatientRow, today: date) -> dict[str, Any]:
    """One patient as the words of their row."""
    identity = row.patient.identity
    age = words.age_between(identity.birth_date, today)
    born = words.day(identity.birth_date) if identity.birth_date else words.NOT_GIVEN
    issuer = f" ({identity.issuer})" if identity.issuer else ""
    under = [f"also {', '.join(row.also)}"] if row.also else []
    return {
        "id": row.patient.id,
        "address": places.patient_address(row.patient.id),
        "name": words.person(identity.name),
        "under": " \u00b7 ".join([*under, *(["restricted"] if row.patient.restricted else [])]),
        "born": f"{born} ({words.age(age)})" if age is not None else born,
        "sex": words.sex(identity.sex) if identity.sex else words.NOT_GIVEN,
        "identifier": f"{identity.identifier}{issuer}",
        "entries": str(row.entries),
        "studies": str(row.studies),
        "last": clock.moment(row.last)[:10] if row.last else "none",
    }


def patient_table(rows: tuple[PatientRow, ...], *, caption: str, last: str | None = None) -> str | None:
    """Draw `rows`; the id of the patient that was just opened. `last` marks the one opened before."""
    today = clock.now().date()
    shown = _table(
        key="patients:table",
        data={
            "rows": tuple(table_row(row, today) for row in rows),
            "columns": _COLUMNS,
            "caption": caption,
            "last": last or "",
        },
        on_open_change=lambda: None,
    )
    opened = getattr(shown, "open", None)
    return str(opened) if opened else None
