"""The films of the recipe: what is read, which labels they carry, and the folds of whole patients."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from medai_core.domain.refusal import Refusal
from medai_core.imaging.preprocess import square_input
from medai_core.learning.augment import Strength, augmented_input

LABELS: Final = (
    "Atelectasis",
    "Cardiomegaly",
    "Effusion",
    "Infiltration",
    "Mass",
    "Nodule",
    "Pneumonia",
    "Pneumothorax",
    "Consolidation",
    "Edema",
    "Emphysema",
    "Fibrosis",
    "Pleural_Thickening",
    "Hernia",
)
ENRICHED: Final = "cxr_nih"
PNEUMONIA: Final = "cxr_nih_pneumonia"
NATURAL: Final = "cxr_nih_more"
SMALL: Final = "cxr_nih_more64"
CHILDREN: Final = "cxr_kermany"
IMAGENET: Final = "weights_efficientnet_lite0/efficientnet_lite0_imagenet_fp16.npz"
CHILDREN_LABELS: Final = ("bacterial", "viral")

ADULT_YEARS: Final = 18
FOLDS: Final = 3
FOLD_SEED: Final = 11

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Films:
    """Films in memory, one row a film.

    `truth` has shape (n, 14), 0 or 1, in the order of `LABELS`; `reference` the published network's
    probabilities for the same findings, NaN where it was trained on the film. `source` is the folder of the
    data, `fold` 0.. by whole patients over all sources.
    """

    names: tuple[str, ...]
    pictures: tuple[NDArray[np.uint8], ...]
    truth: Values
    reference: Values
    patient: NDArray[np.int64]
    age: NDArray[np.float64]
    sex: NDArray[np.str_]
    view: NDArray[np.str_]
    source: NDArray[np.str_]
    fold: NDArray[np.int64]


def read_films(data: Path, *sources: str, adults: bool = True, limit: int | None = None) -> Films:
    """Read labels, pictures and reference predictions of the folders named; `limit` films of each at most.

    Raises Refusal "data-missing".
    """
    import pandas as pd

    for source in sources:
        require(data, f"{source}/labels.csv")
    tables = [
        pd.read_csv(data / source / "labels.csv", dtype={"patient": np.int64})
        .head(limit or 10**9)
        .assign(source=source)
        for source in sources
    ]
    table = pd.concat(tables, ignore_index=True)
    if adults:
        table = table[table["age"] >= ADULT_YEARS].reset_index(drop=True)
    return Films(
        names=tuple(table["image_index"]),
        pictures=tuple(
            _grey(data / source / "images" / file)
            for source, file in zip(table["source"], table["file"], strict=True)
        ),
        truth=table[list(LABELS)].to_numpy(np.float32),
        reference=read_reference(data, table["image_index"].tolist()),
        patient=table["patient"].to_numpy(np.int64),
        age=table["age"].to_numpy(np.float64),
        sex=table["sex"].to_numpy(np.str_),
        view=table["view"].to_numpy(np.str_),
        source=table["source"].to_numpy(np.str_),
        fold=folds(table["patient"].to_numpy(np.int64)),
    )


def read_children(data: Path, *, limit: int | None = None) -> tuple[list[NDArray[np.uint8]], Values]:
    """Films of children with pneumonia or without, and (bacterial, viral) as 0 or 1: pre-training only."""
    import pandas as pd

    require(data, f"{CHILDREN}/labels.csv")
    table = pd.read_csv(data / CHILDREN / "labels.csv", dtype=str).head(limit or 10**9)
    truth = np.stack([table["label"] == one for one in CHILDREN_LABELS], axis=1).astype(np.float32)
    return [_grey(data / CHILDREN / "images" / file) for file in table["file"]], truth


def require(data: Path, needed: str) -> None:
    """Raises Refusal "data-missing" where `needed` is not in `data`."""
    if not (data / needed).exists():
        raise Refusal(
            "data-missing",
            expected=f"the file {needed} in the data folder",
            found="none",
            what_to_do="Give the folder that holds the public data with --data.",
        )


def folds(patient: NDArray[np.int64]) -> NDArray[np.int64]:
    """Fold of each film: whole patients, those with the most films dealt out first so that folds are even."""
    numbers, counts = np.unique(patient, return_counts=True)
    shuffled = np.random.default_rng(FOLD_SEED).permutation(len(numbers))
    dealt = shuffled[np.argsort(-counts[shuffled], kind="stable")]
    fold = np.empty(len(numbers), dtype=np.int64)
    there_and_back = (*range(FOLDS), *reversed(range(FOLDS)))
    fold[dealt] = np.resize(there_and_back, len(numbers))
    return fold[np.searchsorted(numbers, patient)]


def film_weights(films: Films, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """How often each of `rows` is drawn: films of one patient share a weight that grows with the root of
    their number; films with a finding are drawn twice as often. Sums to 1."""
    _, member, counts = np.unique(films.patient[rows], return_inverse=True, return_counts=True)
    weight = (1.0 + (films.truth[rows].max(axis=1) > 0)) / np.sqrt(counts[member])
    shares: NDArray[np.float64] = weight / weight.sum()
    return shares


def augmented(
    picture: NDArray[np.uint8], size: int, strength: Strength, generator: np.random.Generator
) -> Values:
    """A random version of one film as a model input, shape (size, size, 1)."""
    return augmented_input(Image.fromarray(picture), size, strength, generator)


def inputs(films: Films, rows: NDArray[np.int64], size: int) -> Values:
    """Model inputs of films as they are served, shape (n, size, size, 1)."""
    return np.stack([square_input(films.pictures[row].astype(np.float32) / 255.0, size) for row in rows])


def read_reference(data: Path, names: list[str]) -> Values:
    """The published network's probabilities, shape (n, 14); NaN where there are none."""
    import pandas as pd

    columns = [f"prob_{label}" for label in LABELS]
    parts = [
        pd.read_csv(data / path, usecols=["image_index", *columns])
        for path in (
            f"{ENRICHED}/reference_predictions_fold.csv.gz",
            f"{ENRICHED}/reference_predictions.csv",
            f"{PNEUMONIA}/reference_predictions.csv",
        )
        if (data / path).exists()
    ]
    if not parts:
        return np.full((len(names), len(LABELS)), np.nan, dtype=np.float32)
    known = pd.concat(parts).drop_duplicates("image_index").set_index("image_index")
    found: Values = known.reindex(names)[columns].to_numpy(np.float32)
    return found


def _grey(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))
