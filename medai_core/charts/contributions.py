"""What an answer is made of, as bars: each input in words with this person's value, and what it adds."""

import math
from collections.abc import Sequence
from html import escape
from typing import Final

import plotly.graph_objects as go

from medai_core.charts import colors, words
from medai_core.charts.template import THEME_TEXT, layout, note
from medai_core.domain.explained import Explanation, Part

MOST_BARS: Final = 12
OTHERS: Final = "all others together"
_ROW_PX: Final = 46
_FOOT_PX: Final = 52
_MINUS: Final = "\u2212"
_TENTHS: Final = 1000
"""Tenths of a percentage point in a risk of 1."""
_HUNDREDTHS: Final = 100


def shown_parts(one: Explanation) -> tuple[Part, ...]:
    """The largest parts, and all others as one; those that add nothing are left out."""
    telling = [part for part in one.parts if abs(part.amount) > 1e-12]
    if len(telling) <= MOST_BARS:
        return tuple(telling)
    rest = telling[MOST_BARS - 1 :]
    error = math.sqrt(sum(part.error**2 for part in rest))
    others = Part("", OTHERS, f"{len(rest)} inputs", sum(part.amount for part in rest), error)
    return (*telling[: MOST_BARS - 1], others)


def rounded(one: Explanation, parts: Sequence[Part]) -> list[float]:
    """Amounts as they are shown: tenths of percentage points, or hundredths of the answer's unit.

    They add up to the shown answer less the shown base: what rounding leaves goes to the largest remainders.
    """
    scale = _TENTHS if one.is_risk else _HUNDREDTHS
    exact = [part.amount * scale for part in parts]
    target = _whole(one.value * scale) - _whole(one.base * scale)
    floors = [math.floor(amount) for amount in exact]
    by_remainder = sorted(range(len(parts)), key=lambda place: floors[place] - exact[place])
    for place in by_remainder[: max(0, target - sum(floors))]:
        floors[place] += 1
    spare = sum(floors) - target
    if spare > 0:
        for place in sorted(range(len(parts)), key=lambda place: exact[place] - floors[place])[:spare]:
            floors[place] -= 1
    return [floor * 100 / scale if one.is_risk else floor / scale for floor in floors]


def _whole(value: float) -> int:
    return math.floor(value + 0.5)


def amount_words(amount: float, *, risk: bool) -> str:
    """With a sign: ``"+6.3"`` percentage points, or ``"+1.5"`` of the answer's unit."""
    text = f"{abs(amount):.1f}" if risk else f"{abs(amount):.2f}".rstrip("0").rstrip(".")
    if float(text) == 0.0:
        return "0"
    return f"{'+' if amount > 0 else _MINUS}{text}"


def level_words(one: Explanation, value: float) -> str:
    """An answer or base beside the amounts, to the same place: ``"12.2 of 100"``, ``"7 points"``."""
    if one.is_risk:
        tenths = _whole(value * _TENTHS) / 10
        return "fewer than 0.1 of 100" if tenths < 0.1 else f"{tenths:.1f} of 100"
    return f"{_whole(value * _HUNDREDTHS) / _HUNDREDTHS:g} {one.unit}".strip()


def unit_title(one: Explanation) -> str:
    """The axis's title."""
    return "percentage points" if one.is_risk else one.unit or "the answer's unit"


