"""The report below the images: verdict, comment, text, saved while it is written; signature and addenda."""

from typing import Final

import streamlit as st

from medai_core.charts import words
from medai_core.domain.people import Role
from medai_core.domain.reading import Reading, Verdict
from medai_core.domain.refusal import Refusal
from medai_core.security.accounts import DEMO_PASSWORD
from medai_core.services import reading as readings
from medai_core.services.studies import StudyView, open_study
from medai_core.ui import clock, markup, panels, places, state
from medai_core.ui.reading.case import draft_of, key, may_read, signed
from medai_core.ui.session import UserSession, require_user

LONGEST: Final = 20_000
MERGED: Final = "Both texts were kept, one below the other with a line between. Look at them before you sign."
_VERDICTS: Final = {
    Verdict.AGREE: "agree",
    Verdict.PARTLY: "partly",
    Verdict.DISAGREE: "disagree",
    Verdict.NOT_USED: "not used",
}
SIGNATURE_SENTENCE: Final = (
    "A signed reading never changes. Corrections are written as addenda. Please type your password to sign."
)


@st.fragment
def report_panel(study_id: str, prediction_id: str | None, image_id: str | None, *, shown: bool) -> None:
    """Signed readings, then the own draft. `shown` says that the model's answer may be judged."""
    user = require_user()
    view = open_study(user.store, user.caller, study_id)
    for one in signed(view.readings):
        _signed(one)
    _prior(view)
    if not may_read(user):
        if not signed(view.readings):
            st.caption("No reading of this study is signed yet.")
        return
    draft = draft_of(user, view)
    mine = [one for one in signed(view.readings) if one.author_id == user.caller.user_id]
    if draft is None and mine:
        st.button(
            "Write an addendum",
            icon=":material/note_add:",
            on_click=_addendum,
            args=(mine[0].id, _said(view)),
            key="reading:addendum",
        )
        _draw_said(view)
        return
    _editor(user, view, draft, (prediction_id, image_id) if shown else (None, image_id))


def _said(view: StudyView) -> str:
    return key(view, "refusal")


def _draw_said(view: StudyView) -> None:
    """The refusal of the last save, until one succeeds."""
    said = st.session_state.get(_said(view))
    if isinstance(said, Refusal):
        panels.refusal_box(said)


def _editor(
    user: UserSession, view: StudyView, draft: Reading | None, seen: tuple[str | None, str | None]
) -> None:
    addendum = draft is not None and draft.addendum_to is not None
    st.markdown("##### Addendum" if addendum else "##### Report")
    names = {name: key(view, name) for name in ("verdict", "comment", "report", "base", "merged", "refusal")}
    _fill(names, draft)
    save = (view.study.id, names, seen)
    if seen[0] is not None:
        st.segmented_control(
            "What do you make of the model's answer?",
            list(_VERDICTS),
            format_func=_VERDICTS.__getitem__,
            key=names["verdict"],
            on_change=_save,
            args=save,
        )
        _text("Comment on the model's answer", names["comment"], 80, save)
    _text("Addendum" if addendum else "Report", names["report"], 180, save)
    if st.session_state.get(names["merged"]):
        panels.caution_box([MERGED], heading="Changed in another window")
    _draw_said(view)
    _foot(user, view, draft)


def _fill(names: dict[str, str], draft: Reading | None) -> None:
    """What is saved, where nothing was typed yet in this window."""
    saved = {
        "verdict": draft.verdict if draft else None,
        "comment": draft.comment if draft else "",
        "report": draft.report if draft else "",
    }
    st.session_state.setdefault(names["base"], (saved["report"], saved["comment"]))
    for name, value in saved.items():
        st.session_state.setdefault(names[name], value)


def _text(label: str, name: str, height: int, save: tuple[object, ...]) -> None:
    st.text_area(
        label, key=name, height=height, max_chars=LONGEST, on_change=_save, args=save, persist_state="page"
    )


def _save(study_id: str, names: dict[str, str], seen: tuple[str | None, str | None]) -> None:
    """Keep the draft as it is typed now; a refusal leaves the text where it is and says why."""
    user = require_user(Role.CLINICIAN)
    kept = st.session_state
    try:
        draft = readings.draft(user.store, user.caller, study_id)
        behind = (draft.report, draft.comment) != kept.get(names["base"])
        saved = readings.save_draft(
            user.store,
            user.caller,
            draft.id,
            revision=draft.revision - 1 if behind else draft.revision,
            report=kept.get(names["report"]) or "",
            comment=kept.get(names["comment"]) or "",
            verdict=kept.get(names["verdict"]),
            image_id=seen[1],
            prediction_id=seen[0],
        )
    except Refusal as refusal:
        kept[names["refusal"]] = refusal
        return
    kept[names["base"]] = (saved.report, saved.comment)
    if behind:
        kept[names["report"]], kept[names["comment"]] = saved.report, saved.comment
        kept[names["merged"]] = True
    kept.pop(names["refusal"], None)


