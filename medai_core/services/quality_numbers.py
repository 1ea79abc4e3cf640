"""The numbers of an analyte from the store as arrays, in the unit in which they are judged."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.record import Code
from medai_core.records.plausible import limits_of
from medai_core.records.quality import Numbers, Values, in_one_unit, usual_unit
from medai_core.store.quality import NumberColumns

_DAYS_PER_YEAR: Final = 365.25
_MICROSECONDS: Final = 1e6


Repaired = Mapping[tuple[str, int, float, str], tuple[float, str]]
"""By entry, position, raw number and raw unit: what is read instead."""
Births = Mapping[str, tuple[str, Any]]
"""By record of a patient: the record under which it shows, and the birth date."""
_NOBODY: Final[tuple[str | None, Any]] = (None, None)


def with_repairs(found: NumberColumns, repaired: Repaired) -> NumberColumns:
    """The numbers and units as they are read: what a person accepted in place of the raw ones."""
    places = {
        place: new
        for place, key in enumerate(
            zip(found.entry_ids, found.positions, found.numbers, found.units, strict=True)
        )
        if (new := repaired.get(key)) is not None
    } if repaired else {}  # fmt: skip
    if not places:
        return found
    numbers, units = list(found.numbers), list(found.units)
    for place, (number, unit) in places.items():
        numbers[place], units[place] = number, unit
    return replace(found, numbers=tuple(numbers), units=tuple(units))


def again(found: NumberColumns) -> dict[str, tuple[int, str]]:
    """By source: how many numbers stand more than once (patient, moment, number and unit), all but one of
    each counted, and the id of one entry that says such a number."""
    same: dict[tuple[Any, ...], tuple[str, str]] = {}
    counted: dict[str, tuple[int, str]] = {}
    for entry_id, source, *key in zip(
        found.entry_ids, found.sources, found.patients, found.starts, found.numbers, found.units, strict=True
    ):
        if key[0] is None or key[1] is None:
            continue
        first = same.setdefault(tuple(key), (entry_id, source))
        if first[0] != entry_id:
            name = min(first[1], source)
            counted[name] = (counted.get(name, (0, ""))[0] + 1, entry_id)
    return counted


def numbers_of(code: Code, found: NumberColumns, births: Births) -> Numbers:
    """Patients and sources become indices, ages whole days over 365.25; what is not known is NaN."""
    unit = usual_unit(found.units, limits_of(code))
    raw = np.array(found.numbers, dtype=np.float64)
    moments = np.array(found.starts, dtype="datetime64[us]")
    persons = [births.get(record or "", _NOBODY) for record in found.patients]
    born = np.array([day for _, day in persons], dtype="datetime64[D]")
    days = (moments.astype("datetime64[D]") - born).astype(np.float64)
    days[np.isnat(moments) | np.isnat(born)] = np.nan
    seconds = moments.astype(np.int64) / _MICROSECONDS
    seconds[np.isnat(moments)] = np.nan
    patient, _ = _indices([owner for owner, _ in persons])
    source, sources = _indices(found.sources)
    return Numbers(
        code=code,
        unit=unit,
        raw=raw,
        units=found.units,
        number=in_one_unit(raw, found.units, unit, code),
        patient=patient,
        source=source,
        sources=sources,
        age_years=days / _DAYS_PER_YEAR,
        moment=seconds,
        low=_values(found.lows),
        high=_values(found.highs),
        keys=tuple(zip(found.entry_ids, found.positions, strict=True)),
    )


def _values(column: Sequence[float | None]) -> Values:
    return np.array(column, dtype=np.float64)  # None becomes NaN


def _indices(column: Sequence[Any]) -> tuple[NDArray[np.int64], tuple[Any, ...]]:
    """Each one's place among the different ones, in the order in which they come; -1 for None."""
    places: dict[Any, int] = {}
    found = [-1 if one is None else places.setdefault(one, len(places)) for one in column]
    return np.array(found, dtype=np.int64), tuple(places)
