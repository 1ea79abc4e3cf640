"""Everything of a patient on one axis of time: a lane a kind, bars for what lasts, marks for what happens."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from html import escape
from typing import Final

import plotly.graph_objects as go

from medai_core.charts import colors, moments
from medai_core.charts.template import layout
from medai_core.domain.overview import Bin, Line
from medai_core.domain.record import Lane

NAMES: Final = {
    Lane.ENCOUNTER: "Encounters",
    Lane.PROBLEM: "Problems",
    Lane.ALLERGY: "Allergies",
    Lane.MEDICATION: "Medication",
    Lane.PROCEDURE: "Procedures",
    Lane.IMMUNIZATION: "Immunizations",
    Lane.VITAL: "Vital signs",
    Lane.LABORATORY: "Laboratory",
    Lane.OBSERVATION: "Other observations",
    Lane.IMAGING: "Imaging",
    Lane.REPORT: "Reports",
    Lane.DOCUMENT: "Documents",
    Lane.RISK: "Risk assessments",
    Lane.PLAN: "Plans and goals",
    Lane.OTHER: "Other",
    Lane.PATIENT: "Patient",
}
"""The lanes in the order in which they are shown, in words."""
DRAWN: Final = tuple(lane for lane in NAMES if lane is not Lane.PATIENT)
"""The lanes of the timeline."""
LASTING: Final = frozenset({Lane.ENCOUNTER, Lane.PROBLEM, Lane.ALLERGY, Lane.MEDICATION, Lane.PLAN})

_ROWS: Final = 5
"""A lane is at most so many rows high; bars that overlap beyond that are drawn over each other."""
_ROW_PX: Final = 15
_LANE_PX: Final = 14
_INK: Final = colors.NEUTRAL[0]
_MANY: Final = colors.NEUTRAL[1]
_GREY: Final = colors.CONTROL_BORDER
_LONGEST: Final = 90
_NAMED: Final = 8
"""So many entries of one day are named."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A line with its ends on the axis and its row in its lane."""

    line: Line
    begin: datetime
    end: datetime | None
    row: int


def timeline(
    lines: Mapping[Lane, Sequence[Line]],
    bins: Iterable[Bin] = (),
    *,
    now: datetime,
    uirevision: str = "",
) -> go.Figure | None:
    """The timeline as a figure; None where nothing has a date.

    A filled dot is an entry, a bar lasts from start to end; one that still holds ends at `now` (with the zone
    of the reader) in an arrow. A square stands for a month of a lane that holds too many entries to draw one
    by one. What is not current is a grey cross. `customdata` of each mark is the id of its entry, else empty.
    """
    zone = now.tzinfo
    assert zone is not None, "the time axis needs a zone"
    months = [one for one in bins if one.count]
    present = [lane for lane in DRAWN if _dated(lines.get(lane, ())) or any(b.lane is lane for b in months)]
    if not present:
        return None
    figure = go.Figure(layout=layout(time_axis=False, uirevision=uirevision))
    ticks: list[tuple[float, str]] = []
    shapes: list[dict[str, object]] = []
    depth = 0.0
    for lane in present:
        placed = _placed(_dated(lines.get(lane, ())), now, zone)
        rows = 1 + max((one.row for one in placed), default=0)
        ticks.append((-(depth + (rows - 1) / 2), NAMES[lane]))
        _draw_lane(figure, lane, placed, [one for one in months if one.lane is lane], depth, now)
        depth += rows + _LANE_PX / _ROW_PX
        shapes.append(_rule(-(depth - 0.5 - _LANE_PX / _ROW_PX / 2)))
    return _framed(figure, ticks, shapes, depth)


def _framed(
    figure: go.Figure, ticks: list[tuple[float, str]], shapes: list[dict[str, object]], depth: float
) -> go.Figure:
    """With its axes, the names of the lanes, and the rules between them."""
    figure.update_layout(
        height=round(depth * _ROW_PX) + 46,
        shapes=shapes[:-1],
        dragmode="zoom",
        hovermode="closest",
        margin={"l": 8, "r": 12, "t": 4, "b": 28},
    )
    figure.update_xaxes(type="date", showgrid=True, hoverformat="%Y-%m-%d")
    figure.update_yaxes(
        tickvals=[place for place, _ in ticks],
        ticktext=[name for _, name in ticks],
        range=[-(depth - 0.5), 0.8],
        showgrid=False,
        fixedrange=True,
    )
    return figure


def timeline_alt(lines: Mapping[Lane, Sequence[Line]], counts: Mapping[Lane, int]) -> str:
    """The timeline in words: how much each lane holds."""
    said = [
        f"{NAMES[lane].lower()} {counts.get(lane, len(lines.get(lane, ())))}"
        for lane in DRAWN
        if counts.get(lane, len(lines.get(lane, ())))
    ]
    return (
        f"Timeline of the record. Entries: {', '.join(said) or 'none'}. The same entries follow as a table."
    )


def _dated(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.starts is not None or line.ends is not None]


