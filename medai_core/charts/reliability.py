"""How well a model's numbers held on data it had not seen, drawn from its card.

Each chart is None where the card does not hold what it would show.
"""

import math
from collections.abc import Mapping
from html import escape
from typing import Any, Final, TypeVar

import plotly.graph_objects as go

from medai_core.charts import cards, colors, table_card, words
from medai_core.charts.card_results import measured
from medai_core.charts.cards import METRICS, Curve, Figure, OperatingPoint
from medai_core.charts.template import ROW_HEIGHT, THEME_TEXT, layout, note, reference_line
from medai_core.domain.shares import wilson

_TICKS: Final = {"tickvals": [0, 0.25, 0.5, 0.75, 1], "ticktext": ["0", "25", "50", "75", "100"]}
_DASHES: Final = ("solid", "dash", "dot", "dashdot")
_SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up")
_ROW_PX: Final = 56
_AT: Final = (0.25, 0.5, 0.75)


def reliability_chart(card: Mapping[str, Any], *, label: str | None = None) -> go.Figure | None:
    """Mean probability against observed share, per label; Wilson intervals where a bin's n is given.

    Here and below, `label` draws that one alone.
    """
    curves = _of(cards.reliability_curves(card), label)
    if not curves:
        return None
    figure = _square("Mean probability of the bin (%)", "Observed share (%)", diagonal=True)
    for index, curve in enumerate(curves):
        name = words.label(curve.label, cards.label_names(card))
        figure.add_trace(_line(curve, name, index, markers=True))
        if curve.sizes and all(curve.sizes):
            ends = [wilson(y, n) for y, n in zip(curve.y, curve.sizes, strict=True)]
            figure.data[-1].error_y = {
                "type": "data", "symmetric": False, "thickness": 1, "width": 3,
                "array": [high - y for (_, high), y in zip(ends, curve.y, strict=True)],
                "arrayminus": [y - low for (low, _), y in zip(ends, curve.y, strict=True)],
            }  # fmt: skip
    return _with_legend(figure, len(curves))


_Labelled = TypeVar("_Labelled", Curve, OperatingPoint)


def _of(found: tuple[_Labelled, ...], label: str | None) -> tuple[_Labelled, ...]:
    return found if label is None else tuple(one for one in found if one.label == label)


def roc_chart(card: Mapping[str, Any], *, label: str | None = None) -> go.Figure | None:
    """Sensitivity against 1 - specificity, per label, with the operating points as diamonds."""
    curves, points = _of(cards.operating_curves(card), label), _of(cards.operating_points(card), label)
    if not curves and not points:
        return None
    names = cards.label_names(card)
    figure = _square("1 \u2212 specificity (%)", "Sensitivity (%)", diagonal=True)
    order = [curve.label for curve in curves]
    for index, curve in enumerate(curves):
        figure.add_trace(_line(curve, words.label(curve.label, names), index, markers=False))
    order += [point.label for point in points if point.label not in order]
    for point in points:
        name = words.label(point.label, names)
        figure.add_trace(_operating_point(point, name, order.index(point.label), drawn=bool(curves)))
    return _with_legend(figure, len(curves) + len(points))


def precision_recall_chart(card: Mapping[str, Any], *, label: str | None = None) -> go.Figure | None:
    """PPV against sensitivity, per label; the operating point where the card gives its PPV."""
    curves = _of(cards.precision_recall_curves(card), label)
    if not curves:
        return None
    names = cards.label_names(card)
    figure = _square("Recall, that is sensitivity (%)", "Precision, that is PPV (%)", diagonal=False)
    for index, curve in enumerate(curves):
        figure.add_trace(_line(curve, words.label(curve.label, names), index, markers=False))
    points = {point.label: point for point in cards.operating_points(card)}
    for index, curve in enumerate(curves):
        ppv = _ppv(card, curve.label)
        if ppv is not None and curve.label in points:
            point, name = points[curve.label], words.label(curve.label, names)
            figure.add_trace(
                go.Scatter(
                    x=[point.sensitivity],
                    y=[ppv],
                    mode="markers",
                    name=escape(f"{name}, operating point"),
                    marker={
                        "symbol": "diamond",
                        "size": 10,
                        "color": _color(index),
                        "line": {"width": 1, "color": THEME_TEXT},
                    },
                    hovertext=[escape(_pr_said(name, point, ppv))],
                    hoverinfo="text",
                )
            )
    return _with_legend(figure, len(curves))


def _ppv(card: Mapping[str, Any], label: str) -> float | None:
    """The PPV that was measured at a label's operating point, by the first measurement in the card."""
    found = (one.figure.value for one in measured(card) if one.label == label and one.figure.metric == "ppv")
    return next(found, None)


