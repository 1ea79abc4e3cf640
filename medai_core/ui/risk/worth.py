"""Which missing value would tell most about one answer of the Risk page."""

from typing import Final

import streamlit as st

from medai_core.charts.template import STILL
from medai_core.charts.worth import worth_alt, worth_chart, worth_sentence, worth_table
from medai_core.domain.risk import RiskEstimate
from medai_core.services.worth import worth
from medai_core.ui import markup, panels
from medai_core.ui.risk.remembered import remembered
from medai_core.ui.session import require_user

NOTHING: Final = "Nothing that this answer reads is missing."


def draw(estimate: RiskEstimate, *, key: str) -> None:
    """The missing inputs, the one first that would shrink the interval most; a sentence, bars, a table."""
    require_user()
    with panels.refusals_shown():
        with st.spinner("Drawing what the missing values may be", show_time=True):
            found = remembered(f"{key}:worth", estimate, worth)
        if found is None:
            st.caption(NOTHING)
            return
        markup.draw(markup.paragraph(worth_sentence(found, estimate)))
        figure = worth_chart(found, estimate)
        st.plotly_chart(figure, key=f"{key}:bars", config=STILL, alt=worth_alt(found, estimate))
        st.caption(f"The interval holds {found.means}; {found.draws:,} combinations were looked at.")
        with st.expander("As a table"):
            heads, rows = worth_table(found, estimate)
            markup.draw(markup.table(heads, rows, caption="What knowing each would tell", numbers=(1, 2, 3)))
