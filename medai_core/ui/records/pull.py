"""Records from a registered FHIR server: which one, and of whom; the dry run follows as it does for files."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from medai_core.domain.people import Caller, Role
from medai_core.services import fhir_server
from medai_core.store.database import Store
from medai_core.ui import panels
from medai_core.ui.records.job import JOBS, RecordJob
from medai_core.ui.session import UserSession, cookie, require_user
from medai_core.web.access import find_access

_SERVER: Final = "records:pull:server"
_PATIENT: Final = "records:pull:patient"


class PullJob(RecordJob):
    """An import whose dry run reads from a server; after that it goes on as every import does."""

    after = "Nothing of it was stored. Ask the server again."

    def __init__(
        self,
        store: Store,
        caller: Caller,
        server_id: str,
        patient: str | None,
        *,
        alive: Callable[[], bool],
    ) -> None:
        super().__init__(store, caller, tuple, source=None, alive=alive)
        self._server_id, self._patient = server_id, patient

    def _work(self) -> None:
        if self.plan is not None:
            super()._work()
            return
        self.plan = fhir_server.plan_pull(
            self._store,
            self._caller,
            self._server_id,
            patient=self._patient,
            progress=self._told,
            cancelled=self._stopped,
        )


def pull_form(user: UserSession) -> None:
    """The form, where a server is registered; nothing otherwise. Starts the session's import job."""
    known = {one.id: one for one in fhir_server.servers(user.store, user.caller) if one.active}
    if not known:
        return
    st.markdown("##### From a FHIR server")
    with st.form("records:pull", border=False):
        st.selectbox("Server", list(known), format_func=lambda each: known[each].name, key=_SERVER)
        st.text_input(
            "Patient's id on that server",
            key=_PATIENT,
            max_chars=80,
            autocomplete="off",
            placeholder="empty: all patients",
            help="The id of the Patient resource, not the hospital's patient number. Left empty, everything "
            "is read that the server lets us read.",
        )
        asked = st.form_submit_button("Look through the server")
    if asked:
        with panels.refusals_shown():
            _start(user)


def _start(user: UserSession) -> None:
    require_user(Role.CLINICIAN)
    held = cookie()
    patient = str(st.session_state.get(_PATIENT) or "").strip()
    job = PullJob(
        user.store,
        user.caller,
        str(st.session_state[_SERVER]),
        patient or None,
        alive=lambda: find_access(held, activity=False) is not None,
    )
    JOBS.start(user.caller.session_id or user.caller.user_id, job)
    st.rerun()
