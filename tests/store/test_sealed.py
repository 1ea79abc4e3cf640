"""Encryption at rest: nothing readable lies in the database, the store works as before, keys change."""

import base64
import json
import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_core.domain.people import Caller, PatientIdentity, PersonName, Role
from medai_core.domain.refusal import Refusal
from medai_core.imaging.archive import from_bytes
from medai_core.services.maintenance import rotate_keys
from medai_core.services.records import commit_import, plan_import
from medai_core.store import tables
from medai_core.store.backup import backup, restore
from medai_core.store.database import Store
from medai_core.store.patient_search import Visible
from medai_core.store.rows import DraftChanges, NewStudy, StudyFilter
from medai_core.store.sealed import Sealed, SealedJson, Sealer, keys_of
from tests.support.raw import Raw

READER = Caller("reader-1", "reader", "R. Reader", Role.CLINICIAN, "main")
OS = Caller("os:root", "os:root", "root", Role.ADMINISTRATOR, "main")
OLD, NEW = (base64.b64encode(bytes([value]) * 32).decode() for value in (1, 2))
ANNA = PatientIdentity("MRN-77415", "HOSP", PersonName("Lindtgren Annalise"), date(1960, 2, 3), "F")
SECRETS = (b"MRN-77415", b"mrn77415", b"Lindtgren", b"lindtgren", b"Annalise", b"Kardiomegalie",
           b"Impressionswort", b"ACC-9921", b"acc9921", b"Thoraxwort", b"1.2.840.99")  # fmt: skip


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the keys of this process."""
    return lambda *keys: monkeypatch.setenv("MEDAI_ENCRYPTION_KEY", ",".join(keys))


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Where a new store's tables are to lie."""
    if request.param == "sqlite":
        yield None
        return
    server = request.getfixturevalue("postgres")
    name = server.database()
    yield server.url(name)
    server.drop(name)


def filled(home: Path, url: str | None, add_image: Callable[..., str]) -> Store:
    """A store with a patient, a study, an image and a signed reading."""
    store = Store(home, url)
    patient = store.patients.add(ANNA)
    study = store.studies.add(patient.id, NewStudy("1.2.840.99", "ACC-9921", "DX", "Thoraxwort p.a."))
    add_image(store, study)
    draft = store.readings.start(study, READER)
    draft = store.readings.record_first_impression(draft.id, "Impressionswort", revision=draft.revision)
    changes = DraftChanges("Kardiomegalie.", "", None, None, None, saw_model_first=False)
    draft = store.readings.save(draft.id, changes, revision=draft.revision)
    store.readings.sign(draft.id, READER, revision=draft.revision)
    store.conflicts.add(patient.id, study, differs=("name",), given=ANNA)
    return store


def bytes_of(home: Path, url: str | None) -> bytes:
    """All that somebody sees who has the database, but not the key."""
    raw = Raw(home, url)
    rows = repr([raw.run(f"SELECT * FROM {table.name}") for table in tables.metadata.sorted_tables])
    files = b"".join(path.read_bytes() for path in home.glob("medai.sqlite3*"))
    return rows.encode() + files


def holds(store: Store) -> None:
    """Everything that was put in comes out, is found, and is proved."""
    (row,) = store.studies.page(StudyFilter(search="lindtgren"))[0]
    assert row.patient.identity == ANNA
    assert store.patients.find("HOSP", "MRN-77415") == row.patient
    assert store.studies.find(row.patient.id, "1.2.840.99") == row.id
    for words in ("annalise acc9921", "MRN-77415", "thoraxwort"):
        assert store.studies.page(StudyFilter(search=words))[1] == 1, words
    for words in ("Lindtgren", "annalise", "mrn77415", "1960"):
        assert store.patient_search.page(words, Visible(), limit=5)[1] == 1, words
    (reading,) = store.readings.of_study(row.id)
    assert (reading.report, reading.first_impression) == ("Kardiomegalie.", "Impressionswort")
    (conflict,) = store.conflicts.open_ones()
    assert conflict.given == ANNA
    assert store.verify() == []


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        work()
    return caught.value.code


def test_nothing_readable_lies_in_the_database(
    home: Path, place: str | None, add_image: Callable[..., str], key: Callable[..., None]
) -> None:
    key(OLD)
    store = filled(home, place, add_image)
    holds(store)
    assert store.patient_search.page("Lindt", Visible(), limit=5)[1] == 0  # whole words alone
    store.close()
    seen = bytes_of(home, place)
    assert [secret for secret in SECRETS if secret in seen] == []
    again = Store(home, place)
    holds(again)
    again.close()


def test_without_the_key_it_does_not_open(
    home: Path, add_image: Callable[..., str], key: Callable[..., None]
) -> None:
    key(OLD)
    filled(home, None, add_image).close()
    wrong = {(): "encryption-key-missing", (NEW,): "encryption-key-wrong", ("abc",): "encryption-key-form"}
    for keys, code in wrong.items():
        key(*keys)
        assert code_of(lambda: Store(home)) == code
    key(NEW, OLD)
    store = Store(home)
    holds(store)
    store.close()


