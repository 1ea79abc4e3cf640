"""The Cohort page: criteria on the left, what is to be seen of the group on the right."""

from collections.abc import Callable
from functools import partial
from typing import Final

import streamlit as st

from medai_core.domain.people import Role
from medai_core.domain.refusal import Refusal
from medai_core.services import cohort, cohort_basis
from medai_core.services.cohort import Selection
from medai_core.services.cohort_groups import kept_back
from medai_core.ui import panels
from medai_core.ui.cohort import address, filters, following, risks, views
from medai_core.ui.quality import job as jobs
from medai_core.ui.session import UserSession, cookie, require_user, rerun_quietly
from medai_core.web.access import find_access

VIEWS: Final = {
    "Table 1": views.table_one,
    "Spread": views.spread,
    "Two values": views.two_values,
    "Survival": following.draw,
    "Risks": risks.spread,
    "Calibration": risks.calibration,
}
_KIND: Final = "cohort"
_INLINE: Final = 2_000
_TICK_SECONDS: Final = 1.0
_ASKED: Final = "cohort:asked"


def draw(user: UserSession) -> None:
    """What is asked and what comes of it, once all entries can be asked."""
    if not _prepared(user):
        return
    selection = cohort.selected(user.store, user.caller, address.criteria())
    _audited(user, selection)
    if not len(selection.basis.people):
        panels.empty_state(
            "No patient yet", ["Import records or images first: Patients and Worklist bring them in."]
        )
        return
    left, right = st.columns([5, 9], gap="large")
    with left:
        filters.draw(selection)
    with right:
        view = st.pills(
            "Show", list(VIEWS), key="view", bind="query-params", default="Table 1", required=True,
            label_visibility="collapsed",
        )  # fmt: skip
        with panels.refusals_shown():
            if not selection.shown:
                raise kept_back()
            VIEWS[view if view in VIEWS else "Table 1"](user, selection)


def _audited(user: UserSession, selection: Selection) -> None:
    """One line each question, not each turn of a widget."""
    asked = (user.store.name, tuple(map(address.encoded, selection.criteria)))
    if st.session_state.get(_ASKED) != asked:
        st.session_state[_ASKED] = asked
        cohort.audit(user.store, user.caller, selection)


def _prepared(user: UserSession) -> bool:
    """Whether every entry's codes are kept; entries of an older version are gone through here, once."""
    job = jobs.current(user.store, _KIND)
    if job is not None and job.running:
        _watch()
        return False
    if job is not None and job.refusal is not None:
        panels.refusal_box(job.refusal)
    waiting = cohort_basis.waiting(user.store, user.caller)
    if waiting > _INLINE:
        panels.note_box(
            "Older entries are to be read once",
            f"{waiting:,} entries came before their codes were kept. They are gone through once; this runs "
            "beside the pages.",
        )
        st.button("Begin", type="primary", key="cohort:prepare", on_click=_prepare)
        return False
    if waiting:
        cohort_basis.prepare(user.store, user.caller, progress=lambda _: None, cancelled=lambda: False)
    return True


def _prepare() -> None:
    user = require_user(Role.CLINICIAN)
    held = cookie()
    work = partial(_work, user)
    job = jobs.CountJob(work, alive=lambda: find_access(held, activity=False) is not None)
    try:
        jobs.start(user.store, _KIND, job)
    except Refusal:
        return  # it runs already, and is shown


def _work(user: UserSession, progress: Callable[[float], None], cancelled: Callable[[], bool]) -> bool:
    return cohort_basis.prepare(user.store, user.caller, progress=progress, cancelled=cancelled)


@st.fragment(run_every=_TICK_SECONDS)
def _watch() -> None:
    user = require_user(Role.CLINICIAN, activity=False)
    job = jobs.current(user.store, _KIND)
    if job is None or not job.running:
        rerun_quietly()
    st.progress(min(job.share, 1.0), text=f"Reading older entries: {job.share:.0%}")
    if st.button("Cancel", icon=":material/close:", key="cohort:prepare:cancel"):
        job.cancel()
