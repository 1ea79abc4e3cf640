"""Why: what one answer of the Risk page is made of."""

import streamlit as st

from medai_core.charts.contributions import (
    adding_up,
    contributions_alt,
    contributions_chart,
    contributions_table,
    missing_words,
)
from medai_core.charts.template import STILL
from medai_core.domain.explained import Explanation
from medai_core.domain.risk import RiskEstimate
from medai_core.services.why import explain
from medai_core.ui import markup, panels
from medai_core.ui.risk.remembered import remembered
from medai_core.ui.session import require_user

ASSOCIATION = (
    "A bar says what moves the model's answer, not what causes the outcome: inputs stand for others that go "
    "with them."
)


def draw(estimate: RiskEstimate, *, key: str) -> None:
    """A bar an input, in percentage points or points, that add up to the answer; and the same as a table."""
    require_user()
    with panels.refusals_shown():
        with st.spinner("Asking for the answer with the values of other people", show_time=True):
            one = remembered(f"{key}:explained", estimate, explain)
        _show(one, key)


def _show(one: Explanation, key: str) -> None:
    markup.draw(markup.paragraph(adding_up(one)))
    figure = contributions_chart(one, uirevision=key)
    if figure is not None:
        st.plotly_chart(figure, key=f"{key}:bars", config=STILL, alt=contributions_alt(one))
    st.caption(" ".join(part for part in (one.how, ASSOCIATION if one.trained else "") if part))
    if one.trained and missing_words(one):
        st.caption(missing_words(one))
    with st.expander("As a table"):
        heads, rows = contributions_table(one)
        markup.draw(markup.table(heads, rows, caption="What each input adds", numbers=(2, 3)))
