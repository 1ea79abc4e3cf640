"""A made-up model of fourteen findings and a made-up gate: whole cards, small, with no network behind."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from medai_core.domain.prediction import Finding, Prediction
from medai_core.serving import registry

NAME: Final = "film_findings"
GATE: Final = "film_gate"
LABELS: Final = (
    "Atelectasis", "Cardiomegaly", "Effusion", "Infiltration", "Mass", "Nodule", "Pneumonia",
    "Pneumothorax", "Consolidation", "Edema", "Emphysema", "Fibrosis", "Pleural_Thickening", "Hernia",
)  # fmt: skip
WEAK: Final = ("Nodule", "Pneumonia", "Hernia")
FLAGGED: Final = ("Effusion", "Cardiomegaly")
THRESHOLD: Final = 0.3


_CALIBRATION: Final = {
    "kind": "separate",
    "labels": list(LABELS),
    "maps": [[1.0, 0.0]] * len(LABELS),
    "replicates": [[[1.0, 0.0, 0.0]] * len(LABELS)],
}


def estimate(value: float, n: int = 900) -> dict[str, float]:
    """A figure as `evaluate` writes it."""
    return {
        "value": value,
        "low": round(value - 0.03, 3),
        "high": round(value + 0.02, 3),
        "n": n,
        "patients": n // 2,
    }


def auroc(label: str) -> float:
    """The made-up AUROC of a label, another for each."""
    return round(0.84 - 0.012 * LABELS.index(label), 3)


def card(**changes: Any) -> dict[str, Any]:
    """The whole card of the made-up model."""
    points = [(0.1, 0.98, 0.3), (0.3, 0.7, 0.8), (0.6, 0.3, 0.96)]
    return {
        "name": NAME,
        "title": "Fourteen findings on made-up films",
        "version": "0.1.0",
        "kind": "findings",
        "task": "A probability for each of fourteen findings.",
        "labels": list(LABELS),
        "label_names": {"Pleural_Thickening": "Pleural thickening"},
        "intended_use": "Tests. A second look beside a reader's own.",
        "not_for": "Anybody.",
        "inputs": {
            "age_years": {"from": 18, "to": 120},
            "views": ["AP", "PA"],
            "modalities": ["CR", "DX"],
            "size": 128,
        },
        "training_data": {"name": "Made-up films", "licence": "none", "citation": "Nobody, nowhere."},
        "training_prevalence": {label: 0.05 for label in LABELS},
        "thresholds": {label: THRESHOLD for label in LABELS},
        "not_reliable": list(WEAK),
        "reliability_rule": "A finding whose lower bound is under 0.70 is not shown.",
        "limits": ["Made up.", "No film was read."],
        "limits_per_finding": {"Effusion": ["Small effusions are missed."]},
        "tried": ["Larger pictures: no gain."],
        "results": {
            "natural films": {label: _results(label) for label in LABELS},
            "enriched films": {label: {"auroc": estimate(auroc(label) - 0.05, 400)} for label in LABELS},
        },
        "reference": {
            "name": "DenseNet-121",
            "results": {
                label: {"auroc": estimate(round(0.9 - 0.02 * place, 3))}
                for place, label in enumerate(LABELS)
            },
        },
        "operating_characteristic": {
            "points": {
                label: [{"threshold": t, "sensitivity": s, "specificity": c} for t, s, c in points]
                for label in LABELS
            }
        },
        "precision_recall": {
            "points": {
                label: [{"threshold": t, "recall": s, "precision": t} for t, s, c in points]
                for label in LABELS
            }
        },
        "calibration": {
            "labels": {
                label: {
                    "expected_calibration_error": estimate(0.031),
                    "bins": [[0.05, 0.04, 700], [0.4, 0.5, 200]],
                }
                for label in LABELS
            }
        },
        "subgroups": {
            "sex": {sex: {label: {"auroc": estimate(auroc(label), 450)} for label in LABELS} for sex in "FM"},
            "view": {
                view: {label: {"auroc": estimate(auroc(label), 300)} for label in LABELS}
                for view in ("AP", "PA")
            },
        },
        "pointing_game": {
            "Effusion": {"hits": 40, "n": 50, "chance": 0.2},
            "Cardiomegaly": {"hits": 3, "n": 20, "chance": 0.2},
            "meaning": "Boxes of the data set.",
        },
        "heat_map": {"scale": 6.0},
        "files": {
            "served": {"name": "model.tflite", "sha256": "5e" * 32, "bytes": 3},
            "keras": {"name": "weights.npz", "sha256": "5f" * 32, "bytes": 3},
            "calibration": {"name": "calibration.json", "sha256": "61" * 32, "bytes": 2},
            "golden": {"name": "golden.json", "sha256": "60" * 32, "bytes": 2},
        },
    } | changes  # fmt: skip


def _results(label: str) -> dict[str, Any]:
    return {
        "auroc": estimate(auroc(label)),
        "sensitivity": estimate(0.7),
        "specificity": estimate(0.8),
        "ppv": estimate(0.25),
    }


def gate_card() -> dict[str, Any]:
    """The whole card of the made-up gate."""
    kept = ("version", "inputs", "limits", "files")
    return {name: value for name, value in card().items() if name in kept} | {
        "name": GATE,
        "title": "Made-up gate",
        "kind": "gate",
        "task": "Says what a picture is.",
        "labels": ["frontal_chest", "lateral_chest", "other"],
        "intended_use": "Tests.",
        "thresholds": {},
        "refusals": {
            "upside down": {"n": 200, "refused": 196, "low": 0.95, "high": 0.992},
            "hands": {"n": 40, "refused": 40, "low": 0.912, "high": 1.0},
        },
    }


def install(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    *cards: dict[str, Any],
    beside: str = "paediatric_pneumonia",
) -> None:
    """Make `cards` the installed models, beside one of those that there are."""
    folder.mkdir()
    (folder / beside).symlink_to(registry.MODELS / beside)
    for one in cards:
        (folder / one["name"]).mkdir()
        (folder / one["name"] / "card.json").write_text(json.dumps(one), encoding="utf-8")
        (folder / one["name"] / "calibration.json").write_text(json.dumps(_CALIBRATION), encoding="utf-8")
    monkeypatch.setattr(registry, "MODELS", folder)


def prediction(**changes: Any) -> Prediction:
    """An answer of the made-up model: two findings flagged, the others below."""
    findings = tuple(
        Finding(
            label,
            0.62 if label in FLAGGED else round(0.02 + 0.015 * place, 3),
            0.05,
            0.8,
            THRESHOLD,
            reliable=label not in WEAK,
        )
        for place, label in enumerate(LABELS)
    )
    given: dict[str, Any] = {
        "model": NAME,
        "version": "0.1.0",
        "weights_digest": "5e" * 32,
        "input_digest": "00" * 32,
        "refused": None,
        "findings": findings,
        "cautions": (),
    }
    return Prediction(**(given | changes))
