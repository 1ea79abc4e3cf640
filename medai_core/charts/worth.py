"""Which missing value would tell most: expected widths of the interval, as bars and in words."""

from html import escape
from typing import Final

import plotly.graph_objects as go

from medai_core.charts import colors, words
from medai_core.charts.template import THEME_TEXT, layout, note
from medai_core.charts.what_if import value_words
from medai_core.domain.explained import Worth, WorthKnowing
from medai_core.domain.risk import RiskEstimate

_ROW_PX: Final = 46
_FOOT_PX: Final = 56


def width_words(width: float, estimate: RiskEstimate) -> str:
    """A width of an interval: in percentage points, or in the answer's unit."""
    if estimate.is_risk:
        return f"{100 * width:.1f} points"
    return f"{width:.3g} {estimate.unit}".strip()


def worth_chart(found: WorthKnowing, estimate: RiskEstimate) -> go.Figure:
    """How wide the interval is now, and would be once each missing value were known."""
    scale = 100.0 if estimate.is_risk else 1.0
    rows = [("As it is", found.width), *((f"{one.label} known", one.width) for one in found.missing)]
    figure = go.Figure(
        layout=layout(
            height=_ROW_PX * len(rows) + _FOOT_PX,
            x_title=f"expected width of the interval, {_unit(estimate)}",
        )
    )
    places = [float(-place) for place in range(len(rows))]
    figure.add_trace(
        go.Bar(
            orientation="h",
            x=[width * scale for _, width in rows],
            y=places,
            width=0.34,
            marker={
                "color": [colors.with_alpha(colors.CONTROL_BORDER, 0.55)]
                + [colors.NEUTRAL[0]] * len(found.missing),
                "line": {"width": 0},
            },
            text=[width_words(width, estimate) for _, width in rows],
            textposition="outside",
            textfont={"color": THEME_TEXT, "size": 13},
            cliponaxis=False,
            hovertext=[escape(f"{name}: {width_words(width, estimate)}") for name, width in rows],
            hoverinfo="text",
        )
    )
    for (name, _), place in zip(rows, places, strict=True):
        figure.add_annotation(
            note(escape(name), x=0, y=place + 0.4, xref="paper", xanchor="left", yanchor="middle")
        )
    widest = max(width for _, width in rows) * scale or 1.0
    figure.update_xaxes(range=[0, widest * 1.25], showgrid=True, fixedrange=True, nticks=6)
    figure.update_yaxes(
        visible=False, showgrid=False, fixedrange=True, range=[places[-1] - 0.5, places[0] + 0.75]
    )
    figure.update_layout(margin={"l": 8, "r": 8, "t": 4})
    return figure


def _unit(estimate: RiskEstimate) -> str:
    return "percentage points" if estimate.is_risk else estimate.unit


def worth_sentence(found: WorthKnowing, estimate: RiskEstimate) -> str:
    """The first of them in a sentence."""
    best = found.missing[0]
    now = f"The interval is {width_words(found.width, estimate)} wide now"
    if best.width >= found.width * 0.98:
        return f"{now}; no single missing value would make it much narrower."
    said = (
        f"{now}. {best.label} would tell most: known, the interval is expected to be "
        f"{width_words(best.width, estimate)} wide."
    )
    return f"{said} {_decision(best)}".strip()


def _decision(one: Worth) -> str:
    if one.changes is None:
        return ""
    return f"The decision would then be another one with a chance of {chance_words(one.changes)}."


def chance_words(chance: float) -> str:
    """A chance; never 0 or 100."""
    return words.probability(chance)


def worth_alt(found: WorthKnowing, estimate: RiskEstimate) -> str:
    """The bars in words."""
    said = [f"{one.label}: {width_words(one.width, estimate)}" for one in found.missing]
    return (
        f"Expected width of the interval once a value is known. As it is: "
        f"{width_words(found.width, estimate)}. {'; '.join(said)}."
    )


def worth_table(found: WorthKnowing, estimate: RiskEstimate) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The bars as rows, and how likely the decision would change."""
    heads = ("Missing value", "Expected width once known", "Narrower by", "Chance of another decision")
    rows: list[tuple[str, ...]] = []
    for one in found.missing:
        share = 1 - one.width / found.width if found.width else 0.0
        chance = "no decision" if one.changes is None else chance_words(one.changes)
        rows.append((one.label, width_words(one.width, estimate), words.share(max(0.0, share)), chance))
    ends = f"{value_words(found.low, estimate)} to {value_words(found.high, estimate)}"
    rows.append(("As it is", f"{width_words(found.width, estimate)} ({ends})", "", ""))
    return heads, rows
