"""A chest that never was: a radiograph computed from simple solids.

X-rays run parallel along z; the radiograph is Beer-Lambert's law over the path lengths through ellipsoids
and tubes (centimetres), so every shadow has an exact cause. Marked VIRTUAL in header and picture: it may be
viewed, never scored.
"""

import copy
import functools
import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.imaging import Window, WindowFunction
from medai_core.imaging.wrap import wrap_as_dx

FIELD_CM: Final = (42.0, 35.0)
"""Height and width of the field."""

BITS: Final = 14
_SOFT, _LUNG, _BONE, _CORTEX = 0.19, 0.052, 0.30, 0.52
"""Linear attenuation per cm at about 70 keV: soft tissue, inflated lung, spongy and cortical bone."""
_VEIL: Final = 0.004
"""Scatter and detector offset, as a share of the open beam."""
_PHOTONS: Final = 60_000.0

Grid = NDArray[np.float64]


def chest_phantom(*, opacity: bool, size: int = 2048, seed: int = 1) -> NDArray[np.uint16]:
    """A postero-anterior chest, 14 bits, dense = high (MONOCHROME2).

    Parameters
    ----------
    opacity : bool
        Whether a consolidation lies in the right lower zone (left on the picture).
    size : int
        Rows; columns are 5/6 of it.
    seed : int
        Of vessels, texture and noise.

    Returns
    -------
    array, shape (size, size * 5 // 6), uint16, 0..16383
    """
    return _pair(size, seed)[int(opacity)].copy()


@functools.lru_cache(maxsize=1)
def _pair(size: int, seed: int) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """Without and with the opacity: both for little more than the price of one."""
    chance = np.random.default_rng(seed)
    canvas = _Canvas(size)
    depth = _body(canvas) * _SOFT
    lungs = _lungs(canvas)
    depth -= lungs * (_SOFT - _LUNG)
    depth += _mediastinum(canvas, lungs)
    vessels = _vessels(canvas, chance)
    depth += 1.4 * np.minimum(vessels, 2.0) * np.minimum(lungs / 3.0, 1.0) * (_SOFT - _LUNG)
    depth += lungs * 0.0028 * _texture(canvas, chance, (120, 60, 28))
    bones = _bones(canvas)
    plain = _exposed(np.maximum(depth + bones, 0.0), copy.deepcopy(chance))
    depth += _consolidation(canvas, chance) * np.minimum(lungs / 4.0, 1.0) * (_SOFT - _LUNG)
    return plain, _exposed(np.maximum(depth + bones, 0.0), chance)


def _exposed(depth: Grid, chance: np.random.Generator) -> NDArray[np.uint16]:
    """Beer-Lambert, scatter, photon noise, a detector's slight blur, and the logarithm of the readout."""
    beam = np.exp(-depth) + _VEIL
    photons = beam * _PHOTONS
    noisy = np.maximum(photons + np.sqrt(photons) * chance.standard_normal(beam.shape), 1.0) / _PHOTONS
    blurred = _blur(noisy)
    signal = -np.log(blurred)
    floor, ceiling = -0.05, -math.log(_VEIL) * 0.94
    scaled = np.clip((signal - floor) / (ceiling - floor), 0.0, 1.0)
    return np.rint(scaled * (2**BITS - 1)).astype(np.uint16)


def _blur(values: Grid) -> Grid:
    for axis in (0, 1):
        before, after = np.roll(values, 1, axis), np.roll(values, -1, axis)
        values = 0.25 * before + 0.5 * values + 0.25 * after
    return values


