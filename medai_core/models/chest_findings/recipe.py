"""How `chest_findings` was trained: anyone with the data can repeat it.

``python -m medai_core train chest_findings --data DIR`` where DIR holds the folders named in `films`.

1. Pre-training from ImageNet weights, on small films of other patients and on children's films.
2. One network a fold, started from there and trained on the films of the other folds, then again with the
   small films among them: their answers to the films that they never saw are the out-of-fold results.
3. The served network: started from the first fold's and trained on all films, its targets the labels
   blended with the out-of-fold answers.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.learning import metrics
from medai_core.learning.augment import Strength
from medai_core.learning.export import export
from medai_core.learning.fitting import Batch, MakeBatch, Stage, fit
from medai_core.learning.networks import (
    efficientnet_lite0_classifier,
    fold,
    load_imagenet,
)
from medai_core.models.chest_findings import evaluation
from medai_core.models.chest_findings.facts import ENLARGED, SIZE
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

SMALL_SHARE: Final = 0.3
"""Part of a batch that is small films, once they are among the others."""

FIXED_BLOCKS: Final = 3
"""How many blocks, from the stem on, stay as they are once the first stage of a fold is done."""

LABEL_WEIGHTS: Final = (0.5, 2.0)
"""Least and most that a label counts in the later stages; between them, the root of its rarity."""

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
WIDER_STAGE: Final = Stage(
    "wider",
    size=SIZE,
    epochs=10,
    steps=150,
    rate=4e-4,
    weight_decay=0.05,
    average=0.998,
    drop_path=0.15,
    exclusive=False,
)
SERVED_STAGE: Final = replace(WIDER_STAGE, name="served", epochs=7, rate=3e-4)

Weights = list[NDArray[np.float32]]
Say = Callable[[str], None]


def network(*, dtype: str | None = None) -> Any:
    """The network as it is served: no dropout, batch normalisation in the kernels, the denser map of the
    enlarged film and of its mirror image."""
    return efficientnet_lite0_classifier(
        SIZE,
        len(LABELS),
        dropout=0.0,
        dtype=dtype,
        folded=True,
        activation="sigmoid",
        dense=True,
        enlarged=ENLARGED,
        mirrored=True,
    )


def filled(weights: Weights) -> Any:
    """`network` with weights."""
    model = network()
    model.set_weights(weights)
    return model


def build_pretraining(stage: Stage) -> Any:
    """The network of the pre-training: batches are normalised, two more labels for the children's films."""
    labels = len(LABELS) + len(CHILDREN_LABELS)
    model = efficientnet_lite0_classifier(
        stage.size, labels, dropout=stage.dropout, drop_path=stage.drop_path, fused=True, activation="sigmoid"
    )
    return _with_fixed_wide_kernels(model)


def build(stage: Stage, *, fixed_blocks: int = 0) -> Any:
    """The network of the other stages: batch normalisation stays as the pre-training left it, and so do the
    first `fixed_blocks`."""
    model = efficientnet_lite0_classifier(
        stage.size,
        len(LABELS),
        dropout=stage.dropout,
        drop_path=stage.drop_path,
        folded=True,
        activation="sigmoid",
    )
    if fixed_blocks:
        for layer in takewhile(lambda one: not one.name.startswith(f"blocks_{fixed_blocks}_"), model.layers):
            layer.trainable = False
    return _with_fixed_wide_kernels(model)


LATER_NETWORK: Final = partial(build, fixed_blocks=FIXED_BLOCKS)


def _with_fixed_wide_kernels(model: Any) -> Any:
    """The 5 x 5 depthwise kernels stay as ImageNet made them: 1 % of the weights, half of a step's time."""
    for layer in model.layers:
        if layer.name.endswith("depthwise_conv") and layer.kernel_size == (5, 5):
            layer.trainable = False
    return model


def pretrain(data: Path, work: Path, *, say: Say = print) -> Weights:
    """Weights of `network` after the pre-training."""
    require(data, IMAGENET)
    films, rows = read_small(data)
    children, children_truth = read_children(data)
    say(f"pre-training: {len(rows)} small films, {len(children)} films of children")
    start = build_pretraining(PRETRAINING)
    load_imagenet(start, data / IMAGENET)
    targets = np.full((len(rows) + len(children), len(LABELS) + len(CHILDREN_LABELS)), UNKNOWN, np.float32)
    targets[: len(rows), : len(LABELS)] = blended(films.truth[rows], films.reference[rows], REFERENCE_SHARE)
    targets[len(rows) :, len(LABELS) :] = children_truth
    small = Pool([films.pictures[row] for row in rows], targets[: len(rows)], film_weights(films, rows))
    young = Pool(children, targets[len(rows) :], np.full(len(children), 1.0 / len(children)))
    make = batches(small.with_share(young, CHILDREN_SHARE), seed=SEED)
    trained = fit(PRETRAINING, build_pretraining, start.get_weights(), make, work, report=told(say))
    model = efficientnet_lite0_classifier(
        SIZE, len(LABELS) + len(CHILDREN_LABELS), dropout=0.0, activation="sigmoid"
    )
    model.set_weights(trained)
    folded = efficientnet_lite0_classifier(
        SIZE, len(LABELS) + len(CHILDREN_LABELS), dropout=0.0, folded=True, activation="sigmoid"
    )
    fold(model, folded)
    *body, kernel, bias = folded.get_weights()
    return [*body, kernel[..., : len(LABELS)], bias[: len(LABELS)]]


def read_small(data: Path) -> tuple[Films, NDArray[np.int64]]:
    """Films, and the rows of them that are small and of no patient of the other sets."""
    films = read_films(data, ENRICHED, PNEUMONIA, SMALL, adults=False)
    others = films.patient[films.source != SMALL]
    return films, np.flatnonzero((films.source == SMALL) & ~np.isin(films.patient, others))


