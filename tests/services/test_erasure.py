"""A person is deleted: nothing readable is left in the database or among the files, the proof still holds."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from medai_core.domain.people import Caller, Role
from medai_core.domain.prediction import Prediction
from medai_core.domain.refusal import Refusal
from medai_core.imaging.archive import FileSource, from_bytes
from medai_core.services import erasure, records
from medai_core.services import reading as readings
from medai_core.store import tables
from medai_core.store.database import Store
from medai_core.store.rows import StudyFilter
from tests.support.films import PASSWORD, brought_in, film
from tests.support.raw import Raw, RefusedByDatabase
from tests.support.records import sources_of

REASON = "Asked for in writing, file 12"
SECRETS = (b"Lindt", b"lindt", b"P-1", b"Haemochromatosis", b"Impressionsatz", b"Berichtsatz", b"2022-05-04")


@pytest.fixture
def store(home: Path, url: str | None) -> Iterator[Store]:
    opened = Store(home, url)
    yield opened
    opened.close()


def bundle(given: str = "Anna", identifier: str = "P-1") -> FileSource:
    """A patient with a problem, a value and a note, as another system knows them."""
    subject = {"reference": "Patient/p"}
    entries = [
        {"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:h", "value": identifier}],
         "name": [{"family": "Lindt", "given": [given]}], "birthDate": "2022-05-04", "gender": "female"},
        {"resourceType": "Condition", "id": "c", "subject": subject, "code": {"text": "Haemochromatosis"}},
        {"resourceType": "Observation", "id": "o", "status": "final", "subject": subject,
         "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3"}]},
         "valueQuantity": {"value": 4.2, "unit": "mmol/L"}},
    ]  # fmt: skip
    whole = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in entries]}
    return from_bytes("Lindt_Anna_P-1.json", json.dumps(whole).encode())


def filed(store: Store, caller: Caller, file: FileSource, source: str = "clinic") -> None:
    plan = records.plan_import(store, caller, [file], source=source)
    try:
        records.commit_import(store, caller, plan)
    finally:
        plan.close()


@pytest.fixture
def anna(store: Store, reader: Caller, study_id: str) -> str:
    """A person with a film, a signed reading, an open draft, and a record from elsewhere merged in."""
    (image,) = store.images.of_study(study_id)
    store.predictions.add(image.id, Prediction("m", "1.0", "ab" * 32, "cd" * 32, "Out of range.", (), ()))
    draft = readings.draft(store, reader, study_id)
    saved = readings.record_first_impression(
        store, reader, draft.id, "Impressionsatz", revision=draft.revision
    )
    saved = readings.save_draft(store, reader, draft.id, report="Berichtsatz", revision=saved.revision)
    readings.sign(store, reader, draft.id, PASSWORD, b"\x89PNG\r\n\x1a\nkey image")
    readings.addendum(store, reader, draft.id)
    patient_id = store.studies.get(study_id).row.patient.id  # type: ignore[union-attr]
    filed(store, reader, bundle())
    (other,) = {one for one in _patients(store) if one != patient_id}
    pair = store.pairs.add("match", patient_id, other, weights={}, score=1.0)
    store.pairs.merge(pair, survivor=patient_id, reason="Lindt is Lindt", decided_by=reader.user_id)
    return patient_id


def _patients(store: Store) -> set[str]:
    with store._database.reading() as connection:
        return set(connection.scalars(tables.patients.select().with_only_columns(tables.patients.c.id)))


def everything(raw: Raw) -> bytes:
    """All that stands in any row of any table."""
    names = [table.name for table in tables.metadata.sorted_tables]
    return repr([raw.run(f"SELECT * FROM {name}") for name in names]).encode()


def test_nothing_readable_is_left_and_the_proof_holds(
    store: Store, raw: Raw, home: Path, administrator: Caller, anna: str, study_id: str
) -> None:
    before = everything(raw)
    assert all(secret in before for secret in SECRETS)
    digests = store.images.digests() | store.readings.key_images()
    assert len(digests) == 2
    doomed = erasure.preview(store, administrator, anna)
    assert (doomed.records, dict(doomed.counts)["images with their files"]) == (2, 1)
    gone = erasure.erase(store, administrator, anna, identifier=" P-1 ", reason=REASON)
    assert (gone.records, gone.counts, gone.files, gone.compacted) == (2, doomed.counts, 2, True)
    left = everything(raw)
    assert [secret for secret in SECRETS if secret in left] == []
    assert store.verify() == []
    assert not any(store.blobs.has(digest) for digest in digests)
    (erased,) = store.erasing.of_patient(anna)
    assert set(erased.digests["images"]) | set(erased.digests["key_images"]) == digests
    assert len(erased.digests["readings"]) == 1
    assert [line.object_id for line in store.audit.search(action="patient-erased")] == [anna]
    if raw.url is None:
        files = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
        assert [secret for secret in SECRETS if secret in files] == []


def test_files_of_a_bulk_export_go_with_the_person_and_others_stay(
    store: Store, raw: Raw, administrator: Caller, reader: Caller
) -> None:
    """What names nobody itself is a person's where their documents name it as theirs."""
    subject, kind = {"reference": "Patient/p"}, {"contentType": "text/plain"}
    document = {"resourceType": "DocumentReference", "id": "d", "status": "current", "subject": subject}
    lines = [
        {"resourceType": "Binary", "id": "named", **kind, "data": "QmVmdW5kc2F0eg=="},
        {"resourceType": "Binary", "id": "kept", **kind, "data": "QW5kZXJlcg=="},
        {"resourceType": "Binary", "id": "own", **kind, "data": "RWlnZW5lcw==", "securityContext": subject},
        {"resourceType": "Person", "id": "x", "name": [{"family": "Lindt"}], "link": [{"target": subject}]},
        {"resourceType": "EnrollmentRequest", "id": "e", "status": "active", "candidate": subject},
        document | {"content": [{"attachment": kind | {"url": "http://fhir.example/Binary/named"}}]},
        {"resourceType": "Patient", "id": "p", "name": [{"family": "Lindt"}], "birthDate": "2022-05-04"},
    ]
    filed(store, reader, from_bytes("all.ndjson", "\n".join(map(json.dumps, lines)).encode()))
    (patient_id,) = _patients(store)
    assert dict(erasure.preview(store, administrator, patient_id).counts)["entries of the record"] == 6
    erasure.erase(store, administrator, patient_id, identifier="p", reason=REASON)
    left = everything(raw)
    assert [secret for secret in (b"QmVmdW5kc2F0eg", b"RWlnZW5lcw", b"Lindt") if secret in left] == []
    assert b"QW5kZXJlcg" in left


