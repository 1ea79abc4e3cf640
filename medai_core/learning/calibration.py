"""From logits to probabilities that mean what they say, with the interval around them.

Two kinds. *Nested*: three classes, two questions: pneumonia or not, and if so, bacterial or viral; each has
one Platt map, so that bacterial and viral always add up to pneumonia. *Separate*: any number of findings,
each a question of its own with one Platt map.
"""

from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from medai_core.learning.metrics import patient_weights

LABELS: Final = ("pneumonia", "bacterial", "viral")
LEVEL: Final = 0.95
REPLICATES: Final = 120

Values = NDArray[np.float64]


class Calibration(Protocol):
    """What every kind gives. `logits` are the network's, shape (n, classes)."""

    def probabilities(self, logits: NDArray[np.floating[Any]]) -> Values:
        """Shape (n, labels), 0..1."""
        ...

    def intervals(self, logits: NDArray[np.floating[Any]]) -> tuple[Values, Values]:
        """Ends of the central 95 % of the replicates, each (n, labels); they enclose the probability."""
        ...

    def evidence(self, maps: NDArray[np.float32], label: str) -> NDArray[np.float32]:
        """The uncalibrated log-odds of `label` at every position of `maps` (rows, columns, classes)."""
        ...

    def as_dict(self) -> dict[str, Any]:
        """For the model's folder; `read_calibration` reads it."""
        ...


def read_calibration(data: dict[str, Any]) -> Calibration:
    """The calibration in a model's folder, of the kind that `data` names ("nested" where it names none)."""
    kind = data.get("kind", "nested")
    if kind == "nested":
        return NestedCalibration.from_dict(data)
    if kind == "separate":
        return SeparateCalibration.from_dict(data)
    raise ValueError(f"kind must be 'nested' or 'separate'. Received: {kind!r}")


@dataclass(frozen=True, slots=True)
class NestedCalibration:
    """Platt maps, and their replicates for the interval.

    `maps` is (slope, offset) of pneumonia, then of bacterial among pneumonia. Every row of `replicates`
    holds the four numbers refitted on resampled patients and a shift of either logit as measured between
    a held-out film and a perturbed copy of it: shape (n, 6).
    """

    maps: tuple[float, float, float, float]
    replicates: Values

    def probabilities(self, logits: NDArray[np.floating[Any]]) -> Values:
        """Shape (n, 3): pneumonia, bacterial, viral. `logits`: normal, bacterial, viral, shape (n, 3)."""
        return _apply(np.asarray([*self.maps, 0.0, 0.0]), *_questions(logits))

    def intervals(self, logits: NDArray[np.floating[Any]]) -> tuple[Values, Values]:
        """Lower and upper end of the central 95 % of the replicates, each of shape (n, 3).

        The ends always enclose the probability itself.
        """
        first, second = _questions(logits)
        drawn = np.stack([_apply(row, first, second) for row in self.replicates])
        return _ends(drawn, self.probabilities(logits))

    def evidence(self, maps: NDArray[np.float32], label: str) -> NDArray[np.float32]:
        """Log-odds of `label` against normal at every position; `maps` has shape (rows, columns, 3)."""
        normal, bacterial, viral = np.moveaxis(maps, -1, 0)
        chosen = {"pneumonia": np.logaddexp(bacterial, viral), "bacterial": bacterial, "viral": viral}[label]
        result: NDArray[np.float32] = chosen - normal
        return result

    def as_dict(self) -> dict[str, Any]:
        """For the model's folder."""
        return {
            "kind": "nested",
            "maps": [round(one, 6) for one in self.maps],
            "replicates": [[round(float(one), 4) for one in row] for row in self.replicates],
        }

    @staticmethod
    def from_dict(data: dict[str, Any]) -> "NestedCalibration":
        """Read what `as_dict` gave."""
        a, b, c, d = (float(one) for one in data["maps"])
        return NestedCalibration((a, b, c, d), np.asarray(data["replicates"], dtype=np.float64))


