"""Freezing and measuring: operating points and calibration once, after training; figures as often as asked.

Everything here runs the served file, as the application does; TensorFlow is not needed.
"""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.imaging import statistics
from medai_core.learning import cards, metrics
from medai_core.learning.augment import PERTURBED
from medai_core.learning.calibration import (
    LABELS,
    NestedCalibration,
    fit_calibration,
    logit_shifts,
)
from medai_core.learning.cards import (
    BOOTSTRAP_SEED,
    CALIBRATION_FILE,
    CARD_FILE,
    Say,
    as_text,
    files_of,
)
from medai_core.learning.served import served_outputs
from medai_core.learning.weights import SERVED_FILE
from medai_core.models.paediatric_pneumonia.facts import FACTS, LIMITS_PER_FINDING, SIZE
from medai_core.models.paediatric_pneumonia.films import Films, augmented, inputs

PERTURBED_COPIES: Final = 4
PERTURBATION_SEED: Final = 2024
SENSITIVITY_KEPT: Final = 0.97
"""The operating point of pneumonia is the highest that keeps this sensitivity on perturbed held-out films."""

HEAT_MAP_QUANTILE: Final = 0.99
HELD_OUT: Final = ("ordered", "random")

Values = NDArray[np.float64]


class _HeldOut:
    """Logits of the held-out films, clean and perturbed, with what is known of them."""

    def __init__(self, films: Films, folder: Path) -> None:
        rows = films.rows(*HELD_OUT)
        generator = np.random.default_rng(PERTURBATION_SEED)
        self.rows = rows
        self.label = films.label[rows]
        self.patient = films.patient[rows]
        self.part = films.part[rows]
        served = folder / SERVED_FILE
        self.clean, self.maps = served_outputs(served, inputs(films, rows, SIZE))
        self.perturbed = np.stack(
            [
                served_outputs(
                    served,
                    np.stack([augmented(films, row, SIZE, PERTURBED, generator) for row in rows.tolist()]),
                )[0]
                for _ in range(PERTURBED_COPIES)
            ]
        )

    def truth(self, label: str) -> Values:
        """1 where the film carries `label`."""
        found = self.label > 0 if label == "pneumonia" else self.label == LABELS.index(label)
        return found.astype(np.float64)


def freeze(films: Films, folder: Path, *, say: Say = print) -> None:
    """Choose calibration, operating points and the heat map's scale on held-out films; write them down."""
    held = _HeldOut(films, folder)
    shifts = np.concatenate([logit_shifts(held.clean, one) for one in held.perturbed])
    calibration = fit_calibration(held.clean, held.label, held.patient, shifts, seed=BOOTSTRAP_SEED)
    perturbed = np.stack([calibration.probabilities(one) for one in held.perturbed])
    thresholds = _choose_thresholds(held, perturbed)
    evidence = np.logaddexp(held.maps[..., 1], held.maps[..., 2]) - held.maps[..., 0]
    scale = float(np.quantile(evidence[held.label > 0].max(axis=(1, 2)), HEAT_MAP_QUANTILE))
    frozen = calibration.as_dict() | {"thresholds": thresholds, "heat_map_scale": round(scale, 3)}
    (folder / CALIBRATION_FILE).write_text(as_text(frozen), encoding="utf-8")
    say(f"operating points: {thresholds}")


def _choose_thresholds(held: _HeldOut, perturbed: Values) -> dict[str, float]:
    """One operating point a label, on perturbed copies, shape (copies, films, labels).

    A kind of pneumonia never raises more alarms on films without pneumonia than pneumonia itself does, so
    that it is hardly ever flagged where pneumonia is not.
    """
    without = perturbed[:, held.label == 0]
    thresholds: dict[str, float] = {}
    alarms = 0.0
    for column, label in enumerate(LABELS):
        score, truth = perturbed[..., column].ravel(), np.tile(held.truth(label), len(perturbed))
        if label == "pneumonia":
            chosen = _keeping_sensitivity(truth, score)
            alarms = float(np.mean(without[..., column] >= chosen))
        else:
            chosen = max(_youden(truth, score), float(np.quantile(without[..., column], 1.0 - alarms)))
        thresholds[label] = round(chosen, 4)
    return thresholds


def _keeping_sensitivity(truth: Values, score: Values) -> float:
    """The highest operating point at which `SENSITIVITY_KEPT` of the positives are still flagged."""
    positive = np.sort(score[truth > 0.5])
    return float(positive[int((1.0 - SENSITIVITY_KEPT) * len(positive))])


def _youden(truth: Values, score: Values) -> float:
    """The operating point with the largest sum of sensitivity and specificity."""
    order = np.argsort(-score, kind="stable")
    hits, alarms = np.cumsum(truth[order]), np.cumsum(1 - truth[order])
    best = int(np.argmax(hits / hits[-1] - alarms / alarms[-1]))
    return float(score[order][best])


