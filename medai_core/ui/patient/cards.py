"""The cards of a record as the browser draws them: what a patient has, takes, had done."""

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Any, Final

import streamlit as st

from medai_core.charts import moments, words
from medai_core.charts.timeline import NAMES
from medai_core.domain.overview import Line, Overview
from medai_core.domain.record import Lane
from medai_core.services.patient_imaging import StudyCard
from medai_core.ui import places

Card = dict[str, Any]
Row = dict[str, Any]

LISTED: Final = 6
"""So many rows of a group are drawn at first."""
LANES: Final = (
    Lane.PROBLEM,
    Lane.MEDICATION,
    Lane.ALLERGY,
    Lane.ENCOUNTER,
    Lane.PROCEDURE,
    Lane.IMMUNIZATION,
    Lane.IMAGING,
    Lane.REPORT,
    Lane.DOCUMENT,
    Lane.RISK,
    Lane.PLAN,
    Lane.OBSERVATION,
    Lane.OTHER,
)
_GROUPS: Final = {
    Lane.PROBLEM: ("Current", "Resolved", "Not said whether it still holds"),
    Lane.MEDICATION: ("Current", "Stopped or completed", "Not said whether it is still taken"),
}
_FOLDER: Final = Path(__file__).parent
_cards: Final = st.components.v2.component(
    "medai_record",
    html='<div class="cards"></div>',
    css=(_FOLDER / "board.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "board.js").read_text(encoding="utf-8"),
)


def draw(cards: Sequence[Card], *, key: str) -> str | None:
    """Draw cards; the id of the row that was just opened: an entry's, or a study's behind ``study:``."""
    shown = _cards(key=key, data={"cards": tuple(cards)}, on_open_change=lambda: None)
    opened = getattr(shown, "open", None)
    return str(opened) if opened else None


def of_lane(record: Overview, lane: Lane, zone: tzinfo) -> Card:
    """The card of one lane, newest first."""
    lines = record.lines.get(lane, ())
    names = _GROUPS.get(lane)
    if names is None:
        groups = [_group("", lines, zone)]
    else:
        current = [line for line in lines if line.current]
        groups = [
            _group(names[0], [line for line in current if line.ongoing], zone),
            _group(names[1], [line for line in current if line.ongoing is False], zone),
            _group(names[2], [line for line in current if line.ongoing is None], zone),
            _group("Not current", [line for line in lines if not line.current], zone),
        ]
    return {
        "title": NAMES[lane],
        "count": _count(record, lane),
        "limit": LISTED,
        "groups": groups,
        "empty": "None recorded.",
        "foot": _foot(record, lane, len(lines)),
    }


def of_studies(studies: Sequence[StudyCard], total: int) -> Card:
    """The stored image studies with a picture, what was read, and the way to the reading."""
    return {
        "title": "Images",
        "count": f"{total}" if total else "",
        "limit": LISTED,
        "groups": [{"name": "", "rows": [_study_row(one) for one in studies]}],
        "empty": "No image study is stored.",
        "foot": f"The newest {len(studies)} of {total} are shown." if total > len(studies) else "",
    }


def _study_row(card: StudyCard) -> Row:
    study = card.study
    name = study.description or words.modality(study.modality)
    parts = [
        f"{study.modality or 'modality not given'}, {study.image_count} image"
        + ("" if study.image_count == 1 else "s"),
        f"{study.state.value} by {card.signed_by}" if card.signed_by else study.state.value,
        card.report,
    ]
    return {
        "id": f"study:{study.id}",
        "title": name,
        "under": " \u00b7 ".join(part for part in parts if part),
        "when": words.day(study.study_date),
        "original": "",
        "struck": False,
        "reason": "",
        "address": places.study_address(study.id),
        "thumb": places.thumbnail_address(card.image_id) if card.image_id else "",
    }


def _group(name: str, lines: Iterable[Line], zone: tzinfo) -> dict[str, Any]:
    return {"name": name, "rows": [row(line, zone) for line in lines]}


def row(line: Line, zone: tzinfo) -> Row:
    """One entry as the words of its row; what is not current is struck and says why."""
    return {
        "id": line.id,
        "title": line.title or f"{line.resource_type} without a name",
        "under": " \u00b7 ".join(part for part in (line.detail, _said(line)) if part),
        "when": moments.span(line.starts, line.ends, line.ongoing, zone)
        if line.starts or line.ends
        else "undated",
        "original": f"at the source: {moments.original(line.starts)}" if line.starts else "",
        "struck": not line.current,
        "reason": line.why_not_current,
        "address": "",
        "thumb": "",
    }


def _said(line: Line) -> str:
    """The source's own word where the group does not say it already."""
    plain = {"active", "completed", "finished", "final", "resolved", "current", ""}
    return "" if not line.current or line.status in plain else line.status


def _count(record: Overview, lane: Lane) -> str:
    total = record.counts.get(lane, 0)
    hidden = record.hidden.get(lane, 0)
    if not total:
        return ""
    return f"{total - hidden}" + (f", and {hidden} not current" if hidden else "")


def _foot(record: Overview, lane: Lane, shown: int) -> str:
    total = record.counts.get(lane, 0) - record.hidden.get(lane, 0)
    return (
        f"The newest {shown} are listed; older ones stand on the timeline by month." if total > shown else ""
    )
