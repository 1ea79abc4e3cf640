"""The pictures of the recipe: which are read, what they show, and how they are divided into whole sources."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from medai_core.domain.refusal import Refusal
from medai_core.imaging.preprocess import any_input, squeeze
from medai_core.learning.augment import Strength, augmented_input
from medai_core.learning.splits import joined_groups
from medai_core.models.image_gate import made
from medai_core.models.image_gate.facts import SIZE

if TYPE_CHECKING:
    import pandas as pd

ADULTS: Final = ("cxr_nih", "cxr_nih_pneumonia", "cxr_nih_more")
CHILDREN: Final = "cxr_kermany"
CHILDREN_LARGER: Final = "cxr_kermany_aspect"
ELSEWHERE: Final = "cxr_covid"
NEGATIVES: Final = "gate_negatives"
IMAGENET: Final = "weights_efficientnet_lite0/efficientnet_lite0_imagenet_fp16.npz"
DEMO_FILMS: Final = ("NORMAL2-IM-1334-0001.jpeg", "person1687_bacteria_4468.jpeg")

CHILD_UNTIL: Final = 6
ADULT_FROM: Final = 18
SPLIT_SEED: Final = 5
PARTS: Final = ("train", "validation", "test")
SHARES: Final = (0.7, 0.1, 0.2)

CHANGED: Final = Strength(
    zoom_in=1.15, zoom_out=1.12, stretch=0.30, degrees=8.0, blur=0.3, shrink=0.4, erase=0.3, flip=0.0
)
"""How a film may come from another machine, export or hand and still be read."""

UNKNOWN: Final = -1
COPY: Final = 160

Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Films:
    """Frontal films in memory, 8-bit grey, one of each patient where a set holds many.

    `age` is NaN where it is not known, 3.0 for the set of children aged one to five; `patient` numbers what
    must stay together; `part` is "train", "validation", "test" or "demo".
    """

    names: tuple[str, ...]
    pictures: tuple[NDArray[np.uint8], ...]
    source: NDArray[np.str_]
    patient: NDArray[np.int64]
    age: NDArray[np.float64]
    part: NDArray[np.str_]

    def rows(self, *parts: str) -> NDArray[np.int64]:
        """Row numbers of the parts named."""
        return np.flatnonzero(np.isin(self.part, parts))


@dataclass(frozen=True, slots=True)
class Row:
    """One picture as the network sees it and what is asked of it; `UNKNOWN` where there is no answer."""

    image: Grey
    view: int
    turn: int = UNKNOWN
    mirrored: int = UNKNOWN
    inverted: int = UNKNOWN
    cropped: int = UNKNOWN


def read_films(data: Path, *, limit: int | None = None) -> Films:
    """Read the films; `limit` of each source at most. Raises Refusal "data-missing".

    Films elsewhere whose licence forbids commercial use are tested on and nothing else; the others of that
    source set limits and are not trained on.
    """
    import pandas as pd

    table = pd.concat(
        [*(_adults(data, source) for source in ADULTS), _children(data), _elsewhere(data)], ignore_index=True
    )
    groups = joined_groups(table["patient"].tolist())
    part = _divided(groups)
    part[np.isin(groups, groups[np.isin(table["name"], DEMO_FILMS)])] = "demo"
    elsewhere = (table["source"] == ELSEWHERE).to_numpy()
    part[elsewhere] = np.where(table["free"].to_numpy()[elsewhere], "validation", "test")
    if limit is not None:
        kept = table.groupby("source").head(limit).index.to_numpy()
        table, groups, part = table.loc[kept], groups[kept], part[kept]
    return Films(
        names=tuple(table["name"]),
        pictures=tuple(grey_picture(data / path) for path in table["path"]),
        source=table["source"].to_numpy(np.str_),
        patient=groups,
        age=table["age"].to_numpy(np.float64),
        part=part,
    )


def _divided(groups: NDArray[np.int64]) -> NDArray[np.str_]:
    drawn = np.random.default_rng(SPLIT_SEED).random(int(groups.max()) + 1)[groups]
    number = np.searchsorted(np.cumsum(SHARES)[:-1], drawn, side="right")
    return np.array(PARTS, dtype="<U10")[number]


def _one_each(table: "pd.DataFrame") -> "pd.DataFrame":
    """One film of each patient, drawn by seed, in the order of the table."""
    chosen = table.sample(frac=1.0, random_state=SPLIT_SEED).drop_duplicates("patient")
    return chosen.sort_index()


def _adults(data: Path, source: str) -> "pd.DataFrame":
    """Films of the NIH, a few of them of children; patients are one numbering over all its folders."""
    table = _one_each(_labels(data, source))
    return table.assign(
        name=table["image_index"],
        path=[f"{source}/images/{file}" for file in table["file"]],
        source=source,
        patient=[f"nih {one}" for one in table["patient"]],
        age=table["age"].astype(float),
        free=True,
    )


def _children(data: Path) -> "pd.DataFrame":
    """Films of children, one of each and both of the demo; larger copies where there are some."""
    table = _labels(data, CHILDREN)
    larger = set(_labels(data, CHILDREN_LARGER)["file"])
    groups = joined_groups(table["patient"].tolist(), table["duplicate_group"].tolist())
    table = table.assign(patient=[f"child {one}" for one in groups])
    demo = np.isin(table["file"], DEMO_FILMS)
    table = _one_each(table[demo | ~np.isin(groups, groups[demo])])
    return table.assign(
        name=table["file"],
        path=[f"{CHILDREN_LARGER if file in larger else CHILDREN}/images/{file}" for file in table["file"]],
        source=CHILDREN,
        age=3.0,
        free=True,
    )


def _elsewhere(data: Path) -> "pd.DataFrame":
    """Films of adults from many hospitals."""
    table = _labels(data, ELSEWHERE)
    return table.assign(
        name=table["file"],
        path=[f"{ELSEWHERE}/images/{file}" for file in table["file"]],
        source=ELSEWHERE,
        patient=[f"elsewhere {one}" for one in table["case_group"]],
        age=[float(one) if one else float("nan") for one in table["age"]],
        free=["NC" not in one for one in table["licence"]],
    )


@dataclass(frozen=True, slots=True)
class Negatives:
    """Pictures that are no frontal chest, as grey; `colour` where the file is not. `origin` numbers what
    they were cut from. All are tested on and none is learned from: some are under non-commercial licences."""

    files: tuple[str, ...]
    pictures: tuple[NDArray[np.uint8], ...]
    kind: NDArray[np.str_]
    origin: NDArray[np.int64]
    colour: NDArray[np.bool_]


def read_negatives(data: Path) -> Negatives:
    """Read them all; quarters of one picture share an origin. Raises Refusal "data-missing"."""
    table = _labels(data, NEGATIVES)
    origin = joined_groups([f"{one.split('_q')[0]}" for one in table["file"]], table["source_file"].tolist())
    return Negatives(
        tuple(table["file"]),
        tuple(grey_picture(data / NEGATIVES / "images" / file) for file in table["file"]),
        table["kind"].to_numpy(np.str_),
        origin,
        np.array([_is_colour(data / NEGATIVES / "images" / file) for file in table["file"]]),
    )


def _is_colour(path: Path) -> bool:
    from medai_core.imaging.decode import decode

    return decode(path).header.samples_per_pixel == 3


def _labels(data: Path, source: str) -> "pd.DataFrame":
    import pandas as pd

    path = data / source / "labels.csv"
    if not path.exists():
        raise Refusal(
            "data-missing",
            expected=f"the file {source}/labels.csv in the data folder",
            found="none",
            what_to_do="Give the folder that holds the public data with --data.",
        )
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def grey_picture(path: Path) -> NDArray[np.uint8]:
    """An 8-bit grey picture; colour is reduced to its luminance."""
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


def as_unit(picture: NDArray[np.uint8]) -> Grey:
    """0..255 -> 0..1, float32."""
    return picture.astype(np.float32) / np.float32(255)


# ---- what the heads learn from


def film_rows(film: Grey, chance: np.random.Generator) -> Iterator[Row]:
    """A film as it is, changed, and turned; and one of mirrored, inverted, cropped, folded over itself.

    `film` is a small square copy: the network sees no more.
    """
    yield Row(gate_input(film), 0, 0, 0, 0, 0)
    yield Row(_changed(film, chance), 0, 0, 0, 0, 0)
    turn, mirrored = int(chance.integers(1, 4)), int(chance.integers(2))
    yield Row(turned(_changed(film, chance), turn, mirrored), 0, turn, mirrored, 0)
    form = chance.integers(4)
    if form == 0:
        yield Row(turned(_changed(film, chance), 0, 1), 0, 0, 1, 0, 0)
    elif form == 1:
        turn = int(chance.integers(4)) if chance.random() < 0.3 else 0
        yield Row(1 - turned(_changed(film, chance), turn, 0), 0, turn, 0, 1)
    elif form == 2:
        yield Row(gate_input(made.cropped(film, chance)), 0, UNKNOWN, UNKNOWN, 0, 1)
    else:
        yield Row(gate_input(made.superposed_halves(film, chance)), 1)


def small_copy(picture: NDArray[np.uint8]) -> Grey:
    """A square copy at `COPY` pixels a side, 0..1: films are turned, cropped and changed from it."""
    return squeeze(as_unit(picture), COPY)


def gate_input(grey: Grey) -> Grey:
    """A grey picture of any size, 0..1, as the network sees it: shape (SIZE, SIZE, 1)."""
    return any_input(squeeze(grey, SIZE))


def made_row(kind: str, chance: np.random.Generator) -> Row:
    """A made picture, in one of eight positions."""
    image = gate_input(made.made_picture(kind, chance))
    return Row(turned(image, int(chance.integers(4)), int(chance.integers(2))), 2)


def spoiled_row(kind: str, films: list[Grey], chance: np.random.Generator) -> Row:
    """A picture made of small copies of films, in one of eight positions."""
    image = gate_input(made.spoiled_film(kind, films, chance))
    return Row(turned(image, int(chance.integers(4)), int(chance.integers(2))), 2)


def turned(image: Grey, turn: int, mirrored: int) -> Grey:
    """`image`, shape (size, size, 1), mirrored left to right, then turned counter-clockwise by quarters."""
    image = image[:, ::-1] if mirrored else image
    return np.ascontiguousarray(np.rot90(image, turn))


def _changed(film: Grey, chance: np.random.Generator) -> Grey:
    picture = Image.fromarray(np.rint(film * 255).astype(np.uint8))
    return augmented_input(picture, SIZE, CHANGED, chance)
