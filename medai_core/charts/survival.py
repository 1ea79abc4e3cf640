"""Survival over years: a person's curve with its band, groups by Kaplan-Meier, and the data under both.

Predicted curves are lines with a band; measured ones (Kaplan-Meier) are steps. The end of every line says
whose it is, so that colour is never alone.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from medai_core.charts import colors, words
from medai_core.charts.template import ROW_HEIGHT, THEME_TEXT, layout, note
from medai_core.domain.survival import Landmark, SurvivalCurve
from medai_core.learning.survival_metrics import AtRisk, KaplanMeier, at_risk_table

HEIGHT: Final = ROW_HEIGHT + 80
_DASHES: Final = ("solid", "dash", "dot", "dashdot")
_TICKS: Final = {"tickvals": [0, 0.25, 0.5, 0.75, 1], "ticktext": ["0", "25", "50", "75", "100"]}
_LABEL_ROOM: Final = 1.18
"""The years' axis is so much longer than the data, for the words at the lines' ends."""

_APART: Final = 0.055
"""Words at the lines' ends stand at least so far apart, as a share of the axis."""


def person_chart(curve: SurvivalCurve, *, before: SurvivalCurve | None = None, key: str = "") -> go.Figure:
    """One person's curve with its 95 % band, beside everybody in the training.

    Parameters
    ----------
    before : SurvivalCurve, optional
        The same person's curve before something was changed, drawn dashed.
    key : str
        Opaque key under which zoom survives a rerun.
    """
    figure = _empty(curve, key)
    ends: list[tuple[float, str]] = []
    if curve.population:
        years, share = [one[0] for one in curve.population], [one[1] for one in curve.population]
        figure.add_trace(_step(years, share, "everybody in the study", colors.CONTROL_BORDER, "dot"))
        ends.append((share[-1], "everybody in the study"))
    if before is not None and before.years:
        figure.add_trace(_line(before.years, before.survival, "before the change", 1, dash="dash"))
        ends.append((before.survival[-1], "before the change"))
    if curve.years:
        for part in _band(curve.years, curve.low, curve.high, colors.NEUTRAL[0]):
            figure.add_trace(part)
        figure.add_trace(_line(curve.years, curve.survival, "this person", 0))
        ends.append((curve.survival[-1], "this person"))
    return _named(figure, ends, curve.years[-1] if curve.years else 1.0)


def landmark_chart(visits: Sequence[Landmark], *, year: float, key: str = "") -> go.Figure:
    """How the chance at `year` years after a visit has moved from visit to visit, with its band."""
    figure = go.Figure(
        layout=layout(
            height=ROW_HEIGHT, x_title="Years since the first visit", uirevision=key,
            y_title=f"Without the event {year:g} years after the visit (%)",
        )
    )  # fmt: skip
    told = [one for one in visits if one.curve.years]
    points = [(one.day / 365.25, *one.curve.at(year)) for one in told]
    days, middle, low, high = ([point[part] for point in points] for part in range(4))
    for part in _band(days, low, high, colors.NEUTRAL[0]):
        figure.add_trace(part)
    line = _line(days, middle, "prognosis at the visit", 0)
    line.update(mode="lines+markers", marker={"size": 8, "color": colors.NEUTRAL[0]})
    figure.add_trace(line)
    figure.update_yaxes(range=[0, 1.02], **_TICKS)
    return figure


def group_chart(groups: Mapping[str, KaplanMeier], *, unit: str = "Years", key: str = "") -> go.Figure:
    """Kaplan-Meier curves of groups with their 95 % bands; people lost are ticks on the steps."""
    figure = go.Figure(
        layout=layout(height=HEIGHT, x_title=unit, y_title="Without the event (%)", uirevision=key)
    )
    ends, last = [], 0.0
    for at, (name, curve) in enumerate(groups.items()):
        color = colors.NEUTRAL[at % len(colors.NEUTRAL)]
        years, share = [0.0, *curve.times.tolist()], [1.0, *curve.survival.tolist()]
        known = np.isfinite(curve.low) & np.isfinite(curve.high)
        low, high = [1.0, *curve.low[known].tolist()], [1.0, *curve.high[known].tolist()]
        for part in _band([0.0, *curve.times[known].tolist()], low, high, color, step=True):
            figure.add_trace(part)
        figure.add_trace(_step(years, share, name, color, _DASHES[at % len(_DASHES)]))
        lost = curve.censored > 0
        figure.add_trace(_ticks(curve.times[lost].tolist(), curve.survival[lost].tolist(), color))
        ends.append((share[-1], name))
        last = max(last, years[-1])
    return _named(figure, ends, last)


def at_risk_rows(
    groups: Mapping[str, tuple[Sequence[float], Sequence[float]]], times: Sequence[float]
) -> list[dict[str, str | int]]:
    """The table under group curves: group -> (time, event); one row a group and time, as data."""
    rows: list[dict[str, str | int]] = []
    for name, (time, event) in groups.items():
        table: AtRisk = at_risk_table(np.asarray(time, float), np.asarray(event, float), times)
        rows += [
            {"Group": name, "Time": f"{at:g}", "At risk": risk, "Events so far": seen, "Lost so far": lost}
            for at, risk, seen, lost in zip(
                table.times, table.at_risk, table.events, table.censored, strict=True
            )
        ]
    return rows


