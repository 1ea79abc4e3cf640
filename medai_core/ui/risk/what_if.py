"""What if: sliders for what can change, and what the answer would then be."""

from collections.abc import Mapping
from math import isclose
from typing import Final

import streamlit as st

from medai_core.charts import what_if as charts
from medai_core.charts.template import STILL
from medai_core.domain.explained import Answered, Handle
from medai_core.domain.inputs import Value
from medai_core.domain.risk import RiskEstimate
from medai_core.services import levers, what_if
from medai_core.ui import markup, panels
from medai_core.ui.risk.dragging import dragged
from medai_core.ui.risk.remembered import remembered
from medai_core.ui.session import require_user

NOTHING: Final = "Nothing that this answer reads can be changed by the person."
ASSOCIATION: Final = (
    "A trained predictor knows what goes together, not what follows from what: the changed answer is that of "
    "people who have these values (an association), not the effect of changing them."
)
FORMULA: Final = (
    "The formula with other values. It says nothing about how a value was changed, nor how long ago."
)


def draw(estimate: RiskEstimate, *, key: str) -> None:
    """Sliders beside the changed answer, and on demand the smallest realistic change."""
    require_user()
    with panels.refusals_shown():
        estimate = what_if.with_threshold(estimate)
        known = [one for one in what_if.handles(estimate) if one.value is not None]
        if not estimate.answered or not known:
            st.caption(NOTHING)
            return
        st.caption(ASSOCIATION if estimate.trained else FORMULA)
        moving(estimate, key)
        _smallest(estimate, key)


@st.fragment
def moving(estimate: RiskEstimate, key: str) -> None:
    """Sliders, bars and curve; a moved slider runs this part alone."""
    require_user()
    handles = [one for one in what_if.handles(estimate) if one.value is not None]
    _begin_anew(handles, key)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        values = {one.key: _slider(one, estimate, handles, key) for one in handles}
        st.button("Back to the values as they are", key=f"{key}:back", on_click=_back, args=(handles, key))
        st.session_state[f"{key}:last"] = values
        values = _with_held(values, estimate, handles, key)
    changes = {one.key: values[one.key] for one in handles if not _same(values[one.key], one.value)}
    with right, panels.refusals_shown():
        _answer(estimate, changes, key)
        _curve(estimate, handles, changes, key)
    absent = [one.label for one in what_if.handles(estimate) if one.value is None]
    if absent:
        st.caption(f"Not known, so not moved: {', '.join(absent)}.")


def _begin_anew(handles: list[Handle], key: str) -> None:
    """Sliders of a person whose own values have changed begin at these again."""
    base = tuple((one.key, str(one.value)) for one in handles)
    if st.session_state.get(f"{key}:base", base) != base:
        for one in handles:
            st.session_state.pop(f"{key}:move:{one.key}", None)
    st.session_state[f"{key}:base"] = base


def _with_held(
    values: dict[str, Value], estimate: RiskEstimate, handles: list[Handle], key: str
) -> dict[str, Value]:
    """The values with that of a slider that is held just now, and with what is bound to it."""
    numbers = {one.key: one for one in handles if one.is_number}
    held = dragged(numbers, prefix=f"{key}:move:", key=f"{key}:held")
    if held is None:
        return values
    name, number = held
    changes: dict[str, Value] = {name: min(max(number, numbers[name].low), numbers[name].high)}
    found = levers.moved(estimate.inputs, {**estimate.values, **values}, changes)
    return {one: found.get(one, value) for one, value in values.items()}


def _same(one: Value, other: Value | None) -> bool:
    """Whether a slider stands where it began; one that moved along and back may be off in the last digits."""
    if isinstance(one, float) and isinstance(other, int | float) and not isinstance(other, bool):
        return isclose(one, other, rel_tol=1e-9)
    return one == other


def _slider(one: Handle, estimate: RiskEstimate, handles: list[Handle], key: str) -> Value:
    name = f"{key}:move:{one.key}"
    if not one.is_number:
        words = {choice: _word(choice) for choice in one.choices}
        st.session_state.setdefault(name, one.value)
        chosen = st.segmented_control(
            one.label,
            list(words),
            format_func=words.__getitem__,
            key=name,
            required=True,
            on_change=_moved,
            args=(one, estimate, handles, key),
        )
        return one.choices[0] if chosen is None else chosen
    unit = "" if one.unit in ("", "1") else f" ({one.unit})"
    st.session_state.setdefault(name, _held(one))
    return float(
        st.slider(
            f"{one.label}{unit}",
            one.low,
            one.high,
            step=one.step,
            key=name,
            format=_format(one.step),
            on_change=_moved,
            args=(one, estimate, handles, key),
        )
    )


