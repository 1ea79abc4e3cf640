"""What is said of a patient outside of pictures: observations, problems, medication, encounters, notes.

Whatever comes in (FHIR, HL7 v2, tables, notes) becomes a `Draft` around one FHIR R4 resource; the store
keeps drafts as entries.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from medai_core.domain.people import PatientIdentity

Json = dict[str, Any]


class Standing(StrEnum):
    """How far a statement may be used. Only `CURRENT` is ever shown as current or fed to a model or score."""

    CURRENT = "current"
    PRELIMINARY = "preliminary"
    WITHDRAWN = "withdrawn"
    """Entered in error, cancelled, refuted, not done, deleted or wrong (HL7 OBX-11 C's predecessor, D, W)."""


class Lane(StrEnum):
    """Where an entry stands on the patient's page and timeline."""

    PATIENT = "patient"
    PROBLEM = "problem"
    ALLERGY = "allergy"
    MEDICATION = "medication"
    VITAL = "vital"
    LABORATORY = "laboratory"
    OBSERVATION = "observation"
    ENCOUNTER = "encounter"
    PROCEDURE = "procedure"
    IMMUNIZATION = "immunization"
    IMAGING = "imaging"
    REPORT = "report"
    DOCUMENT = "document"
    RISK = "risk"
    PLAN = "plan"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a system (a URI: LOINC, SNOMED CT, RxNorm, ICD-10-CM ...); `code` is empty for text alone."""

    system: str
    code: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class When:
    """A time as UTC with what the source said of it.

    `offset_minutes` is the source's offset from UTC, None where it gave none (UTC is then assumed);
    `precision` is "year", "month", "day", "minute" or "second"; a partial date stands at its beginning.
    """

    at: datetime
    offset_minutes: int | None = None
    precision: str = "second"


@dataclass(frozen=True, slots=True)
class Value:
    """One measured or stated value: an Observation's own or that of one of its components.

    `unit` is UCUM where the source says so, else as given; `low` and `high` are the source's reference
    range in that unit; `comparator` is "", "<", "<=", ">" or ">=". Missing is None, never zero.
    """

    code: Code
    number: float | None = None
    unit: str = ""
    text: str = ""
    comparator: str = ""
    low: float | None = None
    high: float | None = None
    interpretation: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """One resource on its way in.

    Attributes
    ----------
    source : str
        Who says it: a hospital, a sending system, the name of an import. Keys are unique within it.
    resource_type, key : str
        FHIR R4 resource type, and its id or identifier: with the source the identity of the statement.
    content : dict
        The FHIR R4 resource, complete, as it goes out again.
    subject_key : str or None
        The key of the Patient resource that it is about, within the same source; None where it is about
        nobody (Organization, Practitioner, Medication).
    codes : tuple of Code
        Codings of the main concept; the first one names the entry.
    starts, ends : When or None
        When it happened, was measured, began; when it ended.
    recorded : datetime or None
        When the source wrote this version, UTC: an older version never overwrites a newer one.
    replaces : tuple of str
        Keys of entries of the same type and source that this one corrects.
    identity : PatientIdentity or None
        For a Patient alone.
    unmapped : tuple of Code
        Codes that no table of ours knows; counted and listed, never dropped.
    partial : tuple of str or None
        For a Patient alone. Where it is not None, the source says only a part of what it knows: elements that
        stand here are gone, all others that it does not mention stay as they are stored.
    address : str
        The `fullUrl` by which others of its bundle refer to it, where type and key do not say it already.
    """

    source: str
    resource_type: str
    key: str
    content: Json
    lane: Lane = Lane.OTHER
    subject_key: str | None = None
    codes: tuple[Code, ...] = ()
    title: str = ""
    status: str = ""
    standing: Standing = Standing.CURRENT
    starts: When | None = None
    ends: When | None = None
    recorded: datetime | None = None
    values: tuple[Value, ...] = ()
    replaces: tuple[str, ...] = ()
    identity: PatientIdentity | None = None
    unmapped: tuple[Code, ...] = ()
    address: str = ""
    partial: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """One thing found in a file: a draft, or the sentence that says why there is none.

    `where` is the place for a person ("line 12", "Bundle.entry[3]", "message 2, OBX 5"); `resource` the name
    under which it is counted: a FHIR resource type, "row", or an HL7 segment ("MSH" for the message).
    `drafts` may hold several (a message's patient and visit) or none (a segment that says nothing new).
    """

    file: str
    where: str
    resource: str
    drafts: tuple[Draft, ...] = ()
    refused: str = ""
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored draft under an opaque id. `patient_id` is None for entries about nobody, and for those that
    wait for a patient who has not come yet. `replaced_by` is the id of the entry that corrects this one."""

    id: str
    patient_id: str | None
    draft: Draft
    import_id: str
    stored_at: datetime
    replaced_by: str | None = None
    versions: int = 1

    @property
    def current(self) -> bool:
        """Whether it may be shown as current and fed to a model."""
        return self.draft.standing is Standing.CURRENT and self.replaced_by is None


@dataclass(frozen=True, slots=True)
class Measured:
    """One stored value with when it was measured and which entry states it.

    `raw` is what the source said where a person has accepted a repair of the number or the unit, else None.
    """

    entry_id: str
    value: Value
    at: When | None
    lane: Lane
    source: str
    status: str = ""
    current: bool = True
    raw: Value | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """All values of one code, oldest first; those without a time come last."""

    code: Code
    points: tuple[Measured, ...]


@dataclass(frozen=True, slots=True)
class UnmappedCode:
    """A code that no table of ours knows, and in how many stored entries of a source it stands."""

    source: str
    resource_type: str
    code: Code
    count: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Entries of one type that a source said of patients who have not come yet, how many such patients, and
    since when the first of them waits (UTC)."""

    source: str
    resource_type: str
    entries: int
    patients: int
    since: datetime


@dataclass(frozen=True, slots=True)
class RecordLine:
    """What became of what one file held of one resource: read = added + changed + unchanged + refused.

    `reasons` says in sentences why things were refused or left as they were, with how often.
    """

    file: str
    source: str
    resource: str
    read: int
    added: int
    changed: int
    unchanged: int
    refused: int
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one thing of a file was refused or left as it was, and where it stands there."""

    file: str
    resource: str
    where: str
    sentence: str
