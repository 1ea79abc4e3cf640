"""How the compared models did on rows that they had not seen, and which columns they go by."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

import plotly.graph_objects as go

from medai_core.charts import colors, words
from medai_core.charts.template import ROW_HEIGHT, THEME_TEXT, layout, note, reference_line

MOST_BARS: Final = 15
_ROW_PX: Final = 48
_BAR_PX: Final = 34
LABEL: Final = "outcome"


def as_card(
    curves: Mapping[str, Any], *, name: str, point: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """One candidate's curves in the form in which the charts of cards read them."""
    card: dict[str, Any] = {"labels": [LABEL], "label_names": {LABEL: name}}
    if point is not None:
        reached = {key: {"value": point[key]} for key in ("sensitivity", "specificity")}
        card |= {"thresholds": {LABEL: point["threshold"]}, "results": {"compared": {LABEL: reached}}}
    card |= {
        "operating_characteristic": {"points": {LABEL: curves["operating_curve"]}},
        "precision_recall": {"points": {LABEL: curves["precision_recall_curve"]}},
        "calibration": {"labels": {LABEL: {"bins": curves["bins"]}}},
    }
    return card


def comparison_chart(found: Sequence[tuple[str, Mapping[str, Any]]]) -> go.Figure | None:
    """One row a model: the AUROC as a dot, its interval as a line; (title, figures) in order."""
    rows = [(title, one["auroc"]) for title, one in reversed(found) if "auroc" in one]
    if not rows:
        return None
    figure = go.Figure(layout=layout(height=_ROW_PX * len(rows) + 52, x_title="AUROC"))
    figure.update_layout(margin={"l": 8, "r": 8})
    values = [one["value"] for _, one in rows]
    figure.add_trace(
        go.Scatter(
            x=values,
            y=list(range(len(rows))),
            mode="markers",
            marker={"size": 9, "color": colors.NEUTRAL[0]},
            error_x={
                "type": "data", "symmetric": False, "thickness": 1.5, "width": 4,
                "array": [one["high"] - one["value"] for _, one in rows],
                "arrayminus": [one["value"] - one["low"] for _, one in rows],
            },
            hovertext=[escape(f"{title}: {spoken(one)}") for title, one in rows],
            hoverinfo="text",
        )
    )  # fmt: skip
    low = min(0.5, *(one["low"] for _, one in rows)) - 0.01
    figure.update_layout(
        annotations=[
            note(
                f"{escape(title)}  <b>{one['value']:.3f}</b> ({one['low']:.3f} to {one['high']:.3f})",
                x=0, xref="paper", xanchor="left", y=place, yshift=16, font={"size": 12},
            )
            for place, (title, one) in enumerate(rows)
        ]
    )  # fmt: skip
    figure.update_yaxes(showticklabels=False, showgrid=False, range=[-0.5, len(rows) - 0.2], fixedrange=True)
    figure.update_xaxes(range=[low, 1.01], showgrid=True, fixedrange=True, nticks=6)
    return figure


def comparison_alt(found: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """The comparison in words."""
    said = [f"{title}: AUROC {spoken(one['auroc'])}" for title, one in found if "auroc" in one]
    return "; ".join(said) + "." if said else "Nothing was measured."


def spoken(one: Mapping[str, float] | None, digits: int = 3) -> str:
    """A figure with its interval, as ``"0.812 (0.790 to 0.834)"``."""
    if one is None:
        return words.NOT_GIVEN
    value, low, high = (f"{one[key]:.{digits}f}" for key in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def importance_chart(found: Sequence[Mapping[str, Any]]) -> go.Figure | None:
    """Two bars a column: its share of all SHAP values, and the AUROC that is lost where it is shuffled."""
    rows = list(found[:MOST_BARS])[::-1]
    if not rows:
        return None
    figure = go.Figure(
        layout=layout(
            height=_BAR_PX * len(rows) + 90, x_title="share of SHAP values; AUROC lost (both \u00d7 100)"
        )
    )
    names = [escape(str(one["column"])) for one in rows]
    for place, (key, title) in enumerate(
        (("auroc_lost", "AUROC lost when shuffled"), ("shap_share", "SHAP"))
    ):
        figure.add_trace(
            go.Bar(
                y=names,
                x=[100 * (one[key] or 0.0) for one in rows],
                orientation="h",
                name=title,
                marker={"color": colors.NEUTRAL[1 - place], "pattern": {"shape": "/" if place == 0 else ""}},
                hovertemplate=f"%{{y}}: %{{x:.1f}}<extra>{title}</extra>",
            )
        )
    figure.update_layout(
        barmode="group",
        bargap=0.25,
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "traceorder": "reversed",
                "font": {"color": THEME_TEXT}},
        margin={"l": 8, "r": 16, "t": 36},
    )  # fmt: skip
    figure.update_yaxes(showgrid=False, fixedrange=True)
    figure.update_xaxes(showgrid=True, fixedrange=True)
    return figure


def importance_alt(found: Sequence[Mapping[str, Any]]) -> str:
    """The bars in words."""
    said = [f"{one['column']} {100 * one['shap_share']:.0f}" for one in found[:MOST_BARS]]
    return f"Share of SHAP values in percent: {', '.join(said)}." if said else "No column tells anything."


def decision_chart(found: Sequence[Mapping[str, float]], threshold: float | None = None) -> go.Figure | None:
    """Net benefit of acting by the model, on everybody, on nobody, over thresholds up to where all is 0."""
    if not found:
        return None
    top = max(max(one["model"] for one in found), max(one["all"] for one in found), 0.01)
    figure = go.Figure(
        layout=layout(height=ROW_HEIGHT + 60, x_title="Threshold (%)", y_title="Net benefit per 100")
    )
    for key, title, color, dash in (
        ("model", "by the model", colors.NEUTRAL[0], "solid"),
        ("all", "on everybody", colors.NEUTRAL[1], "dash"),
    ):
        figure.add_trace(
            go.Scatter(
                x=[100 * one["threshold"] for one in found],
                y=[100 * one[key] for one in found],
                mode="lines",
                name=title,
                line={"color": color, "width": 2, "dash": dash},
                hovertemplate=f"%{{x:.0f}}\u202f%: %{{y:.1f}}<extra>{title}</extra>",
            )
        )
    shapes = [reference_line(x0=0, y0=0, x1=100, y1=0)]
    if threshold is not None:
        at = 100 * threshold
        shapes.append(reference_line(x0=at, y0=-20 * top, x1=at, y1=105 * top, dash="solid"))
    figure.update_layout(
        shapes=shapes,
        showlegend=True,
        legend={"x": 1, "y": 1, "xanchor": "right", "yanchor": "top", "font": {"color": THEME_TEXT},
                "bgcolor": "rgba(0,0,0,0)"},
    )  # fmt: skip
    figure.update_yaxes(range=[-20 * top, 105 * top], fixedrange=True)
    figure.update_xaxes(range=[0, 100], fixedrange=True)
    return figure


def decision_alt(found: Sequence[Mapping[str, float]]) -> str:
    """The decision curve in words."""
    better = [one["threshold"] for one in found if one["model"] > max(one["all"], 0.0) + 1e-9]
    if not better:
        return "At no threshold is acting by the model better than acting on everybody or on nobody."
    return (
        f"Acting by the model is better than acting on everybody or nobody between thresholds of "
        f"{words.share(min(better))} and {words.share(max(better))}."
    )
