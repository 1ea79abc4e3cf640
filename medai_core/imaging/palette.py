"""PALETTE COLOR (PS3.3 C.7.6.3.1.5 to .7, C.7.9): three look-up tables into one, 8-bit RGB."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.imaging import refusals
from medai_core.imaging.elements import Elements
from medai_core.imaging.pixels import PixelFormat

_COLOURS: Final = ("Red", "Green", "Blue")
PALETTE_KEYWORDS: Final = tuple(
    f"{prefix}{colour}PaletteColorLookupTable{suffix}"
    for colour in _COLOURS
    for prefix, suffix in (("", "Descriptor"), ("", "Data"), ("Segmented", "Data"))
)
"""What this module asks the parser for."""


def read_palette(elements: Elements, form: PixelFormat) -> tuple[NDArray[np.uint8], int]:
    """The palette, shape (entries, 3), and the stored value of its first entry. Raises Refusal."""
    channels: list[NDArray[Any]] = []
    first = 0
    for colour in _COLOURS:
        described = elements.numbers(f"{colour}PaletteColorLookupTableDescriptor")
        if len(described) != 3 or int(described[2]) not in (8, 16):
            raise _broken()
        count = int(described[0]) & 0xFFFF or 65536
        first = int(described[1]) & 0xFFFF
        channels.append(_channel(elements, colour, count, int(described[2])))
    if len({len(channel) for channel in channels}) != 1:
        raise _broken()
    if form.signed and first >= 32768:
        first -= 65536
    table = np.stack(channels, axis=1)
    if int(table.max(initial=0)) > 255:
        table = table >> 8
    return np.ascontiguousarray(table.astype(np.uint8)), first


def _channel(elements: Elements, colour: str, count: int, bits: int) -> NDArray[Any]:
    raw = elements.bytes(f"{colour}PaletteColorLookupTableData")
    if bits == 8 and len(raw) in (count, count + 1):
        return np.frombuffer(raw[:count], np.uint8).astype(np.uint16)
    words = elements.words(f"{colour}PaletteColorLookupTableData")
    if not words:
        words = _expanded(elements.words(f"Segmented{colour}PaletteColorLookupTableData"), count)
    if len(words) < count:
        raise _broken()
    return np.asarray(words[:count], np.uint16)


def _expanded(words: tuple[int, ...], count: int) -> tuple[int, ...]:
    """Segmented tables (PS3.3 C.7.9.2): discrete and linear segments, never beyond `count` values."""
    values: list[int] = []
    at = 0
    while at + 2 < len(words) and len(values) < count:
        kind, length = words[at], min(words[at + 1], count - len(values))
        if kind == 0:
            values.extend(words[at + 2 : at + 2 + length])
            at += 2 + words[at + 1]
        elif kind == 1 and values:
            values.extend(np.linspace(values[-1], words[at + 2], length + 1)[1:].round().astype(int).tolist())
            at += 3
        else:
            raise _broken()
    return tuple(values)


def _broken() -> Exception:
    return refusals.header_wrong("a palette that fits the pixels", "a palette that is missing or broken")
