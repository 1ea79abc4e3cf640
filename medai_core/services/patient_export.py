"""Everything of one patient on its way out: as a FHIR R4 bundle, and as a table for a spreadsheet.

bundle_of_patient, bundle_bytes, table_bytes; file_name says nothing of whom it is about.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from medai_core.domain.exact_json import written
from medai_core.domain.people import Caller, Patient, Role
from medai_core.domain.reading import StudyRow
from medai_core.domain.record import Code, Draft, Entry, Json, Value, When
from medai_core.domain.refusal import Refusal
from medai_core.records.fhir.own import (
    ModelAnswer,
    StoredInstance,
    StoredSeries,
    StoredStudy,
    address,
    answer_of,
    imaging_study_of,
    patient_of,
    report_of,
)
from medai_core.records.fhir.references import ALONE
from medai_core.records.fhir.writing import addresses_of, bundle_of, references_in
from medai_core.security.access import may_see_patient, require
from medai_core.services.patient_record import whose
from medai_core.services.spreadsheet import safe_cell
from medai_core.serving import registry
from medai_core.store import clock
from medai_core.store.database import Store
from medai_core.store.rows import ImageRecord

COLUMNS: Final = (
    "lane", "resource", "title", "starts", "ends", "status", "standing", "replaced",
    "system", "code", "measured", "value_code", "comparator", "number", "unit", "text",
    "low", "high", "interpretation", "source", "recorded", "entry",
)  # fmt: skip

_ABOUT_NOBODY: Final = (
    "Organization", "Practitioner", "PractitionerRole", "Location", "Medication", "Device", "Endpoint",
    "HealthcareService", "Substance", "CareTeam", "RelatedPerson", "Group", "Questionnaire", "Binary",
    "PlanDefinition", "ActivityDefinition", "Library", "Measure",
)  # fmt: skip
_FARTHEST: Final = 4
"""Steps from an entry of the patient to what it names: an encounter, a practitioner's role, the practitioner,
a hospital."""


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What the store holds of a person: of every record of theirs that is open to the caller."""

    patient: Patient
    entries: tuple[Entry, ...]
    studies: tuple[StudyRow, ...]


def file_name(patient_id: str, form: str) -> str:
    """The name of the file: the record's opaque id, never the person's name or number."""
    return f"medai-record-{patient_id}.{form}"


def bundle_of_patient(store: Store, caller: Caller, patient_id: str) -> Json:
    """Everything of a patient as one bundle of type collection; that it was handed out is audited.

    Raises Refusal "not-allowed" where the caller may not export, or not see the patient.
    """
    found = _gathered(store, caller, patient_id)
    drafts = [entry.draft for entry in found.entries]
    drafts += _named(store, drafts)
    own = list(_own(store, found, drafts))
    bundle = bundle_of(drafts, own, at=clock.now(), name=f"record-{found.patient.id}")
    _note(store, caller, found.patient.id, "json", len(bundle.get("entry", ())))
    return bundle


def bundle_bytes(store: Store, caller: Caller, patient_id: str) -> bytes:
    """`bundle_of_patient` as a file: JSON in UTF-8."""
    bundle = bundle_of_patient(store, caller, patient_id)
    return written(bundle).encode("utf-8")


def table_bytes(store: Store, caller: Caller, patient_id: str) -> bytes:
    """Every entry of a patient as a table, one row a value: CSV in UTF-8 with a byte order mark.

    No cell is run as a formula by a spreadsheet. Raises as `bundle_of_patient` does.
    """
    found = _gathered(store, caller, patient_id)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for entry in found.entries:
        for row in _rows(entry):
            writer.writerow([safe_cell(cell) for cell in row])
    _note(store, caller, found.patient.id, "csv", len(found.entries))
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")


def _gathered(store: Store, caller: Caller, patient_id: str) -> _Gathered:
    require(caller, Role.CLINICIAN)
    patient = whose(store, caller, patient_id)
    open_ = {one for one in store.records.group(patient.id) if may_see_patient(store, caller, one)}
    entries = tuple(each for each in store.records.of_patient(patient.id) if each.patient_id in open_)
    studies = tuple(
        row
        for row in store.studies.of_patient(patient.id)
        if (store.studies.record_of(row.id) or row.patient.id) in open_
    )
    return _Gathered(patient, entries, studies)


def _note(store: Store, caller: Caller, patient_id: str, form: str, count: int) -> None:
    detail = {"form": form, "entries": str(count)}
    store.audit.append(caller.user_id, "record-exported", patient_id, detail)


# ---- what others are named by the patient's entries


