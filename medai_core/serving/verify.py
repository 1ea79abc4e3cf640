"""Proof that the models answer as they did when they were measured."""

import json
from typing import Final

import numpy as np

from medai_core.learning.golden import answers, golden_input
from medai_core.learning.weights import file_digest
from medai_core.serving import runtime, specialty, survival, tabular, values
from medai_core.serving.registry import NOTE, TABLE, TABLES, VALUE, ModelCard, available

TOLERANCE: Final = 1e-4


def verify_models() -> list[str]:
    """What is wrong with the installed models, one sentence each; empty where nothing is.

    Checks every file's SHA-256 against the card, then the network's answers to the golden inputs.
    """
    problems = []
    for model in available(None):
        found = _files(model)
        problems += found or _golden(model)
    return problems


def _files(model: ModelCard) -> list[str]:
    problems = []
    for entry in model.data["files"].values():
        path = model.folder / entry["name"]
        if not path.is_file():
            problems.append(f"{model.name}: the file {entry['name']} is missing.")
        elif file_digest(path) != entry["sha256"]:
            problems.append(f"{model.name}: the file {entry['name']} is not the one that the card describes.")
    return problems


def _golden(model: ModelCard) -> list[str]:
    """Compare probabilities with golden.json. On a GPU the half precision is given more room."""
    golden = json.loads((model.folder / "golden.json").read_text(encoding="utf-8"))
    key = "values" if model.kind == VALUE else "probabilities"
    expected = np.array([case[key] for case in golden["cases"]])
    if model.kind == NOTE:
        probabilities = specialty.probabilities(model, [case["text"] for case in golden["cases"]])
        room = TOLERANCE
    elif model.kind in TABLES:
        given = [case["row"] for case in golden["cases"]]
        rows = np.array([[np.nan if one is None else one for one in row] for row in given], dtype=np.float64)
        if model.kind == TABLE:
            probabilities = tabular.function(model.name)(rows)[:, None]
        elif model.kind == VALUE:
            probabilities = values.function(model.name)(rows)[:, None]
        else:
            probabilities = survival.model_of(model.name).survival(rows, survival.years_of(model))
        room = TOLERANCE
    else:
        images = np.stack([golden_input(case["seed"], model.inputs.size) for case in golden["cases"]])
        logits = runtime.run(model.name, images).logits
        probabilities = answers(logits, exclusive=golden.get("exclusive", True))
        room = TOLERANCE if runtime.device() is runtime.Device.CPU else 100 * TOLERANCE
    worst = float(np.abs(probabilities - expected).max())
    if worst <= room:
        return []
    return [f"{model.name}: answers differ from the golden ones by {worst:.4f}; at most {room:g} is allowed."]
