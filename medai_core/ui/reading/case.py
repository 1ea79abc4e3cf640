"""The case that is open: its images, its keys in the session's state, who else is at it."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import streamlit as st

from medai_core.charts import cards, words
from medai_core.domain.people import Role
from medai_core.domain.prediction import Prediction
from medai_core.domain.reading import Reading
from medai_core.domain.refusal import Refusal
from medai_core.services import demo
from medai_core.services.studies import ImageView, StudyView, claim, release
from medai_core.serving.registry import card
from medai_core.ui import clock, panels, places, state
from medai_core.ui.session import UserSession, require_user
from medai_core.ui.worklist import filters


def key(view: StudyView, name: str) -> str:
    """The key of something of this study; it goes with its patient when another one is opened."""
    return state.patient_key(view.study.patient.id, "reading", f"{view.study.id}:{name}")


def may_read(user: UserSession) -> bool:
    """Whether this person writes readings, or only looks."""
    return user.caller.role.covers(Role.CLINICIAN)


def draft_of(user: UserSession, view: StudyView) -> Reading | None:
    """The person's own open draft, where there is one."""
    mine = (one for one in view.readings if one.signed_at is None and one.author_id == user.caller.user_id)
    return next(mine, None)


def image_of(view: StudyView, image_id: str | None) -> ImageView | None:
    """The current study's image of an id, else its first one; None where it has none."""
    chosen = next((image for image in view.images if image.id == image_id), None)
    return chosen or (view.images[0] if view.images else None)


def descriptors(view: StudyView) -> list[dict[str, Any]]:
    """What the viewer gets: this study's images, then the prior's, marked with its date."""
    own = [image.descriptor for image in view.images]
    if view.prior is None:
        return own
    mark = f"prior {words.day(view.prior.study.study_date)}"
    return own + [{**image.descriptor, "study_label": mark} for image in view.prior.images]


def answer_words(prediction: Prediction | None) -> str:
    """A model's answer in one sentence, its labels in the words of the model's card."""
    return words.answer(prediction, label_names(prediction.model) if prediction else None)


def label_names(model: str) -> dict[str, str]:
    """How a model words its labels; empty where it is not installed any more."""
    try:
        return cards.label_names(card(model).data)
    except Refusal:
        return {}


def attribution(user: UserSession, image: ImageView) -> None:
    """Where a film of the demo comes from, and its licence."""
    if demo.is_demo_film(user.store, image.header):
        st.caption(demo.attribution())


def renew(user: UserSession, view: StudyView) -> None:
    """Keep the person's claim alive while they work on the study; a timer does not count as work."""
    if view.claim is not None and view.claim.user_id == user.caller.user_id and not state.is_quiet():
        claim(user.store, user.caller, view.study.id)


def strip(user: UserSession, view: StudyView) -> None:
    """Study in words, the ways to other cases, who has claimed this one."""
    study = view.study
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="medai-strip"):
        if st.button("Worklist", icon=":material/arrow_back:", type="tertiary", key="reading:back"):
            require_user()
            places.open_worklist(filters.kept_address())
        parts = (study.description, words.modality(study.modality), _day(study.study_date))
        st.text(" \u00b7 ".join(part for part in parts if part), width="stretch")
        _claim_button(user, view)
        _step("Previous", view.previous_id, "chevron_left")
        _step("Next", view.next_id, "chevron_right")
    if view.conflict:
        panels.caution_box([view.conflict], heading="Another reader")
    if view.identity_conflict is not None:
        panels.caution_box([_DOUBT], heading="The patient is in doubt")


_DOUBT: Final = (
    "This study came with a patient id that is known with another name, birth date or sex. It is kept under "
    "a record of its own until somebody decides on the Review page."
)


def _day(study_date: date | None) -> str:
    return f"study of {words.day(study_date)}" if study_date else "study date not given"


def _step(label: str, study_id: str | None, icon: str) -> None:
    pressed = st.button(
        label,
        icon=f":material/{icon}:",
        disabled=study_id is None,
        key=f"reading:{label.lower()}",
        help=_HINTS[label],
    )
    if pressed and study_id is not None:
        require_user()
        places.open_study(study_id)


_HINTS: Final = {"Previous": "Previous case; Shift+N in the image", "Next": "Next case; N in the image"}


def _claim_button(user: UserSession, view: StudyView) -> None:
    if not may_read(user):
        return
    held = view.claim
    if held is None:
        st.button(
            "Claim",
            on_click=_claim,
            args=(view.study.id,),
            key="reading:claim",
            help="Tell others you read this.",
        )
    elif held.user_id == user.caller.user_id:
        st.button(
            "Release",
            on_click=_release,
            args=(view.study.id,),
            key="reading:release",
            help=f"Claimed by you since {clock.moment(held.at)}.",
        )
    else:
        st.text(f"claimed by {held.display_name}")


def _claim(study_id: str) -> None:
    user = require_user(Role.CLINICIAN)
    claim(user.store, user.caller, study_id)


def _release(study_id: str) -> None:
    user = require_user(Role.CLINICIAN)
    release(user.store, user.caller, study_id)


def signed(readings: Sequence[Reading]) -> list[Reading]:
    """Signed readings and addenda, oldest first."""
    return [one for one in readings if one.signed_at is not None]
