"""Predictors for tables on the command line: every row of a table answered, in order."""

from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Final

from medai_core.services.spreadsheet import safe_cell, write_lines
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
    first = list(islice(lines, 1))
    columns = list(first[0]) if first else list(COLUMNS)
    return write_lines(out, chain(first, lines), columns, _cell, table=table)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return safe_cell("; ".join(str(one) for one in value))
    return safe_cell(value)
