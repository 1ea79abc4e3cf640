"""The monitor's charts: bins against their reference, shares over time, agreement by probability.

What is kept back is not drawn: a bar, dot or interval is missing there, never at zero.
"""

from collections.abc import Sequence
from html import escape
from typing import Any, Final

import plotly.graph_objects as go

from medai_core.charts import colors, words
from medai_core.charts.template import ROW_HEIGHT, THEME_TEXT, layout, note
from medai_core.domain.monitor import Period, Share
from medai_core.domain.monitored import Agreement, Calibration, Flags, Order, Shift
from medai_core.domain.reading import Verdict

_NOW: Final = colors.NEUTRAL[0]
_OTHER: Final = colors.NEUTRAL[1]
_LOOKS: Final = {
    Order.OWN_FIRST: {"color": colors.NEUTRAL[0], "dash": "solid", "symbol": "circle"},
    Order.MODEL_FIRST: {"color": colors.NEUTRAL[1], "dash": "dash", "symbol": "square"},
}
_AGREE: Final = tuple(Verdict).index(Verdict.AGREE)


def shift_chart(shift: Shift) -> go.Figure | None:
    """The window's share of each bin, filled, beside the reference's, hollow; None without a reference."""
    if not shift.shares:
        return None
    names = [shift.bin_words(place) for place in range(len(shift.shares))]
    figure = go.Figure(layout=layout(height=ROW_HEIGHT + 40, y_title="Share of images (%)"))
    figure.add_trace(
        go.Bar(
            x=names, y=[100 * share for share in shift.reference], name=escape(shift.against, quote=False),
            marker={"color": "rgba(0,0,0,0)", "line": {"color": colors.CONTROL_BORDER, "width": 1.5}},
            hovertemplate="%{x}: %{y:.0f} %",
        )
    )  # fmt: skip
    figure.add_trace(
        go.Bar(
            x=names, y=[_percent(share) for share in shift.shares], name="this window",
            marker={"color": _NOW}, customdata=[share.words for share in shift.shares],
            hovertemplate="%{x}: %{y:.0f} % (%{customdata})",
        )
    )  # fmt: skip
    figure.update_layout(barmode="group", bargap=0.25, bargroupgap=0.05)
    figure.update_xaxes(type="category", tickangle=-40).update_yaxes(rangemode="tozero", fixedrange=True)
    return _with_legend(figure)


def shift_alt(shift: Shift) -> str:
    """The chart of bins in words."""
    said = [
        f"{shift.bin_words(place)}: {_said(share)}, {shift.against} {words.probability(reference)}"
        for place, (share, reference) in enumerate(zip(shift.shares, shift.reference, strict=True))
    ]
    return f"Share of images by bin. {'; '.join(said)}."


def volume_chart(periods: Sequence[Period], totals: Sequence[Share]) -> go.Figure:
    """Images that the model was asked about, one bar a period."""
    figure = go.Figure(layout=layout(height=ROW_HEIGHT, y_title="Images asked about"))
    said = [f"{one.words}: {share.total.words}" for one, share in zip(periods, totals, strict=True)]
    figure.add_trace(
        go.Bar(
            x=_ticks(periods), y=[share.total.value for share in totals], marker={"color": _NOW},
            hovertext=said, hoverinfo="text",
        )
    )  # fmt: skip
    figure.update_xaxes(type="category", nticks=8).update_yaxes(rangemode="tozero", fixedrange=True)
    return figure


def volume_alt(periods: Sequence[Period], totals: Sequence[Share]) -> str:
    """The bars in words."""
    said = [f"{one.words}: {share.total.words}" for one, share in zip(periods, totals, strict=True)]
    return f"Images that the model was asked about. {'; '.join(said)}."


def refused_chart(periods: Sequence[Period], shares: Sequence[Share]) -> go.Figure:
    """The share of images refused, by period."""
    figure = _over_time("Refused (%)")
    figure.add_trace(_line(periods, shares, "refused", {"color": _NOW, "dash": "solid", "symbol": "circle"}))
    return _from_zero(figure)


def flags_chart(periods: Sequence[Period], flags: Flags) -> go.Figure:
    """The share of answers that flag a finding, by period; a line where the card would have it."""
    figure = _over_time("Flagged (%)")
    look = {"color": _NOW, "dash": "solid", "symbol": "circle"}
    figure.add_trace(_line(periods, flags.over_time, "flagged", look))
    if flags.expected is not None:
        figure.add_hline(
            y=100 * flags.expected, line={"color": colors.CONTROL_BORDER, "width": 1, "dash": "dot"}
        )
        text = f"expected {100 * flags.expected:.0f}\u202f%"
        figure.add_annotation(
            note(text, x=1, xref="paper", xanchor="right", y=100 * flags.expected, yanchor="bottom")
        )
    return _from_zero(figure)


def agreement_chart(periods: Sequence[Period], agreement: Sequence[Agreement]) -> go.Figure:
    """The share of readings that agree with the model's answer, by period and by what came first."""
    figure = _over_time("Readings that agree (%)")
    for one in agreement:
        figure.add_trace(_line(periods, one.table.shares(_AGREE), one.order.value, _LOOKS[one.order]))
    figure.update_yaxes(range=[0, 104])
    return _with_legend(figure)


