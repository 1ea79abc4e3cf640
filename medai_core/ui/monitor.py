"""The monitor of a model as a page: its status with the reasons, inputs, answers, agreement, and the rule."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from medai_core.charts import cards, monitor, words
from medai_core.charts.template import STILL
from medai_core.domain.monitor import SMALLEST_SHOWN
from medai_core.domain.monitored import Flags, Monitor, Order, Shift, State, Status
from medai_core.domain.people import Role
from medai_core.domain.reading import Verdict
from medai_core.domain.refusal import Refusal
from medai_core.imaging.statistics import NAMES
from medai_core.security.access import require
from medai_core.services import monitoring
from medai_core.services.counting import FEWEST
from medai_core.serving.registry import available
from medai_core.ui import clock, markup, panels, places
from medai_core.ui.session import UserSession, require_user

_WINDOWS: Final = {"30 days": 30, "90 days": 90, "365 days": 365, "all": None}
_USUAL: Final = "90 days"
COUNT_SECONDS: Final = 60
"""How old a status in a list may be; the monitor itself always counts."""

_SIGNS: Final = {
    State.STABLE: ("\u2713", "note"),
    State.WATCH: ("\u25b3", "caution"),
    State.DRIFTED: ("\u25b2", "refusal"),
    State.TOO_FEW: ("\u2026", "note"),
}
"""A shape that goes with each state's word, and the look of its box."""

_MEANINGS: Final = {**NAMES, "age_years": "age in years, by the file's header", "view": "view position"}
NOT_TRUTH: Final = (
    "Readings signed after seeing the model show agreement with it, not what the patient had. Where readers "
    "saw the model's answer first, agreement is expected to be higher, whether or not the answer was right."
)


def may_see(user: UserSession) -> bool:
    """Whether the person may look at the monitor."""
    return user.caller.role.covers(Role.CLINICIAN)


def draw(user: UserSession) -> None:
    """The monitor that the address names, over the window that it names."""
    st.button("All models", icon=":material/arrow_back:", type="tertiary", key="monitor:back", on_click=_back)
    with panels.refusals_shown():
        model = st.query_params.get(places.MONITOR, "")
        known = [one for one in monitoring.watched(user.store, user.caller) if one.model == model]
        if not known:
            raise _unknown()
        st.subheader(f"Monitor: {known[0].title}", anchor=False)
        version, window = _choices([one.version for one in known])
        with st.spinner("Counting"):
            found = monitoring.monitor(
                user.store, user.caller, model, version=version, days=_WINDOWS[window], zone=clock.zone()
            )
        markup.draw(_status_box(found.status) + _scope(found))
        if not _anything(found):
            _empty()
            return
        _sections(found)
        _export(user, model, version, window)


def hints(user: UserSession) -> dict[str, str]:
    """{model: its status in words, with a sign}, for lists; empty for those who may not see the monitor."""
    if not may_see(user):
        return {}
    return {one.model: _said(one) for one in _statuses(user)}


def alerts(user: UserSession) -> None:
    """A box for administrators where a model is to be watched or has drifted; else nothing."""
    lines = [
        f"{one.title}, version {one.version}: {_said(one)}. {one.reasons[0]}"
        for one in _statuses(user)
        if one.state in (State.WATCH, State.DRIFTED)
    ]
    panels.caution_box([*lines, "Models, Monitor shows all of it."] if lines else [], heading="Models")


def _statuses(user: UserSession) -> tuple[Status, ...]:
    """The status of every model, counted anew once a minute: lists are drawn far more often than that."""
    require(user.caller, Role.CLINICIAN)
    return _counted(str(user.store.home), clock.zone().key, user)


@st.cache_data(ttl=COUNT_SECONDS, max_entries=16, show_spinner="Counting")
def _counted(home: str, zone: str, _user: UserSession) -> tuple[Status, ...]:
    """`home` names the store: what is counted is the same for all who may see it."""
    return monitoring.statuses(_user.store, _user.caller, ZoneInfo(zone))


