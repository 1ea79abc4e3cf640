"""Before a model answers: what a picture cannot say of itself, which model is meant, and why none may."""

from dataclasses import dataclass
from typing import Final

import streamlit as st

from medai_core.charts import words
from medai_core.domain.people import Role
from medai_core.domain.prediction import PictureAnswers, Prediction
from medai_core.domain.refusal import Refusal
from medai_core.services import without_model
from medai_core.services.studies import ImageView, StudyView
from medai_core.serving.registry import available, card
from medai_core.ui import clock, markup, panels
from medai_core.ui.reading.case import key, may_read
from medai_core.ui.session import UserSession, require_user

Found = tuple[str, Prediction] | None
_VIEWS: Final = {
    "": "not known",
    "AP": "AP (front to back)",
    "PA": "PA (back to front)",
    "LATERAL": "lateral",
}
_XRAY: Final = {"": "not known", "yes": "yes, a radiograph (CR or DX)", "no": "no"}


@dataclass(frozen=True, slots=True)
class Asked:
    """How far an image is: `refused` where no model answers for it, `open` where something is asked first.

    `several` are the models of which a person has to choose one.
    """

    refused: Found = None
    open: bool = False
    several: tuple[str, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether a person has to say something before a model can answer."""
        return self.open or bool(self.several)


def why_no_model(view: StudyView) -> str | None:
    """Why no model applies to any image of the study, so that nobody waits for one; None where one might."""
    read = {modality for one in available() for modality in one.inputs.modalities}
    if not read:
        return "No model is installed. Read this study without one."
    if any(image.header.source == "picture" or image.header.modality in read for image in view.images):
        return None
    held = sorted({image.header.modality or "no modality" for image in view.images})
    return (
        f"Models answer for {' or '.join(sorted(read))} images; this study holds {', '.join(held)}. "
        "Read it without a model."
    )


def answers_of(view: StudyView, image: ImageView) -> PictureAnswers | None:
    """What the reader said of a picture; None where nothing was asked or said."""
    answers = st.session_state.get(key(view, f"answers:{image.id}"))
    return answers if isinstance(answers, PictureAnswers) else None


def model_of(view: StudyView, image: ImageView) -> str | None:
    """The model that the reader chose for an image that several may answer; None leaves it to the age."""
    name = st.session_state.get(_model_key(view, image))
    return str(name) if name else None


def _model_key(view: StudyView, image: ImageView) -> str:
    return key(view, f"model:{image.id}")


def ask(user: UserSession, view: StudyView, image: ImageView) -> Asked:
    """Whether something must be asked, or said, before a model answers. Draws a refusal of the service."""
    if not may_read(user):
        return Asked()
    if image.header.source == "picture" and answers_of(view, image) is None:
        return Asked(open=True)
    answers, model = answers_of(view, image), model_of(view, image)
    try:
        several = without_model.candidates(user.store, user.caller, image.id, answers)
        if len(several) > 1 and model not in several:
            return Asked(several=several)
        return Asked(without_model.refusal(user.store, user.caller, image.id, answers=answers, model=model))
    except Refusal as refusal:
        panels.refusal_box(refusal)
        return Asked(open=True)


def questions(view: StudyView, image: ImageView, asked: Asked) -> None:
    """What has to be known first: of a picture its facts, of a file without an age which model is meant."""
    if asked.several:
        st.markdown("##### Which model?")
        st.caption("No age is stated, and each model is for its own ages only.")
        st.radio(
            "Model",
            asked.several,
            index=None,
            format_func=lambda name: f"{card(name).title} ({card(name).inputs.ages})",
            key=_model_key(view, image),
            label_visibility="collapsed",
        )
        ask_again(view, image)
    elif image.header.source == "picture":
        picture_questions(view, image)


def picture_questions(view: StudyView, image: ImageView) -> None:
    """What a picture cannot say of itself; asked before it is scored."""
    st.markdown("##### About this picture")
    st.caption(
        "A picture states neither age, view nor modality. Models answer within their declared range only."
    )
    with st.form(key(view, f"ask:{image.id}"), border=False):
        age = st.number_input(
            "Age at the study, in years", min_value=0.0, max_value=120.0, value=None, step=0.5
        )
        position = st.selectbox("View", list(_VIEWS), format_func=_VIEWS.__getitem__)
        xray = st.selectbox("Is it a chest radiograph?", list(_XRAY), format_func=_XRAY.__getitem__)
        if st.form_submit_button("Ask the model", type="primary"):
            answers = PictureAnswers(age, position or None, {"yes": True, "no": False}.get(xray))
            st.session_state[key(view, f"answers:{image.id}")] = answers
            st.rerun()


def ask_again(view: StudyView, image: ImageView) -> None:
    """What was answered for a picture, and the way to change it."""
    answers = st.session_state.get(key(view, f"answers:{image.id}"))
    if image.header.source != "picture" or not isinstance(answers, PictureAnswers):
        return
    said = [words.age(answers.age_years), words.view(answers.view or "")]
    st.caption(f"As entered: {', '.join(said)}.")
    if st.button("Change what was entered", type="tertiary", key="reading:again"):
        del st.session_state[key(view, f"answers:{image.id}")]
        st.rerun()


def refused_panel(
    user: UserSession, view: StudyView, image: ImageView, refused: tuple[str, Prediction]
) -> None:
    """Why no model answers for this image, and the way to read on without one."""
    prediction_id, prediction = refused
    opened = without_model.opened_as_picture(user.store, user.caller, image.id, prediction_id)
    rest = others(user, view, image, besides=prediction.model)
    if opened is None:
        panels.not_assessed_box(prediction.refused or "")
        if rest:
            with st.expander("What the other models say"):
                markup.draw(markup.facts(rest))
        st.button(
            "Open as a picture",
            type="primary",
            icon=":material/image:",
            on_click=_open_as_picture,
            args=(image.id, prediction_id),
            key="reading:as_picture",
            help="Read this image on without any model. The choice is kept with the study.",
        )
        return
    panels.note_box("Read as a picture", f"No model is asked, as you chose at {clock.moment(opened)}.")
    with st.expander("Why no model answers"):
        own = (card(prediction.model).title, prediction.refused or "")
        markup.draw(markup.facts([own, *rest]))


def _open_as_picture(image_id: str, prediction_id: str) -> None:
    user = require_user(Role.CLINICIAN)
    without_model.open_as_picture(user.store, user.caller, image_id, prediction_id)


def others(user: UserSession, view: StudyView, image: ImageView, *, besides: str) -> list[tuple[str, str]]:
    """Title and refusal of every other model, by what the file or the reader says."""
    answers = answers_of(view, image)
    said = without_model.refusals(user.store, user.caller, image.id, answers)
    return [(card(name).title, sentence) for name, sentence in said.items() if name != besides]
