"""What the repositories hand out and take: small frozen dataclasses, never rows of a table."""

from dataclasses import dataclass
from datetime import date, datetime, time

from medai_core.domain.imaging import GrayscalePipeline, ScanHeader
from medai_core.domain.people import PatientIdentity, Role
from medai_core.domain.prediction import Prediction
from medai_core.domain.reading import Priority, StudyRow, StudyState, Verdict


@dataclass(frozen=True, slots=True)
class Account:
    """One user. `username` is folded (small letters); `must_change_password` after a one-time password."""

    id: str
    username: str
    display_name: str
    role: Role
    active: bool
    must_change_password: bool
    one_time_used: bool
    created_at: datetime
    signed_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One session with its user; `id` is opaque and is not the token."""

    id: str
    account: Account
    csrf: str
    created_at: datetime
    active_at: datetime
    expires_at: datetime
    locked_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class StudyFilter:
    """Which studies, in which order.

    `order` is "priority" (urgency, then longest waiting; signed ones last), "received" or "study date"
    (newest first). `caller_id` is who asks: restricted patients are left out for all but those on their
    list; None sees no restricted patient. With `model_raises`, a raised study stands one step higher.
    """

    search: str = ""
    states: tuple[StudyState, ...] = ()
    modalities: tuple[str, ...] = ()
    date_from: date | None = None
    date_to: date | None = None
    patient_id: str | None = None
    order: str = "priority"
    model_raises: bool = False
    caller_id: str | None = None
    all_restricted: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """Who has taken a study, and when."""

    user_id: str
    display_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NewStudy:
    """A study that is not in the store yet. `study_uid` is empty for pictures."""

    study_uid: str = ""
    accession_number: str = ""
    modality: str = ""
    description: str = ""
    study_date: date | None = None
    study_time: time | None = None
    priority: Priority = Priority.ROUTINE


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """A study with what the worklist's row leaves out."""

    row: StudyRow
    study_uid: str
    accession_number: str
    study_time: time | None
    claim: Claim | None

    @property
    def id(self) -> str:
        """The study's opaque id."""
        return self.row.id


@dataclass(frozen=True, slots=True)
class SeriesRecord:
    """One series of a study."""

    id: str
    study_id: str
    series_uid: str
    modality: str
    description: str
    number: int | None
    image_count: int


@dataclass(frozen=True, slots=True)
class NewImage:
    """An image whose file is durably among the blobs. `dtype` is that of its stored values."""

    study_id: str
    digest: str
    size_bytes: int
    header: ScanHeader
    pipeline: GrayscalePipeline
    dtype: str
    virtual: bool = False


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One stored image: enough to describe it without decoding its file again."""

    id: str
    study_id: str
    series_id: str
    patient_id: str
    digest: str
    size_bytes: int
    header: ScanHeader
    pipeline: GrayscalePipeline
    dtype: str
    virtual: bool
    added_at: datetime


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """One import, without its lines."""

    id: str
    actor_id: str
    started_at: datetime
    finished_at: datetime | None
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """The same key with another name, birth date or sex (`differs`); `given` is what the file said."""

    id: str
    patient_id: str
    study_id: str
    image_id: str | None
    differs: tuple[str, ...]
    given: PatientIdentity
    found_at: datetime
    open: bool
    resolution: str
    resolved_by: str | None
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class StudyMove:
    """A study that was given to another patient."""

    study_id: str
    from_patient_id: str
    to_patient_id: str
    reason: str
    moved_by: str
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class StoredPrediction:
    """A prediction with its opaque id and image."""

    id: str
    image_id: str
    prediction: Prediction
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DraftChanges:
    """What a saved draft holds from now on; the texts are whole, never differences."""

    report: str
    comment: str
    verdict: Verdict | None
    image_id: str | None
    prediction_id: str | None
    saw_model_first: bool


@dataclass(frozen=True, slots=True)
class SiteSetting:
    """What a site has set for one setting of one model: {label: share 0..1}; the rest is the card's."""

    name: str
    shares: dict[str, float]
    site_default: bool


@dataclass(frozen=True, slots=True)
class Erased:
    """What was destroyed of a person: the record and those merged into it, and what proves that it was there.

    `digests` are those of "images", "key_images" and of the contents of signed "readings"; `counts` holds
    {table: rows}.
    """

    patient_id: str
    group: frozenset[str]
    readings: frozenset[str]
    digests: dict[str, list[str]]
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit log: opaque ids and words."""

    seq: int
    at: datetime
    actor_id: str
    action: str
    object_id: str
    detail: dict[str, str]
