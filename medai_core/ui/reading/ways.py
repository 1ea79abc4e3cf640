"""The ways from the reading page where no study is open: to the worklist, and to the study of before."""

from typing import Final

import streamlit as st

from medai_core.ui import places
from medai_core.ui.session import require_user
from medai_core.ui.worklist import filters

_LAST: Final = "reading:last-study"


def remember(study_id: str) -> None:
    """This study is open."""
    st.session_state[_LAST] = study_id


def draw() -> None:
    """Both ways; the menu's link names no study, so that the one of before is a click away."""
    with st.container(horizontal=True):
        to_worklist()
        last = st.session_state.get(_LAST)
        if last and st.button("Open the last study again", key="reading:last"):
            require_user()
            places.open_study(str(last))


def to_worklist() -> None:
    """A button to the worklist with the filters that it had."""
    if st.button("Open the worklist", type="primary", key="reading:worklist"):
        require_user()
        places.open_worklist(filters.kept_address())
