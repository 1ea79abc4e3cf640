"""One page of the worklist, drawn again every few seconds without counting as activity."""

from typing import Final

import streamlit as st

from medai_core.domain.reading import StudyState
from medai_core.services.worklist import WorklistPage, worklist
from medai_core.store.rows import StudyFilter
from medai_core.ui import panels, places
from medai_core.ui.session import require_user
from medai_core.ui.worklist import filters
from medai_core.ui.worklist.table import STATE_MARKS, worklist_table

TICK_SECONDS: Final = 15
ROWS_A_PAGE: Final = 100
LAST: Final = "worklist:last"


@st.fragment(run_every=TICK_SECONDS)
def rows(chosen: StudyFilter) -> None:
    """The rows that match, newest state from the store; opening one leaves for its reading."""
    user = require_user(activity=False)
    number = max(1, int(st.session_state.get(filters.PAGE, 1)))
    page = worklist(user.store, user.caller, chosen, offset=(number - 1) * ROWS_A_PAGE, limit=ROWS_A_PAGE)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(counts_sentence(page, number), width="stretch")
        if page.total > ROWS_A_PAGE:
            st.pagination(
                -(-page.total // ROWS_A_PAGE), key=filters.PAGE, bind="query-params", max_visible_pages=7
            )
    if not page.rows:
        panels.empty_state(
            "No study matches these filters",
            ["Studies that match will be listed here, most urgent and longest waiting first."],
            _show_all,
        )
        return
    opened = worklist_table(page.rows, caption=counts_sentence(page, number), last=st.session_state.get(LAST))
    if opened:
        require_user()
        st.session_state[LAST] = opened
        places.open_study(opened)


def counts_sentence(page: WorklistPage, number: int) -> str:
    """How many match, which of them are shown, and how many stand in each state."""
    first = (number - 1) * ROWS_A_PAGE + 1
    shown = (
        f"{first} to {first + len(page.rows) - 1} of {page.total}"
        if page.total > ROWS_A_PAGE
        else f"{page.total}"
    )
    noun = "study" if page.total == 1 else "studies"
    states = ", ".join(
        f"{STATE_MARKS[state]} {page.counts.get(state, 0)} {state.value}" for state in StudyState
    )
    return f"{shown} {noun}. {states}."


def _show_all() -> None:
    st.button("Show all studies", on_click=_clear, key="worklist:clear")


def _clear() -> None:
    require_user()
    for name in ("state", "modality"):
        st.session_state[name] = []
    for name in ("from", "to"):
        st.session_state[name] = None
    st.session_state[filters.SEARCH] = ""
    filters.first_page()