def _document(key: str, subject: str, url: str) -> dict[str, object]:
    content = [{"attachment": {"contentType": "text/plain", "url": url}}]
    return {"resourceType": "DocumentReference", "id": key, "status": "current", "content": content,
            "subject": {"reference": f"Patient/{subject}"}}  # fmt: skip


def _persons(*keys: str) -> list[dict[str, object]]:
    return [
        {
            "resourceType": "Patient",
            "id": key,
            "name": [{"family": f"Family{key}"}],
            "birthDate": "2000-01-01",
        }
        for key in keys
    ]


@pytest.mark.parametrize("form", ["ndjson", "bundle", "urn"])
def test_a_file_that_two_persons_documents_name_stays_for_the_second(
    store: Store, raw: Raw, administrator: Caller, reader: Caller, form: str
) -> None:
    urn = "urn:uuid:5b1c3f3e-6a0f-4c43-9d77-9a9a0e9f1a11"
    url = urn if form == "urn" else "Binary/both"
    shared = {"resourceType": "Binary", "contentType": "text/plain", "data": "R2V0ZWlsdA=="}
    alone = shared | {"id": "alone", "data": "QWxsZWlu"}
    parts = [*_persons("a", "b"), _document("d1", "a", url), _document("d2", "b", url), alone,
             _document("d3", "a", "Binary/alone")]  # fmt: skip
    named = shared if form == "urn" else shared | {"id": "both"}
    if form == "ndjson":
        file = from_bytes("all.ndjson", "\n".join(map(json.dumps, [*parts, named])).encode())
    else:
        entries: list[dict[str, object]] = [{"resource": each} for each in parts]
        entries.append({"fullUrl": urn, "resource": named} if form == "urn" else {"resource": named})
        whole = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        file = from_bytes("all.json", json.dumps(whole).encode())
    filed(store, reader, file)
    first, second = (store.records.find("clinic", "Patient", key) for key in "ab")
    assert first is not None
    assert second is not None
    counted = dict(erasure.preview(store, administrator, str(first.patient_id)).counts)
    gone = erasure.erase(store, administrator, str(first.patient_id), identifier="a", reason=REASON)
    assert dict(gone.counts) == counted
    left = everything(raw)
    assert b"R2V0ZWlsdA==" in left
    assert b"QWxsZWlu" not in left
    erasure.erase(store, administrator, str(second.patient_id), identifier="b", reason=REASON)
    assert b"R2V0ZWlsdA==" not in everything(raw)
    assert store.verify() == []


