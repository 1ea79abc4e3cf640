"""The data quality page: sources, what is missing, values, outliers, dates, drift, repairs, duplicates."""

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from medai_core.charts import quality as charts
from medai_core.charts.template import STILL
from medai_core.domain.record import Json
from medai_core.services import quality
from medai_core.store.quality import QUALITY, Run
from medai_core.ui import markup, panels
from medai_core.ui.quality import counting, dates, duplicates, repairs, unsettled, values
from medai_core.ui.session import UserSession

TABS: Final = (
    "Sources",
    "Missing",
    "Values",
    "Outliers",
    "Dates",
    "Drift",
    "Unsettled",
    "Repairs",
    "Duplicates",
)


def draw(user: UserSession) -> None:
    """The button that counts, then what was counted."""
    counting.bar(
        user, QUALITY, "Count again" if quality.newest(user.store, user.caller) else "Count", first=True
    )
    found = quality.newest(user.store, user.caller)
    if found is not None and (since := quality.stale(user.store, found)):
        st.caption(f"{since:,} entries have come or gone since: count again to see them.")
    tabs = dict(zip(TABS, st.tabs(TABS, key="quality:tab"), strict=True))
    with tabs["Duplicates"], panels.refusals_shown():
        duplicates.draw(user)
    with tabs["Unsettled"], panels.refusals_shown():
        unsettled.draw(user)
    with tabs["Repairs"], panels.refusals_shown():
        repairs.draw(user)
    for name in TABS[:6]:
        with tabs[name]:
            if found is None:
                _empty()
            elif name == "Dates":
                dates.draw(user, found)
            else:
                _SECTIONS[name](found)


def _empty() -> None:
    panels.empty_state(
        "Nothing was counted yet",
        [
            "Count goes through all stored entries and values once. Sliders then ask the stored counts, "
            "so that moving one takes no time.",
        ],
    )


def _sources(found: Run) -> None:
    rows = found.counts["sources"]
    if not rows:
        panels.note_box("No source yet", "Import files of a record first.")
        return
    scored = [(row["name"], row["score"]) for row in rows if row["score"] is not None]
    if scored:
        st.plotly_chart(
            charts.source_bars(scored),
            config=STILL,
            key="quality:sources",
            alt="; ".join(f"{name}: {score:.1f} of 100" for name, score in scored) + ".",
        )
    parts = [name for name, _ in quality.SCORE]
    heads = ["Source", "Score", *(name.capitalize() for name in parts), "Entries", "Numbers"]
    lines = [
        [
            row["name"],
            "not given" if row["score"] is None else f"{row['score']:.1f}",
            *(_part(row, name) for name in parts),
            f"{row['entries']:,}",
            f"{row['values']:,}",
        ]
        for row in rows
    ]
    caption = "Each part as 1 minus what is wrong, with the counts behind it"
    markup.draw(markup.table(heads, lines, caption=caption, numbers=range(1, len(heads))))
    formula = "Score = 100 times the mean of the parts for which there is something to count."
    rules = [f"{name.capitalize()}: {words}." for name, words in quality.SCORE]
    markup.draw(markup.paragraph(formula) + markup.bullets(rules))


def _part(row: Json, name: str) -> str:
    bad, of = row["parts"][name]
    return f"{row['shares'][name]:.3f} ({bad:,} of {of:,})" if of else "nothing to count"


def _missing(found: Run) -> None:
    rows, fields = found.counts["missing"], found.counts["fields"]
    if not rows:
        panels.note_box("No patient yet", "Import files of a record first.")
        return
    st.caption(
        "The share that is missing. Sources by all they say (people by their newest description), then "
        "groups of patients. A date is expected of what happens at a time, a reference range of laboratory "
        "values."
    )
    st.plotly_chart(
        charts.missing_matrix(rows, fields),
        config=STILL,
        key="quality:missing",
        alt=charts.missing_alt(rows, fields),
    )
    lines = [[row["name"], *(_cell(row["cells"].get(field)) for field in fields)] for row in rows]
    with st.expander("As a table"):
        heads = ["Source or group", *(field.capitalize() for field in fields)]
        caption = "Missing, of how many"
        markup.draw(markup.table(heads, lines, caption=caption, numbers=range(1, len(heads))))


def _cell(cell: Sequence[int] | None) -> str:
    return f"{cell[0]:,} of {cell[1]:,}" if cell and cell[1] else ""


def _drift(found: Run) -> None:
    rows = [_drift_row(one, each) for one in found.counts["analytes"] for each in one["drift"]]
    if not rows:
        panels.note_box(
            "Nothing to compare", "This needs two sources with at least 50 values each of the same analyte."
        )
        return
    order = {"different": 0, "somewhat different": 1, "alike": 2}
    rows.sort(key=lambda row: (order[row[2]], -float(row[3])))
    heads = ["Analyte", "Source", "State", "PSI", "Chance", "KS", "p", "Median", "Others' median", "Values"]
    caption = (
        "Each source against all others: PSI over the others' deciles (0.1 and 0.25 are customary bands), "
        "what chance alone exceeds once in 1,000 times, and the Kolmogorov-Smirnov distance"
    )
    markup.draw(markup.table(heads, rows, caption=caption, numbers=range(3, 10)))
    st.caption(
        "A difference says that sources measure other people, in another way, or in another unit; it does "
        "not say which of them is right."
    )


def _drift_row(one: Json, each: Json) -> list[str]:
    numbers = [f"{each[name]:.2f}" for name in ("psi", "chance", "distance")]
    p = "<0.001" if each["p"] < 0.001 else f"{each['p']:.3f}"
    medians = [f"{each[name]:.4g}" for name in ("median", "others_median")]
    name = f"{one['name']} ({one['unit'] or 'no unit'})"
    return [name, each["source"], each["state"], *numbers, p, *medians, f"{each['values']:,}"]


_SECTIONS: Final[dict[str, Any]] = {
    "Sources": _sources,
    "Missing": _missing,
    "Values": values.draw_values,
    "Outliers": values.draw_outliers,
    "Drift": _drift,
}
