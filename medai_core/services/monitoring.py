"""The monitor: whether a model is still given what it learned from, and whether readers still agree with it.

monitor, statuses, watched, export_csv. For clinicians and administrators. All studies of the store count,
those of restricted patients too: what leaves this module are counts that name nobody, the small ones kept
back (`domain.monitor.protected`).
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.monitor import Step, moments, periods
from medai_core.domain.monitored import Flags, Monitor, Shift, State, Status, Window
from medai_core.domain.people import Caller, Role
from medai_core.domain.reading import Verdict
from medai_core.domain.refusal import Refusal
from medai_core.imaging.statistics import NAMES
from medai_core.learning.drift import PSI_WATCH
from medai_core.security.access import require
from medai_core.services import counting, monitor_csv
from medai_core.services.prevalence import settings
from medai_core.serving import registry
from medai_core.serving.prevalence import CardPrevalence
from medai_core.store.database import Store
from medai_core.store.monitoring import Answers, Verdicts

DAYS: Final = (30, 90, 365, None)
"""The windows to choose from; None is everything."""

USUAL_DAYS: Final = 90
_WEEKLY_UP_TO_DAYS: Final = 92
_AGE: Final = "age_years"
_VIEW: Final = "view"

_Counted = TypeVar("_Counted", Answers, Verdicts)

RULE: Final = (
    f"Too few to say: fewer than {counting.FEWEST} answers in the window, or neither a reference in the card "
    "nor earlier answers to compare with.",
    "Drifted: the population stability index (PSI) of an input or of a finding's probabilities is 0.25 or "
    "more, and above what chance alone exceeds once in 1,000 times at this number of images.",
    "Watch: such an index of 0.1 to 0.25; or a two-sample Kolmogorov-Smirnov distance of "
    f"{counting.DISTANCE_WATCH:g} or more to the days before with p < {counting.P_WATCH:g}; or refusals or "
    "agreement other than in the days before, their 95\u202f% intervals apart; or a finding flagged "
    f"{counting.FLAG_RATIO:g} times as often as expected, or as seldom, and beyond the interval.",
    "Stable: none of these. The bands 0.1 and 0.25 are a convention, and a stable model may still be wrong: "
    "nothing here compares its answers with what the patients had.",
)
"""How the status comes about, as `_status` does it and as the page shows it."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A model version that has answered in this store, or that is installed; `installed` names its card's."""

    model: str
    version: str
    title: str
    installed: bool
    count: int


def watched(store: Store, caller: Caller) -> tuple[Watched, ...]:
    """All installed models that answer on films, then versions of before that have answered here."""
    require(caller, Role.CLINICIAN)
    counted = {(one.model, one.version): one.count for one in store.monitoring.versions()}
    cards = registry.available()
    found = [
        Watched(card.name, card.version, card.title, True, counted.pop((card.name, card.version), 0))
        for card in cards
    ]
    titles = {card.name: card.title for card in cards}
    found += [
        Watched(model, version, titles.get(model, model), False, number)
        for (model, version), number in sorted(counted.items())
    ]
    return tuple(found)


def monitor(
    store: Store,
    caller: Caller,
    model: str,
    *,
    version: str | None = None,
    days: int | None = USUAL_DAYS,
    zone: tzinfo = UTC,
) -> Monitor:
    """Everything about one version (the installed one) in the last `days` days up to now, in `zone`.

    Raises Refusal "not-allowed", "unknown-model" or "window-unknown".
    """
    require(caller, Role.CLINICIAN)
    if days not in DAYS:
        raise Refusal(
            "window-unknown",
            expected="the last 30, 90 or 365 days, or all",
            found="another window",
            what_to_do="Choose one of these.",
        )
    version = version or registry.card(model).version
    window = _window(store, model, version, days, zone)
    span = _span(window, zone)
    answers = _now_and_before(store.monitoring.answers(model, version, *span), window, zone)
    verdicts = _now_and_before(store.monitoring.verdicts(model, version, *span), window, zone)
    found = _counted(store, caller, Status.none_of(model, version), window, zone, answers, verdicts)
    return replace(found, status=_status(found, answers, verdicts, zone))


def statuses(store: Store, caller: Caller, zone: tzinfo = UTC) -> tuple[Status, ...]:
    """The status of every installed model over the usual window."""
    require(caller, Role.CLINICIAN)
    return tuple(
        monitor(store, caller, card.name, version=card.version, zone=zone).status
        for card in registry.available()
    )


