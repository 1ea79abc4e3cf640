"""Survival of a selection by group, from the stored records: who starts when, until when, and what happened.

follow (each person's time and event), survival (curves, numbers at risk, the test).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from medai_core.domain.cohort import Criterion, Kind, protected_descent
from medai_core.domain.cohort_views import Curve, SurvivalView
from medai_core.domain.monitor import SMALLEST_SHOWN, Cell, protected
from medai_core.domain.refusal import Refusal
from medai_core.services import cohort
from medai_core.services.cohort import Selection
from medai_core.services.cohort_basis import Basis
from medai_core.services.cohort_groups import Group, grouped, kept_back

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FIRST_SEEN: Final = "first"
DEATH: Final = "death"
DEATH_WORDS: Final = "death from any cause"
DAYS_A_YEAR: Final = 365.25
_SAME_DAY: Final = 0.5
"""Days after which an event on the first day is counted."""
_TABLE_TIMES: Final = 8

Start = str | date | Criterion
"""`FIRST_SEEN`, a calendar day, or the first time that a coded criterion holds."""
Outcome = str | Criterion
"""`DEATH`, or the first time that a coded criterion holds after the start."""


@dataclass(frozen=True, slots=True)
class Followed:
    """Of every person of a basis: the day of the start, years until the event or the end, and the event.

    `followed` marks those who can be followed; `reasons` says of the selected others why not.
    """

    start: "NDArray[np.datetime64]"
    years: "NDArray[np.float64]"
    event: "NDArray[np.float64]"
    followed: "NDArray[np.bool_]"
    reasons: tuple[tuple[str, "NDArray[np.bool_]"], ...]


def follow(selection: Selection, start: Start, outcome: Outcome) -> Followed:
    """Times of all persons of a selection. Raises Refusal "cohort-criteria" for what has no beginning."""
    import numpy as np

    found = selection.basis
    people, (first, last) = found.people, found.first_and_last()
    begins = _start(found, start, first)
    happened = people.died if isinstance(outcome, str) else onset(found, outcome)
    ends = np.where(np.isnat(people.died), last, people.died)
    unknown_day = people.dead & np.isnat(people.died) & isinstance(outcome, str)
    no_start = np.isnat(begins)
    before = ~np.isnat(happened) & (happened < begins)
    if isinstance(outcome, Criterion):
        before = ~np.isnat(happened) & (happened <= begins)
    with_event = ~np.isnat(happened) & ~before
    stop = np.where(with_event, happened, ends)
    days = (stop - begins).astype(float)
    short = ~with_event & ~(days > 0)
    reasons, left = [], selection.chosen.copy()
    for words, why in (
        ("no start in the record", no_start),
        ("death on a day that is not recorded", unknown_day),
        ("the outcome before or at the start", before),
        ("nothing recorded after the start", short),
    ):
        reasons.append((words, left & why))
        left = left & ~why
    years = np.where(left, np.maximum(days, _SAME_DAY) / DAYS_A_YEAR, np.nan)
    return Followed(begins, years, np.where(left & with_event, 1.0, 0.0), left, tuple(reasons))


def _start(found: Basis, start: Start, first: "NDArray[np.datetime64]") -> "NDArray[np.datetime64]":
    import numpy as np

    if isinstance(start, Criterion):
        return onset(found, start)
    if isinstance(start, date):
        day = np.datetime64(start, "D")
        alive = np.isnat(found.people.died) | (found.people.died >= day)
        return np.where((first <= day) & alive, day, np.datetime64("NaT", "D"))
    return first


def onset(found: Basis, one: Criterion) -> "NDArray[np.datetime64]":
    """The first day on which a coded criterion began for each person; NaT where it never did."""
    import numpy as np

    if one.kind in (Kind.AGE, Kind.SEX, Kind.VALUE, Kind.IMAGING):
        raise Refusal(
            "cohort-criteria",
            expected="a problem, drug, procedure, vaccine or visit, which begins on a day",
            found=f"a criterion of another kind ({one.kind.value})",
            what_to_do="Choose another one.",
        )
    days = np.full(len(found.people), np.datetime64("NaT", "D"))
    for entry in found.coded(one):
        where = found.people.place.get(entry.record)
        if where is not None and entry.starts is not None:
            day = np.datetime64(entry.starts.date(), "D")
            days[where] = day if np.isnat(days[where]) else min(days[where], day)
    return days


def survival(selection: Selection, start: Start, outcome: Outcome, by: str | Criterion) -> SurvivalView:
    """Curves of the groups as they stand at the start, the numbers at risk, and the log-rank test."""
    import numpy as np

    if not selection.shown:
        raise kept_back()
    told = follow(selection, start, outcome)
    groups = [one for one in _groups(selection, told, by) if one.mask.any()]
    times = table_times(told.years[told.followed])
    sizes = _sizes([int(one.mask.sum()) for one in groups])
    events = _events([(int(one.mask.sum()), int(told.event[one.mask].sum())) for one in groups])
    curves = tuple(
        _curve(one.name, told.years[one.mask], told.event[one.mask], times, size, happened)
        for one, size, happened in zip(groups, sizes, events, strict=True)
    )
    drawn = [group for group, curve in zip(groups, curves, strict=True) if not curve.kept_back]
    union = np.logical_or.reduce([group.mask for group in drawn]) if drawn else np.zeros(0, dtype=bool)
    test = _test(told, drawn, union) if len(drawn) > 1 else (None, 0, None)
    return SurvivalView(
        outcome_words(selection, outcome), start_words(selection, start), times, curves,
        left_out(selection, told), *test,
    )  # fmt: skip


def _groups(selection: Selection, told: Followed, by: str | Criterion) -> list[Group]:
    """Groups by what was so at the start: what comes later must not decide who is in a group."""
    import numpy as np

    if not isinstance(by, Criterion) or by.kind in (Kind.SEX, Kind.AGE):
        ages = selection.basis.people.ages(told.start)
        return grouped(selection, by, ages=ages, within=told.followed)
    begun = onset(selection.basis, by)
    has = ~np.isnat(begun) & (begun <= told.start)
    words = cohort.said(selection.basis, by)
    return [
        Group(f"{words}, at the start", told.followed & has),
        Group(f"Not: {words}, at the start", told.followed & ~has),
    ]


def _sizes(counts: Sequence[int]) -> tuple[Cell, ...]:
    return protected([list(counts)]).cells[0]


def _events(counts: Sequence[tuple[int, int]]) -> tuple[Cell, ...]:
    """Events of each group; those without them beside, so that neither is small."""
    table = protected([[happened, size - happened] for size, happened in counts])
    return tuple(row[0] for row in table.cells)


def _curve(
    name: str, years: "NDArray[np.float64]", event: "NDArray[np.float64]", times: tuple[float, ...],
    size: Cell, events: Cell,
) -> Curve:  # fmt: skip
    import numpy as np

    from medai_core.learning.survival_metrics import kaplan_meier

    count, happened = len(years), int(event.sum())
    if count < SMALLEST_SHOWN:
        return Curve(name, size, events, kept_back=f"Fewer than {SMALLEST_SHOWN} people.")
    if happened < SMALLEST_SHOWN:
        return Curve(name, size, events, kept_back=f"Fewer than {SMALLEST_SHOWN} events: no curve is drawn.")
    made = kaplan_meier(years, event)
    kept = made.at_risk >= SMALLEST_SHOWN
    end = float(made.times[kept][-1])
    steps = np.cumsum(made.events)[kept] // SMALLEST_SHOWN
    places = np.flatnonzero(np.diff(steps, prepend=0) > 0)
    at_risk = protected_descent([count, *(int((years >= one).sum()) for one in times[1:])])
    median = float(made.times[places][made.survival[places] <= 0.5][0]) if _halved(made, places) else None
    return Curve(
        name, size, events,
        tuple(float(one) for one in made.times[places]),
        tuple(float(one) for one in made.survival[places]),
        tuple(float(one) for one in np.nan_to_num(made.low[places], nan=0.0)),
        tuple(float(one) for one in np.nan_to_num(made.high[places], nan=1.0)),
        end, at_risk if size.value is not None else tuple(Cell(None) for _ in at_risk), median,
    )  # fmt: skip


def _halved(made: Any, places: "NDArray[np.int64]") -> bool:
    return bool((made.survival[places] <= 0.5).any())


def _test(
    told: Followed, groups: Sequence[Group], union: "NDArray[np.bool_]"
) -> tuple[float | None, int, float | None]:
    """Log-rank over the groups that are drawn."""
    import numpy as np

    from medai_core.learning.survival_metrics import log_rank

    member = np.full(len(union), "", dtype=object)
    for group in groups:
        member[group.mask] = group.name
    found = log_rank(told.years[union], told.event[union], [str(one) for one in member[union]])
    return found.statistic, found.degrees, found.p


def table_times(years: "NDArray[np.float64]") -> tuple[float, ...]:
    """Round times from the start to the longest follow-up, for the table of numbers at risk."""
    longest = float(years.max()) if len(years) else 1.0
    steps = (1 / 12, 0.25, 0.5, 1, 2, 5, 10, 20)
    step = next((one for one in steps if longest / one <= _TABLE_TIMES), steps[-1])
    return tuple(round(place * step, 4) for place in range(int(longest / step) + 1))


def left_out(selection: Selection, told: Followed) -> tuple[tuple[str, Cell], ...]:
    """How many were not followed, by reason, beside those who were."""
    counts = [int(mask.sum()) for _, mask in told.reasons]
    if not any(counts):
        return (("followed", selection.steps[-1].count),)
    some = [(words, count) for (words, _), count in zip(told.reasons, counts, strict=True) if count]
    cells = protected([[int(told.followed.sum()), *(count for _, count in some)]]).cells[0]
    return tuple(zip(("followed", *(words for words, _ in some)), cells, strict=True))


def outcome_words(selection: Selection, outcome: Outcome) -> str:
    """What is waited for."""
    if isinstance(outcome, str):
        return DEATH_WORDS
    return f"first record of {cohort.said(selection.basis, outcome)}"


def start_words(selection: Selection, start: Start) -> str:
    """From when on time is counted."""
    if isinstance(start, Criterion):
        return f"first record of {cohort.said(selection.basis, start)}"
    return start.isoformat() if isinstance(start, date) else "first entry of the record"
