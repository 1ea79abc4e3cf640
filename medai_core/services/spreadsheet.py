"""What goes to a spreadsheet: text that it would take for a formula is made plain text."""

import csv
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Final

from medai_core.domain.refusal import Refusal

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_ZERO: Final = "\0"


def safe_cell(value: object) -> str:
    """A cell that no spreadsheet runs.

    Text that begins, after spaces, with what begins a formula (`= + - @`, their full-width forms, a tab or a
    line end) gets an apostrophe before it, as OWASP advises ("CSV Injection"); a number stays as it is.
    None is an empty cell.
    """
    if value is None:
        return ""
    text = str(value).replace(_ZERO, "")
    if _NUMBER.fullmatch(text):
        return text
    starts_with = text.lstrip(" \u00a0") or text
    return f"'{text}" if starts_with.startswith(_FORMULA) else text


def write_lines(
    out: str,
    lines: Iterator[Mapping[str, object]],
    columns: Sequence[str],
    cell: Callable[[object], object],
    *,
    table: str,
) -> int:
    """Write lines that answer the rows of `table` as CSV to `out`; how many.

    Nothing is written where the first line cannot be made. Raises Refusal "usage" where `out` is the table
    itself or cannot be written.
    """
    if os.path.exists(out) and os.path.exists(table) and os.path.samefile(out, table):
        raise _no_table("the table that is read")
    first = list(islice(lines, 1))
    try:
        file = open(out, "w", newline="", encoding="utf-8")
    except OSError:
        raise _no_table("a place where no file can be written") from None
    count = 0
    with file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for line in chain(first, lines):
            writer.writerow([cell(line[column]) for column in columns])
            count += 1
    return count


def _no_table(found: str) -> Refusal:
    return Refusal(
        "usage",
        expected="--csv with a file that can be written",
        found=found,
        what_to_do="Name another file.",
    )
