"""Accounts, switches, audit log: for administrators."""

import streamlit as st

from medai_core.domain.people import Role
from medai_core.ui import monitor, panels
from medai_core.ui.admin import accounts, audit, erasure, prevalence, servers, switches
from medai_core.ui.session import require_user

user = require_user(Role.ADMINISTRATOR)

BACKUP = "python -m medai_core backup FILE"


def main() -> None:
    """One narrow column with a tab for each task."""
    with st.container(width=860):
        panels.heading("Admin")
        monitor.alerts(user)
        people, rules, local, sources, log, deletion, upkeep = st.tabs(
            ["Accounts", "Switches", "Local prevalence", "FHIR servers", "Audit log", "Deletion", "Upkeep"]
        )
        with people, panels.refusals_shown():
            accounts.accounts_panel(user)
        with rules, panels.refusals_shown():
            switches.switches_panel(user)
        with local, panels.refusals_shown():
            prevalence.prevalence_panel(user)
        with sources, panels.refusals_shown():
            servers.servers_panel(user)
        with log, panels.refusals_shown():
            audit.audit_panel(user)
        with deletion, panels.refusals_shown():
            erasure.erasure_panel(user)
        with upkeep:
            st.markdown("##### Proof")
            audit.proof_button(user)
            st.markdown("##### Backup")
            st.caption(
                "While the app runs, or not. Keep the file where only those may read it who read the store."
            )
            st.code(BACKUP, language=None)


main()
