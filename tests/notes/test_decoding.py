"""Bytes to text: marks, old code pages, and what is no text."""

import codecs

import pytest

from medai_core.domain.refusal import Refusal
from medai_core.notes.decoding import decoded

TEXT = "Na\u00efve note: 38 \u00b0C, no fever.\r\nSecond line."


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.encode("cp1252"),
    ],
)
def test_encodings(content: bytes) -> None:
    assert decoded(content) == TEXT


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7 x", b"{\\rtf1 x}", b"PK\x03\x04x", b"\xff\xd8\xff\xe0", b"ab\x00\x01\x02cd\x05"]
)
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        decoded(content)
    assert refused.value.code == "note-not-text"


def test_an_empty_file_is_an_empty_note() -> None:
    assert decoded(b"") == ""
