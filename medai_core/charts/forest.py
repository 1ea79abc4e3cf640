"""Findings, groups or kinds of image one below the other: a dot with its interval, beside a reference."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

import plotly.graph_objects as go

from medai_core.charts import cards, colors, words
from medai_core.charts.card_results import Pointing, Rate, Row, reference_name, spoken
from medai_core.charts.template import THEME_TEXT, layout, reference_line
from medai_core.domain.shares import wilson

_ROW_PX: Final = 34
_FOOT_PX: Final = 64
ORDERS: Final = {"card": "as on the card", "auroc": "AUROC", "gap": "difference", "name": "name"}
"""Ways to sort the findings, with their words."""


def ordered(rows: Sequence[Row], order: str, names: Mapping[str, str] | None = None) -> list[Row]:
    """The rows by one of `ORDERS`: best AUROC first, largest lead over the reference first, or by name."""
    if order == "auroc":
        return sorted(rows, key=lambda row: -(row.auroc.value if row.auroc else -1.0))
    if order == "gap":
        return sorted(rows, key=lambda row: -(row.gap if row.gap is not None else -2.0))
    if order == "name":
        return sorted(rows, key=lambda row: words.label(row.label, names))
    return list(rows)


def forest_chart(card: Mapping[str, Any], rows: Sequence[Row]) -> go.Figure | None:
    """AUROC with its interval, a row a finding in the order given; the reference as a hollow diamond below.

    A finding that is not reliable enough is drawn hollow. The dotted line is chance (0.5).
    """
    shown = [row for row in reversed(rows) if row.auroc is not None]
    if not shown:
        return None
    names = cards.label_names(card)
    beside = any(row.reference for row in shown)
    figure = go.Figure(layout=layout(height=_ROW_PX * len(shown) + _FOOT_PX + 28 * beside, x_title="AUROC"))
    figure.update_layout(margin={"l": 8, "r": 12, "t": 8 + 28 * beside})
    figure.add_trace(_dots(shown, names, shift=0.14 if beside else 0.0))
    if beside:
        figure.add_trace(_references(shown, names, reference_name(card)))
        figure.update_layout(
            showlegend=True,
            legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "font": {"color": THEME_TEXT}},
        )
    ends = [end for row in shown for end in _span(row)]
    figure.update_yaxes(
        tickvals=list(range(len(shown))),
        ticktext=[escape(words.label(row.label, names)) for row in shown],
        showgrid=False,
        fixedrange=True,
        range=[-0.6, len(shown) - 0.4],
    )
    figure.update_xaxes(range=[min(0.48, *ends) - 0.01, 1.005], showgrid=True, fixedrange=True, nticks=6)
    figure.update_layout(shapes=[reference_line(x0=0.5, x1=0.5, y0=-0.6, y1=len(shown) - 0.4)])
    return figure


def _span(row: Row) -> list[float]:
    figures = [one for one in (row.auroc, row.reference) if one is not None]
    return [one.value if one.low is None else one.low for one in figures]


def _dots(shown: Sequence[Row], names: Mapping[str, str], *, shift: float) -> go.Scatter:
    figures = [row.auroc for row in shown if row.auroc is not None]
    return go.Scatter(
        x=[one.value for one in figures],
        y=[place + shift for place in range(len(figures))],
        mode="markers",
        name="this model",
        marker={
            "size": 10,
            "symbol": ["circle" if row.reliable else "circle-open" for row in shown],
            "color": colors.NEUTRAL[0],
            "line": {"width": 2, "color": colors.NEUTRAL[0]},
        },
        error_x=_whiskers([(one.value, one.low, one.high) for one in figures], colors.NEUTRAL[0], 2),
        hovertext=[escape(sentence(row, names)) for row in shown],
        hoverinfo="text",
    )


def _references(shown: Sequence[Row], names: Mapping[str, str], name: str) -> go.Scatter:
    pairs = [(place, row, row.reference) for place, row in enumerate(shown) if row.reference is not None]
    return go.Scatter(
        x=[one.value for _, _, one in pairs],
        y=[place - 0.2 for place, _, _ in pairs],
        mode="markers",
        name=escape(name or "reference"),
        marker={"size": 8, "symbol": "diamond-open", "color": colors.NEUTRAL[1], "line": {"width": 2}},
        error_x=_whiskers([(one.value, one.low, one.high) for _, _, one in pairs], colors.NEUTRAL[1], 1),
        hovertext=[escape(sentence(row, names)) for _, row, _ in pairs],
        hoverinfo="text",
    )


def _whiskers(
    values: Sequence[tuple[float, float | None, float | None]], color: str, thickness: float
) -> dict[str, Any]:
    return {
        "type": "data", "symmetric": False, "thickness": thickness, "width": 0, "color": color,
        "array": [0.0 if high is None else high - value for value, _, high in values],
        "arrayminus": [0.0 if low is None else value - low for value, low, _ in values],
    }  # fmt: skip


def sentence(row: Row, names: Mapping[str, str] | None = None) -> str:
    """One finding's AUROC beside the reference, in one line."""
    said = f"{words.label(row.label, names)}: AUROC {spoken(row.auroc)}"
    if row.reference is not None:
        said += f", reference {spoken(row.reference)}"
    return said if row.reliable else f"{said}; {words.NOT_RELIABLE}"


