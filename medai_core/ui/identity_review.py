"""Two records of one key side by side, and moving a study to another patient."""

from typing import Final

import streamlit as st

from medai_core.charts import words
from medai_core.domain.people import PatientIdentity, Role
from medai_core.domain.reading import StudyRow
from medai_core.domain.refusal import Refusal
from medai_core.services.identities import (
    IdentityConflict,
    find_patients,
    move_study,
    resolve_conflict,
)
from medai_core.services.worklist import worklist
from medai_core.store.rows import StudyFilter
from medai_core.ui import clock, markup, panels, places
from medai_core.ui.session import UserSession, require_user
from medai_core.ui.worklist.table import person_line

_SAID: Final = "review:said"
_FIELDS: Final = ("name", "birth date", "sex")


def conflict_card(one: IdentityConflict) -> None:
    """One doubt: what both sides say, in words and marked where they differ, and the decision."""
    with st.container(border=True):
        identifier = one.known.identity.identifier
        st.markdown("**The same patient id, two descriptions**")
        markup.draw(
            markup.paragraph(
                f"Patient id {identifier}. Found {clock.moment(one.conflict.found_at)}.", muted=True
            )
            + side_by_side(one)
        )
        reason = st.text_input(
            "Reason, for the record", key=f"review:{one.id}:reason", max_chars=1000, autocomplete="off"
        )
        with st.container(horizontal=True):
            st.button(
                "Same person",
                on_click=_resolve,
                args=(one.id, True),
                key=f"review:{one.id}:same",
                disabled=not reason,
                help="All studies of the second record go to the known patient.",
            )
            st.button(
                "Keep apart",
                on_click=_resolve,
                args=(one.id, False),
                key=f"review:{one.id}:apart",
                disabled=not reason,
                help="Both records stay; further files of either find their own.",
            )
            if st.button("Open the study", type="tertiary", key=f"review:{one.id}:open"):
                require_user()
                places.open_study(one.study.id)


def side_by_side(one: IdentityConflict) -> str:
    """The two descriptions as a table; fields that differ are marked in words and by weight."""
    known, given = _described(one.known.identity), _described(one.conflict.given)
    rows = ""
    for name in _FIELDS:
        differs = name in one.differs
        look = ' class="mx-diff"' if differs else ""
        word = "differs" if differs else "agrees or not given"
        cells = "".join(f"<td><bdi{look}>{markup.text(side[name])}</bdi></td>" for side in (known, given))
        rows += f'<tr><th scope="row">{markup.text(name.capitalize())}</th>{cells}<td>{word}</td></tr>'
    head = "".join(f'<th scope="col">{title}</th>' for title in ("", "Known patient", "This study", ""))
    inner = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
    return f'<div class="mx-scroll"><table class="mx-table">{inner}</table></div>'


def _described(identity: PatientIdentity) -> dict[str, str]:
    return {
        "name": words.person(identity.name),
        "birth date": words.day(identity.birth_date),
        "sex": words.sex(identity.sex),
    }


def _resolve(conflict_id: str, same_person: bool) -> None:  # noqa: FBT001
    user = require_user(Role.CLINICIAN)
    reason = str(st.session_state.get(f"review:{conflict_id}:reason", ""))
    try:
        resolve_conflict(user.store, user.caller, conflict_id, same_person=same_person, reason=reason)
        said = "Decided: the same person." if same_person else "Decided: two persons; both records stay."
        st.session_state[_SAID] = said
    except Refusal as refusal:
        st.session_state[_SAID] = refusal


def draw_said() -> None:
    """What the last decision came to."""
    said = st.session_state.pop(_SAID, None)
    if isinstance(said, Refusal):
        panels.refusal_box(said)
    elif isinstance(said, str):
        panels.note_box("Done", said)


def move_form(user: UserSession) -> None:
    """Find a study, find the right patient, say why, confirm."""
    study = _found_study(user)
    if study is None:
        return
    name = st.text_input(
        "Right patient: name or id",
        key="review:patient",
        type="search",
        live=True,
        max_chars=100,
        autocomplete="off",
    )
    patients = find_patients(user.store, user.caller, name or "")
    others = [patient for patient in patients if patient.id != study.patient.id]
    if name and not others:
        st.caption("No other patient of this name or id.")
    if not others:
        return
    known = {
        patient.id: f"{words.person(patient.identity.name)}, {person_line(patient.identity)}"
        for patient in others
    }
    target = st.radio(
        "Move the study to", list(known), format_func=lambda one: _plain(known[one]), key="review:target"
    )
    reason = st.text_input(
        "Reason, for the record", key="review:move:reason", max_chars=1000, autocomplete="off"
    )
    sure = st.checkbox(
        "The two patients were compared, and the study belongs to the chosen one.", key="review:sure"
    )
    st.button(
        "Move the study",
        type="primary",
        disabled=not (reason and sure and target),
        on_click=_move,
        args=(study.id, target),
        key="review:move",
    )


def _found_study(user: UserSession) -> StudyRow | None:
    search = st.text_input(
        "Study: patient's name, id or accession number",
        key="review:study",
        type="search",
        live=True,
        max_chars=100,
        autocomplete="off",
    )
    if not search:
        return None
    rows = {
        row.id: row for row in worklist(user.store, user.caller, StudyFilter(search=search), limit=20).rows
    }
    if not rows:
        st.caption("No study matches.")
        return None
    chosen = st.radio(
        "Study to move",
        list(rows),
        format_func=lambda one: _plain(_study_line(rows[one])),
        key="review:which",
    )
    return rows.get(chosen or "")


def _study_line(row: StudyRow) -> str:
    parts = (
        words.person(row.patient.identity.name),
        person_line(row.patient.identity),
        row.modality,
        row.description,
        words.day(row.study_date),
    )
    return ", ".join(part for part in parts if part)


_MARKDOWN: Final = str.maketrans({letter: f"\\{letter}" for letter in "\\`*_{}[]()<>#+-.!|~:$^"})


def _plain(text: str) -> str:
    """Text for a widget's label, where Markdown would be read otherwise."""
    return text.translate(_MARKDOWN)


def _move(study_id: str, patient_id: str) -> None:
    user = require_user(Role.CLINICIAN)
    reason = str(st.session_state.get("review:move:reason", ""))
    try:
        move_study(user.store, user.caller, study_id, patient_id, reason=reason)
        st.session_state[_SAID] = "The study was moved. Signed readings stay as they were signed."
        for name in ("review:study", "review:patient", "review:move:reason"):
            st.session_state[name] = ""
        st.session_state["review:sure"] = False
    except Refusal as refusal:
        st.session_state[_SAID] = refusal
