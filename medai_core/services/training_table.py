"""A table of somebody's own, read and looked through before anything is learned from it.

read(content, name) -> Table; profile(table) -> TableProfile; numbers(column, profile) -> what a matrix holds.
"""

import io
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.refusal import Refusal
from medai_core.domain.training import NOTE, STOP, WARN, ColumnProfile, Issue, Kind, TableProfile
from medai_core.records.tables.cells import (
    CellProblem,
    Number,
    date_orders,
    decimal_signs,
    number_of,
    text_of,
    time_of,
)
from medai_core.records.tables.opening import MOST_COLUMNS, open_table
from medai_core.services.training_words import column_issues

MOST_CELLS: Final = 20_000_000
MOST_CHOICES: Final = 30
NUMERIC_FROM: Final = 0.7
"""A column is one of numbers where so many of its cells are; what else stands there is missing."""

TOP: Final = 12
_YES: Final = frozenset({"yes", "y", "true", "t", "1", "ja", "oui", "si"})
_NO: Final = frozenset({"no", "n", "false", "f", "0", "nein", "non"})
_BROKEN: Final = re.compile("\u00c3[\u0080-\u00bf\u0192\u201e\u2026\u00a4-\u00bf]|\u00e2\u20ac|\ufffd")

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as text, None where nothing stands, a list a column; `refused` lines could not be taken apart."""

    names: tuple[str, ...]
    columns: tuple[list[str | None], ...]
    refused: int = 0
    encoding: str = "utf-8"

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.columns[0]) if self.columns else 0

    def column(self, name: str) -> list[str | None]:
        """The cells of a column. KeyError where there is none."""
        return self.columns[{one: place for place, one in enumerate(self.names)}[name]]


def read(content: bytes, name: str) -> Table:
    """The table in an uploaded file, CSV or Excel.

    Raises
    ------
    Refusal
        "table-unreadable", "table-too-wide", "table-too-large", "table-empty".
    """
    _require_width(content)
    opened = open_table(lambda: io.BytesIO(content), name)
    columns: list[list[str | None]] = [[] for _ in opened.columns]
    refused, width = 0, len(opened.columns)
    for row in opened.rows():
        if row.refused:
            refused += 1
            continue
        for column, cell in zip(columns, row.cells, strict=True):
            column.append(_text(cell))
        if len(columns[0]) * width > MOST_CELLS:
            raise Refusal(
                "table-too-large",
                expected=f"a table of at most {MOST_CELLS:,} cells",
                found="a longer one",
                what_to_do="Keep the columns that matter, or draw some of the rows at random.",
            )
    if not columns[0]:
        raise Refusal(
            "table-empty",
            expected="a table with rows under its header",
            found="a header alone" if not refused else "lines that cannot be taken apart",
            what_to_do="Export the table again.",
        )
    return Table(opened.columns, tuple(columns), refused, _encoding(content))


def _require_width(content: bytes) -> None:
    """Refuse what has far too many columns with the number that is allowed, before anything is parsed."""
    head = content[: content.find(b"\n")] if b"\n" in content else content
    if max(head.count(sign) for sign in (b",", b";", b"\t", b"|")) >= MOST_COLUMNS:
        raise Refusal(
            "table-too-wide",
            expected=f"a table of at most {MOST_COLUMNS:,} columns",
            found=f"a header of more than {MOST_COLUMNS:,}",
            what_to_do="Keep the columns that may matter; thousands of them need far more rows than people.",
        )


def _text(cell: object) -> str | None:
    try:
        return text_of(cell)  # type: ignore[arg-type]
    except CellProblem:
        return None


def _encoding(content: bytes) -> str:
    if content.startswith((b"PK\x03\x04", b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff")):
        return "utf-8"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


# ---- the profile


def profile(table: Table) -> TableProfile:
    """What every column holds, and what is wrong with it and with the table."""
    columns = tuple(_profile(name, cells) for name, cells in zip(table.names, table.columns, strict=True))
    counts = Counter(zip(*table.columns, strict=True)) if table.columns else Counter()
    duplicates = table.rows - len(counts)
    return TableProfile(table.rows, columns, duplicates, table.refused, _of_table(table, columns, duplicates))


def _of_table(table: Table, columns: Sequence[ColumnProfile], duplicates: int) -> tuple[Issue, ...]:
    found = []
    if table.refused:
        found.append(
            Issue(
                "lines-refused", WARN,
                f"{_many(table.refused, 'line')} could not be taken apart (a quotation mark that is not "
                "closed, or more cells than the header has) and were left out.",
            )
        )  # fmt: skip
    if table.encoding != "utf-8":
        found.append(
            Issue(
                "encoding", NOTE,
                "The file is not UTF-8 and was read as Windows-1252. Look whether accents are right.",
            )
        )  # fmt: skip
    words = [*table.names, *(text for one in columns for text, _ in one.top)]
    if any(_BROKEN.search(word) for word in words):
        found.append(
            Issue(
                "encoding-broken", WARN,
                "Some letters were broken before the file came here (two signs stand where one letter was). "
                "The same word may count as two choices: export the table again as UTF-8.",
            )
        )  # fmt: skip
    if any(one.decimal == "," for one in columns):
        found.append(Issue("decimal-comma", NOTE, "Numbers were read with a decimal comma."))
    if duplicates:
        found.append(
            Issue(
                "duplicates", WARN,
                f"{_many(duplicates, 'row')} can be found in the table already, cell by cell. Each is used "
                "once unless you say otherwise; in a split it could stand on both sides.",
            )
        )  # fmt: skip
    return tuple(found)


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _profile(name: str, cells: Sequence[str | None]) -> ColumnProfile:
    counts = Counter(cell for cell in cells if cell is not None)
    present = sum(counts.values())
    missing = len(cells) - present
    if not present:
        issue = Issue("column-empty", STOP, "Nothing stands in this column.", name)
        return ColumnProfile(name, Kind.EMPTY, 0, missing, 0, issues=(issue,))
    decimal, mixed = _decimal(counts)
    read = {text: _number(text, decimal) for text in counts}
    numeric = sum(counts[text] for text, one in read.items() if one is not None)
    if numeric >= NUMERIC_FROM * present:
        found = _numeric(name, cells, counts, read, decimal, mixed)
    else:
        found = _worded(name, counts, missing)
    return column_issues(found, len(cells))


def _decimal(counts: Counter[str]) -> tuple[str, bool]:
    """The decimal sign of a column, and whether both are used."""
    comma = point = 0
    for text, count in counts.items():
        if "," in text or "." in text:
            signs = decimal_signs(text)
            comma += count * (signs == {","})
            point += count * (signs == {"."})
    return ("," if comma > point else "."), bool(comma and point)


def _number(text: str, decimal: str) -> Number | None:
    """The number in a cell; None where it holds none. Plain ones take the short way."""
    try:
        value = float(text)
    except ValueError:
        pass
    else:
        if math.isfinite(value) and "_" not in text and (decimal == "." or "." not in text):
            return Number(value)
    try:
        found = number_of(text, decimal)
    except CellProblem:
        return None
    return found if isinstance(found, Number) else None


def _numeric(
    name: str,
    cells: Sequence[str | None],
    counts: Counter[str],
    read: dict[str, Number | None],
    decimal: str,
    mixed: bool,
) -> ColumnProfile:
    present, missing = sum(counts.values()), len(cells) - sum(counts.values())
    units = Counter[str]()
    for text, one in read.items():
        if one is not None and one.unit:
            units[one.unit] += counts[text]
    plain = sum(counts[text] for text, one in read.items() if one is not None and not one.unit)
    unit = units.most_common(1)[0][0] if units and units.most_common(1)[0][1] > plain / 4 else ""
    kept = {text: one for text, one in read.items() if one is not None and one.unit in ("", unit)}
    weights = np.array([counts[text] for text in kept])
    values = np.array([one.value for one in kept.values()])
    order = np.argsort(values)
    middle = values[order][np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)]
    odd = present - int(weights.sum())
    issues = []
    words = present - sum(counts[text] for text, one in read.items() if one is not None)
    if words:
        text = f"{_many(words, 'cell')} of {present:,} hold words and not a number; they count as missing."
        issues.append(Issue("text-in-numbers", WARN, text, name))
    if len(units) > 1:
        text = f"Cells carry {len(units)} units; those in another than \u201c{unit}\u201d count as missing."
        issues.append(Issue("units-mixed", WARN, text, name))
    if mixed:
        text = "Some cells have a decimal comma and some a decimal point; the rarer ones count as missing."
        issues.append(Issue("decimals-mixed", WARN, text, name))
    issues += _clusters(name, values, weights)
    distinct = len(set(values.tolist()))
    kind = Kind.YES_NO if set(values.tolist()) == {0.0, 1.0} else Kind.NUMBER
    top = tuple((text, count) for text, count in counts.most_common(TOP)) if len(counts) <= TOP else ()
    return ColumnProfile(
        name, kind, present, missing, distinct, float(values.min()), float(values.max()), float(middle),
        top, odd, decimal, unit, tuple(issues),
    )  # fmt: skip


def _clusters(name: str, values: Values, weights: NDArray[np.int64]) -> list[Issue]:
    """Zeros far from everything else, and two heaps so far apart that they may be two units."""
    order = np.argsort(values)
    values, weights = values[order], weights[order]
    if len(values) < 20 or values[0] < 0:
        return []
    zeros = int(weights[values == 0].sum())
    values, weights = values[values > 0], weights[values > 0]
    if zeros and values[0] > 0.1 * np.median(values):
        text = f"0 stands in {_many(zeros, 'row')}, far from all other numbers: it may mean missing."
        return [Issue("zero-far-off", WARN, text, name)]
    gap = int(np.argmax(values[1:] / values[:-1]))
    share = float(weights[: gap + 1].sum() / weights.sum())
    medians = np.median(values[: gap + 1]), np.median(values[gap + 1 :])
    many = min(gap + 1, len(values) - gap - 1) >= 8
    if many and values[gap + 1] > 1.8 * values[gap] and 0.03 <= share <= 0.97 and medians[1] > 8 * medians[0]:
        text = "The numbers lie in two heaps far apart: they may be in two units."
        return [Issue("two-heaps", WARN, text, name)]
    return []


def _worded(name: str, counts: Counter[str], missing: int) -> ColumnProfile:
    present, distinct = sum(counts.values()), len(counts)
    top = tuple((text, count) for text, count in counts.most_common(TOP))
    lower = {text.lower() for text in counts}
    kind = Kind.TEXT
    if lower <= _YES | _NO and lower & _YES and lower & _NO:
        kind = Kind.YES_NO
    elif distinct <= MOST_CHOICES and (distinct <= 12 or distinct <= present / 5):
        kind = Kind.CATEGORY
        top = tuple((text, count) for text, count in counts.most_common(MOST_CHOICES))
    elif _are_dates(list(counts)[:200]):
        kind, top = Kind.DATE, ()
    return ColumnProfile(name, kind, present, missing, distinct, top=top)


def _are_dates(texts: Sequence[str]) -> bool:
    return sum(moment(text) is not None for text in texts) >= 0.9 * len(texts)


def moment(text: str) -> float | None:
    """A date as days since year 0, None for what is none; of two orders the one that fits, day first."""
    from datetime import datetime

    orders = date_orders(text)
    try:
        found = time_of(text, "DMY" if "DMY" in orders else "MDY" if orders else "")
    except CellProblem:
        return None
    if found is None or len(found) < 10:
        return None if found is None else float(int(found[:4]) * 372)
    when = datetime.fromisoformat(found)
    return when.year * 372.0 + (when.month - 1) * 31.0 + when.day + (when.hour * 60 + when.minute) / 1440.0


# ---- cells to numbers


def numbers(cells: Sequence[str | None], column: ColumnProfile) -> Values:
    """A column as a matrix holds it, shape (n,): numbers, 1 and 0, or the place among the choices.

    NaN where a cell is missing or is not what the column holds.
    """
    codes = _codes(column, cells)
    return np.array([np.nan if cell is None else codes[cell] for cell in cells], dtype=np.float64)


def choices_of(column: ColumnProfile) -> tuple[str, ...]:
    """The choices of a column of words, in the order of their names."""
    return tuple(sorted(text for text, _ in column.top))


def _codes(column: ColumnProfile, cells: Sequence[str | None]) -> dict[str, float]:
    distinct = {cell for cell in cells if cell is not None}
    if column.kind is Kind.CATEGORY:
        places = {text: float(place) for place, text in enumerate(choices_of(column))}
        return {text: places.get(text, np.nan) for text in distinct}
    if column.kind is Kind.DATE:
        return {text: _or_nan(moment(text)) for text in distinct}
    if column.kind is Kind.YES_NO and not column.distinct == 0 and column.low is None:
        return {text: float(text.lower() in _YES) for text in distinct}
    found = {}
    for text in distinct:
        one = _number(text, column.decimal)
        right = one is not None and one.unit in ("", column.unit)
        found[text] = one.value if one is not None and right else np.nan
    return found


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value