def export_csv(
    store: Store,
    caller: Caller,
    model: str,
    *,
    version: str | None = None,
    days: int | None = USUAL_DAYS,
    zone: tzinfo = UTC,
) -> tuple[str, bytes]:
    """The monitor's numbers as a file: its name and its bytes (CSV, UTF-8). Audited."""
    found = monitor(store, caller, model, version=version, days=days, zone=zone)
    detail = {
        "model": found.status.model,
        "version": found.status.version,
        "from": found.window.first.isoformat(),
        "to": found.window.last.isoformat(),
    }
    store.audit.append(caller.user_id, "monitor-exported", "", detail)
    return monitor_csv.file_name(found), monitor_csv.content(found)


def _counted(
    store: Store,
    caller: Caller,
    status: Status,
    window: Window,
    zone: tzinfo,
    answers: tuple[Answers, Answers],
    verdicts: tuple[Verdicts, Verdicts],
) -> Monitor:
    """Everything but the status; of `answers` and `verdicts` the window's, then those of the days before."""
    card = _card(status.model, status.version)
    data = card.data if card else {}
    found = periods(window.first, window.last, window.step)
    edges = moments(found, zone)
    place = _place(answers[0].at, edges)
    table = counting.answered_and_refused(answers[0], place, len(found))
    shown = table.column_totals[1].value is not None
    expected = _expected(store, caller, status.model) if card else {}
    return Monitor(
        status=replace(status, title=card.title if card else status.model, n=table.total),
        window=window,
        periods=found,
        answers=table,
        refusals=counting.refusals(answers[0].reasons, shown=shown),
        inputs=_input_shifts(*answers, data.get("input_reference", {})),
        scores=_score_shifts(*answers, data.get("score_reference", {})),
        flags=counting.flags(answers[0], place, len(found), expected),
        agreement=counting.agreement(verdicts[0], _place(verdicts[0].at, edges), len(found)),
        judged=counting.judged(verdicts[0]),
        calibration=counting.calibration(verdicts[0], verdicts[1] if window.before_first else None),
        not_described=counting.count(_not_described(answers[0])),
    )


def _card(model: str, version: str) -> registry.ModelCard | None:
    """The card of this very version; None where it is not installed any more."""
    card = next((one for one in registry.available(None) if one.name == model), None)
    return card if card is not None and card.version == version else None


def _window(store: Store, model: str, version: str, days: int | None, zone: tzinfo) -> Window:
    today = datetime.now(zone).date()
    if days is None:
        known = [one for one in store.monitoring.versions() if (one.model, one.version) == (model, version)]
        first = min((one.first_at.astimezone(zone).date() for one in known), default=today)
        before = None
    else:
        first = today - timedelta(days=days - 1)
        before = first - timedelta(days=days)
    step = Step.WEEK if (today - first).days < _WEEKLY_UP_TO_DAYS else Step.MONTH
    return Window(first, today, before, step, str(zone))


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _span(window: Window, zone: tzinfo) -> tuple[datetime, datetime]:
    """The window with the days before it."""
    first = window.before_first or window.first
    return _midnight(first, zone), _midnight(window.last + timedelta(days=1), zone)


def _now_and_before(found: _Counted, window: Window, zone: tzinfo) -> tuple[_Counted, _Counted]:
    now = found.at >= _midnight(window.first, zone).timestamp()
    return found.part(now), found.part(~now)