@dataclass(frozen=True, slots=True)
class SeparateCalibration:
    """One Platt map a label, and replicates for the interval.

    `maps` has shape (labels, 2): slope and offset. `replicates` has shape (n, labels, 3): slope and offset
    refitted on resampled patients, and a shift of the logit as measured between a held-out film and a
    perturbed copy of it (one film's shifts stay together).
    """

    labels: tuple[str, ...]
    maps: Values
    replicates: Values

    def probabilities(self, logits: NDArray[np.floating[Any]]) -> Values:
        """Shape (n, labels); `logits` in the same order."""
        return sigmoid(np.asarray(logits, dtype=np.float64) * self.maps[:, 0] + self.maps[:, 1])

    def intervals(self, logits: NDArray[np.floating[Any]]) -> tuple[Values, Values]:
        """Lower and upper end of the central 95 % of the replicates, each of shape (n, labels).

        The ends always enclose the probability itself.
        """
        slope, offset, shift = (part[:, None, :] for part in np.moveaxis(self.replicates, -1, 0))
        drawn = sigmoid(slope * (np.asarray(logits, dtype=np.float64)[None] + shift) + offset)
        return _ends(drawn, self.probabilities(logits))

    def evidence(self, maps: NDArray[np.float32], label: str) -> NDArray[np.float32]:
        """The label's own logit at every position; `maps` has shape (rows, columns, labels)."""
        return maps[..., self.labels.index(label)]

    def as_dict(self) -> dict[str, Any]:
        """For the model's folder."""
        return {
            "kind": "separate",
            "labels": list(self.labels),
            "maps": self.maps.round(6).tolist(),
            "replicates": self.replicates.round(4).tolist(),
        }

    @staticmethod
    def from_dict(data: dict[str, Any]) -> "SeparateCalibration":
        """Read what `as_dict` gave."""
        maps, replicates = (np.asarray(data[name], dtype=np.float64) for name in ("maps", "replicates"))
        return SeparateCalibration(tuple(data["labels"]), maps, replicates)


def fit_calibration(
    logits: NDArray[np.floating[Any]],
    label: NDArray[np.int64],
    patient: NDArray[np.int64],
    shifts: Values,
    *,
    seed: int,
    replicates: int = REPLICATES,
) -> NestedCalibration:
    """Fit the nested maps on held-out films and their replicates on resampled patients.

    Parameters
    ----------
    logits : array, shape (n, 3), of normal, bacterial, viral
    label : array, shape (n,), 0 normal, 1 bacterial, 2 viral
    patient : array, shape (n,)
        Patients, not films, are resampled.
    shifts : array, shape (m, 2)
        Perturbed minus clean logit of pneumonia and of bacterial among pneumonia, from held-out films.
    """
    first, second = _questions(logits)

    ill = label > 0

    def maps(weight: Values) -> tuple[float, float, float, float]:
        return (
            *platt(first, ill.astype(np.float64), weight),
            *platt(second[ill], (label[ill] == 1).astype(np.float64), weight[ill]),
        )

    generator = np.random.default_rng(seed)
    refitted = [maps(weight) for weight in patient_weights(patient, seed=seed, repeats=replicates)]
    drawn = shifts[generator.integers(0, len(shifts), replicates)]
    rows = np.column_stack([np.array(refitted).reshape(replicates, 4), drawn])
    return NestedCalibration(maps(np.ones(len(label))), rows)


