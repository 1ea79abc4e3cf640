"""The Risk page below the banner: inputs left, answers right, closer looks under them."""

import streamlit as st

from medai_core.domain.people import Patient
from medai_core.services import risk
from medai_core.services.patient_record import whose
from medai_core.services.risk_askers import HEART, TOPICS
from medai_core.services.risk_questions import Catalogue
from medai_core.ui import panels
from medai_core.ui.risk import answers, inputs
from medai_core.ui.risk.inputs import key
from medai_core.ui.session import UserSession, require_user


@st.fragment
def board(patient_id: str) -> None:
    """Everything below the banner; a changed field runs this part alone. Empty: a person not in the store."""
    user = require_user()
    with panels.refusals_shown():
        asked = _questions(user, patient_id)
        now = inputs.told(asked, patient_id)
        topics = _topics(asked, patient_id)
        left, right = st.columns([2, 5], gap="large")
        with left:
            st.subheader("What is known", anchor=False)
            inputs.draw(asked, topics, patient_id, now)
        found = risk.assess(
            asked, now.typed, now.confirmed, gone=now.gone, patient_id=patient_id or None, topics=topics
        )
        with right:
            st.subheader("Risks", anchor=False)
            answers.draw(asked, found, key=key(patient_id, "answers"))


def _questions(user: UserSession, patient_id: str) -> Catalogue:
    if not patient_id:
        return risk.questions_by_hand()
    patient: Patient = whose(user.store, user.caller, patient_id)
    return risk.questions_of(user.store, user.caller, patient)


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
