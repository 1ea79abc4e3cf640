"""Imports and what became of each of their files.

start, add_line, finish, get, recent, lines.
"""

from typing import Final

from sqlalchemy import func, insert, select, update

from medai_core.domain.reading import ImportLine, Outcome
from medai_core.store import clock, tables
from medai_core.store.connection import Repository
from medai_core.store.ids import new_id
from medai_core.store.rows import ImportRecord

_IMPORTS: Final = tables.imports.c
_LINES: Final = tables.import_lines.c


class Imports(Repository):
    """The imports of one store."""

    def start(self, actor_id: str) -> str:
        """A new import; its opaque id."""
        import_id = new_id()
        values = {"id": import_id, "actor_id": actor_id, "started_at": clock.now(), "cancelled": False}
        with self._database.transaction() as connection:
            connection.execute(insert(tables.imports).values(**values))
        return import_id

    def add_line(self, import_id: str, line: ImportLine) -> None:
        """What became of the next file; in the same transaction as the image where one was stored."""
        highest = select(func.coalesce(func.max(_LINES.number), 0)).where(_LINES.import_id == import_id)
        values = {name: getattr(line, name) for name in ImportLine.__slots__}
        values["outcome"] = line.outcome.value
        with self._database.transaction() as connection:
            number = connection.execute(highest).scalar_one() + 1
            connection.execute(
                insert(tables.import_lines).values(import_id=import_id, number=number, **values)
            )

    def finish(self, import_id: str, *, cancelled: bool = False) -> None:
        """The import came to its end, or was stopped."""
        query = update(tables.imports).where(_IMPORTS.id == import_id)
        with self._database.transaction() as connection:
            connection.execute(query.values(finished_at=clock.now(), cancelled=cancelled))

    def recent(self, actor_id: str | None = None, *, limit: int = 20) -> tuple[ImportRecord, ...]:
        """The last imports, of one person or of all, newest first; unfinished ones have no `finished_at`."""
        query = select(tables.imports).order_by(_IMPORTS.started_at.desc()).limit(limit)
        if actor_id is not None:
            query = query.where(_IMPORTS.actor_id == actor_id)
        with self._database.reading() as connection:
            return tuple(ImportRecord(**row) for row in connection.execute(query).mappings())

    def lines(self, import_id: str) -> tuple[ImportLine, ...]:
        """An import's lines in the order in which they came."""
        columns = [_LINES[name] for name in ImportLine.__slots__]
        query = select(*columns).where(_LINES.import_id == import_id).order_by(_LINES.number)
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings()
            return tuple(ImportLine(**{**row, "outcome": Outcome(row["outcome"])}) for row in rows)
