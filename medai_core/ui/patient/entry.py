"""One entry of a record over the page: what it says, whence it comes, what it said before, the raw FHIR."""

from collections.abc import Mapping
from typing import Final

import streamlit as st

from medai_core.charts import moments
from medai_core.charts.small_multiples import number_words
from medai_core.charts.timeline import NAMES
from medai_core.domain.overview import Line
from medai_core.domain.record import Entry, Value
from medai_core.services.patient_record import EntryView, entry_view, line_of
from medai_core.store.repairs import Repair
from medai_core.ui import clock, markup, panels
from medai_core.ui.session import require_user

WANTED: Final = "patient:wanted"
"""The key of the entry that a click on a chart asked for."""


@st.dialog("Entry", width="large")
def show(entry_id: str) -> None:
    """Draw the entry, if the person may see its patient."""
    user = require_user()
    with panels.refusals_shown():
        view = entry_view(user.store, user.caller, entry_id)
        _draw(view)


def _draw(view: EntryView) -> None:
    entry = view.entry
    line = line_of(entry)
    markup.draw(
        f'<h3 class="mx-plain" dir="auto">{markup.text(line.title or entry.draft.resource_type)}</h3>'
    )
    if line.why_not_current:
        panels.caution_box([_why(view, line)], heading="Not current")
    markup.draw(markup.facts(_facts(entry, line)))
    if entry.draft.values:
        markup.draw(_values(entry.draft.values, view.repaired))
    chosen = _version(view)
    st.caption("The FHIR resource as it came in")
    st.json(chosen.draft.content, expanded=2)


def _why(view: EntryView, line: Line) -> str:
    if view.replaced_by is None:
        return f"{line.why_not_current[:1].upper()}{line.why_not_current[1:]}."
    return f"Replaced by a correction that came in on {clock.moment(view.replaced_by.stored_at)}."


def _facts(entry: Entry, line: Line) -> list[tuple[str, str]]:
    zone, draft = clock.zone(), entry.draft
    codes = ", ".join(f"{code.display} [{code.system} {code.code}]".strip() for code in draft.codes)
    pairs = [
        ("Kind", f"{NAMES[draft.lane]} ({draft.resource_type})"),
        ("When", moments.span(draft.starts, draft.ends, line.ongoing, zone) if draft.starts else "undated"),
        ("At the source", moments.original(draft.starts)),
        ("Status", draft.status),
        ("Details", line.detail),
        ("Codes", codes),
        ("Unmapped codes", ", ".join(code.code or code.display for code in draft.unmapped)),
        ("Source", draft.source),
        ("Key at the source", draft.key),
        ("Written there", clock.moment(draft.recorded) if draft.recorded else ""),
        ("Stored here", clock.moment(entry.stored_at)),
        ("Import", entry.import_id),
        ("Versions", str(entry.versions)),
    ]
    return [(name, value) for name, value in pairs if value]


def _values(values: tuple[Value, ...], repaired: Mapping[int, Repair]) -> str:
    rows = []
    for place, value in enumerate(values):
        said = (
            value.text if value.number is None else f"{value.comparator} {number_words(value.number)}".strip()
        )
        low, high = (number_words(end) if end is not None else "" for end in (value.low, value.high))
        reference = (
            f"{low} to {high}"
            if low and high
            else (f"from {low}" if low else f"up to {high}" if high else "")
        )
        rows.append(
            (
                value.code.display or value.code.code,
                said,
                value.unit,
                reference or "none given",
                value.interpretation,
                _repair_words(repaired.get(place)),
            )
        )
    heads = ("Quantity", "Value", "Unit", "Reference range", "Interpretation", "Repaired to")
    shown = len(heads) - (not repaired)
    return markup.table(heads[:shown], [row[:shown] for row in rows], caption="Values", numbers=(1,))


def _repair_words(repair: Repair | None) -> str:
    """What is read in the value's place, and why."""
    if repair is None:
        return ""
    return f"{number_words(repair.number)} {repair.unit}".strip() + f". {repair.reason}"


def _version(view: EntryView) -> Entry:
    """The version whose resource is shown; the newest unless another one is chosen."""
    if not view.before:
        return view.entry
    every = [*view.before, view.entry]
    number = st.selectbox(
        "Version",
        range(len(every), 0, -1),
        format_func=lambda one: f"{one} of {len(every)}, stored {clock.moment(every[one - 1].stored_at)}",
        key=f"entry:version:{view.entry.id}",
    )
    return every[number - 1]
