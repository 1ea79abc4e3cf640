"""Deleting a person for good: found, looked at once more, confirmed by the identifier and a reason."""

from dataclasses import replace
from typing import Final

import streamlit as st

from medai_core.charts import words
from medai_core.domain.people import Patient, Role
from medai_core.services import erasure, patients
from medai_core.ui import markup, panels
from medai_core.ui.session import UserSession, require_user
from medai_core.ui.worklist.table import person_line

_CHOSEN: Final = "admin:erase:chosen"
_DONE: Final = "admin:erase:done"
_SHOWN: Final = 10


def erasure_panel(user: UserSession) -> None:
    """The search, and for the chosen person what would go and the two confirmations."""
    _told()
    st.caption(
        "Everything that is held of a person is destroyed: record, images, drafts and the text of readings. "
        "It cannot be taken back. Digests and the audit log stay, so that the proof still holds. "
        + erasure.BACKUPS
    )
    search = st.text_input(
        "Patient to delete: name or id",
        key="admin:erase:search",
        type="search",
        live=True,
        max_chars=100,
        autocomplete="off",
    )
    if search and search.strip():
        for row in patients.search(user.store, user.caller, search, limit=_SHOWN).rows:
            _line(row.patient)
    chosen = st.session_state.get(_CHOSEN)
    if chosen is not None:
        with panels.refusals_shown():
            _confirmation(user, str(chosen))


def _line(patient: Patient) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        title = f"{words.person(patient.identity.name)}, {person_line(patient.identity)}"
        markup.draw(f"<bdi>{markup.text(title)}</bdi>")
        st.button(
            "Look at what would go",
            key=f"admin:erase:look:{patient.id}",
            on_click=_choose,
            args=(patient.id,),
        )


def _choose(patient_id: str | None) -> None:
    require_user(Role.ADMINISTRATOR)
    st.session_state[_CHOSEN] = patient_id


def _confirmation(user: UserSession, patient_id: str) -> None:
    doomed = erasure.preview(user.store, user.caller, patient_id)
    identity = doomed.patient.identity
    with st.form(f"admin:erase:{patient_id}", enter_to_submit=False):
        title = f"{words.person(identity.name)}, {person_line(identity)}"
        markup.draw(f"<strong><bdi>{markup.text(title)}</bdi></strong>")
        counted = ", ".join(f"{count:,} {what}" for what, count in doomed.counts)
        markup.draw(f"<p>{markup.text(f'This would destroy {counted}.')}</p>")
        typed = st.text_input(
            "Type this person's identifier", key=f"admin:erase:typed:{patient_id}", autocomplete="off"
        )
        reason = st.text_input(
            "Reason (kept; name nobody in it)",
            key=f"admin:erase:reason:{patient_id}",
            max_chars=500,
            autocomplete="off",
        )
        with st.container(horizontal=True):
            go = st.form_submit_button("Delete for good", type="primary", icon=":material/delete_forever:")
            st.form_submit_button("Keep", on_click=_choose, args=(None,))
    if go:
        user = require_user(Role.ADMINISTRATOR)
        with st.spinner("Deleting, and writing the database anew."):
            gone = erasure.erase(user.store, user.caller, patient_id, identifier=typed, reason=reason)
        st.session_state[_DONE] = gone
        st.session_state[_CHOSEN] = None
        st.rerun()


def _told() -> None:
    """What the last deletion did."""
    gone = st.session_state.get(_DONE)
    if gone is None:
        return
    counted = ", ".join(f"{count:,} {what}" for what, count in gone.counts)
    panels.note_box("Deleted", f"{counted}; {gone.files:,} files removed.")
    if gone.compacted:
        st.session_state.pop(_DONE)
        return
    panels.caution_box(
        ["The database was in use: bytes of what was deleted may still lie in its file."],
        heading="Not written anew yet",
    )
    if st.button("Write the database anew", key="admin:erase:compact"):
        user = require_user(Role.ADMINISTRATOR)
        st.session_state[_DONE] = replace(gone, compacted=erasure.compact(user.store, user.caller))
        st.rerun()
