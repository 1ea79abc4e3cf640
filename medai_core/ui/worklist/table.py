"""The worklist as a table that the keyboard reaches: arrows move, Enter opens, a middle click opens a tab."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import streamlit as st

from medai_core.charts import words
from medai_core.domain.people import PatientIdentity
from medai_core.domain.reading import Priority, StudyRow, StudyState
from medai_core.services.worklist import SHOWN_LATER
from medai_core.ui import clock, places

_FOLDER: Final = Path(__file__).parent
_HTML: Final = (
    '<div class="scroll"><table><caption></caption><thead><tr></tr></thead><tbody></tbody></table></div>'
)
_table: Final = st.components.v2.component(
    "medai_worklist",
    html=_HTML,
    css=(_FOLDER / "table.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "table.js").read_text(encoding="utf-8"),
)

HEADS: Final = {
    "urgency": "Urgency",
    "waiting": "Waiting",
    "patient": "Patient",
    "study": "Study",
    "modality": "Modality",
    "date": "Study date",
    "state": "State",
    "model": "Model",
    "raised": "Why raised",
    "reader": "Reader",
}
URGENCY: Final = {Priority.STAT: 3, Priority.URGENT: 2, Priority.ROUTINE: 1}
STATE_MARKS: Final = {StudyState.NEW: "\u25cb", StudyState.READ: "\u25d0", StudyState.SIGNED: "\u25cf"}
MODEL_MARKS: Final = {
    "finding above threshold": words.FLAG_SHAPES[True],
    "no finding above threshold": words.FLAG_SHAPES[False],
    "refused": "\u2298",
    "not scored": "\u2013",
    SHOWN_LATER: "\u25cc",
}


def person_line(identity: PatientIdentity) -> str:
    """Id, birth date and sex in one line; what is absent is left out."""
    issuer = f" ({identity.issuer})" if identity.issuer else ""
    parts = [f"{identity.identifier}{issuer}"]
    if identity.birth_date:
        parts.append(f"born {words.day(identity.birth_date)}")
    if identity.sex:
        parts.append(words.sex(identity.sex))
    return " \u00b7 ".join(parts)


def table_row(row: StudyRow) -> dict[str, Any]:
    """One study as the words and marks of its row."""
    count = f"{row.image_count} image" + ("" if row.image_count == 1 else "s")
    return {
        "id": row.id,
        "address": places.study_address(row.id),
        "record": places.patient_address(row.patient.id),
        "urgency": {"level": URGENCY[row.priority], "word": row.priority.value},
        "waiting": "" if row.state is StudyState.SIGNED else clock.waiting(row.received_at),
        "patient": words.person(row.patient.identity.name),
        "person": person_line(row.patient.identity),
        "study": row.description or "no description",
        "images": count,
        "modality": row.modality or "not given",
        "date": words.day(row.study_date),
        "state": {"mark": STATE_MARKS[row.state], "word": row.state.value},
        "model": {"mark": MODEL_MARKS.get(row.model_state, "\u2013"), "word": row.model_state},
        "raised": row.raised_by,
        "reader": row.reader,
    }


def worklist_table(rows: Sequence[StudyRow], *, caption: str, last: str | None = None) -> str | None:
    """Draw `rows`; the id of the study that was just opened. `last` marks the one opened before.

    Tuples, since Streamlit loads pandas to find out whether a list or a dictionary is a table.
    """
    shown = _table(
        key="worklist:table",
        data={
            "rows": tuple(table_row(row) for row in rows),
            "heads": tuple(HEADS.items()),
            "caption": caption,
            "last": last or "",
        },
        on_open_change=lambda: None,
    )
    opened = getattr(shown, "open", None)
    return str(opened) if opened else None
