"""Risk: what published scores and trained predictors say of a patient, and what they say it from."""

import streamlit as st

from medai_core.domain.refusal import Refusal
from medai_core.services.patient_record import banner_of, note_viewed, whose
from medai_core.ui import clock, markup, panels, places, state
from medai_core.ui.banner import patient_banner, turn_to
from medai_core.ui.risk import board, inputs
from medai_core.ui.session import UserSession, require_user

user = require_user()


def main(user: UserSession) -> None:
    """The banner of the patient whom the address names, then the risks; or a person entered by hand."""
    markup.page_style()
    asked = st.query_params.get(places.PATIENT, "")
    turn_to(asked or inputs.NOBODY)
    if not asked:
        _without_patient()
        return
    try:
        patient = whose(user.store, user.caller, asked)
        note_viewed(user.store, user.caller, patient.id)
        banner = banner_of(user.store, user.caller, patient.id)
    except Refusal as refusal:
        panels.heading("Risk")
        panels.refusal_box(refusal)
        _to_list()
        return
    state.select_patient(patient.id)
    patient_banner(patient, banner=banner, today=clock.now().date())
    board.board(patient.id)


def _without_patient() -> None:
    """No patient is open: the way to the list, and values by hand."""
    state.select_patient(inputs.NOBODY)
    panels.heading(
        "Risk",
        "No patient is open. Choose one, and the record fills the fields; or enter the values by hand: "
        "nothing is stored then.",
    )
    _to_list()
    board.board("")


def _to_list() -> None:
    if st.button("Open the list of patients", type="primary", key="risk:list", icon=":material/groups:"):
        require_user()
        places.open_patients()


main(user)
