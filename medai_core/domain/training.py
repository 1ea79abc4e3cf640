"""A table that somebody brings to train on: what its columns hold, what is wrong with it, what was chosen."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

STOP: Final = "stop"
"""The column, or the table, cannot be used as it is."""
WARN: Final = "warn"
"""It can be used, and a person has to decide whether it should."""
NOTE: Final = "note"
"""What was done with it."""


class Kind(StrEnum):
    """What a column holds."""

    NUMBER = "number"
    YES_NO = "yes or no"
    CATEGORY = "choices"
    DATE = "dates"
    TEXT = "text"
    EMPTY = "empty"


USABLE: Final = frozenset({Kind.NUMBER, Kind.YES_NO, Kind.CATEGORY})
"""What can be an input."""


@dataclass(frozen=True, slots=True)
class Issue:
    """Something that matters about a column or the table, as a sentence without any cell of it."""

    code: str
    severity: str
    text: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """What one column holds.

    `low`, `high` and `middle` (the median) are of numbers; `top` are the commonest texts with their counts;
    `odd` cells are there and are not what the column holds: they are taken as missing.
    """

    name: str
    kind: Kind
    present: int
    missing: int
    distinct: int
    low: float | None = None
    high: float | None = None
    middle: float | None = None
    top: tuple[tuple[str, int], ...] = ()
    odd: int = 0
    decimal: str = "."
    unit: str = ""
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class TableProfile:
    """What a table holds. `duplicates` are rows that stand there already, cell by cell."""

    rows: int
    columns: tuple[ColumnProfile, ...]
    duplicates: int
    refused: int
    issues: tuple[Issue, ...] = ()

    def column(self, name: str) -> ColumnProfile | None:
        """The column of a name."""
        return next((one for one in self.columns if one.name == name), None)

    def as_dict(self) -> dict[str, Any]:
        """For the store."""
        return asdict(self)

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> "TableProfile":
        """Read what `as_dict` gave, as JSON gives it back."""
        return TableProfile(
            int(data["rows"]),
            tuple(_column(one) for one in data["columns"]),
            int(data["duplicates"]),
            int(data["refused"]),
            tuple(Issue(**one) for one in data["issues"]),
        )


def _column(data: Mapping[str, Any]) -> ColumnProfile:
    values = dict(data)
    values["kind"] = Kind(values["kind"])
    values["top"] = tuple((str(text), int(count)) for text, count in values["top"])
    values["issues"] = tuple(Issue(**one) for one in values["issues"])
    return ColumnProfile(**values)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person chose for one training.

    Attributes
    ----------
    target : the column that is to be predicted
    positive : the texts of that column that count as the outcome; all others are "no"
    columns : the inputs
    split : "random", "group" or "time"
    group : the column that names whose row it is, "" for none
    time : the column by which rows are put in order, "" for none
    deduplicate : whether rows that stand there twice are used once
    zeros : columns in which 0 means missing
    select : whether columns that differ little between the classes are left out, inside of every fold
    candidates : names of the estimators to compare
    """

    target: str
    positive: tuple[str, ...]
    columns: tuple[str, ...]
    split: str = "random"
    group: str = ""
    time: str = ""
    deduplicate: bool = True
    zeros: tuple[str, ...] = ()
    select: bool = False
    candidates: tuple[str, ...] = field(default_factory=tuple)

    def as_dict(self) -> dict[str, Any]:
        """For the store."""
        return asdict(self)

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> "Choices":
        """Read what `as_dict` gave, as JSON gives it back."""
        values: dict[str, Any] = {
            key: tuple(one) if isinstance(one, list) else one for key, one in data.items()
        }
        return Choices(**values)
