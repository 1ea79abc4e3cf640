"""Bytes of a note to its text: the encodings that notes come in, and what is no text at all."""

import codecs
from typing import Final

from medai_core.domain.refusal import Refusal

MAX_BYTES: Final = 20_000_000
"""Larger files are refused before they are read."""

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT: Final = (
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a rich-text (RTF) file"),
    (b"PK\x03\x04", "a ZIP or a Word file"),
    (b"\xd0\xcf\x11\xe0", "a Word file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)


def decoded(content: bytes) -> str:
    """The text of a note's file, without its byte-order mark.

    By the mark where there is one, else UTF-8, UTF-16 told by its zero bytes, else Windows-1252.

    Raises
    ------
    Refusal
        "note-not-text".
    """
    for start, what in _NOT_TEXT:
        if content.startswith(start):
            raise _not_text(what)
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    if content.count(0):
        return _without_mark(content)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _without_mark(content: bytes) -> str:
    """UTF-16 that says nothing of itself: every second byte of Latin text is zero."""
    half = max(len(content) // 2, 1)
    if content[1::2].count(0) > 0.7 * half:
        return content.decode("utf-16-le", errors="replace")
    if content[0::2].count(0) > 0.7 * half:
        return content.decode("utf-16-be", errors="replace")
    raise _not_text("a file with zero bytes")


def _not_text(found: str) -> Refusal:
    return Refusal(
        "note-not-text",
        expected="a note as plain text",
        found=found,
        what_to_do="Save it as plain text first.",
    )


def too_large(size: int) -> Refusal:
    """The refusal of a file that is larger than any note."""
    return Refusal(
        "note-too-long",
        expected=f"a file of at most {MAX_BYTES // 1_000_000} MB",
        found=f"{size // 1_000_000} MB",
        what_to_do="Split the file into its notes.",
    )
