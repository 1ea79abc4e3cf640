"""The column mappings that people settled, by the header of the tables that they are for."""

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, select

from medai_core.store import clock, tables
from medai_core.store.connection import Repository
from medai_core.store.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAPPINGS: Final = tables.column_mappings.c


class Mappings(Repository):
    """The remembered column mappings of one store, as JSON."""

    def get(self, columns_digest: str) -> dict[str, Any] | None:
        """The mapping for tables with this header; None where nobody settled one."""
        query = select(_MAPPINGS.mapping).where(_MAPPINGS.columns_digest == columns_digest)
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one_or_none()

    def remember(self, columns_digest: str, name: str, mapping: "Mapping[str, Any]", by: str) -> None:
        """Keep a mapping in the place of the one that was there; `by` is the user's id."""
        values = {
            "id": new_id(),
            "columns_digest": columns_digest,
            "name": name[:128],
            "mapping": dict(mapping),
            "changed_by": by[:64],
            "changed_at": clock.now(),
        }
        with self._database.transaction() as connection:
            connection.execute(
                delete(tables.column_mappings).where(_MAPPINGS.columns_digest == columns_digest)
            )
            connection.execute(insert(tables.column_mappings).values(**values))

    def forget(self, columns_digest: str) -> bool:
        """Forget a mapping; whether there was one."""
        with self._database.transaction() as connection:
            gone = connection.execute(
                delete(tables.column_mappings).where(_MAPPINGS.columns_digest == columns_digest)
            )
            return gone.rowcount > 0
