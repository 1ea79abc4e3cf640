"""Inputs made from seeds, whose outputs a model must repeat."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from medai_core.imaging.preprocess import square_input

ROWS: Final = 431
COLUMNS: Final = 577


def golden_input(seed: int, size: int) -> NDArray[np.float32]:
    """A random picture with structure at many scales, through the preprocessing: (size, size, 1), 0..1.

    The picture is made of numbers rounded to 8 bits, so that it is the same on every machine.
    """
    generator = np.random.default_rng(seed)
    picture = np.zeros((ROWS, COLUMNS), dtype=np.float64)
    for side in (4, 8, 16, 64):
        coarse = Image.fromarray(generator.integers(0, 256, (side, side), dtype=np.uint8))
        picture += np.asarray(coarse.resize((COLUMNS, ROWS), Image.Resampling.BILINEAR), dtype=np.float64)
    picture = np.rint((picture - picture.min()) / np.ptp(picture) * 255.0)
    return square_input((picture / 255.0).astype(np.float32), size)
