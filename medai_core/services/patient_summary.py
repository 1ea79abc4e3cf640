"""What the printed summary of a patient holds; that it was handed out is audited."""

from dataclasses import dataclass
from datetime import datetime

from medai_core.domain.overview import Overview
from medai_core.domain.people import Caller
from medai_core.security.stores import DEMO
from medai_core.services.patient_imaging import StudyCard, imaging_of
from medai_core.services.patient_record import Banner, banner_of, overview
from medai_core.store import clock
from medai_core.store.database import Store


@dataclass(frozen=True, slots=True)
class SummaryContent:
    """A patient's record in short, ready to be set. `printed_at` carries a time zone."""

    record: Overview
    banner: Banner
    studies: tuple[StudyCard, ...]
    study_count: int
    printed_at: datetime
    printed_by: str = ""
    demo: bool = False


def summary_content(store: Store, caller: Caller, patient_id: str) -> SummaryContent:
    """The summary of a patient. Raises Refusal "not-allowed" where the caller may not see them."""
    record = overview(store, caller, patient_id)
    studies, count = imaging_of(store, caller, record.patient.id)
    content = SummaryContent(
        record=record,
        banner=banner_of(store, caller, record.patient.id),
        studies=studies,
        study_count=count,
        printed_at=clock.now(),
        printed_by=caller.display_name or caller.username,
        demo=store.name == DEMO,
    )
    store.audit.append(caller.user_id, "patient-summary-handed-out", record.patient.id)
    return content
