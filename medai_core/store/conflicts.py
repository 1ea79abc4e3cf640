"""The review list: the same key with another name, birth date or sex.

add, get, open_ones, of_study, of_patient, resolve.
"""

from typing import Any, Final

from sqlalchemy import RowMapping, insert, select, update

from medai_core.domain.people import PatientIdentity
from medai_core.store import clock, tables
from medai_core.store.connection import Repository
from medai_core.store.documents import identity_from_json, identity_to_json
from medai_core.store.ids import new_id
from medai_core.store.rows import Conflict

_CONFLICTS: Final = tables.conflicts.c


class Conflicts(Repository):
    """Doubtful identities of one store."""

    def add(
        self,
        patient_id: str,
        study_id: str,
        *,
        differs: tuple[str, ...],
        given: PatientIdentity,
        image_id: str | None = None,
    ) -> str:
        """A new open conflict; its opaque id. `differs` names fields in words; `given` is the file's."""
        conflict_id = new_id()
        values = {
            "id": conflict_id,
            "patient_id": patient_id,
            "study_id": study_id,
            "image_id": image_id,
            "differs": list(differs),
            "given": identity_to_json(given),
            "found_at": clock.now(),
            "state": "open",
            "resolution": "",
        }
        with self._database.transaction() as connection:
            connection.execute(insert(tables.conflicts).values(**values))
        return conflict_id

    def get(self, conflict_id: str) -> Conflict | None:
        """The conflict of an opaque id."""
        return next(iter(self._all(_CONFLICTS.id == conflict_id)), None)

    def open_ones(self) -> tuple[Conflict, ...]:
        """All that nobody has decided yet, oldest first."""
        return self._all(_CONFLICTS.state == "open")

    def of_study(self, study_id: str) -> tuple[Conflict, ...]:
        """All of a study, open or resolved, oldest first."""
        return self._all(_CONFLICTS.study_id == study_id)

    def of_patient(self, patient_id: str) -> tuple[Conflict, ...]:
        """All of a patient, open or resolved, oldest first."""
        return self._all(_CONFLICTS.patient_id == patient_id)

    def resolve(self, conflict_id: str, *, resolution: str, resolved_by: str) -> bool:
        """Note how it was decided; False where that was done before."""
        values = {"state": "resolved", "resolution": resolution, "resolved_by": resolved_by}
        mine = (_CONFLICTS.id == conflict_id) & (_CONFLICTS.state == "open")
        query = update(tables.conflicts).where(mine).values(resolved_at=clock.now(), **values)
        with self._database.transaction() as connection:
            return connection.execute(query).rowcount == 1

    def _all(self, condition: Any) -> tuple[Conflict, ...]:
        query = select(tables.conflicts).where(condition).order_by(_CONFLICTS.found_at, _CONFLICTS.id)
        with self._database.reading() as connection:
            return tuple(map(_conflict, connection.execute(query).mappings()))


def _conflict(row: RowMapping) -> Conflict:
    return Conflict(
        id=row["id"],
        patient_id=row["patient_id"],
        study_id=row["study_id"],
        image_id=row["image_id"],
        differs=tuple(row["differs"]),
        given=identity_from_json(row["given"]),
        found_at=row["found_at"],
        open=row["state"] == "open",
        resolution=row["resolution"],
        resolved_by=row["resolved_by"],
        resolved_at=row["resolved_at"],
    )
