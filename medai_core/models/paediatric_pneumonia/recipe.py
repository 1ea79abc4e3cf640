"""How `paediatric_pneumonia` was trained: anyone with the data can repeat it.

``python -m medai_core train paediatric_pneumonia --data DIR`` where DIR holds the folders named in
`films`. The official test images are not among them and are never read.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.learning import metrics
from medai_core.learning.augment import STRONG, WIDE, Strength
from medai_core.learning.export import export as write_files
from medai_core.learning.fitting import Batch, Stage, fit
from medai_core.learning.networks import efficientnet_lite0_classifier, fold, load_imagenet
from medai_core.models.paediatric_pneumonia import evaluation
from medai_core.models.paediatric_pneumonia.facts import SIZE
from medai_core.models.paediatric_pneumonia.films import (
    CLASSES,
    IMAGENET,
    Films,
    augmented,
    inputs,
    read_films,
)

SEED: Final = 7
BATCH_SIZE: Final = 32
CLASS_SHARES: Final = {"normal": 0.4, "bacterial": 0.3, "viral": 0.3}
"""How often each class is drawn; scores are calibrated back to the prevalence of the training set."""

SMOOTHING: Final = 0.05
MIXUP_ALPHA: Final = 0.2
MIXUP_SHARE: Final = 0.5

STAGES: Final = (
    (Stage("strong", size=160, epochs=8, steps=128, rate=7e-4), STRONG),
    (Stage("wide", size=SIZE, epochs=10, steps=128, rate=5e-4, average=0.997), WIDE),
)

BLEND: Final = (0.25, 0.75)
"""Parts of the stages' averaged weights in the served ones: a little of the first stage keeps accuracy on
films as they are, most of the second keeps it on changed ones (Wortsman et al., CVPR 2022)."""


def network(*, dtype: str | None = None) -> Any:
    """The network as it is served: input of `SIZE`, no dropout, batch normalisation in the kernels."""
    return efficientnet_lite0_classifier(SIZE, len(CLASSES), dropout=0.0, dtype=dtype, folded=True)


def build(stage: Stage) -> Any:
    """The network of one stage, ready to train."""
    return efficientnet_lite0_classifier(
        stage.size, len(CLASSES), dropout=stage.dropout, drop_path=stage.drop_path, fused=True
    )


def train(data: Path, work: Path, out: Path, *, say: Callable[[str], None] = print) -> None:
    """Run all stages, resuming where `work` holds checkpoints; then write the model's files into `out`.

    Operating points and calibration are frozen at the end, on films that no stage has seen.
    """
    films = read_films(data)
    counts = {str(part): int((films.part == part).sum()) for part in np.unique(films.part)}
    say(f"{len(films.files)} films: {counts}")
    work.mkdir(parents=True, exist_ok=True)
    first = build(STAGES[0][0])
    load_imagenet(first, data / IMAGENET)
    weights, stages = first.get_weights(), []
    for number, (stage, strength) in enumerate(STAGES):
        make_batch = batches(films, stage, strength, seed=SEED + number)
        weights = fit(stage, build, weights, make_batch, work, report=_reporter(films, stage, say))
        stages.append(weights)
    export(blended(stages), out)
    evaluation.freeze(films, out, say=say)
    evaluation.measure(films, out, say=say)


def blended(stages: list[list[NDArray[np.float32]]]) -> list[NDArray[np.float32]]:
    """The stages' weights, averaged in the parts of `BLEND`."""
    return [
        np.sum([part * one for part, one in zip(BLEND, same, strict=True)], axis=0, dtype=np.float32)
        for same in zip(*stages, strict=True)
    ]


def export(weights: list[NDArray[np.float32]], out: Path) -> None:
    """Write Keras weights, the served file and the golden outputs into the model's folder."""
    trained = efficientnet_lite0_classifier(SIZE, len(CLASSES), dropout=0.0)
    trained.set_weights(weights)
    model = network()
    fold(trained, model)
    write_files(model, out, exclusive=True)


def evaluate(data: Path, out: Path, *, say: Callable[[str], None] = print) -> Path:
    """Measure the model in `out` again on the held-out films and write its card."""
    return evaluation.measure(read_films(data), out, say=say)


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
        images = np.stack([augmented(films, row, stage.size, strength, generator) for row in drawn])
        targets = targets_of[films.label[drawn]]
        if generator.random() < MIXUP_SHARE:
            part = np.float32(generator.beta(MIXUP_ALPHA, MIXUP_ALPHA))
            images = part * images + (1 - part) * images[::-1]
            targets = part * targets + (1 - part) * targets[::-1]
        return images, targets.astype(np.float32)

    return make


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
