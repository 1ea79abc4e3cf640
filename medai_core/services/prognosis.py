"""Prognosis over years: a person's survival curve, its median, and how it stood at every visit."""

from collections.abc import Mapping, Sequence
from typing import Final

from medai_core.domain.inputs import NUMBER, Input, Value
from medai_core.domain.people import Caller
from medai_core.domain.risk import Kind, RiskEstimate
from medai_core.domain.survival import Landmark, SurvivalCurve
from medai_core.records.analytes import LOINC
from medai_core.services.asking import not_asked
from medai_core.services.patient_record import group_of
from medai_core.services.scores import in_unit
from medai_core.store import clock
from medai_core.store.database import Store

TREND: Final = "_trend"
"""What the name of an input ends in that says how another one has moved."""
DAY: Final = "day"
AGE: Final = "age"
YEAR_DAYS: Final = 365.25
HALF: Final = 0.5

Visit = Mapping[str, Value]


def curve_of(estimate: RiskEstimate) -> SurvivalCurve:
    """The curve from an estimate's values. Raises Refusal "not-asked-anew", "unknown-model"."""
    from medai_core.serving import survival

    if estimate.kind is not Kind.SURVIVAL:
        raise not_asked("a predictor of survival")
    return survival.curve(estimate.name, estimate.values)


def main_year(name: str) -> float:
    """The year that a predictor's card leads with."""
    from medai_core.serving import survival

    return survival.main_year(survival.survival_card(name))


def reached(curve: SurvivalCurve, share: float = HALF) -> tuple[float | None, float | None, float | None]:
    """When survival falls to `share`: by the curve, by the band's low and by its high end, in years.

    None where a line does not fall so far within the curve's years.
    """
    return (
        _crossing(curve.years, curve.survival, share),
        _crossing(curve.years, curve.low, share),
        _crossing(curve.years, curve.high, share),
    )


def _crossing(years: Sequence[float], survival: Sequence[float], share: float) -> float | None:
    """The first year at which the line reaches the share, straight between its points."""
    points = list(zip(years, survival, strict=True))
    if points and points[0][1] <= share:
        return points[0][0]
    for (before, higher), (after, lower) in zip(points, points[1:], strict=False):
        if lower <= share < higher:
            return before + (after - before) * (higher - share) / (higher - lower)
    return None


# ---- visits


def reads_visits(name: str) -> bool:
    """Whether a predictor's inputs say how values have moved, so that it answers at every visit."""
    return any(one.key.endswith(TREND) for one in _inputs(name))


def visit_inputs(name: str) -> tuple[Input, ...]:
    """What can be given for one visit: all but the trends, which follow."""
    return tuple(one for one in _inputs(name) if not one.key.endswith(TREND))


def _inputs(name: str) -> tuple[Input, ...]:
    from medai_core.serving import survival

    return survival.inputs(name)


def landmarks(name: str, visits: Sequence[Visit]) -> tuple[Landmark, ...]:
    """The prognosis at each visit from what was known by then; a visit holds ``day`` and values.

    Raises Refusal "usage" where a visit has no day.
    """
    from medai_core.serving import survival

    return survival.landmark(visits, name)


def visits_of(store: Store, caller: Caller, patient_id: str, estimate: RiskEstimate) -> tuple[Visit, ...]:
    """A visit a day on which the record holds a measured value that the predictor reads, oldest first.

    What is not measured over time (sex, treatment) is as the estimate has it, from the first visit on.
    Raises the refusals of access.
    """
    inputs = visit_inputs(estimate.name)
    by_code = {code: one for one in inputs if one.kind == NUMBER for code in one.loinc}
    found: dict[int, dict[str, Value]] = {}
    for one in store.overviews.measurements(group_of(store, caller, patient_id), None, hidden=False):
        system, code, unit = one.key
        asked, number = by_code.get(code) if system == LOINC else None, one.point.number
        if asked is None or number is None or not one.point.current or one.point.comparator:
            continue
        value = in_unit(asked, number, unit or "1")
        if value is not None and asked.holds(value):
            found.setdefault(one.point.at.at.date().toordinal(), {})[asked.key] = value
    if not found:
        return ()
    first = min(found)
    steady = {
        one.key: estimate.values[one.key] for one in inputs if not one.loinc and one.key in estimate.values
    }
    if isinstance(age := steady.get(AGE), float | int):  # of today
        steady[AGE] = age - (clock.now().date().toordinal() - first) / YEAR_DAYS
    return tuple(
        {DAY: float(day - first), **(steady if day == first else {}), **found[day]} for day in sorted(found)
    )
