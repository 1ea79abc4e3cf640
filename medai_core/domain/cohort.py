"""Questions about many patients: criteria, the funnel that they make, and what of its counts may be shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from medai_core.domain.monitor import SMALLEST_SHOWN, Cell


class Kind(StrEnum):
    """What a criterion is about."""

    AGE = "age"
    SEX = "sex"
    PROBLEM = "problem"
    MEDICATION = "medication"
    PROCEDURE = "procedure"
    VACCINE = "vaccine"
    ENCOUNTER = "encounter"
    VALUE = "value"
    IMAGING = "imaging"


CODED: Final = (Kind.PROBLEM, Kind.MEDICATION, Kind.PROCEDURE, Kind.VACCINE, Kind.ENCOUNTER)
"""The kinds that are found by the code of an entry."""

SEXES: Final = {"F": "female", "M": "male", "O": "other", "": "not given"}
ANY, NEWEST = "any", "newest"
EVER, CURRENT = "ever", "current"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition on patients; they all hold together.

    Parameters
    ----------
    system, code : str
        Of a problem, drug, procedure, vaccine, visit or measured quantity; for imaging the model and the
        finding. Empty `code` of a visit: any visit.
    low, high : float, optional
        Years of age, or the value's range in `unit`, both ends included; None leaves an end open.
    sexes : tuple of str
        Letters of `SEXES`.
    since, until : date, optional
        First and last day of the window; None leaves an end open.
    mode : str
        Of a value: "any" in the range, or the "newest"; of a problem or drug "ever" or "current".
    without : bool
        Those for whom it does not hold.
    """

    kind: Kind
    system: str = ""
    code: str = ""
    low: float | None = None
    high: float | None = None
    unit: str = ""
    sexes: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    mode: str = ""
    without: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What a criterion leaves: `count` people after it; the first step has no criterion."""

    criterion: Criterion | None
    words: str
    count: Cell


def protected_descent(counts: Sequence[int]) -> tuple[Cell, ...]:
    """Counts that never rise, as they may be shown one after another.

    A count under `SMALLEST_SHOWN` is kept back; so is one that lies below the shown one before it by less
    than that, as the difference would show a small group. Two shown counts are equal (nobody was left out)
    or at least that far apart.

    >>> [cell.words for cell in protected_descent([100, 97, 60, 3])]
    ['100', 'kept back', '60', '<5']
    """
    if any(later > earlier for earlier, later in zip(counts, counts[1:], strict=False)):
        raise ValueError("counts that rise")
    cells: list[Cell] = []
    last: int | None = None
    for count in counts:
        apart = last is None or last == count or last - count >= SMALLEST_SHOWN
        shown = count >= SMALLEST_SHOWN and apart
        cells.append(Cell(count if shown else None, small=count < SMALLEST_SHOWN))
        last = count if shown else last
    return tuple(cells)
