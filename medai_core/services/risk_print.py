"""What a printed assessment holds; that it was handed out is audited."""

from dataclasses import dataclass
from datetime import datetime

from medai_core.domain.people import Caller, Patient
from medai_core.domain.risk import Assessment
from medai_core.security.stores import DEMO
from medai_core.services.patient_record import whose
from medai_core.services.risk_questions import Catalogue
from medai_core.store import clock
from medai_core.store.database import Store


@dataclass(frozen=True, slots=True)
class RiskContent:
    """An assessment, ready to be set. `printed_at` carries a time zone."""

    patient: Patient
    asked: Catalogue
    found: Assessment
    printed_at: datetime
    printed_by: str = ""
    demo: bool = False


def risk_content(store: Store, caller: Caller, asked: Catalogue, found: Assessment) -> RiskContent:
    """The assessment of a patient of the store. Raises Refusal "not-allowed"."""
    patient = whose(store, caller, found.patient_id or "")
    store.audit.append(caller.user_id, "risk-assessment-handed-out", patient.id)
    return RiskContent(
        patient, asked, found, clock.now(), caller.display_name or caller.username, store.name == DEMO
    )
