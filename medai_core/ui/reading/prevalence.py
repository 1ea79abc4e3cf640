"""Beside the model's answer: how common its findings are here, and the reader's own figure for a reading."""

from dataclasses import replace
from typing import Final

import streamlit as st

from medai_core.charts import prevalence as said
from medai_core.charts import words
from medai_core.domain.people import Role
from medai_core.domain.prediction import Finding, Prediction
from medai_core.domain.prevalence import HIGHEST, LOWEST, LocalFinding, Localised
from medai_core.domain.reading import Reading
from medai_core.domain.refusal import Refusal
from medai_core.services import prevalence
from medai_core.services import reading as readings
from medai_core.services.studies import StudyView
from medai_core.ui import markup, panels
from medai_core.ui.reading.case import draft_of, key, label_names, may_read
from medai_core.ui.session import UserSession, require_user

TRAINING: Final = "Training prevalence"
_HELP: Final = (
    "Shifts the probabilities on this page by Bayes' theorem (Saerens and others, 2002). The operating point "
    "and what is flagged stay as they are. It holds for this reading and is signed with it."
)


def reading_of(user: UserSession, view: StudyView, prediction: Prediction) -> Reading | None:
    """The person's own reading that an answer is shown for: the open draft, else the last signed one."""
    draft = draft_of(user, view)
    if draft is not None:
        return draft
    mine = (
        one
        for one in reversed(view.readings)
        if one.signed_at and one.author_id == user.caller.user_id and one.prediction == prediction
    )
    return next(mine, None)


def local_answer(user: UserSession, view: StudyView, prediction: Prediction) -> Localised:
    """The answer at the prevalence of the person's reading, else of the site."""
    reading = reading_of(user, view, prediction)
    return prevalence.localised(user.store, user.caller, prediction, reading)


def at_prevalence(prediction: Prediction, local: Localised) -> Prediction:
    """The answer with the probabilities, intervals and operating points of the prevalence here."""
    return replace(
        prediction, findings=tuple(_moved(one, local.of(one.label)) for one in prediction.findings)
    )


def _moved(finding: Finding, here: LocalFinding | None) -> Finding:
    if here is None:
        return finding
    return replace(
        finding,
        probability=here.probability,
        low=here.low,
        high=here.high,
        threshold=here.operating_point,
    )


def prevalence_panel(view: StudyView, prediction: Prediction) -> None:
    """One line that is always seen; figures, predictive values and the reader's choice folded away."""
    user = require_user()
    local = local_answer(user, view, prediction)
    names = label_names(prediction.model)
    st.caption(_line(local, names))
    with st.expander("Prevalence here"):
        reading = reading_of(user, view, prediction)
        changeable = may_read(user) and (reading is None or reading.signed_at is None)
        if changeable:
            _setting(user, view, prediction.model, local)
        elif reading is not None and reading.signed_at is not None:
            st.caption("As it was signed.")
        finding = _finding(view, local, names)
        if finding is not None:
            _one(user, view, local, finding, names, changeable=changeable)
        if changeable and local.is_changed:
            st.button(
                "Back to the site's prevalence",
                on_click=_reset,
                args=(view.study.id, _refused(view)),
                key="reading:prevalence:reset",
            )
        refusal = st.session_state.pop(_refused(view), None)
        if isinstance(refusal, Refusal):
            panels.refusal_box(refusal)
        _table(local, names)


def _line(local: Localised, names: dict[str, str]) -> str:
    """Which prevalence, and what the model itself said of the most likely finding."""
    sentence = said.where_from(local)
    top = max(local.findings, key=lambda one: (one.flagged, one.probability), default=None)
    if top is None or not local.is_shifted:
        return sentence
    return f"{sentence} {words.label(top.label, names)}: {said.as_trained(top, local)}."


def _setting(user: UserSession, view: StudyView, model: str, local: Localised) -> None:
    known = prevalence.settings(user.store, user.caller, model)
    if not known.labels:
        return
    widget = key(view, f"prevalence:setting:{model}")
    own = known.site_setting.name if known.site_setting else ""
    st.session_state[widget] = local.setting
    st.selectbox(
        "Setting",
        ["", *(one.name for one in known.settings)],
        format_func=lambda name: (name or TRAINING) + (" (this site's)" if name == own else ""),
        key=widget,
        on_change=_set_setting,
        args=(view.study.id, model, widget, _refused(view)),
        help=_HELP,
    )
    if local.source:
        st.caption(local.source)


