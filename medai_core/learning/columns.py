"""From a table, or a person's values, to the matrix that a trained predictor reads.

Training and answering read alike. A choice becomes its place among the choices, no and yes become 0 and 1,
and what is missing, or cannot be, becomes NaN with a sentence that says so.
"""

import csv
import gzip
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import CHOICE, NUMBER, YES_NO, Input
from medai_core.domain.refusal import Refusal

MOST_COLUMNS: Final = 5_000
DELIMITERS: Final = ",;\t"

_NOTHING: Final = frozenset({"", "na", "n/a", "nan", "null", "none", "none given", "missing", "unknown", "?"})
_YES: Final = frozenset({"yes", "y", "true", "t", "1", "1.0"})
_NO: Final = frozenset({"no", "n", "false", "f", "0", "0.0"})

Values = NDArray[np.float64]
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows as numbers.

    Parameters
    ----------
    values : array, shape (n, k)
        In the order of `inputs`; NaN where missing, unreadable or impossible.
    written : array, shape (n, k)
        As `values`, but with what is impossible as it was written: for rules that refuse.
    cautions, refused : mapping
        By row number, sentences; rows without any are left out.
    absent : tuple of str
        Inputs of which there is no column at all.
    """

    inputs: tuple[Input, ...]
    values: Values
    written: Values
    cautions: dict[int, list[str]]
    refused: dict[int, str]
    absent: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.values)

    def of(self, inputs: Sequence[Input]) -> Values:
        """The values of some of the inputs, shape (n, m), in their order."""
        places = {one.key: place for place, one in enumerate(self.inputs)}
        return self.values[:, [places[one.key] for one in inputs]]


def read_columns(source: str | Path | Iterable[Row], inputs: Sequence[Input]) -> Columns:
    """Read a CSV (``.csv``, ``.csv.gz``), or rows by column name; one row each, in order, none dropped.

    Other columns are not looked at. Text among numbers, unknown choices and impossible numbers (outside the
    input's `low` to `high`) are missing, with a caution; a row with more cells than the header is refused.

    Raises
    ------
    Refusal
        "table-unreadable".
    """
    cells, count, refused = (
        _of_file(str(source), inputs) if isinstance(source, str | Path) else _of_rows(source, inputs)
    )
    values = np.full((count, len(inputs)), np.nan)
    written = values.copy()
    cautions: dict[int, list[str]] = {}
    for place, one in enumerate(inputs):
        column = cells.get(one.key)
        if column is None:
            continue
        written[:, place], odd = _read(one, column)
        values[:, place] = written[:, place]
        for row in odd:
            cautions.setdefault(row, []).append(_odd(one))
        for row in _impossible(one, written[:, place]):
            values[row, place] = np.nan
            cautions.setdefault(row, []).append(
                f"{one.key} is outside what is possible ({one.range_text}) and was taken as missing."
            )
    absent = tuple(one.key for one in inputs if one.key not in cells)
    return Columns(tuple(inputs), values, written, cautions, refused, absent)


def _odd(one: Input) -> str:
    if one.kind == NUMBER:
        return f"{one.key} is not a number and was taken as missing."
    return f"{one.key} is not one of {one.range_text} and was taken as missing."


def _impossible(one: Input, column: Values) -> list[int]:
    if one.kind != NUMBER or one.low is None or one.high is None:
        return []
    with np.errstate(invalid="ignore"):
        upper = np.floor(column) if one.completed_years else column
        return [int(row) for row in np.flatnonzero((column < one.low) | (upper > one.high))]


# ---- cells to numbers


def _read(one: Input, column: Sequence[str]) -> tuple[Values, list[int]]:
    """Numbers or codes, and the rows whose cell says something else; each way to write it is read once."""
    codes = {} if one.kind == NUMBER else _codes(one)
    known = {cell: _cell(one, cell.strip(), codes) for cell in set(column)}
    odd = {cell for cell, value in known.items() if value is None}
    read = {cell: math.nan if value is None else value for cell, value in known.items()}
    found = np.fromiter((read[cell] for cell in column), dtype=np.float64, count=len(column))
    return found, [row for row, cell in enumerate(column) if cell in odd] if odd else []


def _cell(one: Input, text: str, codes: Mapping[str, float]) -> float | None:
    """A cell's number or code, NaN where it says nothing, None where it says something else.

    A choice may be called "none".
    """
    if text.lower() in _NOTHING and text.lower() not in codes:
        return math.nan
    if one.kind == NUMBER:
        return number(text)
    value = codes.get(text.lower())
    return codes.get(_whole(text)) if value is None and one.kind == CHOICE else value


def number(text: str) -> float | None:
    """A finite number with a decimal point; None for anything else."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def _whole(text: str) -> str:
    """``"2.0"`` as ``"2"``: tables that were numbers once write choices so."""
    value = number(text)
    return f"{value:.0f}" if value is not None and value == round(value) else text.lower()


def _codes(one: Input) -> dict[str, float]:
    """How each choice may be written, in small letters, and its place among the choices."""
    if one.kind == YES_NO:
        own = {word: 1.0 for word in _YES} | {word: 0.0 for word in _NO}
        return own | {word.lower(): float(said == "yes") for word, said in one.words.items()}
    places = {choice: float(place) for place, choice in enumerate(one.choices)}
    written = {choice.lower(): place for choice, place in places.items()}
    return {word.lower(): places[choice] for word, choice in one.words.items()} | written


# ---- tables to cells

Cells = dict[str, list[str]]


def read_cells(path: str | Path, inputs: Sequence[Input]) -> Cells:
    """The cells of some columns of a CSV as they are written; columns that are absent are left out.

    Raises Refusal "table-unreadable".
    """
    return _of_file(str(path), inputs)[0]


def _of_rows(rows: Iterable[Row], inputs: Sequence[Input]) -> tuple[Cells, int, dict[int, str]]:
    held = list(rows)
    cells: Cells = {}
    for one in inputs:
        names = [one.key, *one.aliases]
        if any(name in row for row in held for name in names):
            cells[one.key] = [_first(row, names) for row in held]
    return cells, len(held), {}


def _first(row: Row, names: Sequence[str]) -> str:
    value = next((row[name] for name in names if name in row), None)
    return "" if value is None else str(value)


def _of_file(path: str, inputs: Sequence[Input]) -> tuple[Cells, int, dict[int, str]]:
    refused: dict[int, str] = {}
    try:
        with _opened(path) as file:
            first = file.readline()
            delimiter = max(DELIMITERS, key=first.count)
            rows = csv.reader(chain([first], file), delimiter=delimiter, strict=True)
            header = [cell.strip() for cell in next(rows, [])]
            places = _places(header, inputs)
            pick, width = itemgetter(*places.values(), 0), len(header)
            picked: list[tuple[str, ...]] = []
            for row in rows:
                if not row:
                    continue
                if len(row) > width:
                    refused[len(picked)] = "The row has more cells than the table has columns."
                picked.append(pick(row if len(row) >= width else [*row, *[""] * (width - len(row))]))
    except OSError:
        raise unreadable("one that is missing, or that may not be read") from None
    except (csv.Error, EOFError):
        raise unreadable("one that breaks the rules of CSV") from None
    columns = zip(*picked, strict=True) if picked else ((),) * len(places)
    cells = {key: list(column) for key, column in zip(places, columns, strict=False)}
    return cells, len(picked), refused


def _opened(path: str) -> IO[str]:
    if path.endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="replace", newline="")
    return open(path, encoding="utf-8-sig", errors="replace", newline="")


def _places(header: Sequence[str], inputs: Sequence[Input]) -> dict[str, int]:
    """Where each input stands: under its own key, else under another name for it."""
    if len(header) > MOST_COLUMNS:
        raise unreadable(f"one with more than {MOST_COLUMNS:,} columns")
    found: dict[str, int] = {}
    lower = [name.lower() for name in header]
    for one in inputs:
        at = [place for place, name in enumerate(header) if name == one.key]
        names = {one.key.lower(), *(name.lower() for name in one.aliases)}
        at = at or [place for place, name in enumerate(lower) if name in names]
        if len(at) > 1:
            raise unreadable("one with two columns for the same input")
        if at:
            found[one.key] = at[0]
    if not found:
        raise unreadable("one without a column that this model reads")
    return found


def unreadable(found: str) -> Refusal:
    """Why a table as a whole cannot be answered."""
    return Refusal(
        "table-unreadable",
        expected="a CSV table in UTF-8 with a header and commas",
        found=found,
        what_to_do="Check the path and save the table as CSV (UTF-8); the model's card names its columns.",
    )
