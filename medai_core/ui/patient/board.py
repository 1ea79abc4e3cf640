"""One patient's record on a page: filters, cards, small charts, the timeline, and the way into each entry."""

from datetime import datetime, timedelta
from typing import Final

import streamlit as st

from medai_core.charts.template import CONFIG
from medai_core.charts.timeline import DRAWN, NAMES, timeline, timeline_alt
from medai_core.domain.overview import Line, Overview
from medai_core.domain.record import Lane
from medai_core.services.patient_imaging import imaging_of
from medai_core.services.patient_record import overview
from medai_core.store.overview import CurveKey
from medai_core.ui import clock, markup, panels, places, state
from medai_core.ui.patient import cards, curves, entry
from medai_core.ui.session import UserSession, require_user

LANES: Final = "lane"
SPAN: Final = "span"
HIDDEN: Final = "hidden"
SPANS: Final = {"1 year": 365, "5 years": 1826, "everything": 0}
_BY_NAME: Final[dict[str, Lane]] = {NAMES[lane]: lane for lane in DRAWN}
_TABLE_ROWS: Final = 100


@st.fragment
def board(patient_id: str) -> None:
    """Everything below the banner; filters and charts run this part alone."""
    user = require_user()
    with panels.refusals_shown():
        hidden = bool(st.session_state.get(HIDDEN, False))
        record = overview(user.store, user.caller, patient_id, hidden=hidden, more=_chosen_curves(patient_id))
        studies, total = imaging_of(user.store, user.caller, patient_id)
        if not record.total and not total:
            panels.empty_state(
                "Nothing is recorded yet",
                ["Bring in FHIR, HL7 v2 or tables on the Patients page; what they say stands here."],
                _to_patients,
            )
            return
        opened = _lists(user, record, patient_id, cards.of_studies(studies, total))
        st.subheader("Laboratory and vital signs", anchor=False)
        curves.grid(record, zone=clock.zone(), hidden=hidden, key=_key(patient_id, "curves"))
        _more_curves(record, patient_id)
        st.subheader("Timeline", anchor=False)
        lanes = _filters(record)
        _timeline(record, lanes, patient_id)
        for sentence in record.thinned:
            st.caption(sentence)
        _open(opened, patient_id)


def open_once(entry_id: str) -> None:
    """The board will open this entry when it is drawn, and then no more."""
    if entry_id:
        st.session_state[entry.WANTED] = entry_id


def _key(patient_id: str, name: str) -> str:
    return state.patient_key(patient_id, "patient", name)


def _to_patients() -> None:
    if st.button("Open the list of patients", type="primary", key="patient:patients"):
        require_user()
        places.open_patients()


def _lists(user: UserSession, record: Overview, patient_id: str, images: cards.Card) -> str | None:
    """The cards of what is there; the first four kinds stand also where they are empty."""
    st.toggle(
        "Also what is withdrawn, not final or replaced",
        key=HIDDEN,
        bind="query-params",
        help="Struck through, with the reason. It never counts as current.",
    )
    zone = clock.zone()
    always = (Lane.PROBLEM, Lane.MEDICATION, Lane.ALLERGY, Lane.ENCOUNTER)
    drawn = [
        cards.of_lane(record, lane, zone)
        for lane in cards.LANES
        if lane in always or (record.lines.get(lane) and lane is not Lane.OBSERVATION)
    ]
    drawn.insert(3, images)
    return cards.draw(drawn, key=_key(patient_id, "cards"))