def _finding(view: StudyView, local: Localised, names: dict[str, str]) -> LocalFinding | None:
    """The finding that is looked at; at first the most likely one."""
    if not local.findings:
        return None
    ranked = sorted(local.findings, key=lambda one: (one.flagged, one.probability), reverse=True)
    label = st.selectbox(
        "Finding",
        [one.label for one in ranked],
        format_func=lambda name: words.label(name, names),
        key=key(view, "prevalence:finding"),
    )
    return local.of(str(label))


def _one(
    user: UserSession,
    view: StudyView,
    local: Localised,
    finding: LocalFinding,
    names: dict[str, str],
    *,
    changeable: bool,
) -> None:
    """One finding's prevalence, to be changed where it may be, and what follows from it."""
    known = prevalence.settings(user.store, user.caller, local.model) if changeable else None
    if known is not None and finding.label in known.labels and finding.prevalence is not None:
        widget = key(view, f"prevalence:{local.model}:{finding.label}")
        st.session_state[widget] = round(finding.prevalence * 100, 4)
        st.number_input(
            "Prevalence here, in per cent",
            min_value=min(LOWEST * 100, round(finding.prevalence * 100, 4)),
            max_value=max(HIGHEST * 100, round(finding.prevalence * 100, 4)),
            value=None,
            step=1.0,
            format="%g",
            key=widget,
            on_change=_set_share,
            args=(view.study.id, local.model, finding.label, widget, _refused(view)),
            help="0.1 to 99.9. Of 100 such images here, how many have the finding?",
        )
    pairs = [
        ("Prevalence", f"{said.percent(finding.prevalence)}, {said.origin(finding, local)}"),
        ("Here", f"{words.probability(finding.probability)} ({words.interval(finding.low, finding.high)})"),
        ("Model", said.as_trained(finding, local)),
        ("PPV", said.predictive(finding.ppv)),
        ("NPV", said.predictive(finding.npv)),
    ]
    if finding.measured_on:
        pairs.append(("Measured on", f"held-out films: {finding.measured_on}"))
    markup.draw(markup.paragraph(said.frequencies(finding, names)) + markup.facts(pairs))


def _table(local: Localised, names: dict[str, str]) -> None:
    """All findings, where there are several."""
    rows = [
        {name: row[name] for name in ("Finding", "Prevalence here", "Probability here", "As trained")}
        for row in said.table(local, names)
    ]
    if len(rows) > 1:
        cells = [list(row.values()) for row in rows]
        markup.draw(markup.table(list(rows[0]), cells, caption="All findings", numbers=(1, 2, 3)))


def _refused(view: StudyView) -> str:
    return key(view, "prevalence:refusal")


def _set_setting(study_id: str, model: str, widget: str, refused: str) -> None:
    user = require_user(Role.CLINICIAN)
    chosen = st.session_state.get(widget)
    if not isinstance(chosen, str):
        return
    try:
        draft = readings.draft(user.store, user.caller, study_id)
        prevalence.choose_setting(user.store, user.caller, draft.id, model, chosen)
    except Refusal as refusal:
        st.session_state[refused] = refusal


def _set_share(study_id: str, model: str, label: str, widget: str, refused: str) -> None:
    user = require_user(Role.CLINICIAN)
    typed = st.session_state.get(widget)
    if typed is None:  # emptied: the figure that held before stays
        return
    try:
        draft = readings.draft(user.store, user.caller, study_id)
        share = round(float(typed) / 100, 6)
        prevalence.choose_share(user.store, user.caller, draft.id, model, label, share)
    except Refusal as refusal:
        st.session_state[refused] = refusal


def _reset(study_id: str, refused: str) -> None:
    user = require_user(Role.CLINICIAN)
    try:
        draft = readings.draft(user.store, user.caller, study_id)
        prevalence.reset_choice(user.store, user.caller, draft.id)
    except Refusal as refusal:
        st.session_state[refused] = refusal
