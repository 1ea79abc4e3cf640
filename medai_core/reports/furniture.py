"""What stands on every page of a report: the patient's strip, the signature's state, page n of m."""

from dataclasses import dataclass
from typing import Any, Final

from medai_core.charts import colors
from medai_core.reports import typeface

MARGIN_MM: Final = 16.0
MILLIMETRE: Final = 72 / 25.4
PAGE_WIDTH, PAGE_HEIGHT = 210 * MILLIMETRE, 297 * MILLIMETRE
TEXT_WIDTH: Final = PAGE_WIDTH - 2 * MARGIN_MM * MILLIMETRE
_TOP: Final = PAGE_HEIGHT - 11 * MILLIMETRE
_FOOT: Final = 12 * MILLIMETRE
NOT_SIGNED: Final = "NOT SIGNED"
_LINE_MAX: Final = 300
"""Characters of a text that are looked at for one line; more never fit."""


@dataclass(frozen=True, slots=True)
class Furniture:
    """The words around the text of a page. `unsigned` is empty where all that is printed is signed.

    `strip` holds lines of (text, bold) of the patient; each is cut to the page's width except the last,
    which carries the identifier and is set smaller until it fits.
    """

    strip: tuple[tuple[str, bool], ...]
    unsigned: str
    footer_left: str
    footer_middle: str

    @property
    def head_height(self) -> float:
        """Points from the top edge of the page to the text."""
        lines = len(self.strip) + (1 if self.unsigned else 0)
        return PAGE_HEIGHT - _TOP + lines * 12.5 + 9

    @property
    def foot_height(self) -> float:
        """Points from the bottom edge of the page to the text."""
        return _FOOT + 18


def canvas_maker(furniture: Furniture) -> type[Any]:
    """A reportlab canvas that knows the number of pages before it writes the first."""
    from reportlab.pdfgen.canvas import Canvas

    class PagedCanvas(Canvas):  # type: ignore[misc]
        """Holds every page back until the last, then draws the furniture on each."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self._held: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802
            self._held.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._held, start=1):
                self.__dict__.update(page)
                _draw(self, furniture, number, len(self._held))
                Canvas.showPage(self)
            Canvas.save(self)

    return PagedCanvas


def _draw(canvas: Any, furniture: Furniture, number: int, count: int) -> None:
    left = MARGIN_MM * MILLIMETRE
    right = PAGE_WIDTH - left
    height = _TOP
    canvas.saveState()
    if furniture.unsigned:
        _watermark(canvas)
        canvas.setFillColor(colors.RISK.high)
        line(canvas, furniture.unsigned, left, height - 9, TEXT_WIDTH, size=8.5, bold=True)
        height -= 12.5
    canvas.setFillColor(colors.LIGHT.text)
    for index, (text, bold) in enumerate(furniture.strip):
        last = index == len(furniture.strip) - 1
        line(canvas, text, left, height - 9, TEXT_WIDTH, size=9, bold=bold, shrink=last)
        height -= 12.5
    canvas.setStrokeColor(colors.LIGHT.primary)
    canvas.setLineWidth(1)
    canvas.line(left, height - 3, right, height - 3)
    canvas.setStrokeColor(colors.LIGHT.muted)
    canvas.setLineWidth(0.4)
    canvas.line(left, _FOOT + 10, right, _FOOT + 10)
    canvas.setFillColor(colors.LIGHT.muted)
    line(canvas, furniture.footer_left, left, _FOOT, 60 * MILLIMETRE, size=7.5, bold=True)
    line(canvas, furniture.footer_middle, left + 62 * MILLIMETRE, _FOOT, 88 * MILLIMETRE, size=7.5)
    pages = f"page {number} of {count}"
    line(canvas, pages, right - typeface.width(pages, 7.5), _FOOT, 30 * MILLIMETRE, size=7.5)
    canvas.restoreState()


def _watermark(canvas: Any) -> None:
    canvas.saveState()
    canvas.translate(PAGE_WIDTH / 2, PAGE_HEIGHT / 2)
    canvas.rotate(54)
    canvas.setFillColor(colors.RISK.high, alpha=0.14)
    canvas.setFont(typeface.BOLD, 104)
    canvas.drawCentredString(0, -36, NOT_SIGNED)
    canvas.restoreState()


def line(
    canvas: Any,
    text: str,
    x: float,
    y: float,
    room: float,
    *,
    size: float,
    bold: bool = False,
    shrink: bool = False,
) -> None:
    """One line of anyone's text at a baseline; within `room` points set smaller, or cut with an ellipsis."""
    drawn = typeface.drawing_order(text[:_LINE_MAX])
    while shrink and size > 4 and typeface.width(drawn, size, bold=bold) > room:
        size -= 0.25
    if len(text) > _LINE_MAX or typeface.width(drawn, size, bold=bold) > room:
        fits = [n for n in range(len(drawn)) if typeface.width(drawn[:n] + "\u2026", size, bold=bold) <= room]
        drawn = drawn[: max(fits, default=0)] + "\u2026"
    words = canvas.beginText(x, y)
    for font, characters in typeface.runs(drawn, bold=bold):
        words.setFont(font, size)
        words.textOut(characters)
    canvas.drawText(words)
