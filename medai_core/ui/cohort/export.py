"""The buttons that hand out what a view shows, and rows of patients to those who may have them; audited."""

from typing import Final

import streamlit as st

from medai_core.domain.people import Role
from medai_core.services import cohort_csv
from medai_core.services.cohort import Selection
from medai_core.ui.session import UserSession, require_user

_MADE: Final = "cohort:rows"
"""Rows that were made for the question of the page."""


def button(user: UserSession, selection: Selection, name: str, content: bytes) -> None:
    """Hand out a view's numbers, and, to administrators, the rows of the group."""
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "These numbers as CSV", content, file_name=f"cohort_{name}.csv", mime="text/csv",
            key=f"cohort:csv:{name}", icon=":material/download:", on_click=_handed_out,
            args=(selection, name),
        )  # fmt: skip
        if user.caller.role.covers(cohort_csv.MAY_HAVE_ROWS):
            _rows(selection, name)


def _rows(selection: Selection, name: str) -> None:
    """A row a patient: made and audited when it is asked for, there as long as the question is the same."""
    asked = st.button(
        "One row a patient", key=f"cohort:rows:{name}", icon=":material/table_rows:",
        help="Opaque ids, age, sex and death; for administrators, audited.",
    )  # fmt: skip
    if asked:
        user = require_user(cohort_csv.MAY_HAVE_ROWS)
        content = cohort_csv.rows(user.store, user.caller, selection)
        st.session_state[_MADE] = (selection.criteria, selection.basis.stamp, content)
    made = st.session_state.get(_MADE)
    if isinstance(made, tuple) and made[:2] == (selection.criteria, selection.basis.stamp):
        st.download_button(
            "Keep the rows as a file", made[2], file_name="cohort_patients.csv", mime="text/csv",
            key=f"cohort:file:{name}", icon=":material/download:",
        )  # fmt: skip


def _handed_out(selection: Selection, name: str) -> None:
    user = require_user(Role.CLINICIAN)
    cohort_csv.audit_aggregate(user.store, user.caller, selection, name)
