"""A run that is under way in its own process, and what became of one that ended early."""

from typing import Final

import streamlit as st

from medai_core.domain.people import Role
from medai_core.domain.refusal import Refusal
from medai_core.services import training
from medai_core.store.trainings import Training
from medai_core.ui import panels
from medai_core.ui.session import require_user, rerun_quietly
from medai_core.ui.train.choosing import span

TICK_SECONDS: Final = 1.5


@st.fragment(run_every=TICK_SECONDS)
def watch(training_id: str) -> None:
    """How far it is; the page is drawn anew at its end."""
    user = require_user(Role.CLINICIAN, activity=False)
    try:
        found = training.look(user.store, user.caller, training_id)
    except Refusal:
        rerun_quietly()
    if found.state not in training.AT_WORK:
        rerun_quietly()
    progress = found.progress or {}
    left = progress.get("left")
    words = str(progress.get("step", "Starting")) + (f", about {span(float(left))} left" if left else "")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(min(1.0, float(progress.get("share", 0.0))), text=words, width="stretch")
        st.button(
            "Cancel", icon=":material/close:", key=f"train:{training_id}:cancel", on_click=_cancel,
            args=(training_id,), disabled=found.cancel_asked,
        )  # fmt: skip
    st.caption(
        "It runs in a process of its own: you may close the page and come back. What was compared so far is "
        "kept where it is cancelled."
    )


def _cancel(training_id: str) -> None:
    user = require_user(Role.CLINICIAN)
    training.cancel(user.store, user.caller, training_id)


def ended(found: Training) -> None:
    """Why a run ended early, where it did."""
    if found.refusal is None:
        return
    if found.refusal["code"] == "training-cancelled":
        panels.note_box("Cancelled", found.refusal["what_to_do"])
    else:
        panels.refusal_box(Refusal(**{key: found.refusal[key] for key in _PARTS}))


_PARTS: Final = ("code", "expected", "found", "what_to_do")
