"""Charts of a group of patients: the funnel, how values are spread, two values, survival, calibration.

What is kept back is not drawn; each chart has its words for those who do not see it.
"""

from collections.abc import Sequence
from html import escape
from typing import Any, Final

import plotly.graph_objects as go

from medai_core.charts import colors
from medai_core.charts.template import ROW_HEIGHT, THEME_TEXT, layout, reference_line
from medai_core.domain.cohort import Step
from medai_core.domain.cohort_views import CalibrationView, Curve, Grid, Histogram, SurvivalView
from medai_core.domain.monitor import Cell

_DASHES: Final = ("solid", "dash", "dot", "dashdot")
_SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up")
_LABEL: Final = 46
_BUBBLE: Final = 26


def _color(place: int) -> str:
    return colors.NEUTRAL[place % len(colors.NEUTRAL)]


def _named(text: str, length: int = _LABEL) -> str:
    """Anyone's words as the browser may draw them, cut to one line."""
    return escape(text if len(text) <= length else f"{text[: length - 1]}\u2026", quote=False)


def funnel(steps: Sequence[Step]) -> go.Figure:
    """How many each criterion leaves, everyone at the top."""
    figure = go.Figure(layout=layout(height=40 + 34 * max(len(steps), 2)))
    rows = [f"{place}. {_named(step.words, 34)}" for place, step in enumerate(steps)]
    figure.add_trace(
        go.Bar(
            orientation="h", y=rows, x=[step.count.value or 0 for step in steps],
            text=[step.count.words for step in steps], textposition="outside", cliponaxis=False,
            marker={"color": _color(0)}, textfont={"color": THEME_TEXT},
            hovertext=[f"{escape(step.words, quote=False)}: {step.count.words}" for step in steps],
            hoverinfo="text",
        )
    )  # fmt: skip
    most = max((step.count.value or 0 for step in steps), default=1)
    figure.update_xaxes(range=[0, 1.22 * max(most, 1)], fixedrange=True, showticklabels=False)
    figure.update_yaxes(autorange="reversed", fixedrange=True, showgrid=False, type="category")
    figure.update_layout(margin={"t": 4, "b": 8})
    return figure


def funnel_alt(steps: Sequence[Step]) -> str:
    """The funnel in words."""
    return "; ".join(f"{step.words}: {step.count.words}" for step in steps) + "."


def histogram(found: Histogram) -> go.Figure:
    """How many of each group each bin holds; bins that are kept back are left out."""
    unit = f" ({found.unit})" if found.unit else ""
    title = f"{_named(found.name, 90)}{unit}"
    figure = go.Figure(layout=layout(height=ROW_HEIGHT + 40, x_title=title, y_title="People"))
    share = 0.92 / len(found.groups)
    for place, (group, counts) in enumerate(zip(found.groups, found.counts, strict=True)):
        bins = [number for number, cell in enumerate(counts) if cell.value]
        widths = [found.edges[number + 1] - found.edges[number] for number in bins]
        begins = [found.edges[number] for number in bins]
        figure.add_trace(
            go.Bar(
                x=[
                    begin + width * (0.04 + share * (place + 0.5))
                    for begin, width in zip(begins, widths, strict=True)
                ],
                y=[counts[number].value for number in bins], width=[width * share for width in widths],
                name=_named(group), marker={"color": _color(place)},
                hovertext=[
                    f"{_named(group)}, {bin_words(found, number)}: {counts[number].words}" for number in bins
                ],
                hoverinfo="text",
            )
        )  # fmt: skip
    figure.update_layout(barmode="overlay")
    figure.update_xaxes(range=[found.edges[0], found.edges[-1]])
    return _with_legend(figure, len(found.groups))


def bin_words(found: Histogram, number: int) -> str:
    """The ends of a bin; the outer ones are open."""
    low, high = found.edges[number], found.edges[number + 1]
    if number == 0:
        return f"under {high:g}"
    return f"{low:g} and over" if number == len(found.edges) - 2 else f"{low:g} to {high:g}"


