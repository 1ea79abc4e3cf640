"""Patients, studies, images, imports, conflicts, predictions and preferences come back as they were put."""

from collections.abc import Callable
from datetime import date, time

import pytest
from sqlalchemy.exc import IntegrityError

from medai_core.domain.imaging import (
    GrayscalePipeline,
    LookupTable,
    ScanHeader,
    Spacing,
    SpacingKind,
    Window,
    WindowFunction,
)
from medai_core.domain.people import PatientIdentity, PersonName, Role
from medai_core.domain.prediction import Prediction
from medai_core.domain.reading import ImportLine, Outcome, Priority
from medai_core.domain.refusal import Refusal
from medai_core.store.database import Store
from medai_core.store.documents import (
    finding_from_json,
    finding_to_json,
    header_from_json,
    header_to_json,
    pipeline_from_json,
    pipeline_to_json,
)
from medai_core.store.rows import NewStudy
from tests.support import chest
from tests.support.raw import Raw, RefusedByDatabase


def test_patients(store: Store, identity: PatientIdentity) -> None:
    patient = store.patients.add(identity)
    assert store.patients.get(patient.id) == store.patients.find("HOSP", "P-0001") == patient
    assert store.patients.find("", "P-0001") is None
    with pytest.raises(IntegrityError):
        store.patients.add(identity)
    store.patients.set_identity(patient.id, PatientIdentity("P-0001", "HOSP", PersonName("Sato Hana")))
    changed = store.patients.get(patient.id)
    assert changed is not None
    assert changed.identity.name.alphabetic == "Sato Hana"
    assert changed.identity.birth_date is None


def test_a_study_is_completed_by_later_files(store: Store, identity: PatientIdentity) -> None:
    patient = store.patients.add(identity)
    study_id = store.studies.add(patient.id, NewStudy("1.2", modality="CR"))
    store.studies.complete(
        study_id, NewStudy("1.2", "A1", "DX", "Thorax", date(2026, 1, 2), time(8), Priority.STAT)
    )
    store.studies.complete(study_id, NewStudy("1.2", "A2", "DX", "Other", date(2026, 9, 9)))
    record = store.studies.get(study_id)
    assert record is not None
    assert (record.accession_number, record.row.modality, record.row.description) == (
        "A1",
        "CR, DX",
        "Thorax",
    )
    assert (record.row.study_date, record.study_time) == (date(2026, 1, 2), time(8))
    assert record.row.priority is Priority.STAT


def test_a_claim_is_held_until_given_back_or_taken_over(store: Store, study: str) -> None:
    anna = store.accounts.add("anna", "Anna A.", Role.CLINICIAN, "x", must_change_password=False).id
    ben = store.accounts.add("ben", "Ben B.", Role.CLINICIAN, "x", must_change_password=False).id
    assert store.studies.claim(study, anna).user_id == anna
    assert store.studies.claim(study, ben).display_name == "Anna A."
    assert not store.studies.release(study, ben)
    assert store.studies.claim(study, ben, take_over=True).user_id == ben
    assert store.studies.release(study, ben)
    record = store.studies.get(study)
    assert record is not None
    assert record.claim is None
    with pytest.raises(Refusal, match="study of this store"):
        store.studies.claim("unknown", ben)


def test_a_moved_study_is_found_under_its_first_patient(store: Store, study: str) -> None:
    first = store.studies.get(study).row.patient.id  # type: ignore[union-attr]
    second = store.patients.add(PatientIdentity("P-0002", "HOSP")).id
    store.studies.move(study, second, reason="wrong sticker", moved_by="user-1")
    assert store.studies.get(study).row.patient.id == second  # type: ignore[union-attr]
    assert store.studies.find(first, "1.2.3") == store.studies.find(second, "1.2.3") == study
    assert [(move.from_patient_id, move.reason) for move in store.studies.moves(study)] == [
        (first, "wrong sticker")
    ]
    with pytest.raises(Refusal) as caught:
        store.studies.move(study, second, reason="", moved_by="user-1")
    assert caught.value.code == "same-patient"


def test_images_and_series(store: Store, study: str, add_image: Callable[..., str]) -> None:
    second, first = add_image(store, study, b"two", 2), add_image(store, study, b"one", 1)
    assert [image.id for image in store.images.of_study(study)] == [first, second]
    assert [series.image_count for series in store.studies.series(study)] == [2]
    assert store.studies.get(study).row.image_count == 2  # type: ignore[union-attr]
    image = store.images.get(first)
    assert image is not None
    assert store.images.by_digest(image.digest) == image
    assert store.images.by_sop_uid("1.2.3.4.1") == (image,)
    assert store.images.by_sop_uid("") == ()
    assert image.patient_id == store.studies.get(study).row.patient.id  # type: ignore[union-attr]
    assert image.dtype == "uint16"
    with pytest.raises(IntegrityError):
        add_image(store, study, b"one", 3)
    assert store.studies.get(study).row.image_count == 2  # type: ignore[union-attr]


