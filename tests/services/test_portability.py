"""Everything of one person as one archive: whole, with its digests, and audited."""

import csv
import gc
import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from medai_core.domain.people import Caller
from medai_core.domain.refusal import Refusal
from medai_core.reports.pdf import report_pdf
from medai_core.services import reading as readings
from medai_core.services.portability import archive_of_patient, file_name
from medai_core.store.database import Store
from tests.support.films import PASSWORD, film


@pytest.fixture
def anna(store: Store, reader: Caller, study_id: str) -> str:
    """A person with a film and a signed reading."""
    draft = readings.draft(store, reader, study_id)
    saved = readings.save_draft(store, reader, draft.id, report="Clear words", revision=draft.revision)
    readings.sign(store, reader, saved.id, PASSWORD)
    record = store.studies.get(study_id)
    assert record is not None
    return record.row.patient.id


def unpacked(store: Store, caller: Caller, patient_id: str) -> dict[str, bytes]:
    content = b"".join(archive_of_patient(store, caller, patient_id, report_pdf))
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        assert pack.testzip() is None
        return {name: pack.read(name) for name in pack.namelist()}


def test_everything_is_in_it(
    store: Store, reader: Caller, anna: str, study_id: str, image_id: str, tmp_path: Path
) -> None:
    files = unpacked(store, reader, anna)
    (reading,) = store.readings.of_study(study_id)
    assert set(files) == {
        "README.txt", "record.fhir.json", "record.csv", f"images/{image_id}.dcm",
        f"readings/{reading.id}.json", f"readings/{reading.id}.pdf", "audit.csv", "SHA256SUMS",
    }  # fmt: skip
    assert files[f"images/{image_id}.dcm"] == film()
    assert files[f"readings/{reading.id}.pdf"].startswith(b"%PDF")
    signed = json.loads(files[f"readings/{reading.id}.json"])
    assert (signed["reading"]["report"], signed["patient"]["identifier"]) == ("Clear words", "P-1")
    kinds = {entry["resource"]["resourceType"] for entry in json.loads(files["record.fhir.json"])["entry"]}
    assert {"Patient", "ImagingStudy", "DiagnosticReport"} <= kinds
    lines = list(csv.DictReader(io.StringIO(files["audit.csv"].decode())))
    assert {"image-stored", "reading-signed", "record-exported"} <= {line["action"] for line in lines}
    assert [int(line["line"]) for line in lines] == sorted(int(line["line"]) for line in lines)
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=False)
    assert done.returncode == 0
    assert hashlib.sha256(files["README.txt"]).hexdigest() in files["SHA256SUMS"].decode()


def test_it_is_audited_and_named_by_the_opaque_id(store: Store, reader: Caller, anna: str) -> None:
    before = store.audit.count(action="record-exported")
    unpacked(store, reader, anna)
    forms = [line.detail["form"] for line in store.audit.search(action="record-exported")]
    assert sorted(forms[: len(forms) - before]) == ["archive", "csv", "json"]
    assert file_name(anna) == f"medai-everything-{anna}.zip"


def test_one_that_is_broken_off_leaves_nothing_open(store: Store, reader: Caller, anna: str) -> None:
    pieces = archive_of_patient(store, reader, anna, report_pdf)
    assert next(pieces).startswith(b"PK")
    pieces.close()  # type: ignore[attr-defined]
    gc.collect()  # what is still open is a warning, and so an error, here
    assert list(pieces) == []


def test_a_lost_file_is_told_and_the_rest_comes(
    store: Store, reader: Caller, anna: str, image_id: str
) -> None:
    image = store.images.get(image_id)
    assert image is not None
    store.blobs.path(image.digest).unlink()
    files = unpacked(store, reader, anna)
    assert f"images/{image_id}.dcm" not in files
    assert image_id in files["missing.txt"].decode()
    assert "record.fhir.json" in files


def test_not_for_everybody(
    store: Store, reader: Caller, visitor: Caller, anna: str, administrator: Caller
) -> None:
    """Decided before the first piece is sent."""
    with pytest.raises(Refusal, match="clinician"):
        archive_of_patient(store, visitor, anna, report_pdf)
    store.patients.set_restricted(anna, restricted=True)
    for caller in (reader, administrator):
        with pytest.raises(Refusal, match="open to you"):
            archive_of_patient(store, caller, anna, report_pdf)
    assert store.audit.count(action="record-exported") == 0
