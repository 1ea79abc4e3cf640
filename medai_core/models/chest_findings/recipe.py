"""How `chest_findings` was trained: anyone with the data can repeat it.

``python -m medai_core train chest_findings --data DIR`` where DIR holds the folders named in `films`.

1. Pre-training from ImageNet weights, on small films of other patients and on children's films.
2. One network a fold, started from there and trained on the films of the other folds: their answers to
   the films that they never saw are the out-of-fold results.
3. The served network: started from the mean of the fold networks, trained on all films, its targets the
   labels blended with the out-of-fold answers.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.learning import metrics
from medai_core.learning.augment import Strength
from medai_core.learning.export import export
from medai_core.learning.fitting import Batch, MakeBatch, Stage, fit
from medai_core.learning.networks import efficientnet_lite0_classifier, fold, load_imagenet
from medai_core.models.chest_findings import evaluation
from medai_core.models.chest_findings.facts import SIZE
from medai_core.models.chest_findings.films import (
    CHILDREN_LABELS,
    ENRICHED,
    FOLDS,
    IMAGENET,
    LABELS,
    NATURAL,
    PNEUMONIA,
    SMALL,
    Films,
    augmented,
    film_weights,
    inputs,
    read_children,
    read_films,
    require,
)
from medai_core.models.chest_findings.freezing import freeze

SEED: Final = 23
BATCH_SIZE: Final = 48
CHILDREN_SHARE: Final = 0.3
"""Part of each batch of the pre-training that is films of children."""

REFERENCE_SHARE: Final = 0.5
"""How much the published network's probability counts in a target, where it never saw the film."""

TEACHER_SHARE: Final = 0.5
"""How much the out-of-fold answer counts in a target of the served network."""

MIXUP_ALPHA: Final = 0.2
MIXUP_SHARE: Final = 0.3
UNKNOWN: Final = -1.0

CHANGES: Final = Strength(
    zoom_in=1.25,
    zoom_out=1.06,
    stretch=0.16,
    aspect=None,
    degrees=7.0,
    blur=0.12,
    sharpen=0.12,
    recompress=0.2,
    shrink=0.15,
    noise=0.15,
    erase=0.2,
    tone=0.6,
    blur_sigma=0.9,
    shrink_to=0.5,
    local_contrast=False,
)

PRETRAINING: Final = Stage(
    "pretraining", size=SIZE, epochs=3, steps=110, rate=1e-3, average=0.99, drop_path=0.05, exclusive=False
)
FOLD_STAGE: Final = Stage(
    "fold", size=SIZE, epochs=6, steps=120, rate=4e-4, average=0.995, drop_path=0.1, exclusive=False
)
SERVED_STAGE: Final = Stage(
    "served", size=SIZE, epochs=6, steps=180, rate=3e-4, average=0.997, drop_path=0.1, exclusive=False
)

Weights = list[NDArray[np.float32]]
Say = Callable[[str], None]


def network(*, dtype: str | None = None, labels: int = len(LABELS)) -> Any:
    """The network as it is served: no dropout, batch normalisation in the kernels, the denser map."""
    return efficientnet_lite0_classifier(
        SIZE, labels, dropout=0.0, dtype=dtype, folded=True, activation="sigmoid", dense=True
    )


def build_pretraining(stage: Stage) -> Any:
    """The network of the pre-training: batches are normalised, two more labels for the children's films."""
    labels = len(LABELS) + len(CHILDREN_LABELS)
    model = efficientnet_lite0_classifier(
        stage.size, labels, dropout=stage.dropout, drop_path=stage.drop_path, fused=True, activation="sigmoid"
    )
    return _with_fixed_wide_kernels(model)


def build(stage: Stage) -> Any:
    """The network of the other stages: batch normalisation stays as the pre-training left it."""
    model = efficientnet_lite0_classifier(
        stage.size,
        len(LABELS),
        dropout=stage.dropout,
        drop_path=stage.drop_path,
        folded=True,
        activation="sigmoid",
    )
    return _with_fixed_wide_kernels(model)