def measure(films: Films, folder: Path, *, say: Say = print) -> Path:
    """Measure with what is frozen and write the card; gives its path."""
    frozen = json.loads((folder / CALIBRATION_FILE).read_text(encoding="utf-8"))
    calibration, thresholds = NestedCalibration.from_dict(frozen), frozen["thresholds"]
    held = _HeldOut(films, folder)
    clean = calibration.probabilities(held.clean)
    perturbed = np.stack([calibration.probabilities(one) for one in held.perturbed])
    results = _results(held, clean, perturbed, thresholds)
    operating, precision = _curves(held, perturbed)
    card = FACTS | {
        "thresholds": thresholds,
        "operating_points": _operating_points(),
        **_counts(films),
        "results": results,
        "results_meaning": _MEANING,
        "operating_characteristic": operating,
        "precision_recall": precision,
        "subgroups": _subgroups(held, clean, perturbed, thresholds),
        "calibration": _calibration_figures(held, clean, calibration),
        "baselines": _baselines(films, held),
        "heat_map": {"scale": frozen["heat_map_scale"], "label": "logit difference shown as full colour"},
        "training_prevalence": {label: round(float(held.truth(label).mean()), 4) for label in LABELS},
        "local_prevalence_defaults": {},
        "limits_per_finding": LIMITS_PER_FINDING,
        "tried": [_mirrored(films, held, clean, calibration, folder)],
        "input_reference": statistics.references(
            (
                statistics.describe_picture(films.pictures[row].astype(np.float32) / 255.0)
                for row in films.rows("train").tolist()
            ),
            shape=False,
        ),
        "files": files_of(folder),
    }
    path = folder / CARD_FILE
    path.write_text(as_text(card), encoding="utf-8")
    for name, result in results.items():
        for form, figures in result.items():
            line = ", ".join(f"{key} {one['value']:.3f}" for key, one in figures["pneumonia"].items())
            say(f"{name}, {form}: {line}")
    return path


_MEANING: Final = {
    "lowest numbers": "whole patients with the lowest numbers of each numbering, next to which the set's "
    "own test lies: shows drift along the numbering",
    "random patients": "whole patients drawn at random",
    "perturbed": f"{PERTURBED_COPIES} random copies of each film, brought to the same spread of width to "
    "height in every class: stretch, crop, blur, resize, compression, contrast, borders",
    "interval": "95 %, patients resampled 1,000 times",
}


def _results(
    held: _HeldOut, clean: Values, perturbed: Values, thresholds: dict[str, float]
) -> dict[str, Any]:
    """Figures of each part of the held-out films, as they are and perturbed."""
    parts = {
        "all": np.ones(len(held.rows), dtype=bool),
        "lowest numbers": held.part == "ordered",
        "random patients": held.part == "random",
    }
    return {
        name: {
            "as they are": _figures(held, chosen, clean[None], thresholds),
            "perturbed": _figures(held, chosen, perturbed, thresholds),
        }
        for name, chosen in parts.items()
    }


def _counts(films: Films) -> dict[str, dict[str, int]]:
    """Films and patients of each part."""
    parts = ("train", "ordered", "random", "demo")
    return {
        "films": {part: int((films.part == part).sum()) for part in parts},
        "patients": {part: len(np.unique(films.patient[films.part == part])) for part in parts},
    }


def _figures(
    held: _HeldOut, chosen: NDArray[np.bool_], scores: Values, thresholds: dict[str, float]
) -> dict[str, Any]:
    """Discrimination and operating point of every label; `scores` has shape (copies, films, 3)."""
    patient = np.tile(held.patient[chosen], len(scores))
    figures: dict[str, Any] = {}
    for column, label in enumerate(LABELS):
        truth = np.tile(held.truth(label)[chosen], len(scores))
        score = scores[:, chosen, column].ravel()
        flagged = (score >= thresholds[label]).astype(np.float64)
        figures[label] = {
            name: metrics.estimate(statistic, truth, values, patient, seed=BOOTSTRAP_SEED).as_dict()
            for name, statistic, values in (
                ("auroc", metrics.auroc, score),
                ("sensitivity", metrics.sensitivity, flagged),
                ("specificity", metrics.specificity, flagged),
                ("accuracy", metrics.accuracy, flagged),
            )
        }
    return figures