def forest_alt(card: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """The chart in words."""
    names = cards.label_names(card)
    said = [sentence(row, names) for row in rows if row.auroc is not None]
    return f"AUROC of each finding. {'; '.join(said)}." if said else "The card holds no AUROC by finding."


def rates_chart(rates: Sequence[Rate], *, title: str) -> go.Figure | None:
    """A bar a row from 0 to 100 %, with its interval; rows in the order given."""
    if not rates:
        return None
    shown = list(reversed(rates))
    figure = go.Figure(layout=layout(height=_ROW_PX * len(shown) + _FOOT_PX, x_title=title))
    figure.update_layout(margin={"l": 8, "r": 12, "t": 8})
    figure.add_trace(
        go.Bar(
            orientation="h",
            x=[one.share for one in shown],
            y=list(range(len(shown))),
            width=0.5,
            marker={"color": colors.with_alpha(colors.NEUTRAL[0], 0.55), "line": {"width": 0}},
            error_x=_whiskers([(one.share, one.low, one.high) for one in shown], THEME_TEXT, 1.5),
            hovertext=[escape(rate_sentence(one)) for one in shown],
            hoverinfo="text",
        )
    )
    figure.update_yaxes(
        tickvals=list(range(len(shown))),
        ticktext=[escape(f"{words.label(one.name)}, n = {one.n}") for one in shown],
        showgrid=False,
        fixedrange=True,
    )
    figure.update_xaxes(
        range=[0, 1.02],
        tickvals=[0, 0.25, 0.5, 0.75, 1],
        ticktext=["0", "25", "50", "75", "100"],
        showgrid=True,
        fixedrange=True,
    )
    return figure


def rate_sentence(rate: Rate) -> str:
    """One row in words."""
    return f"{words.label(rate.name)}, n = {rate.n}: {words.share(rate.share)} ({_ends(rate)})"


def _ends(rate: Rate) -> str:
    if rate.low is None or rate.high is None:
        return "no interval given"
    return f"{words.share(rate.low)} to {words.share(rate.high)}"


def rates_alt(rates: Sequence[Rate], *, title: str) -> str:
    """The bars in words."""
    return f"{title}. {'; '.join(rate_sentence(one) for one in rates)}."


def rates_table(rates: Sequence[Rate], *, of: str, share: str) -> list[dict[str, str]]:
    """The bars as rows."""
    return [
        {
            of: words.label(one.name),
            share: words.share(one.share),
            "95\u202f% interval": _ends(one),
            "Images": str(one.n),
        }
        for one in rates
    ]


def pointing_rates(rows: Sequence[Pointing], names: Mapping[str, str]) -> list[Rate]:
    """Hits of the pointing game as shares with their score intervals."""
    return [Rate(words.label(row.label, names), row.n, row.share, *wilson(row.share, row.n)) for row in rows]


def pointing_table(rows: Sequence[Pointing], names: Mapping[str, str]) -> list[dict[str, str]]:
    """The pointing game as rows, with what a blind guess hits."""
    return [
        {
            "Finding": words.label(row.label, names),
            "Hits": f"{row.hits} of {row.n} ({words.share(row.share)})",
            "95\u202f% interval": _ends(rate),
            "By chance": words.NOT_GIVEN if row.chance is None else words.share(row.chance),
        }
        for row, rate in zip(rows, pointing_rates(rows, names), strict=True)
    ]
