"""Who is examined and who is asking."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Role(StrEnum):
    """What a signed-in person may do. Each role holds the rights of those after it."""

    ADMINISTRATOR = "administrator"
    CLINICIAN = "clinician"
    READ_ONLY = "read-only"

    def covers(self, needed: "Role") -> bool:
        """Whether this role may do what `needed` may do."""
        order = list(Role)
        return order.index(self) <= order.index(needed)


@dataclass(frozen=True, slots=True)
class Caller:
    """The signed-in person (or operating-system user) on whose behalf a service acts.

    `store_name` is ``"main"`` or ``"demo"``; a session is good for that store alone.
    """

    user_id: str
    username: str
    display_name: str
    role: Role
    store_name: str
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class PersonName:
    """A DICOM PN value: its three component groups, already decoded (PS3.5, 6.2.1.2).

    Each group is in reading order for a page (``"Yamada Tarou"``), carets replaced by spaces.
    """

    alphabetic: str = ""
    ideographic: str = ""
    phonetic: str = ""

    def __str__(self) -> str:
        if self.ideographic and self.alphabetic and self.ideographic != self.alphabetic:
            return f"{self.ideographic} ({self.alphabetic})"
        return self.ideographic or self.alphabetic or self.phonetic or "name not given"


@dataclass(frozen=True, slots=True)
class PatientIdentity:
    """What a file or a form says of the patient. The key is (`issuer`, `identifier`).

    `sex` is DICOM's M, F or O, or None where absent; missing is never guessed.
    """

    identifier: str
    issuer: str = ""
    name: PersonName = PersonName()
    birth_date: date | None = None
    sex: str | None = None


@dataclass(frozen=True, slots=True)
class Patient:
    """A stored patient under an opaque id."""

    id: str
    identity: PatientIdentity
    restricted: bool = False