class _Canvas:
    """Pixel centres in centimetres, and path lengths through solids."""

    def __init__(self, rows: int) -> None:
        self.shape = (rows, rows * 5 // 6)
        self.cm = FIELD_CM[0] / rows
        self.y = ((np.arange(self.shape[0]) + 0.5) * self.cm)[:, None]
        self.x = ((np.arange(self.shape[1]) + 0.5) * self.cm - self.shape[1] * self.cm / 2)[None, :]

    def ellipsoid(
        self, center: tuple[float, float], radii: tuple[float, float, float], degrees: float = 0.0
    ) -> Grid:
        """Path length through an ellipsoid turned in the picture's plane: 2 c sqrt(1 - u² - v²)."""
        lengths = np.zeros(self.shape)
        reach = max(radii[0], radii[1]) if degrees else radii[0]
        rise = max(radii[0], radii[1]) if degrees else radii[1]
        box = self.box(center[0] - reach, center[0] + reach, center[1] - rise, center[1] + rise)
        if box is None:
            return lengths
        turn = math.radians(degrees)
        dx, dy = self.x[:, box[1]] - center[0], self.y[box[0]] - center[1]
        u = (dx * math.cos(turn) + dy * math.sin(turn)) / radii[0]
        v = (dy * math.cos(turn) - dx * math.sin(turn)) / radii[1]
        lengths[box] = 2 * radii[2] * np.sqrt(np.maximum(1 - u * u - v * v, 0.0))
        return lengths

    def tube(
        self,
        points: NDArray[Any],
        radius: NDArray[Any],
        stretch: NDArray[Any] | None = None,
        into: Grid | None = None,
    ) -> Grid:
        """Path length through a bent round tube: 2 sqrt(r² - d²), longer where it runs along the beam.

        `points`, shape (n, 2), are (x, y) in cm; `radius` and `stretch`, shape (n,), belong to them. With
        `into`, the greater of the two lengths stays there.
        """
        lengths = np.zeros(self.shape) if into is None else into
        stretch = np.ones(len(points)) if stretch is None else stretch
        for i in range(len(points) - 1):
            (x0, y0), (x1, y1) = points[i], points[i + 1]
            reach = max(radius[i], radius[i + 1])
            box = self.box(min(x0, x1) - reach, max(x0, x1) + reach, min(y0, y1) - reach, max(y0, y1) + reach)
            if box is None:
                continue
            x, y = self.x[:, box[1]], self.y[box[0]]
            run = max((x1 - x0) ** 2 + (y1 - y0) ** 2, 1e-9)
            along = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / run, 0.0, 1.0)
            gap = (x - x0 - along * (x1 - x0)) ** 2 + (y - y0 - along * (y1 - y0)) ** 2
            thick = radius[i] + along * (radius[i + 1] - radius[i])
            factor = stretch[i] + along * (stretch[i + 1] - stretch[i])
            piece = 2 * np.sqrt(np.maximum(thick * thick - gap, 0.0)) * factor
            lengths[box] = np.maximum(lengths[box], piece)
        return lengths

    def box(self, x0: float, x1: float, y0: float, y1: float) -> tuple[slice, slice] | None:
        """Rows and columns of the picture that a rectangle in cm touches; None outside of it."""
        half = self.shape[1] * self.cm / 2
        left, right = int((x0 + half) / self.cm) - 1, int((x1 + half) / self.cm) + 2
        top, bottom = int(y0 / self.cm) - 1, int(y1 / self.cm) + 2
        rows = slice(max(top, 0), min(bottom, self.shape[0]))
        columns = slice(max(left, 0), min(right, self.shape[1]))
        return (rows, columns) if rows.start < rows.stop and columns.start < columns.stop else None


def _step(values: NDArray[Any]) -> NDArray[Any]:
    """Smooth 0..1 over -1..1."""
    t = np.clip(values * 0.5 + 0.5, 0.0, 1.0)
    return t * t * (3 - 2 * t)


def _body(canvas: _Canvas) -> Grid:
    """Neck, shoulders, trunk: an oval cross-section whose width and depth change downwards."""
    half_width = 5.2 + 12.6 * _step((canvas.y - 5.4) / 3.6) - 2.4 * _step((canvas.y - 15.5) / 7.0)
    half_depth = 5.0 + 3.6 * _step((canvas.y - 7.0) / 7.0) + 1.2 * _step((canvas.y - 30.0) / 8.0)
    return 2 * half_depth * np.sqrt(np.maximum(1 - np.abs(canvas.x / half_width) ** 2.6, 0.0))


