"""Whether a picture holds enough to be read at all: plain measures, no network."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.refusal import Refusal
from medai_core.imaging import refusals
from medai_core.imaging.preprocess import MINIMUM_RANGE, MINIMUM_SIDE, grey_range, middle

BLACK: Final = 0.02
WHITE: Final = 0.98
MOST_CLIPPED: Final = 0.7
"""Share of the picture's middle at black or at white above which exposure or window hide the chest."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Measures of a displayed picture; shares and range are of its middle, `rows` and `columns` in pixels."""

    rows: int
    columns: int
    grey_range: float
    black: float
    white: float


def quality_of(squeezed: NDArray[np.float32], rows: int, columns: int) -> Quality:
    """Measures of a picture of `rows` x `columns`, given small: shape (size, size), 0..1, bright = white."""
    inside = middle(squeezed)
    low, high = grey_range(squeezed)
    return Quality(
        rows, columns, high - low, float(np.mean(inside <= BLACK)), float(np.mean(inside >= WHITE))
    )


def problems(quality: Quality) -> tuple[Refusal, ...]:
    """What is wrong: "image-too-small", then "image-blank" or "image-exposure"; empty where nothing is."""
    found = []
    if min(quality.rows, quality.columns) < MINIMUM_SIDE:
        found.append(refusals.image_too_small(quality.rows, quality.columns, MINIMUM_SIDE))
    if quality.grey_range < MINIMUM_RANGE:
        found.append(refusals.image_blank())
    elif max(quality.black, quality.white) > MOST_CLIPPED:
        found.append(refusals.image_exposure("black" if quality.black > quality.white else "white"))
    return tuple(found)
