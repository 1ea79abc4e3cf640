"""The outside of a DICOM file: preamble, file meta, transfer syntax, where the pixels begin.

The values themselves are read by `elements`; nothing here trusts a length that the file gives.
"""

import struct
import zlib
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from medai_core.domain.refusal import Refusal
from medai_core.imaging import refusals
from medai_core.imaging.limits import (
    MAX_HEADER_BYTES,
    MAX_HEADER_READS,
    MAX_INFLATED_BYTES,
    MAX_VALUE_BYTES,
)
from medai_core.imaging.quiet import quiet
from medai_core.imaging.source import Source

IMPLICIT_LITTLE: Final = "1.2.840.10008.1.2"
EXPLICIT_LITTLE: Final = "1.2.840.10008.1.2.1"
DEFLATED: Final = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG: Final = "1.2.840.10008.1.2.2"
NATIVE: Final = frozenset({IMPLICIT_LITTLE, EXPLICIT_LITTLE, DEFLATED, EXPLICIT_BIG})
UNDEFINED: Final = 0xFFFFFFFF

_PIXEL_TAGS: Final = {
    0x7FE00008: "FloatPixelData",
    0x7FE00009: "DoubleFloatPixelData",
    0x7FE00010: "PixelData",
}
_LONG_FORM: Final = frozenset(
    {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
)
_FIRST_GROUPS: Final = (0x0002, 0x0008)


@dataclass(frozen=True, slots=True)
class PixelElement:
    """Where the value of the pixel data begins, its declared length, and its VR ("" where implicit)."""

    keyword: str
    vr: str
    offset: int
    length: int

    @property
    def encapsulated(self) -> bool:
        """Whether the length is undefined, so that items with compressed fragments follow."""
        return self.length == UNDEFINED


@dataclass(frozen=True, slots=True)
class Container:
    """A data set up to its pixels. `source` is the given file, or the inflated bytes where deflated.

    `transfer_syntax` and `media_class` (Media Storage SOP Class UID) are empty where the file names none;
    `big_endian` is of the data set.
    """

    source: Source
    transfer_syntax: str
    big_endian: bool
    dataset: Any
    pixels: PixelElement | None
    media_class: str
    notices: tuple[str, ...]


def is_dicom(head: bytes) -> bool:
    """Whether these first bytes (132 or more of them) are DICOM's, with or without the preamble."""
    if head[128:132] == b"DICM" or head[:4] == b"DICM":
        return True
    return len(head) >= 8 and _plausible_element(head[:8])


def _plausible_element(first: bytes) -> bool:
    """Without a preamble: a first element of group 2 or 8 with a VR or a length that can be."""
    for order in ("<", ">"):
        group, element = struct.unpack(f"{order}HH", first[:4])
        if group not in _FIRST_GROUPS or element > 0x1200:
            continue
        length = int(struct.unpack(f"{order}L", first[4:8])[0])
        if (first[4:6].isalpha() and first[4:6].isupper()) or length < 0x10000:
            return True
    return False


def read_container(source: Source, tags: tuple[int, ...]) -> Container:
    """Read the elements `tags` and find the pixel data. Raises Refusal."""
    start = _start(source)
    meta, offset = _file_meta(source, start)
    syntax = meta.get(0x10, "")
    notices: list[str] = []
    if offset >= source.size:
        raise refusals.truncated("a file that ends after its first header lines")
    if syntax == DEFLATED:
        source, offset = Source(_inflated(source, offset)), 0
    with source.open() as reader:
        implicit, big = _encoding(source.read(offset, 8), syntax)
        counted = _CountedReader(reader)
        counted.seek(offset)
        dataset = _dataset(counted, implicit, big, tags)
        position = reader.tell()
        cut_off = counted.cut_off or position > source.size
    if not syntax:
        notices.append("The file does not name its transfer syntax; it was recognised from its content.")
    pixels = _pixel_element(source.read(position, 12), position, big)
    if pixels is None and cut_off:
        raise refusals.truncated("a file that ends within its header")
    return Container(source, syntax, big, dataset, pixels, meta.get(0x02, ""), tuple(notices))


def _start(source: Source) -> int:
    head = source.head(132)
    if head[128:132] == b"DICM":
        return 132
    return 4 if head[:4] == b"DICM" else 0


def _file_meta(source: Source, offset: int) -> tuple[dict[int, str], int]:
    """The UIDs of group 2 by element (explicit, little endian: PS3.10, 7.1) and where the group ends."""
    meta: dict[int, str] = {}
    for _ in range(64):
        head = bytes(source.read(offset, 12))
        if len(head) < 8 or head[:2] != b"\x02\x00":
            break
        if head[4:6] in _LONG_FORM:
            if len(head) < 12:
                break
            begin, length = offset + 12, int(struct.unpack("<L", head[8:12])[0])
        else:
            begin, length = offset + 8, int(struct.unpack("<H", head[6:8])[0])
        if begin + length > source.size:
            raise refusals.truncated("a file that ends within its first header lines")
        if head[4:6] == b"UI":
            value = bytes(source.read(begin, min(length, 64)))
            meta[head[2]] = value.decode("ascii", "replace").strip("\0 ")
        offset = begin + length
    return meta, offset


def _encoding(first: bytes | memoryview, syntax: str) -> tuple[bool, bool]:
    """(implicit VR, big endian) of the data set: by its first element, else by the transfer syntax."""
    first = bytes(first)
    if len(first) < 8:
        return syntax == IMPLICIT_LITTLE, syntax == EXPLICIT_BIG
    little, big = struct.unpack("<H", first[:2])[0], struct.unpack(">H", first[:2])[0]
    is_big = syntax == EXPLICIT_BIG if big == little else big < little and big in (0x0002, 0x0008, 0x0010)
    if syntax and syntax != EXPLICIT_BIG and little <= 0x0100:
        is_big = False
    has_vr = first[4:6].isalpha() and first[4:6].isupper()
    return not has_vr, is_big


def _inflated(source: Source, offset: int) -> bytes:
    """The deflated data set (PS3.5, A.5), up to a limit so that a bomb stays small."""
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    parts: list[bytes] = []
    total = 0
    try:
        with source.open() as reader:
            reader.seek(offset)
            while not machine.eof and (chunk := reader.read(1 << 20)):
                while chunk and not machine.eof:
                    parts.append(machine.decompress(chunk, 1 << 24))
                    total += len(parts[-1])
                    if total > MAX_INFLATED_BYTES:
                        raise refusals.too_large("a deflated file that grows beyond 512 MB")
                    chunk = machine.unconsumed_tail
    except zlib.error:
        raise refusals.header_unreadable("a deflated file whose compression is damaged") from None
    return b"".join(parts)


class _CountedReader:
    """A reader that gives up once a header takes more than any honest one would."""

    def __init__(self, reader: BinaryIO) -> None:
        self._reader = reader
        self._reads = 0
        self._bytes = 0
        self.cut_off = False
        self.tell = reader.tell

    def read(self, size: int = -1) -> bytes:
        """As a file's; raises Refusal where the header's budget is used up."""
        part = self._reader.read(size)
        self._reads += 1
        self._bytes += len(part)
        self.cut_off = self.cut_off or 0 < len(part) < size
        if self._reads > MAX_HEADER_READS or self._bytes > MAX_HEADER_BYTES:
            raise refusals.too_large("a header of a size that no image has")
        return part

    def seek(self, offset: int, whence: int = 0) -> int:
        """As a file's."""
        return self._reader.seek(offset, whence)


def _dataset(reader: _CountedReader, implicit: bool, big: bool, tags: tuple[int, ...]) -> Any:
    from pydicom.filereader import read_dataset

    quiet()
    try:
        return read_dataset(
            reader,  # type: ignore[arg-type]
            implicit,
            not big,
            stop_when=lambda tag, vr, length: int(tag) in _PIXEL_TAGS,
            defer_size=MAX_VALUE_BYTES,
            specific_tags=list(tags),
        )
    except Refusal:
        raise
    except RecursionError:
        raise refusals.header_unreadable("a header nested deeper than can be followed") from None
    except MemoryError:
        raise refusals.too_large("a header that does not fit into memory") from None
    except Exception:  # the parser's errors on broken bytes share no base class
        raise refusals.header_unreadable() from None


def _pixel_element(head: bytes | memoryview, position: int, big: bool) -> PixelElement | None:
    """The pixel data element that begins at `position`, explicit or implicit; None where there is none."""
    head = bytes(head)
    order = ">" if big else "<"
    if len(head) < 8:
        return None
    group, element = struct.unpack(f"{order}HH", head[:4])
    keyword = _PIXEL_TAGS.get(group << 16 | element)
    if keyword is None:
        return None
    vr = head[4:6]
    if vr in _LONG_FORM:
        if len(head) < 12:
            return None
        return PixelElement(keyword, vr.decode(), position + 12, struct.unpack(f"{order}L", head[8:12])[0])
    return PixelElement(keyword, "", position + 8, struct.unpack(f"{order}L", head[4:8])[0])
