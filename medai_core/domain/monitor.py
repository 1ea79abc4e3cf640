"""What the monitor of a model counts: periods of time, shares, and counts that are kept back where small."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from medai_core.domain.shares import wilson

if TYPE_CHECKING:  # numpy is loaded where it counts: the store needs `Inputs` at the start of the app
    import numpy as np
    from numpy.typing import NDArray

SMALLEST_SHOWN: Final = 5
"""A count below this is never shown, and cannot be worked out from those beside it."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What an image was like when a model was asked about it; None where it is not known.

    `statistics` are those of `imaging.statistics.describe`; `age_years` and `view` what the model's gate
    went by: the file's header, of a picture what a person said.
    """

    statistics: dict[str, float] | None = None
    age_years: float | None = None
    view: str | None = None


class Step(StrEnum):
    """How long one period of a chart over time is."""

    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `start` up to `end` (not included), in the zone of whoever looks; `whole` if none is cut."""

    start: date
    end: date
    whole: bool

    @property
    def words(self) -> str:
        """``"2026-11"`` for a whole month, else first and last day."""
        last = self.end - timedelta(days=1)
        if self.whole and self.start.day == 1 and self.end.day == 1:
            return f"{self.start:%Y-%m}"
        return f"{self.start.isoformat()} to {last.isoformat()}"


def periods(first: date, last: date, step: Step) -> tuple[Period, ...]:
    """The weeks (from Monday) or calendar months that hold the days `first` to `last`, cut at both ends."""
    found = []
    day = first
    while day <= last:
        if step is Step.WEEK:
            begin = day - timedelta(days=day.weekday())
            after = begin + timedelta(days=7)
        else:
            begin = day.replace(day=1)
            after = (begin + timedelta(days=32)).replace(day=1)
        end = min(after, last + timedelta(days=1))
        found.append(Period(day, end, whole=day == begin and end == after))
        day = after
    return tuple(found)


def moments(found: Sequence[Period], zone: tzinfo) -> NDArray[np.float64]:
    """The midnights in `zone` at which the periods begin, and the one after the last; seconds since 1970."""
    import numpy as np

    days = [*(one.start for one in found), *(one.end for one in found[-1:])]
    return np.array([datetime.combine(day, time(), zone).timestamp() for day in days])


@dataclass(frozen=True, slots=True)
class Cell:
    """A count as it may be shown: `value`, or None where it is kept back.

    `small` says that it is under `SMALLEST_SHOWN` (0 included); another is kept back only so that a small
    one beside it cannot be worked out.
    """

    value: int | None
    small: bool = False

    @property
    def words(self) -> str:
        """The count, ``"<5"``, or that it is kept back."""
        if self.value is not None:
            return f"{self.value:,}"
        return f"<{SMALLEST_SHOWN}" if self.small else "kept back"


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `total`: a share 0..1 with its 95 % interval (Wilson 1927); None where kept back."""

    count: Cell
    total: Cell

    @property
    def value(self) -> float | None:
        """The share."""
        if self.count.value is None or not self.total.value:
            return None
        return self.count.value / self.total.value

    @property
    def ends(self) -> tuple[float, float] | None:
        """The interval's ends."""
        if self.count.value is None or not self.total.value:
            return None
        return wilson(self.count.value / self.total.value, self.total.value)

    @property
    def words(self) -> str:
        """``"12 of 80"``."""
        return f"{self.count.words} of {self.total.words}"


@dataclass(frozen=True, slots=True)
class Table:
    """Counts with their sums as they may be shown: `cells` by row and column, sums of both, and of all."""

    cells: tuple[tuple[Cell, ...], ...]
    row_totals: tuple[Cell, ...]
    column_totals: tuple[Cell, ...]
    total: Cell

    def shares(self, column: int) -> tuple[Share, ...]:
        """A column's share of each row."""
        return tuple(
            Share(row[column], total) for row, total in zip(self.cells, self.row_totals, strict=True)
        )

    def share_of_all(self, column: int) -> Share:
        """A column's share of all rows together."""
        return Share(self.column_totals[column], self.total)


def protected(counts: Sequence[Sequence[int]]) -> Table:
    """Counts, rows of equal length, with whatever must be kept back.

    Every count and sum under `SMALLEST_SHOWN` is. Then, in each row and column with its sum, others are, the
    smallest first, until a small one could be at least two things, and anything from 0 to 4 where a larger
    one is kept back beside it. Each row and column is safe by itself; what follows from several tables, or
    from two windows of time, is not looked at.

    >>> [cell.words for cell in protected([[80, 3, 9]]).cells[0]]
    ['80', '<5', 'kept back']
    """
    rows = [[*row, sum(row)] for row in counts]
    if not rows or len(rows[0]) < 2 or any(min(row) < 0 or len(row) != len(rows[0]) for row in rows):
        raise ValueError("a table needs rows of counts")
    full = [*rows, [sum(column) for column in zip(*rows, strict=True)]]
    hidden = [[value < SMALLEST_SHOWN for value in row] for row in full]
    lines = [[(row, column) for column in range(len(full[0]))] for row in range(len(full))]
    lines += [[(row, column) for row in range(len(full))] for column in range(len(full[0]))]
    changed = True
    while changed:
        changed = any([_keep_back(full, hidden, line) for line in lines])
    cells = [
        tuple(
            Cell(None if gone else value, small=value < SMALLEST_SHOWN)
            for value, gone in zip(row, row_gone, strict=True)
        )
        for row, row_gone in zip(full, hidden, strict=True)
    ]
    return Table(
        cells=tuple(row[:-1] for row in cells[:-1]),
        row_totals=tuple(row[-1] for row in cells[:-1]),
        column_totals=cells[-1][:-1],
        total=cells[-1][-1],
    )


def _keep_back(full: list[list[int]], hidden: list[list[bool]], line: list[tuple[int, int]]) -> bool:
    """Hide more of one line (its last value is the sum of the others) until it gives nothing away.

    Whether anything had to be.
    """
    changed = False
    while True:
        values = [full[row][column] for row, column in line]
        gone = [hidden[row][column] for row, column in line]
        if all(gone) or _is_safe(values, gone):
            return changed
        seen = [place for place, hides in enumerate(gone[:-1]) if not hides]
        row, column = line[min(seen, key=values.__getitem__) if seen else -1]
        hidden[row][column] = changed = True


def _is_safe(values: list[int], gone: list[bool]) -> bool:
    """Whether nothing hidden in the line follows from what is shown of it."""
    if not any(gone):
        return True
    if sum(gone) == 1:
        return False
    if gone[-1]:
        return True
    kept_back = [value for value, hides in zip(values[:-1], gone[:-1], strict=True) if hides]
    small = sum(value < SMALLEST_SHOWN for value in kept_back)
    rest, others = sum(kept_back), len(kept_back) - small
    if others:
        return rest >= SMALLEST_SHOWN * others + SMALLEST_SHOWN - 1
    return 0 < rest < (SMALLEST_SHOWN - 1) * small


_EXPECTED: Final = re.compile(r"\bExpected (.+?); found ")
_LONGEST_REASON: Final = 100


def reason_group(sentence: str) -> str:
    """What a refusal had expected, without what was found in one image; else its first sentence, no digits.

    >>> reason_group("Expected an age of 1 to 5 years; found 34 years. Choose another model.")
    'an age of 1 to 5 years'
    """
    expected = _EXPECTED.search(sentence)
    if expected:
        return expected.group(1)[:_LONGEST_REASON]
    first = sentence.split(". ")[0].rstrip(".")
    return re.sub(r"\d[\d.,]*", "\u2026", first)[:_LONGEST_REASON]
