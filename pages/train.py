"""Train: a table of one's own, looked through, learned from by several models, the best kept with a card."""

import streamlit as st

from medai_core.charts.words import RESEARCH_USE
from medai_core.domain.people import Role
from medai_core.domain.refusal import Refusal
from medai_core.services import training
from medai_core.store.trainings import Training
from medai_core.ui import panels
from medai_core.ui.session import UserSession, require_user
from medai_core.ui.train import choosing, listing, models, profile, results, running

user = require_user(Role.CLINICIAN)
_VIEWED = "train:viewed"


def main(user: UserSession) -> None:
    """The list, or the table or model that the address names."""
    panels.heading("Train", f"{RESEARCH_USE}. Your tables and models are yours alone until one is released.")
    try:
        if name := st.query_params.get(models.OWN, ""):
            models.one(user, name)
        elif asked := st.query_params.get(listing.TRAINING, ""):
            _one(user, asked)
        else:
            listing.draw(user)
            models.draw(user)
    except Refusal as refusal:
        panels.refusal_box(refusal)
        st.button("All tables", icon=":material/arrow_back:", key="train:back:refused", on_click=_back)


def _one(user: UserSession, training_id: str) -> None:
    if st.session_state.get(_VIEWED) != training_id:
        training.viewed(user.store, user.caller, training_id)
        st.session_state[_VIEWED] = training_id
    found = training.look(user.store, user.caller, training_id)
    _head(found)
    if found.state in training.AT_WORK:
        running.watch(found.id)
        results_so_far = bool((found.result or {}).get("candidates"))
        if found.state == training.RUNNING and results_so_far:
            st.caption("What was compared so far is shown when it ends.")
        return
    running.ended(found)
    shown = training.profile_of(found)
    chosen = training.choices_of(found)
    with st.expander("The table", expanded=chosen is None):
        profile.draw(shown)
    st.markdown("##### Question")
    choosing.question(user, found, shown)
    if chosen is None:
        return
    with st.expander("Columns, split and models", expanded=not (found.result or {}).get("candidates")):
        choosing.leaks(training.leaks_of(found), chosen)
        chosen = choosing.columns_and_split(user, found, shown, chosen)
        choosing.start(found, chosen, shown)
    results.draw(training.look(user.store, user.caller, training_id))


def _head(found: Training) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "All tables", icon=":material/arrow_back:", type="tertiary", key="train:back", on_click=_back
        )
        st.text(f"{found.title}: {found.row_count:,} rows, {found.column_count:,} columns", width="stretch")
        with st.popover("Delete", icon=":material/delete:"):
            st.text("The table, the choices and the results are destroyed. Saved models stay.")
            st.button("Delete for good", key=f"train:delete:{found.id}", on_click=_delete, args=(found.id,))
    if found.model:
        st.button(
            "Open the saved model", key="train:to-model", icon=":material/description:", on_click=_to_model,
            args=(found.model,),
        )  # fmt: skip


def _to_model(name: str) -> None:
    require_user(Role.CLINICIAN)
    st.query_params[models.OWN] = name


def _delete(training_id: str) -> None:
    user = require_user(Role.CLINICIAN)
    training.remove(user.store, user.caller, training_id)
    _back()


def _back() -> None:
    require_user(Role.CLINICIAN)
    for key in list(st.query_params):
        del st.query_params[key]


main(user)
