"""The fonts of a document: embedded, and chosen character by character.

DejaVu Sans Condensed holds Latin, Greek, Cyrillic, Arabic and Hebrew; Droid Sans Fallback Chinese, Japanese
and Korean. A character in neither is written as its code point, such as ``[U+1F600]``, never as an empty box.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final
from xml.sax.saxutils import escape

from medai_core.reports import bidi

REGULAR: Final = "MedAI-Regular"
BOLD: Final = "MedAI-Bold"
CJK: Final = "MedAI-CJK"

_FOLDER: Final = Path(__file__).parent / "fonts"
_FILES: Final = {
    REGULAR: "DejaVuSansCondensed.ttf",
    BOLD: "DejaVuSansCondensed-Bold.ttf",
    CJK: "DroidSansFallback.ttf",
}
_CONTROL: Final = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb]"
)
_LOCK: Final = Lock()


@cache
def _loaded() -> dict[str, Any]:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    fonts = {name: TTFont(name, str(_FOLDER / file)) for name, file in _FILES.items()}
    for font in fonts.values():
        pdfmetrics.registerFont(font)
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
    pdfmetrics.registerFontFamily(CJK, normal=CJK, bold=CJK, italic=CJK, boldItalic=CJK)
    return fonts


def register() -> None:
    """Make the fonts known to reportlab; costs a fraction of a second the first time."""
    with _LOCK:
        _loaded()


@cache
def _holds(font: str, character: str) -> bool:
    return ord(character) in _loaded()[font].face.charToGlyph


def plain(text: str) -> str:
    """`text` composed (NFC), with one kind of line break and without control characters."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return _CONTROL.sub("", lines)


def runs(text: str, *, bold: bool = False) -> list[tuple[str, str]]:
    """`text` as (font, characters) pairs; what no font holds comes as its code point."""
    main = BOLD if bold else REGULAR
    parts: list[tuple[str, str]] = []
    for character in text:
        font, drawn = _glyph(character, main)
        if parts and parts[-1][0] == font:
            parts[-1] = (font, parts[-1][1] + drawn)
        else:
            parts.append((font, drawn))
    return parts


def _glyph(character: str, main: str) -> tuple[str, str]:
    if character == "\n" or _holds(main, character):
        return main, character
    if _holds(CJK, character):
        return CJK, character
    if character in "\u200c\u200d":
        return main, ""
    return main, f"[U+{ord(character):04X}]"


def width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of one line of `text` in points."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    return sum(float(stringWidth(drawn, font, size)) for font, drawn in runs(text, bold=bold))


def drawing_order(text: str) -> str:
    """Anyone's text as one line, in the order in which its glyphs stand from left to right."""
    one = plain(text).replace("\n", " ")
    return bidi.visual(one) if bidi.has_right_to_left(one) else one


def markup(text: str, *, bold: bool = False) -> str:
    """Anyone's text as one line of reportlab markup; no markup inside `text` survives."""
    return marked(drawing_order(text), bold=bold)


def marked(line: str, *, bold: bool = False) -> str:
    """A line already in drawing order as reportlab markup: escaped, each run in the font that holds it."""
    return "".join(
        f'<font name="{font}">{escape(drawn)}</font>' for font, drawn in runs(line, bold=bold) if drawn
    )
