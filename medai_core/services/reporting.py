"""Everything that a report needs, gathered once and handed on as plain domain objects."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from medai_core.domain.imaging import ScanHeader
from medai_core.domain.people import Caller, PatientIdentity
from medai_core.domain.reading import Reading
from medai_core.domain.refusal import Refusal
from medai_core.security.stores import DEMO
from medai_core.services.access import allowed_reading, allowed_study
from medai_core.serving import registry
from medai_core.store import clock
from medai_core.store.database import Store
from medai_core.store.rows import ImageRecord


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


def report_content(store: Store, caller: Caller, reading_id: str) -> ReportContent:
    """What the document of a reading holds; that it was handed out is audited.

    A draft can be had by its author alone. Raises Refusal "not-allowed" or "reading-missing".
    """
    reading = allowed_reading(store, caller, reading_id)
    study = allowed_study(store, caller, reading.study_id)
    images = store.images.of_study(reading.study_id)
    patient = study.row.patient.identity
    key_image = store.readings.key_image(reading_id)
    title, names = _model(reading)
    content = ReportContent(
        patient=patient,
        reading=reading,
        printed_at=clock.now(),
        modality=study.row.modality,
        study_description=study.row.description,
        study_date=study.row.study_date,
        study_time=study.study_time,
        study_uid=study.study_uid,
        accession_number=study.accession_number,
        age_years=_age_years(images, patient.birth_date, study.row.study_date),
        series=_series(images),
        addenda=store.readings.addenda(reading_id),
        key_image=store.blobs.read(key_image) if key_image else None,
        model_title=title,
        label_names=names,
        printed_by=caller.display_name or caller.username,
        virtual=any(image.virtual for image in images),
        demo=store.name == DEMO,
    )
    store.audit.append(caller.user_id, "report-handed-out", reading_id, {"study": reading.study_id})
    return content


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