def _moved(one: Handle, estimate: RiskEstimate, handles: list[Handle], key: str) -> None:
    """One slider was moved: those of the inputs that are bound to it go along."""
    require_user()
    last = {**estimate.values, **st.session_state.get(f"{key}:last", {})}
    changes = {one.key: st.session_state[f"{key}:move:{one.key}"]}
    found = levers.moved(estimate.inputs, last, changes)
    for other in handles:
        value = found.get(other.key)
        if other.key != one.key and value is not None and value != last.get(other.key):
            held = min(max(float(value), other.low), other.high) if other.is_number else value
            st.session_state[f"{key}:move:{other.key}"] = held


def _held(one: Handle) -> float:
    return min(max(float(one.value or 0.0), one.low), one.high)


def _format(step: float) -> str:
    return "%.0f" if step >= 1 else "%.1f" if step >= 0.1 else "%.2f"


def _word(choice: Value) -> str:
    return "yes" if choice is True else "no" if choice is False else str(choice).replace("_", " ")


def _back(handles: list[Handle], key: str) -> None:
    require_user()
    for one in handles:
        st.session_state.pop(f"{key}:move:{one.key}", None)


def _answer(estimate: RiskEstimate, changes: Mapping[str, Value], key: str) -> None:
    """The two answers beside each other, and what moved along."""
    now = what_if.answer(estimate, changes)
    if now.refused:
        panels.caution_box([now.refused], heading="No answer for these values")
        return
    alt = charts.before_after_alt(estimate, now)
    st.plotly_chart(charts.before_after(estimate, now), key=f"{key}:beside", config=STILL, alt=alt)
    category = _category(estimate, now)
    bound = [f"{label} {before} \u2192 {after}" for label, before, after in what_if.along(estimate, changes)]
    moved = f" Moved along: {'; '.join(bound)}." if bound else ""
    st.caption(f"{alt}{category}{moved}")


def _category(estimate: RiskEstimate, now: Answered) -> str:
    """The category where it is another one than before."""
    if now.flagged is not None:
        where = "at or above" if now.flagged else "below"
        return f" Now {where} the operating point." if now.flagged is not estimate.flagged else ""
    return f" Category: {now.category}." if now.category and now.category != estimate.category else ""


def _curve(estimate: RiskEstimate, handles: list[Handle], changes: Mapping[str, Value], key: str) -> None:
    """The answer along one of the numbers."""
    numbers = {one.key: one for one in handles if one.is_number}
    if not numbers:
        return
    along = st.selectbox(
        "Curve along",
        list(numbers),
        format_func=lambda name: numbers[name].label,
        key=f"{key}:along",
    )
    one = numbers[along]
    start = remembered(f"{key}:start:{along}", estimate, lambda known: what_if.curve(known, along, {}))
    rest = {name: value for name, value in changes.items() if name != along}
    curve = what_if.curve(estimate, along, rest) if rest else start
    figure = charts.curve_chart(
        estimate,
        curve,
        start=start,
        at=float(changes[along]) if along in changes else _held(one) if rest else None,
        was=_held(one),
        uirevision=f"{key}:{along}",
    )
    st.plotly_chart(figure, key=f"{key}:curve", config=STILL, alt=charts.curve_alt(estimate, curve))
    with st.expander("Curve as a table"):
        heads, rows = charts.curve_table(estimate, curve, start)
        markup.draw(markup.table(heads, rows, caption=f"Along {one.label}", numbers=(0, 1, 2)))


def _smallest(estimate: RiskEstimate, key: str) -> None:
    """The smallest realistic change that leaves the high-risk group."""
    if estimate.threshold is None or estimate.value is None:
        return
    if estimate.value < estimate.threshold:
        st.caption(
            f"The answer lies below {charts.value_words(estimate.threshold, estimate)}, where the high-risk "
            "group begins."
        )
        return
    with st.spinner("Looking for the smallest realistic change", show_time=True):
        change = remembered(f"{key}:smallest", estimate, what_if.smallest_change)
    if change is None:
        return
    said = markup.paragraph(charts.change_sentence(change, estimate))
    limits = markup.paragraph(charts.tried_words(change), muted=True) if change.tried else ""
    heading = "The smallest realistic change that leaves the high-risk group"
    markup.draw(markup.box("note", heading, said + limits))
