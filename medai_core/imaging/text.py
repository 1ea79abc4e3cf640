"""DICOM text into Unicode: Specific Character Set (0008,0005), code extensions, person names.

Decoding goes before splitting, because the second byte of a Chinese or Japanese character may look like
a delimiter ("\\" and "^" in GB18030; "=" too in ISO 2022 IR 87): PS3.5, 6.1.2 and 6.2.1.
"""

import re
from collections.abc import Sequence
from typing import Final

from medai_core.domain.people import PersonName
from medai_core.imaging.limits import MAX_TEXT
from medai_core.imaging.quiet import quiet

_TWO_BYTE: Final = (b"\x1b$B", b"\x1b$@", b"\x1b$(D")
"""Escapes that put a two-byte set into the ordinary half of the code table (JIS X 0208, 0212)."""

_CHINESE: Final = b"\x1b$)A"
_ESCAPE: Final = re.compile(rb"\x1b[$(-/][(-/]?[0-~]")
_DELIMITERS: Final = {ord(letter) for letter in "\\^=\r\n\f\t"}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_DEFAULT: Final = ("iso8859",)


def encodings_of(terms: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """Python's names for the defined terms, and whether all terms were known."""
    from pydicom.charset import convert_encodings, python_encoding

    quiet()
    cleaned = [_term(term) for term in terms[:16]] or [""]
    known = [term for term in cleaned if term in python_encoding]
    if not known:
        return _DEFAULT, False
    if not cleaned[0]:
        known[0] = ""
    return tuple(convert_encodings(known)), len(known) == len(cleaned)


def _term(term: str) -> str:
    """A defined term with the usual misspellings put right: "ISO-IR 100", "ISO2022 IR 87", "GB 18030"."""
    word = " ".join(term.upper().split())
    if match := re.fullmatch(r"ISO[ _-]?IR[ _-]?(\d+)", word):
        return f"ISO_IR {match[1]}"
    if match := re.fullmatch(r"ISO[ _-]?2022[ _-]?IR[ _-]?(\d+)", word):
        return f"ISO 2022 IR {match[1]}"
    return {"GB 18030": "GB18030", "UTF-8": "ISO_IR 192", "UTF8": "ISO_IR 192"}.get(word, word)


def decoded(raw: bytes, encodings: Sequence[str]) -> str:
    """Text of one value, delimiters included; undecodable bytes become U+FFFD."""
    from pydicom.charset import decode_bytes

    quiet()
    raw = raw[: 8 * MAX_TEXT]
    if tuple(encodings) == _DEFAULT and not raw.isascii() and b"\x1b" not in raw:
        raw_text = _undeclared(raw)
    else:
        try:
            raw_text = "".join(
                part[len(_CHINESE) :].decode("gb2312", "replace")
                if part.startswith(_CHINESE)
                else str(decode_bytes(part, list(encodings), _DELIMITERS))
                for part in _around_chinese(raw, encodings)
            )
        except (UnicodeError, LookupError, ValueError):
            raw_text = raw.decode("ascii", "replace")
    return _CONTROL.sub("", raw_text).rstrip(" \0")[:MAX_TEXT]


def _around_chinese(raw: bytes, encodings: Sequence[str]) -> list[bytes]:
    """`raw` cut before each escape, where ISO 2022 IR 58 is declared; else in one piece.

    Its escape designates the upper half of the code table, so ASCII stays ASCII up to the next escape;
    pydicom 3.0 leaves that escape in the text.
    """
    if "iso_ir_58" not in encodings or _CHINESE not in raw:
        return [raw]
    return [part for part in re.split(rb"(?=\x1b)", raw) if part]


def _undeclared(raw: bytes) -> str:
    """Bytes beyond ASCII without a declared set: UTF-8 where they are that, else Latin-1."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def person_name(raw: bytes, encodings: Sequence[str]) -> PersonName:
    """The three component groups of a PN value (PS3.5, 6.2.1.1), each in reading order."""
    groups = [decoded(part, encodings) for part in split(raw, ord("="), encodings)][:3]
    groups += [""] * (3 - len(groups))
    return PersonName(*(_reading_order(group) for group in groups))


def split(raw: bytes, delimiter: int, encodings: Sequence[str]) -> list[bytes]:
    """`raw` at each `delimiter` that is one, and not half of a two-byte character.

    Within JIS X 0208 and 0212 after an escape, and in the trail bytes of the stand-alone sets GB18030
    and GBK, the same byte is part of a character.
    """
    parts: list[bytes] = []
    start = position = 0
    wide = False
    lead = encodings[0].lower() in ("gb18030", "gbk") if encodings else False
    while position < len(raw):
        if match := _ESCAPE.match(raw, position):
            wide = match[0] in _TWO_BYTE
            position = match.end()
        elif wide or (lead and _is_lead(raw[position])):
            position += 2
        else:
            if raw[position] == delimiter:
                parts.append(raw[start:position])
                start = position + 1
            position += 1
    return [*parts, raw[start:]]


def _is_lead(byte: int) -> bool:
    """First of two bytes in GB18030 and GBK (four-byte characters are two such pairs)."""
    return 0x81 <= byte <= 0xFE


def _reading_order(group: str) -> str:
    """family^given^middle^prefix^suffix as prefix family given middle suffix, without the carets."""
    family, given, middle, prefix, suffix = (*(part.strip() for part in group.split("^")[:5]), *[""] * 5)[:5]
    return " ".join(part for part in (prefix, family, given, middle, suffix) if part)
