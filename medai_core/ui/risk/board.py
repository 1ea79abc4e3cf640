"""The Risk page below the banner: inputs left, answers right, closer looks under them."""

from typing import Final

import streamlit as st

from medai_core.domain.risk import Assessment
from medai_core.services import risk, risk_models
from medai_core.services.patient_record import whose
from medai_core.services.risk_askers import HEART, TOPICS
from medai_core.services.risk_questions import Catalogue
from medai_core.ui import markup, panels
from medai_core.ui.risk import answers, closer, inputs, keeping, prevention
from medai_core.ui.risk.inputs import key
from medai_core.ui.session import UserSession, require_user, rerun_quietly

LOADING_SECONDS: Final = 2.0


@st.fragment
def board(patient_id: str) -> None:
    """Everything below the banner; a changed field runs this part alone. Empty: a person not in the store."""
    user = require_user()
    with panels.refusals_shown():
        asked = _questions(user, patient_id)
        now = inputs.told(asked, patient_id)
        topics = _topics(asked, patient_id)
        ready = risk_models.begin()
        found = risk.assess(
            asked, now.typed, now.confirmed, gone=now.gone, patient_id=patient_id or None, topics=topics,
            trained=ready, before=_last(patient_id),
        )  # fmt: skip
        st.session_state[key(patient_id, "last")] = found
        left, right = st.columns([3, 5], gap="large")
        with left:
            st.subheader("What is known", anchor=False)
            inputs.draw(asked, topics, patient_id, now)
        with right:
            st.subheader("Risks", anchor=False)
            answers.draw(asked, found, key=key(patient_id, "answers"))
            if not ready:
                _loading()
            keeping.draw(user, asked, found, key=key(patient_id, "keep"))
            closer.draw(found, key=key(patient_id, "closer"))
            prevention.draw(found, key=key(patient_id, "prevention"))


def _last(patient_id: str) -> Assessment | None:
    """What was said when the page was last drawn for this person."""
    last = st.session_state.get(key(patient_id, "last"))
    return last if isinstance(last, Assessment) else None


def _questions(user: UserSession, patient_id: str) -> Catalogue:
    if not patient_id:
        return risk.questions_by_hand()
    return risk.questions_of(user.store, user.caller, whose(user.store, user.caller, patient_id))


def _topics(asked: Catalogue, patient_id: str) -> list[str]:
    """The occasions that the person looks at; the first one where none is chosen."""
    there = [topic for topic in TOPICS if any(topic in one.topics for one in asked.questions.values())]
    chosen = st.pills(
        "Occasion",
        there,
        selection_mode="multi",
        default=[HEART],
        key=key(patient_id, "topics"),
        persist_state="session",
    )
    return [topic for topic in there if topic in chosen] or [HEART]


@st.fragment(run_every=LOADING_SECONDS)
def _loading() -> None:
    """Trained predictors are on their way; the page is drawn again once they are there."""
    require_user(activity=False)
    if risk_models.ready():
        rerun_quietly()
    markup.draw('<p class="mx-muted">The trained predictors are being loaded; they join in a moment.</p>')
