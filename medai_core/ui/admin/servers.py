"""FHIR servers that records may be pulled from: registered and removed by administrators."""

from typing import Final

import streamlit as st

from medai_core.charts import words
from medai_core.domain.people import Role
from medai_core.services import fhir_server
from medai_core.store.fhir_servers import FhirServer
from medai_core.ui import markup, panels
from medai_core.ui.session import UserSession, require_user

_ROUND: Final = "admin:servers:round"


def servers_panel(user: UserSession) -> None:
    """The registered servers, and the form for another one."""
    st.caption(
        "Clinicians pull records from these servers with \u201cAdd records\u201d on the Patients page. Links "
        "and redirects are followed at the registered address alone, and the token is sent nowhere else."
    )
    known = fhir_server.servers(user.store, user.caller)
    if not known:
        st.caption("No server is registered.")
    for server in known:
        _server(server)
    st.markdown("##### Register a server")
    _another()


def _server(server: FhirServer) -> None:
    pulled = words.moment(server.pulled_at) if server.pulled_at else "never"
    pairs = [
        ("Address", server.address),
        ("Token", "registered" if server.has_token else "none"),
        ("Registered", words.moment(server.registered_at)),
        ("Last pulled from", pulled),
        ("State", "on" if server.active else "off: nobody can pull from it"),
    ]
    with st.container(border=True):
        markup.draw(f"<strong><bdi>{markup.text(server.name)}</bdi></strong>{markup.facts(pairs)}")
        label = "Switch off" if server.active else "Switch on"
        if st.button(label, key=f"admin:servers:switch:{server.id}"):
            with panels.refusals_shown():
                user = require_user(Role.ADMINISTRATOR)
                fhir_server.switch(user.store, user.caller, server.id, active=not server.active)
                st.rerun()
        with st.popover("Remove"):
            st.caption("The address and the token are forgotten. What was pulled from it stays.")
            if st.button("Remove this server", key=f"admin:servers:remove:{server.id}"):
                with panels.refusals_shown():
                    user = require_user(Role.ADMINISTRATOR)
                    fhir_server.remove(user.store, user.caller, server.id)
                    st.rerun()


def _another() -> None:
    turn = st.session_state.setdefault(_ROUND, 0)
    with st.form(f"admin:servers:{turn}", border=False):
        name = st.text_input(
            "Name",
            max_chars=128,
            autocomplete="off",
            help="Stands as the source beside everything that comes from it.",
        )
        address = st.text_input(
            "Base address", placeholder="https://fhir.example.org/r4", max_chars=500, autocomplete="off"
        )
        token = st.text_input(
            "Bearer token",
            type="password",
            max_chars=8000,
            autocomplete="new-password",
            help="As the server gave it; empty where it asks for none. It is never shown again.",
        )
        if st.form_submit_button("Register"):
            with panels.refusals_shown():
                user = require_user(Role.ADMINISTRATOR)
                fhir_server.register(user.store, user.caller, name, address, token)
                st.session_state[_ROUND] = turn + 1
                st.rerun()
