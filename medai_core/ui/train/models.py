"""Models that people trained here: their cards, measuring them on a further file, the release."""

from typing import Final

import streamlit as st

from medai_core.charts.training import spoken
from medai_core.domain.people import Role
from medai_core.domain.refusal import Refusal
from medai_core.learning.own_cards import LABEL
from medai_core.services import own_models
from medai_core.serving.registry import ModelCard
from medai_core.ui import markup, panels
from medai_core.ui.models import card as card_page
from medai_core.ui.session import UserSession, require_user

OWN: Final = "model"
_REFUSED: Final = "train:model:refused"


def draw(user: UserSession) -> None:
    """All that this person may see: own ones, to an administrator everybody's."""
    found = own_models.visible(user.store, user.caller)
    if not found:
        return
    st.markdown("##### Models trained here")
    for one in found:
        with st.container(border=True, key=f"train-model-{one.name}"):
            markup.draw(
                f'<h3 class="mx-plain">{markup.text(one.title)}</h3>'
                + markup.facts(
                    [
                        ("Name", one.name),
                        ("State", state_of(one, user.caller.user_id)),
                        ("AUROC", f"{_first(one)}"),
                    ]
                )
            )
            st.button("Open the card", key=f"train:card:{one.name}", on_click=_open, args=(one.name,))


def state_of(card: ModelCard, user_id: str) -> str:
    """In words, and whose it is."""
    own = "yours" if card.author == user_id else "another person's"
    return f"{card.data['local']['state']}; {own}"


def _first(card: ModelCard) -> str:
    """The AUROC on the rows that count most, with what they are."""
    part, figures = next(iter(card.data["results"].items()))
    return f"{spoken(figures[LABEL].get('auroc'))}, on {part}"


def one(user: UserSession, name: str) -> None:
    """One model: its state, what can be done with it, its card."""
    refused = st.session_state.pop(_REFUSED, None)
    if isinstance(refused, Refusal):
        panels.refusal_box(refused)
    card = own_models.card_of(user.store, user.caller, name)
    st.button("Back", icon=":material/arrow_back:", type="tertiary", key="train:back:model", on_click=_back)
    if not card.is_released:
        panels.caution_box(
            ["Local, not validated. Nobody but its author and the administrators sees it."],
            heading=card.title,
        )
    _measure(user, card)
    if user.caller.role is Role.ADMINISTRATOR:
        _release(card)
    if not card.is_released or user.caller.role is Role.ADMINISTRATOR:
        with st.expander("Remove the model"):
            sure = st.checkbox("Remove it and its card for good", key=f"train:sure:{name}")
            st.button("Remove", key=f"train:remove:{name}", disabled=not sure, on_click=_remove, args=(name,))
    card_page.draw(card, back=False)


def _measure(user: UserSession, card: ModelCard) -> None:
    with st.expander("Measure on a further file"):
        asked = card.data["target"]["column"]
        st.caption(
            "A table of other people with the same columns and the outcome in the column "
            "named below. It is read and not kept; the card gets the figures."
        )
        st.text(f"Outcome: {asked}")
        given = st.file_uploader("Held-out table", key=f"train:held:{card.name}")
        if given is not None and st.button("Measure", key=f"train:measure:{card.name}"):
            with st.spinner("Measuring."), panels.refusals_shown():
                own_models.measure_on(user.store, user.caller, card.name, given.name, given.getvalue())
                st.rerun()


def _release(card: ModelCard) -> None:
    if card.is_released:
        with st.expander("Withdraw the release"):
            st.button("Withdraw", key=f"train:withdraw:{card.name}", on_click=_withdraw, args=(card.name,))
        return
    with st.expander("Release to everybody", expanded=True):
        counted = own_models.held_out_counts(card)
        if counted is not None:
            st.caption(f"Measured on {counted[0]:,} rows held out, {counted[1]:,} of them with the outcome.")
        st.text_area("Intended use: what for, for whom, when", key=f"train:use:{card.name}", max_chars=1000)
        st.text_area("Not for", key=f"train:not:{card.name}", max_chars=1000)
        st.button("Release", type="primary", key=f"train:release:{card.name}", on_click=_do_release,
                  args=(card.name,))  # fmt: skip


def _do_release(name: str) -> None:
    user = require_user(Role.ADMINISTRATOR)
    use, not_for = (str(st.session_state.get(f"train:{key}:{name}", "")) for key in ("use", "not"))
    try:
        own_models.release(user.store, user.caller, name, intended_use=use, not_for=not_for)
    except Refusal as refusal:
        st.session_state[_REFUSED] = refusal


def _withdraw(name: str) -> None:
    user = require_user(Role.ADMINISTRATOR)
    own_models.withdraw(user.store, user.caller, name)


def _remove(name: str) -> None:
    user = require_user(Role.CLINICIAN)
    try:
        own_models.remove(user.store, user.caller, name)
        _back()
    except Refusal as refusal:
        st.session_state[_REFUSED] = refusal


def _open(name: str) -> None:
    require_user(Role.CLINICIAN)
    st.query_params[OWN] = name


def _back() -> None:
    require_user(Role.CLINICIAN)
    for key in list(st.query_params):
        del st.query_params[key]
