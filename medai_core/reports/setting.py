"""How every document of the house is set: A4, its furniture on each page, fonts embedded."""

import io
from threading import Lock
from typing import Any, Final

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
