"""Everything that a report needs, gathered once and handed on as plain domain objects."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from medai_core.domain.imaging import ScanHeader
from medai_core.domain.people import Caller, PatientIdentity
from medai_core.domain.prevalence import Localised
from medai_core.domain.reading import Reading
from medai_core.domain.refusal import Refusal
from medai_core.security.access import require_patient
from medai_core.security.stores import DEMO
from medai_core.services.access import allowed_reading, allowed_study
from medai_core.services.prevalence import of_reading
from medai_core.serving import registry
from medai_core.store import clock
from medai_core.store.database import Store
from medai_core.store.documents import identity_from_json
from medai_core.store.rows import ImageRecord, StudyRecord


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
    `virtual` marks a phantom, `demo` the throw-away store. Patient and study of a signed reading are as they
    were signed; `moved` says that the study has been given to another patient record since. `local` is the
    reading's answer at the prevalence here: as it was signed, for a draft as it stands now.
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
    moved: bool = False
    local: Localised | None = None


@dataclass(frozen=True, slots=True)
class _About:
    """Whom and what a reading is about."""

    patient_id: str
    patient: PatientIdentity
    modality: str
    description: str
    study_date: date | None
    study_time: time | None
    study_uid: str
    accession_number: str
    images: tuple[ImageRecord, ...]


def report_content(store: Store, caller: Caller, reading_id: str) -> ReportContent:
    """What the document of a reading holds; that it was handed out is audited.

    A draft can be had by its author alone; a signed reading is as it was signed, so where its study has been
    moved since, both patients must be open to the caller. Raises Refusal "not-allowed", "reading-missing".
    """
    reading = allowed_reading(store, caller, reading_id)
    record = allowed_study(store, caller, reading.study_id)
    about = _as_signed(store, reading_id) or _as_it_stands(store, record)
    require_patient(store, caller, about.patient_id)
    key_image = store.readings.key_image(reading_id)
    title, names = _model(reading)
    content = ReportContent(
        patient=about.patient,
        reading=reading,
        printed_at=clock.now(),
        modality=about.modality,
        study_description=about.description,
        study_date=about.study_date,
        study_time=about.study_time,
        study_uid=about.study_uid,
        accession_number=about.accession_number,
        age_years=_age_years(about.images, about.patient.birth_date, about.study_date),
        series=_series(about.images),
        addenda=store.readings.addenda(reading_id),
        key_image=store.blobs.read(key_image) if key_image else None,
        model_title=title,
        label_names=names,
        printed_by=caller.display_name or caller.username,
        virtual=any(image.virtual for image in about.images),
        demo=store.name == DEMO,
        moved=about.patient_id != record.row.patient.id,
        local=of_reading(store, caller, reading),
    )
    store.audit.append(caller.user_id, "report-handed-out", reading_id, {"study": reading.study_id})
    return content


def _as_it_stands(store: Store, record: StudyRecord) -> _About:
    """What a draft is about: the study as it is known now."""
    row = record.row
    return _About(
        patient_id=row.patient.id,
        patient=row.patient.identity,
        modality=row.modality,
        description=row.description,
        study_date=row.study_date,
        study_time=record.study_time,
        study_uid=record.study_uid,
        accession_number=record.accession_number,
        images=store.images.of_study(record.id),
    )


def _as_signed(store: Store, reading_id: str) -> _About | None:
    """What a signature stands for, whatever became of patient and study since; None for a draft."""
    signed = store.readings.signed_content(reading_id)
    if signed is None:
        return None
    study, digests = signed["study"], set(signed["images"])
    on, at = study["study_date"], study.get("study_time")
    images = store.images.of_study(signed["reading"]["study_id"])
    return _About(
        patient_id=signed["patient"]["id"],
        patient=identity_from_json(signed["patient"]),
        modality=study["modality"],
        description=study["description"],
        study_date=date.fromisoformat(on) if on else None,
        study_time=time.fromisoformat(at) if at else None,
        study_uid=study["study_uid"],
        accession_number=study["accession_number"],
        images=tuple(image for image in images if image.digest in digests),
    )


def _model(reading: Reading) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Title and label names of the model that answered, where it is still installed."""
    if reading.prediction is None:
        return "", ()
    try:
        card = registry.card(reading.prediction.model)
    except Refusal:
        return reading.prediction.model, ()
    return card.title, tuple(dict(card.data.get("label_names", {})).items())


def _age_years(images: tuple[ImageRecord, ...], birth: date | None, studied: date | None) -> float | None:
    """The age that a file states, else from both dates."""
    for image in images:
        if image.header.age_years is not None:
            return image.header.age_years
    return (studied - birth).days / 365.2425 if birth and studied and studied >= birth else None


def _series(images: tuple[ImageRecord, ...]) -> tuple[SeriesFacts, ...]:
    found: dict[str, SeriesFacts] = {}
    for image in images:
        known = found.get(image.series_id)
        count = known.image_count + 1 if known else 1
        found[image.series_id] = replace(known or _facts(image.header), image_count=count)
    return tuple(found.values())


def _facts(header: ScanHeader) -> SeriesFacts:
    return SeriesFacts(
        description=header.series_description,
        modality=header.modality,
        view_position=header.view_position,
        body_part=header.body_part,
        laterality=header.laterality,
    )
