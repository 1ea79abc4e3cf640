"""One small chart a measured quantity: its values, the source's reference range, what is beyond it.

Time without values is a gap, never a line; what is not current is a cross and belongs to no line.
"""

import math
import re
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from html import escape
from statistics import median
from typing import Any, Final

import plotly.graph_objects as go

from medai_core.charts import colors, moments
from medai_core.charts.template import layout
from medai_core.domain.overview import Curve, Point, Stretch

HEIGHT: Final = 150
NARROW_SPACE: Final = "\u202f"
ABOVE: Final = "above the reference range"
BELOW: Final = "below the reference range"

_INK: Final = colors.NEUTRAL[0]
_BEYOND: Final = colors.RISK.high
_GREY: Final = colors.CONTROL_BORDER
_PRINTED: Final = {
    "Cel": "\u00b0C",
    "[degF]": "\u00b0F",
    "mm[Hg]": "mmHg",
    "cm[H2O]": "cmH\u2082O",
    "[in_i]": "in",
    "[lb_av]": "lb",
    "[oz_av]": "oz",
    "[IU]/L": "IU/L",
    "[iU]/L": "IU/L",
    "m[IU]/L": "mIU/L",
    "m[iU]/L": "mIU/L",
    "u[IU]/mL": "\u00b5IU/mL",
    "[pH]": "",
}
"""UCUM codes with their print symbols (UCUM 2.1, tables 17 to 24)."""
_RAISED: Final = str.maketrans("0123456789", "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")
_SYMBOLS: Final = {1: "triangle-up", -1: "triangle-down", 0: "circle"}
_GAP: Final = 6.0
"""A stretch without values is a gap where it is so many times as long as the usual one."""


def number_words(number: float | None) -> str:
    """A number with as many digits as it was given, and no more than six that count."""
    if number is None or not math.isfinite(number):
        return "no number"
    return (
        f"{number:.6g}".replace("-", "\u2212")
        if abs(number) < 1e6
        else f"{number:.4g}".replace("-", "\u2212")
    )


def unit_words(unit: str) -> str:
    """A UCUM unit as it is printed: ``"mm[Hg]"`` as mmHg, ``"umol/L"`` with a mu; others as they are."""
    if unit == "1":
        return ""
    printed = _PRINTED.get(unit)
    if printed is not None:
        return printed
    text = re.sub(r"10\*(\d+)", lambda found: "10" + found[1].translate(_RAISED), unit)
    text = re.sub(r"\bu(?=(?:mol|g|L|kat)\b)", "\u00b5", text)
    text = re.sub(r"(?<=\w)\{([^{}]*)\}", r" \1", text)
    return re.sub(r"\{([^{}]*)\}", r"\1", text).replace("_", " ") or unit


def value_words(point: Point, unit: str) -> str:
    """A value with comparator and unit, as ``"< 5 mg/L"``; a text as it is."""
    if point.number is None:
        return point.text or "no value given"
    sign = f"{point.comparator}{NARROW_SPACE}" if point.comparator else ""
    return f"{sign}{number_words(point.number)}{NARROW_SPACE}{unit_words(unit)}".rstrip(NARROW_SPACE)


def range_words(point: Point | None, unit: str) -> str:
    """The source's reference range; empty where it gave none."""
    if point is None or (point.low is None and point.high is None):
        return ""
    written = unit_words(unit)
    after = f"{NARROW_SPACE}{written}" if written else ""
    if point.low is None:
        return f"up to {number_words(point.high)}{after}"
    if point.high is None:
        return f"from {number_words(point.low)}{after}"
    return f"{number_words(point.low)} to {number_words(point.high)}{after}"


def beyond_words(point: Point) -> str:
    """Where a value lies against the source's range; empty inside it or without one."""
    return {1: f"\u25b2 {ABOVE}", -1: f"\u25bc {BELOW}"}.get(point.beyond, "")


def trend_words(curve: Curve, zone: tzinfo) -> str:
    """How the newest value differs from the one before; empty where one of them is no plain number."""
    last, before = curve.latest, curve.before
    if last is None or before is None or last.number is None or before.number is None:
        return ""
    if last.comparator or before.comparator:
        return ""
    change = last.number - before.number
    day = moments.day(before.at, zone)
    if math.isclose(change, 0, abs_tol=1e-9 * max(1.0, abs(last.number))):
        return f"as before ({day})"
    arrow, sign = ("\u2197", "+") if change > 0 else ("\u2198", "\u2212")
    return f"{arrow} {sign}{number_words(abs(change))} since {day}"


