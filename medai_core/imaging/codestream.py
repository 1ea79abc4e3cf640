"""What a compressed frame says of itself, read before any decoder allocates memory for it."""

import struct
from dataclasses import dataclass
from typing import Final

from medai_core.imaging import refusals

_SOI: Final = b"\xff\xd8"
_J2K: Final = b"\xff\x4f\xff\x51"
_JP2: Final = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xF7})
"""Start of frame: baseline, extended, progressive, lossless (T.81, B.1.1.3), JPEG-LS (T.87, C.2.2)."""


@dataclass(frozen=True, slots=True)
class Codestream:
    """Kind ("jpeg", "jpeg2000"), T.81 process (0, 1, 2, 3; 0x37 for JPEG-LS), and the picture's own size."""

    kind: str
    process: int
    rows: int
    columns: int
    samples: int
    precision: int


def is_codestream_start(head: bytes) -> bool:
    """Whether a frame may begin with these bytes."""
    return head[:2] == _SOI or head[:4] == _J2K or head[:12] == _JP2


def read_codestream(frame: bytes) -> Codestream | None:
    """The codestream's own header; None where it is neither JPEG nor JPEG 2000 (RLE has none).

    Raises Refusal "pixels-unreadable" where it begins like one and then breaks.
    """
    try:
        if frame[:2] == _SOI:
            return _jpeg(frame)
        if frame[:4] == _J2K:
            return _jpeg2000(frame, 0)
        if frame[:12] == _JP2:
            at = frame.find(_J2K, 0, 65536)
            if at < 0:
                raise refusals.pixels_unreadable()
            return _jpeg2000(frame, at)
    except (struct.error, IndexError):
        raise refusals.pixels_unreadable("compressed pixels that end too early") from None
    return None


def _jpeg(frame: bytes) -> Codestream:
    """Walk the marker segments to the first start of frame."""
    at = 2
    for _ in range(4096):
        while frame[at] == 0xFF and frame[at + 1] == 0xFF:
            at += 1
        if frame[at] != 0xFF:
            break
        marker = frame[at + 1]
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
            continue
        length = int(struct.unpack(">H", frame[at + 2 : at + 4])[0])
        if length < 2:
            break
        if marker in _FRAMES:
            precision, rows, columns, samples = struct.unpack(">BHHB", frame[at + 4 : at + 10])
            return Codestream("jpeg", marker - 0xC0, rows, columns, samples, precision)
        at += 2 + length
    raise refusals.pixels_unreadable()


def _jpeg2000(frame: bytes, at: int) -> Codestream:
    """The SIZ segment, which comes first (T.800, A.5.1)."""
    (x1, y1, x0, y0, tile_x, tile_y, _, _, samples) = struct.unpack(">8LH", frame[at + 8 : at + 42])
    precision = (frame[at + 42] & 0x7F) + 1
    if x1 <= x0 or y1 <= y0 or tile_x == 0 or tile_y == 0:
        raise refusals.pixels_unreadable()
    columns, rows = x1 - x0, y1 - y0
    tiles = -(-columns // tile_x) * -(-rows // tile_y)
    if tiles > max(1024, columns * rows // 64):
        raise refusals.pixels_unreadable("compressed pixels in more tiles than a picture has")
    for component in range(min(samples, 4)):
        if frame[at + 43 + 3 * component] != 1 or frame[at + 44 + 3 * component] != 1:
            raise refusals.pixels_unreadable("compressed pixels with sub-sampled channels")
    return Codestream("jpeg2000", 0, rows, columns, samples, precision)