def _lungs(canvas: _Canvas) -> Grid:
    """Both lungs: tall half-ellipsoids over the domes of the diaphragm, thin behind them."""
    total = np.zeros(canvas.shape)
    for side, dome in ((-1.0, 27.2), (1.0, 28.4)):
        rise = np.maximum(1 - np.abs((canvas.y - 26.5) / 20.9) ** 2.5, 0.0)
        wide = np.where(canvas.y > 26.5, 6.8, 6.8 * rise**0.42)
        offset = (side * canvas.x - 6.4 - 0.75 * (canvas.y - 20) / 10) / np.maximum(wide, 1e-6)
        lung = 2 * 6.6 * np.sqrt(np.maximum(1 - np.abs(offset) ** 2.6, 0.0)) * (wide > 1e-3)
        lung *= np.maximum(1 - ((canvas.y - 22.0) / 21.0) ** 2, 0.0) ** 0.5
        edge = (
            dome + 0.062 * np.maximum(side * canvas.x - 5.6, 0.0) ** 2.1 + 0.02 * (side * canvas.x - 5.6) ** 2
        )
        above = _step((edge - canvas.y) / 0.28)
        recess = 0.16 * _step((edge + 3.4 - canvas.y) / 2.4)
        total += lung * (above + (1 - above) * recess)
    return total


def _mediastinum(canvas: _Canvas, lungs: Grid) -> Grid:
    """Heart, great vessels and hila displace lung; windpipe and stomach bubble are air."""
    inside = lungs
    solid = canvas.ellipsoid((2.3, 22.6), (6.6, 5.0, 4.6), 38)
    solid = np.maximum(solid, canvas.ellipsoid((-1.5, 21.6), (3.4, 5.0, 4.4), 8))
    solid = np.maximum(solid, canvas.ellipsoid((0.0, 14.0), (2.7, 9.5, 4.0)))
    solid = np.maximum(solid, canvas.ellipsoid((2.2, 12.4), (1.75, 1.8, 3.0)))
    solid = np.maximum(solid, canvas.ellipsoid((2.9, 16.3), (1.7, 2.0, 2.6), 20))
    for side in (-1.0, 1.0):
        solid = np.maximum(solid, canvas.ellipsoid((side * 3.7, 17.4), (1.5, 2.3, 1.9), side * -18))
    down = np.linspace(12.0, 33.0, 24)
    aorta = canvas.tube(np.stack([2.3 - 0.05 * (down - 12), down], axis=1), np.full(24, 1.25))
    air = canvas.tube(np.array([[0.0, 0.0], [0.1, 6.0], [0.3, 13.2]]), np.array([0.85, 0.85, 0.8]))
    right = canvas.tube(np.array([[0.3, 13.0], [-2.6, 16.0]]), np.array([0.65, 0.5]))
    left = canvas.tube(np.array([[0.3, 13.0], [3.9, 16.4]]), np.array([0.6, 0.45]))
    air = np.maximum(air, np.maximum(right, left))
    bubble = canvas.ellipsoid((5.6, 31.6), (2.9, 1.5, 2.6), -6)
    filled = np.minimum(1.25 * solid, inside) + 0.3 * aorta
    return filled * (_SOFT - _LUNG) - 0.8 * air * _SOFT - bubble * _SOFT * 0.8


def _vessels(canvas: _Canvas, chance: np.random.Generator) -> Grid:
    """Arteries and veins that leave the hila, divide and thin out."""
    total = np.zeros(canvas.shape)
    for side in (-1.0, 1.0):
        for angle in np.linspace(-80, 85, 12):
            start = np.array([side * (3.0 + chance.uniform(0, 0.9)), 16.4 + 2.6 * (angle + 80) / 165])
            _branch(canvas, total, start, math.radians(angle), side, 0.36, 5.6, chance, 4)
    return total


def _branch(
    canvas: _Canvas,
    total: Grid,
    start: NDArray[Any],
    angle: float,
    side: float,
    radius: float,
    length: float,
    chance: np.random.Generator,
    left: int,
) -> None:
    steps = np.linspace(0.0, 1.0, 5)
    bend = angle + steps * chance.normal(0.0, 0.25)
    moves = np.stack([side * np.cos(bend), np.sin(bend)], axis=1) * (length / len(steps))
    points = start + np.cumsum(moves, axis=0)
    canvas.tube(np.vstack([start, points]), np.linspace(radius, radius * 0.68, len(points) + 1), into=total)
    if left == 0:
        return
    for turn in (-1.0, 1.0):
        next_angle = bend[-1] + turn * abs(chance.normal(0.42, 0.14))
        shorter = length * chance.uniform(0.6, 0.78)
        _branch(canvas, total, points[-1], next_angle, side, radius * 0.64, shorter, chance, left - 1)


