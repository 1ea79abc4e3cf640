"""A model's findings as bars: word, probability, interval, operating point; and the same as words."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import plotly.graph_objects as go

from medai_core.charts import colors, words
from medai_core.charts.template import THEME_TEXT, layout, note
from medai_core.domain.prediction import Finding, Prediction
from medai_core.domain.prevalence import Localised

_ROW_PX: Final = 86
_COMPACT_PX: Final = 54
_FOOT_PX: Final = 46
_BAR: Final = colors.NEUTRAL[0]
_HALF_BAR: Final = 0.11
_HALF_BAND: Final = 0.16


@dataclass(frozen=True, slots=True)
class Groups:
    """A prediction's findings as they are shown: each group with the most telling finding first."""

    above: tuple[Finding, ...]
    below: tuple[Finding, ...]
    unreliable: tuple[Finding, ...]


def grouped(prediction: Prediction) -> Groups:
    """Findings at or above the operating point, below it, and those not reliable enough to be shown.

    The first two are sorted by how far the log-odds lie beyond the operating point's, farthest first: so a
    finding never stands after a part of it.
    """
    shown = sorted((one for one in prediction.findings if one.reliable), key=_beyond, reverse=True)
    return Groups(
        above=tuple(one for one in shown if one.flagged),
        below=tuple(one for one in shown if not one.flagged),
        unreliable=tuple(one for one in prediction.findings if not one.reliable),
    )


def _beyond(finding: Finding) -> float:
    return _log_odds(finding.probability) - _log_odds(finding.threshold)


def _log_odds(probability: float) -> float:
    inside = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(inside / (1 - inside))


def findings_chart(
    prediction: Prediction,
    *,
    chosen: str | None = None,
    names: Mapping[str, str] | None = None,
    compact: bool = False,
    local: Localised | None = None,
) -> go.Figure:
    """One row a reliable finding, in the prediction's order, on an axis from 0 to 100 of 100.

    Above the bar stand the finding's name, its place against the operating point, its probability and
    interval; band and thin line over the bar are the interval, the tick is the operating point of this model
    version. A flagged bar is filled and carries a filled triangle, one below is hollow. `chosen` is the
    label whose heat map is shown. A refused prediction gives a figure with words and no bar. `compact` rows
    have one line of words each, and the operating point as a tick alone. Where the probabilities are those of
    `local`, an operating point is drawn where it lies among them and named as it is.
    """
    findings = _shown(prediction)
    row_px = _COMPACT_PX if compact else _ROW_PX
    figure = go.Figure(layout=layout(height=row_px * max(1, len(findings)) + _FOOT_PX))
    figure.update_layout(margin={"l": 8, "r": 12, "t": 4, "b": 36})
    if not findings:
        figure.update_xaxes(visible=False).update_yaxes(visible=False)
        figure.add_annotation(note("No bar is drawn: not assessed", x=0.5, y=0.5, xref="paper", yref="paper"))
        return figure
    rows = [(len(findings) - 1 - index, finding) for index, finding in enumerate(findings)]
    figure.add_traces(
        [_track(rows), _bars(rows, names, local), _intervals(rows), _operating_points(rows, local)]
    )
    texts = _compact_texts if compact else _texts
    figure.update_layout(
        shapes=[_band(row, finding) for row, finding in rows],
        annotations=[text for row, finding in rows for text in texts(row, finding, chosen, names, local)],
        barmode="overlay",
    )
    figure.update_xaxes(
        range=[0, 1],
        tickvals=[0, 0.25, 0.5, 0.75, 1],
        ticktext=["0", "25", "50", "75", "100"],
        title={"text": "of 100 images like this one", "standoff": 4},
        fixedrange=True,
        ticks="outside",
        ticklen=3,
    )
    figure.update_yaxes(
        range=[-0.42, len(findings) - 0.42], showticklabels=False, showgrid=False, fixedrange=True
    )
    return figure


_Rows = list[tuple[int, Finding]]


def _shown(prediction: Prediction) -> tuple[Finding, ...]:
    """The findings that a page may draw."""
    if prediction.refused is not None:
        return ()
    return tuple(one for one in prediction.findings if one.reliable)


def _track(rows: _Rows) -> go.Bar:
    return go.Bar(
        orientation="h",
        y=[row for row, _ in rows],
        x=[1.0] * len(rows),
        width=2 * _HALF_BAR,
        hoverinfo="skip",
        marker={"color": colors.with_alpha(colors.CONTROL_BORDER, 0.14), "line": {"width": 0}},
    )


