"""Switches that hold for the whole store: models on the worklist, restricted patients."""

import streamlit as st

from medai_core.charts import words
from medai_core.domain.people import Patient, Role
from medai_core.services import administration
from medai_core.services.identities import find_patients
from medai_core.services.worklist import model_raises, set_model_raises
from medai_core.ui import markup, panels
from medai_core.ui.session import UserSession, require_user
from medai_core.ui.worklist.table import person_line


def switches_panel(user: UserSession) -> None:
    """The store's switches."""
    st.session_state["admin:raises"] = model_raises(user.store)
    st.toggle("A model may raise a study on the worklist", key="admin:raises", on_change=_set_raises)
    st.caption(
        "Never lower one. New DICOM images are then scored as they come in, the reason stands in a column of "
        "the worklist, and refused or unscored studies stay where they are."
    )
    st.markdown("##### Restricted patients")
    st.caption(
        "A restricted patient is shown to the chosen accounts alone; other administrators are no exception. "
        "Whoever restricts a patient stays on the list, so that it can be undone."
    )
    search = st.text_input(
        "Patient's name or id",
        key="admin:patient",
        type="search",
        live=True,
        max_chars=100,
        autocomplete="off",
    )
    with panels.refusals_shown():
        for patient in find_patients(user.store, user.caller, search or ""):
            _restriction(user, patient)


def _set_raises() -> None:
    user = require_user(Role.ADMINISTRATOR)
    set_model_raises(user.store, user.caller, bool(st.session_state["admin:raises"]))


def _restriction(user: UserSession, patient: Patient) -> None:
    names = {one.id: one.username for one in administration.accounts(user.store, user.caller)}
    with st.form(f"admin:restrict:{patient.id}"):
        title = f"{words.person(patient.identity.name)}, {person_line(patient.identity)}"
        markup.draw(f"<strong><bdi>{markup.text(title)}</bdi></strong>")
        restricted = st.checkbox("Restricted", value=patient.restricted)
        allowed = st.multiselect(
            "Shown to",
            list(names),
            default=sorted(user.store.patients.allowed(patient.id) & set(names)),
            format_func=names.__getitem__,
        )
        if st.form_submit_button("Keep"):
            require_user(Role.ADMINISTRATOR)
            administration.restrict_patient(
                user.store,
                user.caller,
                patient.id,
                restricted=restricted,
                allowed=frozenset({*allowed, user.caller.user_id}),
            )
            st.rerun()
