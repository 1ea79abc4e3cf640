"""FHIR servers that an administrator has registered.

add, all, get, token, remove, set_active, note_pulled. The token is sealed and leaves by `token` alone.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, delete, insert, select, update

from medai_core.domain.refusal import Refusal
from medai_core.store import clock, tables
from medai_core.store.connection import Repository
from medai_core.store.ids import new_id

_SERVERS: Final = tables.fhir_servers.c


@dataclass(frozen=True, slots=True)
class FhirServer:
    """A registered server: its name is the source under which its statements are stored."""

    id: str
    name: str
    address: str
    active: bool
    has_token: bool
    registered_by: str
    registered_at: datetime
    pulled_at: datetime | None = None


class FhirServers(Repository):
    """The servers of one store."""

    def add(self, name: str, address: str, token: str, *, registered_by: str) -> FhirServer:
        """Register a server. Raises Refusal "fhir-server-known" where the name is taken."""
        with self._database.transaction() as connection:
            if connection.scalar(select(_SERVERS.id).where(_SERVERS.name == name)) is not None:
                raise Refusal(
                    "fhir-server-known",
                    expected="a name that no registered server has",
                    found="one that has been registered",
                    what_to_do="Choose another name, or remove the server first.",
                )
            values: dict[str, Any] = {
                "id": new_id(),
                "name": name,
                "address": address,
                "token": token,
                "active": True,
                "registered_by": registered_by,
                "registered_at": clock.now(),
            }
            connection.execute(insert(tables.fhir_servers).values(**values))
        found = self.get(values["id"])
        assert found is not None, "a row that was just written is there"
        return found

    def all(self) -> tuple[FhirServer, ...]:
        """Every registered server, by name."""
        query = select(tables.fhir_servers).order_by(_SERVERS.name)
        with self._database.reading() as connection:
            return tuple(map(_server, connection.execute(query).mappings()))

    def get(self, server_id: str) -> FhirServer | None:
        """The server of an opaque id."""
        query = select(tables.fhir_servers).where(_SERVERS.id == server_id)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().first()
            return _server(row) if row else None

    def token(self, server_id: str) -> str:
        """The bearer token, empty where there is none."""
        with self._database.reading() as connection:
            return connection.scalar(select(_SERVERS.token).where(_SERVERS.id == server_id)) or ""

    def remove(self, server_id: str) -> None:
        """Forget a server and its token; what was pulled from it stays."""
        with self._database.transaction() as connection:
            connection.execute(delete(tables.fhir_servers).where(_SERVERS.id == server_id))

    def set_active(self, server_id: str, *, active: bool) -> None:
        """Whether it may be pulled from."""
        self._update(server_id, active=active)

    def note_pulled(self, server_id: str) -> None:
        """Something was just pulled from it."""
        self._update(server_id, pulled_at=clock.now())

    def _update(self, server_id: str, **values: Any) -> None:
        query = update(tables.fhir_servers).where(_SERVERS.id == server_id).values(**values)
        with self._database.transaction() as connection:
            connection.execute(query)


def _server(row: RowMapping) -> FhirServer:
    return FhirServer(
        id=row["id"],
        name=row["name"],
        address=row["address"],
        active=row["active"],
        has_token=bool(row["token"]),
        registered_by=row["registered_by"],
        registered_at=row["registered_at"],
        pulled_at=row["pulled_at"],
    )