def _bars(rows: _Rows, names: Mapping[str, str] | None, local: Localised | None) -> go.Bar:
    return go.Bar(
        orientation="h",
        y=[row for row, _ in rows],
        x=[finding.probability for _, finding in rows],
        width=2 * _HALF_BAR,
        marker={
            "color": [_BAR if f.flagged else colors.with_alpha(_BAR, 0.3) for _, f in rows],
            "line": {"color": _BAR, "width": 1.5},
        },
        customdata=[finding.label for _, finding in rows],
        hovertext=[escape(sentence(finding, names, local)) for _, finding in rows],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _intervals(rows: _Rows) -> go.Scatter:
    """One thin line from low to high a finding; None parts the lines."""
    ends: list[float | None] = []
    heights: list[float | None] = []
    for row, finding in rows:
        ends += [finding.low, finding.high, None]
        heights += [row, row, None]
    return go.Scatter(
        x=ends,
        y=heights,
        mode="lines+markers",
        hoverinfo="skip",
        line={"color": THEME_TEXT, "width": 1.5},
        marker={"symbol": "line-ns", "size": 10, "line": {"color": THEME_TEXT, "width": 1.5}},
    )


def _operating_points(rows: _Rows, local: Localised | None) -> go.Scatter:
    return go.Scatter(
        x=[finding.threshold for _, finding in rows],
        y=[row for row, _ in rows],
        mode="markers",
        hovertext=[f"operating point {_point(finding, local)}" for _, finding in rows],
        hoverinfo="text",
        marker={"symbol": "line-ns", "size": 19, "line": {"color": colors.NEUTRAL[1], "width": 3}},
    )


def _band(row: int, finding: Finding) -> dict[str, Any]:
    return {
        "type": "rect",
        "x0": finding.low,
        "x1": finding.high,
        "y0": row - _HALF_BAND,
        "y1": row + _HALF_BAND,
        "fillcolor": THEME_TEXT,
        "opacity": 0.2,
        "line": {"width": 0},
        "layer": "above",
    }


def _point(finding: Finding, local: Localised | None) -> str:
    """An operating point as it is, wherever it is drawn: no prevalence moves it."""
    here = local.of(finding.label) if local is not None else None
    if here is None or here.threshold == finding.threshold:
        return words.probability(finding.threshold)
    return f"{words.probability(here.threshold)} as trained"


def _compact_texts(
    row: int,
    finding: Finding,
    chosen: str | None,
    names: Mapping[str, str] | None,
    local: Localised | None,
) -> list[dict[str, Any]]:
    """Name, shape and probability on one line above the bar."""
    word, shown = escape(words.label(finding.label, names)), " \u25c9" if finding.label == chosen else ""
    said = f"<b>{words.probability(finding.probability)}</b>"
    ends = words.interval(finding.low, finding.high)
    return [
        note(f"{words.FLAG_SHAPES[finding.flagged]} {word}{shown}", x=0, y=row, yshift=19, xanchor="left"),
        note(f"{said} ({ends})", x=1, y=row, yshift=19, xanchor="right", font={"size": 12}),
    ]


def _texts(
    row: int,
    finding: Finding,
    chosen: str | None,
    names: Mapping[str, str] | None,
    local: Localised | None,
) -> list[dict[str, Any]]:
    word = escape(words.label(finding.label, names))
    shown = " \u25c9 heat map" if finding.label == chosen else ""
    said = words.probability(finding.probability)
    doubt = words.uncertainty(finding).partition(":")[0]
    side = "left" if finding.threshold < 0.5 else "right"
    return [
        note(
            f"{words.FLAG_SHAPES[finding.flagged]} <b>{word}</b>{shown}",
            x=0,
            y=row,
            yshift=41,
            xanchor="left",
        ),
        note("at or above" if finding.flagged else "below", x=1, y=row, yshift=41, xanchor="right"),
        note(
            f"<b>{said}</b> ({words.interval(finding.low, finding.high)})" + (f", {doubt}" if doubt else ""),
            x=0,
            y=row,
            yshift=24,
            xanchor="left",
        ),
        note(
            f"operating point {_point(finding, local)}",
            x=finding.threshold,
            y=row,
            yshift=-21,
            xanchor=side,
            xshift=-4 if side == "left" else 4,
            font={"size": 12},
        ),
    ]


def sentence(finding: Finding, names: Mapping[str, str] | None = None, local: Localised | None = None) -> str:
    """One finding in one line of words."""
    doubt = words.uncertainty(finding)
    return (
        f"{words.label(finding.label, names)}: {words.probability(finding.probability)} "
        f"({words.level(finding.level)} {words.interval(finding.low, finding.high)}), "
        f"{words.position(finding)} ({_point(finding, local)})" + (f"; {doubt}" if doubt else "")
    )


def natural_frequency(
    finding: Finding, names: Mapping[str, str] | None = None, local: Localised | None = None
) -> str:
    """What the probability means as a count: of a hundred images with this answer, how many."""
    count = words.natural_frequency(finding.probability).removesuffix(" in 100")
    low_high = words.interval(finding.low, finding.high).removesuffix(words.PERCENT)
    name = words.label(finding.label, names)
    here = local.of(finding.label) if local is not None else None
    where = "here" if here is not None and here.is_shifted else "they were in training"
    return (
        f"Of 100 images with this answer, {count} would be expected to show {name[:1].lower()}{name[1:]} "
        f"({low_high}), where such images are as frequent as {where}."
    )


def findings_alt(
    prediction: Prediction, names: Mapping[str, str] | None = None, local: Localised | None = None
) -> str:
    """The chart in words, for a screen reader."""
    findings = _shown(prediction)
    if not findings:
        return words.answer(prediction, names)
    said = "; ".join(sentence(finding, names, local) for finding in findings)
    return f"Bar chart of {len(findings)} findings. {said}."


def findings_table(
    prediction: Prediction, names: Mapping[str, str] | None = None, local: Localised | None = None
) -> list[dict[str, str]]:
    """The chart as rows; empty where the model refused."""
    return [
        {
            "Finding": words.label(finding.label, names),
            "Probability": words.probability(finding.probability),
            "Interval": f"{words.interval(finding.low, finding.high)} ({words.level(finding.level)})",
            "Operating point": _point(finding, local),
            "Position": f"{words.FLAG_SHAPES[finding.flagged]} {words.position(finding)}",
        }
        for finding in _shown(prediction)
    ]
