"""Pictures made by code that are no chest films, and what films become when they are spoiled.

Everything is drawn from a generator: the same seed gives the same picture.
"""

import string
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from medai_core.imaging.patterns import disc_phantom, orientation_phantom
from medai_core.imaging.phantom import chest_phantom

Grey = NDArray[np.float32]
Chance = np.random.Generator

_WORDS: Final = "".join(string.ascii_letters + string.digits)


def made_picture(kind: str, chance: Chance) -> Grey:
    """A picture of one of `KINDS`: shape (rows, columns), float32, 0..1, longer side up to 320 pixels."""
    return _DRAW[kind](chance)


def spoiled_film(kind: str, films: list[Grey], chance: Chance) -> Grey:
    """A picture made from one or more films of which no reader could read a chest; kinds in `SPOILED`."""
    return _SPOIL[kind](films, chance)


def _size(chance: Chance) -> tuple[int, int]:
    return int(chance.integers(120, 320)), int(chance.integers(120, 320))


def _as_grey(image: Image.Image) -> Grey:
    return np.asarray(image.convert("L"), dtype=np.float32) / np.float32(255)


def _scaled(values: NDArray[np.floating]) -> Grey:
    low, high = float(values.min()), float(values.max())
    return ((values - low) / max(high - low, 1e-6)).astype(np.float32)


def _blur(picture: Grey, radius: float) -> Grey:
    image = Image.fromarray(np.rint(picture * 255).astype(np.uint8))
    return _as_grey(image.filter(ImageFilter.GaussianBlur(radius)))


# ---- noise, patterns


def _noise(chance: Chance) -> Grey:
    """White to very soft: a spectrum that falls with a random power."""
    rows, columns = _size(chance)
    spectrum = np.fft.rfft2(chance.standard_normal((rows, columns)))
    down, across = np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(columns)[None, :]
    frequency = np.sqrt(down**2 + across**2)
    frequency[0, 0] = 1.0
    return _scaled(np.fft.irfft2(spectrum / frequency ** chance.uniform(0, 2.6), s=(rows, columns)))


def _waves(chance: Chance) -> Grey:
    rows, columns = _size(chance)
    y, x = np.mgrid[0:rows, 0:columns]
    total = np.zeros((rows, columns))
    for _ in range(int(chance.integers(1, 4))):
        length = np.exp(chance.uniform(np.log(4), np.log(200), 2))
        wave = np.sin(y / length[0] + chance.uniform(0, 6)) * np.cos(x / length[1] + chance.uniform(0, 6))
        total += wave if chance.random() < 0.6 else np.sign(wave)
    return _scaled(total)


def _slope(chance: Chance) -> Grey:
    rows, columns = _size(chance)
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    form = chance.integers(3)
    if form == 0:
        values = x * chance.normal() + y * chance.normal()
    elif form == 1:
        values = np.hypot(x - chance.uniform(-0.5, 0.5), y - chance.uniform(-0.5, 0.5))
    else:
        values = np.arctan2(y - chance.uniform(-0.5, 0.5), x - chance.uniform(-0.5, 0.5))
    return _scaled(values + 0.02 * chance.standard_normal(values.shape))


def _leaves(chance: Chance) -> Grey:
    """Overlapping shaded discs, boxes and polygons of all sizes: the edges and textures of photographs."""
    rows, columns = _size(chance)
    image = Image.new("L", (columns, rows), int(chance.integers(0, 256)))
    draw = ImageDraw.Draw(image)
    for _ in range(int(chance.integers(15, 220))):
        radius = min(rows, columns) * 0.5 / (1 + chance.pareto(1.2) * 3)
        x, y = chance.uniform(0, columns), chance.uniform(0, rows)
        fill = int(np.clip(chance.normal(128, 60), 0, 255))
        form = chance.integers(3)
        box = (x - radius, y - radius * chance.uniform(0.4, 1), x + radius, y + radius)
        if form == 0:
            draw.ellipse(box, fill=fill)
        elif form == 1:
            draw.rectangle(box, fill=fill)
        else:
            corners = [
                (x + radius * chance.normal(), y + radius * chance.normal())
                for _ in range(int(chance.integers(3, 7)))
            ]
            draw.polygon(corners, fill=fill)
    texture = _noise(chance)
    shade = np.asarray(Image.fromarray(texture).resize((columns, rows)))
    picture = _as_grey(image) + np.float32(chance.uniform(0, 0.5)) * (shade - 0.5)
    return _blur(np.clip(picture, 0, 1), chance.uniform(0, 1.6))


# ---- screens, charts, text


def _line_of_text(chance: Chance, longest: int) -> str:
    words = [
        "".join(chance.choice(list(_WORDS), int(chance.integers(1, 10))))
        for _ in range(int(chance.integers(1, 12)))
    ]
    return " ".join(words)[:longest]


