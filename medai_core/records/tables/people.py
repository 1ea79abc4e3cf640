"""The patients of a table: one Patient resource each, and a refusal where two rows contradict each other."""

import hashlib
import re
from datetime import date
from typing import Final

from medai_core.domain.record import Json
from medai_core.records.tables.cells import CellProblem

_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_SEXES: Final = {
    word: sex
    for sex, words in {
        "male": "m male man boy männlich maennlich mann homme masculin hombre masculino",
        "female": "f female woman girl w weiblich frau femme féminin feminin mujer femenino",
        "other": "o other divers d diverse x nonbinary non-binary intersex",
        "unknown": "u unknown undifferentiated unbekannt",
    }.items()
    for word in words.split()
}
OLDEST_YEARS: Final = 120
HIDDEN_AGE: Final = "The birth date stands for an age over 89 that the source hides: it was kept as it is."
STRANGE_SEX: Final = "The sex is a word or number that says none: it was left out."


def patient_key(identifier: str, issuer: str = "") -> str:
    """The key of a patient within its source: the number itself where FHIR allows it as an id."""
    if not issuer and _ID.fullmatch(identifier):
        return identifier
    plain = f"{issuer}\n{identifier}".encode("utf-8", "surrogatepass")
    return "p-" + hashlib.sha256(plain).hexdigest()[:32]


def gender_of(text: str | None) -> str | None:
    """FHIR's administrative gender; None for a gap and for what says none (numbers are never guessed)."""
    return _SEXES.get(text.strip().lower()) if text else None


def is_hidden_age(birth: str, at: str | None) -> bool:
    """Whether nobody was born that long before: data sets move the birth of those over 89 by centuries."""
    year = int(at[:4]) if at else date.today().year
    return year - int(birth[:4]) > OLDEST_YEARS


class People:
    """What the rows so far said of each patient; a row that was refused said nothing (see `keep`)."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._known: dict[str, Json] = {}
        self._latest: tuple[str, Json] | None = None

    def keep(self) -> None:
        """The row of the latest patient went in: what it said of them counts from now on."""
        if self._latest is not None:
            key, said = self._latest
            self._known[key] = said

    def patient(self, identifier: str, issuer: str, said: Json) -> tuple[str, Json | None]:
        """Key of the patient, and the Patient resource where this row says something new of it.

        Parameters
        ----------
        said : dict
            Elements of the resource (name, birthDate, gender, deceasedDateTime) that the row gives.

        Raises
        ------
        CellProblem
            Where a row before said another name, birth date or sex of the same number.
        """
        key = patient_key(identifier, issuer)
        known = self._known.get(key)
        self._latest = None
        if known is not None:
            for element, value in said.items():
                if element in known and known[element] != value:
                    raise CellProblem(f"expected one {_WORDS[element]} for one patient; found another above")
            if all(element in known for element in said):
                return key, None
            said = known | said
        self._latest = key, said
        return key, _resource(key, identifier, issuer or self._issuer, said)


_WORDS: Final = {
    "name": "name",
    "birthDate": "birth date",
    "gender": "sex",
    "deceasedDateTime": "date of death",
}


def _resource(key: str, identifier: str, issuer: str, said: Json) -> Json:
    number: Json = {
        "type": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/v2-0203",
                    "code": "MR",
                    "display": "Medical record number",
                }
            ]
        },
        "value": identifier,
    }
    if issuer:
        is_uri = issuer.startswith(("urn:", "http://", "https://")) and " " not in issuer
        number |= {"system": issuer} if is_uri else {"assigner": {"display": issuer}}
    return {"resourceType": "Patient", "id": key, "identifier": [number], **said}
