"""Values against limits and against each other; sliders count again from what is stored."""

from typing import Final

import streamlit as st

from medai_core.charts import quality as charts
from medai_core.charts.template import STILL
from medai_core.domain.people import Role
from medai_core.domain.record import Json
from medai_core.services import quality
from medai_core.store.quality import Run
from medai_core.ui import markup, panels
from medai_core.ui.session import require_user

_ROWS: Final = 60


@st.fragment
def draw_values(found: Run) -> None:
    """All analytes with limits, and the histogram of one with sliders for its limits."""
    require_user(Role.CLINICIAN)
    analytes = found.counts["analytes"]
    judged = [one for one in analytes if quality.limits_for(one) is not None]
    if not judged:
        panels.note_box(
            "No value with limits yet", "Limits are known for the common vital and laboratory values."
        )
    else:
        _limits_table(judged)
        _one(judged)
    others = [one for one in analytes if quality.limits_for(one) is None]
    if others:
        with st.expander(f"Analytes without limits ({len(others)})"):
            st.caption("No source of limits is known for these: they are judged as outliers alone.")
            rows = [_units_row(one) for one in others[:_ROWS]]
            markup.draw(
                markup.table(_HEADS[:6], rows, caption="The most frequent first", numbers=range(2, 6))
            )


_HEADS: Final = ("Analyte", "Unit", "Values", "No unit", "Unit not known", "Another quantity", "Outside",
                 "Limits", "Source of the limits")  # fmt: skip


def _units_row(one: Json) -> list[str]:
    counts = [one["values"], one["no_unit"], one["unit_not_known"], one["other_quantity"]]
    return [f"{one['name']} ({one['code']})", one["unit"] or "none", *(f"{count:,}" for count in counts)]


def _limits_table(judged: list[Json]) -> None:
    rows = []
    for one in sorted(judged, key=lambda each: -each["outside"]):
        limits = quality.limits_for(one)
        assert limits is not None
        adults = " (adults)" if limits.child else ""
        bounds = f"{limits.low:g} to {limits.high:g}{adults}"
        rows.append([*_units_row(one), f"{one['outside']:,}", bounds, limits.source])
    caption = "Values outside limits that the named source gives, the most frequent first"
    with st.container(height=360 if len(rows) > 7 else "content", border=False):
        markup.draw(markup.table(_HEADS, rows, caption=caption, numbers=range(2, 7)))


def _one(judged: list[Json]) -> None:
    by_key = {f"{one['system']}|{one['code']}": one for one in judged}
    first = max(by_key, key=lambda key: (by_key[key]["outside"], by_key[key]["values"]))
    keys = list(by_key)
    left, right = st.columns([2, 3], gap="large")
    with left:
        chosen = st.selectbox(
            "Analyte",
            keys,
            index=keys.index(first),
            format_func=lambda key: f"{by_key[key]['name']} ({by_key[key]['code']})",
            key="quality:analyte",
        )
        one = by_key[chosen]
        groups = list(one["histogram"])
        group = groups[0]
        if len(groups) > 1:
            group = st.radio("Patients", groups, key=f"quality:group:{chosen}", horizontal=True)
        low, high = _limits_slider(one, chosen, group)
    counts = one["histogram"][group]
    outside = quality.beyond(counts, one["edges"], low, high)
    total = sum(counts["counts"]) + counts["under"] + counts["over"]
    with left:
        markup.draw(
            markup.paragraph(f"{outside:,} of {total:,} values lie outside these limits.")
            + markup.paragraph(f"Source of the limits: {_source(one, group)}.", muted=True)
        )
        units = ", ".join(f"{unit}: {count:,}" for unit, count in one["units"].items())
        st.caption(f"Units as they came: {units}. Shown in {one['unit'] or 'no unit'}.")
    with right:
        st.plotly_chart(
            charts.value_histogram(one["edges"], counts["counts"], one["unit"], low, high),
            config=STILL,
            key=f"quality:values:{chosen}",
            alt=charts.value_alt(counts["counts"], one["unit"], low, high, outside),
        )


def _limits_slider(one: Json, chosen: str, group: str) -> tuple[float, float]:
    """Limits in steps of the stored bins; at first those of the source."""
    edges = [round(edge, 10) for edge in one["edges"]]
    usual = quality.limits_of_group(one, group)
    ends = [min(edges, key=lambda edge: abs(edge - limit)) for limit in usual]
    low, high = st.select_slider(
        f"Limits ({one['unit']})",
        edges,
        value=(ends[0], ends[1]),
        format_func=lambda edge: f"{edge:g}",
        key=f"quality:limits:{chosen}:{group}",
        help="Moving a limit counts again from the stored histogram; no value is read.",
    )
    return float(low), float(high)


def _source(one: Json, group: str) -> str:
    limits = quality.limits_for(one)
    assert limits is not None
    return limits.child[2] if limits.child and group != "adults" else limits.source


@st.fragment
def draw_outliers(found: Run) -> None:
    """How many values lie far from the others, at a threshold that a slider sets."""
    require_user(Role.CLINICIAN)
    threshold = st.slider(
        "Threshold: robust z",
        min_value=2.0,
        max_value=30.0,
        value=quality.OUTLIER,
        step=0.5,
        key="quality:z",
        help="Moving it counts again from the stored counts; no value is read.",
    )
    st.caption(
        "Robust z: the distance from the median in units of 1.4826 times the median absolute deviation. 3.5 "
        "is the threshold of Iglewicz and Hoaglin (How to Detect and Handle Outliers, ASQC, 1993). Against "
        f"people of the same age group (from {quality.FEWEST} values on), and against the same adult's other "
        f"values (from {quality.FEWEST_OWN} on). An outlier may be true."
    )
    rows = []
    for one in found.counts["analytes"]:
        people = sum(one["population_z"]), quality.beyond_z(one["population_z"], threshold)
        own = sum(one["own_z"]), quality.beyond_z(one["own_z"], threshold)
        if people[0] or own[0]:
            shown = [f"{far:,} of {of:,}" if of else "too few" for of, far in (people, own)]
            rows.append((people[1] + own[1], [f"{one['name']} ({one['code']})", one["unit"], *shown]))
    if not rows:
        panels.note_box("Too few values", "There are not yet enough values of any analyte to compare.")
        return
    rows.sort(key=lambda row: -row[0])
    heads = ["Analyte", "Unit", "Far from people of that age", "Far from the patient's own"]
    markup.draw(
        markup.table(
            heads, [row for _, row in rows[:_ROWS]], caption="The most outliers first", numbers=(2, 3)
        )
    )
