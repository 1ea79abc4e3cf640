"""What becomes of an assessment: kept in the record by a clinician, printed, and what was kept before."""

from collections.abc import Sequence

import streamlit as st

from medai_core.charts import risk as said
from medai_core.domain.people import Role
from medai_core.domain.refusal import Refusal
from medai_core.domain.risk import Assessment, Saved
from medai_core.services import risk_record
from medai_core.services.risk_print import risk_content
from medai_core.services.risk_questions import Catalogue
from medai_core.ui import clock, markup, panels
from medai_core.ui.session import UserSession, require_user


def draw(user: UserSession, asked: Catalogue, found: Assessment, *, key: str) -> None:
    """Save and print beside each other, what was saved before below; for a patient of the store alone."""
    if found.patient_id is None:
        return
    done = st.session_state.pop(f"{key}:done", None)
    with st.container(horizontal=True, gap="small", key=f"{key}:strip"):
        if user.caller.role.covers(Role.CLINICIAN) and found.answered:
            with st.popover("Save to the record", icon=":material/save:"):
                _choose(asked, found, key)
        if found.answered:
            _print(user, asked, found, key)
    if isinstance(done, Refusal):
        panels.refusal_box(done)
    elif done:
        panels.note_box("Saved", str(done))
    kept = risk_record.history(user.store, user.caller, found.patient_id)
    if kept:
        with st.expander(f"Saved before: {len(kept)}", key=f"{key}:before"):
            markup.draw(_table(kept))


def _choose(asked: Catalogue, found: Assessment, key: str) -> None:
    titles = {one.name: one.title for one in found.answered}
    place = f"{key}:chosen:{hash(tuple(titles))}"
    st.multiselect(
        "What to save",
        list(titles),
        default=list(titles),
        format_func=lambda name: titles.get(name, name),
        key=place,
    )
    st.caption(
        "Each becomes an entry of the record, with its version and the values that it was computed from."
    )
    st.button("Save", type="primary", key=f"{key}:save", on_click=_save, args=(asked, found, key, place))


def _save(asked: Catalogue, found: Assessment, key: str, place: str) -> None:
    """Keep what is chosen; what came of it is said on the page that is drawn next."""
    user = require_user(Role.CLINICIAN)
    try:
        chosen = st.session_state.get(place) or ()
        count = risk_record.save(user.store, user.caller, found.patient_id or "", asked, found, chosen)
    except Refusal as refusal:
        st.session_state[f"{key}:done"] = refusal
        return
    noun = "risk stands" if count == 1 else "risks stand"
    st.session_state[f"{key}:done"] = f"{count} {noun} in the record now, and on the patient's timeline."


def _print(user: UserSession, asked: Catalogue, found: Assessment, key: str) -> None:
    """The document is set when it is asked for; then it can be taken."""
    place, token = f"{key}:pdf", _token(found)
    if st.button("Print (PDF)", icon=":material/print:", key=f"{key}:print"):
        from medai_core.reports.risk_assessment import risk_pdf

        require_user()
        with panels.refusals_shown(), st.spinner("Setting the document"):
            content = risk_content(user.store, user.caller, asked, found)
            st.session_state[place] = (token, risk_pdf(content))
    ready = st.session_state.get(place)
    if isinstance(ready, tuple) and ready[0] == token:
        st.download_button(
            "Take the PDF", ready[1], file_name=f"medai-risk-{found.patient_id}.pdf", mime="application/pdf",
            on_click="ignore", key=f"{key}:take", icon=":material/download:",
        )  # fmt: skip


def _token(found: Assessment) -> int:
    """What the document was set from: other values make it another document."""
    return hash(tuple((one.name, one.version, one.value, one.low, one.high) for one in found.answered))


def _table(kept: Sequence[Saved]) -> str:
    rows = [
        (
            clock.moment(one.at), one.title, said.saved_words(one), one.category or "\u2013",
            one.version, one.by,
        )
        for one in kept
    ]  # fmt: skip
    heads = ("When", "Score or predictor", "Value", "Category", "Version", "Saved by")
    return markup.table(heads, rows, caption="Newest first", unbroken=(0,))
