"""Small drawings inside a document's tables: a dot with its interval, a curve, a share as a bar."""

from typing import Any, Final

from medai_core.charts import colors
from medai_core.charts.card_results import Rate
from medai_core.charts.cards import Curve, Figure
from medai_core.reports import typeface
from medai_core.reports.furniture import MILLIMETRE

_TRACK: Final = "#E4E7EB"
_LOWEST: Final = 0.5
"""Left end of the axis of an AUROC: chance."""


def _drawing(width: float, height: float) -> Any:
    from reportlab.graphics.shapes import Drawing

    return Drawing(width, height, initialFontName=typeface.REGULAR)


def dot(
    figure: Figure | None, reference: Figure | None, *, width_mm: float = 24, height_mm: float = 4
) -> Any:
    """An AUROC from 0.5 to 1 as a dot with its interval; the reference as a hollow diamond."""
    from reportlab.graphics.shapes import Circle, Line, Polygon, Rect
    from reportlab.lib.colors import HexColor

    width, height = width_mm * MILLIMETRE, height_mm * MILLIMETRE
    drawing, middle = _drawing(width, height), height / 2

    def place(value: float) -> float:
        return max(0.0, min(1.0, (value - _LOWEST) / (1 - _LOWEST))) * width

    drawing.add(Rect(0, middle - 1.5, width, 3, fillColor=HexColor(_TRACK), strokeColor=None))
    blue, orange = HexColor(colors.NEUTRAL[0]), HexColor(colors.NEUTRAL[1])
    if reference is not None:
        x = place(reference.value)
        corners = [x - 3, middle, x, middle + 3, x + 3, middle, x, middle - 3]
        drawing.add(Polygon(corners, fillColor=None, strokeColor=orange, strokeWidth=1))
    if figure is not None:
        if figure.low is not None and figure.high is not None:
            drawing.add(
                Line(place(figure.low), middle, place(figure.high), middle, strokeColor=blue, strokeWidth=1.2)
            )
        drawing.add(Circle(place(figure.value), middle, 2.2, fillColor=blue, strokeColor=None))
    return drawing


def share_bar(rate: Rate, *, width_mm: float = 34, height_mm: float = 4) -> Any:
    """A share from 0 to 1 as a bar with its interval."""
    from reportlab.graphics.shapes import Line, Rect
    from reportlab.lib.colors import HexColor

    width, height = width_mm * MILLIMETRE, height_mm * MILLIMETRE
    drawing, middle = _drawing(width, height), height / 2
    drawing.add(Rect(0, 1, width, height - 2, fillColor=HexColor(_TRACK), strokeColor=None))
    drawing.add(Rect(0, 1, width * rate.share, height - 2, fillColor=HexColor("#8CBBD9"), strokeColor=None))
    if rate.low is not None and rate.high is not None:
        dark = HexColor(colors.LIGHT.text)
        drawing.add(
            Line(width * rate.low, middle, width * rate.high, middle, strokeColor=dark, strokeWidth=0.8)
        )
    return drawing


def curve(
    points: Curve | None,
    *,
    diagonal: bool,
    dots: bool = False,
    mark: tuple[float, float] | None = None,
    size_mm: float = 22,
) -> Any:
    """A curve on a square from 0 to 1 each way; `dots` marks its points, `mark` the operating point."""
    from reportlab.graphics.shapes import Circle, Line, Polygon, PolyLine, Rect
    from reportlab.lib.colors import HexColor

    size = size_mm * MILLIMETRE
    drawing = _drawing(size + 4, size + 4)
    if points is None:
        return drawing
    grey, blue, orange = (HexColor(one) for one in (colors.LIGHT.border, *colors.NEUTRAL[:2]))
    drawing.add(Rect(2, 2, size, size, fillColor=None, strokeColor=grey, strokeWidth=0.5))
    if diagonal:
        drawing.add(
            Line(2, 2, size + 2, size + 2, strokeColor=grey, strokeWidth=0.5, strokeDashArray=[1.5, 2])
        )
    placed = [(2 + x * size, 2 + y * size) for x, y in zip(points.x, points.y, strict=True)]
    drawing.add(PolyLine([step for pair in placed for step in pair], strokeColor=blue, strokeWidth=1.2))
    for x, y in placed if dots else ():
        drawing.add(Circle(x, y, 1.4, fillColor=blue, strokeColor=None))
    if mark is not None:
        x, y = 2 + mark[0] * size, 2 + mark[1] * size
        drawing.add(
            Polygon(
                [x - 3, y, x, y + 3, x + 3, y, x, y - 3], fillColor=orange, strokeColor=None, strokeWidth=0
            )
        )
    return drawing
