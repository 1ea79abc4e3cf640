"""The gate of every page, fragment and callback: who is signed in, asked of the store each time."""

from dataclasses import dataclass
from enum import Enum
from typing import NoReturn

import streamlit as st

from medai_core.domain.people import Caller, Role
from medai_core.store.database import Store
from medai_core.ui import runtime, state
from medai_core.web.access import Access, find_access
from medai_core.web.cookies import FORM, SESSION
from medai_core.web.registry import registry


class Gate(Enum):
    """How far the browser has come."""

    SIGNED_OUT = "signed out"
    LOCKED = "locked"
    NEW_PASSWORD = "new password"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class UserSession:
    """Who is signed in, the one store that the session is good for, and its CSRF token."""

    caller: Caller
    store: Store
    csrf: str


def cookie() -> str | None:
    """The session cookie that the browser's connection brought along."""
    return st.context.cookies.get(SESSION)


def form_token() -> str:
    """The browser's token for forms without a session; empty where cookies are blocked."""
    return st.context.cookies.get(FORM, "")


def look(*, activity: bool) -> tuple[Gate, Access | None]:
    """Ask the store who is signed in, and tie this Streamlit session to that answer.

    State that was kept for somebody else is dropped before anything can read it.
    """
    access = find_access(cookie(), activity=activity and not state.is_quiet())
    streamlit_id = runtime.streamlit_session_id()
    if access is None:
        if streamlit_id is not None:
            registry.release(streamlit_id)
        if state.owner() is not None:
            state.clear_all()
            if streamlit_id is not None:
                runtime.drop_uploads(streamlit_id)
        return Gate.SIGNED_OUT, None
    if state.owner() != access.owner:
        state.clear_all()
        state.set_owner(access.owner)
        if streamlit_id is not None:
            runtime.drop_uploads(streamlit_id)
    if streamlit_id is not None:
        registry.bind(streamlit_id, access.owner)
    if access.info.locked:
        return Gate.LOCKED, access
    if access.info.must_change_password:
        return Gate.NEW_PASSWORD, access
    return Gate.OPEN, access


def require_user(role: Role = Role.READ_ONLY, *, activity: bool = True) -> UserSession:
    """The signed-in person, or no further: the first line of every page, fragment and callback.

    Parameters
    ----------
    role : Role
        What the person must at least be allowed to do.
    activity : bool
        False in what a timer runs, so that the session can still lock itself.

    Notes
    -----
    Without a live, unlocked session a page's body shows the form that is due and stops; a fragment
    or a callback has the whole page run again, so that no element of before stays on the screen.
    """
    gate, access = look(activity=activity)
    if access is None or gate is not Gate.OPEN:
        _turn_back(gate, access)
    if not access.caller.role.covers(role):
        if runtime.in_page_body():
            st.error(f"This needs the role of {role.value}; yours is {access.caller.role.value}.")
        st.stop()
    return UserSession(access.caller, access.store, access.info.csrf)


def rerun_quietly() -> NoReturn:
    """Run the whole page again without counting it as activity: for timers."""
    state.mark_quiet()
    st.rerun(scope="app")


def _turn_back(gate: Gate, access: Access | None) -> NoReturn:
    if not runtime.in_page_body():
        rerun_quietly()
    from medai_core.ui.forms import draw_gate

    draw_gate(gate, access)
    st.stop()
