"""A patient's image studies for their page: a picture of each, and what was read."""

from dataclasses import dataclass
from typing import Final

from medai_core.domain.people import Caller
from medai_core.domain.reading import StudyRow
from medai_core.security.access import require_patient
from medai_core.store.database import Store

SHOWN: Final = 12
"""So many of the newest studies are shown with a picture."""
_LONGEST: Final = 160


@dataclass(frozen=True, slots=True)
class StudyCard:
    """One study: its first image, and the newest signed report with who signed it; empty without."""

    study: StudyRow
    image_id: str | None = None
    report: str = ""
    signed_by: str = ""


def imaging_of(store: Store, caller: Caller, patient_id: str) -> tuple[tuple[StudyCard, ...], int]:
    """The newest studies of a patient whom the caller may see, and how many there are in all."""
    require_patient(store, caller, patient_id)
    rows = store.studies.of_patient(patient_id)
    shown = rows[:SHOWN]
    first = store.overviews.first_images([row.id for row in shown])
    return tuple(_card(store, row, first.get(row.id)) for row in shown), len(rows)


def _card(store: Store, row: StudyRow, image_id: str | None) -> StudyCard:
    signed = [one for one in store.readings.of_study(row.id) if one.signed_at is not None]
    if not signed:
        return StudyCard(row, image_id)
    text = " ".join(signed[-1].report.split())
    cut = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "\u2026"
    return StudyCard(row, image_id, cut, signed[-1].author_name)
