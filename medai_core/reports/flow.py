"""The building blocks of a report's text: paragraphs of anyone's words, tables, bars, the key image."""

import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from medai_core.charts import colors
from medai_core.domain.prediction import Finding
from medai_core.reports import bidi, typeface
from medai_core.reports.furniture import MILLIMETRE, TEXT_WIDTH

SIZE: Final = 9.5
_SMALL: Final = 8.0
_PIXELS_MAX: Final = 1800
_JPEG_QUALITY: Final = 88
_LONG_CELL: Final = 500
"""Characters from which a cell may be parted over two pages; shorter ones stay whole."""
_RULE: Final = "#C5CCD4"


def style(
    size: float = SIZE,
    *,
    color: str = colors.LIGHT.text,
    right: bool = False,
    cjk: bool = False,
    after: float = 2,
    leading: float = 0,
) -> Any:
    """A paragraph style; `cjk` breaks lines between any two characters, `leading` is another size's."""
    from reportlab.lib.enums import TA_LEFT, TA_RIGHT
    from reportlab.lib.styles import ParagraphStyle

    return ParagraphStyle(
        "text",
        fontName=typeface.REGULAR,
        fontSize=size,
        leading=(leading or size) * 1.36,
        textColor=color,
        spaceAfter=after,
        alignment=TA_RIGHT if right else TA_LEFT,
        wordWrap="CJK" if cjk else None,
        splitLongWords=True,
        allowWidows=False,
        allowOrphans=False,
    )


def paragraphs(
    text: str,
    *,
    width: float = TEXT_WIDTH,
    size: float = SIZE,
    bold: bool = False,
    color: str = colors.LIGHT.text,
) -> list[Any]:
    """Anyone's text, a flowable for each of its lines; blank lines part them."""
    lines = typeface.plain(text).strip("\n").split("\n")
    return [_paragraph(line, width=width, size=size, bold=bold, color=color) for line in lines]


def _paragraph(line: str, *, width: float, size: float, bold: bool, color: str) -> Any:
    from reportlab.platypus import Paragraph, Spacer

    if not line.strip():
        return Spacer(1, size * 0.7)
    if bidi.has_right_to_left(line):
        right = bidi.starts_right_to_left(line)
        wrapped = bidi.wrap(line, width - 12, lambda part: typeface.width(bidi.visual(part), size, bold=bold))
        drawn = [bidi.visual(part, right_to_left=right) for part in wrapped]
        joined = "<br/>".join(typeface.marked(part, bold=bold) for part in drawn)
        return Paragraph(joined, style(size, color=color, right=right))
    wide = sum(ord(character) >= 0x2E80 for character in line)
    look = style(size, color=color, cjk=wide * 3 > len(line))
    look.leftIndent = min(width / 2, (len(line) - len(line.lstrip(" "))) * size * 0.32)
    return Paragraph(typeface.marked(line, bold=bold), look)


def one(
    text: str, *, size: float = SIZE, bold: bool = False, color: str = colors.LIGHT.text, leading: float = 0
) -> Any:
    """A short text as one paragraph, for a cell of a table."""
    from reportlab.platypus import Paragraph

    wide = sum(ord(character) >= 0x2E80 for character in text) * 3 > len(text)
    return Paragraph(
        typeface.markup(text, bold=bold), style(size, color=color, cjk=wide, after=0, leading=leading)
    )


def small(text: str) -> list[Any]:
    """Facts of second rank."""
    return paragraphs(text, size=_SMALL, color=colors.LIGHT.muted)