def _filters(record: Overview) -> list[Lane]:
    """Which lanes and which time the timeline shows; kept in the page's address."""
    present: list[Lane] = [lane for lane in DRAWN if record.counts.get(lane)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.pills(
            "Lanes",
            [NAMES[lane] for lane in present],
            selection_mode="multi",
            key=LANES,
            bind="query-params",
            help="None chosen: all are shown.",
        )
        st.segmented_control("Time", list(SPANS), default="everything", key=SPAN, bind="query-params")
    wanted = [_BY_NAME[name] for name in chosen if name in _BY_NAME]
    return wanted or present


def _timeline(record: Overview, lanes: list[Lane], patient_id: str) -> None:
    lines = {lane: record.lines.get(lane, ()) for lane in lanes}
    bins = [one for one in record.bins if one.lane in lanes]
    now = clock.now()
    figure = timeline(lines, bins, now=now, uirevision=f"{patient_id}:{_days()}")
    if figure is None:
        panels.empty_state("Nothing of these lanes has a date", ["Undated entries stand in the lists above."])
        return
    if _days():
        figure.update_xaxes(range=_range(now, _days()))
    name = _key(patient_id, "timeline")
    st.plotly_chart(
        figure,
        key=name,
        config=CONFIG,
        alt=timeline_alt(lines, {lane: record.counts.get(lane, 0) for lane in lanes}),
        on_select=_point_chosen,
        selection_mode="points",
    )
    st.caption("Drag to zoom, double click for all. A click on a mark opens its source.")
    with st.expander("Timeline as a table"):
        markup.draw(_table([line for found in lines.values() for line in found]))


def _point_chosen() -> None:
    """A mark of the timeline was clicked: its entry is to be opened once."""
    require_user()
    for key, value in st.session_state.items():
        if isinstance(key, str) and key.endswith(":patient:timeline") and value:
            points = value["selection"]["points"]
            chosen = [str(point.get("customdata") or "") for point in points]
            st.session_state[entry.WANTED] = next((one for one in chosen if one), "")


def _days() -> int:
    return SPANS.get(str(st.session_state.get(SPAN)), 0)


def _range(now: datetime, days: int) -> list[datetime]:
    end = now.replace(tzinfo=None)
    return [end - timedelta(days=days), end + timedelta(days=max(2, days // 60))]


def _table(lines: list[Line]) -> str:
    """The newest entries of the chosen lanes in words."""
    zone = clock.zone()
    dated = sorted(
        ((line.starts.at, line) for line in lines if line.starts is not None),
        key=lambda one: one[0],
        reverse=True,
    )
    rows = [
        (
            cards.row(line, zone)["when"],
            NAMES[line.lane],
            line.title or line.resource_type,
            line.detail,
            line.why_not_current or "current",
            line.source,
        )
        for _, line in dated[:_TABLE_ROWS]
    ]
    heads = ("When", "Lane", "What", "Details", "Standing", "Source")
    said = (
        f"The newest {len(rows)} of {len(dated)} entries"
        if len(dated) > len(rows)
        else "Entries, newest first"
    )
    return markup.table(heads, rows, caption=said, unbroken=(0,))


def _more_curves(record: Overview, patient_id: str) -> None:
    """Choose further quantities to draw."""
    name = _key(patient_id, "more")
    chosen = st.session_state.get(name) or []
    names = {one.key: f"{one.name}, {one.key[2] or 'no unit'} ({one.total})" for one in record.others}
    drawn = {(curve.code.system, curve.code.code, curve.unit): curve.name for curve in record.curves}
    options: list[CurveKey] = [*[key for key in chosen if key not in names], *names]
    if options:
        st.multiselect(
            "Draw more",
            options,
            key=name,
            format_func=lambda key: names.get(key) or drawn.get(key) or key[1],
            placeholder=f"{len(names)} more measured quantities",
        )


def _chosen_curves(patient_id: str) -> list[CurveKey]:
    return list(st.session_state.get(_key(patient_id, "more")) or [])


def _open(opened: str | None, patient_id: str) -> None:
    """Open what was clicked: a study leaves for its reading, an entry opens over the page."""
    wanted = opened or st.session_state.pop(entry.WANTED, "")
    if not wanted:
        return
    if wanted.startswith("study:"):
        places.open_study(wanted.removeprefix("study:"))
    entry.show(wanted)