def _pr_said(name: str, point: OperatingPoint, ppv: float) -> str:
    return (
        f"{name}, operating point {words.probability(point.threshold)}: sensitivity "
        f"{words.probability(point.sensitivity)}, PPV {words.probability(ppv)}"
    )


def precision_recall_alt(card: Mapping[str, Any], *, label: str | None = None) -> str:
    """The precision-recall chart in words."""
    names = cards.label_names(card)
    points = {point.label: point for point in cards.operating_points(card)}
    said = []
    for curve in _of(cards.precision_recall_curves(card), label):
        name, ppv = words.label(curve.label, names), _ppv(card, curve.label)
        if ppv is not None and curve.label in points:
            said.append(_pr_said(name, points[curve.label], ppv))
        else:
            near = [min(zip(curve.x, curve.y, strict=True), key=lambda p: abs(p[0] - at)) for at in _AT]
            pairs = [f"{words.probability(y)} at a recall of {words.probability(x)}" for x, y in near]
            said.append(f"{name}: precision {', '.join(pairs)}")
    return f"Precision and recall. {'; '.join(said)}." if said else "The card holds no precision and recall."


def _operating_point(point: OperatingPoint, name: str, index: int, *, drawn: bool) -> go.Scatter:
    """One operating point; `drawn` where curves already carry the labels' names."""
    said = (
        f"{name}, operating point {words.probability(point.threshold)}: sensitivity "
        f"{words.probability(point.sensitivity)}, specificity {words.probability(point.specificity)}"
    )
    color = _color(index)
    symbol = "diamond" if drawn else _SYMBOLS[index % len(_SYMBOLS)]
    return go.Scatter(
        x=[1 - point.specificity],
        y=[point.sensitivity],
        error_x=_whisker(1 - point.specificity, _mirrored(point.specificity_ends), color),
        error_y=_whisker(point.sensitivity, point.sensitivity_ends, color),
        mode="markers",
        name=escape(f"{name}, operating point"),
        marker={"symbol": symbol, "size": 10, "color": color, "line": {"width": 1, "color": THEME_TEXT}},
        hovertext=[escape(said)],
        hoverinfo="text",
    )


def _mirrored(ends: tuple[float, float] | None) -> tuple[float, float] | None:
    return None if ends is None else (1 - ends[1], 1 - ends[0])


def _whisker(value: float, ends: tuple[float, float] | None, color: str) -> dict[str, Any] | None:
    if ends is None:
        return None
    low, high = ends
    return {
        "type": "data", "symmetric": False, "thickness": 1.5, "width": 4, "color": color,
        "array": [high - value], "arrayminus": [value - low],
    }  # fmt: skip


def subgroup_metrics(card: Mapping[str, Any], *, label: str | None = None) -> tuple[str, ...]:
    """What the card measures by subgroup; each is a `metric` of `subgroups_chart`."""
    return tuple(dict.fromkeys(one.metric for one in cards.subgroup_figures(card, label=label)))


def metric_title(metric: str) -> str:
    """A metric in words."""
    return METRICS.get(metric, words.label(metric))


def subgroups_chart(
    card: Mapping[str, Any], *, metric: str = "auroc", label: str | None = None
) -> go.Figure | None:
    """One row a subgroup: the metric as a dot, its interval as a line, n in words."""
    return _rows([one for one in cards.subgroup_figures(card, label=label) if one.metric == metric])


def _rows(figures: list[Figure]) -> go.Figure | None:
    if not figures:
        return None
    rows = list(reversed(figures))
    chart = go.Figure(layout=layout(height=_ROW_PX * len(rows) + 52, x_title=metric_title(rows[0].metric)))
    chart.update_layout(margin={"l": 8, "r": 8})
    highs = [row.value if row.high is None else row.high for row in rows]
    lows = [row.value if row.low is None else row.low for row in rows]
    chart.add_trace(
        go.Scatter(
            x=[row.value for row in rows],
            y=list(range(len(rows))),
            mode="markers",
            marker={"size": 9, "color": colors.NEUTRAL[0]},
            error_x={
                "type": "data", "symmetric": False, "thickness": 1.5, "width": 4,
                "array": [high - row.value for high, row in zip(highs, rows, strict=True)],
                "arrayminus": [row.value - low for low, row in zip(lows, rows, strict=True)],
            },
            hovertext=[escape(_said(row)) for row in rows],
            hoverinfo="text",
        )
    )  # fmt: skip
    chart.update_layout(annotations=[_row_text(y, row) for y, row in enumerate(rows)])
    chart.update_yaxes(showticklabels=False, showgrid=False, range=[-0.3, len(rows) - 0.25], fixedrange=True)
    start = max(0.0, math.floor((min(lows) - 0.02) * 20) / 20)
    room = (max(1.0, *highs) - start) * 0.015
    chart.update_xaxes(
        range=[start - room, max(1.0, *highs) + room], showgrid=True, fixedrange=True, nticks=6
    )
    return chart


