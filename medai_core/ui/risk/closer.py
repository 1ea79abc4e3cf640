"""Closer looks at one answer, drawn on demand alone: why, what if, which missing value, survival."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from medai_core.domain.risk import Assessment, Kind, RiskEstimate
from medai_core.ui.risk import survival, what_if, why, worth

Panel = Callable[..., None]
WORTH: Final = "Which test would help"
SURVIVAL: Final = "Survival"
_PANELS: Final[dict[str, Panel]] = {
    "Why": why.draw,
    "What if": what_if.draw,
    WORTH: worth.draw,
    SURVIVAL: survival.draw,
}


def draw(found: Assessment, *, key: str) -> None:
    """Choose an answer and a look at it; nothing is computed for looks that are not chosen."""
    there = {one.name: one for one in (*found.answered, *found.lacking)}
    if not there:
        return
    st.subheader("A closer look", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        name = st.selectbox(
            "Of which answer",
            list(there),
            format_func=lambda one: there[one].title if one in there else one,
            key=f"{key}:name" if found.answered else f"{key}:name:lacking",
            persist_state="session",
            width=420,
        )
        look = st.segmented_control(
            "What to look at",
            looks(there.get(name)),
            key=f"{key}:look",
            persist_state="session",
        )
    one = there.get(name)
    if one is not None and look in looks(one):
        _PANELS[look](one, key=f"{key}:{look}:{name}")


def looks(one: RiskEstimate | None) -> list[str]:
    """The looks that an answer has; where values are missing for one, which of them would tell most."""
    if one is not None and not one.answered:
        return [WORTH]
    curve = one is not None and one.kind is Kind.SURVIVAL
    return [name for name in _PANELS if name != SURVIVAL or curve]