def _place(at: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """The period of each moment."""
    inside: NDArray[np.int64] = np.clip(np.searchsorted(edges, at, side="right") - 1, 0, len(edges) - 2)
    return inside


def _input_shifts(now: Answers, before: Answers, references: dict[str, Any]) -> tuple[Shift, ...]:
    """Every statistic, age and view of the images that were answered; refused ones are counted elsewhere."""
    names = [name for name in (*NAMES, _AGE) if name in now.statistics or name in before.statistics]
    found = [
        counting.shift(name, _column(now, name), _column(before, name), references.get(name))
        for name in names
    ]
    if names:
        described, described_before = _described(now), _described(before)
        views = now.views[described], before.views[described_before]
        found.append(counting.view_shift(*views, references.get(_VIEW)))
    return tuple(found)


def _column(answers: Answers, name: str) -> NDArray[np.float64]:
    values = answers.statistics.get(name)
    return values[~answers.refused] if values is not None else np.empty(0)


def _described(answers: Answers) -> NDArray[np.bool_]:
    """Answered images of which something is known."""
    known = np.zeros(len(answers.at), dtype=bool)
    for values in answers.statistics.values():
        known |= np.isfinite(values)
    return known & ~answers.refused


def _not_described(answers: Answers) -> int:
    return int((~answers.refused).sum() - _described(answers).sum())


def _score_shifts(now: Answers, before: Answers, references: dict[str, Any]) -> tuple[Shift, ...]:
    return tuple(
        counting.shift(
            finding.label, now.scores[:, column], before.scores[:, column], references.get(finding.label)
        )
        for column, finding in enumerate(now.findings)
        if finding.reliable
    )


def _expected(store: Store, caller: Caller, model: str) -> dict[str, tuple[float, str]]:
    """{label: (share that would be flagged, at which prevalence)} by the card's operating points."""
    known: CardPrevalence = settings(store, caller, model)
    here = known.site_setting
    found = {}
    for label, measured in known.measured.items():
        share, of = known.training.get(label), "the training prevalence"
        if here is not None and label in here.shares:
            share, of = here.shares[label], f"the prevalence of {here.name}"
        if share is not None:
            wrongly = (1 - measured.specificity.value) * (1 - share)
            found[label] = (measured.sensitivity.value * share + wrongly, of)
    return found


def _status(
    found: Monitor, answers: tuple[Answers, Answers], verdicts: tuple[Verdicts, Verdicts], zone: tzinfo
) -> Status:
    """By `RULE`."""
    at = answers[0].at
    last = datetime.fromtimestamp(float(at.max()), zone).date() if len(at) else None
    shifts = (*found.inputs, *found.scores)
    names = _label_names(found.status.model, found.status.version)
    signs = [(State.DRIFTED, _said(one, names)) for one in shifts if one.state is State.DRIFTED]
    signs += [(State.WATCH, _said(one, names)) for one in shifts if one.state is State.WATCH]
    signs += [(State.WATCH, _said_flags(one, names)) for one in found.flags if one.state is State.WATCH]
    signs += [(State.WATCH, sentence) for sentence in _changes(answers, verdicts)]
    judged = [one.state for one in shifts] + [one.state for one in found.flags]
    comparable = any(state is not State.TOO_FEW for state in judged)
    if len(at) < counting.FEWEST:
        words = f"Fewer than {counting.FEWEST} answers in this window; nothing is said before that many."
        return replace(found.status, state=State.TOO_FEW, reasons=(words,), last=last)
    if not comparable and not signs:
        words = "There is nothing to compare with yet: no reference in the card, no answers before."
        return replace(found.status, state=State.TOO_FEW, reasons=(words,), last=last)
    state = signs[0][0] if signs else State.STABLE
    reasons = tuple(sentence for _, sentence in signs) or (
        "Inputs, probabilities, refusals and agreement are within the limits.",
    )
    return replace(found.status, state=state, reasons=reasons, last=last)


def _label_names(model: str, version: str) -> dict[str, str]:
    card = _card(model, version)
    return dict(card.data.get("label_names", {})) if card else {}


def _name(name: str, names: dict[str, str]) -> str:
    text = names.get(name) or name.replace("_", " ")
    return f"{text[:1].upper()}{text[1:]}"


def _said(one: Shift, names: dict[str, str]) -> str:
    what = _name(one.name, names)
    if one.psi is not None and one.psi >= PSI_WATCH and one.psi > (one.chance or 0.0):
        return f"{what}: PSI {one.psi:.2f} against {one.against}."
    return f"{what}: distance {one.distance or 0.0:.2f} to {counting.BEFORE}."


def _said_flags(one: Flags, names: dict[str, str]) -> str:
    share, expected = one.overall.value, one.expected or 0.0
    more = "less often" if share is None or share < expected else "more often"
    return f"{_name(one.label, names)} is flagged {more} than expected at {one.prevalence_of}."


def _changes(answers: tuple[Answers, Answers], verdicts: tuple[Verdicts, Verdicts]) -> list[str]:
    """Refusals and agreement against the days before."""
    found = []
    refused = counting.changed(*((int(one.refused.sum()), len(one.at)) for one in answers))
    if refused:
        found.append(f"The model refuses {'more often' if refused > 0 else 'less often'} than before.")
    own = [one.part(~one.saw_model_first) for one in verdicts]
    agreed = counting.changed(
        *((int((one.verdict == Verdict.AGREE.value).sum()), len(one.at)) for one in own)
    )
    if agreed < 0:
        found.append("Readers who wrote their own impression first agree less often than before.")
    return found
