"""Notes: a note is brought, read, marked with its reasons, and accepted into the record item by item."""

import streamlit as st

from medai_core.domain.refusal import Refusal
from medai_core.services import notes as services
from medai_core.services.notes import ReadNote
from medai_core.services.patient_record import banner_of, note_viewed, whose
from medai_core.ui import clock, markup, panels, places, state
from medai_core.ui.banner import patient_banner, turn_to
from medai_core.ui.notes import bringing, deciding, marked
from medai_core.ui.notes.bringing import key
from medai_core.ui.session import UserSession, require_user

user = require_user()


def main(user: UserSession) -> None:
    """The banner of the patient who is open, if any; the note; what it says; what was accepted."""
    markup.page_style()
    st.html(marked.STYLE)
    try:
        patient_id = _patient(user)
    except Refusal as refusal:
        panels.heading("Notes")
        panels.refusal_box(refusal)
        return
    panels.heading(
        "Notes", "Rules read the note and say why. Nothing goes into the record before a person accepts it."
    )
    text = bringing.bring(user, patient_id)
    if st.button("Read the note", type="primary", key=key(patient_id, "go"), icon=":material/lab_profile:"):
        with st.spinner("Reading the note."), panels.refusals_shown():
            _read(user, patient_id, text)
    found = st.session_state.get(key(patient_id, "read"))
    if isinstance(found, ReadNote):
        _show(user, patient_id, found, text)
    if patient_id:
        deciding.accepted(user, patient_id)


def _patient(user: UserSession) -> str:
    """The patient whom the address names, their banner on top; empty where it names none."""
    asked = st.query_params.get(places.PATIENT, "")
    turn_to(asked or bringing.NOBODY)
    if not asked:
        state.select_patient(bringing.NOBODY)
        return ""
    patient = whose(user.store, user.caller, asked)
    note_viewed(user.store, user.caller, patient.id)
    state.select_patient(patient.id)
    banner = banner_of(user.store, user.caller, patient.id)
    patient_banner(patient, banner=banner, today=clock.now().date())
    return patient.id


def _read(user: UserSession, patient_id: str, text: str) -> None:
    """Read the text; what was ticked before is of another note. The first note of a server takes seconds."""
    before = st.session_state.pop(key(patient_id, "read"), None)
    if isinstance(before, ReadNote):
        deciding.clear(patient_id, len(before.note.items))
    found = services.read(user.store, user.caller, text, patient_id or None)
    st.session_state[key(patient_id, "read")] = found


def _show(user: UserSession, patient_id: str, found: ReadNote, text: str) -> None:
    if text != found.note.text:
        panels.caution_box(["The text was changed after it was read. Read it again."])
        return
    if len(found.note.text) > marked.SHOWN:
        panels.caution_box(
            [f"The note is long: its first {marked.SHOWN:,} characters are shown, all of it was read."]
        )
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown("##### The note")
        markup.draw(marked.legend() + marked.marked(found.note))
    with right:
        st.markdown(f"##### Items: {len(found.note.items)}")
        deciding.specialties(found)
        deciding.table(user, patient_id, found)


main(user)
