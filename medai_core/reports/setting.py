"""How every document of the house is set: A4, its furniture on each page, fonts embedded."""

import io
from datetime import datetime
from threading import Lock
from typing import Any, Final

from medai_core.charts import words
from medai_core.domain.people import PatientIdentity
from medai_core.reports import typeface
from medai_core.reports.furniture import MARGIN_MM, MILLIMETRE, Furniture, canvas_maker

FOOTER: Final = "Research software, not a medical device"
SETTING: Final = Lock()
"""Held while a document is set: reportlab keeps the glyphs in use on the shared fonts."""


def set_document(story: list[Any], furniture: Furniture, *, title: str, author: str) -> bytes:
    """`story` as a PDF with embedded fonts; the same content gives the same bytes. Call it under `SETTING`,
    after `typeface.register`, with a story made under it too."""
    from reportlab.platypus import SimpleDocTemplate

    target = io.BytesIO()
    margin = MARGIN_MM * MILLIMETRE
    document = SimpleDocTemplate(
        target,
        pagesize=(210 * MILLIMETRE, 297 * MILLIMETRE),
        leftMargin=margin - 6,
        rightMargin=margin - 6,
        topMargin=furniture.head_height - 6,
        bottomMargin=furniture.foot_height - 6,
        title=title,
        author=author,
        subject=FOOTER,
        creator="MedAI",
        lang="en",
        invariant=1,
        initialFontName=typeface.REGULAR,
    )
    document.build(story, canvasmaker=canvas_maker(furniture))
    return target.getvalue()


def patient_strip(patient: PatientIdentity, years: str = "") -> tuple[tuple[str, bool], ...]:
    """The patient's lines on every page; `years` follows the birth date."""
    issuer = f" (issuer {patient.issuer})" if patient.issuer else " (issuer not given)"
    return (
        (words.person(patient.name), True),
        (f"born {words.day(patient.birth_date)}{years}, {words.sex(patient.sex)}", False),
        (f"Patient ID {patient.identifier or words.NOT_GIVEN}{issuer}", False),
    )


def printed_page(strip: tuple[tuple[str, bool], ...], printed_at: datetime, printed_by: str) -> Furniture:
    """The furniture of a document that nobody signs: when it was printed, and by whom."""
    printed = f"Printed {words.moment(printed_at)}"
    return Furniture(
        strip=strip,
        unsigned="",
        footer_left=FOOTER,
        footer_middle=printed + (f" by {printed_by}" if printed_by else ""),
    )
