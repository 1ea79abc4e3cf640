"""The door of every service: is the study or image there, and may this caller see its patient."""

from medai_core.domain.people import Caller, Role
from medai_core.domain.reading import Reading
from medai_core.domain.refusal import Refusal
from medai_core.security.access import require, require_patient
from medai_core.store.database import Store
from medai_core.store.rows import ImageRecord, StudyRecord


def allowed_study(store: Store, caller: Caller, study_id: str, role: Role = Role.READ_ONLY) -> StudyRecord:
    """The study. Raises Refusal "not-allowed" or "study-missing"."""
    require(caller, role)
    study = store.studies.get(study_id)
    if study is None:
        raise _missing("study")
    require_patient(store, caller, study.row.patient.id)
    return study


def allowed_image(store: Store, caller: Caller, image_id: str, role: Role = Role.READ_ONLY) -> ImageRecord:
    """The image. Raises Refusal "not-allowed" or "image-missing"."""
    require(caller, role)
    image = store.images.get(image_id)
    if image is None:
        raise _missing("image")
    require_patient(store, caller, image.patient_id)
    return image


def allowed_reading(store: Store, caller: Caller, reading_id: str, role: Role = Role.READ_ONLY) -> Reading:
    """A signed reading of a patient whom the caller may see, or the caller's own draft."""
    require(caller, role)
    reading = store.readings.get(reading_id)
    if reading is None:
        raise _missing("reading")
    allowed_study(store, caller, reading.study_id)
    if reading.signed_at is None and reading.author_id != caller.user_id:
        raise Refusal(
            "not-allowed",
            expected="a signed reading or a draft of your own",
            found="another person's draft",
            what_to_do="Wait until it is signed.",
        )
    return reading


def own_draft(store: Store, caller: Caller, reading_id: str) -> Reading:
    """The caller's own draft. Raises Refusal "reading-signed" where it is one no more."""
    reading = allowed_reading(store, caller, reading_id, Role.CLINICIAN)
    if reading.signed_at is not None:
        raise Refusal(
            "reading-signed",
            expected="a draft",
            found="a signed reading, which never changes",
            what_to_do="Write an addendum.",
        )
    return reading


def _missing(noun: str) -> Refusal:
    return Refusal(
        f"{noun}-missing",
        expected=f"a {noun} of this store" if noun != "image" else "an image of this store",
        found="none under this id",
        what_to_do="Go back to the worklist and open it from there.",
    )
