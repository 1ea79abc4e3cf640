"""Where each compressed frame lies in encapsulated pixel data (PS3.5, A.4), found without reading pixels."""

import struct
from typing import Final

from medai_core.imaging import refusals
from medai_core.imaging.codestream import is_codestream_start
from medai_core.imaging.limits import MAX_FRAGMENTS
from medai_core.imaging.source import Source

_ITEM: Final = b"\xfe\xff\x00\xe0"
_END: Final = b"\xfe\xff\xdd\xe0"

Fragment = tuple[int, int]
"""(offset in the file, length) of a fragment's value."""


def frame_fragments(
    source: Source, offset: int, frames: int, *, extended: tuple[int, ...] = ()
) -> tuple[list[list[Fragment]], bool]:
    """The fragments of each frame, and whether the closing delimiter was there.

    `offset` is where the first item (the basic offset table) begins; `extended` the Extended Offset Table
    (7FE0,0001). Raises Refusal where items are cut off, or fewer than the frames.
    """
    table, fragments, closed = _items(source, offset)
    if not fragments:
        raise refusals.truncated("compressed pixel data without content")
    if frames == 1:
        return [fragments], closed
    if len(fragments) < frames:
        raise refusals.header_wrong(
            f"compressed pixels for {frames} frames", f"pieces for {len(fragments)} at most"
        )
    if len(fragments) == frames:
        return [[fragment] for fragment in fragments], closed
    groups = _by_table(fragments, extended or table) or _by_start(source, fragments)
    if len(groups) < frames:
        raise refusals.header_wrong(f"compressed pixels for {frames} frames", f"{len(groups)} of them")
    return groups[:frames], closed


def _items(source: Source, offset: int) -> tuple[tuple[int, ...], list[Fragment], bool]:
    """Basic offset table, fragments, and whether the sequence was closed."""
    table: tuple[int, ...] = ()
    fragments: list[Fragment] = []
    size = source.size
    with source.open() as reader:
        for number in range(MAX_FRAGMENTS):
            reader.seek(offset)
            head = reader.read(8)
            if len(head) < 8 or head[:4] == _END:
                return table, fragments, head[:4] == _END
            if head[:4] != _ITEM:
                raise refusals.pixels_unreadable("compressed pixels whose pieces cannot be followed")
            length = int(struct.unpack("<L", head[4:])[0])
            if offset + 8 + length > size:
                raise refusals.truncated()
            if number == 0:
                count = min(length // 4, MAX_FRAGMENTS)
                table = struct.unpack(f"<{count}L", reader.read(4 * count))
            elif length:
                fragments.append((offset + 8, length))
            offset += 8 + length
    raise refusals.too_large("compressed pixels in more pieces than any image has")


def _by_table(fragments: list[Fragment], table: tuple[int, ...]) -> list[list[Fragment]]:
    """Fragments grouped by an offset table, which counts from the first fragment's item tag."""
    origin = fragments[0][0] - 8
    starts = {offset: index for index, offset in enumerate(table)}
    if len(starts) != len(table) or not table or table[0] != 0:
        return []
    groups: list[list[Fragment]] = []
    for fragment in fragments:
        if fragment[0] - 8 - origin in starts:
            groups.append([])
        groups[-1].append(fragment)
    return groups if len(groups) == len(table) else []


def _by_start(source: Source, fragments: list[Fragment]) -> list[list[Fragment]]:
    """Fragments grouped by the codestreams that begin in them (PS3.5, A.4.1: a frame begins a fragment)."""
    groups: list[list[Fragment]] = []
    for fragment in fragments:
        if is_codestream_start(bytes(source.read(fragment[0], 12))) or not groups:
            groups.append([])
        groups[-1].append(fragment)
    return groups
