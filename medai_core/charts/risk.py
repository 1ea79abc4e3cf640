"""A person's risks: sentences, the icon array, and all on one axis beside people of that age and sex.

Words here are those of every page and document: absolute before relative, never 0 % or 100 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import plotly.graph_objects as go

from medai_core.charts import colors, words
from medai_core.charts.template import THEME_TEXT, layout
from medai_core.domain.inputs import NUMBER, Input, Value
from medai_core.domain.record import When
from medai_core.domain.risk import Peers, RiskEstimate, Saved

ICONS: Final = 100
SIDE: Final = 10
ROW_PX: Final = 58
_FOOT_PX: Final = 52
_PERSON: Final = colors.NEUTRAL[0]
_TITLE_MAX: Final = 72


@dataclass(frozen=True, slots=True)
class Icon:
    """One of the hundred people of an icon array: place from the left and from the bottom, and what it is.

    `look` is "with" (of the expected), "maybe" (within the interval above it) or "without".
    """

    column: int
    row: int
    look: str


def icons(risk: float, high: float | None = None) -> tuple[Icon, ...]:
    """A hundred people, those with the outcome together from the bottom row up.

    >>> [sum(one.look == look for one in icons(0.09, 0.17)) for look in ("with", "maybe", "without")]
    [9, 8, 83]
    """
    filled = words.whole_percent(risk) if risk >= 0.005 else 0
    upper = filled if high is None else max(filled, words.whole_percent(high) if high >= 0.005 else 0)
    looks = ["with"] * filled + ["maybe"] * (upper - filled) + ["without"] * (ICONS - upper)
    return tuple(Icon(place % SIDE, place // SIDE, look) for place, look in enumerate(looks))


def sentence(one: RiskEstimate) -> str:
    """The answer as a sentence with its interval; for a trained predictor in words of association."""
    if one.value is None:
        return one.refused or "Not computed."
    if not one.is_risk:
        return f"{one.title}: {value_words(one)}{f', {one.category}' if one.category else ''}."
    ends = (
        f" ({_of_100(one.low)} to {_of_100(one.high)})"
        if one.low is not None and one.high is not None
        else ""
    )
    if one.trained:
        return (
            f"Of 100 people with values like these, {_about(one.value)}{ends} had {one.outcome} in the data "
            "that the model learned from: an association, not a cause."
        )
    return f"{_about(one.value, capital=True)} of 100 people like this one{ends} have {one.outcome}."


def _about(risk: float, *, capital: bool = False) -> str:
    if risk < 0.01:
        said = "fewer than 1"
    elif risk > 0.99:
        said = "more than 99"
    else:
        said = f"about {words.whole_percent(risk)}"
    return said[:1].upper() + said[1:] if capital else said


def _of_100(risk: float) -> str:
    return "under 1" if risk < 0.01 else "over 99" if risk > 0.99 else str(words.whole_percent(risk))


def value_words(one: RiskEstimate) -> str:
    """The value with its unit: "9 %", "4 of 9 points", "61 mL/min/1.73 m2"."""
    if one.value is None:
        return "no answer"
    if one.is_risk:
        return words.probability(one.value)
    if one.unit == "points":
        return f"{one.value:g} of {one.highest:g} points"
    return f"{one.value:.3g}\u202f{one.unit}"


def interval_words(one: RiskEstimate) -> str:
    """The interval with what it means; that there is none is said."""
    if one.low is None or one.high is None:
        return "No interval was published." if not one.trained else "No interval."
    ends = (
        words.interval(one.low, one.high)
        if one.is_risk
        else f"{one.low:.3g} to {one.high:.3g} {'' if one.unit == 'points' else one.unit}".strip()
    )
    return f"{ends}. {one.interval_means}{'' if one.interval_means.endswith('.') else '.'}"


def peers_words(one: RiskEstimate) -> str:
    """Where the risk lies among people of the same age and sex."""
    if one.value is None or not one.is_risk:
        return ""
    if one.peers is None:
        return one.no_peers
    below = one.peers.share_below(one.value)
    first, last = one.peers.levels[0], one.peers.levels[-1]
    if below <= first:
        said = f"lower than that of at least {words.whole_percent(1 - first)} of 100"
    elif below >= last:
        said = f"higher than that of at least {words.whole_percent(last)} of 100"
    else:
        said = f"higher than that of about {words.whole_percent(below)} of 100"
    return (
        f"It is {said} {one.peers.who}; half of them lie below {words.probability(one.peers.at(0.5))} "
        f"({one.peers.n:,}; {one.peers.source})."
    )


def given_words(one: Input, value: Value) -> str:
    """A value of an input in words with its unit."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if one.kind != NUMBER:
        return str(value).replace("_", " ")
    unit = "" if one.unit == "1" else one.unit
    return f"{float(value):.4g}\u202f{unit}".rstrip("\u202f")


def age_words(at: When | None, age_days: int | None) -> str:
    """The day of a statement of the record, and how long ago that is."""
    if at is None:
        return "undated"
    day = {"year": f"{at.at:%Y}", "month": f"{at.at:%Y-%m}"}.get(at.precision, f"{at.at:%Y-%m-%d}")
    return f"{day}, {ago_words(age_days)}" if age_days is not None else day


def ago_words(days: int) -> str:
    """Days as a person says them."""
    if days < 1:
        return "today"
    if days < 60:
        return "1 day old" if days == 1 else f"{days} days old"
    return f"{round(days / 30.44)} months old" if days < 730 else f"{days / 365.25:.1f} years old"


# ---- all on one axis


