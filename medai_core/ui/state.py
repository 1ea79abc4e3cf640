"""The names of everything in `st.session_state`, and typed access to it.

A key of a patient is ``patient:<opaque id>:<page>:<name>``; choosing another patient drops the keys
of the one before, so that nothing of a patient is ever drawn beside another. Keys that begin with
``secret:`` hold passwords and are never kept over a lock.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Final, TypeGuard

import streamlit as st

from medai_core.web.registry import Owner

OWNER: Final = "medai:owner"
PATIENT: Final = "medai:patient"
TURN: Final = "medai:turn"
QUIET: Final = "medai:quiet"
KEPT: Final = "medai:kept"
URL_PATH: Final = "medai:url_path"
SECRET: Final = "secret:"

# The kinds of Streamlit widgets whose value may be set from the script (not buttons, uploads, editors).
_SETTABLE: Final = frozenset(
    {
        "bool_value",
        "double_value",
        "double_array_value",
        "int_value",
        "int_array_value",
        "string_value",
        "string_array_value",
    }
)
_PLAIN: Final = (str, int, float, bool, date, datetime, time, type(None))


def owner() -> Owner | None:
    """For whom this Streamlit session holds its state."""
    value = st.session_state.get(OWNER)
    return value if isinstance(value, Owner) else None


def set_owner(value: Owner) -> None:
    """Say for whom this Streamlit session holds its state."""
    st.session_state[OWNER] = value


def clear_all() -> None:
    """Drop everything, for another person."""
    st.session_state.clear()


def patient_key(patient_id: str, page: str, name: str) -> str:
    """The key of something that belongs to one patient."""
    return f"patient:{patient_id}:{page}:{name}"


def select_patient(patient_id: str) -> None:
    """Say whose data the page shows; what was kept of another patient is dropped."""
    if st.session_state.get(PATIENT) == patient_id:
        return
    mine = f"patient:{patient_id}:"
    for key in _keys():
        if key.startswith("patient:") and not key.startswith(mine):
            del st.session_state[key]
    st.session_state[PATIENT] = patient_id


def turns(subject: str) -> int:
    """How often the page has turned to another patient or study; `subject` is the opaque id of this one."""
    before = st.session_state.get(TURN)
    known, count = before if isinstance(before, tuple) else (subject, 0)
    now: int = count + (known != subject)
    st.session_state[TURN] = (subject, now)
    return now


def set_url_path(path: str) -> None:
    """Remember which page the browser asked for, to return to after the sign-in."""
    st.session_state[URL_PATH] = path


def url_path() -> str:
    """The page that the browser asked for; empty for the start page."""
    return str(st.session_state.get(URL_PATH, ""))


def mark_quiet() -> None:
    """Say that the next run of the page was asked for by a timer, not by a person."""
    st.session_state[QUIET] = True


def is_quiet() -> bool:
    """Whether this run was asked for by a timer."""
    return bool(st.session_state.get(QUIET, False))


def end_quiet() -> None:
    """The quiet run is over."""
    st.session_state.pop(QUIET, None)


def keep_widgets() -> None:
    """Remember what is typed and chosen while the lock screen stands where the widgets were."""
    kept = {
        key: st.session_state[key]
        for key in _settable_keys()
        if not key.startswith(SECRET) and "password" not in key and _is_plain(st.session_state[key])
    }
    if kept:
        st.session_state[KEPT] = {**st.session_state.get(KEPT, {}), **kept}


def restore_widgets() -> None:
    """Put back what `keep_widgets` remembered, before the page draws its widgets again."""
    kept = st.session_state.pop(KEPT, None)
    if kept:
        for key, value in kept.items():
            st.session_state[key] = value


def _keys() -> list[str]:
    return [key for key in st.session_state if isinstance(key, str)]


def _settable_keys() -> Iterable[str]:
    """The user keys of live widgets whose value a script may set.

    Streamlit tells nobody the kind of a widget, so its own bookkeeping is read here and only here;
    a test draws one widget of each kind and fails when that bookkeeping changes.
    """
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    context = get_script_run_ctx()
    if context is None:
        return []
    inner = context.session_state._state
    found = []
    for key in _keys():
        widget_id = inner._key_id_mapper.get_id_from_key(key) or ""
        metadata = inner._new_widget_state.widget_metadata.get(widget_id)
        if metadata is not None and metadata.value_type in _SETTABLE:
            found.append(key)
    return found


def _is_plain(value: object) -> TypeGuard[object]:
    if isinstance(value, (list, tuple)):
        return all(isinstance(item, _PLAIN) for item in value)
    return isinstance(value, _PLAIN)
