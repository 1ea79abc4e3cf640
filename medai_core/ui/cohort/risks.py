"""Risks of the group: computed beside the page, with progress; how they are spread, and what happened."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

import streamlit as st

from medai_core.charts import cohort as charts
from medai_core.charts.template import STILL
from medai_core.domain.cohort_views import CalibrationView
from medai_core.domain.inputs import RISK_UNIT
from medai_core.domain.people import Role
from medai_core.domain.refusal import Refusal
from medai_core.services import cohort_csv, cohort_risks
from medai_core.services.cohort import Selection
from medai_core.services.cohort_risks import Risks
from medai_core.services.cohort_survival import DEATH_WORDS
from medai_core.services.risk_questions import Asker
from medai_core.store import clock as time
from medai_core.ui import markup, panels
from medai_core.ui.cohort import export, following, views
from medai_core.ui.jobs import Job, Jobs
from medai_core.ui.session import UserSession, cookie, require_user, rerun_quietly
from medai_core.web.access import find_access

TICK_SECONDS: Final = 1.0
ASKED, DAY, SILENCE = "risk", "day", "silence"
"""Query parameters: which score or predictor, as of which day, and whether silence is taken as no."""
_REFUSED: Final = "cohort:risk:refused"
_CAUTION: Final = (
    "From what the records hold on that day, with the greatest age that each input allows. What is missing "
    "is counted as missing."
)
_SILENCE: Final = (
    "A problem or drug that a record does not name is taken as absent. Nobody has confirmed it: where "
    "records are not complete, risks come out too low."
)


class RiskJob(Job):
    """One score or predictor asked of a selection."""

    what = "a computation of risks"
    after = "Compute them again."

    def __init__(
        self, selection: Selection, asker: Asker, day: date | None, silence_is_no: bool, *,
        alive: Callable[[], bool],
    ) -> None:  # fmt: skip
        super().__init__(alive=alive)
        self.selection, self.asker, self.day, self.silence_is_no = selection, asker, day, silence_is_no
        self.share = 0.0
        self.found: Risks | None = None

    def answers(self, selection: Selection, asker: Asker, day: date | None, silence_is_no: bool) -> bool:
        """Whether it is of this question, and of the store as it is now."""
        mine = (self.selection.criteria, self.asker.name, self.day, self.silence_is_no)
        same = mine == (selection.criteria, asker.name, day, silence_is_no)
        return same and self.selection.basis is selection.basis

    def _work(self) -> None:
        self.found = cohort_risks.computed(
            self.selection, self.asker, day=self.day, silence_is_no=self.silence_is_no,
            progress=self._tell, cancelled=self._stopped,
        )  # fmt: skip

    def _tell(self, share: float) -> None:
        self.share = share


JOBS: Final = Jobs[RiskJob]()


def spread(user: UserSession, selection: Selection) -> None:
    """How one risk is spread."""
    found = _found(user, selection, None)
    parted = views.by(selection)
    if found is None:
        return
    made = cohort_risks.spread(found, parted)
    views.draw_histogram(made, "cohort:risks")
    st.caption(f"{_CAUTION} {_SILENCE if found.silence_is_no else ''}")
    export.button(user, selection, "risks", cohort_csv.histogram(made))


def calibration(user: UserSession, selection: Selection) -> None:
    """Predictions as of a day against what happened."""
    day = _index_day()
    until = following.outcome(selection.basis)
    years = st.number_input("Years", 0.25, 30.0, 10.0, 0.25, key="cohort:years", width=120)
    found = _found(user, selection, day, risks_only=True)
    if found is None or until is None:
        return
    view = cohort_risks.calibration(found, until, float(years))
    _show(view)
    st.caption(f"{_CAUTION} {_SILENCE if found.silence_is_no else ''}")
    export.button(user, selection, "calibration", cohort_csv.calibration(view))


def _index_day() -> date:
    today = time.now().date()
    try:
        held = date.fromisoformat(st.query_params.get(DAY, ""))
    except ValueError:
        held = today - timedelta(days=3652)
    picked = st.date_input(
        "Predicted as of", value=min(held, today), max_value=today, min_value=date(1950, 1, 1),
        key="cohort:day", format="YYYY-MM-DD", width=160,
    )  # fmt: skip
    day = picked if isinstance(picked, date) else held
    if st.query_params.get(DAY) != day.isoformat():
        st.query_params[DAY] = day.isoformat()
    return day


def _found(
    user: UserSession, selection: Selection, day: date | None, *, risks_only: bool = False
) -> Risks | None:
    """The computed risks; else their progress, or the button that begins."""
    asker = _asker(risks_only)
    silence = st.checkbox(
        "Take what a record does not name as absent", key=SILENCE, bind="query-params", help=_SILENCE
    )
    refusal = st.session_state.pop(_REFUSED, None)
    if isinstance(refusal, Refusal):
        panels.refusal_box(refusal)
    session = user.caller.session_id or user.caller.user_id
    job = JOBS.current(session)
    if job is not None and job.running:
        _watch()
        return None
    if job is not None and job.answers(selection, asker, day, silence):
        if job.refusal is not None:
            panels.refusal_box(job.refusal)
        elif job.found is not None:
            return job.found
        else:
            panels.note_box("Cancelled", "Nothing was kept of it.")
    st.button(
        "Compute", type="primary", icon=":material/calculate:", key="cohort:compute", on_click=_start,
        args=(selection, asker, day, silence),
    )  # fmt: skip
    return None


def _asker(risks_only: bool) -> Asker:
    known = [
        one for one in cohort_risks.askable() if not risks_only or cohort_risks.unit_of(one) == RISK_UNIT
    ]
    names = [one.name for one in known]
    held = st.query_params.get(ASKED, "")
    chosen = st.selectbox(
        "Score or predictor", known, index=names.index(held) if held in names else 0,
        format_func=lambda one: one.title, key=f"cohort:asker:{risks_only}",
    )  # fmt: skip
    asker = chosen or known[0]
    if st.query_params.get(ASKED) != asker.name:
        st.query_params[ASKED] = asker.name
    return asker


def _start(selection: Selection, asker: Asker, day: date | None, silence: bool) -> None:
    user = require_user(Role.CLINICIAN)
    held = cookie()
    job = RiskJob(selection, asker, day, silence, alive=lambda: find_access(held, activity=False) is not None)
    try:
        JOBS.start(user.caller.session_id or user.caller.user_id, job)
        job.wait(1.0)
    except Refusal as refusal:
        st.session_state[_REFUSED] = refusal


@st.fragment(run_every=TICK_SECONDS)
def _watch() -> None:
    user = require_user(Role.CLINICIAN, activity=False)
    job = JOBS.current(user.caller.session_id or user.caller.user_id)
    if job is None or not job.running:
        rerun_quietly()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(min(job.share, 1.0), text=f"Computing: {job.share:.0%}")
        if st.button("Cancel", icon=":material/close:", key="cohort:risk:cancel"):
            job.cancel()


def _show(view: CalibrationView) -> None:
    if not view.bins:
        longest = f" Five were followed for {view.longest:g} years." if view.longest is not None else ""
        why = "Fewer than five had the outcome, or were followed so long."
        panels.note_box("Too few to tell", f"{why}{longest}")
    else:
        st.plotly_chart(
            charts.calibration(view), config=STILL, key="cohort:calibration", alt=charts.calibration_alt(view)
        )
        if view.predicted is not None and view.observed is not None:
            st.markdown(
                f"On average {100 * view.predicted:.1f} % predicted; {100 * view.observed:.1f} % "
                f"({100 * (view.observed_low or 0):.1f} to {100 * (view.observed_high or 0):.1f}) had it "
                f"within {view.years:g} years."
            )
    rows = [
        [
            _range(one.low, one.high), one.size.words,
            "" if one.predicted is None else f"{100 * one.predicted:.1f} %",
            one.kept_back or f"{100 * (one.observed or 0):.1f} %",
        ]
        for one in view.bins
    ]  # fmt: skip
    if rows:
        heads = ["Predicted risk", "People", "Mean", "Had it"]
        markup.draw(markup.table(heads, rows, caption="By predicted risk", numbers=[1, 2, 3]))
    pairs = [
        ("Followed with a prediction", view.followed.words),
        *((words.capitalize(), cell.words) for words, cell in view.left_out),
    ]
    markup.draw(markup.facts(pairs))
    other = "" if view.outcome == DEATH_WORDS else "; death without it counts as leaving"
    st.caption(
        f"Outcome: {view.outcome}. Who left before {view.years:g} years counts until then "
        f"(Kaplan-Meier){other}. The prediction is of: {view.title}."
    )


def _range(low: float, high: float) -> str:
    """The ends of a bin; the outer ones are open."""
    if low <= 0.0:
        return f"under {100 * high:.1f} %"
    return f"{100 * low:.1f} % and over" if high >= 1.0 else f"{100 * low:.1f} to {100 * high:.1f} %"
