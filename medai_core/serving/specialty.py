"""Under which specialties a note would be filed: the served text model."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.refusal import Refusal
from medai_core.learning.texts import LinearText, load
from medai_core.serving.registry import NOTE, ModelCard, available, card

NAME: Final = "note_specialty"


@dataclass(frozen=True, slots=True)
class Specialty:
    """One label with its probability (0..1) and whether it lies at or above its operating point."""

    label: str
    name: str
    probability: float
    threshold: float

    @property
    def flagged(self) -> bool:
        """At or above the operating point."""
        return self.probability >= self.threshold


def specialties(text: str, name: str = NAME) -> tuple[Specialty, ...]:
    """All labels of a note, the most probable first.

    Raises
    ------
    Refusal
        "unknown-model", "note-too-short".
    """
    model = card(name)
    fewest = int(model.data["inputs"]["text"]["from_terms"])
    known = _served(model).known(text)
    if known < fewest:
        raise Refusal(
            "note-too-short",
            expected=f"an English note of at least {fewest} words that the model knows",
            found=f"{known}",
            what_to_do="Give the whole note.",
        )
    answers = probabilities(model, [text])[0]
    names = model.data["label_names"]
    found = [
        Specialty(label, str(names[label]), float(value), model.thresholds[label])
        for label, value in zip(model.labels, answers, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: -one.probability))


def probabilities(model: ModelCard, texts: Sequence[str]) -> NDArray[np.float64]:
    """Calibrated probabilities in the card's order of labels, shape (n_texts, n_labels)."""
    return _served(model).probabilities(texts)


def installed() -> bool:
    """Whether a model for notes is there."""
    return any(one.name == NAME for one in available(NOTE))


def _served(model: ModelCard) -> LinearText:
    path = model.folder / model.data["files"]["served"]["name"]
    return _loaded(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _loaded(path: Path, changed: int) -> LinearText:
    """The model in a file, read again when the file has changed."""
    return load(path)
