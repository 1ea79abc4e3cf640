"""The report below the images: verdict, comment, text, saved while it is written; signature and addenda."""

from typing import Final

import streamlit as st

from medai_core.charts import words
from medai_core.charts.prevalence import where_from
from medai_core.domain.people import Role
from medai_core.domain.prevalence import Localised
from medai_core.domain.reading import Reading, Verdict
from medai_core.domain.refusal import Refusal
from medai_core.security import single_sign_on
from medai_core.security.accounts import DEMO_PASSWORD
from medai_core.services import reading as readings
from medai_core.services.prevalence import of_reading
from medai_core.services.studies import StudyView, open_study
from medai_core.ui import clock, markup, panels, places, state
from medai_core.ui.forms import confirm_link
from medai_core.ui.reading.case import answer_words, draft_of, key, may_read, renew, signed
from medai_core.ui.session import UserSession, require_user

LONGEST: Final = 20_000
MERGED: Final = "Both texts were kept, one below the other with a line between. Look at them before you sign."
OTHER_VERDICT: Final = "The verdict was changed there too; what is chosen now is what that window saved."
NOTHING_SHOWN: Final = -1
"""The revision of a draft that this window has not shown for signature yet; no draft has it."""
_BESIDE: Final = ("base", "merged", "refusal", "mark")
_Seen = tuple[str | None, str | None]
"""The answer that may be judged, and the image that is shown."""
_VERDICTS: Final = {
    Verdict.AGREE: "agree",
    Verdict.PARTLY: "partly",
    Verdict.DISAGREE: "disagree",
    Verdict.NOT_USED: "not used",
}
SIGNATURE_SENTENCE: Final = (
    "A signed reading never changes. Corrections are written as addenda. Please type your password to sign."
)
SIGNATURE_AFTER_CONFIRMING: Final = (
    "A signed reading never changes. Corrections are written as addenda. "
    "Please confirm who you are, then sign."
)


def report_panel(study_id: str, prediction_id: str | None, image_id: str | None, *, shown: bool) -> None:
    """Signed readings, then the own draft. `shown` says that the model's answer may be judged.

    No fragment: where a fragment's run and the page's meet, the browser empties the fragment's fields.
    """
    user = require_user()
    view = open_study(user.store, user.caller, study_id)
    renew(user, view)
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


def _editor(user: UserSession, view: StudyView, draft: Reading | None, seen: _Seen) -> None:
    addendum = draft is not None and draft.addendum_to is not None
    st.markdown("##### Addendum" if addendum else "##### Report")
    names = {name: key(view, name) for name in ("verdict", "comment", "report", *_BESIDE)}
    judged = _answered(draft) if seen[0] is None else None
    about = judged or seen
    _fill(names, draft, judging=about[0] is not None)
    save = (view.study.id, names, about)
    if about[0] is not None:
        st.segmented_control(
            "What do you make of the model's answer?",
            list(_VERDICTS),
            format_func=_VERDICTS.__getitem__,
            key=names["verdict"],
            on_change=_save,
            args=save,
        )
        _of_another_answer(view, draft, seen)
        _text("Comment on the model's answer", names["comment"], 80, save)
    _text("Addendum" if addendum else "Report", names["report"], 180, save)
    _mark(names["mark"], view.study.id)
    if said := st.session_state.get(names["merged"]):
        panels.caution_box([said], heading="Changed in another window")
    _draw_said(view)
    _foot(user, view, draft)


def _answered(draft: Reading | None) -> _Seen | None:
    """The answer that the draft is linked to and its image; None where there is none, or a refusal."""
    if draft is None or draft.prediction is None or draft.prediction.refused is not None:
        return None
    return draft.prediction_id, draft.image_id


