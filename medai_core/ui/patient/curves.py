"""Measured values as small charts side by side, and the same as a table."""

from datetime import tzinfo
from typing import Final

import streamlit as st

from medai_core.charts import moments
from medai_core.charts.small_multiples import (
    beyond_words,
    number_words,
    range_words,
    small_multiple,
    small_multiple_alt,
    trend_words,
    value_words,
)
from medai_core.charts.template import CONFIG
from medai_core.domain.overview import Curve, Overview
from medai_core.ui import markup, panels

WIDTH_PX: Final = 318


def grid(record: Overview, *, zone: tzinfo, hidden: bool, key: str) -> None:
    """One chart a quantity, as many in a row as fit, then the table."""
    shown = [curve for curve in record.curves if hidden or curve.total]
    if not shown:
        panels.empty_state(
            "No measured value", ["Vital signs and laboratory values will be drawn here, each in its unit."]
        )
        return
    with st.container(horizontal=True, gap="medium", key="medai-curves"):
        for number, curve in enumerate(shown):
            with st.container(width=WIDTH_PX, gap=None, key=f"{key}:curve:{number}"):
                _one(record, curve, zone=zone, hidden=hidden, key=f"{key}:chart:{number}")
    with st.expander("Values as a table"):
        markup.draw(table(shown, zone))


def _one(record: Overview, curve: Curve, *, zone: tzinfo, hidden: bool, key: str) -> None:
    figure = small_multiple(curve, zone=zone, hidden=hidden, uirevision=record.patient.id)
    markup.draw(head(curve, zone))
    if figure is not None:
        alt = small_multiple_alt(curve, zone)
        st.plotly_chart(figure, key=key, config=CONFIG, alt=alt)
    for note in curve.notes:
        st.caption(note)


def head(curve: Curve, zone: tzinfo) -> str:
    """Name, newest value with unit and day, where it stands against the reference range, how it changed."""
    last = curve.latest
    name = f'<div class="mx-curve"><bdi>{markup.text(curve.name)}</bdi></div>'
    if last is None:
        return f'{name}<div class="mx-muted mx-small">no current value</div>'
    value = f'<span class="mx-latest">{markup.text(value_words(last, curve.unit))}</span>'
    title = markup.text(f"at the source: {moments.original(last.at)}")
    day = (
        f'<span class="mx-muted mx-small" title="{title}">{markup.text(moments.shown(last.at, zone))}</span>'
    )
    beyond = beyond_words(last)
    reference = range_words(last, curve.unit)
    said = [
        f"<strong>{markup.text(beyond)}</strong>" if beyond else "",
        markup.text(f"reference {reference}" if reference else "no reference range given"),
        markup.text(trend_words(curve, zone)),
    ]
    under = " \u00b7 ".join(part for part in said if part)
    return f'{name}<div>{value} {day}</div><div class="mx-muted mx-small">{under}</div>'


def table(curves: list[Curve], zone: tzinfo) -> str:
    """Every curve's newest value in words."""
    rows = []
    for curve in curves:
        last = curve.latest
        numbers = [point.number for point in curve.points if point.current and point.number is not None]
        months = [
            end for month in curve.stretches for end in (month.lowest, month.highest) if end is not None
        ]
        ends = [*numbers, *months]
        rows.append(
            (
                curve.name,
                value_words(last, curve.unit) if last else "no current value",
                moments.shown(last.at, zone) if last else "",
                range_words(last, curve.unit) or "none given",
                beyond_words(last) if last else "",
                trend_words(curve, zone),
                f"{number_words(min(ends))} to {number_words(max(ends))}" if ends else "",
                str(curve.total),
            )
        )
    heads = (
        "Quantity",
        "Newest",
        "When",
        "Reference range",
        "Position",
        "Change",
        "Lowest to highest",
        "Values",
    )
    return markup.table(heads, rows, caption="Measured values, newest first", numbers=(7,), unbroken=(1, 2))