def _foot(user: UserSession, view: StudyView, draft: Reading | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        saved = f"Draft saved {clock.moment(draft.updated_at)}" if draft else "Saved as soon as you write"
        st.caption(saved, width="stretch")
        if draft is None:
            return
        with st.popover("Discard"):
            st.write("What you wrote in this draft is thrown away.")
            st.button(
                "Throw it away", on_click=_discard, args=(draft.id, _names(view)), key="reading:discard"
            )
        st.link_button(
            "Preview PDF", places.report_address(draft.id), help="Marked NOT SIGNED on every page."
        )
        if st.button("Sign", type="primary", icon=":material/draw:", key="reading:sign"):
            sign_dialog(view.study.id)
    if user.caller.store_name == "demo":
        st.caption(f"In the demo the password is the word {DEMO_PASSWORD}.")


@st.dialog("Sign this reading")
def sign_dialog(study_id: str) -> None:
    """Ask for the password again; a wrong one is said here."""
    user = require_user(Role.CLINICIAN)
    view = open_study(user.store, user.caller, study_id)
    draft = draft_of(user, view)
    if draft is None:
        st.write("There is no draft to sign any more.")
        return
    picture = st.session_state.get(key(view, "key image"))
    pairs = [
        ("Verdict", words.verdict(draft.verdict)),
        ("Model", words.answer(draft.prediction)),
        ("Key image", "taken" if picture else "none: take one with the camera tool of the image"),
    ]
    markup.draw(
        markup.facts(pairs) + markup.box("note", "", markup.prose(draft.report or "The report is empty."))
    )
    st.write(SIGNATURE_SENTENCE)
    with st.form("reading:signature", border=False, clear_on_submit=True):
        password = st.text_input(
            f"Password of {user.caller.username}",
            type="password",
            key=f"{state.SECRET}sign",
            autocomplete="current-password",
        )
        submitted = st.form_submit_button("Sign", type="primary")
    if submitted:
        with panels.refusals_shown():
            readings.sign(user.store, user.caller, draft.id, password, picture, revision=draft.revision)
            _forget(_names(view))
            st.rerun(scope="app")


def _names(view: StudyView) -> list[str]:
    """Everything that is kept of a draft in this window."""
    parts = ("verdict", "comment", "report", "base", "merged", "refusal", "key image", "impression")
    return [key(view, name) for name in parts]


def _forget(names: list[str]) -> None:
    for name in names:
        st.session_state.pop(name, None)


def _discard(reading_id: str, names: list[str]) -> None:
    user = require_user(Role.CLINICIAN)
    readings.discard_draft(user.store, user.caller, reading_id)
    _forget(names)


def _prior(view: StudyView) -> None:
    """What was signed on the study that stands beside this one."""
    if view.prior is None or not view.prior.readings:
        return
    with st.expander(f"Reading of the prior study of {words.day(view.prior.study.study_date)}"):
        for one in view.prior.readings:
            _signed(one)


def _signed(one: Reading) -> None:
    kind = "Addendum" if one.addendum_to else "Reading"
    pairs = [("Signed", f"{clock.moment(one.signed_at)} by {one.author_name}")]
    if one.prediction is not None:
        pairs += [("Model", words.answer(one.prediction)), ("Verdict", words.verdict(one.verdict))]
    if one.comment:
        pairs.append(("Comment", one.comment))
    order = "The model's answer was shown first." if one.saw_model_first else one.first_impression
    if order:
        pairs.append(("First impression", order))
    inner = markup.prose(one.report or "No report text.") + markup.facts(pairs)
    with st.container(border=True):
        markup.draw(f"<h4>{kind}, signed</h4>{inner}")
        st.link_button("Report as PDF", places.report_address(one.id), icon=":material/picture_as_pdf:")


def _addendum(reading_id: str, said: str) -> None:
    user = require_user(Role.CLINICIAN)
    try:
        readings.addendum(user.store, user.caller, reading_id)
    except Refusal as refusal:
        st.session_state[said] = refusal