def _of_another_answer(view: StudyView, draft: Reading | None, seen: _Seen) -> None:
    """Say it where the verdict is on another answer than the one that is shown."""
    linked = _answered(draft)
    if draft is None or linked is None or linked[0] == seen[0] or (draft.verdict is None and seen[0]):
        return
    of = next((image.series_label for image in view.images if image.id == linked[1]), "another image")
    of = "an earlier answer to this image" if linked[1] == seen[1] else f"the answer to {of}"
    again = " Another choice is on the answer shown now." if seen[0] else ""
    st.caption(f"This is on {of}: {answer_words(draft.prediction)}{again}")


def _fill(names: dict[str, str], draft: Reading | None, *, judging: bool) -> None:
    """What is saved, where nothing was typed yet in this window; only for fields that are drawn.

    A value that is set for a field which this run does not draw can be lost on the way to another page.
    """
    kept = st.session_state
    saved = {
        "report": draft.report if draft else "",
        "comment": draft.comment if draft else "",
        "verdict": draft.verdict if draft else None,
    }
    if names["report"] not in kept or names["base"] not in kept:
        kept[names["base"]] = tuple(saved.values())
    for name, value in saved.items():
        if judging or name == "report":
            kept.setdefault(names[name], value)


def _mark(name: str, study_id: str) -> None:
    """A field that nobody sees and that holds the study's id.

    A browser that mounts its fields anew sends all of them empty; it then sends this one empty too, and what
    is saved is not overwritten by what no person has cleared.
    """
    st.session_state.setdefault(name, study_id)
    with st.container(key="medai-mark"):
        st.html("<style>div:has(> .st-key-medai-mark), .st-key-medai-mark { display: none; }</style>")
        st.text_input("Study", key=name, label_visibility="collapsed", on_change="ignore")


def _text(label: str, name: str, height: int, save: tuple[object, ...]) -> None:
    st.text_area(
        label, key=name, height=height, max_chars=LONGEST, on_change=_save, args=save, persist_state="page"
    )


def _save(study_id: str, names: dict[str, str], seen: _Seen) -> None:
    """Keep the draft as it is typed now; a refusal leaves the text where it is and says why."""
    user = require_user(Role.CLINICIAN)
    kept = st.session_state
    try:
        draft = readings.draft(user.store, user.caller, study_id)
        stored = (draft.report, draft.comment, draft.verdict)
        base = kept.get(names["base"], stored)
        if kept.get(names["mark"], study_id) != study_id:
            _restore(names, stored, study_id)
            return
        verdict = kept.get(names["verdict"], base[2])
        behind, other = stored[:2] != base[:2], draft.verdict not in (base[2], verdict)
        texts = (kept.get(names["report"], base[0]) or "", kept.get(names["comment"], base[1]) or "")
        if (*texts, verdict) == stored == base:
            return
        saved = _save_texts(user, draft, texts, seen, behind=behind)
        if verdict != base[2]:
            saved = _save_verdict(user, saved, verdict, seen, behind=other)
    except Refusal as refusal:
        kept[names["refusal"]] = refusal
        return
    kept[names["base"]] = (saved.report, saved.comment, saved.verdict)
    if behind or other:
        _forget([names[name] for name in ("report", "comment", "verdict")])  # filled when they are drawn
        kept[names["merged"]] = " ".join([MERGED] * behind + [OTHER_VERDICT] * other)
    kept.pop(names["refusal"], None)


def _restore(names: dict[str, str], stored: tuple[str, str, Verdict | None], study_id: str) -> None:
    """Put what is saved back into fields that the browser had emptied by itself."""
    kept = st.session_state
    kept[names["base"]], kept[names["mark"]] = stored, study_id
    kept[names["report"]], kept[names["comment"]], kept[names["verdict"]] = stored


def _save_texts(
    user: UserSession, draft: Reading, texts: tuple[str, str], seen: _Seen, *, behind: bool
) -> Reading:
    """Keep report and comment; `behind`: another window has saved others since."""
    return readings.save_draft(
        user.store,
        user.caller,
        draft.id,
        revision=draft.revision - behind,
        report=texts[0],
        comment=texts[1],
        image_id=seen[1],
        prediction_id=seen[0],
    )


