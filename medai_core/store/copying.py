"""All rows of one database into another of the same form, whatever kind each of them is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Table, insert, select

from medai_core.store.connection import Database
from medai_core.store.tables import metadata

_AT_ONCE: Final = 1_000


def copy_tables(source: Database, target: Connection) -> int:
    """Copy `source`, as it is at one moment, into the empty tables of an open transaction; how many rows."""
    count = 0
    with source.reading() as connection, _in_any_order(target):
        for table in metadata.sorted_tables:
            count += _copy(connection, target, table)
    return count


def _copy(source: Connection, target: Connection, table: Table) -> int:
    streamed = source.execution_options(yield_per=_AT_ONCE)
    count = 0
    for rows in streamed.execute(select(table)).mappings().partitions(_AT_ONCE):
        target.execute(insert(table), [dict(row) for row in rows])
        count += len(rows)
    return count


@contextmanager
def _in_any_order(target: Connection) -> Iterator[None]:
    """Let rows name others of their table that come after them; whether all came is looked at in the end."""
    if target.dialect.name == "sqlite":
        target.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        yield
        return
    own = [
        f"ALTER TABLE {table.name} ALTER CONSTRAINT {table.name}_{key.parent.name}_fkey"
        for table in metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table is table
    ]
    for constraint in own:
        target.exec_driver_sql(f"{constraint} DEFERRABLE INITIALLY DEFERRED")
    yield
    target.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for constraint in own:
        target.exec_driver_sql(f"{constraint} NOT DEFERRABLE")
