"""What is known of the person, on the left of the Risk page: one field a question, its source beside it.

A field holds what the record says where that may be used; what is old or uncertain is offered below it and
used once it is confirmed; an emptied field is not used. What is typed outlives reruns, the lock, other pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import streamlit as st

from medai_core.charts.risk import age_words, ago_words, given_words, label_of
from medai_core.domain.inputs import NUMBER, YES_NO, Input, Value
from medai_core.domain.refusal import Refusal
from medai_core.domain.risk import Question, Recorded
from medai_core.services.risk import read, token
from medai_core.services.risk_questions import Catalogue, known_of, range_words, to_ask
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
    if one is None or (question.to_confirm(question.loosest_days) and token(question) not in confirmed):
        return None
    return one


def _text(one: Input, value: Value) -> str:
    """A value as the field has it."""
    if isinstance(value, bool):
        return _YES if value else _NO
    return f"{float(value):.4g}" if one.kind == NUMBER else str(value)


# ---- drawing


def draw(asked: Catalogue, topics: Sequence[str], patient_id: str, now: Told) -> None:
    """The fields of the chosen occasions, the two kinds of them apart: to choose, and to type."""
    known = known_of(asked, now.typed, now.confirmed, gone=now.gone)
    questions = to_ask(asked, topics, known)
    waiting = [one for one in questions if _waits(one, topics, now)]
    with st.container(key=key(patient_id, "summary")):
        _summary(questions, waiting, now, patient_id)
    for question in questions:
        with st.container(gap=None, key=key(patient_id, f"row:{question.key}")):
            _field(question, patient_id, now)
            _beside(question, patient_id, topics, now)


def _waits(question: Question, topics: Sequence[str], now: Told) -> bool:
    """Whether a statement of the record stands ready that not everybody here uses."""
    one = question.recorded
    if (
        one is None
        or token(question) in now.confirmed
        or question.key in now.typed
        or question.key in now.gone
    ):
        return False
    return question.to_confirm(question.strictest(topics))


def _summary(questions: list[Question], waiting: list[Question], now: Told, patient_id: str) -> None:
    held = {
        one.key
        for one in questions
        if one.key in now.typed or (_usable(one, now.confirmed) is not None and one.key not in now.gone)
    }
    offered = [one for one in waiting if one.key not in held]
    missing = len(questions) - len(held) - len(offered)
    st.caption(f"{len(held)} known, {len(offered)} to confirm, {missing} missing.")
    unrecorded = [one for one in offered if one.recorded is not None and one.recorded.value is False]
    if len(unrecorded) > 1:
        names = "; ".join(label_of(one.key, one.input) for one in unrecorded)
        st.button(
            f"Confirm \u201cno\u201d for {len(unrecorded)} not recorded",
            key=key(patient_id, "confirm:no"),
            help=f"Not in the record: {names}. Nothing is taken as \u201cno\u201d without this click.",
            on_click=_confirm,
            args=(patient_id, unrecorded),
            icon=":material/playlist_add_check:",
        )


def _confirm(patient_id: str, questions: Sequence[Question]) -> None:
    """Let statements of the record be used though they are old or uncertain."""
    require_user()
    place = key(patient_id, "confirmed")
    for question in questions:
        if question.recorded is not None:
            before = st.session_state.get(place, ())
            st.session_state[place] = (*before, token(question))
            shown = key(patient_id, f"in:{question.key}")
            st.session_state[shown] = _text(question.input, question.recorded.value)


def _field(question: Question, patient_id: str, now: Told) -> None:
    """The label on the left, the field on the right."""
    one, place = question.input, key(patient_id, f"in:{question.key}")
    label, usable = label_of(question.key, one), _usable(question, now.confirmed)
    if place not in st.session_state and usable is not None:
        st.session_state[place] = _text(one, usable.value)
    unit = "" if one.unit in ("", "1") else f" ({one.unit})"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width="stretch"):
            markup.draw(f'<span class="mx-ask" dir="auto">{markup.text(f"{label}{unit}")}</span>')
        if one.kind == NUMBER:
            st.text_input(
                f"{label}{unit}", key=place, persist_state="session", max_chars=40, autocomplete="off",
                placeholder=range_words(one), label_visibility="collapsed", width=170,
            )  # fmt: skip
        else:
            st.segmented_control(
                label, [_YES, _NO] if one.kind == YES_NO else list(one.choices), key=place,
                persist_state="session", label_visibility="collapsed",
                format_func=lambda choice: str(choice).replace("_", " "),
            )  # fmt: skip


def _beside(question: Question, patient_id: str, topics: Sequence[str], now: Told) -> None:
    """Where the value is from, how old it is; the offer of what is not used yet; why a text is refused.

    Always two elements: while the page is drawn anew, nothing of a question may stand beside another.
    """
    recorded = question.recorded
    waits = recorded is not None and recorded.value is not False and _waits(question, topics, now)
    markup.draw(_lines(question, topics, now, waits=waits))
    place = st.empty()
    if recorded is not None and waits:
        place.button(
            f"Confirm and use {given_words(question.input, recorded.value)}",
            key=key(patient_id, f"confirm:{question.key}"),
            on_click=_confirm,
            args=(patient_id, [question]),
            icon=":material/check:",
        )


def _lines(question: Question, topics: Sequence[str], now: Told, *, waits: bool) -> str:
    found, wrong = "", now.wrong.get(question.key)
    if wrong is not None:
        said = markup.text(f"{wrong.found}; expected {wrong.expected}. {wrong.what_to_do}")
        found = f'<p class="mx-small mx-src" role="alert"><strong>Not used:</strong> {said}</p>'
    if question.recorded is None:
        return found
    look = "mx-src mx-small" + (" mx-waits" if waits else " mx-muted")
    said = markup.text(_source(question, question.recorded, topics, now))
    return f'{found}<p class="{look}" dir="auto">{said}</p>'


def _source(question: Question, one: Recorded, topics: Sequence[str], now: Told) -> str:
    """The value as the record has it, its day, its source; and why it is not used, or not everywhere."""
    there = (
        one.written if one.at is None and one.lasting else f"{one.written}, {age_words(one.at, one.age_days)}"
    )
    said = f"{there}, {one.source}." if one.source else f"{there[:1].upper()}{there[1:]}."
    if question.key in now.typed:
        return f"Given by hand; in the record: {said}" if not one.unsure else "Given by hand."
    if question.key in now.gone:
        return f"Not used; in the record: {said}"
    if token(question) in now.confirmed:
        return f"Confirmed by you: {said} {one.note}".strip()
    if question.to_confirm(question.loosest_days):
        return f"{said} {one.note} Not used until confirmed.".replace("  ", " ")
    strictest = question.strictest(topics)
    if question.to_confirm(strictest):
        limit = ago_words(strictest or 0).replace(" old", "")
        return f"{said} {one.note} Not used where a value of at most {limit} is asked for.".replace("  ", " ")
    return f"{said} {one.note}".strip()