def histogram_alt(found: Histogram) -> str:
    """The spread in words."""
    parts = []
    for group, summary, missing in zip(found.groups, found.summaries, found.missing, strict=True):
        middle = "kept back"
        if summary.median is not None:
            middle = f"median {summary.median:.4g}, middle half {summary.low:.4g} to {summary.high:.4g}"
        parts.append(f"{group}: {middle} {found.unit}, without a value {missing.words}")
    return f"{found.name}. {'; '.join(parts)}."


def grid(found: Grid) -> go.Figure:
    """Bubbles whose area is the number of people in a cell of two quantities."""
    titles = [
        f"{_named(name)} ({unit})" if unit else _named(name)
        for name, unit in ((found.x_name, found.x_unit), (found.y_name, found.y_unit))
    ]
    figure = go.Figure(layout=layout(height=ROW_HEIGHT + 160, x_title=titles[0], y_title=titles[1]))
    xs, ys, sizes, said = [], [], [], []
    for row, cells in enumerate(found.counts):
        for column, cell in enumerate(cells):
            if cell.value:
                x, y = found.x_edges[column : column + 2], found.y_edges[row : row + 2]
                xs.append(sum(x) / 2)
                ys.append(sum(y) / 2)
                sizes.append(cell.value)
                said.append(f"{x[0]:g} to {x[1]:g}, {y[0]:g} to {y[1]:g}: {cell.words}")
    figure.add_trace(
        go.Scatter(
            x=xs, y=ys, mode="markers", hovertext=said, hoverinfo="text",
            marker={
                "size": sizes, "sizemode": "area", "sizeref": 2 * max(sizes, default=1) / _BUBBLE**2,
                "sizemin": 3, "color": colors.with_alpha(_color(0), 0.75),
                "line": {"width": 1, "color": _color(0)},
            },
        )
    )  # fmt: skip
    figure.update_xaxes(range=[found.x_edges[0], found.x_edges[-1]])
    figure.update_yaxes(range=[found.y_edges[0], found.y_edges[-1]])
    return figure


def grid_alt(found: Grid) -> str:
    """Two quantities in words."""
    rank = "no rank correlation is given"
    if found.rho is not None:
        rank = f"Spearman's rank correlation {found.rho[0]:.2f} ({found.rho[1]:.2f} to {found.rho[2]:.2f})"
    return f"{found.x_name} and {found.y_name}: both known of {found.both.words}; {rank}."


def survival(found: SurvivalView) -> go.Figure:
    """Kaplan-Meier curves with their 95 % bands, in years from the start."""
    figure = go.Figure(
        layout=layout(
            height=ROW_HEIGHT + 120, x_title="Years from the start", y_title="Without the outcome (%)"
        )
    )
    drawn = [curve for curve in found.curves if not curve.kept_back]
    for place, curve in enumerate(drawn):
        for trace in _curve(curve, place):
            figure.add_trace(trace)
    figure.update_yaxes(range=[0, 102])
    figure.update_xaxes(range=[0, max((curve.end for curve in drawn), default=1.0)], rangemode="nonnegative")
    return _with_legend(figure, len(drawn))


def _curve(curve: Curve, place: int) -> tuple[go.Scatter, go.Scatter]:
    times = [0.0, *curve.times, max(curve.end, *curve.times)]
    lines = [[100.0, *(100 * one for one in ends)] for ends in (curve.survival, curve.low, curve.high)]
    middle, low, high = ([*line, line[-1]] for line in lines)
    color = _color(place)
    band = go.Scatter(
        x=[*_stairs_x(times), *reversed(_stairs_x(times))],
        y=[*_stairs_y(high), *reversed(_stairs_y(low))],
        fill="toself", fillcolor=colors.with_alpha(color, 0.18), line={"width": 0}, hoverinfo="skip",
        showlegend=False, mode="lines",
    )  # fmt: skip
    line = go.Scatter(
        x=times, y=middle, mode="lines", name=_named(curve.name),
        line={"color": color, "width": 2, "shape": "hv", "dash": _DASHES[place % len(_DASHES)]},
        hovertext=[
            f"{_named(curve.name)}, {at:.2f} years: {value:.0f} % ({bottom:.0f} to {top:.0f})"
            for at, value, bottom, top in zip(times, middle, low, high, strict=True)
        ],
        hoverinfo="text",
    )  # fmt: skip
    return band, line


