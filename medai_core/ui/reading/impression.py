"""The reader's own impression, which comes before the model's answer; what is typed is kept."""

import streamlit as st

from medai_core.domain.people import Role
from medai_core.domain.reading import Reading
from medai_core.domain.refusal import Refusal
from medai_core.services import reading as readings
from medai_core.services.studies import StudyView
from medai_core.ui import markup, panels
from medai_core.ui.reading.case import draft_of, key, may_read
from medai_core.ui.session import UserSession, require_user


def is_due(user: UserSession, view: StudyView) -> bool:
    """Whether the model's answer may be shown: not before the own impression, unless that is switched off."""
    if not may_read(user) or readings.model_first(user.store, user.caller):
        return True
    if any(one.author_id == user.caller.user_id and one.signed_at for one in view.readings):
        return True
    draft = draft_of(user, view)
    return draft is not None and (draft.first_impression_at is not None or draft.saw_model_first)


def impression_step(user: UserSession, view: StudyView) -> None:
    """Ask for the reader's own impression; the model's answer comes after it. What is typed is kept."""
    names = {name: key(view, name) for name in ("impression", "impression base", "said")}
    _fill_impression(names, draft_of(user, view))
    st.markdown("##### Your first impression")
    st.caption("Written before the model's answer is shown, and kept with the reading as it is.")
    st.text_area(
        "First impression",
        key=names["impression"],
        label_visibility="collapsed",
        height=120,
        max_chars=4000,
        placeholder="What do you see?",
        on_change=_keep,
        args=(view.study.id, names),
        persist_state="page",
    )
    st.button(
        "Save and show the model's answer",
        type="primary",
        on_click=_record,
        args=(view.study.id, names),
        key="reading:impression",
    )
    said = st.session_state.pop(names["said"], None)
    if isinstance(said, Refusal):
        panels.refusal_box(said)
    order_switch(user)


def _fill_impression(names: dict[str, str], draft: Reading | None) -> None:
    """What was typed before and kept, where nothing was typed yet in this window."""
    if names["impression"] not in st.session_state:
        kept = draft.first_impression if draft else ""
        st.session_state[names["impression"]] = st.session_state[names["impression base"]] = kept


def _keep(study_id: str, names: dict[str, str]) -> None:
    """Keep what is typed; it counts as recorded only when the button is pressed.

    Words are replaced by words alone: a browser that mounts the field anew sends it empty, so it is filled
    again from the draft.
    """
    user = require_user(Role.CLINICIAN)
    kept = st.session_state
    if names["impression"] not in kept:
        return
    text, base = str(kept[names["impression"]]), str(kept.get(names["impression base"], ""))
    if not text.strip():
        if base:
            del kept[names["impression"]]
        return
    try:
        draft = readings.draft(user.store, user.caller, study_id)
        saved = readings.keep_impression(user.store, user.caller, draft.id, text, seen=base)
    except Refusal as refusal:
        if refusal.code != "impression-recorded":  # the button was faster
            kept[names["said"]] = refusal
        return
    kept[names["impression base"]] = saved.first_impression
    if saved.first_impression != text:
        del kept[names["impression"]]  # filled from the draft when it is drawn


def order_switch(user: UserSession) -> None:
    """The preference to see the model's answer at once, for all studies from now on."""
    at_once = readings.model_first(user.store, user.caller)
    widget = "reading:model_first"
    st.session_state[widget] = at_once
    st.toggle(
        "Show the model's answer at once",
        key=widget,
        on_change=_set_order,
        args=(widget,),
        help="Off: your own impression comes first. The order is recorded with each reading.",
    )


def _set_order(widget: str) -> None:
    user = require_user(Role.CLINICIAN)
    readings.set_model_first(user.store, user.caller, bool(st.session_state[widget]))


def _record(study_id: str, names: dict[str, str]) -> None:
    user = require_user(Role.CLINICIAN)
    text_key, said_key = names["impression"], names["said"]
    _keep(study_id, names)  # whichever of the two is called first: nothing of another window is lost
    if text_key not in st.session_state:  # to be filled again from the draft, and looked at first
        return
    text = str(st.session_state[text_key]).strip()
    try:
        draft = readings.draft(user.store, user.caller, study_id)
        readings.record_first_impression(user.store, user.caller, draft.id, text, revision=draft.revision)
    except Refusal as refusal:
        st.session_state[said_key] = refusal


def own_impression(draft: Reading) -> None:
    """The recorded first impression, as it was written."""
    if draft.first_impression:
        with st.expander("Your first impression"):
            markup.draw(markup.prose(draft.first_impression))
