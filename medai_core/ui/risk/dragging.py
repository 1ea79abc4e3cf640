"""Where a slider stands while it is held: Streamlit itself tells of it only when it is let go."""

import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import streamlit as st

_SCRIPT: Final = Path(__file__).with_name("dragging.js").read_text(encoding="utf-8")
_dragging: Final = st.components.v2.component("medai_dragging", html="<span></span>", js=_SCRIPT)


def dragged(names: Iterable[str], *, prefix: str, key: str) -> tuple[str, float] | None:
    """The name of the slider that is held and its value, or None; draws nothing.

    Parameters
    ----------
    names : iterable of str
        Of sliders whose keys are ``prefix + name``.
    key : str
        Of this part, which belongs to the same fragment as the sliders.
    """
    sliders = {name: class_of(f"{prefix}{name}") for name in names}
    result = _dragging(
        key=key, data={"panel": key, "sliders": sliders}, default={"held": None}, on_held_change=_nothing
    )
    return checked(result.held, sliders)


def checked(told: object, names: Iterable[str]) -> tuple[str, float] | None:
    """What the browser told, where it is the name of one of the sliders and a number."""
    if not isinstance(told, dict):
        return None
    name, value = told.get("name"), told.get("value")
    known = isinstance(name, str) and name in set(names)
    if not known or isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return str(name), float(value)


def class_of(key: str) -> str:
    """The class that Streamlit gives to the box of a widget with a key."""
    return f"st-key-{re.sub(r'[^a-zA-Z0-9_-]', '-', key.strip())}"


def _nothing() -> None:
    """A state of a component is told of only where somebody listens."""
