"""One place where a unit becomes another one; what is not known to be the same quantity is None."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from medai_core.domain.record import Code
from medai_core.records.analytes import HBA1C, LOINC, Analyte, analyte_of
from medai_core.records.ucum import OFFSET, Unit, read_unit

if TYPE_CHECKING:
    from pint import Quantity, UnitRegistry

    Registry = UnitRegistry[Any]
    Amount = Quantity[Any]

_DEFINITIONS: Final = """
medai_enzyme_unit = micromole / minute
medai_international_unit = [medai_international_activity]
medai_equivalent = [medai_charge]
medai_osmole = [medai_osmolar_amount]
medai_ph = [medai_acidity]
medai_high_power_field = [medai_field_high]
medai_low_power_field = [medai_field_low]
medai_arbitrary_unit = [medai_arbitrary]
medai_drop = [medai_drops]
medai_colony = [medai_colonies]
medai_diopter = 1 / meter
medai_apl = [medai_apl_activity]
medai_gpl = [medai_gpl_activity]
medai_mpl = [medai_mpl_activity]
medai_month = 30.4375 * day
medai_mercury = 133.322387415 * kilopascal
medai_water = 9.80665 * kilopascal
"""
"""Units whose amount hangs on the substance have a dimension of their own, so that nothing converts them.

An enzyme unit is 1 umol/min (UCUM, U); a month is a twelfth of the Julian year (UCUM, mo_j); metres of
mercury and water by their conventional densities (as pint's mmHg and cmH2O).
"""


def ucum(written: str | None) -> str | None:
    """The canonical UCUM spelling of a unit as it was written, None where it is not known.

    >>> ucum("MEQ/L"), ucum("10^3/uL"), ucum("°F"), ucum("bushels")
    ('meq/L', '10*3/uL', '[degF]', None)
    """
    unit = read_unit(written) if written else None
    return unit.code if unit else None


def converted(number: float, from_unit: str, to_unit: str, *, code: Code | None = None) -> float | None:
    """`number` in another unit; units may be written in any known way.

    Parameters
    ----------
    code : Code, optional
        What was measured (LOINC): mass and amount of substance (mg/dL, mmol/L, meq/L) are exchanged only for
        analytes whose molar mass is known (`records.analytes`).

    Returns
    -------
    float or None
        None where a unit is not known or the two are not the same quantity.

    >>> round(converted(98.6, "[degF]", "Cel"), 6)
    37.0
    >>> round(converted(100, "mg/dL", "mmol/L", code=Code(LOINC, "2345-7")), 3)
    5.551
    >>> converted(100, "mg/dL", "mmol/L") is None
    True
    """
    source, target = read_unit(from_unit), read_unit(to_unit)
    if source is None or target is None:
        return None
    if source.code == target.code:
        return number
    if code is not None and code.system == LOINC and code.code in HBA1C:
        return _haemoglobin(number, source.code, target.code)
    if OFFSET & {source.code, target.code}:
        return _temperature(number, source, target)
    analyte = analyte_of(code.system, code.code) if code else None
    factor = _factor(source, target, analyte)
    return None if factor is None else number * factor


def _haemoglobin(number: float, source: str, target: str) -> float | None:
    """Haemoglobin A1c between NGSP per cent and IFCC mmol/mol.

    NGSP = 0.09148 IFCC + 2.152 (Hoelzel et al. 2004, Clin Chem 50:166, master equation).
    """
    if (source, target) == ("%", "mmol/mol"):
        return (number - 2.152) / 0.09148
    if (source, target) == ("mmol/mol", "%"):
        return 0.09148 * number + 2.152
    return None


def _temperature(number: float, source: Unit, target: Unit) -> float | None:
    names = [unit.parts[0][0] for unit in (source, target) if len(unit.parts) == 1 and unit.scale == 1]
    if len(names) != 2 or not {*source.atoms, *target.atoms} <= {"Cel", "[degF]", "K"}:
        return None
    return float(_registry().convert(number, names[0], names[1]))


@lru_cache(maxsize=4096)
def _factor(source: Unit, target: Unit, analyte: Analyte | None) -> float | None:
    """What to multiply by, None where the quantities differ."""
    if source.about != target.about or _ratio_of_amounts(source) != _ratio_of_amounts(target):
        return None
    registry = _registry()
    have, want = _quantity(source), _quantity(target)
    bridges = [registry.Quantity(1.0)]
    if analyte is not None:
        mass = registry.Quantity(analyte.molar_mass, "gram / mole")
        bridges += [mass, 1 / mass]
        if analyte.charge:
            charge = registry.Quantity(float(analyte.charge), "medai_equivalent / mole")
            bridges += [charge, 1 / charge, charge / mass, mass / charge]
    for bridge in bridges:
        over = have * bridge / want
        if over.dimensionless:
            return float(over.to_base_units().magnitude)
    return None


def _ratio_of_amounts(unit: Unit) -> bool:
    """mol/mol is no per cent of anything by itself: the two are never exchanged by cancelling."""
    return unit.atoms == ("mol", "mol")


def _quantity(unit: Unit) -> "Amount":
    found = _registry().Quantity(unit.scale)
    for name, exponent in unit.parts:
        found = found * _registry().Quantity(1.0, name) ** exponent
    return found


@lru_cache(maxsize=1)
def _registry() -> "Registry":
    from pint import UnitRegistry

    registry: Registry = UnitRegistry(cache_folder=None)
    for line in _DEFINITIONS.strip().splitlines():
        registry.define(line)
    return registry
