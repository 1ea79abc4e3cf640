"""Everything that a report needs, gathered once and handed on as plain domain objects."""

from dataclasses import dataclass
from datetime import date, datetime, time

from medai_core.domain.people import PatientIdentity
from medai_core.domain.reading import Reading


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """One series of the study that was read, as its header names it; absent is empty or None."""

    description: str = ""
    modality: str = ""
    view_position: str = ""
    body_part: str = ""
    laterality: str = ""
    image_count: int = 1


@dataclass(frozen=True, slots=True)
class ReportContent:
    """One reading with its patient, study and addenda, ready to be set as a document.

    `age_years` is the age at the study, None where unknown. `addenda` are those of `reading`, oldest
    first; `key_image` is a PNG or JPEG with its marks drawn in; `printed_at` carries a time zone and
    is the only moment in the document that is not the reading's own. `model_title` is the card's title
    of `reading.prediction.model`, `label_names` pairs (label, words) where the card words its labels.
    `virtual` marks a phantom, `demo` the throw-away store.
    """

    patient: PatientIdentity
    reading: Reading
    printed_at: datetime
    modality: str = ""
    study_description: str = ""
    study_date: date | None = None
    study_time: time | None = None
    study_uid: str = ""
    accession_number: str = ""
    age_years: float | None = None
    series: tuple[SeriesFacts, ...] = ()
    addenda: tuple[Reading, ...] = ()
    key_image: bytes | None = None
    model_title: str = ""
    label_names: tuple[tuple[str, str], ...] = ()
    institution: str = ""
    printed_by: str = ""
    virtual: bool = False
    demo: bool = False
