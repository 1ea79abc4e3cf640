"""SQL past the store: what somebody with the database, but without MedAI's keys, can do."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class RefusedByDatabase(Exception):
    """The database itself did not take it; the sentence is its own."""


@dataclass(frozen=True)
class Raw:
    """A store's tables, by the driver alone. Values stand in statements as ``?``."""

    home: Path
    url: str | None

    def run(self, statement: str, *values: object, without: tuple[str, ...] = ()) -> list[Any]:
        """One statement, permanently, after the triggers `without` (names) are gone."""
        with self._connection() as connection:
            cursor = connection.cursor()
            for trigger in without:
                on = f" ON {trigger.partition('_no_')[0]}" if self.url else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {trigger}{on}")
            try:
                cursor.execute(statement.replace("?", "%s") if self.url else statement, values)
            except Exception as error:
                raise RefusedByDatabase(str(error)) from error
            connection.commit()
            return list(cursor.fetchall()) if cursor.description else []

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        if self.url is None:
            with closing(sqlite3.connect(self.home / "medai.sqlite3")) as connection:
                connection.execute("PRAGMA recursive_triggers = ON")
                yield connection
            return
        import pg8000.dbapi

        parts = urlsplit(self.url)
        with closing(
            pg8000.dbapi.connect(
                parts.username, host=parts.hostname, port=parts.port, database=parts.path.strip("/")
            )
        ) as connection:
            yield connection
