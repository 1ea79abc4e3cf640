"""What a person can change: which quantities, in which direction, how far; and what moves along with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from medai_core.domain.inputs import NUMBER, YES_NO, Input, Value
from medai_core.services.scores import in_unit

DOWN: Final = "down"
UP: Final = "up"

SYSTOLIC: Final = "systolic"
DIASTOLIC: Final = "diastolic"
MEAN_PRESSURE: Final = "mean pressure"
PULSE_PRESSURE: Final = "pulse pressure"
BMI: Final = "bmi"
WEIGHT: Final = "weight"
HEIGHT: Final = "height"
TOTAL: Final = "total cholesterol"
HDL: Final = "hdl"
LDL: Final = "ldl"
NON_HDL: Final = "non-hdl"
SMOKES: Final = "smokes"
CIGARETTES: Final = "cigarettes"

LEAST_PULSE_PRESSURE: Final = 15.0
"""mmHg between the two blood pressures that a slider leaves at least."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity that inputs of different names measure.

    Parameters
    ----------
    loinc, names : tuple of str
        Codes, and keys in small letters, by which it is known.
    better : str
        The direction in which a change is looked for; "" for none.
    end : float, optional
        In `unit`: where a change stops being looked for.
    most : float
        The largest change that is called realistic, as a share of the value that the person has.
    spread : float, optional
        Standard deviation in adults from 20 years in the United States, NHANES 2009-10, weighted; in `unit`.
    """

    role: str
    loinc: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    better: str = ""
    unit: str = ""
    end: float | None = None
    most: float = 0.0
    spread: float | None = None


# `end` and `most` are settings of MedAI; spreads were computed from the public table with its weights
QUANTITIES: Final = (
    Quantity(SYSTOLIC, ("8480-6",), ("systolic_bp", "sysbp", "sbp"), DOWN, "mmHg", 115.0, 0.2, 17.2),
    Quantity(DIASTOLIC, ("8462-4",), ("diastolic_bp", "diabp", "dbp"), DOWN, "mmHg", 70.0, 0.2, 12.1),
    Quantity(MEAN_PRESSURE, ("8478-0",), ("map", "mean_arterial_pressure", "mean_bp")),
    Quantity(PULSE_PRESSURE, (), ("pulse_pressure", "pp")),
    Quantity(TOTAL, ("2093-3",), ("total_cholesterol", "totchol"), DOWN, "mg/dL", 150.0, 0.3, 41.6),
    Quantity(HDL, ("2085-9",), ("hdl_cholesterol", "hdlc", "directchol"), UP, "mg/dL", 60.0, 0.2, 16.8),
    Quantity(LDL, ("13457-7", "2089-1", "18262-6"), ("ldl_cholesterol", "ldlc"), DOWN, "mg/dL", 70.0, 0.5),
    Quantity(NON_HDL, ("43396-1",), ("non_hdl_cholesterol", "non_hdl")),
    Quantity("triglycerides", ("2571-8",), ("triglycerides",), DOWN, "mg/dL", 100.0, 0.4),
    Quantity("glucose", ("2345-7", "1558-6"), ("glucose",), DOWN, "mg/dL", 90.0, 0.25),
    Quantity("hba1c", ("4548-4",), ("hba1c",), DOWN, "%", 5.6, 0.25),
    Quantity(BMI, ("39156-5",), ("bmi", "body_mass_index"), DOWN, "kg/m2", 23.0, 0.1, 6.7),
    Quantity(WEIGHT, ("29463-7",), ("weight",), DOWN, "kg", 55.0, 0.1, 21.4),
    Quantity(HEIGHT, ("8302-2",), ("height",)),
    Quantity("waist", ("8280-0",), ("waist",), DOWN, "cm", 75.0, 0.1),
    Quantity(SMOKES, (), ("smoker", "cursmoke", "smoking", "smokenow"), DOWN),
    Quantity(CIGARETTES, (), ("cigpday", "cigarettes_per_day"), DOWN, "", 0.0, 1.0),
    Quantity("activity", (), ("physically_active", "physactive"), UP),
    Quantity("vegetables", (), ("vegetables_daily",), UP),
    Quantity("alcohol", (), ("alcohol",), DOWN),
)


def quantity_of(one: Input) -> Quantity | None:
    """Which quantity an input measures; None where it is none of these."""
    for known in QUANTITIES:
        if set(known.loinc) & set(one.loinc) or one.key.lower() in known.names:
            return known
    return None


def roles(inputs: Sequence[Input]) -> dict[str, Input]:
    """The inputs by what they measure."""
    found: dict[str, Input] = {}
    for one in inputs:
        known = quantity_of(one)
        if known is not None:
            found.setdefault(known.role, one)
    return found


def moved(
    inputs: Sequence[Input], values: Mapping[str, Value], changes: Mapping[str, Value]
) -> dict[str, Value]:
    """The person with `changes`, and with what is bound to them.

    Diastolic falls and rises in proportion to systolic pressure, and stays `LEAST_PULSE_PRESSURE` below it;
    mean and pulse pressure follow from the two. Body mass index and weight go together, height held. LDL goes
    with total cholesterol by the same amount, and the other way round; non-HDL follows from total and HDL.
    Who stops smoking smokes no cigarettes, and the other way round. What is not known stays so; what is
    changed itself follows nothing.
    """
    found: dict[str, Value] = {**values, **changes}
    by_role = roles(inputs)
    _pressures(by_role, values, changes, found)
    _weights(by_role, values, changes, found)
    _lipids(by_role, values, changes, found)
    _smoking(by_role, changes, found)
    return found


def _number(values: Mapping[str, Value], one: Input | None) -> float | None:
    if one is None or one.kind != NUMBER or one.key not in values:
        return None
    return float(values[one.key])


def _put(found: dict[str, Value], one: Input, number: float) -> None:
    """Held to the input's own range."""
    low = number if one.low is None else max(number, one.low)
    found[one.key] = low if one.high is None else min(low, one.high)


