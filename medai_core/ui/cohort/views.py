"""Table 1, how a quantity is spread, and two quantities together."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from medai_core.charts import cohort as charts
from medai_core.charts.template import CONFIG, STILL
from medai_core.domain.cohort import Criterion
from medai_core.domain.cohort_views import GroupTable, Histogram, Summary
from medai_core.services import cohort_csv, cohort_groups
from medai_core.services.cohort import Selection
from medai_core.services.cohort_groups import BY_AGE, BY_SEX, NONE, Quantity
from medai_core.ui import markup, panels
from medai_core.ui.cohort import address, choosing, export
from medai_core.ui.session import UserSession

GROUP: Final = "g"
"""The query parameter by which groups are made: "sex", "age", or an encoded criterion."""
_BY: Final = {NONE: "everybody together", BY_SEX: "sex", BY_AGE: "age", "code": "a problem, drug or visit"}
_MOST_QUANTITIES: Final = 8


def by(selection: Selection) -> str | Criterion:
    """How the people are parted, kept in the address."""
    held = st.query_params.get(GROUP, "")
    given = address.one_of(GROUP)
    first = "code" if given is not None else held if held in _BY else NONE
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = st.selectbox(
            "Groups", list(_BY), index=list(_BY).index(first), format_func=_BY.__getitem__,
            key="cohort:group", width=220,
        )  # fmt: skip
    if chosen != "code":
        _keep(chosen or "")
        return chosen or NONE
    with st.expander("The problem, drug or visit", expanded=given is None):
        one = choosing.coded(selection.basis, "cohort:group")
    made = one or given
    _keep(address.encoded(made) if made else "")
    return made or NONE


def _keep(value: str) -> None:
    if value and st.query_params.get(GROUP) != value:
        st.query_params[GROUP] = value
    elif not value and GROUP in st.query_params:
        del st.query_params[GROUP]


def table_one(user: UserSession, selection: Selection) -> None:
    """Who they are."""
    parted = by(selection)
    known = choosing.quantities(selection.basis)
    chosen = st.multiselect(
        "Measured values", known, format_func=choosing.quantity_label, key="cohort:table",
        max_selections=_MOST_QUANTITIES, placeholder="none",
    )  # fmt: skip
    table = cohort_groups.table_one(selection, cohort_groups.grouped(selection, parted), chosen)
    caption = (
        "Quantities: median (quartiles), how many have one. Others: people, and their share of the group"
    )
    heads = ["", *table.groups]
    rows = [["People", *(cell.words for cell in table.sizes)], *table_rows(table)]
    markup.draw(markup.table(heads, rows, caption=caption, numbers=range(1, len(heads))))
    export.button(user, selection, "table_1", cohort_csv.table(table))


def table_rows(table: GroupTable) -> list[list[str]]:
    """The lines of a table as they are shown."""
    rows = []
    for line in table.lines:
        name = f"{line.variable}: {line.level}" if line.level else line.variable
        name = f"{name} ({line.unit})" if line.unit else name
        if line.summaries:
            rows.append([name, *(summary_words(one) for one in line.summaries)])
        else:
            pairs = zip(line.counts, table.sizes, strict=True)
            rows.append([name, *(cohort_csv.share_words(cell, size) for cell, size in pairs)])
    return rows


def summary_words(one: Summary) -> str:
    """``"6.1 (5.6 to 6.9), 120"``."""
    if one.median is None:
        return one.count.words
    return f"{one.median:.3g} ({one.low:.3g} to {one.high:.3g}), {one.count.words}"


def spread(user: UserSession, selection: Selection) -> None:
    """How one quantity, or age, is spread."""
    parted = by(selection)
    known = choosing.quantities(selection.basis)
    chosen = st.selectbox(
        "Quantity", [None, *known], key="cohort:spread",
        format_func=lambda one: "Age" if one is None else choosing.quantity_label(one),
    )  # fmt: skip
    values = selection.basis.people.ages_now()
    if chosen is not None:
        values, _ = selection.basis.newest(chosen.code, chosen.unit)
    name, unit = (chosen.name, chosen.unit) if chosen else ("Age", "years")
    found = cohort_groups.histogram(name, unit, values, cohort_groups.grouped(selection, parted))
    draw_histogram(found, "cohort:histogram")
    export.button(user, selection, "spread", cohort_csv.histogram(found))


def draw_histogram(found: Histogram, key: str) -> None:
    """The chart with its numbers beneath."""
    if any(cell.value for counts in found.counts for cell in counts):
        st.plotly_chart(charts.histogram(found), config=CONFIG, key=key, alt=charts.histogram_alt(found))
    else:
        panels.note_box("Too few to draw", "No bin holds as many people as may be shown.")
    heads = ["Group", "Median (quartiles), with a value", "Without a value"]
    rows = [
        [group, summary_words(summary), missing.words]
        for group, summary, missing in zip(found.groups, found.summaries, found.missing, strict=True)
    ]
    if found.refused:
        heads.append("Not for them")
        rows = [[*row, cell.words] for row, cell in zip(rows, found.refused, strict=True)]
    markup.draw(
        markup.table(heads, rows, caption="Missing is counted, never taken as zero", numbers=[1, 2, 3])
    )
    with st.expander("As a table"):
        bins = [
            [charts.bin_words(found, number), *(counts[number].words for counts in found.counts)]
            for number in range(len(found.edges) - 1)
        ]
        caption = f"{found.name}, {found.unit}" if found.unit else found.name
        markup.draw(
            markup.table(
                ["From, to", *found.groups], bins, caption=caption, numbers=range(1, 1 + len(found.groups))
            )
        )


def two_values(user: UserSession, selection: Selection) -> None:
    """Two quantities of the same people."""
    known = choosing.quantities(selection.basis)
    if len(known) < 2:
        panels.note_box("Nothing to compare", "This needs two quantities that at least five people have.")
        return
    with st.container(horizontal=True, gap="small"):
        x = _one(known, "x", 0)
        y = _one(known, "y", 1)
    since, until = choosing.window("cohort:scatter")
    found = cohort_groups.grid(selection, x, y, since, until)
    st.plotly_chart(charts.grid(found), config=STILL, key="cohort:grid", alt=charts.grid_alt(found))
    st.caption(
        "Each circle is a cell of the two values' grid; its area is the number of people. Cells of fewer "
        "than five, and some beside them, are not drawn; nobody stands here by themselves."
    )
    rank = (
        "kept back" if found.rho is None else f"{found.rho[0]:.2f} ({found.rho[1]:.2f} to {found.rho[2]:.2f})"
    )
    pairs = [("Both known", found.both.words), ("One or both not known", found.missing.words)]
    markup.draw(markup.facts([*pairs, ("Spearman's rank correlation, 95 % interval", rank)]))
    export.button(user, selection, "two_values", cohort_csv.grid(found))


def _one(known: Sequence[Quantity], name: str, first: int) -> Quantity:
    chosen = st.selectbox(
        "Across" if name == "x" else "Up", list(known), index=first, key=f"cohort:scatter:{name}",
        format_func=choosing.quantity_label,
    )  # fmt: skip
    return chosen or known[first]
