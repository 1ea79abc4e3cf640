"""Answers about made-up people: of a published score, and of a small predictor fitted on made-up rows."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from medai_core.domain.inputs import CHOICE, YES_NO, Input, Need, Value
from medai_core.domain.risk import Kind, RiskEstimate
from medai_core.learning import population as populations
from medai_core.learning.tabular import MODEL_FILE, POPULATION_FILE, Method, fit_bagged
from medai_core.scores.frame import evaluate
from medai_core.services.scores import score_of

INPUTS = (
    Input("age", "age", unit="years", low=0, high=120, need=Need.OPTIONAL),
    Input("sex", "sex", CHOICE, choices=("female", "male"), need=Need.OPTIONAL),
    Input(
        "SYSBP", "systolic blood pressure", unit="mmHg", low=50, high=300, loinc=("8480-6",),
        need=Need.OPTIONAL, changeable=True,
    ),
    Input(
        "DIABP", "diastolic blood pressure", unit="mmHg", low=20, high=200, loinc=("8462-4",),
        need=Need.OPTIONAL, changeable=True,
    ),
    Input("CURSMOKE", "smokes", YES_NO, need=Need.OPTIONAL, changeable=True),
    Input("BMI", "body mass index", unit="kg/m2", low=10, high=80, loinc=("39156-5",), need=Need.OPTIONAL,
          changeable=True),
)  # fmt: skip
NAME = "made_up"
THRESHOLD = 0.3

PERSON: Mapping[str, Value] = {
    "age": 66.0, "sex": "male", "SYSBP": 172.0, "DIABP": 96.0, "CURSMOKE": True, "BMI": 33.0,
}  # fmt: skip


def of_score(name: str, values: Mapping[str, Value], threshold: float | None = None) -> RiskEstimate:
    """What a published score says, as the Risk page has it."""
    score = score_of(name)
    found = evaluate(score, values)
    return RiskEstimate(
        score.name, score.title, Kind.SCORE, score.version, score.unit, score.title, "topic", score.inputs,
        dict(values), value=found.value, category=found.category or "", threshold=threshold,
    )  # fmt: skip


def of_predictor(values: Mapping[str, Value], name: str = NAME) -> RiskEstimate:
    """What the made-up predictor says, as the Risk page has it; its folder is that of `made_up_predictor`."""
    from medai_core.serving import tabular

    told = tabular.answer(name, values)
    return RiskEstimate(
        name, "A made-up outcome", Kind.PREDICTOR, "1", "1", "a made-up outcome", "topic", INPUTS,
        dict(values), value=told.probability, low=told.low, high=told.high,
        flagged=told.decision == tabular.FLAG, threshold=THRESHOLD, missing=told.missing,
    )  # fmt: skip


def made_up_predictor(folder: Path) -> Path:
    """A folder `models` with one fitted predictor for tables, `NAME`."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rows, truth = _people(600)
    model = fit_bagged(
        rows, truth, np.arange(len(rows)), INPUTS,
        Method(lambda: make_pipeline(StandardScaler(), LogisticRegression())), refits=8, seed=1,
    )  # fmt: skip
    home = folder / "models" / NAME
    model.save(home)
    (home / "card.json").write_text(json.dumps(_card()), encoding="utf-8")
    return folder / "models"


def _people(count: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    chance = np.random.default_rng(3)
    age, male = chance.uniform(30, 80, count).round(), chance.integers(0, 2, count)
    upper = chance.normal(105 + 0.5 * age, 15)
    lower = 0.45 * upper + chance.normal(22, 7, count)
    smokes, mass = chance.integers(0, 2, count), chance.normal(28, 4, count)
    score = 0.06 * (age - 55) + 0.5 * male + 0.03 * (upper - 130) + 0.8 * smokes + 0.05 * (mass - 28) - 1.2
    truth = (chance.random(count) < 1 / (1 + np.exp(-score))).astype(float)
    return np.column_stack([age, male, upper, lower, smokes, mass]), truth


def _card() -> dict[str, Any]:
    named = {"served": MODEL_FILE, "population": POPULATION_FILE}
    return {
        "name": NAME, "title": "A made-up outcome", "version": "1", "task": "a made-up outcome",
        "kind": "table", "labels": ["outcome"], "intended_use": "tests", "limits": [],
        "thresholds": {"outcome": THRESHOLD},
        "inputs": {"columns": [populations.as_dict(one) for one in INPUTS]},
        "files": {key: {"name": file, "sha256": "0" * 64} for key, file in named.items()},
    }  # fmt: skip