def _row_text(y: int, row: Figure) -> dict[str, Any]:
    """The row's name, and under it its value, above the dot."""
    text = f"{escape(_row_name(row))}<br><b>{row.value:.3f}</b> ({_ends(row)})"
    return note(text, x=0, xref="paper", xanchor="left", y=y, yshift=25, font={"size": 12})


def subgroups_table(card: Mapping[str, Any], *, label: str | None = None) -> list[dict[str, str]]:
    """All subgroup figures as rows."""
    counted = table_card.counted(card)
    return [_row(figure, "Subgroup", counted) for figure in cards.subgroup_figures(card, label=label)]


def _row(figure: Figure, of: str, counted: str) -> dict[str, str]:
    return {
        of: figure.of,
        "Figure": metric_title(figure.metric),
        "Value": f"{figure.value:.3f}",
        "95\u202f% interval": _ends(figure),
        counted: words.NOT_GIVEN if figure.n is None else str(figure.n),
    }


def reliability_alt(card: Mapping[str, Any], *, label: str | None = None) -> str:
    """The reliability chart in words."""
    said = [
        f"{words.label(curve.label, cards.label_names(card))}: "
        + ", ".join(
            f"predicted {words.probability(x)} observed {words.probability(y)}"
            for x, y in zip(curve.x, curve.y, strict=True)
        )
        for curve in _of(cards.reliability_curves(card), label)
    ]
    return f"Reliability. {'; '.join(said)}." if said else "The card holds no reliability bins."


def roc_alt(card: Mapping[str, Any], *, label: str | None = None) -> str:
    """The operating characteristic in words: what holds at each operating point."""
    said = [
        f"{words.label(point.label, cards.label_names(card))}: at the operating point "
        f"{words.probability(point.threshold)} sensitivity {words.probability(point.sensitivity)}, "
        f"specificity {words.probability(point.specificity)}"
        for point in _of(cards.operating_points(card), label)
    ]
    return f"Operating characteristic. {'; '.join(said)}." if said else "The card holds no operating point."


def subgroups_alt(card: Mapping[str, Any], *, metric: str = "auroc", label: str | None = None) -> str:
    """The subgroup chart in words."""
    said = [_said(one) for one in cards.subgroup_figures(card, label=label) if one.metric == metric]
    return f"By subgroup. {'; '.join(said)}." if said else "The card holds no figures by subgroup."


def _said(figure: Figure) -> str:
    return f"{_row_name(figure)}: {metric_title(figure.metric)} {figure.value:.3f} ({_ends(figure)})"


def _row_name(figure: Figure) -> str:
    return figure.of if figure.n is None else f"{figure.of}, n = {figure.n}"


def _ends(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return "no interval given"
    return f"{figure.low:.3f} to {figure.high:.3f}"


def _color(index: int) -> str:
    return colors.NEUTRAL[index % len(colors.NEUTRAL)]


def _line(curve: Curve, name: str, index: int, *, markers: bool) -> go.Scatter:
    sizes = [f", n = {n}" if n else "" for n in curve.sizes] or [""] * len(curve.x)
    return go.Scatter(
        x=curve.x, y=curve.y, name=escape(name), mode="lines+markers" if markers else "lines",
        line={"color": _color(index), "width": 2, "dash": _DASHES[index % len(_DASHES)]},
        marker={"symbol": _SYMBOLS[index % len(_SYMBOLS)], "size": 8}, customdata=sizes,
        hovertemplate="%{x:.0%} \u2192 %{y:.0%}%{customdata}",
    )  # fmt: skip


def _square(x_title: str, y_title: str, *, diagonal: bool) -> go.Figure:
    figure = go.Figure(layout=layout(height=ROW_HEIGHT + 60, x_title=x_title, y_title=y_title))
    figure.update_xaxes(range=[-0.02, 1.02], **_TICKS).update_yaxes(range=[-0.02, 1.04], **_TICKS)
    if diagonal:
        figure.update_layout(shapes=[reference_line(x0=0, y0=0, x1=1, y1=1)])
    return figure


def _with_legend(figure: go.Figure, series: int) -> go.Figure:
    """Names at the lower right, where curves that are of use do not pass; none for a single series."""
    if series > 1:
        figure.update_layout(
            showlegend=True,
            legend={"x": 1, "y": 0.02, "xanchor": "right", "yanchor": "bottom", "font": {"color": THEME_TEXT},
                    "bgcolor": "rgba(0,0,0,0)"},
        )  # fmt: skip
    elif figure.data:
        figure.add_annotation(
            note(figure.data[0].name, x=1, y=0.04, xanchor="right", xref="paper", yref="paper")
        )
    return figure
