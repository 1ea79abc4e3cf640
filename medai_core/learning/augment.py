"""Random changes of a film that say nothing of the disease: shape, sharpness, tone, compression, borders.

Each change is drawn without looking at the class, wide enough to cover the differences between classes
that arise at the source of a collection (aspect, resolution, compression, exposure).
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from medai_core.imaging.preprocess import rank_normalise


@dataclass(frozen=True, slots=True)
class Strength:
    """How far a film may be changed. Ranges are symmetric around "unchanged" unless said otherwise.

    Attributes
    ----------
    zoom_in, zoom_out : float
        Largest enlargement and reduction, as factors.
    stretch : float
        Largest |log| of the change of width against height, where a film's own aspect is not given.
    aspect : (float, float), optional
        Where a film's own aspect is given: the width to height that it is brought to, drawn evenly on a
        log scale, whatever its own; so aspect says nothing of the class. None keeps to `stretch`.
    degrees : float
        Largest rotation.
    blur, sharpen, recompress, shrink, noise, erase, tone, flip : float
        Probability 0..1 of each change.
    blur_sigma, shrink_to : float
        Widest blur, pixels of the model's input; smallest size on the way, as a part of that input.
    local_contrast : bool
        Whether sharpening reaches radii that raise local contrast, not edges alone.
    """

    zoom_in: float = 1.35
    zoom_out: float = 1.08
    stretch: float = 0.40
    aspect: tuple[float, float] | None = (0.95, 1.95)
    degrees: float = 10.0
    blur: float = 0.30
    sharpen: float = 0.20
    recompress: float = 0.35
    shrink: float = 0.35
    noise: float = 0.25
    erase: float = 0.35
    tone: float = 0.80
    flip: float = 0.5
    blur_sigma: float = 1.6
    shrink_to: float = 0.4
    local_contrast: bool = True


STRONG: Final = Strength(aspect=None, blur_sigma=1.3, shrink_to=0.45, local_contrast=False)
WIDE: Final = Strength(
    zoom_in=1.45, zoom_out=1.2, blur=0.35, sharpen=0.3, recompress=0.4, shrink=0.45, erase=0.4
)
PERTURBED: Final = Strength(
    zoom_in=1.15,
    zoom_out=1.05,
    stretch=0.30,
    degrees=5.0,
    blur=0.4,
    sharpen=0.2,
    recompress=0.5,
    shrink=0.5,
    noise=0.3,
    erase=0.3,
    tone=1.0,
    flip=0.0,
)
"""For perturbed validation: what another machine, export or hand might do to a film."""


def augmented_input(
    image: Image.Image,
    size: int,
    strength: Strength,
    generator: np.random.Generator,
    *,
    own_aspect: float | None = None,
) -> NDArray[np.float32]:
    """One random version of an 8-bit grey `image` as a model input, shape (size, size, 1), 0..1.

    `own_aspect` is the film's original width to height, also where `image` was squeezed since.
    """
    image = _geometry(image, size, strength, generator, own_aspect)
    image = _sharpness(image, strength, generator)
    image = _compression(image, strength, generator)
    square = np.asarray(image, dtype=np.float32) / 255.0
    square = _tone(square, strength, generator)
    square = rank_normalise(square)
    return _after(square, strength, generator)[..., None]


def _geometry(
    image: Image.Image,
    size: int,
    strength: Strength,
    generator: np.random.Generator,
    own_aspect: float | None,
) -> Image.Image:
    """Rotation, then a box of random zoom, aspect and place, squeezed to the square."""
    columns, rows = image.size
    if generator.random() < 0.6:
        angle = generator.uniform(-strength.degrees, strength.degrees)
        edge = int(np.asarray(image.resize((16, 16)))[:2].mean())
        image = image.rotate(angle, Image.Resampling.BILINEAR, fillcolor=edge)
    zoom = np.exp(generator.uniform(-np.log(strength.zoom_out), np.log(strength.zoom_in)))
    if own_aspect is None or strength.aspect is None:
        stretch = np.exp(generator.uniform(-strength.stretch, strength.stretch) / 2)
    else:
        stretch = np.exp((generator.uniform(*np.log(strength.aspect)) - np.log(own_aspect)) / 2)
    # the larger side never leaves the picture by more than the zoom-out
    width, height = stretch / zoom, 1.0 / (stretch * zoom)
    largest = max(width, height) / strength.zoom_out
    if largest > 1.0:
        width, height = width / largest, height / largest
    margin = (strength.zoom_out - 1.0) / 2 + 1e-6
    image = _padded(image, margin, generator)
    x = generator.uniform(-margin, 1.0 + margin - width) if width < 1 + 2 * margin else -margin
    y = generator.uniform(-margin, 1.0 + margin - height) if height < 1 + 2 * margin else -margin
    pad_x, pad_y = (image.size[0] - columns) / 2, (image.size[1] - rows) / 2
    box = (
        max(0.0, x * columns + pad_x),
        max(0.0, y * rows + pad_y),
        min(float(image.size[0]), (x + width) * columns + pad_x),
        min(float(image.size[1]), (y + height) * rows + pad_y),
    )
    image = image.resize((size, size), Image.Resampling.BILINEAR, box=box)
    if generator.random() < strength.flip:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return image


def _padded(image: Image.Image, margin: float, generator: np.random.Generator) -> Image.Image:
    """`image` with a border on all sides: black, or its own edge."""
    pixels = np.asarray(image)
    border = [(int(np.ceil(side * margin)),) * 2 for side in pixels.shape]
    mode = "edge" if generator.random() < 0.5 else "constant"
    return Image.fromarray(np.pad(pixels, border, mode=mode))  # type: ignore[call-overload]


def _sharpness(image: Image.Image, strength: Strength, generator: np.random.Generator) -> Image.Image:
    if generator.random() < strength.shrink:
        size = image.size[0]
        smaller = int(size * generator.uniform(strength.shrink_to, 0.9))
        image = image.resize((smaller, smaller), _resampling(generator))
        image = image.resize((size, size), _resampling(generator))
    if generator.random() < strength.blur:
        image = image.filter(ImageFilter.GaussianBlur(generator.uniform(0.3, strength.blur_sigma)))
    if generator.random() < strength.sharpen:
        image = image.filter(_sharpening(strength, generator))
    return image


def _sharpening(strength: Strength, generator: np.random.Generator) -> ImageFilter.UnsharpMask:
    """A small radius sharpens edges, a large one raises local contrast."""
    if not strength.local_contrast:
        amount = int(generator.uniform(40, 180))
        return ImageFilter.UnsharpMask(generator.uniform(0.7, 2.5), amount, 0)
    radius = float(np.exp(generator.uniform(np.log(0.7), np.log(12.0))))
    return ImageFilter.UnsharpMask(radius, int(generator.uniform(30, 160)), 0)


def _resampling(generator: np.random.Generator) -> Image.Resampling:
    choices = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.BOX)
    return choices[int(generator.integers(len(choices)))]


def _compression(image: Image.Image, strength: Strength, generator: np.random.Generator) -> Image.Image:
    if generator.random() >= strength.recompress:
        return image
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=int(generator.integers(30, 93)))
    return Image.open(buffer).convert("L")


def _tone(
    square: NDArray[np.float32], strength: Strength, generator: np.random.Generator
) -> NDArray[np.float32]:
    """Gamma, contrast with clipping, noise, a slow shading across the film, covered borders."""
    size = square.shape[0]
    if generator.random() < strength.tone:
        square = square ** np.float32(np.exp(generator.uniform(-0.5, 0.5)))
        low, high = generator.uniform(-0.12, 0.12), generator.uniform(0.85, 1.15)
        square = np.clip((square - low) / (high - low), 0.0, 1.0)
    if generator.random() < strength.tone / 2:
        slope = np.linspace(-0.5, 0.5, size, dtype=np.float32)
        down, across = generator.uniform(-0.25, 0.25, 2).astype(np.float32)
        square = square * (1 + down * slope[:, None] + across * slope[None, :])
    if generator.random() < strength.noise:
        sigma = generator.uniform(0.002, 0.015)
        square = square + sigma * generator.standard_normal(square.shape, dtype=np.float32)
    if generator.random() < strength.erase:
        square = _covered(square, generator)
    return np.clip(square, 0.0, 1.0)


def _covered(square: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.float32]:
    """Collimation of one or more sides, a marker's place, or a patch, filled with one grey."""
    size = square.shape[0]
    square = square.copy()
    kind = generator.random()
    fill = np.float32(generator.choice([0.0, 0.0, 1.0, float(generator.random())]))
    if kind < 0.5:
        for axis in range(2):
            before, after = (generator.uniform(0, 0.09, 2) * size).astype(int)
            view = square if axis == 0 else square.T
            view[:before] = 0.0
            view[size - after :] = 0.0
        return square
    if kind < 0.75:
        height, width = (generator.uniform(0.05, 0.18, 2) * size).astype(int)
        along, side = int(generator.integers(0, size - height)), generator.random()
        if side < 0.5:
            top, left = along, 0 if side < 0.3 else size - width
        else:
            top, left = 0 if side < 0.85 else size - height, int(generator.integers(0, size - width))
    else:
        height, width = (generator.uniform(0.08, 0.25, 2) * size).astype(int)
        top, left = int(generator.integers(0, size - height)), int(generator.integers(0, size - width))
    square[top : top + height, left : left + width] = fill
    return square


def _after(
    square: NDArray[np.float32], strength: Strength, generator: np.random.Generator
) -> NDArray[np.float32]:
    """What is left of tone differences after the normalisation: a little gamma and contrast."""
    if generator.random() < strength.tone / 2:
        square = square ** np.float32(np.exp(generator.uniform(-0.2, 0.2)))
        square = 0.5 + (square - 0.5) * np.float32(generator.uniform(0.85, 1.1))
    return np.clip(square, 0.0, 1.0).astype(np.float32)