def test_header_and_pipeline_as_json(identity: PatientIdentity) -> None:
    header = ScanHeader(
        "dicom", 10, 12, 3, 1, "MONOCHROME1", 12, True, "DX", identity, 3.5, "PA", "CHEST", "L", ("L", "F"),
        study_date=date(2026, 1, 2), study_time=time(8, 30, 1, 5),
        spacing=Spacing(0.1, 0.2, SpacingKind.AT_DETECTOR), notices=("odd",), lossy=True, lossy_ratio=10.0,
    )  # fmt: skip
    assert header_from_json(header_to_json(header)) == header
    pipeline = GrayscalePipeline(
        Window(1.0, 2.0, WindowFunction.SIGMOID, "soft"),
        2.0,
        -1024.0,
        LookupTable(-5, (1, 2, 3), 12),
        (Window(1.0, 2.0),),
        (LookupTable(0, (0, 255), 8, "bone"),),
        True,
        -2000,
        None,
    )
    assert pipeline_from_json(pipeline_to_json(pipeline)) == pipeline
    bare = ScanHeader("picture", 1, 1, 1, 3, "RGB", 8, False)
    assert header_from_json(header_to_json(bare)) == bare


def test_imports(store: Store, study: str) -> None:
    lines = (
        ImportLine("a.dcm", Outcome.STORED, study_id=study),
        ImportLine("b.txt", Outcome.REFUSED, "", "a film", "a text", "Choose another file."),
    )
    first, second = store.imports.start("user-1"), store.imports.start("user-2")
    for line in lines:
        store.imports.add_line(second, line)
    store.imports.finish(second, cancelled=True)
    assert store.imports.lines(second) == lines
    assert store.imports.lines(first) == ()
    newest, oldest = store.imports.recent()
    assert (newest.id, newest.cancelled, newest.finished_at is None) == (second, True, False)
    assert oldest.finished_at is None
    assert [one.id for one in store.imports.recent("user-1")] == [first]


def test_conflicts(store: Store, study: str, identity: PatientIdentity) -> None:
    patient_id = store.studies.get(study).row.patient.id  # type: ignore[union-attr]
    conflict_id = store.conflicts.add(patient_id, study, differs=("name", "sex"), given=identity)
    (conflict,) = store.conflicts.open_ones()
    assert conflict == store.conflicts.get(conflict_id) == store.conflicts.of_patient(patient_id)[0]
    assert (conflict.differs, conflict.given, conflict.open) == (("name", "sex"), identity, True)
    assert store.conflicts.resolve(conflict_id, resolution="same person", resolved_by="user-1")
    assert not store.conflicts.resolve(conflict_id, resolution="moved", resolved_by="user-2")
    assert store.conflicts.open_ones() == ()
    (resolved,) = store.conflicts.of_study(study)
    assert (resolved.open, resolved.resolution, resolved.resolved_by) == (False, "same person", "user-1")


def test_predictions_come_back_and_never_change(
    store: Store, raw: Raw, study: str, add_image: Callable[..., str], prediction: Prediction
) -> None:
    image_id = add_image(store, study)
    stored = store.predictions.get(store.predictions.add(image_id, prediction))
    assert stored is not None
    assert stored.prediction == prediction
    refused = Prediction("other", "2.0", "", "cd" * 32, "The age is outside 1 to 5 years.", (), ())
    newer = store.predictions.add(image_id, refused)
    assert [one.prediction for one in store.predictions.of_study(study)] == [refused, prediction]
    assert store.predictions.latest(image_id, prediction.model) == stored
    assert store.predictions.latest(image_id, prediction.model, "9.9") is None
    with pytest.raises(RefusedByDatabase, match="never changes"):
        raw.run("UPDATE predictions SET refused = NULL WHERE id = ?", newer)
    with pytest.raises(RefusedByDatabase, match="never changes"):
        raw.run("DELETE FROM predictions")


def test_preferences(store: Store) -> None:
    assert store.preferences.get("model-raises", False) is False
    store.preferences.set("model-raises", True)
    store.preferences.set("model-raises", False, user_id="user-1")
    store.preferences.set("windows", {"lung": [1, 2]})
    assert store.preferences.get("model-raises") is True
    assert store.preferences.get("model-raises", user_id="user-1") is False
    assert store.preferences.all() == {"model-raises": True, "windows": {"lung": [1, 2]}}


def test_what_is_not_relied_on_stays_so(store: Store, study: str, add_image: Callable[..., str]) -> None:
    """Also in answers kept before anything was said of it, which all count as reliable."""
    answer = chest.prediction()
    image_id = add_image(store, study)
    stored = store.predictions.get(store.predictions.add(image_id, answer))
    assert stored is not None
    assert stored.prediction == answer
    document = finding_to_json(answer.findings[-1])
    assert document.pop("reliable") is False
    assert finding_from_json(document).reliable
