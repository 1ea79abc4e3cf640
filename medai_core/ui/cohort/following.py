"""Survival of the group: from when, until what, by which groups; curves, numbers at risk, the test."""

from datetime import date
from typing import Final

import streamlit as st

from medai_core.charts import cohort as charts
from medai_core.charts.template import CONFIG
from medai_core.domain.cohort import Criterion
from medai_core.domain.cohort_views import SurvivalView
from medai_core.services import cohort_csv, cohort_survival
from medai_core.services.cohort import Selection
from medai_core.services.cohort_basis import Basis
from medai_core.services.cohort_survival import DEATH, FIRST_SEEN, Outcome, Start
from medai_core.ui import markup
from medai_core.ui.cohort import address, choosing, export, views
from medai_core.ui.session import UserSession

START, OUTCOME = "start", "outcome"
"""The query parameters of what time is counted from, and of what is waited for."""
_STARTS: Final = {
    FIRST_SEEN: "first entry of the record",
    "day": "a day",
    "code": "first problem, drug or visit",
}
_OUTCOMES: Final = {DEATH: "death from any cause", "code": "first problem, drug or visit"}


def draw(user: UserSession, selection: Selection) -> None:
    """The choices, then the curves."""
    begin, until = start(selection.basis), outcome(selection.basis)
    parted = views.by(selection)
    if begin is None or until is None:
        st.caption("Choose from when and until what people are followed.")
        return
    found = cohort_survival.survival(selection, begin, until, parted)
    show(found)
    export.button(user, selection, "survival", cohort_csv.survival(found))


def start(found: Basis) -> Start | None:
    """From when on time is counted, kept in the address."""
    held, given = st.query_params.get(START, FIRST_SEEN), address.one_of(START)
    day = _day(held)
    first = "code" if given else "day" if day else FIRST_SEEN
    chosen = st.selectbox(
        "From", list(_STARTS), index=list(_STARTS).index(first), format_func=_STARTS.__getitem__,
        key="cohort:start",
    )  # fmt: skip
    if chosen == "day":
        picked = st.date_input("Day", value=day, key="cohort:start:day", format="YYYY-MM-DD", width=160)
        day = picked if isinstance(picked, date) else None
        _keep(START, day.isoformat() if day else "")
        return day
    if chosen == "code":
        return _coded(found, START, given)
    _keep(START, "")
    return FIRST_SEEN


def outcome(found: Basis) -> Outcome | None:
    """What is waited for, kept in the address."""
    given = address.one_of(OUTCOME)
    first = "code" if given else DEATH
    chosen = st.selectbox(
        "Until", list(_OUTCOMES), index=list(_OUTCOMES).index(first), format_func=_OUTCOMES.__getitem__,
        key="cohort:outcome",
    )  # fmt: skip
    if chosen == "code":
        return _coded(found, OUTCOME, given)
    _keep(OUTCOME, "")
    return DEATH


def _coded(found: Basis, name: str, given: Criterion | None) -> Criterion | None:
    with st.expander("Which", expanded=given is None):
        one = choosing.coded(found, f"cohort:{name}")
    made = one or given
    _keep(name, address.encoded(made) if made else "")
    return made


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _keep(name: str, value: str) -> None:
    if value and st.query_params.get(name) != value:
        st.query_params[name] = value
    elif not value and name in st.query_params:
        del st.query_params[name]


def show(found: SurvivalView) -> None:
    """Curves, the table beneath them, the test, and who was not followed."""
    st.plotly_chart(
        charts.survival(found), config=CONFIG, key="cohort:survival", alt=charts.survival_alt(found)
    )
    heads = ["At risk after (years)", *(f"{one:g}" for one in found.times)]
    rows = [[one.name, *(cell.words for cell in one.at_risk)] for one in found.curves if one.at_risk]
    if rows:
        markup.draw(markup.table(heads, rows, caption="People still followed", numbers=range(1, len(heads))))
    lines = [
        [one.name, one.size.words, one.events.words, one.kept_back or _half(one.median)]
        for one in found.curves
    ]
    markup.draw(
        markup.table(
            ["Group", "People", "Events", "Half have had it after"], lines, caption="Groups", numbers=[1, 2]
        )
    )
    if found.statistic is not None and found.p is not None:
        st.markdown(
            f"Log-rank test: chi-squared {found.statistic:.2f}, degrees of freedom {found.degrees}, "
            f"p {charts.p_words(found.p)}."
        )
    markup.draw(markup.facts([(words[:1].upper() + words[1:], cell.words) for words, cell in found.left_out]))
    st.caption(
        f"Time to {found.outcome}, from {found.start}. Who has not had it is followed until their last entry "
        "or death. A curve steps where five more have had it, and ends where fewer than five are followed. A "
        "difference between groups is an association."
    )


def _half(median: float | None) -> str:
    return f"{median:.1f} years" if median is not None else "not reached"
