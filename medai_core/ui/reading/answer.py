"""The right side of the reading page: one's own impression first, then what the model says."""

from typing import Final

import streamlit as st

from medai_core.charts import cards, findings, words
from medai_core.charts.template import STILL
from medai_core.domain.people import Role
from medai_core.domain.prediction import HeatMap, PictureAnswers, Prediction
from medai_core.domain.reading import Reading
from medai_core.domain.refusal import Refusal
from medai_core.services import reading as readings
from medai_core.services.studies import ImageView, StudyView
from medai_core.serving.registry import ModelCard, available, card
from medai_core.ui import markup, panels
from medai_core.ui.reading import prevalence
from medai_core.ui.reading.case import draft_of, key, label_names, may_read
from medai_core.ui.session import UserSession, require_user

HEAT_MAP_CAVEAT: Final = (
    "A heat map shows where the model's evidence lies, not where the disease is. In published comparisons "
    "such maps were less exact than outlines drawn by people, above all for small or several findings. Set "
    "its opacity in the tools of the image."
)
Found = tuple[str, Prediction] | None
_VIEWS: Final = {
    "": "not known",
    "AP": "AP (front to back)",
    "PA": "PA (back to front)",
    "LATERAL": "lateral",
}
_XRAY: Final = {"": "not known", "yes": "yes, a radiograph (CR or DX)", "no": "no"}


def is_due(user: UserSession, view: StudyView) -> bool:
    """Whether the model's answer may be shown: not before the own impression, unless that is switched off."""
    if not may_read(user) or readings.model_first(user.store, user.caller):
        return True
    if any(one.author_id == user.caller.user_id and one.signed_at for one in view.readings):
        return True
    draft = draft_of(user, view)
    return draft is not None and (draft.first_impression_at is not None or draft.saw_model_first)


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


def is_hidden(view: StudyView) -> bool:
    """Whether the reader has switched the model's answer off for this study."""
    return bool(st.session_state.get(key(view, "hidden"), False))


def hide(view: StudyView, *, hidden: bool) -> None:
    """Switch the model's answer off or on."""
    st.session_state[key(view, "hidden")] = hidden


def heat_label(view: StudyView) -> str | None:
    """The label whose heat map is chosen."""
    value = st.session_state.get(key(view, "heat"))
    return str(value) if value else None


def toggle_heat_map(view: StudyView, prediction: Prediction | None) -> None:
    """Switch the heat map off, or on for the finding with the highest probability."""
    chosen = None
    if heat_label(view) is None and prediction is not None and prediction.findings:
        chosen = max(prediction.findings, key=lambda finding: finding.probability).label
    st.session_state[key(view, "heat")] = chosen


def heat_map(
    user: UserSession, view: StudyView, image: ImageView, prediction: Prediction | None
) -> HeatMap | None:
    """The chosen heat map, or None; a refusal of it is drawn as a box."""
    label = heat_label(view)
    if label is None or prediction is None or prediction.refused is not None:
        return None
    try:
        return readings.heat_map(user.store, user.caller, image.id, prediction.model, label)
    except Refusal as refusal:
        panels.refusal_box(refusal)
        return None


def heat_words(heat: HeatMap, prediction: Prediction | None) -> str:
    """The finding of a heat map in the words of the model's card."""
    return words.label(heat.label, label_names(prediction.model) if prediction else None)


def answer_of(user: UserSession, view: StudyView, image: ImageView) -> tuple[str, Prediction] | None:
    """The model's answer with its stored id; None while a picture's questions are open. Raises Refusal."""
    answers = None
    if image.header.source == "picture" and may_read(user):
        answers = st.session_state.get(key(view, f"answers:{image.id}"))
        if not isinstance(answers, PictureAnswers):
            return None
    try:
        return readings.predict_image(user.store, user.caller, image.id, answers=answers)
    except Refusal as refusal:
        if refusal.code != "not-predicted":
            raise
        st.caption("No model has been asked about this image yet.")
        return None


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


def answer_panel(view: StudyView, prediction: Prediction) -> None:
    """Chart, table, cautions, heat map and version of one answer; or the reason why there is none."""
    model = card(prediction.model)
    names = cards.label_names(model.data)
    st.markdown("##### Model's answer")
    if prediction.refused is not None:
        panels.not_assessed_box(prediction.refused)
        _version(model, prediction)
        return
    markup.draw(f"<p><strong>{markup.text(words.answer(prediction, names))}</strong></p>")
    label = heat_label(view)
    st.plotly_chart(
        findings.findings_chart(prediction, chosen=label, names=names),
        config=STILL,
        key=key(view, "chart"),
        alt=findings.findings_alt(prediction, names),
    )
    panels.caution_box(prediction.cautions)
    prevalence.prevalence_panel(view, prediction)
    st.pills(
        "Heat map",
        [finding.label for finding in prediction.findings],
        format_func=lambda name: words.label(name, names),
        key=key(view, "heat"),
        help="Drawn over the image for one finding; M in the image switches it.",
    )
    if label is not None:
        st.caption(HEAT_MAP_CAVEAT)
    with st.expander("As a table, and in words"):
        rows = findings.findings_table(prediction, names)
        markup.draw(
            markup.table(
                list(rows[0]), [list(row.values()) for row in rows], caption="Findings of this image"
            )
            + "".join(markup.paragraph(findings.natural_frequency(one, names)) for one in prediction.findings)
        )
    _version(model, prediction)


def _version(model: ModelCard, prediction: Prediction) -> None:
    markup.draw(
        f'<p class="mx-small mx-muted">{markup.text(model.title)}, '
        f"version {markup.text(prediction.version)}, "
        f'weights <span class="mx-code">{markup.text(prediction.weights_digest[:12])}</span>, input '
        f'<span class="mx-code">{markup.text(prediction.input_digest[:12])}</span></p>'
    )


def own_impression(draft: Reading) -> None:
    """The recorded first impression, as it was written."""
    if draft.first_impression:
        with st.expander("Your first impression"):
            markup.draw(markup.prose(draft.first_impression))
