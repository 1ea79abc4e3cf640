"""The numbers of one analyte judged: units, limits, outliers, drift between sources. Pure; counts come out.

References
----------
Robust z and its threshold of 3.5: Iglewicz and Hoaglin, How to Detect and Handle Outliers, ASQC, 1993.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.record import Code, Json
from medai_core.learning.drift import PSI_DRIFTED, PSI_WATCH, psi, psi_by_chance, two_sample_ks
from medai_core.records.plausible import ADULT_YEARS, Limits
from medai_core.records.thresholds import FEWEST, FEWEST_OWN, Z_STEP
from medai_core.records.units import converted, ucum

BINS: Final = 80
Z_BINS: Final = 61
_MAD: Final = 1.4826
_AGES: Final = (0.0, 1.0, 3.0, 6.0, 10.0, 14.0, ADULT_YEARS)

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Numbers:
    """All current numbers of one analyte, n of them, as they are stored and in one unit.

    `raw` and `units` are as stored, `number` in `unit` (NaN where the unit says something else); `patient`
    and `source` are indices, `age_years` NaN where not known; `low` and `high` the sender's reference range
    in the stored unit; `keys` are (entry id, position).
    """

    code: Code
    unit: str
    raw: Values
    units: tuple[str, ...]
    number: Values
    patient: NDArray[np.int64]
    source: NDArray[np.int64]
    sources: tuple[str, ...]
    age_years: Values
    moment: Values
    low: Values
    high: Values
    keys: tuple[tuple[str, int], ...]


def in_one_unit(raw: Values, units: Sequence[str], unit: str, code: Code) -> Values:
    """The numbers in `unit`: NaN where their own unit is another quantity or not known.

    A number without a unit is taken to be in `unit`: what it lacks is counted elsewhere.
    """
    found = np.full(len(raw), np.nan)
    kinds = np.array(units, dtype=object)
    for kind in set(units):
        chosen = kinds == kind
        if not kind or kind == unit:
            found[chosen] = raw[chosen]
            continue
        zero, one = converted(0.0, kind, unit, code=code), converted(1.0, kind, unit, code=code)
        if zero is not None and one is not None:
            found[chosen] = zero + (one - zero) * raw[chosen]
    return found


def usual_unit(units: Sequence[str], limits: Limits | None) -> str:
    """The unit in which an analyte is judged: that of its limits, else the most frequent one."""
    if limits is not None:
        return limits.unit
    counted = Counter(unit for unit in units if unit)
    return counted.most_common(1)[0][0] if counted else ""


def limits_of_each(numbers: Numbers, limits: Limits | None) -> tuple[Values, Values]:
    """(low, high) for every number by the patient's age; NaN without limits."""
    size = len(numbers.number)
    if limits is None:
        return np.full(size, np.nan), np.full(size, np.nan)
    adult = numbers.age_years >= ADULT_YEARS
    child_low, child_high = limits.of_age(None)
    return np.where(adult, limits.low, child_low), np.where(adult, limits.high, child_high)


def outside(numbers: Numbers, limits: Limits | None) -> NDArray[np.bool_]:
    """Which numbers lie outside the limits."""
    low, high = limits_of_each(numbers, limits)
    with np.errstate(invalid="ignore"):
        found: NDArray[np.bool_] = (numbers.number < low) | (numbers.number > high)
    return found


def robust_z(values: Values, groups: NDArray[np.int64], *, fewest: int) -> Values:
    """How far each value lies from its group's median, in robust standard deviations.

    ``(x - median) / (1.4826 MAD)``; NaN in groups of fewer than `fewest` values, and where more than half of
    a group's values are the same (its MAD is 0: nothing can be said of the spread).
    """
    z = np.full(len(values), np.nan)
    known = np.flatnonzero(np.isfinite(values))
    if not known.size:
        return z
    _, group, counts = np.unique(groups[known], return_inverse=True, return_counts=True)
    distance = values[known] - _medians(values[known], group, counts)[group]
    spread = _MAD * _medians(np.abs(distance), group, counts)[group]
    judged = (counts[group] >= fewest) & (spread > 0)
    z[known[judged]] = distance[judged] / spread[judged]
    return z


