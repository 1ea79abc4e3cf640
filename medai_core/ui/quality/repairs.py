"""Proposed repairs of values: accepted or refused by a person, taken back in one click."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from medai_core.charts import words
from medai_core.domain.people import Caller, Role
from medai_core.domain.refusal import Refusal
from medai_core.services import quality
from medai_core.services.quality import Shown
from medai_core.store.database import Store
from medai_core.store.repairs import ACCEPTED
from medai_core.ui import clock, markup, panels
from medai_core.ui.session import UserSession, require_user

_SAID: Final = "repairs:said"
_PLACE: Final = "repairs:place"
_PAGE: Final = 15
_KINDS: Final = {"unit": "another unit", "decimal": "decimal point", "swapped": "two values swapped"}


def draw(user: UserSession) -> None:
    """Open proposals, then the decided ones."""
    said = st.session_state.pop(_SAID, None)
    if isinstance(said, Refusal):
        panels.refusal_box(said)
    elif isinstance(said, str):
        panels.note_box("Done", said)
    st.caption(
        "A repair changes what is read, never what was stored: the raw value stays, is shown beside the "
        "repaired one, and comes back when the repair is taken back."
    )
    start = int(st.session_state.get(_PLACE, 0))
    found = quality.proposals(user.store, user.caller, limit=_PAGE + 1, offset=start)
    if not found and start == 0:
        panels.empty_state(
            "No repair is proposed",
            ["Where a number cannot be true and another unit or decimal point explains it, it stands here."],
        )
    for one in found[:_PAGE]:
        _proposal(one)
    with st.container(horizontal=True):
        for label, place, off in (
            ("Earlier", max(start - _PAGE, 0), start == 0),
            ("More", start + _PAGE, len(found) <= _PAGE),
        ):
            if not off:
                st.button(label, key=f"repairs:{label}", on_click=_go, args=(place,), type="tertiary")
    _decided(user)


def _proposal(one: Shown) -> None:
    repair = one.repair
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        markup.draw(
            f"<strong><bdi>{markup.text(one.name)}</bdi></strong> {markup.text(words.day(one.day))}: "
            f"{markup.text(_values(one))}"
            + markup.paragraph(f"{_KINDS.get(repair.kind, repair.kind).capitalize()}. {repair.reason}")
            + markup.paragraph(f"Source: {one.source}", muted=True)
        )
        st.button(
            "Accept", key=f"repairs:{repair.id}:accept", type="primary", on_click=_accept, args=(repair.id,)
        )
        st.button("Refuse", key=f"repairs:{repair.id}:refuse", on_click=_refuse, args=(repair.id,))


def _values(one: Shown) -> str:
    repair = one.repair
    raw = f"{repair.raw_number:g} {repair.raw_unit}".strip()
    return f"{raw} \u2192 {repair.number:g} {repair.unit}".strip()


def _decided(user: UserSession) -> None:
    found = quality.repaired(user.store, user.caller, limit=_PAGE)
    if not found:
        return
    st.markdown("##### Decided")
    for one in found:
        repair = one.repair
        state = "Accepted" if repair.state == ACCEPTED else "Refused"
        with st.container(horizontal=True, vertical_alignment="center"):
            markup.draw(
                f"<strong>{state}</strong>: <bdi>{markup.text(one.name)}</bdi> "
                f"{markup.text(words.day(one.day))}: {markup.text(_values(one))}"
                + markup.paragraph(clock.moment(repair.decided_at), muted=True)
            )
            st.button(
                "Take back",
                key=f"repairs:{repair.id}:back",
                icon=":material/undo:",
                on_click=_back,
                args=(repair.id,),
            )


def _go(place: int) -> None:
    require_user(Role.CLINICIAN)
    st.session_state[_PLACE] = place


def _accept(repair_id: str) -> None:
    user = require_user(Role.CLINICIAN)
    _do(user, quality.accept, repair_id, "Accepted: the repaired number is read from now on.")


def _refuse(repair_id: str) -> None:
    user = require_user(Role.CLINICIAN)
    _do(user, quality.refuse, repair_id, "Refused: the value is read as it came.")


def _back(repair_id: str) -> None:
    user = require_user(Role.CLINICIAN)
    _do(user, quality.take_back, repair_id, "Taken back: the raw value is read, the proposal is open again.")


def _do(user: UserSession, decide: Callable[[Store, Caller, str], None], repair_id: str, said: str) -> None:
    try:
        decide(user.store, user.caller, repair_id)
        st.session_state[_SAID] = said
    except Refusal as refusal:
        st.session_state[_SAID] = refusal
