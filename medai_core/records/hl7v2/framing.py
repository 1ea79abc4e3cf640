"""Bytes of a file to messages: line ends, byte-order marks, MLLP frames, batches, character sets.

HL7 v2 ends a segment with CR (v2.8.2, 2.5.4). Files that went through editors end them with LF or CR LF;
messages taken from a connection stand between 0x0B and 0x1C 0x0D (MLLP). All of them are read.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

LONGEST_SEGMENT: Final = 64 * 2**20
"""Bytes of one segment; a base64 document of some 48 MB fits."""

LONGEST_MESSAGE: Final = 192 * 2**20

_CHUNK: Final = 2**18
_END: Final = re.compile(rb"[\r\n\x0b\x1c]+")
_ENVELOPE: Final = (b"FHS", b"BHS", b"BTS", b"FTS")
_NAME: Final = re.compile(rb"[A-Z][A-Z0-9]{2}(?![A-Za-z0-9 ])")
_UTF8_MARK: Final = codecs.BOM_UTF8
_WIDE: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be", b"M\0": "utf-16-le"}


@dataclass(slots=True)
class RawMessage:
    """The segments of one message as bytes, with the line where it begins (from 1).

    `stray` counts lines that stand before the first MSH and belong to no message.
    """

    number: int
    line: int
    segments: list[bytes] = field(default_factory=list)
    continued: int = 0
    oversized: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, line: bytes) -> None:
        """A further line: a segment, or the rest of a text that was broken by a line end."""
        name = line[:3].decode("ascii", "replace")
        if len(line) > LONGEST_SEGMENT or self.size + len(line) > LONGEST_MESSAGE:
            self.oversized.append(name)
            return
        self.size += len(line)
        if self.segments and not _NAME.match(line):
            self.segments[-1] += b"\n" + line
            self.continued += 1
        else:
            self.segments.append(line)


@dataclass(frozen=True, slots=True)
class Stray:
    """Lines that belong to no message: where the first one stands, and how many there are."""

    line: int
    count: int


def messages(open_: Callable[[], BinaryIO]) -> Iterator[RawMessage | Stray]:
    """Every message of a file, one at a time in memory; lines before the first MSH as one `Stray`."""
    current: RawMessage | None = None
    stray = first_stray = number = 0
    with open_() as file:
        for place, line in enumerate(_lines(file), start=1):
            if line[:3] in _ENVELOPE:
                continue
            if line[:3] == b"MSH" and not line[3:4].isalnum():
                if current:
                    yield current
                number += 1
                current = RawMessage(number, place)
            if current:
                current.add(line)
            else:
                first_stray = first_stray or place
                stray += 1
    if stray:
        yield Stray(first_stray, stray)
    if current:
        yield current


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines without their ends and marks; empty ones are left out. A line that is too long comes cut."""
    rest = b""
    for chunk in _chunks(file):
        *whole, rest = _END.split(rest + chunk)
        yield from filter(None, map(_bare, whole))
        if len(rest) > LONGEST_SEGMENT + _CHUNK:
            rest = rest[: LONGEST_SEGMENT + 1]
    if last := _bare(rest):
        yield last


def _bare(line: bytes) -> bytes:
    line = line.removeprefix(_UTF8_MARK)
    start = line.lstrip(b" \t\0\xef\xbb\xbf")
    return start if start.startswith((b"MSH", *_ENVELOPE)) else line if line.strip() else b""


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """The file's bytes; UTF-16 is turned to UTF-8, for its code units hold the bytes of line ends."""
    head = file.read(_CHUNK)
    wide = next((name for mark, name in _WIDE.items() if head.startswith(mark)), None)
    if wide is None:
        while head:
            yield head
            head = file.read(_CHUNK)
        return
    decoder = codecs.getincrementaldecoder(wide)(errors="replace")
    while head:
        yield decoder.decode(head).removeprefix("\ufeff").encode("utf-8", "replace")
        head = file.read(_CHUNK)
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")
