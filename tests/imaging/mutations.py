"""Real DICOM files and pictures, damaged at random in the ways that files get damaged, and worse."""

import io
import random
import resource
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pydicom
from PIL import Image

from medai_core.domain.imaging import Scan
from medai_core.domain.refusal import Refusal
from medai_core.imaging.decode import decode

_TEST_FILES = Path(pydicom.__file__).parent / "data" / "test_files"
_LARGEST = 160_000


def seeds() -> list[tuple[str, bytes]]:
    """Name and bytes of every small real file, one JPEG, and PNGs of all kinds."""
    files = sorted(
        path
        for path in _TEST_FILES.rglob("*")
        if path.is_file() and 200 < path.stat().st_size < _LARGEST and "TINY" not in str(path)
    )
    found = [(path.name, path.read_bytes()) for path in files if path.suffix in ("", ".dcm")]
    ramp = np.arange(64 * 48, dtype=np.uint16).reshape(64, 48) * 21
    colour = np.stack([ramp >> 8, ramp & 255, ramp >> 4], axis=2).astype(np.uint8)
    for name, picture, kind in (
        ("grey.png", Image.fromarray((ramp >> 8).astype(np.uint8)), "PNG"),
        ("deep.png", Image.fromarray(ramp), "PNG"),
        ("colour.png", Image.fromarray(colour), "PNG"),
        ("palette.png", Image.fromarray(colour).quantize(16), "PNG"),
        ("colour.jpg", Image.fromarray(colour), "JPEG"),
    ):
        out = io.BytesIO()
        picture.save(out, kind)
        found.append((name, out.getvalue()))
    return found


_NUMBERS = (
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\x7f",
    b"\x00\x00\x00\x80",
    b"\xff\xff",
    b"\x00\x00",
)
_NAMES = (b"SQ", b"UN", b"OW", b"OB", b"US", b"DS", b"PN", b"UT", b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0")
_TARGETS = (
    b"\x28\x00",
    b"\xe0\x7f",
    b"\xfe\xff",
    b"\xff\x4f",
    b"\xff\xd8",
    b"\xff\xc3",
    b"\xff\xda",
    b"\x02\x00",
)


def mutated(content: bytes, chance: random.Random) -> bytes:
    """One to six damages; half of them near places where lengths, sizes and codestream headers stand."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        at = chance.randrange(len(data))
        if chance.random() < 0.5:
            at = _near_structure(data, at, chance)
        chance.choice(_DAMAGES)(data, at, chance)
        if not data:
            return b""
    return bytes(data)


def _near_structure(data: bytearray, at: int, chance: random.Random) -> int:
    """A place within 16 bytes after something that decoders steer by."""
    target = chance.choice(_TARGETS)
    found = data.find(target, at if chance.random() < 0.7 else 0)
    return min(len(data) - 1, max(found, 0) + chance.randrange(16))


def _set_byte(data: bytearray, at: int, chance: random.Random) -> None:
    data[at] = chance.randrange(256)


def _flip_bit(data: bytearray, at: int, chance: random.Random) -> None:
    data[at] ^= 1 << chance.randrange(8)


def _set_number(data: bytearray, at: int, chance: random.Random) -> None:
    number = chance.choice(_NUMBERS)
    data[at : at + len(number)] = number


def _set_name(data: bytearray, at: int, chance: random.Random) -> None:
    name = chance.choice(_NAMES)
    data[at : at + len(name)] = name


def _take_out(data: bytearray, at: int, chance: random.Random) -> None:
    del data[at : at + chance.choice((1, 2, 4, 8, 100))]


def _put_in(data: bytearray, at: int, chance: random.Random) -> None:
    data[at:at] = chance.randbytes(chance.choice((1, 2, 4, 8)))


def _cut_off(data: bytearray, at: int, chance: random.Random) -> None:
    if chance.random() < 0.5:
        del data[max(1, at) :]


def _copy_over(data: bytearray, at: int, chance: random.Random) -> None:
    length = chance.choice((4, 16, 64))
    other = chance.randrange(len(data))
    data[at : at + length] = data[other : other + length]


_DAMAGES = (
    _set_byte,
    _flip_bit,
    _set_number,
    _set_name,
    _take_out,
    _put_in,
    _cut_off,
    _copy_over,
)


@dataclass
class Result:
    """What became of the mutations: counts by outcome, the failures, the slowest, the peak memory."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    peak_mebibytes: float = 0.0
    grown_mebibytes: float = 0.0


def run(count: int, seed: int, *, start: int = 0) -> Result:
    """Decode header and frame 0 of mutations number `start` to `start + count`."""
    files = _weighted(seeds())
    result = Result()
    before = _peak_mebibytes()
    for number in range(start, start + count):
        chance = random.Random(f"{seed}/{number}")
        name, content = chance.choice(files)
        data = mutated(content, chance)
        began = time.perf_counter()
        try:
            _one(data)
            result.counts["read"] += 1
        except Refusal as refusal:
            result.counts[refusal.code] += 1
        except BaseException as error:  # any other is what this looks for
            result.failures.append(f"{number} {name}: {type(error).__name__}: {error}")
        took = time.perf_counter() - began
        result.slowest = max(result.slowest, (took, f"{number} {name}"))
    result.peak_mebibytes = _peak_mebibytes()
    result.grown_mebibytes = result.peak_mebibytes - before
    return result


def _peak_mebibytes() -> float:
    """The most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _weighted(files: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Files that can be read four times, so that decoders are tried more than the first refusal."""
    kept = []
    for name, content in files:
        try:
            _one(content)
            kept += [(name, content)] * 4
        except Refusal:
            kept.append((name, content))
    return kept


def _one(data: bytes) -> None:
    scan = decode(data)
    assert isinstance(scan, Scan)
    frame = scan.frame(0)
    assert frame.shape[:2] == (scan.header.rows, scan.header.columns)
    assert frame.dtype in (np.uint8, np.uint16, np.int16)
    assert (frame.ndim == 3) == (scan.header.samples_per_pixel == 3)