def label_weights(films: Films) -> NDArray[np.float32]:
    """How much each label counts: the root of its rarity among the natural films' patients."""
    natural = films.source == NATURAL
    patients = [
        len(np.unique(films.patient[natural & (films.truth[:, column] > 0)])) for column in range(len(LABELS))
    ]
    rarity = 1.0 / np.sqrt(np.maximum(patients, 1))
    weights: NDArray[np.float32] = np.clip(rarity / np.median(rarity), *LABEL_WEIGHTS).astype(np.float32)
    return weights


def train_folds(
    films: Films, small: "Pool", start: Weights, work: Path, *, say: Say = print
) -> tuple[list[Weights], NDArray[np.float32]]:
    """Weights of one network a fold, and all films' out-of-fold logits, shape (n, 14)."""
    targets = blended(films.truth, films.reference, REFERENCE_SHARE)
    logits = np.zeros(films.truth.shape, dtype=np.float32)
    weights = []
    for number in range(FOLDS):
        rows = np.flatnonzero(films.fold != number)
        own = Pool([films.pictures[row] for row in rows], targets[rows], film_weights(films, rows))
        folder, seed = work / f"fold{number}", SEED + 1 + number
        folder.mkdir(parents=True, exist_ok=True)
        first = fit(FOLD_STAGE, build, start, batches(own, seed=seed), folder, report=told(say))
        trained = fit(
            WIDER_STAGE,
            LATER_NETWORK,
            first,
            batches(own.with_share(small, SMALL_SHARE), seed=seed),
            folder,
            report=told(say),
            label_weights=label_weights(films),
        )
        weights.append(trained)
        held = np.flatnonzero(films.fold == number)
        logits[held] = answers(filled(trained), films, held)
        say(f"fold {number}: {summary(films, held, logits[held])}")
    return weights, logits


def train_served(
    films: Films, small: "Pool", start: Weights, teacher: Any, work: Path, *, say: Say = print
) -> Weights:
    """Weights of the served network; `teacher` are the out-of-fold logits."""
    targets = blended(films.truth, films.reference, REFERENCE_SHARE)
    targets = blended(targets, 1.0 / (1.0 + np.exp(-teacher)), TEACHER_SHARE)
    rows = np.arange(len(films.names))
    pool = Pool(list(films.pictures), targets, film_weights(films, rows)).with_share(small, SMALL_SHARE)
    make = batches(pool, seed=SEED + 9)
    return fit(
        SERVED_STAGE, LATER_NETWORK, start, make, work, report=told(say), label_weights=label_weights(films)
    )


def train(data: Path, work: Path, out: Path, *, say: Say = print) -> None:
    """Run all stages, resuming where `work` holds checkpoints; then write the model's files into `out`."""
    work.mkdir(parents=True, exist_ok=True)
    start = pretrain(data, work, say=say)
    films = read_films(data, ENRICHED, PNEUMONIA, NATURAL)
    say(f"{len(films.names)} films of {len(np.unique(films.patient))} adults")
    others, rows = read_small(data)
    small = Pool(
        [others.pictures[row] for row in rows],
        blended(others.truth[rows], others.reference[rows], REFERENCE_SHARE),
        film_weights(others, rows),
    )
    folds, logits = train_folds(films, small, start, work, say=say)
    served = train_served(films, small, folds[0], logits, work, say=say)
    finish(data, films, folds, logits, served, out, say=say)


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
    """Write the model's folder: the `served` weights, and what the fold networks and their out-of-fold
    logits, shape (n, 14), freeze and measure."""
    export(filled(served), out, exclusive=False)
    networks = [filled(weights) for weights in folds]

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


@dataclass(frozen=True, slots=True)
class Pool:
    """What batches are drawn from: pictures, their target probabilities, shape (n, labels), and how often
    each is drawn, summing to 1."""

    pictures: list[NDArray[np.uint8]]
    targets: NDArray[np.float32]
    weight: NDArray[np.float64]

    def with_share(self, other: "Pool", share: float) -> "Pool":
        """Both together, `other` making up `share` (0..1) of what is drawn."""
        return Pool(
            self.pictures + other.pictures,
            np.concatenate([self.targets, other.targets]),
            np.concatenate([self.weight * (1.0 - share), other.weight * share]),
        )


def batches(pool: Pool, *, seed: int) -> MakeBatch:
    """What `fit` asks for: the same batch for the same epoch and number."""

    def make(epoch: int, number: int) -> Batch:
        generator = np.random.default_rng((seed, epoch, number))
        drawn = generator.choice(len(pool.pictures), BATCH_SIZE, p=pool.weight)
        images = np.stack([augmented(pool.pictures[row], SIZE, CHANGES, generator) for row in drawn])
        wanted = pool.targets[drawn]
        if generator.random() < MIXUP_SHARE:
            part = np.float32(generator.beta(MIXUP_ALPHA, MIXUP_ALPHA))
            images = part * images + (1 - part) * images[::-1]
            both = (wanted >= 0) & (wanted[::-1] >= 0)
            wanted = np.where(both, part * wanted + (1 - part) * wanted[::-1], UNKNOWN).astype(np.float32)
        return images, wanted

    return make


def answers(model: Any, films: Films, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Logits of films as they are served, shape (n, 14)."""
    parts = [
        model.predict(inputs(films, part, SIZE), batch_size=64, verbose=0)[1].mean(axis=(1, 2))
        for part in np.array_split(rows, max(1, len(rows) // 512))
    ]
    return np.concatenate(parts)


def told(say: Say) -> Callable[[str, Weights], None]:
    """What `fit` reports to: says the line."""
    return lambda line, _: say(line)


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
