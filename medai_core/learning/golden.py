"""Inputs made from seeds, whose outputs a model must repeat."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def golden_input(seed: int, size: int) -> NDArray[np.float32]:
    """A smooth random picture with some structure, shape (size, size, 1), float32 in 0..1.

    Made of numbers rounded to 8 bits, so that it is the same on every machine.
    """
    generator = np.random.default_rng(seed)
    picture = np.zeros((size, size), dtype=np.float64)
    for side in (4, 8, 16, 32):
        coarse = Image.fromarray(generator.integers(0, 256, (side, side), dtype=np.uint8))
        picture += np.asarray(coarse.resize((size, size), Image.Resampling.BILINEAR), dtype=np.float64)
    picture = np.rint((picture - picture.min()) / np.ptp(picture) * 255.0)
    result: NDArray[np.float32] = (picture[..., None] / 255.0).astype(np.float32)
    return result
