"""The items of a note beside their reasons, each with a box that a person ticks; then into the record."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from medai_core.domain.people import Role
from medai_core.domain.record import Entry
from medai_core.domain.refusal import Refusal
from medai_core.notes.items import Assertion, Item
from medai_core.services import notes as services
from medai_core.services.notes import ReadNote
from medai_core.ui import markup, panels
from medai_core.ui.notes.bringing import key
from medai_core.ui.notes.marked import SAID, code_words
from medai_core.ui.session import UserSession, require_user

ROWS: Final = 40
"""Items on one page of the table."""

BECOMES: Final = {
    Assertion.NEGATED: "kept as refuted, never current",
    Assertion.FAMILY: "family history",
    Assertion.HISTORICAL: "kept as inactive",
    Assertion.UNCERTAIN: "kept as provisional, not current",
}
_TOP: Final = 3


def table(user: UserSession, patient_id: str, found: ReadNote) -> None:
    """One line an item; ticked ones go into the record of the patient who is open."""
    items = found.note.items
    if not items:
        panels.note_box("Nothing was found", "No problem, drug, allergy, procedure or value was recognised.")
        return
    may_decide = bool(patient_id) and user.caller.role.covers(Role.CLINICIAN)
    page = _page(patient_id, len(items))
    for number in range(page * ROWS, min(len(items), (page + 1) * ROWS)):
        _row(patient_id, number, items[number], may_decide=may_decide)
    if not may_decide:
        st.caption("Open a patient, as a clinician, to accept items into the record.")
        return
    _foot(patient_id, items)


def _page(patient_id: str, count: int) -> int:
    pages = -(-count // ROWS)
    if pages == 1:
        return 0
    return int(
        st.selectbox(
            "Items",
            range(pages),
            format_func=lambda page: f"{page * ROWS + 1} to {min(count, (page + 1) * ROWS)} of {count}",
            key=key(patient_id, "page"),
        )
        or 0
    )


def _row(patient_id: str, number: int, item: Item, *, may_decide: bool) -> None:
    box, said = st.columns([1, 7], gap="small", vertical_alignment="top")
    name = key(patient_id, f"item-{number}")
    with box:
        if may_decide:
            chosen = st.session_state.get(key(patient_id, "chosen"), ())
            st.checkbox(
                f"{number + 1}",
                value=number in chosen,
                key=name,
                help=f"Accept item {number + 1}, {item.kind.value}, {SAID[item.decision.assertion]}",
                on_change=_tick,
                args=(patient_id, number),
            )
        else:
            markup.draw(markup.paragraph(f"{number + 1}", muted=True))
    with said:
        markup.draw(_words(item))


def _words(item: Item) -> str:
    decision, dose = item.decision, item.mention.dose
    state = (
        f'<span class="mx-item mx-{decision.assertion.value}">{markup.text(SAID[decision.assertion])}</span>'
    )
    reason = f"“{decision.trigger}”, rule {decision.rule}" if decision.rule else "no rule applies"
    lines = [reason, f"section {item.section}" if item.section else "no section"]
    lines += [code_words(one) for one in item.mention.codes]
    if dose is not None:
        parts = (dose.dose, dose.route, dose.frequency, "as needed" if dose.as_needed else "")
        lines.append(", ".join(part for part in parts if part))
    if decision.assertion in BECOMES and item.mention.measures == ():
        lines.append(f"in the record: {BECOMES[decision.assertion]}")
    small = markup.text(" · ".join(lines))
    return (
        f'<div dir="auto"><strong>{markup.text(item.text)}</strong> '
        f'<span class="mx-muted">{markup.text(item.kind.value)}</span> {state}'
        f'<div class="mx-muted mx-small">{small}</div></div>'
    )


def _tick(patient_id: str, number: int) -> None:
    require_user()
    chosen = set(st.session_state.get(key(patient_id, "chosen"), ()))
    ticked = bool(st.session_state.get(key(patient_id, f"item-{number}")))
    (chosen.add if ticked else chosen.discard)(number)
    st.session_state[key(patient_id, "chosen")] = tuple(sorted(chosen))


def _foot(patient_id: str, items: Sequence[Item]) -> None:
    chosen = st.session_state.get(key(patient_id, "chosen"), ())
    st.date_input(
        "Date of the note",
        value=None,
        key=key(patient_id, "written"),
        format="YYYY-MM-DD",
        min_value="1900-01-01",
        help="Values get this date. Without it they stand in the record without a time.",
    )
    st.button(
        f"Accept {len(chosen)} of {len(items)} items",
        type="primary",
        disabled=not chosen,
        key=key(patient_id, "accept"),
        icon=":material/playlist_add_check:",
        on_click=_accept,
        args=(patient_id,),
    )


def _accept(patient_id: str) -> None:
    user = require_user()
    found = st.session_state.get(key(patient_id, "read"))
    if not isinstance(found, ReadNote):
        return
    chosen = st.session_state.get(key(patient_id, "chosen"), ())
    try:
        filed = services.accept(
            user.store,
            user.caller,
            patient_id,
            found.note,
            chosen,
            written=st.session_state.get(key(patient_id, "written")),
            document_id=st.session_state.get(key(patient_id, "document")) or "",
        )
    except Refusal as refusal:
        st.session_state[key(patient_id, "refusal")] = refusal
        return
    st.session_state[key(patient_id, "filed")] = filed
    clear(patient_id, len(found.note.items))


def clear(patient_id: str, count: int) -> None:
    """Nothing is ticked any more."""
    st.session_state.pop(key(patient_id, "chosen"), None)
    for number in range(count):
        st.session_state.pop(key(patient_id, f"item-{number}"), None)


# ---- what was accepted


def accepted(user: UserSession, patient_id: str) -> None:
    """What stands in the record from notes, newest first, each with the way back."""
    filed = st.session_state.get(key(patient_id, "filed"))
    if isinstance(filed, services.Filed):
        there = f" {filed.there} stood there already." if filed.there else ""
        panels.note_box("In the record", f"{filed.added} items were added.{there}")
    found = services.accepted(user.store, user.caller, patient_id)
    if not found:
        return
    may_undo = user.caller.role.covers(Role.CLINICIAN)
    with st.expander(f"Accepted from notes: {len(found)}", expanded=isinstance(filed, services.Filed)):
        if isinstance(filed, services.Filed) and may_undo:
            last = [one.id for one in found if one.import_id == filed.import_id]
            if last:
                st.button(
                    f"Take the last {len(last)} back",
                    key=key(patient_id, "undo"),
                    icon=":material/undo:",
                    on_click=_take_back,
                    args=(patient_id, tuple(last)),
                )
        for entry in found:
            _entry(patient_id, entry, may_undo=may_undo)


def _entry(patient_id: str, entry: Entry, *, may_undo: bool) -> None:
    said, way = st.columns([6, 1], gap="small")
    source = services.source_of(entry)
    with said:
        rule = f"rule {source['rule']}" if source.get("rule") else "no rule applied"
        status = entry.draft.status or "accepted"
        markup.draw(
            f'<div dir="auto"><strong>{markup.text(entry.draft.title)}</strong> '
            f'<span class="mx-muted">{markup.text(entry.draft.resource_type)}, {markup.text(status)}</span>'
            f'<div class="mx-muted mx-small">{markup.text(source.get("sentence", ""))} · '
            f"{markup.text(rule)}</div></div>"
        )
    with way:
        if may_undo:
            st.button(
                "Take back",
                key=key(patient_id, f"back-{entry.id}"),
                on_click=_take_back,
                args=(patient_id, (entry.id,)),
            )


def _take_back(patient_id: str, entry_ids: tuple[str, ...]) -> None:
    user = require_user()
    try:
        services.take_back(user.store, user.caller, patient_id, entry_ids)
    except Refusal as refusal:
        st.session_state[key(patient_id, "refusal")] = refusal
    st.session_state.pop(key(patient_id, "filed"), None)


# ---- specialties


def specialties(found: ReadNote) -> None:
    """Under what the note would be filed: the three most probable."""
    if not found.specialties:
        return
    rows = [
        [one.name, f"{one.probability:.0%}", "yes" if one.flagged else "no"]
        for one in found.specialties[:_TOP]
    ]
    markup.draw(
        markup.table(
            ["Specialty or document type", "Score", "At its operating point"],
            rows,
            caption="Where a note like this would be filed; says nothing of the patient",
            numbers=(1,),
        )
    )
