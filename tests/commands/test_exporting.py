"""`export` on the command line: one patient, by the identifier or the opaque id."""

import json
import stat
from pathlib import Path

import pytest

from medai_core.__main__ import main
from medai_core.settings import settings
from medai_core.store.database import Store
from tests.support.fhir import bundle, concept, observation, patient


@pytest.fixture
def known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The opaque id of a patient who was imported."""
    other = patient(
        "p2", identifier=[{"type": concept("urn:k", "MR"), "value": "N-78"}], name=[{"text": "Zweite"}]
    )
    file = tmp_path / "in.json"
    file.write_text(json.dumps(bundle(patient(), observation(), other)))
    assert main(["import", str(file)]) == 0
    capsys.readouterr()
    store = Store(settings().home)
    try:
        found = store.patients.find("http://hospital.example.org", "N-77")
        assert found is not None
        return found.id
    finally:
        store.close()


@pytest.mark.parametrize("by", ["identifier", "opaque id"])
def test_a_bundle_on_standard_output(known: str, by: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--patient", "N-77" if by == "identifier" else known]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [entry["resource"] for entry in found["entry"]] == [patient(), observation()]


def test_a_table_in_a_file_of_its_own(known: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.csv"
    assert main(["export", "--patient", known, "--csv", "--out", str(out)]) == 0
    assert "Heart rate" in out.read_text("utf-8-sig")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    before = out.read_bytes()
    assert main(["export", "--patient", known, "--out", str(out)]) == 2
    assert out.read_bytes() == before
    assert "is not there yet" in capsys.readouterr().err


def test_a_patient_who_is_not_there(known: str, capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("N-7", "Muster", "N-770", ""):
        assert main(["export", "--patient", text]) == 1
        told = capsys.readouterr()
        assert told.out == ""
        assert "one that no patient has" in told.err
