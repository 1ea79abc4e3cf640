"""The criteria of the page: the funnel, a way to take each away, and the form that adds one."""

from typing import Final

import streamlit as st

from medai_core.charts import cohort as charts
from medai_core.charts.template import STILL
from medai_core.domain.cohort import ANY, CURRENT, EVER, NEWEST, SEXES, Criterion, Kind
from medai_core.domain.monitor import SMALLEST_SHOWN
from medai_core.domain.people import Role
from medai_core.domain.record import Code
from medai_core.services.cohort import MOST_CRITERIA, Selection, checked
from medai_core.services.cohort_basis import Basis
from medai_core.ui import markup, panels
from medai_core.ui.cohort import address, choosing
from medai_core.ui.session import require_user

_MODES: Final = {EVER: "ever", CURRENT: "not said to be over"}
_WHICH: Final = {NEWEST: "newest value", ANY: "any value"}
_ADD: Final = "cohort:add"


def draw(selection: Selection) -> None:
    """The funnel and what changes it."""
    st.plotly_chart(
        charts.funnel(selection.steps), config=STILL, key="cohort:funnel",
        alt=charts.funnel_alt(selection.steps),
    )  # fmt: skip
    _list(selection)
    with st.expander("Add a criterion", icon=":material/add:", expanded=not selection.criteria):
        _form(selection.basis)
    st.caption(
        f"Counts under {SMALLEST_SHOWN} are kept back, and so is a count that lies nearer than that below "
        "the one before it. Restricted patients who are not open to you are not in any number."
    )


def _list(selection: Selection) -> None:
    rows = [
        [f"{place}.", step.words, step.count.words]
        for place, step in enumerate(selection.steps)
        if step.criterion
    ]
    for place, (number, words, count) in enumerate(rows):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            with st.container(width="stretch"):
                said = f"{markup.text(number)} {markup.text(words)} <strong>{markup.text(count)}</strong>"
                markup.draw(f"<div>{said}</div>")
            st.button(
                "Remove", icon=":material/close:", type="tertiary", key=f"cohort:remove:{place}",
                on_click=_remove, args=(place,), help=f"Take criterion {place + 1} away",
            )  # fmt: skip
    if len(rows) > 1:
        st.button("Remove all", type="tertiary", key="cohort:clear", on_click=_clear)


def _remove(place: int) -> None:
    require_user(Role.CLINICIAN)
    kept = list(address.criteria())
    if place < len(kept):
        del kept[place]
    address.set_criteria(tuple(kept))


def _clear() -> None:
    require_user(Role.CLINICIAN)
    address.set_criteria(())


def _form(found: Basis) -> None:
    """The fields of the chosen kind, and the button that adds the criterion."""
    kind = st.selectbox(
        "About", list(choosing.NAMES), format_func=choosing.NAMES.__getitem__, key="cohort:about"
    )
    one = _FIELDS[kind](found) if kind in _FIELDS else _coded(found, kind)
    without = st.checkbox("Those for whom it does not hold", key="cohort:without")
    full = len(address.criteria()) >= MOST_CRITERIA
    if st.button("Add", type="primary", key=_ADD, disabled=one is None or full) and one is not None:
        with panels.refusals_shown():
            wanted = checked(_without(one, without))
            address.set_criteria((*address.criteria(), wanted))
            st.rerun()
    if full:
        st.caption(f"{MOST_CRITERIA} criteria are the most that can be asked at once.")


def _without(one: Criterion, without: bool) -> Criterion:
    from dataclasses import replace

    return replace(one, without=without)


def _age(found: Basis) -> Criterion | None:
    low, high = st.slider("Years, today or at death", 0, 110, (18, 110), key="cohort:age")
    return Criterion(Kind.AGE, low=float(low) if low > 0 else None, high=float(high) if high < 110 else None)


def _sex(found: Basis) -> Criterion | None:
    chosen = st.pills(
        "Sex", list(SEXES), selection_mode="multi", format_func=SEXES.__getitem__, key="cohort:sex"
    )
    return Criterion(Kind.SEX, sexes=tuple(chosen)) if chosen else None


def _coded(found: Basis, kind: Kind) -> Criterion | None:
    code = choosing.code_of(found, kind, "cohort:add")
    lasting = kind in (Kind.PROBLEM, Kind.MEDICATION)
    mode = EVER
    if lasting:
        chosen = st.segmented_control(
            "When", list(_MODES), format_func=_MODES.__getitem__, default=EVER, key=f"cohort:mode:{kind}"
        )
        mode = chosen or EVER
    since, until = choosing.window(f"cohort:begun:{kind.value}")
    if code is None:
        return None
    return Criterion(
        kind, code.system, code.code, mode=mode if mode == CURRENT else "", since=since, until=until
    )


def _value(found: Basis) -> Criterion | None:
    known = choosing.quantities(found)
    chosen = st.selectbox(
        "Quantity", [*known, None], key="cohort:quantity",
        format_func=lambda one: "a code that I type" if one is None else choosing.quantity_label(one),
    )  # fmt: skip
    code: Code | None = chosen.code if chosen else choosing.typed(Kind.VALUE, "cohort:add")
    with st.container(horizontal=True, gap="small"):
        low = st.number_input("From", value=None, key="cohort:low", format="%g", width=110)
        high = st.number_input("to", value=None, key="cohort:high", format="%g", width=110)
        unit = st.text_input(
            "Unit", value=chosen.unit if chosen else "", max_chars=40, width=110, autocomplete="off",
            key=f"cohort:unit:{code.code if code else ''}",
        )  # fmt: skip
    which = st.segmented_control(
        "Which", list(_WHICH), format_func=_WHICH.__getitem__, default=NEWEST, key="cohort:which"
    )
    since, until = choosing.window("cohort:measured")
    if code is None:
        return None
    return Criterion(
        Kind.VALUE, code.system, code.code, low, high, unit.strip(), since=since, until=until,
        mode=which or NEWEST,
    )  # fmt: skip


def _imaging(found: Basis) -> Criterion | None:
    known = [(model, label) for model, label, reliable in found.store.cohorts.findings() if reliable]
    if not known:
        st.caption("No model has answered about an image yet.")
        return None
    chosen = st.selectbox(
        "Finding", known, format_func=lambda pair: f"{pair[1]} ({pair[0]})", key="cohort:finding",
        help="Flagged by the newest answer of the model to an image of the patient.",
    )  # fmt: skip
    since, until = choosing.window("cohort:image")
    return Criterion(Kind.IMAGING, chosen[0], chosen[1], since=since, until=until) if chosen else None


_FIELDS: Final = {Kind.AGE: _age, Kind.SEX: _sex, Kind.VALUE: _value, Kind.IMAGING: _imaging}
