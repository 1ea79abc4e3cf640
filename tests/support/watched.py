"""A store in which a model has answered for a year, with a change of its inputs on the way. All made up."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from sqlalchemy import insert

from medai_core.domain.prediction import Finding
from medai_core.domain.reading import Verdict
from medai_core.imaging.statistics import NAMES
from medai_core.store import tables
from medai_core.store.database import Store
from medai_core.store.documents import finding_to_json

MODEL: Final = "paediatric_pneumonia"
LABELS: Final = {"pneumonia": 0.9165, "bacterial": 0.6275, "viral": 0.6259}
NOW: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)

_REFUSALS: Final = (
    "Expected an age of 1 to 5 years; found {} years. Read this study without a model.",
    "Expected AP or PA view; found view LL. Read this image without this model.",
    "Expected an image with visible contrast; found one that is nearly uniform. Check the image.",
)
_MEANS: Final = {
    "mean_grey": (0.48, 0.04),
    "contrast": (0.24, 0.02),
    "sharpness": (0.05, 0.008),
    "entropy": (5.4, 0.2),
    "black_share": (0.08, 0.02),
    "white_share": (0.02, 0.008),
    "edge_grey": (0.3, 0.05),
    "symmetry": (0.8, 0.05),
    "width_to_height": (0.85, 0.05),
    "short_side": (1800.0, 200.0),
}


@dataclass(frozen=True)
class Plan:
    """What is made: `answers` spread evenly over `days` up to `until`; the last `drifted_days` are another.

    After the change pictures are darker and less sharp, more are refused, probabilities are higher, and
    readers agree less.
    """

    answers: int = 2000
    days: int = 365
    drifted_days: int = 60
    read_share: float = 0.6
    version: str = "1.0.0"
    labels: int | None = None
    described: bool = True
    seed: int = 7
    until: datetime = NOW


def fill(store: Store, plan: Plan | None = None) -> None:
    """Put one study with one image into the store, and all answers and readings on it."""
    plan = plan or Plan()
    chance = np.random.default_rng(plan.seed)
    ago = np.sort(chance.uniform(0, plan.days, plan.answers))[::-1]
    changed = ago < plan.drifted_days
    refused = chance.random(plan.answers) < np.where(changed, 0.16, 0.05)
    labels = LABELS if plan.labels is None else {f"finding_{n}": 0.5 for n in range(plan.labels)}
    scores = chance.beta(np.where(changed, 1.6, 0.8)[:, None], 1.2, (plan.answers, len(labels)))
    measured = {
        name: chance.normal(mean - spread * 2.5 * changed * (name in ("mean_grey", "sharpness")), spread)
        for name, (mean, spread) in _MEANS.items()
    }
    assert set(measured) == set(NAMES)
    ages = chance.uniform(1, 5.9, plan.answers)
    views = np.where(chance.random(plan.answers) < 0.8, "AP", "PA")
    predictions, readings = [], []
    for n in range(plan.answers):
        at = plan.until - timedelta(days=float(ago[n]))
        inputs: dict[str, Any] = {name: round(float(values[n]), 5) for name, values in measured.items()}
        inputs |= {"age_years": round(float(ages[n]), 2), "view": str(views[n])}
        sentence = _REFUSALS[n % 3].format(6 + n % 60) if refused[n] else None
        findings = [
            finding_to_json(Finding(label, float(p), max(0.0, p - 0.1), min(1.0, p + 0.1), threshold))
            for (label, threshold), p in zip(labels.items(), scores[n], strict=True)
        ]
        predictions.append(_prediction(n, at, plan, sentence, findings, inputs))
        if sentence is None and chance.random() < plan.read_share:
            readings.append(
                _reading(n, at, plan.until, _verdict(chance, bool(changed[n])), chance.random() < 0.3)
            )
    _insert(store, predictions, readings)


def _verdict(chance: np.random.Generator, changed: bool) -> str:
    shares = (0.55, 0.2, 0.2, 0.05) if changed else (0.82, 0.08, 0.06, 0.04)
    return str(chance.choice([verdict.value for verdict in Verdict], p=shares))


def _prediction(
    number: int,
    at: datetime,
    plan: Plan,
    refused: str | None,
    findings: list[dict[str, Any]],
    inputs: dict[str, Any],
) -> dict[str, Any]:
    return {
        "id": f"p{plan.version}-{number}",
        "image_id": "image",
        "model": MODEL,
        "version": plan.version,
        "weights_digest": "ab" * 32,
        "input_digest": "cd" * 32,
        "refused": refused,
        "findings": [] if refused else findings,
        "cautions": [],
        "created_at": at,
        "inputs": inputs if plan.described else None,
        "scores": None
        if refused or not plan.described
        else [round(one["probability"], 9) for one in findings],
    }


def _reading(number: int, at: datetime, until: datetime, verdict: str, saw_first: bool) -> dict[str, Any]:
    signed = min(at + timedelta(hours=2), until)
    return {
        "id": f"r{number}",
        "study_id": "study",
        "image_id": "image",
        "prediction_id": f"p1.0.0-{number}",
        "author_id": f"author-{number}",
        "author_name": "A. Reader",
        "first_impression": "" if saw_first else "seen",
        "first_impression_at": None if saw_first else at,
        "saw_model_first": saw_first,
        "report": "seen",
        "comment": "",
        "verdict": verdict,
        "revision": 1,
        "created_at": at,
        "updated_at": signed,
        "signed_at": signed,
        "signed_content": "{}",
        "content_digest": "ef" * 32,
    }


def _insert(store: Store, predictions: list[dict[str, Any]], readings: list[dict[str, Any]]) -> None:
    with store._database.transaction() as connection:
        if connection.execute(tables.images.select()).first() is None:
            for table, row in _BELOW.items():
                connection.execute(insert(getattr(tables, table)).values(**row))
        connection.execute(insert(tables.predictions), predictions)
        if readings:
            connection.execute(insert(tables.readings), readings)


_BELOW: Final[dict[str, dict[str, Any]]] = {
    "patients": {
        "id": "patient", "issuer": "", "identifier": "P-1", "name_alphabetic": "Lindt Anna",
        "name_ideographic": "", "name_phonetic": "", "restricted": False, "search": "lindt anna",
        "created_at": NOW,
    },
    "studies": {
        "id": "study", "patient_id": "patient", "study_uid": "1.2", "accession_number": "", "modality": "DX",
        "description": "Chest", "received_at": NOW, "state": "signed", "priority": 2,
        "model_state": "not scored", "raised": False, "raised_by": "", "image_count": 1,
        "signed_by_name": "A. Reader",
    },
    "series": {
        "id": "series", "study_id": "study", "series_uid": "1.2.3", "modality": "DX", "description": "",
    },
    "images": {
        "id": "image", "series_id": "series", "study_id": "study", "sop_instance_uid": "1.2.3.4",
        "digest": "cd" * 32, "size_bytes": 1, "dtype": "uint16", "virtual": False, "header": {},
        "pipeline": {}, "added_at": NOW,
    },
}  # fmt: skip
