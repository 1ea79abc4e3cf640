"""The pointing game: does the maximum of a heat map lie in the box that a radiologist drew?

Zhang et al., Top-down Neural Attention by Excitation Backprop, IJCV 2018.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from medai_core.domain.shares import wilson
from medai_core.learning.served import MAP_SIZE
from medai_core.models.chest_findings.films import ENRICHED, LABELS, PNEUMONIA, Films, require

BOXES: Final = "bbox.csv"
PIXELS: Final = 1024
"""Rows and columns of the films that the boxes were drawn on."""

_OTHER_NAMES: Final = {"Infiltrate": "Infiltration"}


@dataclass(frozen=True, slots=True)
class Box:
    """A box on a film, in parts of its width and height: from (left, top), `width` by `height`."""

    image: str
    label: str
    left: float
    top: float
    width: float
    height: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a point, in parts of width and height, lies inside."""
        return self.left <= x <= self.left + self.width and self.top <= y <= self.top + self.height

    @property
    def area(self) -> float:
        """Part of the film that it covers: how often a point anywhere would lie inside."""
        return self.width * self.height


def read_boxes(data: Path) -> list[Box]:
    """All boxes on films of the sets that have them. Raises Refusal "data-missing"."""
    import pandas as pd

    boxes = []
    for source in (ENRICHED, PNEUMONIA):
        require(data, f"{source}/{BOXES}")
        names = pd.read_csv(data / source / "labels.csv", usecols=["file", "image_index"])
        table = pd.read_csv(data / source / BOXES).merge(names, on="file")
        boxes += [
            Box(
                row["image_index"],
                _OTHER_NAMES.get(row["label"], row["label"]),
                *(float(row[name]) / PIXELS for name in ("x", "y", "w", "h")),
            )
            for row in table.to_dict("records")
        ]
    return boxes


def boxed_rows(films: Films, boxes: list[Box]) -> NDArray[np.int64]:
    """Rows of the films that have a box, in order."""
    wanted = {box.image for box in boxes}
    return np.array([row for row, name in enumerate(films.names) if name in wanted], dtype=np.int64)


def point(evidence: NDArray[np.floating[Any]]) -> tuple[float, float]:
    """Where a map, shape (rows, columns), is largest as it is drawn: x and y in parts of the film."""
    coarse = Image.fromarray(np.asarray(evidence, dtype=np.float32))
    fine = np.asarray(coarse.resize((MAP_SIZE, MAP_SIZE), Image.Resampling.BICUBIC))
    row, column = np.unravel_index(int(np.argmax(fine)), fine.shape)
    return (float(column) + 0.5) / MAP_SIZE, (float(row) + 0.5) / MAP_SIZE


def points(
    films: Films, boxes: list[Box], rows: NDArray[np.int64], maps: NDArray[np.floating[Any]]
) -> list[dict[str, Any]]:
    """The maximum of each box's map, to be frozen; `maps` (n, rows, columns, 14) are of the films `rows`."""
    where = {films.names[row]: number for number, row in enumerate(rows.tolist())}
    found = []
    for box in boxes:
        if box.image in where:
            x, y = point(maps[where[box.image]][..., LABELS.index(box.label)])
            found.append({"image": box.image, "label": box.label, "x": round(x, 4), "y": round(y, 4)})
    return found


def game(frozen: list[dict[str, Any]], boxes: list[Box]) -> dict[str, Any]:
    """Hits, boxes and what a point anywhere would reach, by finding; all findings together under "all"."""
    at = {(one["image"], one["label"]): (one["x"], one["y"]) for one in frozen}
    played = [(box, at[box.image, box.label]) for box in boxes if (box.image, box.label) in at]
    result: dict[str, Any] = {}
    for label in (*LABELS, "all"):
        of_label = [(box, place) for box, place in played if label in (box.label, "all")]
        if of_label:
            result[label] = {
                "hits": sum(box.holds(*place) for box, place in of_label),
                "n": len(of_label),
                "chance": round(float(np.mean([box.area for box, _ in of_label])), 4),
            }
    return result


def better_than_chance(game: dict[str, Any]) -> bool:
    """Whether the lower end of the 95 % interval of all hits lies above what a point anywhere would reach."""
    if "all" not in game:
        return False
    hits, n, chance = (game["all"][name] for name in ("hits", "n", "chance"))
    return bool(wilson(hits / n, n)[0] > chance)
