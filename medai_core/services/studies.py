"""One study opened: what the viewer needs, the prior beside it, who is reading, what is in doubt."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from medai_core.domain.imaging import ScanHeader
from medai_core.domain.people import Caller, Role
from medai_core.domain.reading import Reading, StudyRow
from medai_core.security.access import require_patient
from medai_core.services import worklist
from medai_core.services.access import allowed_study
from medai_core.services.descriptors import Descriptor, descriptor, series_label
from medai_core.services.identities import (
    IdentityConflict,
    find_patients,
    identity_conflicts,
    move_study,
    moves,
    resolve_conflict,
)
from medai_core.store import clock
from medai_core.store.database import Store
from medai_core.store.rows import Claim, Conflict, ImageRecord, StudyFilter

__all__ = [
    "IdentityConflict",
    "ImageView",
    "StudyView",
    "claim",
    "descriptor",
    "find_patients",
    "identity_conflicts",
    "move_study",
    "moves",
    "open_study",
    "patient_studies",
    "release",
    "resolve_conflict",
]

CLAIM_LASTS: Final = timedelta(minutes=30)
"""A claim that nobody has renewed for so long is free again: the reader has left without a word."""

_RENEW_AFTER: Final = timedelta(minutes=1)
_AUDIT_AGAIN_AFTER: Final = timedelta(minutes=15)

_GROUPS: Final = {"CR": "film", "DX": "film", "RG": "film"}
"""Modalities (PS3.3 C.7.3.1.1.1) whose images are compared with each other; the others stand alone."""


@dataclass(frozen=True, slots=True)
class ImageView:
    """One image for the viewer. `descriptor` is its JSON."""

    id: str
    header: ScanHeader
    descriptor: Descriptor
    series_label: str


@dataclass(frozen=True, slots=True)
class StudyView:
    """A study as a page shows it. `readings`: signed ones and the caller's own draft, oldest first.

    `conflict` is a sentence where somebody else reads the study too; `identity_conflict` is open where the
    patient's identity is in doubt. `prior` has no prior of its own.
    """

    study: StudyRow
    images: tuple[ImageView, ...]
    prior: "StudyView | None" = None
    readings: tuple[Reading, ...] = ()
    claim: Claim | None = None
    conflict: str | None = None
    identity_conflict: Conflict | None = None
    next_id: str | None = None
    previous_id: str | None = None


def open_study(
    store: Store, caller: Caller, study_id: str, *, filters: StudyFilter | None = None
) -> StudyView:
    """The study with its images, prior and neighbours in `filters`' order; who looked is audited.

    Raises Refusal "not-allowed" or "study-missing".
    """
    study = allowed_study(store, caller, study_id)
    _note_opened(store, caller, study_id)
    previous_id, next_id = store.studies.neighbours(
        worklist.for_caller(store, caller, filters or StudyFilter()), study_id
    )
    readings = store.readings.of_study(study_id)
    return StudyView(
        study=study.row,
        images=_images(store, study_id, "current"),
        prior=_prior(store, study.row),
        readings=tuple(one for one in readings if one.signed_at or one.author_id == caller.user_id),
        claim=study.claim,
        conflict=_conflict(caller, study.claim, readings),
        identity_conflict=next((one for one in store.conflicts.of_study(study_id) if one.open), None),
        next_id=next_id,
        previous_id=previous_id,
    )


def claim(store: Store, caller: Caller, study_id: str, *, take_over: bool = False) -> Claim:
    """Take the study to read it; the claim that holds afterwards, which may be another person's.

    A claim that nobody renewed for half an hour counts as given back. `take_over` takes it anyway.
    """
    before = allowed_study(store, caller, study_id, Role.CLINICIAN).claim
    if before and before.user_id == caller.user_id and clock.now() - before.at < _RENEW_AFTER:
        return before
    with store.transaction():
        before = allowed_study(store, caller, study_id, Role.CLINICIAN).claim
        mine = before is not None and before.user_id == caller.user_id
        lapsed = before is not None and clock.now() - before.at > CLAIM_LASTS
        force = take_over or mine or lapsed
        after = store.studies.claim(study_id, caller.user_id, take_over=force)
        if after.user_id == caller.user_id and not mine:
            detail = {"from": before.user_id} if before else {}
            store.audit.append(caller.user_id, "study-claimed", study_id, detail)
    return after


def release(store: Store, caller: Caller, study_id: str) -> None:
    """Give the study back, where it is the caller's."""
    allowed_study(store, caller, study_id, Role.CLINICIAN)
    with store.transaction():
        if store.studies.release(study_id, caller.user_id):
            store.audit.append(caller.user_id, "study-released", study_id)


def patient_studies(store: Store, caller: Caller, patient_id: str) -> tuple[StudyRow, ...]:
    """All studies of a patient, newest first."""
    require_patient(store, caller, patient_id)
    return store.studies.of_patient(patient_id)


def _images(store: Store, study_id: str, study_label: str) -> tuple[ImageView, ...]:
    return tuple(_view(image, study_label) for image in store.images.of_study(study_id))


def _view(image: ImageRecord, study_label: str) -> ImageView:
    facts = descriptor(
        image.id,
        image.header,
        image.pipeline,
        dtype=image.dtype,
        series_id=image.series_id,
        virtual=image.virtual,
    )
    facts["study_label"] = study_label
    return ImageView(image.id, image.header, facts, series_label(image.header))


def _prior(store: Store, study: StudyRow) -> StudyView | None:
    """The latest earlier study of the same patient and kind of image; undated ones cannot be placed."""
    if study.study_date is None:
        return None
    later_first = store.studies.of_patient(study.patient.id)
    here = next(place for place, one in enumerate(later_first) if one.id == study.id)
    for one in later_first[here + 1 :]:
        if one.study_date and _groups(one) & _groups(study):
            label = f"prior {one.study_date.isoformat()}"
            return StudyView(study=one, images=_images(store, one.id, label), readings=_signed(store, one.id))
    return None


def _signed(store: Store, study_id: str) -> tuple[Reading, ...]:
    return tuple(one for one in store.readings.of_study(study_id) if one.signed_at)


def _groups(study: StudyRow) -> set[str]:
    return {_GROUPS.get(modality, modality) for modality in study.modality.split(", ")}


def _conflict(caller: Caller, held: Claim | None, readings: tuple[Reading, ...]) -> str | None:
    """What the caller must know of other readers, as sentences."""
    said = []
    if held and held.user_id != caller.user_id and clock.now() - held.at <= CLAIM_LASTS:
        said.append(f"{held.display_name} has been reading this study since {held.at:%H:%M} UTC.")
    others = [one for one in readings if one.author_id != caller.user_id]
    if any(one.signed_at for one in others) and any(
        one.signed_at is None for one in readings if one.author_id == caller.user_id
    ):
        said.append("Another reading of this study has been signed while yours is a draft.")
    elif any(one.signed_at is None for one in others):
        said.append("Another person has an unsigned draft of this study.")
    return " ".join(said) or None


def _note_opened(store: Store, caller: Caller, study_id: str) -> None:
    """One audit line for each visit, not for each redraw of a page."""
    last = store.audit.search(actor=caller.user_id, action="study-opened", object_id=study_id, limit=1)
    if not last or clock.now() - last[0].at > _AUDIT_AGAIN_AFTER:
        store.audit.append(caller.user_id, "study-opened", study_id)
