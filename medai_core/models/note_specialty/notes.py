"""The public set of transcriptions: texts, the specialties of each, and folds that keep copies together."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.refusal import Refusal

FILE: Final = Path("mtsamples") / "mtsamples.csv.gz"
FOLDS: Final = 5
FEWEST: Final = 40
"""Specialties of fewer groups of texts cannot be measured with a useful interval and are left out."""


@dataclass(frozen=True, slots=True)
class Notes:
    """Distinct texts. `target` has a column a label; `group` is the same for copies; `fold` 0..4."""

    texts: tuple[str, ...]
    group: NDArray[np.int64]
    target: NDArray[np.float64]
    labels: tuple[str, ...]
    fold: NDArray[np.int64]
    left_out: dict[str, int]


def slug(specialty: str) -> str:
    """A specialty's name as a label: "ENT - Otolaryngology" -> "ent_otolaryngology"."""
    return "_".join("".join(one if one.isalnum() else " " for one in specialty.lower()).split())


def read_notes(data: Path) -> tuple[Notes, dict[str, str]]:
    """The set under `data`, and each label's name as it is written there.

    Only `transcription`, `medical_specialty` and `text_group` are read: keywords, sample name and
    description name the specialty. A text's target is the set of specialties under which it, or a text of
    its group, is listed. Raises Refusal "data-missing".
    """
    import pandas as pd

    path = data / FILE
    if not path.is_file():
        raise Refusal(
            "data-missing",
            expected="the folder mtsamples of the public data sets",
            found="none with mtsamples.csv.gz",
            what_to_do="Name the folder of the public data sets with --data.",
        )
    table = pd.read_csv(path, usecols=["transcription", "medical_specialty", "text_group"])
    table = table[table["transcription"].notna() & (table["text_group"] >= 0)]
    table["label"] = table["medical_specialty"].str.strip()
    per_group = table.groupby("text_group")["label"].agg(set)
    counts = table.drop_duplicates(["text_group", "label"])["label"].value_counts()
    kept = sorted(name for name, count in counts.items() if count >= FEWEST)
    texts = table.drop_duplicates("transcription").sort_values("text_group", kind="stable")
    group = texts["text_group"].to_numpy(np.int64)
    target = np.array([[name in per_group[one] for name in kept] for one in group], dtype=np.float64)
    left_out = {str(name): int(count) for name, count in counts.items() if count < FEWEST}
    notes = Notes(
        tuple(texts["transcription"]),
        group,
        target,
        tuple(slug(name) for name in kept),
        folds(group, target),
        left_out,
    )
    return notes, {slug(name): name for name in kept}


def folds(group: NDArray[np.int64], target: NDArray[np.float64]) -> NDArray[np.int64]:
    """A fold for every row, whole groups together, rare labels spread first (Sechidis et al., 2011)."""
    numbers, member = np.unique(group, return_inverse=True)
    has = np.zeros((len(numbers), target.shape[1]))
    np.maximum.at(has, member, target)
    wanted = np.tile(has.sum(axis=0) / FOLDS, (FOLDS, 1))
    room = np.full(FOLDS, len(numbers) / FOLDS)
    chosen = np.full(len(numbers), -1)
    while (chosen < 0).any():
        free = chosen < 0
        left = has[free].sum(axis=0)
        label = int(np.where(left > 0, left, np.inf).argmin()) if left.any() else -1
        rows = np.flatnonzero(free & (has[:, label] > 0)) if label >= 0 else np.flatnonzero(free)
        for row in rows:
            need = wanted[:, label] if label >= 0 else room
            best = -max((float(need[fold]), float(room[fold]), -fold) for fold in range(FOLDS))[2]
            chosen[row] = best
            wanted[best] -= has[row]
            room[best] -= 1
    return chosen[member]
