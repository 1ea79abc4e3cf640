"""The part of the page that tells the server of real input: heartbeats, and text not yet sent."""

from pathlib import Path
from typing import Final

import streamlit as st

_SCRIPT: Final = Path(__file__).with_name("keeper.js").read_text(encoding="utf-8")
_keeper: Final = st.components.v2.component("medai_keeper", html="<span></span>", js=_SCRIPT)


def keeper(*, csrf: str, base_path: str) -> None:
    """Send a heartbeat a minute of real input, and typed text after a pause; draws nothing."""
    _keeper(key="medai:keeper", data={"csrf": csrf, "url": f"{base_path}/auth/heartbeat"})
