"""A file's kind is told by what it holds."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_core.records.kinds import HEAD_BYTES, kind_of

MSH = "MSH|^~\\&|A|B"


def _workbook() -> bytes:
    pack = io.BytesIO()
    with zipfile.ZipFile(pack, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return pack.getvalue()


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (b'{"resourceType": "Bundle"}', "x", "fhir"),
        (b'\xef\xbb\xbf \n{\n "resourceType": "Patient"', "x.txt", "fhir"),
        (b'[{"resourceType": "Patient"}]', "x", "fhir"),
        (b'{"a": 1}\n{"a": 2}\n', "x.json", "ndjson"),
        (b'{"a": 1}\n\n', "x.ndjson", "ndjson"),
        (b'{"a": 1}\n', "x.json", "fhir"),
        (b'{"a": 1}\r\n{"b', "x", "ndjson"),
        (b'{"half\n{"a": 2}', "x.ndjson", "ndjson"),
        (b'{\n"a": 1}', "x.ndjson", "fhir"),
        (MSH.encode(), "x.csv", "hl7"),
        (b"\x0b" + MSH.encode(), "x", "hl7"),
        (b"\xef\xbb\xbf\r\n" + MSH.encode(), "x.json", "hl7"),
        (("\ufeff" + MSH).encode("utf-16-le"), "x", "hl7"),
        (b"FHS|^~\\&|A", "x", "hl7"),
        (b"BHS|^~\\&|A", "x", "hl7"),
        (b"MSH#^~\\&#A", "x", "hl7"),
        (b"name,value\n1,2\n", "x.txt", "table"),
        (b"name;value\r\n1;2\r\n", "x", "table"),
        (b"one column\n1\n", "x.csv", "table"),
        (b"gr\xf6sse;wert\n1;2\n", "x", "table"),
        (_workbook(), "x.dat", "table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "x", "table"),
        (b"\x89PNG\r\n\x1a\n....", "x.json", "image"),
        (b"\x00" * 128 + b"DICM", "x", "image"),
        (b"", "x.json", None),
        (b"<Patient/>", "x.json", None),
        (b"Words of somebody.", "x.txt", None),
        (b"\x00\x01\x02\x03", "x.csv", None),
    ],
)
def test_kinds(head: bytes, name: str, kind: str | None) -> None:
    assert kind_of(head, name) == kind


def test_a_letter_cut_at_the_end_of_the_head_is_no_binary() -> None:
    head = ('{"text": "' + "ä" * HEAD_BYTES).encode()[:HEAD_BYTES]
    assert kind_of(head) == "fhir"


@given(head=st.binary(max_size=200), name=st.text(max_size=12))
def test_any_bytes_have_a_kind_or_none(head: bytes, name: str) -> None:
    assert kind_of(head, name) in {"fhir", "ndjson", "hl7", "table", "image", None}
