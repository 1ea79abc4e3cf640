"""`import` on the command line: every kind of file, counted by file and resource, tried without writing."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from medai_core.__main__ import main
from medai_core.store.database import Store
from tests.support.films import film
from tests.support.records import sources_of
from tests.support.statements import bundle, ndjson, patient, potassium

HL7 = (
    "MSH|^~\\&|LAB|HOSP|MEDAI|HOSP|20240506070809+0200||ORU^R01^ORU_R01|M1|P|2.5.1\r"
    "PID|1||77^^^HOSP^MR||Muster^Eva||19700304|F\r"
    "OBR|1|||24323-8^CMP^LN|||20240506070000+0200\r"
    "OBX|1|NM|2823-3^Potassium^LN||4.1|mmol/L|3.5-5.1|N|||F|||20240506070000+0200\r"
)
KEYS = ["file", "resource", "read", "added", "changed", "unchanged", "refused", "reasons"]


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, list[dict[str, Any]], str]:
    """Exit status, lines of JSON, and what was said beside them."""
    status = main([str(word) for word in words])
    told = capsys.readouterr()
    return status, [json.loads(line) for line in told.out.splitlines()], told.err


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One file of each kind, and one of none."""
    found = tmp_path / "files"
    found.mkdir()
    for source in (
        bundle(patient(), potassium("o1"), name="a.json"),
        ndjson(potassium("o2"), name="b.ndjson"),
    ):
        with source.open() as stream:
            (found / source.name).write_bytes(stream.read())
    (found / "c.hl7").write_text(HL7)
    (found / "d.csv").write_text("patient id,date,potassium (mmol/L)\n77,2024-05-06,4.4\n")
    (found / "e.dcm").write_bytes(film())
    (found / "f.bin").write_bytes(b"\x00\x01nothing")
    return found


def _tree(home: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


def test_every_kind_is_counted_in_one_form(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, lines, err = run(capsys, "import", "--json", folder)
    assert status == 0
    assert all(list(line) == KEYS for line in lines)
    for line in lines:
        assert line["read"] == line["added"] + line["changed"] + line["unchanged"] + line["refused"]
    counted = {(Path(line["file"]).name, line["resource"]): line for line in lines}
    assert counted["a.json", "Patient"]["added"] == 1
    assert counted["a.json", "Observation"]["added"] == 1
    assert counted["b.ndjson", "Observation"]["added"] == 1
    assert counted["c.hl7", "MSH"]["added"] == 1
    assert counted["c.hl7", "OBX"]["added"] == 1
    assert counted["d.csv", "row"]["read"] == 1
    assert counted["e.dcm", "ImagingStudy"]["added"] == 1
    bad = counted["f.bin", "file"]
    assert (bad["read"], bad["refused"], sum(bad["reasons"].values())) == (1, 1, 1)
    assert ("a.json", "Bundle") not in counted
    assert "Muster" not in err


def test_the_same_again_adds_nothing_and_is_no_failure(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "import", "--json", folder)
    status, lines, _ = run(capsys, "import", "--json", folder)
    assert status == 0
    assert sum(line["added"] + line["changed"] for line in lines) == 0
    assert sum(line["unchanged"] for line in lines) >= 6


def test_a_dry_run_writes_nothing_at_all(
    folder: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, tried, err = run(capsys, "import", "--json", "--dry-run", folder)
    assert status == 0
    assert not home.exists()
    assert "Dry run, nothing was written" in err
    status, done, _ = run(capsys, "import", "--json", folder)
    assert tried == done
    before = _tree(home)
    status, again, _ = run(capsys, "import", "--json", "--dry-run", folder)
    assert status == 0
    assert sum(line["added"] for line in again) == 0
    assert _tree(home) == before
    assert sorted(path.name for path in home.iterdir() if path.name.startswith("staging")) == []


def test_members_of_archives_are_files(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as pack:
        for path in sorted(folder.iterdir()):
            pack.write(path, f"inner/{path.name}")
    status, lines, _ = run(capsys, "import", "--json", archive)
    assert status == 0
    assert {line["file"] for line in lines} == {f"{archive}/inner/{path.name}" for path in folder.iterdir()}


def test_a_source_is_named(folder: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "import", "--json", "--source", "North", folder / "a.json", folder / "c.hl7")[0] == 0
    store = Store(home)
    assert sources_of(store) == ["North"]
    store.close()


def test_people_read_a_summary(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(folder / "a.json")]) == 0
    told = capsys.readouterr()
    assert "Observation: 1 read, 1 added, 0 changed, 0 unchanged, 0 refused" in told.out
    assert "1 patients affected; 1 of them new" in told.err


@pytest.mark.parametrize("content", [b"", b"{", b'{"resourceType": "Nothing"}', b"MSH|^~\\&|"])
@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_nothing_good_exits_with_1(
    content: bytes, more: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(content)
    status, lines, _ = run(capsys, "import", "--json", *more, bad)
    assert status == 1
    assert [line["read"] for line in lines] == [line["refused"] for line in lines] == [1]


def test_the_good_part_goes_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "half.ndjson"
    with ndjson(patient(), potassium("o1")).open() as stream:
        file.write_bytes(stream.read() + b'{"resourceType": "Observ')
    status, lines, _ = run(capsys, "import", "--json", file)
    assert status == 0
    assert sum(line["added"] for line in lines) == 2
    assert sum(line["refused"] for line in lines) == 1


def test_a_missing_file_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, (line,), _ = run(capsys, "import", "--json", tmp_path / "none.json")
    assert (status, line["resource"], line["refused"]) == (1, "file", 1)


def test_text_files_in_folders_are_known_by_what_they_hold_and_the_rest_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "sent"
    (place / ".git").mkdir(parents=True)
    (place / ".git" / "x").write_text("x")
    (place / "message.txt").write_text(HL7)
    (place / "remark.txt").write_text("Called the ward.")
    (place / "bundle.xml").write_text("<Bundle xmlns='http://hl7.org/fhir'/>")
    (place / "manual.pdf").write_bytes(b"%PDF-1.4")
    (place / "README.txt").write_text("About these files.")
    status, lines, err = run(capsys, "import", "--json", "--dry-run", place)
    assert status == 0
    found = {(Path(line["file"]).name, line["resource"]): line for line in lines}
    assert found["message.txt", "OBX"]["added"] == 1
    for name in ("remark.txt", "bundle.xml"):
        line = found[name, "file"]
        assert (line["read"], line["refused"], sum(line["reasons"].values())) == (1, 1, 1)
    assert "3 files were passed over" in err
    assert all(name in err for name in (".git/", "manual.pdf", "README.txt"))
    with zipfile.ZipFile(tmp_path / "sent.zip", "w") as pack:
        for path in sorted(place.glob("*.*")):
            if path.is_file():
                pack.write(path, path.name)
    status, lines, err = run(capsys, "import", "--dry-run", "--json", tmp_path / "sent.zip")
    assert status == 0
    assert sum(line["added"] for line in lines) > 0
    assert "2 files were passed over" in err
    assert main(["import", "--dry-run", str(place)]) == 0
    told = capsys.readouterr()
    assert "remark.txt" not in told.out
    assert "5 files were passed over" in told.err