def _medians(values: Values, group: NDArray[np.int64], counts: NDArray[np.int64]) -> Values:
    """The median of each group: `group` (n,) says to which each value belongs, `counts` how many it has."""
    ordered = values[np.lexsort((values, group))]
    first = np.cumsum(counts) - counts
    low, high = ordered[first + (counts - 1) // 2], ordered[first + counts // 2]
    return np.asarray(low + (high - low) / 2.0)


def age_group(age_years: Values) -> NDArray[np.int64]:
    """0 for less than a year up to 6 for adults; 7 where the age is not known."""
    place = np.searchsorted(np.array(_AGES), age_years, side="right") - 1
    return np.where(np.isfinite(age_years), np.clip(place, 0, len(_AGES) - 1), len(_AGES)).astype(np.int64)


def population_z(numbers: Numbers) -> Values:
    """Against people of the same group of ages."""
    return robust_z(numbers.number, age_group(numbers.age_years), fewest=FEWEST)


def own_z(numbers: Numbers) -> Values:
    """Against the same patient's other values, of adults alone: children grow."""
    grown = numbers.age_years >= ADULT_YEARS
    values = np.where(grown & (numbers.patient >= 0), numbers.number, np.nan)
    return robust_z(values, numbers.patient, fewest=FEWEST_OWN)


def counted(numbers: Numbers, limits: Limits | None) -> Json:
    """Everything that the page shows of an analyte, as counts from which sliders count again."""
    size = len(numbers.raw)
    empty = np.array([not unit for unit in numbers.units], dtype=bool)
    not_known = np.array([bool(unit) and ucum(unit) is None for unit in numbers.units], dtype=bool)
    other = ~np.isfinite(numbers.number)
    out = outside(numbers, limits)
    edges = bin_edges(numbers.number, limits)
    names = numbers.sources
    return {
        "system": numbers.code.system,
        "code": numbers.code.code,
        "name": limits.name if limits else numbers.code.display or numbers.code.code,
        "unit": numbers.unit,
        "values": size,
        "no_unit": int(empty.sum()),
        "unit_not_known": int(not_known.sum()),
        "other_quantity": int((other & ~not_known).sum()),
        "units": dict(Counter(unit or "no unit" for unit in numbers.units).most_common(12)),
        "outside": int(out.sum()),
        "edges": edges.tolist(),
        "histogram": {
            group: histogram(numbers.number[chosen], edges)
            for group, chosen in _groups(numbers, limits).items()
        },
        "population_z": z_histogram(population_z(numbers)),
        "own_z": z_histogram(own_z(numbers)),
        "by_source": {
            name: {
                "values": int(mine.sum()),
                "outside": int((mine & out).sum()),
                "bad_unit": int((mine & (empty | not_known)).sum()),
            }
            for name, mine in ((name, numbers.source == place) for place, name in enumerate(names))
        },
        "drift": drift(numbers),
    }


def _groups(numbers: Numbers, limits: Limits | None) -> dict[str, NDArray[np.bool_]]:
    """Where limits are of adults alone, adults and the others are counted apart."""
    if limits is None or limits.child is None:
        return {"all": np.ones(len(numbers.raw), dtype=bool)}
    adult = numbers.age_years >= ADULT_YEARS
    return {"adults": adult, "children and age not known": ~adult}


def bin_edges(values: Values, limits: Limits | None) -> Values:
    """Edges of equal bins over all values, laid so that the limits are edges and a slider counts exactly."""
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if limits is not None:
        step = _dividing(limits.high - limits.low)
        below = max(0, min(math.ceil((limits.low - low) / step), 200))
        above = max(0, min(math.floor((high - limits.high) / step) + 1, 200))
        inside = round((limits.high - limits.low) / step)
        return np.asarray(limits.low + step * np.arange(-below, inside + above + 1))
    step = _step((high - low) / BINS) if high > low else 1.0
    return np.asarray(math.floor(low / step) * step + step * np.arange(BINS + 3))


def _dividing(span: float) -> float:
    """A step of 1, 2 or 5 times a power of ten that divides a span into 50 parts or a few more."""
    step = _step(span / 50.0)
    while abs(span / step - round(span / step)) > 1e-6 and span / step < 500.0:
        step = _step(step * 0.75)
    return step if span / step < 500.0 else span / 50.0


def _step(about: float) -> float:
    """1, 2 or 5 times a power of ten, at most `about`."""
    power = 10.0 ** math.floor(math.log10(about))
    return float(next(factor * power for factor in (5.0, 2.0, 1.0) if factor * power <= about * (1 + 1e-9)))


def histogram(values: Values, edges: Values) -> Json:
    """Counts by bin (the beginning belongs to it), and what lies under the first and over the last edge."""
    known = values[np.isfinite(values)]
    inside = known[(known >= edges[0]) & (known <= edges[-1])]
    counts, _ = np.histogram(inside, edges)
    return {
        "counts": counts.tolist(),
        "under": int((known < edges[0]).sum()),
        "over": int((known > edges[-1]).sum()),
    }


def z_histogram(z: Values) -> list[int]:
    """|z| in steps of a half; the last bin holds 30 and more."""
    known = np.abs(z[np.isfinite(z)])
    place = np.clip((known / Z_STEP).astype(np.int64), 0, Z_BINS - 1)
    return [int(count) for count in np.bincount(place, minlength=Z_BINS)]


def drift(numbers: Numbers) -> list[Json]:
    """Each source against all others: PSI over the others' deciles, and the Kolmogorov-Smirnov distance."""
    known = np.isfinite(numbers.number)
    rows: list[Json] = []
    for place, name in enumerate(numbers.sources):
        mine = numbers.number[known & (numbers.source == place)]
        others = numbers.number[known & (numbers.source != place)]
        if len(mine) < FEWEST or len(others) < FEWEST:
            continue
        inner = np.unique(np.quantile(others, np.linspace(0.1, 0.9, 9)))
        edges = np.concatenate([[-np.inf], inner, [np.inf]])
        counts = [np.histogram(values, edges)[0] for values in (others, mine)]
        ks = two_sample_ks(mine, others)
        index = psi(*counts, floor=0.5 / len(mine))
        chance = psi_by_chance(len(inner) + 1, len(mine), len(others))
        rows.append(
            {
                "source": name,
                "values": len(mine),
                "psi": index,
                "chance": chance,
                "distance": ks.distance,
                "p": ks.p,
                "median": float(np.median(mine)),
                "others_median": float(np.median(others)),
                "state": _state(index, chance),
            }
        )
    return rows


def _state(index: float, chance: float) -> str:
    if index <= max(chance, PSI_WATCH):
        return "alike"
    return "different" if index > PSI_DRIFTED else "somewhat different"


def score(parts: dict[str, tuple[int, int]]) -> dict[str, Any]:
    """{part: (bad, of)} as shares and the score, 0..100; parts of nothing are left out of the mean."""
    shares = {name: 1.0 - min(bad / of, 1.0) for name, (bad, of) in parts.items() if of}
    return {
        "parts": {name: [*counts] for name, counts in parts.items()},
        "shares": shares,
        "score": 100.0 * sum(shares.values()) / len(shares) if shares else None,
    }
