"""Survival over years on the Risk page: a person's curve with its band, and the prognosis at every visit."""

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from medai_core.charts.survival import landmark_chart, person_alt, person_chart, person_rows
from medai_core.charts.survival import sentence as survival_sentence
from medai_core.charts.survival_words import (
    at_risk_csv,
    at_risk_rows,
    landmark_alt,
    landmark_rows,
    median_sentence,
)
from medai_core.charts.template import CONFIG
from medai_core.domain.inputs import NUMBER, YES_NO, Input, Value
from medai_core.domain.refusal import Refusal
from medai_core.domain.risk import Kind, RiskEstimate
from medai_core.domain.survival import Landmark, SurvivalCurve
from medai_core.services import prognosis
from medai_core.services.asking import label
from medai_core.ui import markup, panels, state
from medai_core.ui.risk.remembered import remembered
from medai_core.ui.session import UserSession, require_user

NOTHING: Final = "This answer is not one over years."
_RECORD: Final = "from the record"
_HAND: Final = "by hand"
_ROWS: Final = 4


def draw(estimate: RiskEstimate, *, key: str) -> None:
    """Curve and band, the median, the chances at the card's years, numbers at risk; then the visits."""
    user = require_user()
    if estimate.kind is not Kind.SURVIVAL:
        st.caption(NOTHING)
        return
    with panels.refusals_shown():
        with st.spinner("Asking for the curve", show_time=True):
            curve = remembered(f"{key}:curve", estimate, prognosis.curve_of)
        if curve.refused is not None:
            panels.caution_box([curve.refused], heading="No curve for this person")
            return
        _show(estimate, curve, key)
        if prognosis.reads_visits(estimate.name):
            st.subheader("Visit by visit", anchor=False)
            visits(estimate, user, key)


def _show(estimate: RiskEstimate, curve: SurvivalCurve, key: str) -> None:
    year = prognosis.main_year(estimate.name)
    said = f"{survival_sentence(curve, year)} {median_sentence(curve, *prognosis.reached(curve))}"
    markup.draw(markup.paragraph(said))
    st.plotly_chart(
        person_chart(curve, key=f"{key}:zoom"), key=f"{key}:chart", config=CONFIG, alt=person_alt(curve)
    )
    st.caption(
        "Line and band: this person, 95\u202f%. Dotted steps: everybody in the study (Kaplan\u2013Meier)."
    )
    panels.caution_box(curve.cautions)
    markup.draw(_table(person_rows(curve), caption="At the years of the card"))
    if curve.population:
        with st.expander("Numbers at risk in the study"):
            markup.draw(_table(at_risk_rows(curve), caption="Everybody in the study, by years"))
            st.download_button(
                "All times as CSV",
                at_risk_csv(curve),
                file_name=f"{curve.model}-at-risk.csv",
                mime="text/csv",
                key=f"{key}:at-risk",
                on_click="ignore",
            )


def _table(rows: Sequence[dict[str, str]], *, caption: str) -> str:
    if not rows:
        return ""
    heads = tuple(rows[0])
    return markup.table(
        heads, [tuple(row.values()) for row in rows], caption=caption, numbers=range(len(heads))
    )


# ---- visits


@st.fragment
def visits(estimate: RiskEstimate, user: UserSession, key: str) -> None:
    """The prognosis at every visit: of the record where it holds such values, or of visits typed in."""
    user = require_user()
    with panels.refusals_shown():
        found = _of_record(estimate, user)
        ways = [_RECORD, _HAND] if len(found) > 1 else [_HAND]
        way = st.segmented_control(
            "Visits",
            ways,
            default=ways[0],
            key=f"{key}:way",
            required=True,
            help="Days count from the first.",
        )
        given = list(found) if way == _RECORD else _typed(estimate, key)
        if len(given) < 2:
            st.caption(
                "Give at least two visits: the day (counted from the first) and what was measured then. Each "
                "row is answered from what was known by that day."
            )
            return
        _landmarks(prognosis.landmarks(estimate.name, given), estimate, key)


def _of_record(estimate: RiskEstimate, user: UserSession) -> tuple[prognosis.Visit, ...]:
    """Of the patient whose page this is; none for a person who is not in the store."""
    patient_id = str(st.session_state.get(state.PATIENT) or "")
    try:
        return prognosis.visits_of(user.store, user.caller, patient_id, estimate) if patient_id else ()
    except Refusal:  # entered by hand, or not open to this person: the page has said so
        return ()


def _typed(estimate: RiskEstimate, key: str) -> list[dict[str, Value]]:
    """Rows of a table that a person fills in; the first is what the page knows."""
    inputs = prognosis.visit_inputs(estimate.name)
    first: dict[str, Value | None] = {prognosis.DAY: 0.0}
    first |= {one.key: estimate.values.get(one.key) for one in inputs}
    empty: dict[str, Value | None] = dict.fromkeys(first)
    rows = st.data_editor(
        [first, *([dict(empty)] * (_ROWS - 1))],
        num_rows="dynamic",
        column_config={prognosis.DAY: st.column_config.NumberColumn("Day", min_value=0), **_columns(inputs)},
        key=f"{key}:visits:{abs(hash(tuple(sorted((k, str(v)) for k, v in first.items()))))}",
    )
    known = [
        {name: value for name, value in row.items() if value not in (None, "") and value == value}
        for row in rows
    ]
    return [row for row in known if prognosis.DAY in row]


def _columns(inputs: Sequence[Input]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in inputs:
        name = f"{label(one)} ({one.unit})" if one.unit not in ("", "1") else label(one)
        if one.kind == NUMBER:
            found[one.key] = st.column_config.NumberColumn(name, min_value=one.low, max_value=one.high)
        elif one.kind == YES_NO:
            found[one.key] = st.column_config.CheckboxColumn(name)
        else:
            found[one.key] = st.column_config.SelectboxColumn(name, options=list(one.choices))
    return found


def _landmarks(found: Sequence[Landmark], estimate: RiskEstimate, key: str) -> None:
    year = prognosis.main_year(estimate.name)
    st.plotly_chart(
        landmark_chart(found, year=year, key=f"{key}:visits"),
        key=f"{key}:landmarks",
        config=CONFIG,
        alt=landmark_alt(found, year),
    )
    with st.expander("Visits as a table"):
        markup.draw(_table(landmark_rows(found, year), caption=f"{year:g} years after each visit"))
    days = [one.day for one in found]
    chosen = st.select_slider(
        "Prognosis as it stood at the visit of day",
        days,
        value=days[-1],
        format_func="{:g}".format,
        key=f"{key}:visit",
    )
    one = next(landmark for landmark in found if landmark.day == chosen)
    alt = person_alt(one.curve)
    st.plotly_chart(person_chart(one.curve, key=f"{key}:at"), key=f"{key}:at:chart", config=CONFIG, alt=alt)
    panels.caution_box(one.curve.cautions)
