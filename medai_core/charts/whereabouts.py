"""Where a heat map's strongest evidence lies, in words; the side is the patient's, not the picture's."""

from typing import Final

import numpy as np

from medai_core.domain.prediction import HeatMap

SIDE_NOT_KNOWN: Final = (
    "side not known: the file does not say which side of the picture is the patient's left"
)
_MIDDLE: Final = (0.4, 0.6)
_SIDES: Final = {"L": ("right", "left"), "R": ("left", "right")}
"""First letter of Patient Orientation (0020,0020), which is where the rows run to -> (left, right) edge."""


def whereabouts(heat: HeatMap, orientation: tuple[str, ...]) -> str | None:
    """The third of the picture and the patient's side with the strongest evidence, as a clause.

    Parameters
    ----------
    heat : HeatMap
        Over the whole image, as it is stored.
    orientation : tuple of str
        Patient Orientation (0020,0020; PS3.3 C.7.6.1.1.1): directions of the rows and of the columns.

    Returns
    -------
    str or None
        None where there is no evidence at all, or the columns do not run to the patient's feet.
    """
    if heat.values.size == 0 or float(heat.values.max()) <= 0.0:
        return None
    if len(orientation) > 1 and not orientation[1].upper().startswith("F"):
        return None
    row, column = np.unravel_index(int(np.argmax(heat.values)), heat.values.shape)
    rows, columns = heat.values.shape
    third = ("upper", "middle", "lower")[min(2, int(3 * (int(row) + 0.5) / rows))]
    along = (int(column) + 0.5) / columns
    if _MIDDLE[0] <= along <= _MIDDLE[1]:
        return f"{third} third, near the midline"
    sides = _SIDES.get(orientation[0].upper()[:1]) if orientation else None
    if sides is None:
        return f"{third} third; {SIDE_NOT_KNOWN}"
    return f"{third} third, the patient's {sides[int(along > _MIDDLE[1])]} side"
