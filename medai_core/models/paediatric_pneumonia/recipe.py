"""How `paediatric_pneumonia` was trained: anyone with the data can repeat it.

``python -m medai_core train paediatric_pneumonia --data DIR`` where DIR holds the folders named in
`FILMS`, `ASPECT` and `IMAGENET`. The official test images are not among them and are never read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from medai_core.domain.refusal import Refusal
from medai_core.imaging.preprocess import square_input
from medai_core.learning import metrics
from medai_core.learning.augment import MILD, STRONG, Strength, augmented_input
from medai_core.learning.fitting import Batch, Stage, fit
from medai_core.learning.networks import efficientnet_lite0_classifier, load_imagenet
from medai_core.learning.splits import grouped_holdout, joined_groups, ordered_holdout

NAME: Final = "paediatric_pneumonia"
CLASSES: Final = ("normal", "bacterial", "viral")
FILMS: Final = "cxr_kermany"
ASPECT: Final = "cxr_kermany_aspect"
IMAGENET: Final = "weights_efficientnet_lite0/efficientnet_lite0_imagenet_fp16.npz"

DEMO_FILMS: Final = {"normal": "NORMAL2-IM-1334-0001.jpeg", "pneumonia": "person1687_bacteria_4468.jpeg"}
"""Films shown in the demo. Their patients take part in no training and no validation."""

SIZE: Final = 192
SEED: Final = 7
BATCH_SIZE: Final = 32
CLASS_SHARES: Final = {"normal": 0.4, "bacterial": 0.3, "viral": 0.3}
"""How often each class is drawn; scores are calibrated back to the prevalence of the training set."""

SMOOTHING: Final = 0.05
MIXUP_ALPHA: Final = 0.2
MIXUP_SHARE: Final = 0.5
ORDERED_FRACTION: Final = 0.09
RANDOM_FRACTION: Final = 0.09

STAGES: Final = (
    (Stage("strong", size=160, epochs=8, steps=128, rate=7e-4), STRONG),
    (Stage("mild", size=SIZE, epochs=3, steps=128, rate=1.5e-4, warmup=20), MILD),
)


@dataclass(frozen=True, slots=True)
class Films:
    """The films in memory and how they are divided.

    `pictures[i]` is an 8-bit grey image, squeezed to 224 x 224; `larger[i]` the same film in its own
    aspect where that is known. `part` is "train", "ordered", "random" or "demo".
    """

    files: tuple[str, ...]
    pictures: tuple[NDArray[np.uint8], ...]
    larger: dict[int, NDArray[np.uint8]]
    label: NDArray[np.int64]
    patient: NDArray[np.int64]
    part: NDArray[np.str_]
    aspect: NDArray[np.float64]
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
    return Films(
        files=tuple(table["file"]),
        pictures=tuple(_grey(path) for path in paths),
        larger={
            row: _grey(data / ASPECT / "images" / file)
            for row, file in enumerate(table["file"])
            if file in have_larger
        },
        label=np.array([CLASSES.index(one) for one in table["label"]], dtype=np.int64),
        patient=groups,
        part=divide(table["file"].tolist(), table["patient"].tolist(), table["label"].tolist(), groups),
        aspect=width / height,
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
    held = grouped_holdout(groups[free], [kind[row] for row in free], fraction=RANDOM_FRACTION, seed=SEED)
    part[free[held]] = "random"
    return part


def _grey(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


def build(stage: Stage) -> Any:
    """The network of one stage, ready to train."""
    return efficientnet_lite0_classifier(
        stage.size, len(CLASSES), dropout=stage.dropout, drop_path=stage.drop_path, fused=True
    )


def train(data: Path, out: Path, *, say: Callable[[str], None] = print) -> Path:
    """Run all stages, resuming where `out` holds checkpoints; gives the file of the last averaged weights."""
    films = read_films(data)
    counts = {part: int((films.part == part).sum()) for part in np.unique(films.part)}
    say(f"{len(films.files)} films: {counts}")
    out.mkdir(parents=True, exist_ok=True)
    weights: list[NDArray[np.float32]] | None = None
    for number, (stage, strength) in enumerate(STAGES):
        if weights is None:
            first = build(stage)
            load_imagenet(first, data / IMAGENET)
            weights = first.get_weights()
        weights = fit(
            stage,
            build,
            weights,
            batches(films, stage, strength, seed=SEED + number),
            out,
            report=_reporter(films, stage, say),
        )
    return out / f"{STAGES[-1][0].name}.npz"


def batches(films: Films, stage: Stage, strength: Strength, *, seed: int) -> Callable[[int, int], Batch]:
    """What `fit` asks for: the same batch for the same epoch and number."""
    rows = films.rows("train")
    share = np.array([CLASS_SHARES[name] for name in CLASSES])
    label = films.label[rows]
    # films of one patient share a weight that grows with the root of their number
    per_patient = np.bincount(films.patient)[films.patient[rows]]
    weight = 1.0 / np.sqrt(per_patient)
    for number in range(len(CLASSES)):
        weight[label == number] *= share[number] / weight[label == number].sum()
    weight /= weight.sum()
    identity = np.eye(len(CLASSES), dtype=np.float32)
    targets_of = identity * (1 - SMOOTHING) + SMOOTHING / len(CLASSES)

    def make(epoch: int, number: int) -> Batch:
        generator = np.random.default_rng((seed, epoch, number))
        drawn = rows[generator.choice(len(rows), BATCH_SIZE, p=weight)]
        images = np.stack([_augmented(films, row, stage.size, strength, generator) for row in drawn])
        targets = targets_of[films.label[drawn]]
        if generator.random() < MIXUP_SHARE:
            part = np.float32(generator.beta(MIXUP_ALPHA, MIXUP_ALPHA))
            images = part * images + (1 - part) * images[::-1]
            targets = part * targets + (1 - part) * targets[::-1]
        return images, targets.astype(np.float32)

    return make


def _augmented(
    films: Films, row: int, size: int, strength: Strength, generator: np.random.Generator
) -> NDArray[np.float32]:
    """A random version of one film; the larger copy, where there is one, every second time."""
    pixels = films.pictures[row]
    if row in films.larger and generator.random() < 0.5:
        pixels = films.larger[row]
    return augmented_input(Image.fromarray(pixels), size, strength, generator)


def inputs(films: Films, rows: NDArray[np.int64], size: int) -> NDArray[np.float32]:
    """Model inputs of films as they are served, shape (n, size, size, 1)."""
    grey = (films.pictures[row].astype(np.float32) / 255.0 for row in rows)
    return np.stack([square_input(one, size) for one in grey])


def _reporter(
    films: Films, stage: Stage, say: Callable[[str], None]
) -> Callable[[str, list[NDArray[np.float32]]], None]:
    """Prints how the averaged weights do on the two held-out parts."""
    model = efficientnet_lite0_classifier(stage.size, len(CLASSES), dropout=0.0)
    parts = {part: films.rows(part) for part in ("ordered", "random")}
    prepared = {part: inputs(films, rows, stage.size) for part, rows in parts.items()}

    def report(line: str, weights: list[NDArray[np.float32]]) -> None:
        model.set_weights(weights)
        for part, rows in parts.items():
            probabilities = model.predict(prepared[part], batch_size=64, verbose=0)[0]
            truth = (films.label[rows] > 0).astype(np.float64)
            score = 1.0 - probabilities[:, 0].astype(np.float64)
            at_sensitivity = np.quantile(score[truth > 0.5], 0.03)
            line += (
                f"; {part}: AUROC {metrics.auroc(truth, score):.4f}, "
                f"at 0.5 sens {metrics.sensitivity(truth, score >= 0.5):.3f} "
                f"spec {metrics.specificity(truth, score >= 0.5):.3f}, "
                f"spec at sens .97 {metrics.specificity(truth, score >= at_sensitivity):.3f}"
            )
        say(line)

    return report