def test_a_plain_store_is_encrypted_and_its_key_changed(
    home: Path, place: str | None, add_image: Callable[..., str], key: Callable[..., None]
) -> None:
    filled(home, place, add_image).close()
    before = bytes_of(home, place)
    assert all(secret in before for secret in SECRETS)
    key(OLD)
    assert code_of(lambda: Store(home, place)) == "store-not-encrypted"
    told: list[str] = []
    assert rotate_keys(home, OS, place, told.append) > 0
    assert any(line.startswith("patients: 1") for line in told)
    seen = bytes_of(home, place)
    assert [secret for secret in SECRETS if secret in seen] == []
    key(NEW, OLD)
    assert rotate_keys(home, OS, place, told.append) > 0
    key(NEW)
    store = Store(home, place)
    holds(store)
    assert store.audit.count(action="keys-rotated") == 2
    store.close()
    assert rotate_keys(home, OS, place, told.append) == 0
    key(OLD)
    assert code_of(lambda: Store(home, place)) == "encryption-key-wrong"


def test_an_interrupted_change_of_key_goes_on(
    home: Path, add_image: Callable[..., str], key: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(home, None, add_image).close()
    key(OLD)

    def stop(line: str) -> None:
        if line.startswith("studies"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate_keys(home, OS, None, stop)
    assert code_of(lambda: Store(home)) == "encryption-unfinished"
    assert rotate_keys(home, OS, None, lambda _: None) > 0
    store = Store(home)
    holds(store)
    with pytest.raises(Exception, match="never changes"):
        Raw(home, None).run("UPDATE readings SET report = 'x'")
    store.close()


def test_a_backup_stays_encrypted(
    home: Path, place: str | None, add_image: Callable[..., str], key: Callable[..., None], tmp_path: Path
) -> None:
    key(OLD)
    filled(home, place, add_image).close()
    backup(home, tmp_path / "medai.zip", place)
    assert restore(tmp_path / "medai.zip", tmp_path / "new") == []
    seen = bytes_of(tmp_path / "new", None)
    assert [secret for secret in SECRETS if secret in seen] == []
    store = Store(tmp_path / "new")
    holds(store)
    store.close()
    key()
    assert code_of(lambda: restore(tmp_path / "medai.zip", tmp_path / "other")) == "encryption-key-missing"


def test_what_was_moved_or_changed_is_refused(
    home: Path, add_image: Callable[..., str], key: Callable[..., None]
) -> None:
    """A sealed text is good for its own column alone."""
    key(OLD)
    store = filled(home, None, add_image)
    Raw(home, None).run("UPDATE patients SET name_alphabetic = identifier")
    assert code_of(lambda: store.patients.find("HOSP", "MRN-77415")) == "sealed-damaged"
    Raw(home, None).run("UPDATE patients SET name_alphabetic = 'Doe Jane'")
    assert code_of(lambda: store.patients.find("HOSP", "MRN-77415")) == "sealed-damaged"
    store.close()


def test_every_place_is_its_own() -> None:
    places = [
        column.type.place
        for table in tables.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Sealed | SealedJson)
    ]
    assert all(places)
    assert len(set(places)) == len(places) > 20


SEALER = Sealer([os.urandom(32)], os.urandom(32))


@given(st.text(), st.booleans())
def test_a_sealed_text_comes_back(text: str, lookup: bool) -> None:
    sealed = SEALER.seal(text, "a.b", lookup=lookup)
    assert SEALER.open(sealed, "a.b") == text
    assert not text or text not in sealed or len(text) < 4
    assert (SEALER.seal(text, "a.b", lookup=lookup) == sealed) == (lookup or not text)
    if text:
        with pytest.raises(Refusal):
            SEALER.open(sealed, "a.c")


def test_keys_are_read_newest_first() -> None:
    assert keys_of(f" {NEW} , {OLD},") == (b"\x02" * 32, b"\x01" * 32)
    assert keys_of("") == ()
    assert code_of(lambda: keys_of(base64.b64encode(b"short").decode())) == "encryption-key-form"


def test_what_an_import_says_of_a_patient_is_sealed(
    home: Path, place: str | None, key: Callable[..., None]
) -> None:
    """Also the words of codes that no table knows, of measured values and of the file's name."""
    key(OLD)
    subject = {"reference": "Patient/p"}
    entries = [
        {"resourceType": "Patient", "id": "p", "name": [{"family": "Lindtgren"}], "birthDate": "1960-02-03"},
        {"resourceType": "Condition", "id": "c", "subject": subject, "code": {"text": "Leidenswort"}},
        {"resourceType": "Observation", "id": "o", "status": "final", "subject": subject,
         "code": {"text": "Messwort"}, "valueString": "Wertwort", "interpretation": [{"text": "Deutwort"}]},
    ]  # fmt: skip
    file = from_bytes("Lindtgren.ndjson", "\n".join(map(json.dumps, entries)).encode())
    store = Store(home, place)
    plan = plan_import(store, OS, [file], source="clinic")
    assert {code.code.display for code in plan.unmapped} == {"Leidenswort", "Messwort"}
    waiting = b"".join(path.read_bytes() for path in home.glob("staging-*/*"))
    assert len(waiting) > 1000
    for word in (b"Leidenswort", b"Messwort", b"Wertwort", b"Deutwort", b"Lindtgren"):
        assert word not in waiting
    plan = commit_import(store, OS, plan)
    (patient_id,) = plan.some_patients
    assert {code.code.display for code in store.records.unmapped()} == {"Leidenswort", "Messwort"}
    (series,) = store.records.values_of(patient_id)
    assert (series.code.display, series.points[0].value.text) == ("Messwort", "Wertwort")
    assert series.points[0].value.interpretation == "Deutwort"
    store.close()
    seen = bytes_of(home, place)
    words = (b"Lindtgren", b"lindtgren", b"Leidenswort", b"Messwort", b"Wertwort", b"Deutwort")
    assert [word for word in words if word in seen] == []
