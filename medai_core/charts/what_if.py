"""What if: the answer as it is beside the changed one in dashed outline, and the answer along one input."""

from collections.abc import Sequence
from html import escape
from typing import Final

import plotly.graph_objects as go

from medai_core.charts import colors, words
from medai_core.charts.template import THEME_TEXT, layout, note
from medai_core.domain.explained import Answered, Change, Curve
from medai_core.domain.risk import RiskEstimate

_HEIGHT: Final = 176
_CURVE_HEIGHT: Final = 270
_INK: Final = colors.NEUTRAL[0]
_SECOND: Final = colors.NEUTRAL[1]
_GAP: Final = 1.22
"""The scale goes so far beyond what is drawn."""


def value_words(value: float | None, estimate: RiskEstimate) -> str:
    """An answer as it is said: a probability, or a number with its unit."""
    if value is None:
        return words.NOT_ASSESSED
    return words.probability(value) if estimate.is_risk else f"{value:.4g} {estimate.unit}".strip()


def before_after(estimate: RiskEstimate, now: Answered) -> go.Figure:
    """Two bars: the answer filled, the changed one in dashed outline; the threshold as a dotted line."""
    scale = _scale(estimate)
    first, second = (estimate.value or 0.0) * scale, (now.value or 0.0) * scale
    threshold = None if estimate.threshold is None else estimate.threshold * scale
    figure = go.Figure(layout=layout(height=_HEIGHT, x_title=_title(estimate)))
    figure.add_trace(
        go.Bar(
            orientation="h", x=[first], y=[1.0], width=0.5,
            marker={"color": colors.with_alpha(_INK, 0.75), "line": {"width": 0}},
            hovertext=[escape(f"Now: {value_words(estimate.value, estimate)}")], hoverinfo="text",
        )
    )  # fmt: skip
    top = max(first, second, threshold or 0.0) * _GAP or 1.0
    for place, at, value, name in (
        (1.0, first, estimate.value, "now"),
        (0.0, second, now.value, "with the changes"),
    ):
        said = f"{name}: <b>{escape(value_words(value, estimate))}</b>"
        figure.add_annotation(
            note(said, x=at + top * 0.01, y=place, xanchor="left", yanchor="middle")
            if at < top * 0.55
            else note(said, x=0, y=place + 0.4, xref="paper", xanchor="left", yanchor="middle")
        )
    shapes = []
    if now.value is not None:
        shapes.append(_outline(second))
    if threshold is not None:
        shapes.append(_line(x0=threshold, x1=threshold, y0=-0.45, y1=1.6))
    figure.update_layout(shapes=shapes, margin={"l": 8, "r": 8, "t": 6})
    figure.update_xaxes(range=[0, top], showgrid=True, fixedrange=True, nticks=6)
    figure.update_yaxes(visible=False, showgrid=False, fixedrange=True, range=[-0.45, 1.66])
    return figure


def _outline(value: float) -> dict[str, object]:
    return {
        "type": "rect", "x0": 0, "x1": value, "y0": -0.25, "y1": 0.25,
        "line": {"color": _SECOND, "width": 2, "dash": "dash"}, "fillcolor": colors.with_alpha(_SECOND, 0.12),
    }  # fmt: skip


def _line(**ends: float) -> dict[str, object]:
    return {"type": "line", **ends, "line": {"color": colors.CONTROL_BORDER, "width": 1.5, "dash": "dot"}}


def _title(estimate: RiskEstimate) -> str:
    return "of 100 people" if estimate.is_risk else estimate.unit


def _scale(estimate: RiskEstimate) -> float:
    """Risks are drawn as people of a hundred."""
    return 100.0 if estimate.is_risk else 1.0


def before_after_alt(estimate: RiskEstimate, now: Answered) -> str:
    """The two bars in words."""
    said = value_words(estimate.value, estimate)
    return f"Now {said}; with the changes {value_words(now.value, estimate)}{_threshold_words(estimate)}."


def _threshold_words(estimate: RiskEstimate) -> str:
    if estimate.threshold is None:
        return ""
    said = value_words(estimate.threshold, estimate)
    return f"; the dotted line is where the high-risk group begins, {said}"