def small_multiple(
    curve: Curve, *, zone: tzinfo, uirevision: str = "", hidden: bool = False
) -> go.Figure | None:
    """The chart of one curve; None where no value is a number.

    Parameters
    ----------
    curve : Curve
        Oldest value first.
    zone : tzinfo
        Of the reader; the axis has it.
    uirevision : str
        Opaque key (never a name) under which zoom survives a rerun.
    hidden : bool
        Whether withdrawn, preliminary and replaced values are drawn too, as crosses.
    """
    current = [point for point in curve.points if point.current and _finite(point)]
    others = [point for point in curve.points if hidden and not point.current and _finite(point)]
    if not current and not others and not curve.stretches:
        return None
    figure = go.Figure(layout=layout(height=HEIGHT, uirevision=uirevision))
    stretches = [month for month in curve.stretches if month.lowest is not None and month.highest is not None]
    if stretches:
        figure.add_trace(_months(stretches, curve.unit))
    for band in _bands(current, zone):
        figure.add_trace(band)
    if current:
        figure.add_trace(_line(current, zone))
        figure.add_trace(_markers(current, curve.unit, zone))
    if others:
        figure.add_trace(_crosses(others, curve.unit, zone))
    figure.update_layout(margin={"l": 8, "r": 8, "t": 4, "b": 20}, hovermode="closest", dragmode="zoom")
    figure.update_xaxes(type="date", nticks=4)
    figure.update_yaxes(title=None, nticks=4, range=_y_range([*current, *others], stretches))
    return figure


def small_multiple_alt(curve: Curve, zone: tzinfo) -> str:
    """The chart in words: how many values, from when to when, lowest, highest, newest, reference range."""
    current = [point for point in curve.points if point.current]
    numbers = [point.number for point in current if point.number is not None]
    if not current:
        return f"{curve.name}: no current value."
    first, last = moments.day(current[0].at, zone), moments.day(current[-1].at, zone)
    said = f"{curve.name}: {curve.total} values, those from {first} to {last} one by one"
    if numbers:
        ends = f"lowest {number_words(min(numbers))}, highest {number_words(max(numbers))}"
        said += f", {ends}{NARROW_SPACE}{unit_words(curve.unit)}"
    said += f", newest {value_words(current[-1], curve.unit)}"
    reference = range_words(current[-1], curve.unit)
    return f"{said}, reference {reference}." if reference else f"{said}, no reference range given."


def _finite(point: Point) -> bool:
    return point.number is not None and math.isfinite(point.number)


def _line(points: Sequence[Point], zone: tzinfo) -> go.Scatter:
    """The line between the values, open where time is missing."""
    x: list[datetime | None] = []
    y: list[float | None] = []
    places = [moments.local(point.at, zone) for point in points]
    widest = _widest(places)
    for index, (place, point) in enumerate(zip(places, points, strict=True)):
        if index and place - places[index - 1] > widest:
            x.append(None)
            y.append(None)
        x.append(place)
        y.append(point.number)
    return go.Scatter(
        x=x, y=y, mode="lines", hoverinfo="skip", connectgaps=False,
        line={"color": colors.with_alpha(_INK, 0.6), "width": 1.3},
    )  # fmt: skip


def _widest(places: Sequence[datetime]) -> timedelta:
    """The longest stretch that is still no gap."""
    steps = [later - earlier for earlier, later in zip(places, places[1:], strict=False) if later > earlier]
    if len(steps) < 3:
        return timedelta.max
    return timedelta(seconds=_GAP * median(step.total_seconds() for step in steps))


