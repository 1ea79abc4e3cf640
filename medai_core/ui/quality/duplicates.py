"""Duplicates of patients: compare all records, set from which score on people are asked, see the weights."""

import math

import streamlit as st

from medai_core.charts import quality as charts
from medai_core.charts import words
from medai_core.charts.template import STILL
from medai_core.domain.people import Role
from medai_core.domain.record import Json
from medai_core.services import matching
from medai_core.store.quality import MATCHING
from medai_core.ui import markup, panels
from medai_core.ui.quality import counting
from medai_core.ui.quality.pairs import LEAST
from medai_core.ui.session import UserSession, require_user


def draw(user: UserSession) -> None:
    """The button that compares, then what the last comparison found."""
    found = matching.newest(user.store, user.caller)
    counting.bar(user, MATCHING, "Compare again" if found else "Compare all patients")
    if found is None:
        panels.empty_state(
            "No comparison yet",
            [
                "Every pair of records that shares a birth date, a name, an identifier, a telephone or an "
                "address is weighed field by field; likely pairs go to the review list.",
            ],
        )
        return
    counts = found.counts
    line = (
        f"{counts['records']:,} records, {counts['compared']:,} pairs compared, {counts['listed']:,} of them "
        f"and all that messages name stand on the review list."
    )
    st.caption(line)
    _threshold(counts)
    _weights(counts)


@st.fragment
def _threshold(counts: Json) -> None:
    require_user(Role.CLINICIAN)
    least = st.slider(
        "Ask about pairs from this score on (bits)",
        min_value=-10.0,
        max_value=40.0,
        value=float(st.session_state.get(LEAST, 0.0)),
        step=0.5,
        key="quality:bits",
        help="Moving it counts again from the stored counts; nothing is compared anew.",
    )
    st.session_state[LEAST] = least
    at = matching.at_threshold(counts, least)
    chance = words.probability(matching.probability(least))
    markup.draw(
        markup.facts(
            [
                ("At the threshold", f"{chance} that a pair is one person"),
                (
                    "Pairs to ask about",
                    f"{at.pairs:,}, of which {at.right:.1f} are expected to be one person",
                ),
                ("Under the threshold", f"{at.missed:.1f} pairs of one person are expected there"),
            ]
        )
    )
    st.plotly_chart(
        charts.pair_histogram(counts["histogram"], least),
        config=STILL,
        key="quality:pairs",
        alt=charts.pair_histogram_alt(counts["histogram"], least),
    )
    st.caption(
        "Source of the threshold: 0 bits is where one person and two persons are equally likely. The "
        "expected numbers are the model's own; identifiers that agree exactly are asked about at any score."
    )


def _weights(counts: Json) -> None:
    with st.expander("Weights of the fields"):
        if counts["enough"]:
            said = f"m was estimated here, from {counts['expected']:.0f} expected pairs of one person."
        else:
            said = (
                f"Only {counts['expected']:.0f} pairs of one person are expected here: m is still close to "
                "the values that the estimation starts from."
            )
        st.caption(
            f"{said} m: how often a level is seen when two records are one person; u: when they are "
            "strangers; h: when they are two persons of one household. A field weighs log2(m / u) bits, or "
            "log2(m / h) where a household explains the pair better (Fellegi and Sunter 1969; Winkler 1988, "
            "1993). Equal names weigh more the rarer they are."
        )
        rows = [
            [table["field"], level, f"{m:.4f}", f"{u:.6f}", f"{h:.4f}", f"{math.log2(m / u):+.1f}",
             f"{math.log2(m / h):+.1f}"]
            for table in counts["tables"]
            for level, m, u, h in zip(table["levels"], table["m"], table["u"], table["h"], strict=True)
        ]  # fmt: skip
        heads = ["Field", "Level", "m", "u", "h", "Bits against strangers", "Bits against a household"]
        markup.draw(markup.table(heads, rows, caption="Every level of every field", numbers=range(2, 7)))
        if counts["passed_over"]:
            passed = "; ".join(f"{rule}: {n}" for rule, n in counts["passed_over"].items())
            st.caption(f"Keys that more than 400 records share, and that were passed over: {passed}.")