def _text(chance: Chance) -> Grey:
    rows, columns = _size(chance)
    dark = chance.random() < 0.4
    image = Image.new(
        "L", (columns, rows), int(chance.integers(0, 50) if dark else chance.integers(200, 256))
    )
    draw = ImageDraw.Draw(image)
    ink = int(chance.integers(180, 256) if dark else chance.integers(0, 90))
    step = int(chance.integers(10, 22))
    for y in range(int(chance.integers(2, 20)), rows - 10, step):
        if chance.random() < 0.85:
            draw.text((int(chance.integers(2, 20)), y), _line_of_text(chance, columns // 6), fill=ink)
    return _as_grey(image)


def _screen(chance: Chance) -> Grey:
    """A page of a program: bars, boxes, buttons, text, now and then a chart."""
    rows, columns = _size(chance)
    dark = chance.random() < 0.4
    ground = int(chance.integers(10, 60) if dark else chance.integers(225, 256))
    ink = int(chance.integers(170, 256) if dark else chance.integers(0, 110))
    image = Image.new("L", (columns, rows), ground)
    draw = ImageDraw.Draw(image)
    side = int(columns * chance.choice([0.0, 0.0, 0.2, 0.3]))
    draw.rectangle((0, 0, side, rows), fill=int(np.clip(ground + chance.integers(-25, 25), 0, 255)))
    if chance.random() < 0.5:
        draw.rectangle((0, 0, columns, int(chance.integers(8, 24))), fill=int(chance.integers(0, 256)))
    y = int(chance.integers(10, 40))
    while y < rows - 12:
        form, x = chance.random(), side + int(chance.integers(4, 30))
        height = int(chance.integers(10, 24))
        if form < 0.5:
            draw.text((x, y), _line_of_text(chance, (columns - side) // 7), fill=ink)
        elif form < 0.75:
            fill = int(np.clip(ground + chance.integers(-60, 60), 0, 255))
            draw.rectangle((x, y, x + int(chance.integers(20, columns)), y + height), fill=fill, outline=ink)
        elif form < 0.85:
            height = int(chance.integers(30, 120))
            picture = Image.fromarray(np.rint(_chart(chance) * 255).astype(np.uint8))
            image.paste(picture.resize((max(20, (columns - side) // 2), height)), (x, y))
        y += height + int(chance.integers(4, 20))
    return _as_grey(image)


def _chart(chance: Chance) -> Grey:
    rows, columns = _size(chance)
    dark = chance.random() < 0.2
    image = Image.new("L", (columns, rows), 20 if dark else int(chance.integers(225, 256)))
    draw = ImageDraw.Draw(image)
    ink = 230 if dark else int(chance.integers(0, 100))
    left, bottom = int(columns * 0.12), int(rows * 0.88)
    if chance.random() < 0.85:
        draw.line((left, 6, left, bottom, columns - 6, bottom), fill=ink)
    if chance.random() < 0.5:
        for y in range(10, bottom, max(8, rows // 8)):
            draw.line((left, y, columns - 6, y), fill=200 if not dark else 70)
            draw.text((2, y - 5), str(int(chance.integers(0, 100))), fill=ink)
    if chance.random() < 0.6:
        draw.text((left, 2), _line_of_text(chance, columns // 8), fill=ink)
    for _ in range(int(chance.integers(1, 5))):
        _curve(draw, chance, (left, bottom, columns, rows))
    return _as_grey(image)


def _curve(draw: ImageDraw.ImageDraw, chance: Chance, frame: tuple[int, int, int, int]) -> None:
    """One line, row of bars, cloud of points or filled curve inside a chart."""
    left, bottom, columns, _ = frame
    count = int(chance.integers(4, 60))
    x = np.linspace(left + 4, columns - 8, count)
    walk = np.cumsum(chance.standard_normal(count))
    y = 10 + (bottom - 14) * (1 - _scaled(walk))
    points = list(zip(x.tolist(), y.tolist(), strict=True))
    fill = int(chance.integers(0, 220))
    form = chance.integers(4)
    if form == 0:
        draw.line(points, fill=fill, width=int(chance.integers(1, 4)))
    elif form == 1:
        width = max(1.0, (columns - left) / count * 0.4)
        for one, top in points:
            draw.rectangle((one - width, top, one + width, bottom), fill=fill)
    elif form == 2:
        for one, top in points:
            draw.ellipse((one - 2, top - 2, one + 2, top + 2), fill=fill)
    else:
        draw.polygon([(left, bottom), *points, (columns - 8, bottom)], fill=fill)


# ---- bodies that are no frontal chest


def _slice(chance: Chance) -> Grey:
    """An oval with a bright rim, dark or bright organs and a spine, on black: a cross-section."""
    side = int(chance.integers(128, 256))
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    wide, high = chance.uniform(0.6, 0.95), chance.uniform(0.45, 0.9)
    body = (x / wide) ** 2 + (y / high) ** 2
    picture = np.where(body < 1, chance.uniform(0.3, 0.6), 0.0)
    picture = np.where((body > 0.85) & (body < 1), chance.uniform(0.2, 0.9), picture)
    for _ in range(int(chance.integers(2, 14))):
        a, b = chance.uniform(0.04, 0.4, 2)
        cx, cy = chance.uniform(-0.6, 0.6, 2)
        organ = ((x - cx) / a) ** 2 + ((y - cy) / b) ** 2 < 1
        picture = np.where(organ & (body < 0.85), chance.uniform(0, 1), picture)
    if chance.random() < 0.6:
        spine = np.hypot(x, (y - high * 0.6) * 1.2) < chance.uniform(0.08, 0.18)
        picture = np.where(spine & (body < 0.85), chance.uniform(0.8, 1), picture)
    picture = picture + chance.uniform(0, 0.08) * chance.standard_normal(picture.shape)
    return _blur(_scaled(np.clip(picture, 0, 1.1)), chance.uniform(0.2, 1.5))


def _limb(chance: Chance) -> Grey:
    """One to five long bones in soft tissue, at any angle: hands and legs."""
    side = int(chance.integers(128, 256))
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    picture = np.full((side, side), chance.uniform(0, 0.1))
    tilt = chance.uniform(0, np.pi)
    along, across = x * np.cos(tilt) + y * np.sin(tilt), -x * np.sin(tilt) + y * np.cos(tilt)
    count = int(chance.integers(1, 6))
    for number in range(count):
        place = (number + 0.5) / count * 1.6 - 0.8 if count > 1 else chance.uniform(-0.3, 0.3)
        width = chance.uniform(0.05, 0.4) / count**0.6
        bend = across - place - 0.1 * np.sin(2 * along + chance.uniform(0, 6))
        flesh = np.exp(-((bend / (width * 1.6)) ** 4)) * chance.uniform(0.25, 0.45)
        shaft = width * 0.5 * (1 + 0.5 * np.abs(np.sin(along * chance.uniform(1, 4) + chance.uniform(0, 6))))
        bone = np.exp(-((bend / shaft) ** 6)) * chance.uniform(0.35, 0.6)
        marrow = np.exp(-((bend / (shaft * 0.55)) ** 4)) * 0.15
        picture += flesh + bone - marrow
    picture += 0.02 * chance.standard_normal(picture.shape)
    return _blur(_scaled(np.clip(picture, 0, 1)), chance.uniform(0.3, 1.5))


def _fan(chance: Chance) -> Grey:
    """Speckle in a fan on black: ultrasound."""
    side = int(chance.integers(128, 256))
    y, x = np.mgrid[0 : 1 : side * 1j, -0.7 : 0.7 : side * 1j]
    angle, depth = np.arctan2(x, y + 0.1), np.hypot(x, y + 0.1)
    inside = (np.abs(angle) < chance.uniform(0.4, 0.8)) & (depth > 0.15) & (depth < chance.uniform(0.85, 1.1))
    base = np.asarray(Image.fromarray(_noise(chance)).resize((side, side)))
    speckle = base * chance.rayleigh(0.6, (side, side)) * np.exp(-chance.uniform(0, 1.5) * depth)
    return _blur(_scaled(np.where(inside, np.clip(speckle, 0, 1), 0)), chance.uniform(0.3, 1.2))


def _phantom(chance: Chance) -> Grey:
    """The computed chest, and the small pictures whose right appearance is known."""
    form = chance.random()
    if form < 0.6:
        size, seed = int(chance.integers(160, 320)), int(chance.integers(1, 10_000))
        picture = chest_phantom(opacity=bool(chance.random() < 0.5), size=size, seed=seed)
    elif form < 0.8:
        picture = orientation_phantom(int(chance.integers(96, 256)), int(chance.integers(96, 256)))
    else:
        across = chance.uniform(0.1, 0.6)
        picture = disc_phantom(row_mm=0.4, column_mm=across, diameter_mm=chance.uniform(8, 40))
    return _scaled(picture.astype(np.float32))


_DRAW: Final[dict[str, Callable[[Chance], Grey]]] = {
    "noise": _noise,
    "waves": _waves,
    "slope": _slope,
    "shapes": _leaves,
    "text": _text,
    "screen": _screen,
    "chart": _chart,
    "slice": _slice,
    "limb": _limb,
    "fan": _fan,
    "phantom": _phantom,
}
KINDS: Final = tuple(_DRAW)


# ---- films that are spoiled


def cropped(film: Grey, chance: Chance) -> Grey:
    """A part of a film so small that a chest cannot be read from it: a third to half of one or both sides."""
    rows, columns = film.shape
    down, across = chance.uniform(0.30, 0.5, 2)
    form = chance.integers(3)
    if form == 0:
        down = chance.uniform(0.85, 1.0)
    elif form == 1:
        across = chance.uniform(0.85, 1.0)
    height, width = int(rows * down), int(columns * across)
    top, left = int(chance.integers(0, rows - height + 1)), int(chance.integers(0, columns - width + 1))
    return film[top : top + height, left : left + width]


def superposed_halves(film: Grey, chance: Chance) -> Grey:
    """One half of a chest laid over the other, mirrored: both lungs behind each other and the spine at one
    side, which is what a lateral view shows."""
    middle = int(film.shape[1] * chance.uniform(0.47, 0.53))
    width = min(middle, film.shape[1] - middle)
    reach = int(width * chance.uniform(0.0, 0.2))
    left = film[:, middle - width : middle + reach]
    right = film[:, middle - reach : middle + width][:, ::-1]
    part = np.float32(chance.uniform(0.3, 0.7))
    both = part * left[:, : right.shape[1]] + (1 - part) * right[:, : left.shape[1]]
    rows = film.shape[0]
    slope = np.linspace(-0.5, 0.5, rows, dtype=np.float32)[:, None] * np.float32(chance.uniform(-0.3, 0.3))
    folded: Grey = np.clip(both + slope, 0, 1).astype(np.float32)
    return folded[:, ::-1] if chance.random() < 0.5 else folded


def _montage(films: list[Grey], chance: Chance) -> Grey:
    """Two to four films side by side, as in a figure or on a viewer's screen."""
    across, down = ((2, 1), (1, 2), (2, 2))[int(chance.integers(3))]
    side = int(chance.integers(80, 140))
    gap = int(chance.integers(0, 8))
    ground = float(chance.choice([0.0, 1.0, 0.2]))
    picture = np.full((down * (side + gap), across * (side + gap)), ground, dtype=np.float32)
    for number in range(across * down):
        film = films[int(chance.integers(len(films)))]
        small = np.asarray(Image.fromarray(film).resize((side, side)))
        top, left = number // across * (side + gap), number % across * (side + gap)
        picture[top : top + side, left : left + side] = small
    return np.clip(picture, 0, 1)


def _thumbnail(films: list[Grey], chance: Chance) -> Grey:
    """A film as a small part of a screen."""
    picture = _screen(chance) if chance.random() < 0.7 else _text(chance)
    rows, columns = picture.shape
    height, width = (int(side * chance.uniform(0.25, 0.5)) for side in (rows, columns))
    top, left = int(chance.integers(0, rows - height)), int(chance.integers(0, columns - width))
    film = films[int(chance.integers(len(films)))]
    picture = picture.copy()
    picture[top : top + height, left : left + width] = np.asarray(
        Image.fromarray(film).resize((width, height))
    )
    return np.clip(picture, 0, 1)


def _jigsaw(films: list[Grey], chance: Chance) -> Grey:
    """Squares of a film in any order."""
    film, count = films[int(chance.integers(len(films)))], int(chance.integers(2, 7))
    side = min(film.shape) // count
    pieces = [
        film[row * side : (row + 1) * side, column * side : (column + 1) * side]
        for row in range(count)
        for column in range(count)
    ]
    order = chance.permutation(len(pieces))
    return np.block(
        [[pieces[order[row * count + column]] for column in range(count)] for row in range(count)]
    )


def _scrambled(films: list[Grey], chance: Chance) -> Grey:
    """The spectrum of a film with the phases of noise: its tones and softness, none of its anatomy."""
    film = films[int(chance.integers(len(films)))]
    phase = np.angle(np.fft.rfft2(chance.standard_normal(film.shape)))
    amplitude = np.abs(np.fft.rfft2(film - film.mean()))
    return _scaled(np.fft.irfft2(amplitude * np.exp(1j * phase), s=film.shape))


def _detail(films: list[Grey], chance: Chance) -> Grey:
    """A tenth to a quarter of each side, enlarged."""
    film = films[int(chance.integers(len(films)))]
    rows, columns = film.shape
    height, width = (max(24, int(side * chance.uniform(0.12, 0.28))) for side in (rows, columns))
    top, left = int(chance.integers(0, rows - height + 1)), int(chance.integers(0, columns - width + 1))
    return film[top : top + height, left : left + width]


_SPOIL: Final[dict[str, Callable[[list[Grey], Chance], Grey]]] = {
    "montage": _montage,
    "thumbnail": _thumbnail,
    "jigsaw": _jigsaw,
    "scrambled": _scrambled,
    "detail": _detail,
}
SPOILED: Final = tuple(_SPOIL)