def shares_alt(what: str, periods: Sequence[Period], shares: Sequence[Share]) -> str:
    """Shares over time in words."""
    said = [f"{one.words}: {_said(share)}" for one, share in zip(periods, shares, strict=True)]
    return f"{what}. {'; '.join(said)}."


def calibration_chart(calibration: Calibration) -> go.Figure:
    """The share of readings that agree with the answer, by the finding's probability; before in orange."""
    names = [_bin(one.low, one.high) for one in calibration.bins]
    figure = go.Figure(
        layout=layout(
            height=ROW_HEIGHT + 40,
            x_title="Probability of the finding (%)",
            y_title="Readings that agree (%)",
        )
    )
    now = [one.now for one in calibration.bins]
    series = [("this window", now, _LOOKS[Order.OWN_FIRST])]
    before = [one.before for one in calibration.bins if one.before is not None]
    if len(before) == len(now):
        series.append(("the days before", before, _LOOKS[Order.MODEL_FIRST]))
    for name, shares, look in series:
        figure.add_trace(_points(names, shares, name, look, mode="markers"))
    place = next((number for number, one in enumerate(calibration.bins) if one.flagged), None)
    if place is not None:
        figure.add_vline(x=place - 0.5, line={"color": colors.CONTROL_BORDER, "width": 1, "dash": "dot"})
        figure.add_annotation(
            note("flagged \u2192", x=place - 0.45, xanchor="left", y=1.02, yref="paper", yanchor="bottom")
        )
    figure.update_xaxes(type="category", range=[-0.5, len(names) - 0.5])
    figure.update_yaxes(range=[0, 104]).update_layout(scattermode="group", margin={"t": 28})
    return _with_legend(figure)


def calibration_alt(calibration: Calibration) -> str:
    """Agreement by probability in words."""
    said = [f"{_bin(one.low, one.high)} %: {_said(one.now)}" for one in calibration.bins]
    return f"Readings that agree with the answer, by probability. {'; '.join(said)}."


def _bin(low: float, high: float) -> str:
    """Whole percent, or one decimal where the bins are narrow."""
    digits = 0 if high - low >= 0.05 else 1
    return f"{100 * low:.{digits}f} to {100 * high:.{digits}f}"


def _said(share: Share) -> str:
    if share.value is None:
        return f"not shown ({share.words})"
    return f"{words.probability(share.value)} ({share.words})"


def _percent(share: Share) -> float | None:
    return None if share.value is None else 100 * share.value


def _ticks(periods: Sequence[Period]) -> list[str]:
    return [one.start.isoformat() if not _is_month(one) else f"{one.start:%Y-%m}" for one in periods]


def _is_month(period: Period) -> bool:
    return (period.end - period.start).days > 7


def _over_time(y_title: str) -> go.Figure:
    figure = go.Figure(layout=layout(height=ROW_HEIGHT, y_title=y_title))
    figure.update_xaxes(type="category", nticks=8).update_yaxes(fixedrange=True)
    return figure


def _from_zero(figure: go.Figure) -> go.Figure:
    figure.update_yaxes(rangemode="tozero")
    return figure


def _line(periods: Sequence[Period], shares: Sequence[Share], name: str, look: dict[str, str]) -> go.Scatter:
    return _points(_ticks(periods), shares, name, look, mode="lines+markers")


def _points(
    x: Sequence[str], shares: Sequence[Share], name: str, look: dict[str, str], *, mode: str
) -> go.Scatter:
    """Shares with their intervals; a gap where one is kept back."""
    return go.Scatter(
        x=list(x),
        y=[_percent(share) for share in shares],
        error_y=_whiskers(shares, look["color"]),
        mode=mode,
        name=escape(name, quote=False),
        connectgaps=False,
        line={"color": look["color"], "width": 2, "dash": look["dash"]},
        marker={"symbol": look["symbol"], "size": 8, "color": look["color"]},
        hovertext=[f"{escape(tick)}: {escape(_said(share))}" for tick, share in zip(x, shares, strict=True)],
        hoverinfo="text",
    )


def _whiskers(shares: Sequence[Share], color: str) -> dict[str, Any]:
    ends = [(share.value, share.ends) for share in shares]
    return {
        "type": "data", "symmetric": False, "thickness": 1, "width": 3, "color": color,
        "array": [100 * (end[1] - value) if value is not None and end else None for value, end in ends],
        "arrayminus": [100 * (value - end[0]) if value is not None and end else None for value, end in ends],
    }  # fmt: skip


def _with_legend(figure: go.Figure) -> go.Figure:
    """Names above the chart; series of one have none."""
    if len(figure.data) > 1:
        figure.update_layout(
            showlegend=True,
            legend={
                "orientation": "h",
                "x": 0,
                "y": 1.02,
                "yanchor": "bottom",
                "font": {"color": THEME_TEXT},
            },
            margin={"t": 36},
        )
    return figure