def person_rows(curve: SurvivalCurve) -> list[dict[str, str]]:
    """The table under a person's curve: at the card's years, beside the people at risk in the study."""
    rows = []
    for year, (survival, low, high) in curve.horizons.items():
        near = min(curve.population, key=lambda one: abs(one[0] - year), default=None)
        rows.append(
            {
                f"Years from {curve.time_zero}": f"{year:g}",
                "This person": words.probability(survival),
                "95 % band": words.interval(low, high),
                "Everybody in the study": "" if near is None else words.probability(near[1]),
                "People at risk in the study": "" if near is None else f"{near[4]:,}",
            }
        )
    return rows


def person_alt(curve: SurvivalCurve) -> str:
    """The chart in words."""
    if not curve.years:
        return f"No curve. {curve.refused or ''}".strip()
    said = "; ".join(
        f"{words.probability(survival)} ({words.interval(low, high)}) at {year:g} years"
        for year, (survival, low, high) in curve.horizons.items()
    )
    return f"Chance of being without the event ({curve.outcome}), with a 95 % band: {said}."


def sentence(curve: SurvivalCurve, year: float) -> str:
    """``"About 62 of 100 people like this one (55 to 69) are expected to be without ..."``."""
    survival, low, high = curve.at(year)
    about = words.whole_percent(survival)
    ends = words.interval(low, high).removesuffix(words.PERCENT)
    count = "Fewer than 1" if survival < 0.01 else "More than 99" if survival > 0.99 else f"About {about}"
    return (
        f"{count} of 100 people like this one ({ends}) are expected to be without {curve.outcome} "
        f"{year:g} years after {curve.time_zero}."
    )


# ---- parts


def _empty(curve: SurvivalCurve, key: str) -> go.Figure:
    return go.Figure(
        layout=layout(
            height=HEIGHT, x_title=f"Years from {curve.time_zero}", uirevision=key,
            y_title=f"Without {curve.outcome} (%)",
        )
    )  # fmt: skip


def _line(x: Sequence[float], y: Sequence[float], name: str, at: int, *, dash: str = "solid") -> go.Scatter:
    said = [
        f"{escape(name)}: {words.probability(one)} at {year:.3g} years"
        for year, one in zip(x, y, strict=True)
    ]
    return go.Scatter(
        x=list(x), y=list(y), mode="lines", name=escape(name), hovertext=said, hoverinfo="text",
        line={"color": colors.NEUTRAL[at], "width": 2.5, "dash": dash},
    )  # fmt: skip


def _step(x: Sequence[float], y: Sequence[float], name: str, color: str, dash: str) -> go.Scatter:
    said = [f"{escape(name)}: {words.probability(one)} at {year:.3g}" for year, one in zip(x, y, strict=True)]
    return go.Scatter(
        x=list(x), y=list(y), mode="lines", name=escape(name), hovertext=said, hoverinfo="text",
        line={"color": color, "width": 2, "dash": dash, "shape": "hv"},
    )  # fmt: skip


def _ticks(x: Sequence[float], y: Sequence[float], color: str) -> go.Scatter:
    return go.Scatter(
        x=list(x), y=list(y), mode="markers", hoverinfo="skip",
        marker={"symbol": "line-ns", "size": 7, "line": {"color": color, "width": 1}},
    )  # fmt: skip


def _band(
    x: Sequence[float], low: Sequence[float], high: Sequence[float], color: str, *, step: bool = False
) -> tuple[go.Scatter, go.Scatter]:
    """A 20 % fill with thin edges."""
    shape = "hv" if step else "linear"
    edge = {"color": color, "width": 0.5, "shape": shape}
    upper = go.Scatter(x=list(x), y=list(high), mode="lines", hoverinfo="skip", line=edge)
    lower = go.Scatter(
        x=list(x), y=list(low), mode="lines", hoverinfo="skip", line=edge, fill="tonexty",
        fillcolor=colors.with_alpha(color, 0.2),
    )  # fmt: skip
    return upper, lower


def _named(figure: go.Figure, ends: Sequence[tuple[float, str]], last: float) -> go.Figure:
    """Words at the lines' ends, moved apart where they would lie on each other."""
    placed: list[dict[str, Any]] = []
    before = -1.0
    for height, name in sorted(ends):
        before = max(height, before + _APART)
        placed.append(
            note(
                escape(name),
                x=last,
                y=before,
                xanchor="left",
                xshift=6,
                font={"size": 12, "color": THEME_TEXT},
            )
        )
    figure.update_layout(annotations=placed)
    figure.update_yaxes(range=[0, 1.02], **_TICKS)
    figure.update_xaxes(range=[0, last * _LABEL_ROOM])
    return figure
