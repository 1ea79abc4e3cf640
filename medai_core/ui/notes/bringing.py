"""How a note comes to the page: pasted, dropped, or chosen from the patient's record."""

from typing import Final

import streamlit as st

from medai_core.domain.refusal import Refusal
from medai_core.notes.decoding import MAX_BYTES, decoded
from medai_core.services import notes as services
from medai_core.ui import panels, state
from medai_core.ui.session import UserSession, require_user

NOBODY: Final = "nobody"
PAGE: Final = "notes"


def key(patient_id: str, name: str) -> str:
    """The key of something on this page that belongs to a patient, or to nobody."""
    return state.patient_key(patient_id or NOBODY, PAGE, name)


def bring(user: UserSession, patient_id: str) -> str:
    """Draw the three ways; gives the text as it stands now."""
    left, right = st.columns(2)
    with left:
        st.file_uploader(
            "Drop a note as plain text",
            key=key(patient_id, "file"),
            on_change=_dropped,
            args=(patient_id,),
            max_upload_size=MAX_BYTES // 1_000_000,
        )
    with right:
        _from_record(user, patient_id)
    text = st.text_area(
        "Note",
        key=key(patient_id, "text"),
        height=220,
        placeholder="Paste a note here.",
    )
    said = st.session_state.pop(key(patient_id, "refusal"), None)
    if isinstance(said, Refusal):
        panels.refusal_box(said)
    return text or ""


def _from_record(user: UserSession, patient_id: str) -> None:
    if not patient_id:
        st.caption("Open a patient to choose a note from the record and to accept items.")
        return
    found = services.documents(user.store, user.caller, patient_id)
    if not found:
        st.caption("There is no note with text in this patient's record.")
        return
    names = {one.entry_id: f"{one.written or 'without a date'}, {one.title}" for one in found}
    st.selectbox(
        "Note in the record",
        list(names),
        index=None,
        format_func=lambda entry_id: names.get(entry_id, ""),
        key=key(patient_id, "document"),
        placeholder=f"Choose one of {len(names)}",
        on_change=_chosen,
        args=(patient_id,),
    )


def _dropped(patient_id: str) -> None:
    require_user()
    file = st.session_state.get(key(patient_id, "file"))
    if file is None:
        return
    try:
        _take(patient_id, decoded(file.getvalue()))
    except Refusal as refusal:
        st.session_state[key(patient_id, "refusal")] = refusal


def _chosen(patient_id: str) -> None:
    user = require_user()
    entry_id = st.session_state.get(key(patient_id, "document"))
    if not entry_id:
        return
    try:
        text = services.text_of_document(user.store, user.caller, patient_id, entry_id)
        _take(patient_id, text)
        days = {one.entry_id: one.written for one in services.documents(user.store, user.caller, patient_id)}
        st.session_state[key(patient_id, "written")] = days.get(entry_id)
    except Refusal as refusal:
        st.session_state[key(patient_id, "refusal")] = refusal


def _take(patient_id: str, text: str) -> None:
    """Put a text into the field; what was read before is of another text."""
    st.session_state[key(patient_id, "text")] = text
    st.session_state.pop(key(patient_id, "read"), None)
