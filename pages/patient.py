"""One patient: who it is, what warns, problems, drugs, visits, images, values, and all of it in time."""

import streamlit as st

from medai_core.domain.refusal import Refusal
from medai_core.services.patient_record import banner_of, note_viewed, whose
from medai_core.ui import clock, markup, panels, places, state
from medai_core.ui.banner import patient_banner, turn_to
from medai_core.ui.patient import board, tools
from medai_core.ui.session import UserSession, require_user

user = require_user()


def main(user: UserSession) -> None:
    """Draw the patient whom the address names, or the way to one."""
    markup.page_style()
    patient_id = st.query_params.get(places.PATIENT, "")
    if not patient_id:
        panels.heading("Patient")
        panels.empty_state("No patient is open", ["Choose one on the list; the record opens here."], _to_list)
        return
    turn_to(patient_id)
    try:
        patient = whose(user.store, user.caller, patient_id)
        note_viewed(user.store, user.caller, patient.id)
        banner = banner_of(user.store, user.caller, patient.id)
    except Refusal as refusal:
        panels.heading("Patient")
        panels.refusal_box(refusal)
        _to_list()
        return
    state.select_patient(patient.id)
    board.open_once(st.query_params.pop(places.ENTRY, ""))
    patient_banner(patient, banner=banner, today=clock.now().date(), link=False)
    tools.strip(user, patient, merged=patient.id != patient_id)
    board.board(patient.id)


def _to_list() -> None:
    if st.button("Open the list of patients", type="primary", key="patient:list"):
        require_user()
        places.open_patients()


main(user)