def curve_chart(
    estimate: RiskEstimate,
    curve: Curve,
    *,
    start: Curve,
    at: float | None,
    was: float | None,
    uirevision: str,
) -> go.Figure:
    """The answer along one input: as it is, dashed with the other changes, and where the person is.

    Parameters
    ----------
    start : Curve
        Without any change.
    at, was : float, optional
        The input's changed and its own value.
    """
    figure = go.Figure(
        layout=layout(
            height=_CURVE_HEIGHT,
            x_title=f"{curve.label}{f', {curve.unit}' if curve.unit not in ('', '1') else ''}",
            y_title=_title(estimate),
            uirevision=uirevision,
        )
    )
    differs = curve.answers != start.answers
    figure.add_trace(_path(estimate, start, dash="solid", width=1.5 if differs else 2.5, color=_INK))
    if differs:
        figure.add_trace(_path(estimate, curve, dash="dash", width=2.5, color=_SECOND))
    for value, one, symbol, color, name in (
        (was, start, "circle", _INK, "now"),
        (at, curve, "circle-open", _SECOND, "with the changes"),
    ):
        height = _at(one, value)
        if value is not None and height is not None:
            figure.add_trace(
                go.Scatter(
                    x=[value], y=[height * _scale(estimate)], mode="markers",
                    marker={"symbol": symbol, "size": 13, "color": color, "line": {"width": 2.5}},
                    hovertext=[escape(f"{name}: {value_words(height, estimate)}")], hoverinfo="text",
                )
            )  # fmt: skip
    if estimate.threshold is not None:
        line = estimate.threshold * _scale(estimate)
        figure.update_layout(shapes=[_line(x0=curve.at[0], x1=curve.at[-1], y0=line, y1=line)])
    drawn = [value for one in (curve, start) for value in one.answers if value is not None]
    top = max([*drawn, estimate.threshold or 0.0], default=1.0) * _scale(estimate) * 1.1 or 1.0
    figure.update_yaxes(range=[0, top], fixedrange=True, nticks=6)
    figure.update_xaxes(range=[curve.at[0], curve.at[-1]], fixedrange=True)
    figure.update_layout(font={"color": THEME_TEXT})
    return figure


def _path(estimate: RiskEstimate, curve: Curve, *, dash: str, width: float, color: str) -> go.Scatter:
    return go.Scatter(
        x=curve.at,
        y=[None if value is None else value * _scale(estimate) for value in curve.answers],
        mode="lines",
        connectgaps=False,
        line={"color": color, "width": width, "dash": dash, "shape": "linear"},
        hovertext=[
            escape(f"{at:.4g} {curve.unit}: {value_words(value, estimate)}")
            for at, value in zip(curve.at, curve.answers, strict=True)
        ],
        hoverinfo="text",
    )


def _at(curve: Curve, value: float | None) -> float | None:
    """The height of a curve at a value, between its points."""
    if value is None:
        return None
    pairs = list(zip(curve.at, curve.answers, strict=True))
    for (left, low), (right, high) in zip(pairs, pairs[1:], strict=False):
        if left <= value <= right and low is not None and high is not None:
            return low + (high - low) * (value - left) / (right - left)
    return None


def curve_alt(estimate: RiskEstimate, curve: Curve) -> str:
    """The curve's ends in words."""
    known = [(at, value) for at, value in zip(curve.at, curve.answers, strict=True) if value is not None]
    if not known:
        return f"No answer along {curve.label}."
    (first, low), (last, high) = known[0], known[-1]
    unit = f" {curve.unit}" if curve.unit not in ("", "1") else ""
    return (
        f"Along {curve.label}: {value_words(low, estimate)} at {first:.4g}{unit}, "
        f"{value_words(high, estimate)} at {last:.4g}{unit}{_threshold_words(estimate)}."
    )


def curve_table(
    estimate: RiskEstimate, curve: Curve, start: Curve
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """About ten points of the curves as rows."""
    step = max(1, (len(curve.at) - 1) // 10)
    unit = f" ({curve.unit})" if curve.unit not in ("", "1") else ""
    heads = (f"{curve.label}{unit}", "As it is", "With the other changes")
    rows: list[tuple[str, ...]] = [
        (f"{at:.4g}", value_words(before, estimate), value_words(after, estimate))
        for at, before, after in list(zip(curve.at, start.answers, curve.answers, strict=True))[::step]
    ]
    return heads, rows


def change_sentence(change: Change, estimate: RiskEstimate) -> str:
    """The smallest change in a sentence; of a trained predictor in words of association."""
    line = value_words(change.threshold, estimate)
    if not change.moves:
        tried = _joined([_small(move.label) for move in change.tried])
        if not tried:
            return "None found: no input that can change is known and has room for a realistic improvement."
        best = (
            ""
            if change.best is None
            else f"; the lowest that was found is {value_words(change.best, estimate)}"
        )
        return f"None found: no realistic change of up to three of {tried} leads below {line}{best}."
    moves = _joined([f"{_small(move.label)} {move.before} \u2192 {move.after}" for move in change.moves])
    after, before = value_words(change.after, estimate), value_words(change.before, estimate)
    if estimate.trained:
        return (
            f"People like this one but with {moves} have a predicted risk of {after} instead of {before}, "
            f"below {line}. This is an association in the training data, not the effect of changing it."
        )
    return f"With {moves} the formula gives {after} instead of {before}, below {line}."


def tried_words(change: Change) -> str:
    """How far the search went, and how it counted."""
    ends = "; ".join(f"{_small(move.label)} {move.after}" for move in change.tried)
    return (
        f"Looked for as far as: {ends}. The effort is counted in standard deviations of the population, "
        "another answer of yes or no as one. How far a change is realistic is a setting of MedAI."
    )


def _small(label: str) -> str:
    """A label within a sentence; what is written in capitals stays so."""
    return label if label[1:2].isupper() else f"{label[:1].lower()}{label[1:]}"


def _joined(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
