"""Frames of stored values out of native or compressed pixel data, one at a time."""

import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.imaging import refusals
from medai_core.imaging.codec import decode_frame
from medai_core.imaging.codestream import Codestream, read_codestream
from medai_core.imaging.fragments import Fragment
from medai_core.imaging.isolated import decode_isolated
from medai_core.imaging.limits import MAX_PIXELS
from medai_core.imaging.quiet import quiet
from medai_core.imaging.source import Source

GREY: Final = frozenset({"MONOCHROME1", "MONOCHROME2"})
PALETTE: Final = "PALETTE COLOR"
COLOUR: Final = frozenset({"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"})

JPEG_BASELINE: Final = "1.2.840.10008.1.2.4.50"
JPEG_EXTENDED: Final = "1.2.840.10008.1.2.4.51"
RLE: Final = "1.2.840.10008.1.2.5"
PLUGINS: Final[dict[str, tuple[str, ...]]] = {
    JPEG_BASELINE: ("pillow",),
    JPEG_EXTENDED: ("pillow",),
    "1.2.840.10008.1.2.4.57": ("gdcm",),
    "1.2.840.10008.1.2.4.70": ("gdcm",),
    "1.2.840.10008.1.2.4.80": ("pyjpegls",),
    "1.2.840.10008.1.2.4.81": ("pyjpegls",),
    "1.2.840.10008.1.2.4.90": ("pylibjpeg", "gdcm"),
    "1.2.840.10008.1.2.4.91": ("pylibjpeg", "gdcm"),
    "1.2.840.10008.1.2.4.201": ("pylibjpeg",),
    "1.2.840.10008.1.2.4.202": ("pylibjpeg",),
    "1.2.840.10008.1.2.4.203": ("pylibjpeg",),
    RLE: ("pylibjpeg", "pydicom"),
}
"""Compressed transfer syntaxes and pydicom's decoder plugins for them, in the order they are tried."""

IN_PROCESS: Final = frozenset(
    {(JPEG_BASELINE, "pillow"), (JPEG_EXTENDED, "pillow"), (RLE, "pylibjpeg"), (RLE, "pydicom")}
)
"""Decoders that keep to themselves on damaged input (libjpeg-turbo through Pillow; Rust; Python).

All others run in a process of their own.
"""

_PROCESSES: Final = {
    0: "1.2.840.10008.1.2.4.50",
    1: "1.2.840.10008.1.2.4.51",
    3: "1.2.840.10008.1.2.4.57",
    0x37: "1.2.840.10008.1.2.4.81",
}
_JPEG_FAMILY: Final = frozenset(_PROCESSES.values()) | {"1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80"}


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """The Image Pixel module (PS3.3 C.7.6.3), checked: `allocated` is 8 or 16, `samples` 1 or 3."""

    rows: int
    columns: int
    frames: int
    samples: int
    photometric: str
    allocated: int
    stored: int
    high_bit: int
    signed: bool
    planar: bool

    @property
    def native_bytes(self) -> int:
        """Length of one uncompressed frame; YBR_FULL_422 shares each colour pair between two pixels."""
        pixels = self.rows * self.columns
        if self.photometric == "YBR_FULL_422":
            return pixels * 2 * self.allocated // 8
        return pixels * self.samples * self.allocated // 8


def implied_syntax(frame: bytes) -> str:
    """The transfer syntax a compressed frame itself shows, for files that name none or a native one."""
    stream = read_codestream(frame)
    if stream is None:
        return RLE
    if stream.kind == "jpeg2000":
        return "1.2.840.10008.1.2.4.91"
    return _PROCESSES.get(stream.process, "")


