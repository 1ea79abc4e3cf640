"""Character sets of HL7 table 0211 (MSH-18)."""

import re
from typing import Final

_NAMES: Final = {
    "": "utf-8",
    "ASCII": "utf-8",
    "ISO IR6": "utf-8",
    "ISO IR14": "shift_jis",
    "ISO IR87": "iso2022_jp",
    "ISO IR159": "iso2022_jp_2",
    "GB 18030-2000": "gb18030",
    "KS X 1001": "euc_kr",
    "CNS 11643-1992": "euc_tw",
    "BIG-5": "big5",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "UNICODE UTF-16": "utf-8",
    "WINDOWS-1252": "cp1252",
    "CP1252": "cp1252",
    "8859/1": "latin-1",
    "ISO-8859-1": "latin-1",
    "LATIN1": "latin-1",
}
_IR_PARTS: Final = {100: 1, 101: 2, 109: 3, 110: 4, 144: 5, 127: 6, 126: 7, 138: 8, 148: 9, 166: 11, 203: 15}
_PART: Final = re.compile(r"(?:ISO[ -]?)?8859[/-](\d{1,2})", re.ASCII)
_IR: Final = re.compile(r"ISO[ _-]?IR[ _-]?(\d{1,3})", re.ASCII)


def encoding_of(declared: str) -> str | None:
    """Python's name of what MSH-18 declares; None where that is not a character set of table 0211."""
    name = declared.strip().upper()
    if found := _PART.fullmatch(name):
        part = int(found[1])
        return "latin-1" if part == 1 else f"iso8859_{part}" if part in range(2, 17) and part != 12 else None
    if (found := _IR.fullmatch(name)) and int(found[1]) in _IR_PARTS:
        part = _IR_PARTS[int(found[1])]
        return "latin-1" if part == 1 else f"iso8859_{part}"
    return _NAMES.get(name.replace("_", " ") if name.startswith("ISO_IR") else name)


def decoded(raw: bytes, declared: str) -> tuple[str, str, str]:
    """The text of a message, the encoding that gave it, and a caution where that is not what it declares.

    UTF-8 that calls itself a one-byte set is read as UTF-8: text of such a set is hardly ever valid UTF-8 by
    chance. Bytes that do not fit are read as windows-1252, which has a character for nearly every byte.
    """
    named = encoding_of(declared)
    if raw.isascii() and named not in ("iso2022_jp", "iso2022_jp_2"):
        return raw.decode("ascii"), "utf-8", _unknown(declared) if named is None else ""
    for encoding, caution in _tries(named, declared):
        try:
            return raw.decode(encoding), encoding, caution
        except (UnicodeDecodeError, LookupError):
            continue
    return (
        raw.decode("latin-1"),
        "latin-1",
        "Bytes that fit no declared character set were read as ISO-8859-1.",
    )


def _tries(named: str | None, declared: str) -> list[tuple[str, str]]:
    fallback = ("cp1252", "Bytes that do not fit the declared character set were read as windows-1252.")
    if named is None:
        return [("utf-8", _unknown(declared)), fallback]
    if named == "utf-8":
        return [("utf-8", ""), fallback]
    if named in ("latin-1", "cp1252") or named.startswith("iso8859"):
        other = "MSH-18 declares a one-byte character set; the bytes are UTF-8 and were read as that."
        return [("utf-8", other), ("cp1252" if named == "latin-1" else named, ""), fallback]
    return [(named, ""), ("utf-8", "The bytes do not fit what MSH-18 declares; they are UTF-8."), fallback]


def _unknown(declared: str) -> str:
    return "MSH-18 names no character set of table 0211; UTF-8 was tried first." if declared.strip() else ""