def _with_fixed_wide_kernels(model: Any) -> Any:
    """The 5 x 5 depthwise kernels stay as ImageNet made them: 1 % of the weights, half of a step's time."""
    for layer in model.layers:
        if layer.name.endswith("depthwise_conv") and layer.kernel_size == (5, 5):
            layer.trainable = False
    return model


def pretrain(data: Path, work: Path, *, say: Say = print) -> Weights:
    """Weights of `network` after the pre-training."""
    require(data, IMAGENET)
    films = read_films(data, ENRICHED, PNEUMONIA, SMALL, adults=False)
    kept = ~np.isin(films.patient, films.patient[films.source != SMALL])
    rows = np.flatnonzero(kept & (films.source == SMALL))
    children, children_truth = read_children(data)
    say(f"pre-training: {len(rows)} small films, {len(children)} films of children")
    start = build_pretraining(PRETRAINING)
    load_imagenet(start, data / IMAGENET)
    targets = np.full((len(rows) + len(children), len(LABELS) + len(CHILDREN_LABELS)), UNKNOWN, np.float32)
    targets[: len(rows), : len(LABELS)] = blended(films.truth[rows], films.reference[rows], REFERENCE_SHARE)
    targets[len(rows) :, len(LABELS) :] = children_truth
    weight = np.concatenate(
        [
            film_weights(films, rows) * (1 - CHILDREN_SHARE),
            np.full(len(children), CHILDREN_SHARE / len(children)),
        ]
    )
    pictures = [*(films.pictures[row] for row in rows), *children]
    make = batches(pictures, targets, weight, seed=SEED)
    trained = fit(
        PRETRAINING, build_pretraining, start.get_weights(), make, work, report=lambda line, _: say(line)
    )
    model = efficientnet_lite0_classifier(
        SIZE, len(LABELS) + len(CHILDREN_LABELS), dropout=0.0, activation="sigmoid"
    )
    model.set_weights(trained)
    folded = network(labels=len(LABELS) + len(CHILDREN_LABELS))
    fold(model, folded)
    *body, kernel, bias = folded.get_weights()
    return [*body, kernel[..., : len(LABELS)], bias[: len(LABELS)]]


def train_folds(films: Films, start: Weights, work: Path, *, say: Say = print) -> tuple[list[Weights], Any]:
    """Weights of one network a fold, and all films' out-of-fold logits, shape (n, 14)."""
    targets = blended(films.truth, films.reference, REFERENCE_SHARE)
    logits = np.zeros(films.truth.shape, dtype=np.float32)
    weights = []
    for number in range(FOLDS):
        rows = np.flatnonzero(films.fold != number)
        make = batches(
            [films.pictures[row] for row in rows],
            targets[rows],
            film_weights(films, rows),
            seed=SEED + 1 + number,
        )
        folder = work / f"fold{number}"
        folder.mkdir(parents=True, exist_ok=True)
        held = np.flatnonzero(films.fold == number)
        report = reporter(films, held[::3], say)
        weights.append(fit(FOLD_STAGE, build, start, make, folder, report=report))
        logits[held] = answers(weights[-1], films, held)
        say(f"fold {number}: {summary(films, held, logits[held])}")
    return weights, logits


def train_served(films: Films, start: Weights, teacher: Any, work: Path, *, say: Say = print) -> Weights:
    """Weights of the served network; `teacher` are the out-of-fold logits."""
    targets = blended(films.truth, films.reference, REFERENCE_SHARE)
    targets = blended(targets, 1.0 / (1.0 + np.exp(-teacher)), TEACHER_SHARE)
    rows = np.arange(len(films.names))
    make = batches(list(films.pictures), targets, film_weights(films, rows), seed=SEED + 9)
    return fit(SERVED_STAGE, build, start, make, work, report=lambda line, _: say(line))


