"""What was known at each of a person's visits: the newest value of everything, and how a value has moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from medai_core.domain.inputs import Input
from medai_core.domain.refusal import Refusal

DAY: Final = "day"
TREND: Final = "_trend"
"""An input that ends so is the yearly change of the log of the input that it is named after."""

AGE: Final = "age"
YEAR_DAYS: Final = 365.25
LEAST_DAYS: Final = 30.0
"""A trend needs values that lie at least so far apart."""

Visit = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KnownBy:
    """What was known at one visit; `place` is the visit's place among those that were given."""

    place: int
    day: float
    values: dict[str, Any]


def known_by_visit(visits: Sequence[Visit], inputs: Sequence[Input]) -> list[KnownBy]:
    """What was known at each visit, by rising day.

    A value that a visit lacks is the newest earlier one. `age` is the age at the first day and moves on.
    Raises Refusal "usage" where a visit has no day.
    """
    keys = [one.key for one in inputs]
    trended = [key.removesuffix(TREND) for key in keys if key.endswith(TREND)]
    ordered = sorted(range(len(visits)), key=lambda place: _day(visits[place]))
    first = _day(visits[ordered[0]]) if ordered else 0.0
    newest: dict[str, Any] = {}
    history: dict[str, list[tuple[float, float]]] = {key: [] for key in trended}
    found = []
    for place in ordered:
        visit = visits[place]
        day = _day(visit)
        newest |= {key: visit[key] for key in keys if key in visit and not _nothing(visit[key])}
        for key in trended:
            value = None if _nothing(visit.get(key)) else _number(visit[key])
            if value is not None and value > 0:
                history[key].append((day, float(np.log(value))))
        values = dict(newest)
        values |= {f"{key}{TREND}": trend(history[key]) for key in trended}
        if (age := _number(newest.get(AGE))) is not None:
            values[AGE] = age + (day - first) / YEAR_DAYS
        found.append(KnownBy(place, day, values))
    return found


def trend(history: Sequence[tuple[float, float]]) -> float | None:
    """The slope a year of a straight line through (day, value); None where the days lie too close."""
    days = np.array([day for day, _ in history])
    if len(days) < 2 or np.ptp(days) < LEAST_DAYS:
        return None
    values = np.array([value for _, value in history])
    centred = (days - days.mean()) / YEAR_DAYS
    return float(centred @ (values - values.mean()) / (centred @ centred))


def _day(visit: Visit) -> float:
    found = _number(visit.get(DAY))
    if found is None:
        raise Refusal(
            "usage",
            expected="a day for every visit, counted from any first day",
            found="a visit without one",
            what_to_do="Give the day of each visit.",
        )
    return found


def _nothing(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value != value


def _number(value: Any) -> float | None:
    if _nothing(value) or isinstance(value, bool):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if np.isfinite(found) else None
