"""Studies on the worklist, files that came in, and what a person concluded."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from medai_core.domain.people import Patient
from medai_core.domain.prediction import Prediction
from medai_core.domain.prevalence import Localised, PrevalenceChoice


class StudyState(StrEnum):
    """Where a study stands: nobody looked, a draft or prediction exists, a reading is signed."""

    NEW = "new"
    READ = "read"
    SIGNED = "signed"


class Priority(StrEnum):
    """Requested Procedure Priority (0040,1003), folded to three steps, most urgent first."""

    STAT = "stat"
    URGENT = "urgent"
    ROUTINE = "routine"


class Verdict(StrEnum):
    """What the reader makes of the model's answer."""

    AGREE = "agree"
    PARTLY = "partly"
    DISAGREE = "disagree"
    NOT_USED = "not used"


class Outcome(StrEnum):
    """What became of one file of an import."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One file's line. `expected`, `found`, `what_to_do` are filled where refused."""

    name: str
    outcome: Outcome
    note: str = ""
    expected: str = ""
    found: str = ""
    what_to_do: str = ""
    study_id: str | None = None
    image_id: str | None = None


@dataclass(frozen=True, slots=True)
class StudyRow:
    """One row of the worklist. `raised_by` says in words why a model moved it up, or is empty.

    `model_state` is one of "not scored", "no finding above threshold", "finding above threshold",
    "refused", in words for the page.
    """

    id: str
    patient: Patient
    modality: str
    description: str
    study_date: date | None
    received_at: datetime
    state: StudyState
    priority: Priority
    image_count: int
    model_state: str
    raised_by: str
    reader: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One person's reading of one study. Signed readings never change; a correction is an addendum.

    `first_impression` is what was written before the model's answer was shown; as long as
    `first_impression_at` is None it is still being typed. `saw_model_first` records that the reader had
    switched that order off. `prevalence_choice` is what the reader changed for this reading alone;
    `prevalence` is what a signed reading went by, as it was on the day, whatever is set since.
    """

    id: str
    study_id: str
    image_id: str | None
    author_id: str
    author_name: str
    first_impression: str
    saw_model_first: bool
    report: str
    comment: str
    verdict: Verdict | None
    prediction: Prediction | None
    prediction_id: str | None
    addendum_to: str | None
    created_at: datetime
    updated_at: datetime
    signed_at: datetime | None
    content_digest: str | None
    has_key_image: bool = False
    revision: int = 0
    first_impression_at: datetime | None = None
    prevalence_choice: PrevalenceChoice | None = None
    prevalence: Localised | None = None
