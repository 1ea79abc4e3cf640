"""What is chosen once, after training: calibration, operating points, the points of the pointing game, all on
films that the answering network had not seen; and the heat map's scale."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.learning.augment import PERTURBED
from medai_core.learning.calibration import REPLICATES, SeparateCalibration, fit_separate
from medai_core.learning.cards import CALIBRATION_FILE, Say, as_text, short
from medai_core.learning.served import served_outputs
from medai_core.learning.weights import SERVED_FILE
from medai_core.models.chest_findings import outoffold, pointing
from medai_core.models.chest_findings.facts import SIZE
from medai_core.models.chest_findings.films import (
    ADULT_YEARS,
    FOLDS,
    LABELS,
    NATURAL,
    Films,
    augmented,
    inputs,
    read_films,
)

SPECIFICITY: Final = 0.90
"""Operating points: one false alarm in ten films without the finding, for every finding alike."""

SEED: Final = 41
SHIFT_FILMS: Final = 600
SHIFT_COPIES: Final = 2
SCALE_FILMS: Final = 600
HEAT_MAP_QUANTILE: Final = 0.99

Values = NDArray[np.float64]
Images = NDArray[np.float32]
FoldMaps = Callable[[int, Images], Images]
"""(fold, inputs (n, size, size, 1)) -> activation maps (n, rows, columns, 14) of the network that was
trained on the other folds."""


def freeze(
    data: Path,
    films: Films,
    logits: NDArray[np.floating[Any]],
    fold_maps: FoldMaps,
    folder: Path,
    *,
    say: Say = print,
) -> None:
    """Choose on `films` what the model in `folder` is served with, and write it down beside its weights.

    Parameters
    ----------
    data : Path
        The public data: boxes, and films of the young that no network has seen.
    logits : array, shape (n, 14)
        The out-of-fold logits of `films`.
    fold_maps : callable
        Runs a fold's network.
    """
    folder.mkdir(parents=True, exist_ok=True)
    levels = outoffold.levels(films, logits)
    logits = levels.applied(films, logits)
    table = outoffold.calibrated(films, logits)
    outoffold.write(table, folder)
    table = outoffold.read(folder)
    thresholds = _thresholds(table)
    natural = films.source == NATURAL
    served = fit_separate(
        LABELS,
        logits[natural],
        films.truth[natural],
        films.patient[natural],
        _shifts(films, fold_maps, levels),
        seed=outoffold.CALIBRATION_SEED,
        replicates=REPLICATES,
    )
    transfer = _transfer(data, films, fold_maps, levels, folder)
    frozen = {
        **transfer.applied(served).as_dict(),
        "thresholds": thresholds,
        "heat_map": _heat_map(films, folder),
        "transfer": transfer.as_dict(),
        "points": _points(data, films, fold_maps),
    }
    (folder / CALIBRATION_FILE).write_text(as_text(frozen), encoding="utf-8")
    say(f"operating points: {thresholds}")


def _thresholds(table: outoffold.OutOfFold) -> dict[str, float]:
    """The highest tenth of the natural films without the finding lies at or above it."""
    natural = table.natural
    return {
        label: short(float(np.quantile(natural.answer[natural.truth[:, column] < 0.5, column], SPECIFICITY)))
        for column, label in enumerate(LABELS)
    }


def _shifts(films: Films, fold_maps: FoldMaps, levels: outoffold.Levels) -> Values:
    """How far random changes of a film move the logits of the network that has not seen it."""
    generator = np.random.default_rng(SEED)
    shifts = []
    for number in range(FOLDS):
        rows = np.flatnonzero((films.fold == number) & (films.source == NATURAL))
        rows = generator.choice(rows, min(len(rows), SHIFT_FILMS // FOLDS), replace=False)
        clean = levels.of(number, _logits(fold_maps(number, inputs(films, rows, SIZE))))
        for _ in range(SHIFT_COPIES):
            changed = [augmented(films.pictures[row], SIZE, PERTURBED, generator) for row in rows.tolist()]
            shifts.append(levels.of(number, _logits(fold_maps(number, np.stack(changed)))) - clean)
    return np.concatenate(shifts)


def _logits(maps: Images) -> Values:
    logits: Values = maps.mean(axis=(1, 2), dtype=np.float64)
    return logits


@dataclass(frozen=True, slots=True)
class _Transfer:
    """From the served network's logits to the fold networks' scale: slope and offset, shape (14,).

    `correlation` is that of both networks' logits on the same films, `films` of `patients`.
    """

    slope: Values
    offset: Values
    correlation: Values
    films: int
    patients: int

    def applied(self, found: SeparateCalibration) -> SeparateCalibration:
        """A calibration of the fold networks' logits as one of the served network's."""
        slope, offset, shift = np.moveaxis(found.replicates, -1, 0)
        maps = np.column_stack(
            [found.maps[:, 0] * self.slope, found.maps[:, 0] * self.offset + found.maps[:, 1]]
        )
        replicates = np.stack([slope * self.slope, slope * self.offset + offset, shift / self.slope], axis=-1)
        return SeparateCalibration(found.labels, maps, replicates)

    def as_dict(self) -> dict[str, Any]:
        """For the frozen file."""
        return {
            "films": self.films,
            "patients": self.patients,
            **{
                name: {label: round(float(one), 4) for label, one in zip(LABELS, values, strict=True)}
                for name, values in (
                    ("slope", self.slope),
                    ("offset", self.offset),
                    ("correlation", self.correlation),
                )
            },
        }


def _transfer(
    data: Path, films: Films, fold_maps: FoldMaps, levels: outoffold.Levels, folder: Path
) -> _Transfer:
    """Mean and spread of the served network's logits brought to those of the fold networks, on films of the
    young of the natural set, which neither has seen: maps fitted for the one then hold for the other."""
    young = read_films(data, NATURAL, adults=False)
    rows = np.flatnonzero((young.age < ADULT_YEARS) & ~np.isin(young.patient, films.patient))
    images = inputs(young, rows, SIZE)
    served = served_outputs(folder / SERVED_FILE, images)[0].astype(np.float64)
    folds = [levels.of(number, _logits(fold_maps(number, images))) for number in range(FOLDS)]
    slope = np.mean([one.std(axis=0) for one in folds], axis=0) / np.maximum(served.std(axis=0), 1e-6)
    mean = np.mean(folds, axis=0)
    return _Transfer(
        slope=slope,
        offset=mean.mean(axis=0) - slope * served.mean(axis=0),
        correlation=np.array(
            [np.corrcoef(served[:, column], mean[:, column])[0, 1] for column in range(len(LABELS))]
        ),
        films=len(rows),
        patients=len(np.unique(young.patient[rows])),
    )


def _heat_map(films: Films, folder: Path) -> dict[str, dict[str, Any]]:
    """By finding: the map that a typical film without it has, and how far above it full colour lies."""
    maps, truth = _sampled(films, films.source == NATURAL, lambda images: _served_maps(folder, images))
    zero, scale = {}, {}
    for column, label in enumerate(LABELS):
        middle = _typical(maps, truth, column)
        highest = (maps[..., column] - middle).max(axis=(1, 2))
        found = truth[:, column] > 0.5
        top = highest[found] if found.sum() >= 20 else highest
        zero[label] = middle.round(2).tolist()
        scale[label] = round(max(0.1, float(np.quantile(top, HEAT_MAP_QUANTILE))), 3)
    return {"zero": zero, "scale": scale}


def _served_maps(folder: Path, images: Images) -> Images:
    return served_outputs(folder / SERVED_FILE, images)[1]


def _sampled(
    films: Films, among: NDArray[np.bool_], maps_of: Callable[[Images], Images]
) -> tuple[Images, Images]:
    """Maps and labels of films drawn `among` all, `SCALE_FILMS` at most."""
    rows = np.flatnonzero(among)
    generator = np.random.default_rng(SEED)
    rows = np.sort(generator.choice(rows, min(len(rows), SCALE_FILMS), replace=False))
    return maps_of(inputs(films, rows, SIZE)), films.truth[rows]


def _typical(maps: Images, truth: Images, column: int) -> Values:
    """The median map of films without a finding, shape (rows, columns): some fields of a network speak
    against a finding on every film, and only what differs from that says something of one film."""
    middle: Values = np.median(maps[truth[:, column] < 0.5][..., column], axis=0)
    return middle


def _points(data: Path, films: Films, fold_maps: FoldMaps) -> list[dict[str, Any]]:
    """Where maps of networks that have not seen a film with a box rise the most above a typical film's."""
    boxes = pointing.read_boxes(data)
    found = []
    for number in range(FOLDS):
        held = films.fold == number
        rows = pointing.boxed_rows(films, boxes)
        rows = rows[held[rows]]
        if not len(rows):
            continue
        maps, truth = _sampled(films, held & (films.source == NATURAL), partial(fold_maps, number))
        typical = np.stack([_typical(maps, truth, column) for column in range(len(LABELS))], axis=-1)
        found += pointing.points(films, boxes, rows, fold_maps(number, inputs(films, rows, SIZE)) - typical)
    return sorted(found, key=lambda one: (one["image"], one["label"]))


def read_frozen(folder: Path) -> dict[str, Any]:
    """What `freeze` wrote."""
    frozen: dict[str, Any] = json.loads((folder / CALIBRATION_FILE).read_text(encoding="utf-8"))
    return frozen
