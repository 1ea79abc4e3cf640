"""How sure a share is."""

import math
from typing import Final

_NORMAL_975: Final = 1.959963984540054
"""The normal distribution's 97.5th percentile."""


def wilson(share: float, n: float) -> tuple[float, float]:
    """The 95 % score interval of a share of `n` independent ones (Wilson 1927, JASA 22:209); 0..1.

    >>> [round(end, 3) for end in wilson(0.1, 100)]
    [0.055, 0.174]
    """
    squared = _NORMAL_975**2 / n
    middle = share + squared / 2
    half = _NORMAL_975 * math.sqrt(share * (1 - share) / n + squared / (4 * n))
    return max(0.0, (middle - half) / (1 + squared)), min(1.0, (middle + half) / (1 + squared))