def _markers(points: Sequence[Point], unit: str, zone: tzinfo) -> go.Scatter:
    """Filled inside the range, triangles beyond it; hollow where the value has a comparator."""
    last = len(points) - 1
    fills = [_BEYOND if point.beyond else _INK for point in points]
    return go.Scatter(
        x=[moments.local(point.at, zone) for point in points],
        y=[point.number for point in points],
        mode="markers",
        marker={
            "symbol": [_SYMBOLS[point.beyond] + ("-open" if point.comparator else "") for point in points],
            "size": [9 if index == last or point.beyond else 5 for index, point in enumerate(points)],
            "color": fills,
        },
        customdata=[point.entry_id for point in points],
        hovertext=[_hover(point, unit, zone) for point in points],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _crosses(points: Sequence[Point], unit: str, zone: tzinfo) -> go.Scatter:
    return go.Scatter(
        x=[moments.local(point.at, zone) for point in points],
        y=[point.number for point in points],
        mode="markers",
        marker={"symbol": "x-thin", "size": 8, "color": _GREY, "line": {"color": _GREY, "width": 2}},
        customdata=[point.entry_id for point in points],
        hovertext=[_hover(point, unit, zone) for point in points],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _months(stretches: Sequence[Stretch], unit: str) -> go.Scatter:
    """A bar a month from the lowest to the highest value; None parts them."""
    x: list[datetime | None] = []
    y: list[float | None] = []
    texts: list[str] = []
    for month in stretches:
        middle = datetime(month.year, month.month, 15)
        said = (
            f"{month.year:04d}-{month.month:02d}, {month.count} values: {number_words(month.lowest)} to "
            f"{number_words(month.highest)}{NARROW_SPACE}{escape(unit_words(unit))}"
        )
        x += [middle, middle, None]
        y += [month.lowest, month.highest, None]
        texts += [said, said, ""]
    return go.Scatter(
        x=x, y=y, mode="lines+markers", connectgaps=False,
        line={"color": colors.with_alpha(_INK, 0.45), "width": 3},
        marker={"symbol": "line-ew", "size": 5, "line": {"color": colors.with_alpha(_INK, 0.6), "width": 1}},
        customdata=[""] * len(x), hovertext=texts, hovertemplate="%{hovertext}<extra></extra>",
    )  # fmt: skip


def _bands(points: Sequence[Point], zone: tzinfo) -> list[go.Scatter]:
    """The reference range as a grey band that follows the source; it steps where the source changed it."""
    found: list[go.Scatter] = []
    stretch: list[Point] = []
    for point in points:
        if stretch and (point.low, point.high) != (stretch[-1].low, stretch[-1].high):
            found += _band([*stretch, point], stretch[0], zone)
            stretch = []
        stretch.append(point)
    return found + _band(stretch, stretch[0], zone) if stretch else found


def _band(stretch: Sequence[Point], like: Point, zone: tzinfo) -> list[go.Scatter]:
    if like.low is None and like.high is None:
        return []
    begin, end = moments.local(stretch[0].at, zone), moments.local(stretch[-1].at, zone)
    if begin == end:
        begin, end = begin - timedelta(days=1), end + timedelta(days=1)
    grey: dict[str, Any] = {"mode": "lines", "hoverinfo": "skip"}
    edge = {"color": colors.with_alpha(_GREY, 0.5), "width": 1}
    if like.low is None or like.high is None:
        level = like.high if like.low is None else like.low
        return [go.Scatter(x=[begin, end], y=[level, level], line={**edge, "dash": "dot"}, **grey)]
    return [
        go.Scatter(
            x=[begin, end, end, begin, begin],
            y=[like.low, like.low, like.high, like.high, like.low],
            fill="toself",
            fillcolor=colors.with_alpha(_GREY, 0.2),
            line=edge,
            **grey,
        )
    ]


def _y_range(points: Sequence[Point], stretches: Sequence[Stretch]) -> list[float]:
    """Room for all values, and for the reference range where that leaves the values half the height."""
    ends = [end for month in stretches for end in (month.lowest, month.highest)]
    numbers = [end for end in [*ends, *(point.number for point in points)] if end is not None]
    if not numbers:
        return [0.0, 1.0]
    low, high = min(numbers), max(numbers)
    spread = (high - low) or abs(high) * 0.1 or 1.0
    edges = [edge for point in points for edge in (point.low, point.high) if edge is not None]
    low = min([low, *(edge for edge in edges if low - edge <= spread)])
    high = max([high, *(edge for edge in edges if edge - high <= spread)])
    room = ((high - low) or spread) * 0.12
    return [low - room, high + room]


def _hover(point: Point, unit: str, zone: tzinfo) -> str:
    parts = [
        f"<b>{escape(value_words(point, unit))}</b>",
        escape(moments.shown(point.at, zone)),
        escape(f"at the source: {moments.original(point.at)}"),
        escape(f"given as {point.given}") if point.given else "",
        escape(f"reference {range_words(point, unit)}") if range_words(point, unit) else "",
        escape(beyond_words(point)),
        escape(point.why_not_current),
    ]
    return "<br>".join(part for part in parts if part)
