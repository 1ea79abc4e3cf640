"""What kind of file something is, by what it holds; its name only decides where the content cannot."""

import codecs
import json
import re
from typing import Final, Literal

from medai_core.imaging.archive import is_workbook
from medai_core.imaging.decode import is_picture_or_dicom

Kind = Literal["fhir", "ndjson", "hl7", "table", "image"]

HEAD_BYTES: Final = 64 * 1024
"""How much of a file's beginning `kind_of` wants to see."""

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_GZIP: Final = b"\x1f\x8b"
_SEGMENT: Final = re.compile(r"(MSH|FHS|BHS)[^A-Za-z0-9\s]")
_FRAMING: Final = "\x0b\x1a\x1c \t\r\n\ufeff"
_DELIMITERS: Final = ",;\t|"
_TABLE_ENDINGS: Final = (".csv", ".tsv", ".tab", ".xlsx", ".xlsm", ".xls")
_LINES_ENDINGS: Final = (".ndjson", ".jsonl")


def kind_of(head: bytes, name: str = "") -> Kind | None:
    """The kind of a file that begins with `head` (up to `HEAD_BYTES`); None for what nothing here reads.

    A cut-off or damaged file still has the kind of its beginning, so that its own reader can say what is
    wrong with it.
    """
    if is_workbook(head) or head.startswith(_OLE):
        return "table"
    if is_picture_or_dicom(head):
        return "image"
    if head.startswith(_GZIP):
        return "table" if name.lower().removesuffix(".gz").endswith(_TABLE_ENDINGS) else None
    text = _text(head)
    if text is None:
        return None
    begins = text.lstrip(_FRAMING)
    if _SEGMENT.match(begins):
        return "hl7"
    if begins[:1] in ("{", "["):
        return "ndjson" if _is_lines(begins, name) else "fhir"
    if begins[:1] == "<":
        return None
    return "table" if _is_table(begins, name) else None


def _text(head: bytes) -> str | None:
    """The beginning as text, or None where it is no text. A letter cut in two at the end is left out."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding, "ignore")
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        text = head.decode("latin-1")
    return None if "\x00" in text else text


def _is_lines(text: str, name: str) -> bool:
    """Whether every line is a JSON document of its own: the first one is, and another one follows."""
    first, _, rest = text.partition("\n")
    if not rest.strip():
        return name.lower().endswith(_LINES_ENDINGS)
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return name.lower().endswith(_LINES_ENDINGS) and not _spread(first)


def _spread(first: str) -> bool:
    """Whether a first line is only the opening of a document that goes on over lines."""
    return first.strip() in ("{", "[", "[{")


def _is_table(text: str, name: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return False
    if name.lower().endswith(_TABLE_ENDINGS):
        return True
    return len(lines) > 1 and any(mark in lines[0] and mark in lines[1] for mark in _DELIMITERS)
