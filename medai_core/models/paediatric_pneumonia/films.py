"""The films of the recipe: what is read, and how it is divided into whole patients."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from medai_core.domain.refusal import Refusal
from medai_core.imaging.preprocess import square_input
from medai_core.learning.augment import Strength, augmented_input
from medai_core.learning.splits import grouped_holdout, joined_groups, ordered_holdout

CLASSES: Final = ("normal", "bacterial", "viral")
FILMS: Final = "cxr_kermany"
ASPECT: Final = "cxr_kermany_aspect"
IMAGENET: Final = "weights_efficientnet_lite0/efficientnet_lite0_imagenet_fp16.npz"

DEMO_FILMS: Final = {"normal": "NORMAL2-IM-1334-0001.jpeg", "pneumonia": "person1687_bacteria_4468.jpeg"}
"""Films shown in the demo. Their patients take part in no training and no validation."""

ORDERED_FRACTION: Final = 0.09
RANDOM_FRACTION: Final = 0.09
SPLIT_SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Films:
    """The films in memory and how they are divided.

    `pictures[i]` is an 8-bit grey image, squeezed to 224 x 224; `larger[i]` the same film in its own
    aspect where that is known. `part` is "train", "ordered", "random" or "demo". `aspect` is width to height
    of the original, NaN where not known; `presumed_aspect` then is the mean of the film's class.
    """

    files: tuple[str, ...]
    pictures: tuple[NDArray[np.uint8], ...]
    larger: dict[int, NDArray[np.uint8]]
    label: NDArray[np.int64]
    patient: NDArray[np.int64]
    part: NDArray[np.str_]
    aspect: NDArray[np.float64]
    presumed_aspect: NDArray[np.float64]
    file_bytes: NDArray[np.int64]

    def rows(self, *parts: str) -> NDArray[np.int64]:
        """Row numbers of the parts named."""
        return np.flatnonzero(np.isin(self.part, parts))


def read_films(data: Path, *, limit: int | None = None) -> Films:
    """Read labels and pictures from the folders of `data`; `limit` keeps the first films only.

    Raises Refusal "data-missing".
    """
    import pandas as pd

    for needed in (data / FILMS / "labels.csv", data / ASPECT / "labels.csv", data / IMAGENET):
        if not needed.exists():
            raise Refusal(
                "data-missing",
                expected=f"the file {needed.relative_to(data)} in the data folder",
                found="none",
                what_to_do="Give the folder that holds the public data with --data.",
            )
    table = pd.read_csv(data / FILMS / "labels.csv", dtype=str, keep_default_na=False)
    table = table.sort_values("file", kind="stable").head(limit or len(table)).reset_index(drop=True)
    groups = joined_groups(table["patient"].tolist(), table["duplicate_group"].tolist())
    have_larger = set(pd.read_csv(data / ASPECT / "labels.csv", dtype=str)["file"])
    paths = [data / FILMS / "images" / file for file in table["file"]]
    width, height = (
        pd.to_numeric(table[name]).to_numpy(np.float64) for name in ("orig_width", "orig_height")
    )
    label = np.array([CLASSES.index(one) for one in table["label"]], dtype=np.int64)
    aspect = width / height
    return Films(
        files=tuple(table["file"]),
        pictures=tuple(_grey(path) for path in paths),
        larger={
            row: _grey(data / ASPECT / "images" / file)
            for row, file in enumerate(table["file"])
            if file in have_larger
        },
        label=label,
        patient=groups,
        part=divide(table["file"].tolist(), table["patient"].tolist(), table["label"].tolist(), groups),
        aspect=aspect,
        presumed_aspect=presumed(aspect, label),
        file_bytes=np.array([path.stat().st_size for path in paths], dtype=np.int64),
    )


def divide(
    files: list[str], patients: list[str], labels: list[str], groups: NDArray[np.int64]
) -> NDArray[np.str_]:
    """Which part each film belongs to; whole patients, duplicates with them.

    "ordered" holds the lowest numbers of each numbering (normals have two): the official test lies below
    all of them, so this part shows the drift along the numbering that a random part hides.
    """
    number = np.array([float("".join(filter(str.isdigit, one.split("-")[-1]))) for one in patients])
    kind = [
        f"{label} {patient.split('-')[0] if label == 'normal' else ''}"
        for label, patient in zip(labels, patients, strict=True)
    ]
    part = np.full(len(files), "train", dtype="<U8")
    part[np.isin(groups, groups[np.isin(files, list(DEMO_FILMS.values()))])] = "demo"
    free = np.flatnonzero(part == "train")
    held = ordered_holdout(groups[free], [kind[row] for row in free], number[free], fraction=ORDERED_FRACTION)
    part[free[held]] = "ordered"
    free = np.flatnonzero(part == "train")
    held = grouped_holdout(
        groups[free], [kind[row] for row in free], fraction=RANDOM_FRACTION, seed=SPLIT_SEED
    )
    part[free[held]] = "random"
    return part


def presumed(aspect: NDArray[np.float64], label: NDArray[np.int64]) -> NDArray[np.float64]:
    """`aspect` with what is missing filled by the geometric mean of the same class, 1 where none is known."""
    filled = aspect.copy()
    for number in np.unique(label):
        of_class = label == number
        known = np.log(aspect[of_class & np.isfinite(aspect)])
        filled[of_class & ~np.isfinite(aspect)] = np.exp(known.mean()) if len(known) else 1.0
    return filled


def _grey(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


def augmented(
    films: Films, row: int, size: int, strength: Strength, generator: np.random.Generator
) -> NDArray[np.float32]:
    """A random version of one film, brought to an aspect that says nothing of its class.

    The larger copy, where there is one, is taken every second time.
    """
    pixels = films.pictures[row]
    if row in films.larger and generator.random() < 0.5:
        pixels = films.larger[row]
    aspect = float(films.presumed_aspect[row])
    return augmented_input(Image.fromarray(pixels), size, strength, generator, own_aspect=aspect)


def inputs(films: Films, rows: NDArray[np.int64], size: int) -> NDArray[np.float32]:
    """Model inputs of films as they are served, shape (n, size, size, 1)."""
    grey = (films.pictures[row].astype(np.float32) / 255.0 for row in rows)
    return np.stack([square_input(one, size) for one in grey])