def _texture(canvas: _Canvas, chance: np.random.Generator, grains: tuple[int, ...]) -> Grid:
    """Smooth noise of several grain sizes, mean 0, about 1 in size."""
    total = np.zeros(canvas.shape)
    for grain in grains:
        coarse = chance.standard_normal((grain + 2, grain * 5 // 6 + 2))
        total += _stretched(coarse, canvas.shape)
    return total / math.sqrt(len(grains))


def _stretched(coarse: Grid, shape: tuple[int, int]) -> Grid:
    """Smoothstep interpolation of a small array to `shape`."""
    rows = np.linspace(0, coarse.shape[0] - 1.001, shape[0])
    columns = np.linspace(0, coarse.shape[1] - 1.001, shape[1])
    r, c = rows.astype(int), columns.astype(int)
    fr, fc = _step(2 * (rows - r) - 1)[:, None], _step(2 * (columns - c) - 1)[None, :]
    tall = coarse[r] * (1 - fr) + coarse[r + 1] * fr
    wide: Grid = tall[:, c] * (1 - fc) + tall[:, c + 1] * fc
    return wide


def _pooled(values: Grid) -> Grid:
    """Means over squares of about 4 mm: a soft border once stretched again."""
    step = max(1, values.shape[0] // 105)
    rows, columns = values.shape[0] // step, values.shape[1] // step
    blocks = values[: rows * step, : columns * step].reshape(rows, step, columns, step)
    pooled: Grid = blocks.mean(axis=(1, 3))
    return pooled


def _consolidation(canvas: _Canvas, chance: np.random.Generator) -> Grid:
    """Path length of filled air spaces in the right lower zone: clustered soft blobs, no sharp border."""
    total = np.zeros(canvas.shape)
    for _ in range(40):
        x, y = chance.normal(-7.4, 1.5), chance.normal(22.4, 1.7)
        wide = chance.uniform(0.7, 1.8)
        total += (
            chance.uniform(0.3, 0.9)
            * canvas.ellipsoid((x, y), (wide, wide * chance.uniform(0.7, 1.1), 1.0)) ** 2
        )
    total = _stretched(_pooled(total), canvas.shape)
    patchy = 1 + 0.25 * _texture(canvas, chance, (60, 110))
    return 4.6 * (1 - np.exp(-total / 4.0)) * np.clip(patchy, 0.4, 1.6)


def _bones(canvas: _Canvas) -> Grid:
    """Ribs, collar bones, shoulder blades, spine: attenuation beyond the soft tissue they displace."""
    total = _spine(canvas)
    for group in range(3):
        outer, inner = np.zeros(canvas.shape), np.zeros(canvas.shape)
        for number in range(group, 10, 3):
            _rib(canvas, number, outer, inner)
        total += _shell(outer, inner) * 0.95
    for side in (-1.0, 1.0):
        t = np.linspace(0.0, 1.0, 16)
        x = side * (1.9 + 12.6 * t)
        y = 9.0 - 3.4 * t + 0.55 * np.sin(t * 2 * math.pi)
        total += _hollow(canvas, np.stack([x, y], axis=1), np.full(16, 0.62), np.ones(16))
        blade = canvas.ellipsoid((side * 13.4, 13.2), (1.9, 6.2, 0.3), side * 14)
        total += blade * (_BONE - _SOFT) * 1.6
        total += canvas.ellipsoid((side * 16.4, 7.6), (2.3, 2.5, 2.0)) * (_BONE - _SOFT)
    return total


def _hollow(canvas: _Canvas, points: NDArray[Any], radius: NDArray[Any], stretch: NDArray[Any]) -> Grid:
    """A bent bone: a cortical shell around spongy bone."""
    return _shell(canvas.tube(points, radius, stretch), canvas.tube(points, radius * 0.74, stretch))


def _shell(outer: Grid, inner: Grid) -> Grid:
    return (outer - inner) * (_CORTEX - _SOFT) + inner * (_BONE - _SOFT) * 0.62


def _rib(canvas: _Canvas, number: int, outer: Grid, inner: Grid) -> None:
    """Both ribs of a pair into `outer` and `inner`.

    A tilted loop: from the spine outwards and down, round the side, then forwards, inwards and on down,
    ending in cartilage, which does not show.
    """
    reach = (6.4, 9.0, 10.9, 12.2, 13.0, 13.5, 13.8, 14.0, 14.0, 13.8)[number]
    top = 6.6 + 2.34 * number
    fall = 5.6 + 0.66 * number
    end = -0.98 + 0.055 * number if number < 8 else -0.25
    angle = np.linspace(math.pi / 2 - 0.16, end, 48)
    run = 0.3 + (reach - 0.3) * np.cos(angle)
    down = top + fall * (1 - np.sin(angle)) / 2 - 0.8 * np.sin(2 * np.maximum(angle, 0.0))
    stretch = 1 / np.sqrt(1 - 0.62 * np.cos(angle) ** 6)
    radius = 0.56 * np.clip(np.linspace(len(angle) / 3, 0.0, len(angle)), 0.0, 1.0) ** 0.5
    for side in (-1.0, 1.0):
        points = np.stack([side * run, down], axis=1)
        canvas.tube(points, radius, stretch, into=outer)
        canvas.tube(points, radius * 0.74, stretch, into=inner)


def _spine(canvas: _Canvas) -> Grid:
    """Vertebral bodies with discs between them, and paired pedicles."""
    total = np.zeros(canvas.shape)
    top = 0.0
    for number in range(17):
        height = 1.55 + 0.075 * number
        half = 1.25 + 0.05 * number
        box = canvas.box(-half, half, top, top + height)
        if box is not None:
            x, y = canvas.x[:, box[1]], canvas.y[box[0]]
            u = np.abs(x / half) ** 6 + np.abs((y - top - height / 2) / (height * 0.44)) ** 8
            total[box] += 2.3 * np.sqrt(np.maximum(1 - u, 0.0)) * (_BONE - _SOFT)
        for side in (-1.0, 1.0):
            center = (side * half * 0.62, top + height * 0.42)
            ring = canvas.ellipsoid(center, (0.36, 0.52, 0.5)) - canvas.ellipsoid(center, (0.22, 0.36, 0.4))
            total += ring * (_CORTEX - _SOFT)
        total += canvas.ellipsoid((0.0, top + height * 0.8), (0.28, 0.7, 1.1)) * (_BONE - _SOFT)
        top += height
    return total


def labelled(
    picture: NDArray[np.uint16], *, bright: int, text: str = "VIRTUAL", marker: str = "L"
) -> NDArray[np.uint16]:
    """A copy with `text` burned in at the top left, the side marker at the top right, of value `bright`."""
    from PIL import Image, ImageDraw, ImageFont

    rows, columns = picture.shape
    mask = Image.new("L", (columns, rows), 0)
    draw = ImageDraw.Draw(mask)
    unit = max(10, rows // 36)
    draw.text((unit // 2, unit // 3), text, fill=255, font=ImageFont.load_default(unit))
    draw.text(
        (columns - unit // 2, unit), marker, fill=255, font=ImageFont.load_default(unit * 2), anchor="ra"
    )
    ink = np.asarray(mask, dtype=np.float64) / 255
    return np.rint(picture * (1 - ink) + bright * ink).astype(np.uint16)


def phantom_dicom(*, opacity: bool, size: int = 2048, seed: int = 1, **changes: Any) -> bytes:
    """`chest_phantom` as a 14-bit DICOM DX, marked VIRTUAL in name, type, phantom flag and picture."""
    grey = labelled(
        chest_phantom(opacity=opacity, size=size, seed=seed),
        bright=2**BITS - 1,
        text="VIRTUAL  computed phantom, no person",
    )
    spacing = FIELD_CM[0] * 10 / size
    kind = "with an opacity" if opacity else "without an opacity"
    options: dict[str, Any] = {
        "patient_name": "VIRTUAL^Chest phantom",
        "patient_id": f"VIRTUAL-{2 if opacity else 1}",
        "issuer": "MedAI phantom",
        "view": "PA",
        "patient_orientation": ("L", "F"),
        "study_description": "Computed chest phantom",
        "series_description": f"Computed chest, {kind}",
        "image_type": ("DERIVED", "SECONDARY", "VIRTUAL"),
        "derivation": "Computed from ellipsoids and tubes; shows no person",
        "bits_stored": BITS,
        "windows": (Window(9200.0, 11800.0, WindowFunction.LINEAR, "chest"),),
        "imager_spacing": (spacing, spacing),
        "burned_in": True,
        "quality_control": True,
        "identity": f"medai phantom {opacity} {size} {seed}",
    }
    return wrap_as_dx(grey, **(options | changes))