def contributions_chart(one: Explanation, *, uirevision: str = "") -> go.Figure | None:
    """A bar an input, to the right where it adds and to the left where it takes away, largest first."""
    parts = shown_parts(one)
    if not parts:
        return None
    amounts = rounded(one, parts)
    places = [float(-place) for place in range(len(parts))]
    figure = go.Figure(
        layout=layout(height=_ROW_PX * len(parts) + _FOOT_PX, x_title=unit_title(one), uirevision=uirevision)
    )
    raises, lowers = colors.RISK.high, colors.RISK.low
    figure.add_trace(
        go.Bar(
            orientation="h",
            x=amounts,
            y=places,
            width=0.34,
            marker={
                "color": [raises if amount > 0 else lowers for amount in amounts],
                "line": {"width": 0},
            },
            text=[amount_words(amount, risk=one.is_risk) for amount in amounts],
            textposition="outside",
            textfont={"color": THEME_TEXT, "size": 13},
            cliponaxis=False,
            hovertext=[
                escape(sentence(one, part, amount)) for part, amount in zip(parts, amounts, strict=True)
            ],
            hoverinfo="text",
        )
    )
    for part, place in zip(parts, places, strict=True):
        figure.add_annotation(
            note(_label(part), x=0, y=place + 0.4, xref="paper", xanchor="left", yanchor="middle")
        )
    reach = max(max(amounts), 0.0) - min(min(amounts), 0.0) or 1.0
    low, high = min(min(amounts), 0.0) - 0.14 * reach, max(max(amounts), 0.0) + 0.14 * reach
    figure.update_xaxes(range=[low, high], showgrid=True, zeroline=True, fixedrange=True, nticks=6)
    figure.update_xaxes(zerolinecolor=colors.CONTROL_BORDER, zerolinewidth=1)
    figure.update_yaxes(
        visible=False, showgrid=False, fixedrange=True, range=[places[-1] - 0.5, places[0] + 0.75]
    )
    figure.update_layout(margin={"l": 8, "r": 8, "t": 4})
    return figure


def _label(part: Part) -> str:
    return f"{escape(part.label)}: <b>{escape(part.value)}</b>"


def sentence(one: Explanation, part: Part, amount: float) -> str:
    """One bar in words."""
    verb = "adds" if amount > 0 else "takes away"
    said = amount_words(abs(amount), risk=one.is_risk).removeprefix("+")
    return f"{part.label}, {part.value}: {verb} {said} {unit_title(one)}"


def adding_up(one: Explanation) -> str:
    """How the bars lead from the base to the answer."""
    gap = _whole(one.value * _TENTHS) - _whole(one.base * _TENTHS) if one.is_risk else 0
    difference = gap / 10 if one.is_risk else one.value - one.base
    start = f"{one.compared[:1].upper()}{one.compared[1:]}: {level_words(one, one.base)}."
    if not any(part.amount for part in one.parts):
        return f"{start} Nothing differs."
    signed = amount_words(difference, risk=one.is_risk)
    return f"{start} The bars add up to {signed}: {level_words(one, one.value)} for this person."


def contributions_alt(one: Explanation) -> str:
    """The chart in words."""
    parts = shown_parts(one)
    said = [sentence(one, part, amount) for part, amount in zip(parts, rounded(one, parts), strict=True)]
    return f"{adding_up(one)} {'; '.join(said)}." if said else adding_up(one)


def contributions_table(one: Explanation) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Heads and rows: the base, every input with what it adds, and the answer; amounts add up as shown."""
    amounts = rounded(one, one.parts)
    drawn = any(part.error for part in one.parts)
    heads = ("Input", "Value", f"Adds ({unit_title(one)})", *(("Uncertainty",) if drawn else ()))
    blank = ("",) if drawn else ()
    rows = [("Compared with", one.compared, level_words(one, one.base), *blank)]
    for part, amount in zip(one.parts, amounts, strict=True):
        error = part.error * (100 if one.is_risk else 1)
        spread = (f"\u00b1{1.96 * error:.1f}" if error else "exact",) if drawn else ()
        rows.append((part.label, part.value, amount_words(amount, risk=one.is_risk), *spread))
    rows.append(("This person", "", level_words(one, one.value), *blank))
    return heads, rows


def missing_words(one: Explanation) -> str:
    """What a bar of something not given means; empty where all was given."""
    absent = [part.label for part in one.parts if part.value == words.NOT_GIVEN]
    if not absent:
        return ""
    return (
        "Where an input was not given, its bar is what the model's estimate of it from the others adds: "
        f"{', '.join(absent)}."
    )