def _free(one: Input | None, found: Mapping[str, Value], changes: Mapping[str, Value]) -> bool:
    return one is not None and one.key in found and one.key not in changes


def _pressures(
    by_role: Mapping[str, Input],
    before: Mapping[str, Value],
    changes: Mapping[str, Value],
    found: dict[str, Value],
) -> None:
    upper, lower = by_role.get(SYSTOLIC), by_role.get(DIASTOLIC)
    if upper is None or not changes.keys() & {one.key for one in (upper, lower) if one is not None}:
        return
    old, new = _number(before, upper), _number(found, upper)
    under = _number(found, lower)
    if lower is not None and new is not None and under is not None:
        if old and upper.key in changes and lower.key not in changes:
            under = under * new / old
            _put(found, lower, min(under, new - LEAST_PULSE_PRESSURE))
        elif new - under < LEAST_PULSE_PRESSURE and upper.key not in changes:
            _put(found, upper, under + LEAST_PULSE_PRESSURE)
    new, under = _number(found, upper), _number(found, lower)
    if new is None or under is None:
        return
    for role, number in ((MEAN_PRESSURE, under + (new - under) / 3), (PULSE_PRESSURE, new - under)):
        one = by_role.get(role)
        if one is not None and _free(one, found, changes):
            _put(found, one, number)


def _weights(
    by_role: Mapping[str, Input],
    before: Mapping[str, Value],
    changes: Mapping[str, Value],
    found: dict[str, Value],
) -> None:
    index, weight = by_role.get(BMI), by_role.get(WEIGHT)
    for first, second in ((index, weight), (weight, index)):
        old, new = _number(before, first), _number(found, first)
        if first is None or second is None or first.key not in changes or not old or new is None:
            continue
        bound = _number(found, second)
        if bound is not None and _free(second, found, changes):
            _put(found, second, bound * new / old)
            return


def _lipids(
    by_role: Mapping[str, Input],
    before: Mapping[str, Value],
    changes: Mapping[str, Value],
    found: dict[str, Value],
) -> None:
    total, low_density = by_role.get(TOTAL), by_role.get(LDL)
    for first, second in ((total, low_density), (low_density, total)):
        old, new = _number(before, first), _number(found, first)
        if first is None or second is None or first.key not in changes or old is None or new is None:
            continue
        bound = _number(found, second)
        if bound is not None and _free(second, found, changes) and first.unit == second.unit:
            _put(found, second, bound + new - old)
            break
    rest, sum_, high_density = by_role.get(NON_HDL), _number(found, total), _number(found, by_role.get(HDL))
    if rest is not None and sum_ is not None and high_density is not None and _free(rest, found, changes):
        if changes.keys() & {one.key for one in (total, low_density, by_role[HDL]) if one is not None}:
            _put(found, rest, sum_ - high_density)


def _smoking(by_role: Mapping[str, Input], changes: Mapping[str, Value], found: dict[str, Value]) -> None:
    smokes, cigarettes = by_role.get(SMOKES), by_role.get(CIGARETTES)
    if smokes is None or cigarettes is None or smokes.kind != YES_NO:
        return
    if smokes.key in changes and cigarettes.key not in changes:
        if changes[smokes.key] is False:
            _known(found, cigarettes, 0.0)
        elif found.get(cigarettes.key) == 0.0:
            del found[cigarettes.key]
    elif cigarettes.key in changes and smokes.key not in changes:
        _known(found, smokes, float(changes[cigarettes.key]) > 0)


def _known(found: dict[str, Value], one: Input, value: Value) -> None:
    if one.key in found:
        found[one.key] = value


# ---- how far, and how hard


def spread_of(one: Input, population: float | None = None) -> float:
    """The standard deviation by which the effort of a change is counted, in the input's unit.

    Of the predictor's own population where that is given, else of NHANES, else an eighth of the range.
    """
    if population:
        return population
    known = quantity_of(one)
    if known is not None and known.spread is not None:
        converted = in_unit(one, known.spread, known.unit)
        if converted:
            return converted
    return (one.high - one.low) / 8 if one.low is not None and one.high is not None else 1.0


def reach(one: Input, value: Value | None) -> tuple[Value, ...]:
    """Where a realistic change of an input ends: one value, or none where nothing is to be gained."""
    known = quantity_of(one)
    if known is None or not known.better or value is None:
        return ()
    if one.kind == YES_NO:
        wanted = known.better == UP
        return (wanted,) if value is not wanted else ()
    if one.kind != NUMBER or known.end is None:
        return ()
    end = in_unit(one, known.end, known.unit or "1") if known.unit else known.end
    number = float(value)
    if end is None:
        return ()
    if known.better == DOWN:
        target = max(number * (1 - known.most), end)
        target = target if one.low is None else max(target, one.low)
        return (target,) if target < number else ()
    target = min(number * (1 + known.most), end)
    target = target if one.high is None else min(target, one.high)
    return (target,) if target > number else ()