def _stairs_x(times: Sequence[float]) -> list[float]:
    return [times[0], *(one for pair in zip(times[1:], times[1:], strict=True) for one in pair)]


def _stairs_y(values: Sequence[float]) -> list[float]:
    return [*(one for pair in zip(values[:-1], values[:-1], strict=True) for one in pair), values[-1]]


def survival_alt(found: SurvivalView) -> str:
    """The curves in words."""
    said = []
    for curve in found.curves:
        if curve.kept_back:
            said.append(f"{curve.name}: {curve.kept_back}")
        else:
            half = f"half by {curve.median:.1f} years" if curve.median is not None else "half is not reached"
            share = f"{100 * curve.survival[-1]:.0f} %"
            said.append(f"{curve.name}: {share} without it after {curve.end:.1f} years, {half}")
    test = f" Log-rank p {p_words(found.p)}." if found.p is not None else ""
    return f"Time to {found.outcome}, from {found.start}. {'; '.join(said)}.{test}"


def p_words(p: float) -> str:
    """A p-value as it is written."""
    return "under 0.001" if p < 0.001 else f"{p:.3f}"


def calibration(found: CalibrationView) -> go.Figure:
    """Predicted against observed risk, a point a bin, on the diagonal where they agree."""
    shown = [one for one in found.bins if one.predicted is not None and one.observed is not None]
    ends = [one.observed_high or 0.0 for one in shown] + [one.predicted or 0.0 for one in shown]
    top = min(1.0, max(0.05, *ends)) if ends else 1.0
    figure = go.Figure(
        layout=layout(height=ROW_HEIGHT + 120, x_title="Predicted (%)", y_title="Observed (%)")
    )
    figure.add_shape(reference_line(x0=0, y0=0, x1=100 * top, y1=100 * top))
    figure.add_trace(
        go.Scatter(
            x=[100 * (one.predicted or 0) for one in shown], y=[100 * (one.observed or 0) for one in shown],
            mode="markers", marker={"color": _color(0), "size": 10},
            error_y={
                "type": "data", "symmetric": False, "thickness": 1.5, "width": 4, "color": _color(0),
                "array": [100 * ((one.observed_high or 0) - (one.observed or 0)) for one in shown],
                "arrayminus": [100 * ((one.observed or 0) - (one.observed_low or 0)) for one in shown],
            },
            hovertext=[
                f"predicted {100 * (one.predicted or 0):.1f} %, observed {100 * (one.observed or 0):.1f} % "
                f"({100 * (one.observed_low or 0):.1f} to {100 * (one.observed_high or 0):.1f}), "
                f"{one.size.words} people"
                for one in shown
            ],
            hoverinfo="text",
        )
    )  # fmt: skip
    figure.update_xaxes(range=[0, 100 * top], showgrid=True)
    figure.update_yaxes(range=[0, 105 * top])
    return figure


def calibration_alt(found: CalibrationView) -> str:
    """Calibration in words."""
    pairs = [
        f"{100 * one.predicted:.0f} % predicted, {100 * one.observed:.0f} % observed"
        for one in found.bins
        if one.predicted is not None and one.observed is not None
    ]
    words = "; ".join(pairs) or "kept back"
    return f"{found.title} against {found.outcome} within {found.years:g} years: {words}."


def cell_words(cells: Sequence[Cell]) -> list[str]:
    """Counts as they may be shown."""
    return [cell.words for cell in cells]


def _with_legend(figure: go.Figure, count: int) -> go.Figure:
    """Names above the chart where there are several."""
    if count > 1:
        legend: dict[str, Any] = {
            "orientation": "h",
            "yanchor": "bottom",
            "y": 1.02,
            "xanchor": "left",
            "x": 0,
        }
        figure.update_layout(showlegend=True, legend=legend, margin={"t": 40})
    return figure
