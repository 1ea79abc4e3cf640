"""Predictors for tables on the command line: every row of a table answered, in order."""

import csv
import os
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Final

from medai_core.domain.refusal import Refusal
from medai_core.services.spreadsheet import safe_cell
from medai_core.serving import registry, survival, tabular, values
from medai_core.serving.registry import SURVIVAL, TABLE, TABLES, VALUE

Line = dict[str, object]

COLUMNS: Final = ("probability", "decision", "refused", "cautions")
"""The columns of a table of probabilities; other kinds have the keys of their first line."""

KINDS: Final[dict[str, Callable[[str, str], Iterator[Line]]]] = {
    TABLE: tabular.answer_table,
    SURVIVAL: survival.answer_table,
    VALUE: values.answer_table,
}
"""Kind of a model -> what answers a table, given the model's name and the path."""


def reads_tables(name: str) -> bool:
    """Whether model `name` reads tables. Raises Refusal "unknown-model"."""
    return registry.card(name).kind in TABLES


def predict_table(name: str, path: str) -> Iterator[Line]:
    """One line a row of the table at `path`, in order, none dropped.

    Raises Refusal "unknown-model" and "table-unreadable".
    """
    return KINDS[registry.card(name).kind](name, path)


def write_table(out: str, lines: Iterator[Line], *, table: str) -> int:
    """Write the lines as CSV, cautions joined by '; '; how many. Raises Refusal "usage".

    Nothing is written where the first line cannot be made.
    """
    if os.path.exists(out) and os.path.exists(table) and os.path.samefile(out, table):
        raise _no_table("the table that is read")
    first = list(islice(lines, 1))
    columns = list(first[0]) if first else list(COLUMNS)
    try:
        file = open(out, "w", newline="", encoding="utf-8")
    except OSError:
        raise _no_table("a place where no file can be written") from None
    count = 0
    with file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for line in chain(first, lines):
            writer.writerow([_cell(line[column]) for column in columns])
            count += 1
    return count


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return safe_cell("; ".join(str(one) for one in value))
    return safe_cell(value)


def _no_table(found: str) -> Refusal:
    return Refusal(
        "usage",
        expected="--csv with a file that can be written",
        found=found,
        what_to_do="Name another file.",
    )