def fit_separate(
    labels: tuple[str, ...],
    logits: NDArray[np.floating[Any]],
    truth: NDArray[np.floating[Any]],
    patient: NDArray[np.int64],
    shifts: Values,
    *,
    seed: int,
    replicates: int = REPLICATES,
) -> SeparateCalibration:
    """Fit one map a label on held-out films and their replicates on resampled patients.

    A slope is never negative: a label whose logits say nothing gets its prevalence.

    Parameters
    ----------
    logits, truth : arrays, shape (n, labels); truth is 0 or 1
    patient : array, shape (n,)
        Patients, not films, are resampled.
    shifts : array, shape (m, labels)
        Perturbed minus clean logits of held-out films.
    """
    columns = [
        (np.asarray(logits[:, column], np.float64), np.asarray(truth[:, column], np.float64))
        for column in range(len(labels))
    ]

    def maps(weight: Values) -> list[tuple[float, float]]:
        return [_rising(platt(logit, found, weight), found, weight) for logit, found in columns]

    generator = np.random.default_rng(seed)
    refitted = [maps(weight) for weight in patient_weights(patient, seed=seed, repeats=replicates)]
    drawn = shifts[generator.integers(0, len(shifts), replicates)]
    refits = np.array(refitted, dtype=np.float64).reshape(replicates, len(labels), 2)
    rows = np.concatenate([refits, drawn[:, :, None]], axis=2)
    return SeparateCalibration(labels, np.array(maps(np.ones(len(patient)))), rows)


def _rising(found: tuple[float, float], truth: Values, weight: Values) -> tuple[float, float]:
    """The map found, or that of the prevalence alone where it would fall with the logit."""
    if found[0] >= 0:
        return found
    positives = float((weight * truth).sum())
    return 0.0, float(np.log((positives + 1) / (weight.sum() - positives + 1)))


def logit_shifts(clean: NDArray[np.floating[Any]], perturbed: NDArray[np.floating[Any]]) -> Values:
    """Change of the two questions' logits, shape (n, 2)."""
    before, after = _questions(clean), _questions(perturbed)
    return np.column_stack([after[0] - before[0], after[1] - before[1]])


def platt(logit: Values, truth: Values, weight: Values, *, steps: int = 50) -> tuple[float, float]:
    """Slope and offset of the logistic map that fits best, by Newton's method.

    Targets are (n + 1) / (n + 2), which keeps the slope finite where the classes separate (Platt,
    Advances in Large Margin Classifiers, 1999). `weight` is how often each row counts.
    """
    positives = float((weight * truth).sum())
    negatives = float(weight.sum()) - positives
    target = np.where(truth > 0.5, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    design = np.column_stack([logit, np.ones_like(logit)])
    slope, offset = logistic(design, target, weight, start=np.array([1.0, 0.0]), steps=steps)
    return float(slope), float(offset)


def logistic(design: Values, target: Values, weight: Values, *, start: Values, steps: int = 50) -> Values:
    """Coefficients, shape (k,), of the logistic regression of `target` (0..1) on `design`, shape (n, k)."""
    solution = start.copy()
    for _ in range(steps):
        probability = sigmoid(design @ solution)
        gradient = design.T @ (weight * (probability - target))
        curvature = design.T @ (design * (weight * probability * (1 - probability))[:, None])
        change = np.linalg.solve(curvature + 1e-6 * np.eye(len(solution)), gradient)
        change *= min(1.0, 1.0 / max(1e-12, float(np.abs(change).max())))
        solution -= change
        if np.abs(change).max() < 1e-9:
            break
    return solution


def sigmoid(x: Values) -> Values:
    """1 / (1 + exp(-x)), without overflow."""
    result: Values = 0.5 * (1.0 + np.tanh(0.5 * x))
    return result


def _ends(drawn: Values, middle: Values) -> tuple[Values, Values]:
    """Ends of the central part of `drawn`, shape (replicates, n, labels), widened to hold `middle`."""
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return np.minimum(low, middle), np.maximum(high, middle)


def _questions(logits: NDArray[np.floating[Any]]) -> tuple[Values, Values]:
    """Log-odds of pneumonia, and of bacterial among pneumonia, each of shape (n,)."""
    normal, bacterial, viral = np.asarray(logits, dtype=np.float64).T
    return np.logaddexp(bacterial, viral) - normal, bacterial - viral


def _apply(row: Values, first: Values, second: Values) -> Values:
    a, b, c, d, shift_first, shift_second = row
    pneumonia = sigmoid(a * (first + shift_first) + b)
    share = sigmoid(c * (second + shift_second) + d)
    return np.column_stack([pneumonia, pneumonia * share, pneumonia * (1 - share)])
