"""Colour tokens: one table for the theme, the charts and the documents.

A test recomputes the contrast of every token (WCAG 2.2, relative luminance) and the smallest colour
distance of every set (CIE76 in CIELAB under normal vision and the three dichromacies of Machado, Oliveira
and Fernandes 2009), and holds `.streamlit/config.toml` to the same values.
"""

from dataclasses import dataclass
from typing import Final

IMAGE_BACKGROUND: Final = "#000000"
CONTROL_BORDER: Final = "#6B7684"
"""Borders of controls, operating-point ticks and reference lines: legible on both backgrounds."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The tokens of one theme; hexadecimal sRGB."""

    background: str
    panel: str
    text: str
    muted: str
    border: str
    primary: str
    link: str
    series: tuple[str, ...]
    sequential: tuple[str, ...]


_CIVIDIS: Final = (
    "#00224E", "#123570", "#3B496C", "#575D6D", "#707173",
    "#8A8678", "#A59C74", "#C3B369", "#E1CC55", "#FEE838",
)  # fmt: skip

DARK: Final = Palette(
    background="#0E1116",
    panel="#171C23",
    text="#E6EAF0",
    muted="#A7B0BC",
    border=CONTROL_BORDER,
    primary="#2A78C8",
    link="#56B4E9",
    series=("#56B4E9", "#E69F00", "#7C713C", "#6257DB", "#E4D6C8", "#BD287F"),
    sequential=_CIVIDIS,
)
LIGHT: Final = Palette(
    background="#FFFFFF",
    panel="#F2F5F8",
    text="#14181D",
    muted="#515B67",
    border=CONTROL_BORDER,
    primary="#0B5CAD",
    link="#0B5CAD",
    series=("#0072B2", "#D55E00", "#5D312D", "#7A1FD6", "#BD7587", "#2D395D"),
    sequential=tuple(reversed(_CIVIDIS)),
)

DIVERGING: Final = (
    "#7F3B08", "#B35806", "#E08214", "#FDB863", "#FEE0B6",
    "#D8DAEB", "#B2ABD2", "#8073AC", "#542788", "#2D004B",
)  # fmt: skip
"""ColorBrewer's ten-class PuOr, for values with a true zero."""

NEUTRAL: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
"""Four hues (Okabe and Ito) for marks whose colour must hold in both themes; on `background` only."""


@dataclass(frozen=True, slots=True)
class RiskColors:
    """Three steps of risk; always beside the word."""

    low: str = "#3D8FC7"
    moderate: str = "#A97F00"
    high: str = "#D1266B"


RISK: Final = RiskColors()


@dataclass(frozen=True, slots=True)
class AlarmColors:
    """Fills of the three alarm priorities; black text, outline, never flashing."""

    high: str = "#FF3B30"
    medium: str = "#FFD60A"
    low: str = "#40C8E0"
    text: str = "#000000"


ALARM: Final = AlarmColors()


def with_alpha(color: str, alpha: float) -> str:
    """`color` (``#RRGGBB``) as ``rgba(r,g,b,alpha)``, `alpha` in 0..1."""
    red, green, blue = (int(color[index : index + 2], 16) for index in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"