@dataclass(frozen=True, slots=True)
class NativeFrames:
    """Uncompressed frames from `offset` on. `swapped_words` is for 8-bit values in big-endian words."""

    source: Source
    format: PixelFormat
    offset: int
    big_endian: bool = False
    swapped_words: bool = False

    def stored(self, index: int) -> NDArray[Any]:
        """Stored values of one frame: (rows, columns) or (rows, columns, 3), native byte order."""
        form, length = self.format, self.format.native_bytes
        start = index * length
        if self.swapped_words:
            raw = np.frombuffer(
                self.source.read(self.offset + start - start % 2, length + length % 2 + 1), "u1"
            )
            even = raw[: raw.size // 2 * 2].view("u2").byteswap().view("u1")
            flat: NDArray[Any] = even[start % 2 : start % 2 + length]
        else:
            order = ">" if self.big_endian else "<"
            raw_bytes = self.source.read(self.offset + start, length)
            flat = np.frombuffer(
                raw_bytes[: len(raw_bytes) // (form.allocated // 8) * (form.allocated // 8)],
                f"{order}u{form.allocated // 8}",
            )
        if flat.nbytes < length:
            raise refusals.truncated()
        if not flat.dtype.isnative:
            flat = flat.astype(flat.dtype.newbyteorder("="))
        return _trimmed(self._shaped(flat), form)

    def _shaped(self, flat: NDArray[Any]) -> NDArray[Any]:
        form = self.format
        if form.samples == 1:
            return flat.reshape(form.rows, form.columns)
        if form.photometric == "YBR_FULL_422":
            pairs = flat.reshape(form.rows, form.columns // 2, 4)
            full = np.empty((form.rows, form.columns, 3), flat.dtype)
            full[:, 0::2, 0], full[:, 1::2, 0] = pairs[..., 0], pairs[..., 1]
            full[..., 1] = np.repeat(pairs[..., 2], 2, axis=1)
            full[..., 2] = np.repeat(pairs[..., 3], 2, axis=1)
            return full
        if form.planar:
            return flat.reshape(3, form.rows, form.columns).transpose(1, 2, 0)
        return flat.reshape(form.rows, form.columns, 3)


def _trimmed(values: NDArray[Any], form: PixelFormat) -> NDArray[Any]:
    """Bits outside Bits Stored removed, sign extended (PS3.5, 8.1.1); int8 widened to int16."""
    spare = form.allocated - form.stored
    below = max(0, min(spare, form.high_bit + 1 - form.stored))
    if form.signed:
        values = values.view(f"i{form.allocated // 8}")
        if spare:
            values = (values << (spare - below)) >> spare
        return values.astype(np.int16) if form.allocated == 8 else values
    if spare and values.size and int(values.max()) >= 1 << form.stored:
        values = (values >> below) & ((1 << form.stored) - 1)
    return values


@dataclass(frozen=True, slots=True)
class CompressedFrames:
    """Encapsulated frames of one transfer syntax."""

    source: Source
    format: PixelFormat
    syntax: str
    fragments: Sequence[list[Fragment]]

    def stored(self, index: int) -> NDArray[Any]:
        """Stored values of one frame: (rows, columns) or (rows, columns, 3) RGB. Raises Refusal."""
        frame = b"".join(bytes(self.source.read(offset, length)) for offset, length in self.fragments[index])
        stream = read_codestream(frame)
        syntax = self._checked_syntax(stream, frame)
        for plugin in PLUGINS[syntax]:
            values = self._decoded(frame, syntax, plugin)
            if values is not None:
                return values
        raise refusals.pixels_unreadable()

    def _checked_syntax(self, stream: Codestream | None, frame: bytes) -> str:
        """The syntax to decode with; the codestream's own size must be the header's."""
        form = self.format
        if stream is None:
            if self.syntax != RLE:
                raise refusals.pixels_unreadable()
            _check_rle(frame, form)
            return self.syntax
        if (stream.rows, stream.columns, stream.samples) != (form.rows, form.columns, form.samples):
            raise refusals.header_wrong(
                "compressed pixels of the size in the header",
                f"{stream.columns} x {stream.rows} x {stream.samples} in the pixels, "
                f"{form.columns} x {form.rows} x {form.samples} in the header",
            )
        if stream.precision > form.allocated:
            raise refusals.header_wrong(
                f"pixels of at most {form.allocated} bits", f"compressed pixels of {stream.precision} bits"
            )
        if self.syntax in _JPEG_FAMILY and stream.kind == "jpeg":
            return self._jpeg_syntax(stream)
        if self.syntax == RLE or (stream.kind == "jpeg2000") != (self.syntax not in _JPEG_FAMILY):
            return implied_syntax(frame) or self.syntax
        return self.syntax

    def _jpeg_syntax(self, stream: Codestream) -> str:
        if stream.process in (0, 1, 2) and stream.precision > 8:
            raise refusals.not_decodable("12-bit lossy JPEG")
        if stream.process == 2:
            return "1.2.840.10008.1.2.4.51"
        own = _PROCESSES[stream.process]
        same_family = {own, "1.2.840.10008.1.2.4.70"} if stream.process == 3 else {own}
        if stream.process == 0x37:
            same_family = {own, "1.2.840.10008.1.2.4.80"}
        return self.syntax if self.syntax in same_family else own

    def _decoded(self, frame: bytes, syntax: str, plugin: str) -> NDArray[Any] | None:
        """None where this plugin cannot. Raises Refusal where memory does not suffice."""
        form = self.format
        options: dict[str, Any] = {
            "rows": form.rows,
            "columns": form.columns,
            "samples_per_pixel": form.samples,
            "photometric_interpretation": form.photometric,
            "bits_allocated": form.allocated,
            "bits_stored": form.stored,
            "pixel_representation": int(form.signed),
            "planar_configuration": 0,
            "number_of_frames": 1,
            "pixel_keyword": "PixelData",
        }
        work = decode_frame if (syntax, plugin) in IN_PROCESS else decode_isolated
        try:
            decoded = work(frame, syntax, plugin, options)
        except MemoryError:
            raise refusals.too_large("pixels that do not fit into memory") from None
        shape = (form.rows, form.columns) if form.samples == 1 else (form.rows, form.columns, 3)
        if decoded is None or decoded[0].shape != shape or decoded[0].dtype.itemsize > 2:
            return None
        values, photometric = decoded
        if form.samples == 3 and photometric not in ("RGB", ""):
            return None
        return values.astype(np.int16) if values.dtype == np.int8 else values


def _check_rle(frame: bytes, form: PixelFormat) -> None:
    """The RLE header names as many segments as the pixels have bytes (PS3.5, G.3)."""
    expected = form.samples * form.allocated // 8
    if len(frame) < 64 or int.from_bytes(frame[:4], "little") != expected:
        raise refusals.pixels_unreadable()
    offsets = [int.from_bytes(frame[at : at + 4], "little") for at in range(4, 4 + 4 * expected, 4)]
    if offsets != sorted(offsets) or offsets[0] < 64 or offsets[-1] > len(frame):
        raise refusals.pixels_unreadable()
    if len(frame) * 64 < form.native_bytes:
        raise refusals.header_wrong("compressed pixels that can fill the picture", "far too few bytes")


class FrameReader:
    """`Scan.frame`: decodes one frame, turns colour into 8-bit RGB, keeps the last one. Thread-safe."""

    def __init__(
        self,
        frames: NativeFrames | CompressedFrames,
        palette: NDArray[np.uint8] | None = None,
        first: int = 0,
    ) -> None:
        self._frames = frames
        self._palette = palette
        self._first = first
        self._lock = threading.Lock()
        self._kept: tuple[int, NDArray[np.generic]] | None = None

    def __call__(self, index: int) -> NDArray[np.generic]:
        """Frame `index`, read-only. Raises Refusal for damaged pixels, IndexError beyond the last frame."""
        form = self._frames.format
        if not 0 <= index < form.frames:
            raise IndexError(f"frame {index} of {form.frames}")
        with self._lock:
            if self._kept is None or self._kept[0] != index:
                self._kept = None
                values = self._displayable(self._frames.stored(index))
                values.flags.writeable = False
                self._kept = (index, values)
            return self._kept[1]

    def _displayable(self, stored: NDArray[Any]) -> NDArray[Any]:
        form = self._frames.format
        if self._palette is not None:
            return self._palette[np.clip(stored.astype(np.int32) - self._first, 0, len(self._palette) - 1)]
        if form.samples == 1:
            return np.ascontiguousarray(stored)
        if form.stored > 8:
            stored = stored >> (form.stored - 8)
        colour = np.ascontiguousarray(stored.astype(np.uint8))
        if isinstance(self._frames, NativeFrames) and form.photometric.startswith("YBR"):
            from pydicom.pixels.processing import convert_color_space

            quiet()
            colour = convert_color_space(colour, "YBR_FULL", "RGB")
        return colour


def check_size(form: PixelFormat) -> None:
    """Raises Refusal where a frame would be larger than any image; before anything is allocated."""
    if form.rows * form.columns > MAX_PIXELS:
        raise refusals.too_large(f"a header that claims {form.columns} x {form.rows} pixels")
    if form.rows * form.columns * form.frames > sys.maxsize:
        raise refusals.too_large("a header that claims more frames than any image has")
