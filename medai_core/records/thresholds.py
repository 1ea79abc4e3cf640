"""Thresholds, and the counts that are asked again when one is moved; nothing here reads a value.

References
----------
Robust z and its threshold of 3.5: Iglewicz and Hoaglin, How to Detect and Handle Outliers, ASQC, 1993.
"""

import math
from collections.abc import Sequence
from typing import Final

from medai_core.domain.record import Json

OUTLIER: Final = 3.5
"""Robust z from which Iglewicz and Hoaglin call a value an outlier; where the slider stands at first."""

FEWEST_OWN: Final = 5
"""Values that a patient must have of an analyte before one of them is held against the others."""
FEWEST: Final = 50
"""Values that a group, or a source, must have before it is compared."""
Z_STEP: Final = 0.5

SCORE: Final = (
    ("completeness", "1 minus the share of expected fields that are missing"),
    ("plausibility", "1 minus the share of values outside their limits, of those that have limits"),
    ("units", "1 minus the share of numbers without a unit or with one that is not known"),
    ("dates", "1 minus the share of entries whose dates cannot be (ends before it starts, before birth, "
              "after death, in the future)"),
    ("single", "1 minus the share of numbers that stand more than once"),
    ("codes", "1 minus the share of entries with a code that no table knows"),
)  # fmt: skip
"""The parts of a source's score, 0..1 each, and how they come about. The score is 100 times their mean."""


def beyond(found: Json, edges: Sequence[float], low: float | None, high: float | None) -> int:
    """How many values lie under `low` or over `high`, from stored counts; exact where these are edges."""
    counts, number = found["counts"], 0
    if low is not None:
        number += found["under"]
        number += sum(n for n, end in zip(counts, edges[1:], strict=True) if end <= low + _close(edges))
    if high is not None:
        number += found["over"]
        begins = edges[:-1]
        number += sum(n for n, begin in zip(counts, begins, strict=True) if begin >= high - _close(edges))
    return int(number)


def _close(edges: Sequence[float]) -> float:
    return 1e-6 * (edges[1] - edges[0])


def beyond_z(found: Sequence[int], threshold: float) -> int:
    """How many values lie at `threshold` (a multiple of a half) or farther, from stored counts."""
    return int(sum(found[math.ceil(threshold / Z_STEP - 1e-9) :]))
