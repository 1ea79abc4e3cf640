"""What the columns of a table mean, as a person settled it; it goes to JSON and back unchanged."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from medai_core.domain.record import Code, Json
from medai_core.domain.refusal import Refusal


class About(StrEnum):
    """What one row of the table says."""

    RESULTS = "results"
    """One result a row: what was measured, the value, the unit."""
    VISITS = "visits"
    """Several results a row, each in a column of its own."""
    PROBLEMS = "problems"
    MEDICATION = "medication"
    PROCEDURES = "procedures"
    ENCOUNTERS = "encounters"
    ALLERGIES = "allergies"
    PATIENTS = "patients"
    CULTURES = "cultures"
    """Microbiology: specimen, organism, antibiotic and how the organism answers to it."""


class Role(StrEnum):
    """What one column holds."""

    UNUSED = "unused"
    PATIENT = "patient"
    ISSUER = "issuer"
    NAME = "name"
    FAMILY = "family"
    GIVEN = "given"
    BIRTH_DATE = "birth date"
    SEX = "sex"
    DEATH = "death"
    KEY = "key"
    START = "time"
    DAY = "day"
    """The day of rows whose time is missing; a table may hold both."""
    END = "end"
    CODE = "code"
    TEXT = "text"
    VALUE = "value"
    UNIT = "unit"
    LOW = "low"
    HIGH = "high"
    MEASUREMENT = "measurement"
    ROUTE = "route"
    FREQUENCY = "frequency"
    ENCOUNTER = "encounter"
    REASON = "reason"
    SPECIMEN = "specimen"
    ORGANISM = "organism"
    INTERPRETATION = "interpretation"
    WRONG = "entered in error"
    NOTE = "note"


SINGLE: Final = frozenset(Role) - {Role.UNUSED, Role.MEASUREMENT, Role.NOTE}
"""Roles that one column at most may have."""
DATE_ORDERS: Final = ("", "YMD", "DMY", "MDY")
DECIMALS: Final = ("", ".", ",")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name and role; `code` and `unit` for a measurement, `system` for codes."""

    name: str
    role: Role = Role.UNUSED
    code: Code | None = None
    unit: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """The columns of a table in their order, and how its cells are written.

    Attributes
    ----------
    date_order : str
        "DMY", "MDY" or "YMD" (no date may be read in two ways); "" is settled from the table's own dates
        that can be read in one way only.
    decimal : str
        "." or ","; "" is settled from numbers that can be read in one way only.
    offset : str
        Offset from UTC of times that do not say theirs ("+01:00"); "" where it is not known.
    issuer : str
        Who gave out the patient ids, where no column says it.
    """

    columns: tuple[Column, ...]
    about: About = About.RESULTS
    date_order: str = ""
    decimal: str = ""
    offset: str = ""
    issuer: str = ""

    def place(self, role: Role) -> int | None:
        """Where the column of a role stands, from 0."""
        return next((place for place, column in enumerate(self.columns) if column.role is role), None)

    def places(self, role: Role) -> tuple[int, ...]:
        """Where the columns of a role stand."""
        return tuple(place for place, column in enumerate(self.columns) if column.role is role)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)


_NEEDED: Final[dict[About, tuple[tuple[Role, ...], str]]] = {
    About.RESULTS: ((Role.CODE, Role.TEXT), "a column with the code or the name of what was measured"),
    About.VISITS: ((Role.MEASUREMENT,), "a column with a measurement"),
    About.PROBLEMS: ((Role.CODE, Role.TEXT), "a column with the code or the name of the problem"),
    About.MEDICATION: ((Role.CODE, Role.TEXT), "a column with the drug"),
    About.PROCEDURES: ((Role.CODE, Role.TEXT), "a column with the code or the name of the procedure"),
    About.ENCOUNTERS: ((Role.ENCOUNTER, Role.START), "a column with the encounter's number or its beginning"),
    About.ALLERGIES: ((Role.CODE, Role.TEXT), "a column with what the patient does not bear"),
    About.CULTURES: ((Role.SPECIMEN, Role.ORGANISM, Role.TEXT), "a column with the specimen or the organism"),
    About.PATIENTS: ((Role.PATIENT,), "a column with the patient's number"),
}


def check(mapping: Mapping) -> None:
    """Raise Refusal where rows cannot be read by this mapping."""
    if mapping.place(Role.PATIENT) is None:
        raise _wrong("a column with the patient's number", "none")
    roles, words = _NEEDED[mapping.about]
    if all(mapping.place(role) is None for role in roles):
        raise _wrong(words, "none")
    if mapping.about is About.RESULTS and mapping.place(Role.VALUE) is None:
        raise _wrong("a column with the value", "none")
    for role in SINGLE:
        if len(mapping.places(role)) > 1:
            raise _wrong(f"one column at most for '{role.value}'", f"{len(mapping.places(role))}")
    for place in mapping.places(Role.MEASUREMENT):
        if mapping.columns[place].code is None:
            raise _wrong("a code or a name for each measurement", "a measurement without either")
    if mapping.date_order not in DATE_ORDERS or mapping.decimal not in DECIMALS:
        raise _wrong("dates as YMD, DMY or MDY and a decimal sign of . or ,", "something else")


def _wrong(expected: str, found: str) -> Refusal:
    return Refusal(
        "mapping-incomplete",
        expected=expected,
        found=found,
        what_to_do="Say in the column mapping what each column means.",
    )


def digest_of_columns(names: Iterable[str]) -> str:
    """SHA-256 by which tables of the same header are known again; case and outer space do not count."""
    plain = json.dumps([" ".join(name.split()).lower() for name in names], ensure_ascii=True)
    return hashlib.sha256(plain.encode("ascii")).hexdigest()


def to_json(mapping: Mapping) -> Json:
    """The mapping as plain JSON."""
    columns: list[Json] = []
    for column in mapping.columns:
        plain: Json = {"name": column.name, "role": column.role.value}
        if column.code is not None:
            plain["code"] = {
                "system": column.code.system, "code": column.code.code, "display": column.code.display,
            }  # fmt: skip
        plain |= {key: value for key, value in (("unit", column.unit), ("system", column.system)) if value}
        columns.append(plain)
    return {
        "about": mapping.about.value, "columns": columns, "date_order": mapping.date_order,
        "decimal": mapping.decimal, "offset": mapping.offset, "issuer": mapping.issuer,
    }  # fmt: skip


def from_json(plain: object) -> Mapping:
    """A mapping from JSON.

    Raises
    ------
    Refusal
        "mapping-incomplete" for anything that is no mapping.
    """
    if not isinstance(plain, dict) or not isinstance(plain.get("columns"), list):
        raise _wrong("a column mapping with a list of columns", "something else")
    try:
        columns = tuple(_column(each) for each in plain["columns"])
        about = About(str(plain.get("about", "")))
    except ValueError as error:
        raise _wrong("roles and a kind of rows that are known", "others") from error
    texts = {name: str(plain.get(name) or "") for name in ("date_order", "decimal", "offset", "issuer")}
    return Mapping(columns, about, **texts)


def _column(plain: object) -> Column:
    if not isinstance(plain, dict) or not isinstance(plain.get("name"), str):
        raise _wrong("a name for each column", "none")
    code = plain.get("code")
    read = (
        Code(str(code.get("system") or ""), str(code.get("code") or ""), str(code.get("display") or ""))
        if isinstance(code, dict)
        else None
    )
    return Column(
        plain["name"],
        Role(str(plain.get("role", Role.UNUSED.value))),
        read,
        str(plain.get("unit") or ""),
        str(plain.get("system") or ""),
    )