def _placed(lines: list[Line], now: datetime, zone: tzinfo) -> list[_Placed]:
    """Each line in the first row of its lane where it covers no other."""
    today = now.replace(tzinfo=None)
    free_from: list[datetime] = []
    found: list[_Placed] = []
    spans = [(*_ends(line, zone, today), line) for line in lines]
    if not any(line.lane in LASTING for line in lines):
        return [_Placed(line, begin, None, 0) for begin, _, line in sorted(spans, key=lambda span: span[0])]
    for begin, end, line in sorted(spans, key=lambda span: span[0]):
        row = next((number for number, free in enumerate(free_from) if begin > free), len(free_from))
        if row >= _ROWS:
            row = min(range(_ROWS), key=lambda number: free_from[number])
        elif row == len(free_from):
            free_from.append(begin)
        free_from[row] = max(free_from[row], end or begin)
        found.append(_Placed(line, begin, end, row))
    return found


def _ends(line: Line, zone: tzinfo, today: datetime) -> tuple[datetime, datetime | None]:
    """Where a line begins and, if it lasts, where its bar ends."""
    known = line.starts or line.ends
    assert known is not None, "lines without a date are left out before"
    begin = moments.local(known, zone)
    if line.lane not in LASTING:
        return begin, None
    if line.ends is not None:
        end = moments.local(line.ends, zone)
        return begin, end if end > begin else None
    return begin, today if line.ongoing and line.current and today > begin else None


def _draw_lane(
    figure: go.Figure,
    lane: Lane,
    placed: list[_Placed],
    months: list[Bin],
    depth: float,
    now: datetime,
) -> None:
    zone = now.tzinfo
    assert zone is not None, "the time axis needs a zone"
    bars = [one for one in placed if one.end is not None]
    if bars:
        figure.add_trace(_bars(bars, depth))
    for current in (True, False):
        marks = [one for one in placed if one.line.current is current]
        if marks:
            figure.add_trace(_marks(_days(marks), depth, zone, current=current))
    ongoing = [one for one in bars if one.line.ends is None]
    if ongoing:
        figure.add_trace(_arrows(ongoing, depth))
    if months:
        figure.add_trace(_months(months, lane, depth))


def _bars(placed: list[_Placed], depth: float) -> go.Scatter:
    """One trace of all bars; None parts them."""
    x: list[datetime | None] = []
    y: list[float | None] = []
    for one in placed:
        height = -(depth + one.row)
        x += [one.begin, one.end, None]
        y += [height, height, None]
    return go.Scatter(
        x=x, y=y, mode="lines", hoverinfo="skip",
        line={"color": colors.with_alpha(_INK, 0.55), "width": 4},
    )  # fmt: skip


def _days(marks: list[_Placed]) -> list[list[_Placed]]:
    """What happened in one lane and row on one day stands under one mark."""
    found: dict[tuple[date, int], list[_Placed]] = {}
    for one in marks:
        found.setdefault((one.begin.date(), one.row), []).append(one)
    return list(found.values())


def _marks(days: list[list[_Placed]], depth: float, zone: tzinfo, *, current: bool) -> go.Scatter:
    sizes = [9 if len(day) == 1 else 12 for day in days]
    return go.Scatter(
        x=[day[0].begin for day in days],
        y=[-(depth + day[0].row) for day in days],
        mode="markers",
        marker={"symbol": "circle", "size": sizes, "color": _INK}
        if current
        else {"symbol": "x-thin", "size": 8, "color": _GREY, "line": {"color": _GREY, "width": 2}},
        customdata=[day[0].line.id for day in days],
        hovertext=[_hover(day[0].line, zone) if len(day) == 1 else _hover_day(day, zone) for day in days],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _arrows(placed: list[_Placed], depth: float) -> go.Scatter:
    return go.Scatter(
        x=[one.end for one in placed], y=[-(depth + one.row) for one in placed], mode="markers",
        hoverinfo="skip", marker={"symbol": "triangle-right", "size": 9, "color": _INK},
    )  # fmt: skip


def _months(months: list[Bin], lane: Lane, depth: float) -> go.Scatter:
    most = max(one.count for one in months)
    return go.Scatter(
        x=[datetime(one.year, one.month, 15) for one in months],
        y=[-depth] * len(months),
        mode="markers",
        marker={
            "symbol": "square",
            "size": [6 + 8 * (one.count / most) ** 0.5 for one in months],
            "color": colors.with_alpha(_MANY, 0.75),
            "line": {"color": _MANY, "width": 1},
        },
        customdata=[""] * len(months),
        hovertext=[f"{one.year:04d}-{one.month:02d}: {NAMES[lane].lower()}, {one.count}" for one in months],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _hover(line: Line, zone: tzinfo) -> str:
    parts = [
        f"<b>{_short(line.title)}</b>",
        _short(line.detail),
        escape(moments.span(line.starts, line.ends, line.ongoing, zone)),
        escape(f"at the source: {moments.original(line.starts)}") if line.starts else "",
        escape(line.why_not_current),
    ]
    return "<br>".join(part for part in parts if part)


def _hover_day(day: list[_Placed], zone: tzinfo) -> str:
    """Several entries of one day."""
    named = [_short(one.line.title) for one in day[:_NAMED]]
    more = [f"and {len(day) - _NAMED} more"] if len(day) > _NAMED else []
    when = escape(moments.day(day[0].line.starts, zone))
    reason = escape(day[0].line.why_not_current)
    return "<br>".join(part for part in (f"<b>{len(day)} entries, {when}</b>", *named, *more, reason) if part)


def _short(text: str) -> str:
    cut = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "\u2026"
    return escape(cut)


def _rule(y: float) -> dict[str, object]:
    """A thin line between two lanes."""
    line = {"color": colors.with_alpha(_GREY, 0.35), "width": 1}
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": y,
        "y1": y,
        "layer": "below",
        "line": line,
    }