def heading(text: str) -> Any:
    """A section's heading, never left alone at the foot of a page."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    return Paragraph(
        typeface.markup(text, bold=True),
        ParagraphStyle(
            "heading", fontName=typeface.BOLD, fontSize=11, leading=14, spaceBefore=11, spaceAfter=3,
            textColor=colors.LIGHT.primary, keepWithNext=True,
        ),
    )  # fmt: skip


def facts(pairs: Iterable[tuple[str, str]]) -> Any:
    """Names and values in two columns of pairs; a long value runs on over pages."""
    from reportlab.platypus import Table

    cells = [
        [one(name, size=_SMALL, color=colors.LIGHT.muted, leading=SIZE), one(value)]
        for name, value in pairs
        if value
    ]
    half = (len(cells) + 1) // 2
    empty = ["", ""]
    rows = [[*cells[i], *(cells[i + half] if i + half < len(cells) else empty)] for i in range(half)]
    name_width, value_width = 25 * MILLIMETRE, TEXT_WIDTH / 2 - 25 * MILLIMETRE
    table = Table(rows, colWidths=[name_width, value_width] * 2, splitByRow=1, splitInRow=1, hAlign="LEFT")
    table.setStyle(
        [
            ("FONTNAME", (0, 0), (-1, -1), typeface.REGULAR),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 6),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ]
    )
    return table


def grid(head: Sequence[str], rows: Sequence[Sequence[Any]], widths_mm: Sequence[float]) -> Any:
    """A table with a head that repeats on every page; cells are texts or flowables."""
    from reportlab.platypus import Table

    cells = [[one(word, size=_SMALL, color=colors.LIGHT.muted) for word in head]]
    cells += [[one(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    table = Table(
        cells,
        colWidths=[width * MILLIMETRE for width in widths_mm],
        repeatRows=1,
        splitInRow=int(any(isinstance(cell, str) and len(cell) > _LONG_CELL for row in rows for cell in row)),
        hAlign="LEFT",
    )
    table.setStyle(
        [
            ("FONTNAME", (0, 0), (-1, -1), typeface.REGULAR),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("LEFTPADDING", (0, 0), (-1, -1), 4),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
            ("BACKGROUND", (0, 0), (-1, 0), colors.LIGHT.panel),
            ("LINEBELOW", (0, 0), (-1, 0), 0.5, colors.LIGHT.border),
            ("LINEBELOW", (0, 1), (-1, -1), 0.4, _RULE),
        ]
    )
    return table


def box(flowables: list[Any], *, color: str) -> Any:
    """A few lines with a thick rule at their left."""
    from reportlab.platypus import Table

    table = Table([[flowables]], colWidths=[TEXT_WIDTH], splitInRow=1, hAlign="LEFT")
    table.setStyle(
        [
            ("FONTNAME", (0, 0), (-1, -1), typeface.REGULAR),
            ("LINEBEFORE", (0, 0), (0, -1), 2.5, color),
            ("BACKGROUND", (0, 0), (-1, -1), colors.LIGHT.panel),
            ("LEFTPADDING", (0, 0), (-1, -1), 8),
            ("TOPPADDING", (0, 0), (-1, -1), 4),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ]
    )
    return table


def bar(finding: Finding, *, width_mm: float = 34, height_mm: float = 4.2) -> Any:
    """A finding as a drawing: track, bar (filled where flagged), interval, operating point."""
    from reportlab.graphics.shapes import Drawing, Line, Rect
    from reportlab.lib.colors import HexColor

    width, height = width_mm * MILLIMETRE, height_mm * MILLIMETRE
    blue, dark = HexColor(colors.NEUTRAL[0]), HexColor(colors.LIGHT.text)
    drawing = Drawing(width, height + 3, initialFontName=typeface.REGULAR)
    middle = height / 2 + 1.5
    track, ink = HexColor("#E4E7EB"), HexColor(colors.NEUTRAL[0] if finding.flagged else "#B8D6E8")
    drawing.add(Rect(0, 3, width, height - 3, fillColor=track, strokeColor=None))
    drawing.add(
        Rect(0, 3, width * finding.probability, height - 3, fillColor=ink, strokeColor=blue, strokeWidth=0.6)
    )
    low, high, point = (width * value for value in (finding.low, finding.high, finding.threshold))
    drawing.add(Line(low, middle, high, middle, strokeColor=HexColor("#FFFFFF"), strokeWidth=2))
    drawing.add(Line(low, middle, high, middle, strokeColor=dark, strokeWidth=0.7))
    for end in (low, high):
        drawing.add(Line(end, middle - 2, end, middle + 2, strokeColor=dark, strokeWidth=0.7))
    tick = HexColor(colors.NEUTRAL[1])
    drawing.add(Line(point, 0.5, point, height + 2.5, strokeColor=tick, strokeWidth=1.8))
    return drawing


def picture(data: bytes, *, width_mm: float = 120, height_mm: float = 118) -> Any | None:
    """An image as a JPEG no larger than it is printed sharply; None where the bytes are no picture."""
    from PIL import Image as Pillow
    from PIL import UnidentifiedImageError
    from reportlab.platypus import Image

    try:
        with Pillow.open(io.BytesIO(data)) as opened:
            grey = opened.mode in {"1", "L", "LA", "I", "I;16"}
            image = opened.convert("L" if grey else "RGB")
    except (UnidentifiedImageError, OSError, Pillow.DecompressionBombError):
        return None
    image.thumbnail((_PIXELS_MAX, _PIXELS_MAX))
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=_JPEG_QUALITY)
    packed.seek(0)
    scale = min(width_mm * MILLIMETRE / image.width, height_mm * MILLIMETRE / image.height)
    return Image(packed, width=image.width * scale, height=image.height * scale, hAlign="LEFT")
