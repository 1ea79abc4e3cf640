"""Patients, found by issuer and identifier; restricted ones have a list of users who may see them.

add, get, find (by key), complete, set_restricted, allow, disallow, allowed, may_see, count.
"""

from typing import Any, Final

from sqlalchemy import RowMapping, delete, func, insert, select, update

from medai_core.domain.people import Patient, PatientIdentity, PersonName
from medai_core.store import clock, tables
from medai_core.store.connection import Repository
from medai_core.store.ids import new_id
from medai_core.store.merged import together
from medai_core.store.patient_words import set_words
from medai_core.store.search import search_text

_PATIENTS: Final = tables.patients.c
_ACCESS: Final = tables.patient_access.c


class Patients(Repository):
    """The patients of one store."""

    def add(self, identity: PatientIdentity, *, restricted: bool = False) -> Patient:
        """A new patient; (issuer, identifier) is unique (IntegrityError otherwise)."""
        patient_id = new_id()
        values = {"id": patient_id, "restricted": restricted, "created_at": clock.now(), **_columns(identity)}
        with self._database.transaction() as connection:
            connection.execute(insert(tables.patients).values(**values))
            set_words(connection, patient_id, identity, new=True)
        return Patient(patient_id, identity, restricted)

    def get(self, patient_id: str) -> Patient | None:
        """The patient of an opaque id."""
        return self._one(_PATIENTS.id == patient_id)

    def find(self, issuer: str, identifier: str) -> Patient | None:
        """The patient of a key."""
        return self._one((_PATIENTS.issuer == issuer) & (_PATIENTS.identifier == identifier))

    def set_identity(self, patient_id: str, identity: PatientIdentity) -> None:
        """Replace what is known of the patient, as a review decided or a later file completed it."""
        with self._database.transaction() as connection:
            query = update(tables.patients).where(_PATIENTS.id == patient_id)
            connection.execute(query.values(**_columns(identity)))
            set_words(connection, patient_id, identity, new=False)

    def set_restricted(self, patient_id: str, *, restricted: bool) -> None:
        """Show the patient to those on the list alone, or to all again."""
        with self._database.transaction() as connection:
            query = update(tables.patients).where(_PATIENTS.id == patient_id)
            connection.execute(query.values(restricted=restricted))

    def allow(self, patient_id: str, user_id: str) -> None:
        """Put a user on a restricted patient's list."""
        with self._database.transaction() as connection:
            if user_id not in self.allowed(patient_id):
                values = {"patient_id": patient_id, "user_id": user_id}
                connection.execute(insert(tables.patient_access).values(**values))

    def disallow(self, patient_id: str, user_id: str) -> None:
        """Take a user off a restricted patient's list."""
        condition = (_ACCESS.patient_id == patient_id) & (_ACCESS.user_id == user_id)
        with self._database.transaction() as connection:
            connection.execute(delete(tables.patient_access).where(condition))

    def allowed(self, patient_id: str) -> frozenset[str]:
        """Ids of the users on a patient's list."""
        with self._database.reading() as connection:
            return frozenset(
                connection.scalars(select(_ACCESS.user_id).where(_ACCESS.patient_id == patient_id))
            )

    def may_see(self, patient_id: str, user_id: str) -> bool:
        """Whether the patient exists and every record of the person is open to this user."""
        listed = select(_ACCESS.patient_id).where(_ACCESS.user_id == user_id)
        open_to = ~_PATIENTS.restricted | _PATIENTS.id.in_(listed)
        query = select(open_to).where(_PATIENTS.id.in_(together(patient_id)))
        with self._database.reading() as connection:
            found = list(connection.scalars(query))
        return bool(found) and all(found)

    def count(self) -> int:
        """How many patients there are; erased ones are none."""
        with self._database.reading() as connection:
            query = select(func.count()).where(_PATIENTS.erased_at.is_(None))
            return connection.execute(query).scalar_one()

    def _one(self, condition: Any) -> Patient | None:
        with self._database.reading() as connection:
            query = select(tables.patients).where(condition, _PATIENTS.erased_at.is_(None))
            row = connection.execute(query).mappings().first()
            return patient_of(row) if row else None


def patient_of(row: RowMapping, *, id_column: str = "id") -> Patient:
    """A patient from a row that holds the table's columns."""
    identity = PatientIdentity(
        identifier=row["identifier"],
        issuer=row["issuer"],
        name=PersonName(row["name_alphabetic"], row["name_ideographic"], row["name_phonetic"]),
        birth_date=row["birth_date"],
        sex=row["sex"],
    )
    return Patient(row[id_column], identity, row["restricted"])


def _columns(identity: PatientIdentity) -> dict[str, Any]:
    name = identity.name
    return {
        "issuer": identity.issuer,
        "identifier": identity.identifier,
        "name_alphabetic": name.alphabetic,
        "name_ideographic": name.ideographic,
        "name_phonetic": name.phonetic,
        "birth_date": identity.birth_date,
        "sex": identity.sex,
        "search": search_text(name.alphabetic, name.ideographic, name.phonetic, identity.identifier),
    }