def way_in(model: str) -> None:
    """The button that opens a model's monitor."""
    st.button(
        "Monitor",
        key=f"models:monitor:{model}",
        icon=":material/monitoring:",
        on_click=_open,
        args=(model,),
        help="Drift of inputs, refusals, flags, and agreement of readers over time",
    )


def _open(model: str) -> None:
    require_user(Role.CLINICIAN)
    for name in list(st.query_params):
        del st.query_params[name]
    st.query_params[places.MONITOR] = model


def _back() -> None:
    require_user()
    for name in list(st.query_params):
        del st.query_params[name]


def _unknown() -> Refusal:
    return Refusal(
        "unknown-model",
        expected="the name of a model that is installed or has answered here",
        found="another name in the address",
        what_to_do="Go back to all models and open its monitor from there.",
    )


def _choices(versions: Sequence[str]) -> tuple[str, str]:
    """Version and window, both kept in the address."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        window = st.pills(
            "Window", list(_WINDOWS), key="window", bind="query-params", default=_USUAL, required=True
        )
        version = versions[0]
        if len(versions) > 1:
            version = st.selectbox("Version", versions, key="version", bind="query-params", width=140)
    return version, window if window in _WINDOWS else _USUAL


def _said(status: Status) -> str:
    return f"{_SIGNS[status.state][0]} {status.state.value}"


def _status_box(status: Status) -> str:
    """The state as a word with its sign, and why."""
    sign, look = _SIGNS[status.state]
    if len(status.reasons) == 1:
        inner = markup.paragraph(status.reasons[0])
    else:
        inner = "<ul>" + "".join(f"<li>{markup.text(reason)}</li>" for reason in status.reasons) + "</ul>"
    return markup.box(look, f"{sign} {status.state.value[:1].upper()}{status.state.value[1:]}", inner)


def _scope(found: Monitor) -> str:
    """What was counted, in one line."""
    last = f"; the last on {found.status.last.isoformat()}" if found.status.last else ""
    line = (
        f"Version {found.status.version}, {found.window.words} ({found.window.zone}): "
        f"{found.status.n.words} images asked about{last}. Counts under {SMALLEST_SHOWN} are shown as "
        f"<{SMALLEST_SHOWN} and not drawn; some others are kept back so that these cannot be worked out."
    )
    return f'<p class="mx-muted mx-small" style="margin-top:8px">{markup.text(line)}</p>'


def _anything(found: Monitor) -> bool:
    return bool(found.status.last or found.agreement)


def _empty() -> None:
    panels.empty_state(
        "Nothing to show for this window yet",
        [
            "Once the model has been asked about images, this shows whether they are like those it learned "
            "from, how often it refuses or flags, and whether readers agree with it.",
            f"A status is given from {FEWEST} images on. Choose a longer window to see older ones.",
        ],
    )


def _sections(found: Monitor) -> None:
    names = _label_names(found.status.model)
    inputs, answers, agreement, rule = st.tabs(["Inputs", "Answers", "Agreement", "How it is judged"])
    with inputs:
        _inputs(found)
    with answers:
        _answers(found, names)
    with agreement:
        _agreement(found, names)
    with rule:
        markup.draw(
            "<ul>" + "".join(f"<li>{markup.text(line)}</li>" for line in monitoring.RULE) + "</ul>"
            + markup.paragraph(
                "PSI: sum over the bins of (share now \u2212 share before) \u00d7 ln(share now / share "
                "before). Sources: Siddiqi, Intelligent Credit Scoring, 2nd ed., 2017 (the bands); Yurdakul "
                "and Naranjo, Journal of Risk Model Validation 14(4), 2020 (what chance does).",
                muted=True,
            )
        )  # fmt: skip


def _label_names(model: str) -> dict[str, str]:
    card = next((one for one in available(None) if one.name == model), None)
    return cards.label_names(card.data) if card else {}


def _inputs(found: Monitor) -> None:
    """A table of all statistics, and the chart of the one chosen."""
    if not found.inputs:
        panels.note_box(
            "No statistics yet",
            "What images are like is kept with every answer from this version of the program on; answers of "
            "before have none.",
        )
        return
    st.caption(
        "What the answered images are like, at 128 x 128 pixels as a model sees them, against the films of "
        "the card, or against this site's own days before where the card has no reference."
    )
    _shifts(found.inputs, "monitor:input", "Statistic", {name: _spaced(name) for name in _MEANINGS})
    if found.not_described.value:
        st.caption(f"{found.not_described.words} answers of before have no statistics and are left out.")


def _shifts(shifts: Sequence[Shift], key: str, what: str, names: dict[str, str]) -> None:
    """The table of shifts, and bins of the one chosen: at first the furthest away."""
    rows = [_shift_row(one, names.get(one.name, _spaced(one.name))) for one in shifts]
    heads = [what, "State", "PSI", "Chance", "Images", "Against", "KS", "p", "Before"]
    caption = (
        "Chance: what the PSI exceeds once in 1,000 times though nothing has changed. KS: the distance to "
        "the days before, with their number of images"
    )
    markup.draw(markup.table(heads, rows, caption=caption, numbers=(2, 3, 4, 6, 7, 8)))
    drawn = sorted((one for one in shifts if one.shares), key=lambda one: -(one.psi or 0.0))
    if not drawn:
        return
    by_name = {one.name: one for one in drawn}
    chosen = st.selectbox(
        f"Show the values of one {what.lower()}",
        list(by_name),
        format_func=lambda name: names.get(name, _spaced(name)),
        key=key,
        width=280,
    )
    shift = by_name[chosen]
    figure = monitor.shift_chart(shift)
    if chosen in _MEANINGS:
        st.caption(f"{_spaced(chosen)}: {_MEANINGS[chosen]}.")
    if figure is not None:
        st.plotly_chart(figure, config=STILL, key=f"{key}:chart", alt=monitor.shift_alt(shift))


def _shift_row(one: Shift, name: str) -> list[str]:
    return [
        name,
        f"{_SIGNS[one.state][0]} {one.state.value}",
        _number(one.psi),
        _number(one.chance),
        one.n.words,
        one.against or words.NOT_GIVEN,
        _number(one.distance),
        "" if one.p is None else ("<0.001" if one.p < 0.001 else f"{one.p:.3f}"),
        one.n_before.words,
    ]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _answers(found: Monitor, names: dict[str, str]) -> None:
    """Volume and refusals, flags of one finding, shifts of probabilities."""
    refused = found.answers.shares(1)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("##### Images asked about")
        st.plotly_chart(
            monitor.volume_chart(found.periods, refused),
            config=STILL,
            key="monitor:volume",
            alt=monitor.volume_alt(found.periods, refused),
        )
    with right:
        st.markdown("##### Refused")
        st.plotly_chart(
            monitor.refused_chart(found.periods, refused),
            config=STILL,
            key="monitor:refused",
            alt=monitor.shares_alt("Refused", found.periods, refused),
        )
    if found.refusals:
        rows = [(reason, cell.words) for reason, cell in found.refusals]
        caption = f"Refused: {found.answers.share_of_all(1).words} images, by what the model needs"
        markup.draw(markup.table(["The model needs", "Images"], rows, caption=caption, numbers=(1,)))
    if found.flags:
        _flags(found, names)
    if found.scores:
        st.markdown("##### Probabilities")
        _shifts(found.scores, "monitor:score", "Finding", names)


def _flags(found: Monitor, names: dict[str, str]) -> None:
    st.markdown("##### Flagged")
    by_label = {one.label: one for one in found.flags}
    rows = [_flags_row(one, names) for one in found.flags]
    caption = "Expected: what the card's sensitivity and specificity make of the prevalence"
    markup.draw(
        markup.table(
            ["Finding", "State", "Flagged", "Of the answers", "Expected", "At"], rows, caption=caption
        )
    )
    label = st.selectbox(
        "Show one finding over time",
        list(by_label),
        format_func=lambda name: words.label(name, names),
        key="monitor:flagged",
        width=280,
    )
    st.plotly_chart(
        monitor.flags_chart(found.periods, by_label[label]),
        config=STILL,
        key="monitor:flags",
        alt=monitor.shares_alt("Flagged", found.periods, by_label[label].over_time),
    )


def _flags_row(one: Flags, names: dict[str, str]) -> list[str]:
    ends = one.overall.ends
    share = words.probability(one.overall.value) if one.overall.value is not None else "not shown"
    state = f"{_SIGNS[one.state][0]} {one.state.value}" if one.expected is not None else "not judged"
    return [
        words.label(one.label, names),
        state,
        f"{share} ({words.interval(*ends)})" if ends else share,
        one.overall.words,
        words.NOT_GIVEN if one.expected is None else words.probability(one.expected),
        one.prevalence_of or words.NOT_GIVEN,
    ]


def _agreement(found: Monitor, names: dict[str, str]) -> None:
    """Verdicts over time and by finding, and agreement by probability; never called accuracy."""
    panels.note_box("Agreement is not truth", NOT_TRUTH)
    if not found.agreement:
        panels.empty_state(
            "No signed reading with a verdict in this window",
            ["Each reading signed with a verdict on the model's answer is counted here, by what came first."],
        )
        return
    st.markdown("##### Over time")
    alts = [monitor.shares_alt(f"Agree, {one.order.value}", found.periods, one.table.shares(0))
            for one in found.agreement]  # fmt: skip
    figure = monitor.agreement_chart(found.periods, found.agreement)
    st.plotly_chart(figure, config=STILL, key="monitor:agreement", alt=" ".join(alts))
    heads = ["Order", *(verdict.value for verdict in Verdict), "Readings"]
    rows = [
        [one.order.value, *(cell.words for cell in one.table.column_totals), one.table.total.words]
        for one in found.agreement
    ]
    markup.draw(markup.table(heads, rows, caption="Verdicts in this window", numbers=range(1, 6)))
    if found.judged:
        st.markdown("##### Where a finding was flagged")
        rows = [
            [
                words.label(one.label, names),
                one.order.value,
                *(cell.words for cell in one.table.cells[0]),
                one.table.total.words,
            ]
            for one in found.judged
        ]
        caption = "The verdict is on the whole answer, which may hold other findings too"
        markup.draw(markup.table(["Finding", *heads], rows, caption=caption, numbers=range(2, 7)))
    _calibration(found, names)


def _calibration(found: Monitor, names: dict[str, str]) -> None:
    if not found.calibration:
        return
    st.markdown("##### Agreement by probability")
    st.caption(
        "Of readings of answers with this probability, how many agree with the answer. Where nothing is "
        "flagged, to agree is to leave it so."
    )
    labels = list(dict.fromkeys(one.label for one in found.calibration))
    with st.container(horizontal=True, gap="medium"):
        label = st.selectbox(
            "Finding", labels, format_func=lambda one: words.label(one, names), key="monitor:label", width=280
        )
        orders = [one.order.value for one in found.calibration if one.label == label]
        order = st.selectbox("Order", orders, key="monitor:order", width=220)
    chosen = next(one for one in found.calibration if one.label == label and one.order is Order(order))
    st.plotly_chart(
        monitor.calibration_chart(chosen),
        config=STILL,
        key="monitor:calibration",
        alt=monitor.calibration_alt(chosen),
    )


def _export(user: UserSession, model: str, version: str, window: str) -> None:
    """All numbers as a file; making it is audited."""
    if st.button("Export the numbers", icon=":material/download:", key="monitor:export"):
        require_user(Role.CLINICIAN)
        name, content = monitoring.export_csv(
            user.store, user.caller, model, version=version, days=_WINDOWS[window], zone=clock.zone()
        )
        st.download_button(
            f"Download {name}", content, name, mime="text/csv", on_click="ignore", key="monitor:file"
        )


def _spaced(name: str) -> str:
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]
