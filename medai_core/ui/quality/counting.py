"""The button that starts a count, its progress and its end; the same for every kind of count."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from medai_core.domain.people import Caller, Role
from medai_core.domain.refusal import Refusal
from medai_core.services import matching, quality
from medai_core.store.database import Store
from medai_core.store.quality import MATCHING, QUALITY
from medai_core.ui import clock, panels
from medai_core.ui.quality import job as jobs
from medai_core.ui.session import UserSession, cookie, require_user, rerun_quietly
from medai_core.web.access import find_access

TICK_SECONDS = 1.0
_RUNS: dict[str, Callable[..., bool]] = {MATCHING: matching.run, QUALITY: quality.run}
_WORDS = {MATCHING: "Comparing", QUALITY: "Counting"}
_REFUSED = "quality:refused"


def bar(user: UserSession, kind: str, label: str, *, first: bool = False) -> None:
    """A running count with its progress, else the button that starts one."""
    refused = st.session_state.pop(_REFUSED, None)
    if isinstance(refused, Refusal):
        panels.refusal_box(refused)
    job = jobs.current(user.store, kind)
    if job is not None and job.running:
        _watch(kind)
        return
    if job is not None:
        if job.refusal is not None:
            panels.refusal_box(job.refusal)
        elif not job.finished:
            panels.note_box("Cancelled", "The counts of before are still shown.")
        jobs.put_away(user.store, kind)
    run = user.store.quality.newest(kind)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            label,
            key=f"quality:start:{kind}",
            type="primary" if first and run is None else "secondary",
            icon=":material/calculate:",
            on_click=_start,
            args=(kind,),
        )
        if run is not None:
            st.caption(f"Counted {clock.moment(run.finished_at)}.")


def _start(kind: str) -> None:
    user = require_user(Role.CLINICIAN)
    held = cookie()
    job = jobs.CountJob(
        partial(_work, kind, user.store, user.caller),
        alive=lambda: find_access(held, activity=False) is not None,
    )
    try:
        jobs.start(user.store, kind, job)
        job.wait(1.0)
    except Refusal as refusal:
        st.session_state[_REFUSED] = refusal


def _work(
    kind: str,
    store: Store,
    caller: Caller,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> bool:
    return _RUNS[kind](store, caller, progress=progress, cancelled=cancelled)


@st.fragment(run_every=TICK_SECONDS)
def _watch(kind: str) -> None:
    user = require_user(Role.CLINICIAN, activity=False)
    job = jobs.current(user.store, kind)
    if job is None or not job.running:
        rerun_quietly()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(min(job.share, 1.0), text=f"{_WORDS[kind]}: {job.share:.0%}")
        if st.button("Cancel", icon=":material/close:", key=f"quality:cancel:{kind}"):
            job.cancel()
    st.caption("You may go on working: this runs beside the pages. Signing out ends it.")
