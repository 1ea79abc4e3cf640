"""What is known of the person, on the left of the Risk page: one field a question, its source beside it.

A field holds what the record says where that may be used; what is old or uncertain is offered below it and
used once it is confirmed; an emptied field is not used. What is typed outlives reruns, the lock, other pages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import streamlit as st

from medai_core.charts.risk import age_words, ago_words, given_words
from medai_core.domain.inputs import NUMBER, YES_NO, Input, Value
from medai_core.domain.refusal import Refusal
from medai_core.domain.risk import Known, Origin, Question, Recorded
from medai_core.services.risk import read, token
from medai_core.services.risk_questions import Catalogue, known_of, range_words
from medai_core.ui import markup, state
from medai_core.ui.session import require_user

PAGE: Final = "risk"
NOBODY: Final = "nobody"
_YES, _NO = "yes", "no"


@dataclass(slots=True)
class Told:
    """What the fields hold: values by question, tokens of confirmed statements, questions not to be used."""

    typed: dict[str, Value] = field(default_factory=dict)
    confirmed: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    wrong: dict[str, Refusal] = field(default_factory=dict)


def key(patient_id: str, name: str) -> str:
    """The key of something on this page that belongs to a patient, or to nobody."""
    return state.patient_key(patient_id or NOBODY, PAGE, name)


def shown(asked: Catalogue, topics: Sequence[str], known: Mapping[str, Known]) -> list[Question]:
    """The questions of the chosen occasions, but those that another answer settles."""
    return [
        one
        for key, one in asked.questions.items()
        if set(one.topics) & set(topics) and not (key in known and known[key].origin is Origin.IMPLIED)
    ]


def told(asked: Catalogue, patient_id: str) -> Told:
    """What the fields of all questions hold now, drawn or not."""
    found = Told(confirmed=set(st.session_state.get(key(patient_id, "confirmed"), ())))
    for question in asked.questions.values():
        _take(found, question, patient_id)
    return found


def _take(found: Told, question: Question, patient_id: str) -> None:
    """One field: as the record has it, emptied, or typed."""
    place = key(patient_id, f"in:{question.key}")
    if place not in st.session_state:
        return
    text = str(st.session_state[place] or "").strip()
    usable = _usable(question, found.confirmed)
    if usable is not None and text == _text(question.input, usable.value):
        return
    if not text:
        if usable is not None:
            found.gone.add(question.key)
        return
    try:
        value = read(question, text)
    except Refusal as refusal:
        found.wrong[question.key] = refusal
        found.gone.add(question.key)
        return
    if value is not None:
        found.typed[question.key] = value


def _usable(question: Question, confirmed: set[str]) -> Recorded | None:
    """The record's statement, where somebody may use it as it is."""
    one = question.recorded
    if one is None or (question.to_confirm(question.loosest_days) and token(one) not in confirmed):
        return None
    return one


def _text(one: Input, value: Value) -> str:
    """A value as the field has it."""
    if isinstance(value, bool):
        return _YES if value else _NO
    return f"{float(value):.4g}" if one.kind == NUMBER else str(value)


# ---- drawing


def draw(asked: Catalogue, topics: Sequence[str], patient_id: str, now: Told) -> None:
    """The fields of the chosen occasions."""
    known = known_of(asked, now.typed, now.confirmed, gone=now.gone)
    questions = shown(asked, topics, known)
    waiting = [one for one in questions if _waits(one, patient_id, now)]
    _summary(questions, waiting, now, patient_id)
    for question in questions:
        with st.container(gap=None, key=key(patient_id, f"row:{question.key}")):
            _field(question, patient_id, now)


def _waits(question: Question, patient_id: str, now: Told) -> bool:
    """Whether a statement of the record stands ready and is not used by everybody who asks."""
    one = question.recorded
    if one is None or token(one) in now.confirmed or question.key in now.typed:
        return False
    return question.to_confirm(question.strictest_days)


