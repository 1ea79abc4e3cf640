"""The line under the banner of a patient's page: the way back, and the record as files."""

from typing import Final

import streamlit as st

from medai_core.domain.people import Patient, Role
from medai_core.ui import panels, places
from medai_core.ui.session import UserSession, require_user

_FORMS: Final = {
    "Whole record (FHIR R4)": "json",
    "Whole record (CSV)": "csv",
    "Everything with images (ZIP)": "zip",
}
"""What clinicians may take along."""


def strip(user: UserSession, patient: Patient, *, merged: bool) -> None:
    """Back to the list; downloads, each recorded in the audit log."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="medai-strip"):
        with st.container(key="medai-leave-list", width="content"):
            back = st.button("Patients", icon=":material/arrow_back:", type="tertiary", key="patient:back")
        if back:
            require_user()
            places.open_patients()
        if user.caller.role.covers(Role.CLINICIAN) and st.button(
            "Read a note", icon=":material/clinical_notes:", type="tertiary", key="patient:notes"
        ):
            require_user()
            places.open_notes(patient.id)
        if st.button("Risks", icon=":material/ecg_heart:", type="tertiary", key="patient:risk"):
            require_user()
            places.open_risk(patient.id)
        st.space("stretch")
        with st.popover("Download", icon=":material/download:"):
            st.caption("Each download is recorded in the audit log.")
            st.link_button("Summary (PDF)", places.summary_address(patient.id), width="stretch")
            for label, form in _FORMS.items() if user.caller.role.covers(Role.CLINICIAN) else ():
                st.link_button(label, places.record_address(patient.id, form), width="stretch")
    if merged:
        panels.note_box(
            "Merged record",
            "The record that you asked for was merged into this one; what it holds stands here. "
            "The Review page can part them again.",
        )
