"""What a number that cannot be true may have been: another unit, a shifted decimal point, two values swapped.

Every answer is a proposal with its reason; a person decides. Nothing is proposed where nothing supports it:
the repaired number must lie within the limits and fit the patient's other values, else people of that age,
else the sender's reference range, else the usual value of the limits' source.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from medai_core.records.plausible import ADULT_YEARS, Limits
from medai_core.records.quality import (
    Numbers,
    age_group,
    limits_of_each,
    outside,
    own_z,
    population_z,
)
from medai_core.records.thresholds import FEWEST
from medai_core.records.units import converted

FAR: Final = 8.0
"""Robust z from which a number within its limits is looked at: against the patient's own, or people's."""
NEAR: Final = 3.5
"""Robust z within which a repaired number is said to fit."""
OWN_SPREAD: Final = 0.05
"""A patient's values are taken to vary by at least this share of their median (one standard deviation)."""
USUAL_FACTOR: Final = 2.0
"""How far from the usual value, as a factor, a repaired number may lie where nothing else is known."""

_DECIMAL: Final = ((0.1, "one place to the left"), (10.0, "one place to the right"),
                   (0.01, "two places to the left"), (100.0, "two places to the right"))  # fmt: skip
_UNITS: Final = {
    "Cel": (("[degF]", "degrees Fahrenheit"), ("K", "kelvin")),
    "cm": (("[in_i]", "inches"), ("m", "metres"), ("mm", "millimetres"), ("[ft_i]", "feet")),
    "kg": (("[lb_av]", "pounds"), ("g", "grams")),
    "mg/dL": (("mmol/L", "mmol/L"), ("umol/L", "\u00b5mol/L"), ("g/L", "g/L")),
    "mmol/L": (("mg/dL", "mg/dL"), ("umol/L", "\u00b5mol/L")),
    "g/dL": (("g/L", "g/L"), ("mmol/L", "mmol/L")),
    "%": (("1", "a share of 1"), ("mmol/mol", "mmol/mol")),
    "mm[Hg]": (("kPa", "kPa"),),
    "10*3/uL": (("/uL", "per microlitre"),),
}
"""For the unit of the limits: units in which a number may have been written without being said."""
_WORDS: Final = {"Cel": "degrees Celsius", "cm": "centimetres", "kg": "kilograms"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another number for the value at `key` (entry id, position), in its own unit where that can be."""

    key: tuple[str, int]
    kind: str
    number: float
    unit: str
    new_number: float
    new_unit: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Reference:
    """What a repaired number is held against: near `center`, and from `low` to `high`."""

    center: float
    low: float
    high: float
    words: str

    def holds(self, value: float) -> bool:
        """Whether a number fits."""
        return self.low <= value <= self.high


def _around(center: float, width: float, words: str) -> _Reference:
    return _Reference(center, center - width, center + width, words)


def proposals(numbers: Numbers, limits: Limits | None, *, most: int = 2000) -> list[Proposal]:
    """Proposals for numbers outside their limits or far from all others; the outside ones first."""
    out = outside(numbers, limits)
    with np.errstate(invalid="ignore"):
        far = (np.abs(own_z(numbers)) > FAR) | (np.abs(population_z(numbers)) > FAR)
    order = [*np.flatnonzero(out), *np.flatnonzero(far & ~out)]
    references = _References(numbers, limits, out)
    found: list[Proposal] = []
    for place in order:
        if len(found) >= most:
            break
        one = _best(numbers, limits, references, int(place), is_outside=bool(out[place]))
        if one is not None:
            found.append(one)
    return found


class _References:
    """What each number is held against, made once an analyte."""

    def __init__(self, numbers: Numbers, limits: Limits | None, out: NDArray[np.bool_]) -> None:
        self._numbers, self._limits = numbers, limits
        self._low, self._high = limits_of_each(numbers, limits)
        self._good = np.isfinite(numbers.number) & ~out
        self._group = age_group(numbers.age_years)
        self._groups: dict[int, _Reference | None] = {}
        order = np.argsort(numbers.patient, kind="stable")
        ids, starts = np.unique(numbers.patient[order], return_index=True)
        ends = [*starts[1:], len(order)]
        self._own = {int(one): order[a:b] for one, a, b in zip(ids, starts, ends, strict=True) if one >= 0}

    def limits(self, place: int) -> tuple[float, float]:
        """(low, high) for one number; NaN without."""
        return float(self._low[place]), float(self._high[place])

    def of(self, place: int) -> _Reference | None:
        """The best that is known."""
        return (
            self._of_patient(place) or self._of_people(place) or self._of_sender(place) or self._of_source()
        )

    def _of_patient(self, place: int) -> _Reference | None:
        mine = self._own.get(int(self._numbers.patient[place]), np.empty(0, dtype=np.int64))
        mine = mine[self._good[mine] & (mine != place)]
        if not self._numbers.age_years[place] >= ADULT_YEARS or len(mine) < 2:
            return None
        values = self._numbers.number[mine]
        center = float(np.median(values))
        spread = max(1.4826 * float(np.median(np.abs(values - center))), OWN_SPREAD * abs(center))
        return _around(center, NEAR * spread, f"the patient's {len(mine)} other values, median {center:.4g}")

    def _of_people(self, place: int) -> _Reference | None:
        group = int(self._group[place])
        if group not in self._groups:
            values = self._numbers.number[self._good & (self._group == group)]
            self._groups[group] = None
            if len(values) >= FEWEST:
                center = float(np.median(values))
                spread = 1.4826 * float(np.median(np.abs(values - center)))
                words = f"people of that age, median {center:.4g} of {len(values)} values"
                self._groups[group] = _around(center, NEAR * spread, words) if spread > 0 else None
        return self._groups[group]

    def _of_sender(self, place: int) -> _Reference | None:
        low, high = float(self._numbers.low[place]), float(self._numbers.high[place])
        if not np.isfinite(low) or not np.isfinite(high) or high <= low:
            return None
        center = (low + high) / 2.0
        return _around(center, 1.5 * (high - center), f"the sender's reference range, {low:g} to {high:g}")

    def _of_source(self) -> _Reference | None:
        usual = self._limits.usual if self._limits else None
        if usual is None:
            return None
        words = f"a usual value of {usual:g}"
        return _Reference(usual, usual / USUAL_FACTOR, usual * USUAL_FACTOR, words)


def _best(
    numbers: Numbers, limits: Limits | None, references: _References, place: int, *, is_outside: bool
) -> Proposal | None:
    """The candidate that fits best, if one does."""
    reference = references.of(place)
    if reference is None:
        return None
    low, high = references.limits(place)
    shown = float(numbers.number[place])
    fitting = []
    for rank, (kind, value, words) in enumerate(_candidates(numbers, place)):
        inside = not (value < low or value > high)  # NaN limits exclude nothing
        distance = abs(value - reference.center)
        if inside and reference.holds(value) and distance < abs(shown - reference.center):
            fitting.append((kind.startswith("decimal"), distance, rank, kind, value, words))
    if not fitting:
        return None
    decimal, _, _, kind, value, words = min(fitting)
    if decimal and not is_outside:
        return None  # far from the others, but possible: a shifted point alone is too little to go by
    bounds = f"outside {low:g} to {high:g} {numbers.unit}" if is_outside else "far from the other values"
    raw, unit = float(numbers.raw[place]), numbers.units[place]
    new_number, new_unit = _in_stored_unit(value, numbers, place)
    reason = f"{raw:g} {unit or 'without a unit'} is {bounds}; {words} it fits {reference.words}"
    return Proposal(numbers.keys[place], kind, raw, unit, _rounded(new_number, raw), new_unit, f"{reason}.")


def _candidates(numbers: Numbers, place: int) -> list[tuple[str, float, str]]:
    """(kind, number in the unit of the limits, words) of all that the number may have been."""
    raw, shown = float(numbers.raw[place]), float(numbers.number[place])
    stored = numbers.units[place]
    found = []
    others = [*_UNITS.get(numbers.unit, ()), (numbers.unit, _WORDS.get(numbers.unit, numbers.unit))]
    for unit, words in others:
        if unit == stored or (unit == numbers.unit and not stored):
            continue
        value = converted(raw, unit, numbers.unit, code=numbers.code)
        if value is not None:
            found.append(("unit", value, f"read as {words}"))
    if np.isfinite(shown):
        for factor, words in _DECIMAL:
            found.append(("decimal", shown * factor, f"with the decimal point {words}"))
    return found


def _in_stored_unit(value: float, numbers: Numbers, place: int) -> tuple[float, str]:
    """The repaired number in the stored value's own unit where that is the same quantity."""
    unit = numbers.units[place]
    if unit and unit != numbers.unit:
        back = converted(value, numbers.unit, unit, code=numbers.code)
        if back is not None:
            return back, unit
    return value, numbers.unit


def _rounded(value: float, raw: float) -> float:
    """To as many digits as the raw number has, and at least three."""
    digits = max(len(f"{abs(raw):.10g}".replace(".", "").strip("0")), 3)
    return float(f"{value:.{digits}g}")


def swapped(first: Numbers, second: Numbers, names: tuple[str, str], *, most: int = 500) -> list[Proposal]:
    """Two values of one patient and moment that fit only when exchanged: height and weight, systolic and
    diastolic. Both must be far from the patient's (else people's) values, and near them once swapped."""
    partner = _by_moment(second)
    references = [_References(one, None, np.zeros(len(one.raw), dtype=bool)) for one in (first, second)]
    found: list[Proposal] = []
    for place, key in enumerate(_moments(first)):
        for other in partner.get(key, ()):
            pair = _swap(first, second, (place, other), references, names)
            found += pair
        if len(found) >= most:
            break
    return found


def _moments(numbers: Numbers) -> list[tuple[int, float]]:
    return list(zip(numbers.patient.tolist(), numbers.moment.tolist(), strict=True))


def _by_moment(numbers: Numbers) -> dict[tuple[int, float], list[int]]:
    spots: dict[tuple[int, float], list[int]] = {}
    for place, key in enumerate(_moments(numbers)):
        if key[0] >= 0 and np.isfinite(key[1]):
            spots.setdefault(key, []).append(place)
    return spots


def _swap(
    first: Numbers,
    second: Numbers,
    places: tuple[int, int],
    references: Sequence[_References],
    names: tuple[str, str],
) -> list[Proposal]:
    values = float(first.number[places[0]]), float(second.number[places[1]])
    held = [one.of(place) for one, place in zip(references, places, strict=True)]
    if held[0] is None or held[1] is None or not all(np.isfinite(values)):
        return []
    now = [one.holds(value) for value, one in zip(values, held, strict=True) if one]
    then = [one.holds(value) for value, one in zip(values[::-1], held, strict=True) if one]
    if any(now) or not all(then):
        return []
    found = []
    for numbers, place, value, one in zip((first, second), places, values[::-1], held, strict=True):
        raw, unit = float(numbers.raw[place]), numbers.units[place]
        number, new_unit = _in_stored_unit(value, numbers, place)
        fits = one.words if one else ""
        reason = f"{names[0].capitalize()} and {names[1]} of the same moment fit only when exchanged: {fits}."
        found.append(Proposal(numbers.keys[place], "swapped", raw, unit, number, new_unit, reason))
    return found
