"""Rows of a table as drafts of the record: `guess_mapping` proposes, a person settles, `read_table` reads."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import BinaryIO, Final

from medai_core.domain.record import Read
from medai_core.domain.refusal import Refusal
from medai_core.records.tables.cells import Cell
from medai_core.records.tables.guessing import guess_mapping, settled_decimal, settled_order
from medai_core.records.tables.mapping import Column, Mapping, Role, check, digest_of_columns
from medai_core.records.tables.opening import Row, Table, open_table
from medai_core.records.tables.rows import ROW, RowReader

__all__ = ["Columns", "columns_of", "guess_mapping", "read_table"]

SAMPLES: Final = 500


@dataclass(frozen=True, slots=True)
class Columns:
    """The header of a table, its digest, and the cells of its first rows."""

    names: tuple[str, ...]
    digest: str
    samples: tuple[tuple[Cell, ...], ...]


def columns_of(open_: Callable[[], BinaryIO], name: str, *, samples: int = SAMPLES) -> Columns:
    """The header and the first rows of a table.

    Raises
    ------
    Refusal
        "table-unreadable" for what is no table.
    """
    table = open_table(open_, name)
    rows = (row.cells for row in table.rows() if not row.refused)
    return Columns(table.columns, digest_of_columns(table.columns), tuple(islice(rows, samples)))


def read_table(
    open_: Callable[[], BinaryIO],
    name: str,
    mapping: Mapping | Sequence[Mapping] | None,
    *,
    source: str,
    remembered: Callable[[str], Mapping | None] = lambda digest: None,
) -> Iterator[Read]:
    """Every row of a table as one `Read`.

    Parameters
    ----------
    open_ : callable
        Gives a fresh reader at the file's beginning; it is called more than once.
    mapping : Mapping, several of them, or None
        What the columns mean. Where none is for this table, the remembered one is taken, else one is
        proposed from the header; the first row says so. A date order or decimal sign
        that it leaves open is settled from the whole file; what stays open is refused row by row.
    remembered : callable
        The mapping that a person settled for tables with a header of this digest.

    Raises
    ------
    Refusal
        "table-unreadable". Where the mapping does not say enough every row is refused by its sentence.
    """
    table = open_table(open_, name)
    found, said = _mapping_for(mapping, table, remembered, name)
    try:
        check(found)
    except Refusal as refusal:
        yield from (Read(name, row.where, ROW, refused=refusal.sentence) for row in table.rows())
        return
    reader = RowReader(_settled(found, table.rows), name=name, source=source)
    for row in table.rows():
        read = reader.read(row)
        if said:
            read, said = replace(read, cautions=(said, *read.cautions)), ""
        yield read


REMEMBERED: Final = "The columns were read by the mapping that was remembered for this header."
GUESSED: Final = (
    "The columns were read by a mapping that was proposed from their names; nobody has looked at it."
)


def _mapping_for(
    mapping: Mapping | Sequence[Mapping] | None,
    table: Table,
    remembered: Callable[[str], Mapping | None],
    name: str,
) -> tuple[Mapping, str]:
    """The mapping to read by, and the sentence that says where it comes from."""
    digest = digest_of_columns(table.columns)
    given = (mapping,) if isinstance(mapping, Mapping) else tuple(mapping or ())
    fitting = [each for each in given if is_for(each, table.columns)]
    if fitting:
        exact = [each for each in fitting if digest_of_columns(each.names) == digest]
        return aligned((exact or fitting)[0], table.columns), ""
    kept = remembered(digest)
    if kept is not None and is_for(kept, table.columns):
        return aligned(kept, table.columns), REMEMBERED
    rows = (row.cells for row in table.rows() if not row.refused)
    return guess_mapping(table.columns, islice(rows, SAMPLES), name=name), GUESSED


def is_for(mapping: Mapping, columns: Sequence[str]) -> bool:
    """Whether every column that the mapping uses is there."""
    used = {_plain(column.name) for column in mapping.columns if column.role is not Role.UNUSED}
    return bool(used) and used <= {_plain(name) for name in columns}


def aligned(mapping: Mapping, columns: Sequence[str]) -> Mapping:
    """The mapping with its columns in the order of the table's header."""
    by_name = {_plain(column.name): column for column in mapping.columns}
    found = tuple(replace(by_name.get(_plain(name), Column(name)), name=name) for name in columns)
    return replace(mapping, columns=found)


def _plain(name: str) -> str:
    return " ".join(name.split()).lower()


def _settled(mapping: Mapping, rows: Callable[[], Iterator[Row]]) -> Mapping:
    """Date order and decimal sign from every row, where the mapping leaves them open."""
    if not mapping.date_order:
        mapping = replace(mapping, date_order=settled_order(mapping, (row.cells for row in rows())))
    if not mapping.decimal:
        mapping = replace(mapping, decimal=settled_decimal(mapping, (row.cells for row in rows())))
    return mapping