def overview(estimates: Sequence[RiskEstimate], *, uirevision: str = "") -> go.Figure | None:
    """Every risk as a row: this person with the interval, and where people of the same age and sex lie.

    The grey bar holds the middle half of them, the thin one nine of ten, the tick their median. None where
    nothing is a risk.
    """
    shown = [one for one in estimates if one.is_risk and one.value is not None]
    if not shown:
        return None
    rows = [(len(shown) - 1 - place, one) for place, one in enumerate(shown)]
    figure = go.Figure(layout=layout(height=ROW_PX * len(shown) + _FOOT_PX, uirevision=uirevision))
    figure.add_traces([*_peers(rows), _interval(rows), _points(rows)])
    figure.update_layout(
        margin={"l": 8, "r": 12, "t": 4, "b": 40},
        annotations=[_name(row, one) for row, one in rows],
        barmode="overlay",
    )
    ticks = _ticks(_farthest(shown))
    figure.update_xaxes(
        range=[0, ticks[-1]],
        tickvals=ticks,
        ticktext=[f"{tick * 100:g}" for tick in ticks],
        title={"text": "of 100 people", "standoff": 4},
        fixedrange=True,
        ticks="outside",
        ticklen=3,
    )
    figure.update_yaxes(
        range=[-0.45, len(shown) - 0.35], showticklabels=False, showgrid=False, fixedrange=True
    )
    return figure


_Rows = list[tuple[int, RiskEstimate]]


def _farthest(shown: Sequence[RiskEstimate]) -> float:
    ends = [one.high if one.high is not None else one.value for one in shown]
    spread = [one.peers.at(0.95) for one in shown if one.peers is not None]
    return max(end for end in (*ends, *spread, 0.05) if end is not None)


def _ticks(farthest: float) -> list[float]:
    """Five even steps that reach beyond `farthest`."""
    steps = (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2)
    step = next((one for one in steps if one * 5 >= farthest), 0.2)
    return [round(step * place, 4) for place in range(6)]


def _peers(rows: _Rows) -> list[go.Bar]:
    """Nine of ten and the middle half of the peers, and their median."""
    found = [(row, one.peers) for row, one in rows if one.peers is not None]
    return [
        _band(found, 0.05, 0.95, 0.16, 0.22),
        _band(found, 0.25, 0.75, 0.3, 0.4),
        go.Bar(
            orientation="h", y=[row - 0.16 for row, _ in found],
            base=[peers.at(0.5) - 0.0006 for _, peers in found],
            x=[0.0012] * len(found), width=0.36, hoverinfo="skip",
            marker={"color": colors.CONTROL_BORDER, "line": {"width": 0}},
        ),
    ]  # fmt: skip


def _band(found: list[tuple[int, Peers]], low: float, high: float, width: float, alpha: float) -> go.Bar:
    return go.Bar(
        orientation="h",
        y=[row - 0.16 for row, _ in found],
        base=[peers.at(low) for _, peers in found],
        x=[peers.at(high) - peers.at(low) for _, peers in found],
        width=width,
        hovertext=[
            f"{escape(peers.who)}: {words.interval(peers.at(low), peers.at(high))} hold "
            f"{round((high - low) * 100)} of 100"
            for _, peers in found
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        marker={"color": colors.with_alpha(colors.CONTROL_BORDER, alpha), "line": {"width": 0}},
    )


def _interval(rows: _Rows) -> go.Scatter:
    x: list[float | None] = []
    y: list[float | None] = []
    for row, one in rows:
        if one.low is not None and one.high is not None:
            x += [one.low, one.high, None]
            y += [row - 0.16, row - 0.16, None]
    return go.Scatter(x=x, y=y, mode="lines", line={"color": _PERSON, "width": 3}, hoverinfo="skip")


def _points(rows: _Rows) -> go.Scatter:
    return go.Scatter(
        x=[one.value for _, one in rows],
        y=[row - 0.16 for row, _ in rows],
        mode="markers",
        marker={
            "color": _PERSON,
            "size": 13,
            "symbol": ["diamond" if one.trained else "circle" for _, one in rows],
            "line": {"width": 1.5, "color": "#FFFFFF"},
        },
        hovertext=[escape(sentence(one)) for _, one in rows],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _name(row: int, one: RiskEstimate) -> dict[str, Any]:
    """The name and the value above a row's line, in a colour of the theme."""
    title = one.title if len(one.title) <= _TITLE_MAX else one.title[: _TITLE_MAX - 1] + "\u2026"
    return {
        "x": 0, "y": row + 0.2, "xref": "paper", "xanchor": "left", "showarrow": False, "align": "left",
        "text": f"{escape(title)} <b>{value_words(one)}</b>", "font": {"color": THEME_TEXT, "size": 13},
    }  # fmt: skip


def overview_alt(estimates: Sequence[RiskEstimate]) -> str:
    """The chart in words."""
    shown = [one for one in estimates if one.is_risk and one.value is not None]
    return "Risks of this person: " + " ".join(f"{one.title}: {value_words(one)}." for one in shown)


_LABELS: Final = {
    "egfr": "eGFR (CKD-EPI 2021)",
    "sex": "Sex",
    "race": "Race, as the cohorts recorded it",
    "region": "Risk region of the country (SCORE2)",
    "prior_cvd": "Has had a cardiovascular disease (heart attack, stroke, heart failure ...)",
}


def label_of(key: str, one: Input) -> str:
    """What a question is called."""
    return _LABELS.get(key) or f"{one.help[:1].upper()}{one.help[1:]}"


def saved_words(one: Saved) -> str:
    """A kept value with its interval: "9 % (6 to 13 %)", "4 points"."""
    if one.value is None:
        return words.NOT_GIVEN
    if one.unit != "1":
        return f"{one.value:.3g}\u202f{one.unit}".rstrip("\u202f")
    ends = f" ({words.interval(one.low, one.high)})" if one.low is not None and one.high is not None else ""
    return f"{words.probability(one.value)}{ends}"
