"""The tables that a person brought to train on, and the way to bring one."""

from typing import Final

import streamlit as st

from medai_core.domain.people import Role
from medai_core.services import training
from medai_core.settings import MEBIBYTE, settings
from medai_core.store.trainings import Training
from medai_core.ui import clock, panels
from medai_core.ui.session import UserSession, require_user

TRAINING: Final = "training"
"""The query parameter that names a training, by its opaque id."""

_ROUND: Final = "train:round"
STATES: Final = {
    training.NEW: "table looked through",
    training.RUNNING: "comparing",
    training.COMPARED: "compared",
    training.SAVING: "saving a model",
    training.SAVED: "model saved",
    training.ENDED: "ended early",
}


def draw(user: UserSession) -> None:
    """The upload, then the list."""
    _bring(user)
    found = training.mine(user.store, user.caller)
    if not found:
        panels.empty_state(
            "No table yet",
            [
                "Drop a table above: one row a person or visit, one column with the outcome.",
                "It is looked through first. Nothing is learned before you say what to predict.",
            ],
        )
        return
    st.markdown("##### Your tables")
    for one in found:
        _entry(one)


def _bring(user: UserSession) -> None:
    turn = st.session_state.setdefault(_ROUND, 0)
    limit = settings().max_demo_bytes if user.caller.store_name == "demo" else settings().max_file_bytes
    given = st.file_uploader(
        "A table with a target column: CSV (commas, semicolons or tabs; also packed with gzip) or Excel",
        key=f"train:file:{turn}",
        max_upload_size=limit // MEBIBYTE,
        help="It is kept encrypted under a key of its own, open to you alone, until you delete it.",
    )
    if given is None:
        return
    with st.spinner("Looking through the table."), panels.refusals_shown():
        found = training.bring(user.store, user.caller, given.name, given.getvalue())
        st.session_state[_ROUND] = turn + 1
        st.query_params[TRAINING] = found
        st.rerun()


def _entry(one: Training) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"train-entry-{one.id}"):
        st.text(
            f"{one.title}: {one.row_count:,} rows, {one.column_count:,} columns; "
            f"{STATES.get(one.state, one.state)}; brought {clock.moment(one.created_at)}",
            width="stretch",
        )
        st.button("Open", key=f"train:open:{one.id}", on_click=_open, args=(one.id,))


def _open(training_id: str) -> None:
    require_user(Role.CLINICIAN)
    st.query_params[TRAINING] = training_id