def train(data: Path, work: Path, out: Path, *, say: Say = print) -> None:
    """Run all stages, resuming where `work` holds checkpoints; then write the model's files into `out`."""
    work.mkdir(parents=True, exist_ok=True)
    start = pretrain(data, work, say=say)
    films = read_films(data, ENRICHED, PNEUMONIA, NATURAL)
    say(f"{len(films.names)} films of {len(np.unique(films.patient))} adults")
    weights, logits = train_folds(films, start, work, say=say)
    np.savez(work / "oof.npz", logits=logits)
    mean: Weights = [
        np.asarray(np.mean(same, axis=0), dtype=np.float32) for same in zip(*weights, strict=True)
    ]
    served = train_served(films, mean, logits, work, say=say)
    finish(data, films, weights, logits, served, out, say=say)


def finish(
    data: Path,
    films: Films,
    folds: list[Weights],
    logits: NDArray[np.float32],
    served: Weights,
    out: Path,
    *,
    say: Say = print,
) -> None:
    """Write the model's folder: `served` weights, and what the fold networks and their out-of-fold logits,
    shape (n, 14), freeze and measure."""
    model = network()
    model.set_weights(served)
    export(model, out, exclusive=False)
    networks = []
    for weights in folds:
        networks.append(network())
        networks[-1].set_weights(weights)

    def fold_maps(number: int, images: NDArray[np.float32]) -> NDArray[np.float32]:
        maps: NDArray[np.float32] = networks[number].predict(images, batch_size=64, verbose=0)[1]
        return maps

    freeze(data, films, logits, fold_maps, out, say=say)
    evaluation.measure(data, out, say=say)


def evaluate(data: Path, out: Path, *, say: Say = print) -> Path:
    """Measure the model in `out` again and write its card."""
    return evaluation.measure(data, out, say=say)


def blended(labels: Any, other: Any, share: float) -> NDArray[np.float32]:
    """`labels` with `share` of `other` where that is known (not NaN)."""
    mixed: NDArray[np.float32] = np.where(
        np.isnan(other), labels, (1 - share) * labels + share * other
    ).astype(np.float32)
    return mixed


def batches(
    pictures: list[NDArray[np.uint8]], targets: NDArray[np.float32], weight: NDArray[np.float64], *, seed: int
) -> MakeBatch:
    """What `fit` asks for: the same batch for the same epoch and number."""

    def make(epoch: int, number: int) -> Batch:
        generator = np.random.default_rng((seed, epoch, number))
        drawn = generator.choice(len(pictures), BATCH_SIZE, p=weight)
        images = np.stack([augmented(pictures[row], SIZE, CHANGES, generator) for row in drawn])
        wanted = targets[drawn]
        if generator.random() < MIXUP_SHARE:
            part = np.float32(generator.beta(MIXUP_ALPHA, MIXUP_ALPHA))
            images = part * images + (1 - part) * images[::-1]
            both = (wanted >= 0) & (wanted[::-1] >= 0)
            wanted = np.where(both, part * wanted + (1 - part) * wanted[::-1], UNKNOWN).astype(np.float32)
        return images, wanted

    return make


def answers(weights: Weights, films: Films, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Logits of films as they are served, shape (n, 14)."""
    model = network()
    model.set_weights(weights)
    parts = [
        model.predict(inputs(films, part, SIZE), batch_size=64, verbose=0)[1].mean(axis=(1, 2))
        for part in np.array_split(rows, max(1, len(rows) // 512))
    ]
    return np.concatenate(parts)


def reporter(films: Films, rows: NDArray[np.int64], say: Say) -> Callable[[str, Weights], None]:
    """Prints how the averaged weights do on `rows`."""

    def report(line: str, weights: Weights) -> None:
        say(f"{line}; {summary(films, rows, answers(weights, films, rows))}")

    return report


def summary(films: Films, rows: NDArray[np.int64], logits: NDArray[np.float32]) -> str:
    """Mean AUROC over findings with at least 8 positive patients, by source."""
    said = []
    for source in np.unique(films.source[rows]):
        here = films.source[rows] == source
        scores = [
            metrics.auroc(films.truth[rows][here, column], logits[here, column].astype(np.float64))
            for column in range(len(LABELS))
            if len(np.unique(films.patient[rows][here & (films.truth[rows][:, column] > 0)])) >= 8
        ]
        if scores:
            said.append(f"{source} AUROC {np.nanmean(scores):.4f} over {len(scores)}")
    return ", ".join(said)