def _curves(held: _HeldOut, scores: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    """Points of the operating characteristic and of precision against recall, by label."""
    operating, precision = {}, {}
    for column, label in enumerate(LABELS):
        score, truth = scores[..., column].ravel(), np.tile(held.truth(label), len(scores))
        operating[label] = cards.operating_curve(truth, score)
        precision[label] = cards.precision_recall_curve(truth, score)
    on = "perturbed copies of all held-out films"
    return {"on": on, "points": operating}, {"on": on, "points": precision}


def _operating_points() -> dict[str, str]:
    return {
        "pneumonia": f"the highest that keeps a sensitivity of {SENSITIVITY_KEPT:.0%} on perturbed copies "
        "of the held-out films",
        "bacterial": "largest sensitivity + specificity on perturbed copies of the held-out films",
        "viral": "largest sensitivity + specificity on perturbed copies of the held-out films",
        "frozen": "once, after training and before any other measurement",
    }


def _subgroups(
    held: _HeldOut, clean: Values, perturbed: Values, thresholds: dict[str, float]
) -> dict[str, Any]:
    """Share of films flagged for pneumonia by the class they carry, with the interval."""
    result = {}
    for number, name in enumerate(("normal", "bacterial", "viral")):
        rows = held.label == number
        result[name] = {
            form: metrics.estimate(
                metrics.flagged_share,
                np.zeros(int(rows.sum()) * len(scores)),
                (scores[:, rows, 0].ravel() >= thresholds["pneumonia"]).astype(np.float64),
                np.tile(held.patient[rows], len(scores)),
                seed=BOOTSTRAP_SEED,
            ).as_dict()
            for form, scores in (("as they are", clean[None]), ("perturbed", perturbed))
        }
    ill = held.label > 0
    share = clean[ill, 1] / np.maximum(clean[ill, 0], 1e-9)
    bacterial_or_viral = metrics.estimate(
        metrics.auroc, held.truth("bacterial")[ill], share, held.patient[ill], seed=BOOTSTRAP_SEED
    )
    return {
        "flagged for pneumonia": result,
        "bacterial against viral among pneumonia, AUROC": bacterial_or_viral.as_dict(),
        "age, sex, equipment": "not recorded in the set; cannot be measured",
    }


def _calibration_figures(held: _HeldOut, clean: Values, calibration: NestedCalibration) -> dict[str, Any]:
    """Calibration error of every label, with leave-patients-out refits so that no film judges itself."""
    out = _refitted(held)
    return {
        "method": "one Platt map for pneumonia, one for bacterial among pneumonia; fitted on held-out films",
        "maps": [round(one, 4) for one in calibration.maps],
        "prevalence": round(float((held.label > 0).mean()), 3),
        "judged": "ten folds of patients, each answered by maps fitted on the other nine",
        "labels": {
            label: cards.calibration_figures(held.truth(label), out[:, column], held.patient)
            for column, label in enumerate(LABELS)
        },
    }


def _refitted(held: _HeldOut) -> Values:
    """Probabilities of every film from maps that have not seen its patient, shape (n, 3)."""
    fold = np.random.default_rng(BOOTSTRAP_SEED).integers(0, 10, int(held.patient.max()) + 1)[held.patient]
    out = np.empty((len(held.rows), 3))
    for number in range(10):
        rest = fold != number
        maps = fit_calibration(
            held.clean[rest],
            held.label[rest],
            held.patient[rest],
            np.zeros((1, 2)),
            seed=number,
            replicates=0,
        )
        out[~rest] = maps.probabilities(held.clean[~rest])
    return out


def _mirrored(
    films: Films, held: _HeldOut, clean: Values, calibration: NestedCalibration, folder: Path
) -> str:
    """What averaging a film's answer with that to its mirror image comes to, in a sentence."""
    images = inputs(films, held.rows, SIZE)[:, :, ::-1]
    mirrored = served_outputs(folder / SERVED_FILE, images)[0]
    both = calibration.probabilities((held.clean + mirrored) / 2)
    truth = held.truth("pneumonia")
    before, after = (metrics.auroc(truth, one[:, 0]) for one in (clean, both))
    verdict = "No gain for twice the work" if after - before < 0.002 else "Left out: it takes twice the work"
    return (
        "Averaging the answers to a film and to its mirror image: AUROC for pneumonia on the held-out films "
        f"{before:.4f} without, {after:.4f} with. {verdict}."
    )


def _baselines(films: Films, held: _HeldOut) -> dict[str, Any]:
    """What the set's known traps alone reach on the same films."""
    aspect, size = films.aspect[held.rows], -films.file_bytes[held.rows].astype(np.float64)
    truth, known = held.truth("pneumonia"), np.isfinite(aspect)
    return {
        "width to height of the original alone, AUROC for pneumonia": metrics.estimate(
            metrics.auroc, truth[known], aspect[known], held.patient[known], seed=BOOTSTRAP_SEED
        ).as_dict(),
        "size of the file alone, AUROC for pneumonia": metrics.estimate(
            metrics.auroc, truth, size, held.patient, seed=BOOTSTRAP_SEED
        ).as_dict(),
    }
