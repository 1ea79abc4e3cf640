"""The box that stands where a page failed: a sentence and a code, never a trace."""

from typing import Final

import streamlit as st

from medai_core.domain.refusal import Refusal
from medai_core.web.logs import log_failure

_SENTENCE: Final = (
    "This part of the page could not be drawn. Nothing that was saved is lost. Reload the page; if it "
    "happens again, give the code {code} to the person who runs MedAI: the log says under it where it failed."
)


def draw_failure(error: Exception) -> bool:
    """Draw what a person needs to know of `error`, write the rest down; True: nothing else is shown."""
    if isinstance(error, Refusal):
        st.error(f"{error.sentence} ({error.code})", icon=":material/block:")
        return True
    st.error(_SENTENCE.format(code=log_failure(error)), icon=":material/error:")
    return True