def _named(store: Store, drafts: list[Draft]) -> list[Draft]:
    """Hospitals, practitioners, medications ... that the entries name; nothing that is another patient's."""
    here = {(draft.source, draft.resource_type, draft.key) for draft in drafts}
    found: list[Draft] = []
    layer = drafts
    for _ in range(_FARTHEST):
        wanted = {place for draft in layer for place in _places(draft)} - here
        layer = [draft for place in sorted(wanted) if (draft := _of_nobody(store, place)) is not None]
        here |= wanted
        found += layer
    return found


def _places(draft: Draft) -> Iterator[tuple[str, str, str]]:
    for target in references_in(draft.content):
        place = ALONE.place_of({"reference": target})
        if place is not None:
            for kind in (place[0],) if place[0] else _ABOUT_NOBODY:
                yield draft.source, kind, place[1]


def _of_nobody(store: Store, place: tuple[str, str, str]) -> Draft | None:
    entry = store.records.find(*place)
    if entry is None or entry.patient_id is not None or entry.draft.subject_key is not None:
        return None
    return entry.draft


# ---- what MedAI itself says


def _own(store: Store, found: _Gathered, drafts: list[Draft]) -> Iterator[Json]:
    """Studies, signed readings and models' answers, and the patient where no source has sent one or what was
    accepted from notes is about our own record."""
    told = {target for draft in drafts for target in references_in(draft.content)}
    for one in store.records.group(found.patient.id):
        if address("Patient", one) in told:
            yield patient_of(one, found.patient.identity)
    sent = [draft for draft in drafts if draft.resource_type == "Patient"]
    if sent:
        patient = addresses_of(drafts)[sent[0].source, "Patient", sent[0].key]
    else:
        patient = address("Patient", found.patient.id)
        yield patient_of(found.patient.id, found.patient.identity)
    for row in found.studies:
        images = store.images.of_study(row.id)
        study = _study(store, row, images)
        yield imaging_study_of(study, patient)
        for reading in store.readings.of_study(row.id):
            if reading.signed_at is not None:
                yield report_of(reading, study, patient)
        for stored in store.predictions.of_study(row.id):
            title, names = _words(stored.prediction.model)
            answer = ModelAnswer(stored.id, row.id, stored.prediction, stored.created_at, title, names)
            yield from answer_of(answer, patient)


def _words(model: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Title and label names of a model, where it is still installed."""
    try:
        card = registry.card(model)
    except Refusal:
        return "", ()
    return card.title, tuple(dict(card.data.get("label_names", {})).items())


def _study(store: Store, row: StudyRow, images: tuple[ImageRecord, ...]) -> StoredStudy:
    record = store.studies.get(row.id)
    series: dict[str, list[ImageRecord]] = {}
    for image in images:
        series.setdefault(image.series_id, []).append(image)
    return StoredStudy(
        id=row.id,
        uid=record.study_uid if record else "",
        accession_number=record.accession_number if record else "",
        modalities=tuple(filter(None, row.modality.split(", "))),
        description=row.description,
        study_date=row.study_date,
        image_count=len(images),
        series=tuple(_series(each) for each in series.values()),
    )


def _series(images: list[ImageRecord]) -> StoredSeries:
    first = images[0].header
    return StoredSeries(
        uid=first.series_uid,
        modality=first.modality,
        number=first.series_number,
        description=first.series_description,
        body_part=first.body_part,
        laterality=first.laterality,
        instances=tuple(
            StoredInstance(
                each.header.sop_instance_uid, each.header.sop_class_uid, each.header.instance_number
            )
            for each in images
        ),
    )


# ---- the table


def _rows(entry: Entry) -> Iterator[tuple[object, ...]]:
    draft = entry.draft
    code = draft.codes[0] if draft.codes else Code("", "")
    what = (
        draft.lane.value,
        draft.resource_type,
        "" if draft.resource_type == "Patient" else draft.title,
        _moment(draft.starts),
        _moment(draft.ends),
        draft.status,
        draft.standing.value,
        "yes" if entry.replaced_by else "",
        code.system,
        code.code,
    )
    recorded = draft.recorded.isoformat() if draft.recorded else ""
    for value in draft.values or (None,):
        yield (*what, *_measured(value), draft.source, recorded, entry.id)


def _measured(value: Value | None) -> tuple[object, ...]:
    if value is None:
        return ("",) * 9
    return (
        value.code.display or value.code.code,
        value.code.code,
        value.comparator,
        value.number,
        value.unit,
        value.text,
        value.low,
        value.high,
        value.interpretation,
    )


def _moment(when: When | None) -> str:
    """As precise as the source was: a year alone stays a year."""
    if when is None:
        return ""
    length = {"year": 4, "month": 7, "day": 10}.get(when.precision)
    return when.at.isoformat()[:length] if length else when.at.isoformat()
