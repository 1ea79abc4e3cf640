"""One study: the images, one's own impression, the model's answer, the report."""

import streamlit as st

from medai_core.domain.prediction import HeatMap
from medai_core.domain.refusal import Refusal
from medai_core.services.patient_record import banner_of
from medai_core.services.studies import ImageView, StudyView, open_study
from medai_core.ui import markup, panels, places, state
from medai_core.ui.banner import patient_banner, turn_to
from medai_core.ui.reading import answer, asking, case, impression, ways
from medai_core.ui.reading.report import report_panel
from medai_core.ui.session import UserSession, require_user
from medai_core.ui.viewer import ViewerEvents, heat_map_data, viewer
from medai_core.ui.worklist import filters

# One for all cases: the viewer stays mounted and keeps the keyboard.
VIEWER = "reading:viewer"

user = require_user()


def main(user: UserSession) -> None:
    """Draw the study that the address names, or the way to one."""
    markup.page_style()
    study_id = st.query_params.get(places.STUDY, "")
    if not study_id:
        panels.heading("Reading")
        panels.empty_state("No study is open", ["Choose one on the worklist; it opens here."], ways.draw)
        return
    turn_to(study_id)
    try:
        view = open_study(user.store, user.caller, study_id, filters=filters.kept_filter())
        banner = banner_of(user.store, user.caller, view.study.patient.id)
    except Refusal as refusal:
        panels.heading("Reading")
        panels.refusal_box(refusal)
        ways.to_worklist()
        return
    state.select_patient(view.study.patient.id)
    ways.remember(study_id)
    virtual = any(image.header.virtual for image in view.images)
    patient_banner(view.study.patient, banner=banner, study_date=view.study.study_date, virtual=virtual)
    case.strip(user, view)
    _draw(user, view)


def _draw(user: UserSession, view: StudyView) -> None:
    left, right = st.columns([7, 3], gap="medium")
    shown = st.session_state.get(case.key(view, "image"))
    image = case.image_of(view, shown)
    if image is None:
        with left:
            panels.note_box("No image", "This study holds no image that can be shown.")
        return
    applies = asking.why_no_model(view) is None
    with right:
        asked = asking.ask(user, view, image) if applies else asking.Asked()
        due = applies and not asked.waits and asked.refused is None and impression.is_due(user, view)
        found = answer.answer_of(user, view, image) if due else asked.refused
    prediction = found[1] if found and not answer.is_hidden(view) else None
    heat = answer.heat_map(user, view, image, prediction) if due else None
    with left:
        events = viewer(
            case.descriptors(view),
            key=VIEWER,
            csrf=user.csrf,
            heat_map=heat_map_data(heat, image.id, label=answer.heat_words(heat, prediction))
            if heat
            else None,
            layout="pair" if view.prior else "single",
            ai_on=(not answer.is_hidden(view)) if due else None,
            has_next=view.next_id is not None,
            has_previous=view.previous_id is not None,
            offset_px=230,
        )
    _follow(view, events, found)
    with right:
        _right(user, view, image, asked, found, heat, due=due)
        case.attribution(user, image)
    with left:
        report_panel(
            view.study.id,
            found[0] if found else None,
            image.id,
            shown=found is not None and found[1].refused is None,
        )


def _right(
    user: UserSession,
    view: StudyView,
    image: ImageView,
    asked: asking.Asked,
    found: asking.Found,
    heat: HeatMap | None,
    *,
    due: bool,
) -> None:
    panels.caution_box(image.header.notices, heading="About this file")
    if why := asking.why_no_model(view):
        panels.note_box("No model applies", why)
        return
    if asked.waits:
        asking.questions(view, image, asked)
    elif asked.refused is not None:
        asking.refused_panel(user, view, image, asked.refused)
        asking.ask_again(view, image)
    elif not due:
        impression.impression_step(user, view)
        return
    elif answer.is_hidden(view):
        answer.hidden_note(view)
    elif found is not None:
        answer.answer_panel(user, view, image, found[1], heat)
        asking.ask_again(view, image)
    draft = case.draft_of(user, view)
    if draft is not None:
        impression.own_impression(draft)
    if case.may_read(user) and due:
        impression.order_switch(user)


def _follow(view: StudyView, events: ViewerEvents, found: asking.Found) -> None:
    """Do what the reader asked for in the viewer."""
    target = {1: view.next_id, -1: view.previous_id}.get(events.next_case)
    if target is not None:
        places.open_study(target)
    if events.key_image is not None and events.key_image_of in {image.id for image in view.images}:
        st.session_state[case.key(view, "key image")] = events.key_image
        st.toast("Key image taken; it goes into the report when you sign.")
    elif events.key_image is not None:
        st.toast("Not taken: that image is of the prior. A key image shows the study that is read.")
    if events.toggle_ai:
        answer.hide(view, hidden=not answer.is_hidden(view))
    if events.toggle_heat_map:
        answer.toggle_heat_map(view, found[1] if found else None)
    name = case.key(view, "image")
    moved = events.current_image is not None and events.current_image != st.session_state.get(name)
    if moved:
        st.session_state[name] = events.current_image
    if events.toggle_ai or events.toggle_heat_map or (moved and len(view.images) > 1):
        st.rerun()


main(user)
