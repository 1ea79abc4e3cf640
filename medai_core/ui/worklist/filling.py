"""A demo that is still being filled: its first studies are shown at once, the others as they come in."""

from typing import Final

import streamlit as st

from medai_core.services.demo import wait_until_filled
from medai_core.services.worklist import worklist
from medai_core.store.rows import StudyFilter
from medai_core.ui.session import UserSession, require_user, rerun_quietly

TICK_SECONDS: Final = 1
_PATIENCE_SECONDS: Final = 0.1


def wait_for_first_rows(user: UserSession) -> bool:
    """Wait until the demo holds its first study; whether it holds all of them. Other stores do at once."""
    if user.caller.store_name != "demo":
        return True
    with st.spinner("The demo is being filled"):
        while not wait_until_filled(user.store, seconds=_PATIENCE_SECONDS):
            if worklist(user.store, user.caller, StudyFilter(), limit=1).total:
                return False
    return True


@st.fragment(run_every=TICK_SECONDS)
def more_to_come() -> None:
    """Say that more is coming in; run the page anew once all is there."""
    user = require_user(activity=False)
    if wait_until_filled(user.store, seconds=0):
        rerun_quietly()
    st.caption("The demo is still being filled; the rest will be here in a moment.")
