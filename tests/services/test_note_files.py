"""Notes and tables of sentences on the command line: the form of the lines, bad input, order."""

import csv
import json
from pathlib import Path

import pytest

from medai_core.__main__ import main
from medai_core.notes import decoding


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_object_a_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note, empty, picture = tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "c.txt"
    note.write_bytes("\ufeffHPI: No f\u00e9ver, no fever.".encode())
    empty.write_bytes(b"")
    picture.write_bytes(b"\x89PNG\r\n")
    status = main(["notes", str(note), str(empty), str(picture), str(tmp_path / "none"), "--json"])
    first, second, third, fourth = _lines(capsys)
    assert status == 0
    assert list(first) == ["file", "sections", "items"]
    assert first["sections"] == [{"title": "HPI", "start": 0, "end": 24}]
    assert first["items"] == [
        {
            "text": "fever",
            "kind": "problem",
            "start": 18,
            "end": 23,
            "assertion": "negated",
            "codes": [
                {
                    "system": "http://hl7.org/fhir/sid/icd-10-cm",
                    "code": "R50.9",
                    "display": "Fever, unspecified",
                }
            ],
            "trigger": "no",
            "rule": "neg-no",
        }
    ]
    assert second == {"file": str(empty), "sections": [], "items": []}
    assert "a picture" in str(third["refused"])
    assert "a file that can be read" in str(fourth["refused"])


def test_a_huge_file_is_refused_unread(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from medai_core.services import note_files

    monkeypatch.setattr(note_files, "MAX_BYTES", 10)
    file = tmp_path / "huge.txt"
    file.write_text("x" * 11)
    assert main(["notes", str(file)]) == 1
    assert "MB" in str(_lines(capsys)[0]["refused"])
    assert decoding.MAX_BYTES >= 1_000_000


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("sentence,concept,other\nNo FEVER.,fever,1\nFEVER.,fever,2\n", "utf-8"),
        ("\ufeffSentence;Concept\nNo FEVER.;fever\nFEVER.;fever\n", "utf-8"),
        ("concept\tsentence\nfever\tNo FEVER.\nfever\tFEVER.\n", "utf-16"),
        ("sentence,concept\nNo\x0c FEVER.,fever\r\nA\u2028FEVER.,fever\r\n", "utf-8"),
    ],
)
def test_every_row_is_answered_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, encoding: str
) -> None:
    table, out = tmp_path / "in.csv", tmp_path / "out.csv"
    table.write_bytes(content.encode(encoding))
    assert main(["notes", "--assert", str(table), "--csv", str(out)]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["assertion"] for row in rows] == ["negated", "present"]
    assert [row["trigger"] for row in rows] == ["No", ""]
    assert [row["rule"] for row in rows] == ["neg-no", ""]
    assert [row["concept"] for row in rows] == ["fever", "fever"]
    assert main(["notes", "--assert", str(table)]) == 0
    assert [line["assertion"] for line in _lines(capsys)] == ["negated", "present"]


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    table, out = tmp_path / "in.csv", tmp_path / "out.csv"
    table.write_text('sentence,concept\n"=HYPERLINK(""x"") no fever",fever\n', encoding="utf-8")
    assert main(["notes", "--assert", str(table), "--csv", str(out)]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["sentence"].startswith("'=")
    assert row["assertion"] == "negated"


@pytest.mark.parametrize(
    "arguments", [["notes"], ["notes", "a.txt", "--assert", "b.csv"], ["notes", "a.txt", "--csv", "o.csv"]]
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "--assert" in capsys.readouterr().err


def test_a_table_without_its_columns_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "in.csv"
    table.write_text("a,b\n1,2\n")
    assert main(["notes", "--assert", str(table), "--csv", str(tmp_path / "o.csv")]) == 1
    assert "no column sentence" in capsys.readouterr().err
    assert not (tmp_path / "o.csv").exists()
