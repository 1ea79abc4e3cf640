"""Freezing the gate's limits, once, on films that it did not learn from; and how films are given to it.

Everything here runs the served file, as the application does; TensorFlow is not needed.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from medai_core.imaging.preprocess import any_input, squeeze
from medai_core.imaging.quality import Quality, quality_of
from medai_core.learning.cards import CALIBRATION_FILE, as_text
from medai_core.learning.looks import Limits, Reference, Seen, fit_reference, pack_references, seen
from medai_core.learning.served import served_evidence
from medai_core.learning.weights import SERVED_FILE
from medai_core.models.image_gate.facts import POPULATIONS, SIZE
from medai_core.models.image_gate.pictures import (
    ADULT_FROM,
    ADULTS,
    CHILD_UNTIL,
    CHILDREN,
    ELSEWHERE,
    Films,
    Grey,
    as_unit,
)

REFERENCE_FILE: Final = "reference.npz"
DIRECTIONS: Final = 128
KEPT: Final = 0.997
"""Part of the held-out films of each group that every single limit lets pass."""

KEPT_ELSEWHERE: Final = 0.99
"""The same on sources that no network here has learned from: too few films for a rarer error."""

LIMITING: Final = ("children", "adults", "elsewhere")
"""Groups that set limits; minors are too few, and no model is made for them."""

USUAL: Final = 0.99
MIRRORED_ALARMS: Final = 0.01
SIZES: Final = (128, 224, 320, 448)
CHUNK: Final = 256

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Given:
    """One picture as the gate is given it."""

    image: Grey
    quality: Quality


def given(grey: Grey) -> Given:
    """A grey picture, shape (rows, columns), 0..1."""
    squeezed = squeeze(grey, SIZE)
    return Given(any_input(squeezed), quality_of(squeezed, *grey.shape))


def resized(picture: NDArray[np.uint8], short_side: int) -> Grey:
    """The picture with a short side of so many pixels, as a program would export it: 8 bits."""
    rows, columns = picture.shape
    scale = short_side / min(rows, columns)
    size = (max(short_side, round(columns * scale)), max(short_side, round(rows * scale)))
    kind = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC
    return as_unit(np.asarray(Image.fromarray(picture).resize(size, kind)))


def answers(folder: Path, pictures: Iterable[Given]) -> Iterator[tuple[Seen, Quality]]:
    """The served network's answers, in order; pictures are taken in bounded numbers."""
    waiting: list[Given] = []
    for one in pictures:
        waiting.append(one)
        if len(waiting) == CHUNK:
            yield from _answered(folder, waiting)
            waiting = []
    if waiting:
        yield from _answered(folder, waiting)


def _answered(folder: Path, pictures: list[Given]) -> Iterator[tuple[Seen, Quality]]:
    output = served_evidence(folder / SERVED_FILE, np.stack([one.image for one in pictures]))
    return zip(seen(*output), (one.quality for one in pictures), strict=True)


def freeze(films: Films, folder: Path, *, say: Say = print) -> None:
    """Fit each model's reference on its own training films, choose the limits on validation films."""
    of = groups(films)
    references = {}
    for model, names in POPULATIONS.items():
        rows = np.concatenate([of[name] for name in names])
        rows = rows[films.part[rows] == "train"]
        features = [
            one.features for one, _ in answers(folder, (given(as_unit(films.pictures[r])) for r in rows))
        ]
        references[model] = fit_reference(np.stack(features), DIRECTIONS)
        say(f"{model}: distances from {len(rows)} films")
    np.savez(folder / REFERENCE_FILE, **pack_references(references))  # type: ignore[arg-type]
    held = {
        name: _at_all_sizes(films, of[name][films.part[of[name]] == "validation"], folder)
        for name in LIMITING
    }
    limits = _limits(held, references)
    (folder / CALIBRATION_FILE).write_text(
        as_text({"kind": "gate", "limits": limits.as_dict()}), encoding="utf-8"
    )
    say(f"limits: {limits}")


def groups(films: Films) -> dict[str, NDArray[np.int64]]:
    """Rows by source and age: "children" to five, "minors" from six to 17, "adults", "elsewhere"."""
    nih = np.isin(films.source, ADULTS)
    return {
        "children": np.flatnonzero(films.source == CHILDREN),
        "minors": np.flatnonzero(nih & (films.age >= CHILD_UNTIL) & (films.age < ADULT_FROM)),
        "adults": np.flatnonzero(nih & (films.age >= ADULT_FROM)),
        "elsewhere": np.flatnonzero(films.source == ELSEWHERE),
    }


def _at_all_sizes(films: Films, rows: NDArray[np.int64], folder: Path) -> list[Seen]:
    sized = (given(resized(films.pictures[row], size)) for row in rows for size in SIZES)
    return [one for one, _ in answers(folder, sized)]


def _kept(group: str) -> float:
    return KEPT_ELSEWHERE if group == "elsewhere" else KEPT


def _limits(held: dict[str, list[Seen]], references: dict[str, Reference]) -> Limits:
    """Each limit lets `_kept` of every group pass; a limit on a probability stays on the safe side of 0.5."""
    away = {
        model: {
            name: reference.distance(np.stack([one.features for one in group]))
            for name, group in held.items()
        }
        for model, reference in references.items()
    }
    distance, usual = {}, {}
    for model, names in POPULATIONS.items():
        own = np.concatenate([away[model][name] for name in names])
        other = away[model]["elsewhere"]
        ends = (float(np.quantile(own, KEPT)), float(np.quantile(other, _kept("elsewhere"))))
        distance[model] = round(max(ends), 3)
        usual[model] = round(float(np.quantile(own, USUAL)), 3)

    def least(value: Callable[[Seen], float]) -> float:
        return min(
            float(np.quantile([value(one) for one in group], 1 - _kept(name))) for name, group in held.items()
        )

    def most(value: Callable[[Seen], float], kept: float | None = None) -> float:
        return max(
            float(np.quantile([value(one) for one in group], kept or _kept(name)))
            for name, group in held.items()
        )

    return Limits(
        frontal=round(min(0.5, least(lambda one: one.scores["frontal_chest"])), 4),
        upright=round(min(0.5, least(lambda one: one.turns["upright"])), 4),
        mirrored=round(max(0.5, most(lambda one: one.mirrored, 1 - MIRRORED_ALARMS)), 4),
        inverted=round(max(0.5, most(lambda one: one.inverted)), 4),
        cropped=round(max(0.5, most(lambda one: one.cropped)), 4),
        distance=distance,
        usual=usual,
    )