def _summary(questions: list[Question], waiting: list[Question], now: Told, patient_id: str) -> None:
    held = [one for one in questions if one.key in now.typed or _usable(one, now.confirmed) is not None]
    held = [one for one in held if one.key not in now.gone]
    offered = [one for one in waiting if one not in held]
    parts = [
        f"{len(held)} known",
        f"{len(offered)} to confirm",
        f"{len(questions) - len(held) - len(offered)} missing",
    ]
    st.caption(", ".join(parts) + ".")
    unrecorded = [
        one for one in waiting if one.recorded and one.recorded.unsure and one.recorded.value is False
    ]
    if len(unrecorded) > 1:
        names = ", ".join(one.input.help for one in unrecorded)
        st.button(
            f"Confirm \u201cno\u201d for {len(unrecorded)} that the record does not mention",
            key=key(patient_id, "confirm:no"),
            help=f"Not recorded: {names}. Nothing is taken as \u201cno\u201d without this click.",
            on_click=_confirm,
            args=(patient_id, unrecorded),
            icon=":material/playlist_add_check:",
        )


def _confirm(patient_id: str, questions: Sequence[Question]) -> None:
    """Let statements of the record be used though they are old or uncertain."""
    require_user()
    place = key(patient_id, "confirmed")
    before = st.session_state.get(place, ())
    found = [one for one in questions if one.recorded is not None]
    st.session_state[place] = (*before, *(token(one.recorded) for one in found if one.recorded))
    for question in found:
        if question.recorded is not None:
            field_key = key(patient_id, f"in:{question.key}")
            st.session_state[field_key] = _text(question.input, question.recorded.value)


def _field(question: Question, patient_id: str, now: Told) -> None:
    one, place = question.input, key(patient_id, f"in:{question.key}")
    label = f"{one.help[:1].upper()}{one.help[1:]}"
    usable = _usable(question, now.confirmed)
    if place not in st.session_state and usable is not None:
        st.session_state[place] = _text(one, usable.value)
    if one.kind == YES_NO:
        st.segmented_control(label, [_YES, _NO], key=place, persist_state="session")
    elif one.choices:
        st.segmented_control(
            label, list(one.choices), key=place, persist_state="session",
            format_func=lambda choice: choice.replace("_", " "),
        )  # fmt: skip
    else:
        st.text_input(
            f"{label} ({one.unit})" if one.unit not in ("", "1") else label,
            key=place, persist_state="session", max_chars=40, autocomplete="off",
            placeholder=range_words(one),
        )  # fmt: skip
    _beside(question, patient_id, now)


def _beside(question: Question, patient_id: str, now: Told) -> None:
    """Where the value is from, how old it is; the offer of what is not used yet; why a text is refused."""
    wrong, recorded = now.wrong.get(question.key), question.recorded
    if wrong is not None:
        markup.draw(
            f'<p class="mx-small" role="alert"><strong>Not used:</strong> {markup.text(_why(wrong))}</p>'
        )
    if recorded is None:
        return
    if question.key in now.typed:
        said = f"Given by hand. The record has {recorded.written}, {_when(recorded)}."
    elif question.key in now.gone:
        said = f"Not used. The record has {recorded.written}, {_when(recorded)}."
    else:
        said = f"{_source(question, recorded, now)}"
    markup.draw(f'<p class="mx-muted mx-small mx-src" dir="auto">{markup.text(said)}</p>')
    if _waits(question, patient_id, now) and question.key not in now.gone | now.typed.keys():
        everywhere = not question.to_confirm(question.loosest_days)
        st.button(
            f"{'Use it everywhere' if everywhere else 'Use'}: {given_words(question.input, recorded.value)}",
            key=key(patient_id, f"confirm:{question.key}"),
            on_click=_confirm,
            args=(patient_id, [question]),
            icon=":material/check:",
        )


def _why(refusal: Refusal) -> str:
    return f"{refusal.found}; expected {refusal.expected}. {refusal.what_to_do}"


def _when(one: Recorded) -> str:
    return age_words(one.at, one.age_days)


def _source(question: Question, one: Recorded, now: Told) -> str:
    confirmed = token(one) in now.confirmed
    if one.at is None and one.lasting:
        parts = [one.written, one.source]
    else:
        parts = [one.written, _when(one), one.source]
    said = ", ".join(part for part in parts if part) + "."
    if confirmed:
        return f"{said} Confirmed by you for this assessment. {one.note}".strip()
    if question.to_confirm(question.loosest_days):
        return f"Not used until confirmed: {said} {one.note}".strip()
    if question.to_confirm(question.strictest_days):
        limit = ago_words(question.strictest_days or 0).replace(" old", "")
        return f"{said} Too old for what asks for a value of {limit}, and not used there. {one.note}".strip()
    return f"{said} {one.note}".strip()
