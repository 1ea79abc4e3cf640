"""The out-of-fold answers: what networks said of films of patients that they had never seen.

One row a film, kept in the model's folder (`OOF_FILE`), so that every figure can be computed again.
"""

import gzip
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.learning.calibration import fit_separate, sigmoid
from medai_core.models.chest_findings.films import FOLDS, LABELS, NATURAL, Films

OOF_FILE: Final = "oof.csv.gz"
CALIBRATION_SEED: Final = 31
PARTS: Final = 20
"""Calibration is fitted on nineteen twentieths of the patients. With few parts, maps differ so much between
parts that films of different parts can no longer be ranked against each other."""

_SEPARATOR: Final = "|"
_FIXED: Final = ("image", "patient", "fold", "source", "view", "sex", "age", "labels")

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Films, one a row; `truth` and what follows have shape (n, 14), in the order of `LABELS`.

    `logit` is the answer of the network that had not seen the patient. `probability` is calibrated with maps
    fitted without the patient too: for judging calibration. `answer` is calibrated with the one map a finding
    that a model is served with, so films are ranked as the network ranks them: for everything else.
    """

    image: NDArray[np.str_]
    patient: NDArray[np.int64]
    fold: NDArray[np.int64]
    source: NDArray[np.str_]
    view: NDArray[np.str_]
    sex: NDArray[np.str_]
    age: Values
    truth: Values
    logit: Values
    probability: Values
    answer: Values

    def part(self, chosen: NDArray[np.bool_]) -> "OutOfFold":
        """The films `chosen`, shape (n,)."""
        return OutOfFold(*(getattr(self, name)[chosen] for name in self.__slots__))

    @property
    def natural(self) -> "OutOfFold":
        """The films of the set that nothing was chosen by finding for."""
        return self.part(self.source == NATURAL)

    def positive_patients(self) -> NDArray[np.int64]:
        """How many patients have each finding on one film at least, shape (14,)."""
        return np.array(
            [len(np.unique(self.patient[self.truth[:, column] > 0.5])) for column in range(len(LABELS))]
        )


@dataclass(frozen=True, slots=True)
class Levels:
    """What brings the logits of each fold's network to one scale: slope and offset, shape (folds, 14)."""

    slope: Values
    offset: Values

    def of(self, number: int, logits: NDArray[np.floating[Any]]) -> Values:
        """Logits, shape (n, 14), of one fold's network on the common scale."""
        found: Values = np.asarray(logits, np.float64) * self.slope[number] + self.offset[number]
        return found

    def applied(self, films: Films, logits: NDArray[np.floating[Any]]) -> Values:
        """The out-of-fold logits on the common scale."""
        found: Values = logits * self.slope[films.fold] + self.offset[films.fold]
        return found


def levels(films: Films, logits: NDArray[np.floating[Any]]) -> Levels:
    """Mean and spread of every fold's logits on its natural films brought to those of all folds.

    The networks of the folds differ in how high they score on the whole; whether a film has a finding is
    not looked at.
    """
    natural = films.source == NATURAL
    mean, spread = (
        np.array([pick(logits[natural & (films.fold == number)], axis=0) for number in range(FOLDS)])
        for pick in (np.mean, np.std)
    )
    slope = spread.mean(axis=0) / np.maximum(spread, 1e-6)
    return Levels(slope, mean.mean(axis=0) - slope * mean)