def test_an_erased_person_is_found_nowhere_and_may_come_again(
    store: Store, administrator: Caller, reader: Caller, anna: str, study_id: str
) -> None:
    erasure.erase(store, administrator, anna, identifier="P-1", reason=REASON)
    assert store.patients.count() == 0
    for filters in (StudyFilter(caller_id=reader.user_id), StudyFilter(all_restricted=True)):
        assert store.studies.page(filters)[1] == 0
    with pytest.raises(Refusal) as caught:
        erasure.erase(store, administrator, anna, identifier="P-1", reason=REASON)
    assert caught.value.code == "not-allowed"
    (line,) = brought_in(store, reader, film())
    assert line.study_id not in (None, study_id)
    filed(store, reader, bundle())
    assert store.patients.count() == 2
    assert store.verify() == []


def test_another_person_keeps_everything(
    store: Store, administrator: Caller, reader: Caller, anna: str
) -> None:
    (line,) = brought_in(store, reader, film(3, patient_id="P-2", patient_name="Berg^Bo"))
    filed(store, reader, bundle("Bo", "P-2"), source="elsewhere")
    kept = store.patients.find("", "P-2")
    assert kept is not None
    assert line.study_id is not None
    image = store.images.of_study(line.study_id)
    count = len(sources_of(store))
    erasure.erase(store, administrator, anna, identifier="P-1", reason=REASON)
    assert store.patients.find("", "P-2") == kept
    assert store.images.of_study(line.study_id) == image
    assert store.blobs.has(image[0].digest)
    assert len(sources_of(store)) == count - 1


@pytest.mark.parametrize(
    ("identifier", "reason", "code"),
    [("P-2", REASON, "erasure-unconfirmed"), ("", REASON, "erasure-unconfirmed"),
     ("P-1", " no ", "erasure-reason")],
)  # fmt: skip
def test_without_confirmation_nothing_happens(
    store: Store, administrator: Caller, anna: str, identifier: str, reason: str, code: str
) -> None:
    with pytest.raises(Refusal) as caught:
        erasure.erase(store, administrator, anna, identifier=identifier, reason=reason)
    assert caught.value.code == code
    assert store.patients.count() == 2
    assert store.audit.count(action="patient-erased") == 0


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.READ_ONLY])
def test_only_administrators(store: Store, reader: Caller, visitor: Caller, anna: str, role: Role) -> None:
    caller = reader if role is Role.CLINICIAN else visitor
    for work in (
        lambda: erasure.preview(store, caller, anna),
        lambda: erasure.erase(store, caller, anna, identifier="P-1", reason=REASON),
    ):
        with pytest.raises(Refusal, match="administrator"):
            work()


def test_the_database_lets_this_one_change_pass_alone(
    store: Store, raw: Raw, administrator: Caller, anna: str
) -> None:
    """A signed reading is hollowed where its patient is erased, whole, once; anything else is refused."""
    hollow = (
        "erased_at = CURRENT_TIMESTAMP, first_impression = '', report = '', comment = '', verdict = NULL,"
        " image_id = NULL, prediction_id = NULL, signed_content = NULL, prevalence_choice = NULL,"
        " prevalence = NULL"
    )
    with pytest.raises(RefusedByDatabase, match="never changes"):
        raw.run(f"UPDATE readings SET {hollow} WHERE signed_at IS NOT NULL")
    with pytest.raises(RefusedByDatabase, match="never changes"):
        raw.run("DELETE FROM predictions")
    raw.run("UPDATE patients SET erased_at = CURRENT_TIMESTAMP")
    for part in (
        hollow.replace(", report = ''", ""),
        hollow.replace(", signed_content = NULL", ""),
        f"{hollow}, author_name = 'Somebody'",
        f"{hollow}, content_digest = 'x'",
        f"{hollow}, signed_at = NULL",
    ):
        with pytest.raises(RefusedByDatabase, match="never changes"):
            raw.run(f"UPDATE readings SET {part} WHERE signed_at IS NOT NULL")
    raw.run(f"UPDATE readings SET {hollow} WHERE signed_at IS NOT NULL")
    assert any("not as it was signed" in one for one in store.verify())  # no audit line tells of it
    with pytest.raises(RefusedByDatabase, match="never changes"):
        raw.run("UPDATE readings SET erased_at = NULL WHERE signed_at IS NOT NULL")
