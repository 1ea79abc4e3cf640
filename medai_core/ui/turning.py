"""Nothing of the patient before is seen once the browser turns to another page.

The browser hides what stands at the click itself; the server only says whose data each run draws.
"""

import secrets
from pathlib import Path
from typing import Final

import streamlit as st

from medai_core.ui import places

STYLE: Final = """
:root[data-medai-turning="leaving"] .stMainBlockContainer
  *:not(.st-key-medai-frame, .st-key-medai-frame *),
:root[data-medai-turning="drawing"] .stMain [data-stale="true"],
:root[data-medai-turning="drawing"] .stMain [data-stale="true"] *,
:root[data-medai-turning] [data-testid="stDialog"],
:root[data-medai-turning] [data-testid="stDialog"] * {
  visibility: hidden !important; transition: none !important; }
:root[data-medai-turning="leaving"] .stMain::after { content: "Opening\\2026"; position: absolute; top: 6rem;
  left: 1.25rem; opacity: 0; animation: medai-opening 0s linear 400ms forwards; }
@keyframes medai-opening { to { opacity: 0.78; } }
"""
"""Part of the page's frame, so that it stands while pages change."""

_SCRIPT: Final = Path(__file__).with_name("turning.js").read_text(encoding="utf-8")
_turning: Final = st.components.v2.component("medai_turning", html="<span></span>", js=_SCRIPT)


def turning(page: str, *, first: str, base_path: str) -> None:
    """Tell the browser which page this run draws and of whom; draws nothing.

    `page` is the last part of the page's address, empty for the start page, which is also called `first`.
    """
    _turning(
        key="medai:place",
        data={
            "place": place_of(
                page, st.query_params.get_all(places.PATIENT), st.query_params.get_all(places.STUDY)
            ),
            "run": secrets.token_hex(4),
            "first": first,
            "base": base_path,
        },
    )


def place_of(page: str, patients: list[str], studies: list[str]) -> str:
    """The page with the opaque ids that its address names, of several the last."""
    return f"{page}:{patients[-1] if patients else ''}:{studies[-1] if studies else ''}"
