"""Inputs made from seeds, whose outputs a model must repeat."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from medai_core.imaging.preprocess import square_input
from medai_core.learning.calibration import sigmoid

ROWS: Final = 431
COLUMNS: Final = 577
SEEDS: Final = (11, 12, 13, 14)


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


def answers(logits: NDArray[np.floating[Any]], *, exclusive: bool) -> NDArray[np.float64]:
    """A network's uncalibrated probabilities, shape (n, classes).

    `exclusive` says whether one class excludes the others (softmax) or each is a question of its own.
    """
    values = np.asarray(logits, dtype=np.float64)
    if not exclusive:
        return sigmoid(values)
    spread = np.exp(values - values.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = spread / spread.sum(axis=1, keepdims=True)
    return shares


def golden_answers(
    logits_of: Callable[[NDArray[np.float32]], NDArray[np.float32]], size: int, *, exclusive: bool
) -> dict[str, Any]:
    """What a model's golden file holds: its answers to the inputs of `SEEDS`."""
    images = np.stack([golden_input(seed, size) for seed in SEEDS])
    probabilities = answers(logits_of(images), exclusive=exclusive)
    cases = [
        {"seed": seed, "probabilities": [round(float(one), 6) for one in row]}
        for seed, row in zip(SEEDS, probabilities, strict=True)
    ]
    return {
        "input": "medai_core.learning.golden.golden_input(seed, size)",
        "exclusive": exclusive,
        "tolerance": 1e-4,
        "cases": cases,
    }
