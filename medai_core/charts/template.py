"""The one layout of all charts.

Paper and fonts are left to Streamlit's theme (`theme="streamlit"`), so that a chart follows a switch
between light and dark without a rerun; what is drawn in a colour of its own uses tokens that hold on both
backgrounds.
"""

from typing import Any, Final

import plotly.graph_objects as go

from medai_core.charts import colors

THEME_TEXT: Final = "#000037"
"""Stands for the theme's strong text colour: the browser puts in the real one (light or dark).

Streamlit writes words in charts in a grey of less than 4.5:1 on white otherwise. A test holds this to the
constant of the installed Streamlit.
"""

CONFIG: Final[dict[str, Any]] = {
    "displaylogo": False,
    "displayModeBar": "hover",
    "modeBarButtons": [["resetScale2d", "toImage"]],
    "responsive": True,
    "scrollZoom": False,
}
"""`config=` of `st.plotly_chart`: the mode bar holds reset and download alone."""

STILL: Final[dict[str, Any]] = {**CONFIG, "displayModeBar": False, "staticPlot": False}
"""`config=` of a chart with nothing to zoom."""

ROW_HEIGHT: Final = 260
"""Height in px shared by charts that stand in one row."""


def layout(
    *,
    height: int = ROW_HEIGHT,
    x_title: str = "",
    y_title: str = "",
    time_axis: bool = False,
    uirevision: str = "",
) -> go.Layout:
    """The layout of a figure.

    Parameters
    ----------
    height : int
        Pixels.
    x_title, y_title : str
        Quantity with its unit. The chart's heading is the page's, not the figure's.
    time_axis : bool
        Hover shows all values of one moment.
    uirevision : str
        Opaque key (never a name) under which zoom survives a rerun; another key resets it.
    """
    return go.Layout(
        height=height,
        margin={"l": 48, "r": 16, "t": 8, "b": 40 if x_title else 24, "pad": 0},
        showlegend=False,
        hovermode="x unified" if time_axis else "closest",
        uirevision=uirevision or None,
        dragmode=False,
        font={"color": THEME_TEXT},
        xaxis={**_axis(x_title), "showgrid": False, "rangeslider": {"visible": False}},
        yaxis={**_axis(y_title), "showgrid": True},
    )


def _axis(title: str) -> dict[str, Any]:
    return {
        "title": {"text": title, "standoff": 6, "font": {"color": THEME_TEXT}},
        "tickfont": {"color": THEME_TEXT},
        "zeroline": False,
        "automargin": True,
    }


def reference_line(*, x0: float, y0: float, x1: float, y1: float, dash: str = "dot") -> dict[str, Any]:
    """A thin neutral line in data coordinates, as a layout shape."""
    return {
        "type": "line", "x0": x0, "y0": y0, "x1": x1, "y1": y1, "layer": "below",
        "line": {"color": colors.CONTROL_BORDER, "width": 1, "dash": dash},
    }  # fmt: skip


def note(text: str, *, x: float, y: float, **options: Any) -> dict[str, Any]:
    """Words in data coordinates without an arrow, as a layout annotation, in the theme's text colour."""
    font = {"color": THEME_TEXT, "size": 13, **options.pop("font", {})}
    return {"text": text, "x": x, "y": y, "showarrow": False, "align": "left", "font": font, **options}