def calibrated(films: Films, logits: NDArray[np.floating[Any]]) -> OutOfFold:
    """The out-of-fold logits on one scale, shape (n, 14), as probabilities.

    Maps are fitted on films of the natural set, so a probability means the share there; each film gets
    those fitted without its patient, and the network that answered had not seen the patient either.
    """
    part = parts_of(films.patient)
    probability = np.empty(films.truth.shape, dtype=np.float64)
    for number in range(PARTS):
        rest = (part != number) & (films.source == NATURAL)
        held = part == number
        maps = fit_separate(
            LABELS,
            logits[rest],
            films.truth[rest],
            films.patient[rest],
            np.zeros((1, len(LABELS))),
            seed=CALIBRATION_SEED,
            replicates=0,
        ).maps
        probability[held] = sigmoid(np.asarray(logits[held], np.float64) * maps[:, 0] + maps[:, 1])
    return OutOfFold(
        image=np.array(films.names),
        patient=films.patient,
        fold=films.fold,
        source=films.source,
        view=films.view,
        sex=films.sex,
        age=films.age,
        truth=films.truth.astype(np.float64),
        logit=np.asarray(logits, np.float64),
        probability=probability,
        answer=_answers(logits, films.truth, films.patient, films.source == NATURAL),
    )


def _answers(
    logits: NDArray[np.floating[Any]],
    truth: NDArray[np.floating[Any]],
    patient: NDArray[np.int64],
    natural: NDArray[np.bool_],
) -> Values:
    """Probabilities by one map a finding, fitted on all natural films; shape (n, 14)."""
    none = np.zeros((1, len(LABELS)))
    fitted = fit_separate(
        LABELS, logits[natural], truth[natural], patient[natural], none, seed=CALIBRATION_SEED, replicates=0
    )
    return fitted.probabilities(logits)


def parts_of(patient: NDArray[np.int64]) -> NDArray[np.int64]:
    """Part of each film for calibration, 0.. `PARTS`: whole patients, drawn at random."""
    numbers, member = np.unique(patient, return_inverse=True)
    return np.random.default_rng(CALIBRATION_SEED).permutation(len(numbers))[member] % PARTS


def write(table: OutOfFold, folder: Path) -> None:
    """Write the table into the model's folder; the same table gives the same bytes."""
    import pandas as pd

    found = [
        _SEPARATOR.join(label for label, there in zip(LABELS, row, strict=True) if there > 0.5)
        for row in table.truth
    ]
    columns = {name: getattr(table, name) for name in _FIXED[:-1]} | {"labels": found}
    frame = pd.DataFrame(columns)
    frame["age"] = frame["age"].astype(int)
    for column, label in enumerate(LABELS):
        frame[f"p_{label}"] = [f"{value:.4g}" for value in table.probability[:, column]]
        frame[f"logit_{label}"] = [f"{value:.4f}" for value in table.logit[:, column]]
    frame = frame.sort_values(["source", "image"], kind="stable")
    text = io.BytesIO()
    with gzip.GzipFile(fileobj=text, mode="wb", mtime=0) as packed:
        packed.write(frame.to_csv(index=False, lineterminator="\n").encode("utf-8"))
    (folder / OOF_FILE).write_bytes(text.getvalue())


def read(folder: Path) -> OutOfFold:
    """The table in the model's folder."""
    import pandas as pd

    with gzip.open(folder / OOF_FILE, "rt", encoding="utf-8") as file:
        frame = pd.read_csv(file, keep_default_na=False)
    found = [set(names.split(_SEPARATOR)) for names in frame["labels"]]
    truth = np.array([[label in names for label in LABELS] for names in found], dtype=np.float64)
    logit = frame[[f"logit_{label}" for label in LABELS]].to_numpy(np.float64)
    patient, source = frame["patient"].to_numpy(np.int64), frame["source"].to_numpy(np.str_)
    return OutOfFold(
        image=frame["image"].to_numpy(np.str_),
        patient=patient,
        fold=frame["fold"].to_numpy(np.int64),
        source=source,
        view=frame["view"].to_numpy(np.str_),
        sex=frame["sex"].to_numpy(np.str_),
        age=frame["age"].to_numpy(np.float64),
        truth=truth,
        logit=logit,
        probability=frame[[f"p_{label}" for label in LABELS]].to_numpy(np.float64),
        answer=_answers(logit, truth, patient, source == NATURAL),
    )