def _save_verdict(
    user: UserSession, draft: Reading, verdict: Verdict | None, seen: _Seen, *, behind: bool
) -> Reading:
    """Keep a changed choice, None to take it back; `behind`: another window has chosen since."""
    return readings.save_draft(
        user.store,
        user.caller,
        draft.id,
        revision=draft.revision - behind,
        verdict=verdict,
        clear_verdict=verdict is None,
        image_id=seen[1],
        prediction_id=seen[0],
    )


def _foot(user: UserSession, view: StudyView, draft: Reading | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        saved = f"Draft saved {clock.moment(draft.updated_at)}" if draft else "Saved as soon as you write"
        st.caption(saved, width="stretch")
        if draft is None:
            return
        with st.popover("Discard"):
            st.write("What you wrote in this draft is thrown away, the first impression too.")
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
    if draft_of(user, view) is None:
        st.write("There is no draft to sign any more.")
        return
    draft = readings.draft(user.store, user.caller, study_id)
    picture = st.session_state.get(key(view, "key image"))
    seen = int(st.session_state.get(key(view, "signing"), NOTHING_SHOWN))
    shown = st.session_state.get(key(view, "signing at"))
    local = of_reading(user.store, user.caller, draft)
    _to_be_signed(draft, local, has_picture=picture is not None)
    st.session_state[key(view, "signing")] = draft.revision
    st.session_state[key(view, "signing at")] = local
    at_provider = single_sign_on.linked(user.store, user.caller.user_id)
    st.write(SIGNATURE_AFTER_CONFIRMING if at_provider else SIGNATURE_SENTENCE)
    if at_provider:
        confirm_link()
    with st.form("reading:signature", border=False, clear_on_submit=True):
        password = "" if at_provider else _password(user)
        submitted = st.form_submit_button("Sign", type="primary")
    if submitted:
        with panels.refusals_shown():
            readings.sign(user.store, user.caller, draft.id, password, picture, revision=seen, shown=shown)
            _forget(_names(view))
            st.rerun(scope="app")


def _password(user: UserSession) -> str:
    return st.text_input(
        f"Password of {user.caller.username}",
        type="password",
        key=f"{state.SECRET}sign",
        autocomplete="current-password",
    )


def _to_be_signed(draft: Reading, local: Localised | None, *, has_picture: bool) -> None:
    """Everything that the signature will stand for, as it is stored now."""
    pairs = [
        ("First impression", draft.first_impression or "none was written"),
        ("Model", answer_words(draft.prediction)),
        *([("Prevalence", where_from(local))] if local else []),
        ("Verdict", words.verdict(draft.verdict)),
        ("Comment", draft.comment or "none"),
        ("Key image", "taken" if has_picture else "none: take one with the camera tool of the image"),
    ]
    markup.draw(
        markup.facts(pairs) + markup.box("note", "", markup.prose(draft.report or "The report is empty."))
    )


def _names(view: StudyView) -> list[str]:
    """Everything that is kept of a draft in this window."""
    draft = ("verdict", "comment", "report", *_BESIDE, "signing", "signing at", "key image")
    return [key(view, name) for name in (*draft, "impression", "impression base")]


def _forget(names: list[str]) -> None:
    for name in names:
        st.session_state.pop(name, None)


def _discard(reading_id: str, names: list[str]) -> None:
    user = require_user(Role.CLINICIAN)
    try:
        readings.discard_draft(user.store, user.caller, reading_id)
    except Refusal as refusal:
        if refusal.code not in ("reading-missing", "reading-signed"):
            raise
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
        pairs += [("Model", answer_words(one.prediction)), ("Verdict", words.verdict(one.verdict))]
    if one.prevalence is not None:
        pairs.append(("Prevalence", where_from(one.prevalence)))
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
