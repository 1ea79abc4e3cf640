"""What the training process does first: compare the chosen estimators by nested cross-validation."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

import numpy as np

from medai_core.domain.training import WARN, Choices
from medai_core.learning import importance, judging
from medai_core.learning.candidates import Candidate, candidate
from medai_core.learning.comparing import SEED, Compared, fits, held_out, seconds
from medai_core.learning.comparing import compare as compare_one
from medai_core.services import training, training_data, training_table
from medai_core.services.training_data import Prepared
from medai_core.store.database import Store
from medai_core.store.trainings import Training

AS_GOOD: Final = 0.01
"""An AUROC that lies so little below the best is as good: the simpler model is then proposed."""
EXPLAINED_FOLDS: Final = 2


class Tells(Protocol):
    """Where progress and results go."""

    def tell(self, share: float, words: str) -> None:
        """Say how far it is."""
        ...

    def change(self, **values: Any) -> None:
        """Write to the training's row."""
        ...


def rows_of(store: Store, found: Training, choices: Choices) -> Prepared:
    """The table as it was brought, prepared as was chosen. Raises Refusal."""
    table = training_table.read(store.trainings.table(found.id), found.title)
    return training_data.prepared(table, training.profile_of(found), choices)


def compare(store: Store, found: Training, progress: Tells) -> dict[str, Any]:
    """Compare all candidates; results are written as they come. What to set when all is done."""
    choices = training.choices_of(found)
    assert choices is not None, "a training is started after its choices are made"
    rows = rows_of(store, found, choices)
    held = held_out(rows.data)
    dev = rows.data.rows(np.flatnonzero(~held))
    candidates = [candidate(name, len(rows.data)) for name in choices.candidates]
    costs = {one.name: seconds([one], len(dev), dev.X.shape[1]) for one in candidates}
    result: dict[str, Any] = {
        "choices": choices.as_dict(),
        "set_aside": [
            {"column": one.column, "text": one.text}
            for one in training.leaks_of(found)
            if one.severity == WARN and one.column in choices.columns
        ],
        "rows": len(rows.data),
        "held_out": int(held.sum()),
        "groups": len(np.unique(rows.data.group)),
        "positives": int(rows.data.y.sum()),
        "left_out": rows.left_out,
        "columns": [one.key for one in rows.inputs],
        "selected": rows.most,
        "candidates": {},
        "failed": {},
    }
    for place, one in enumerate(candidates):
        _one(one, place, candidates, costs, rows, dev, progress, result)
        result["recommended"] = recommended(result["candidates"])
        progress.change(result=result)
    return {"result": result, "state": training.COMPARED if result["candidates"] else training.ENDED}


def _one(
    one: Candidate,
    place: int,
    candidates: list[Candidate],
    costs: Mapping[str, float],
    rows: Prepared,
    dev: Any,
    progress: Tells,
    result: dict[str, Any],
) -> None:
    """Compare one; what cannot be fitted is named in the result and does not end the others."""
    before = sum(costs[other.name] for other in candidates[:place])
    total, done, wanted = sum(costs.values()), 0, fits(one)
    words = f"{one.title} ({place + 1} of {len(candidates)})"

    def step() -> None:
        nonlocal done
        done += 1
        progress.tell(min(0.99, (before + costs[one.name] * min(1.0, done / wanted)) / total), words)

    progress.tell(before / total, words)
    try:
        found = compare_one(one, dev, most=rows.most, step=step)
    except ValueError:
        result["failed"][one.name] = "No part of the table that was held out has both classes."
        return
    result["candidates"][one.name] = judged(found, dev, rows)


def judged(found: Compared, dev: Any, rows: Prepared) -> dict[str, Any]:
    """Figures, curves and importance of one candidate, on rows that its procedures have not seen."""
    truth, group = dev.y[found.rows], dev.group[found.rows]
    return {
        "figures": judging.figures(truth, found.probabilities, group),
        "curves": judging.curves(truth, found.probabilities, group),
        "settings": found.settings,
        "importance": _importance(found, dev, rows),
    }


def _importance(found: Compared, dev: Any, rows: Prepared) -> list[dict[str, Any]]:
    """Columns with the AUROC that is lost without them and their share of SHAP values, mean over folds."""
    lost: dict[int, list[float]] = {}
    shares: dict[int, list[float]] = {}
    for procedure, held in found.procedures[:EXPLAINED_FOLDS]:
        columns = np.unique(procedure.preparation.sources)[: importance.COLUMNS]
        seen = np.setdiff1d(np.arange(len(dev)), held)
        for column, drop in importance.permutation(
            procedure, dev.X[held], dev.y[held], columns.tolist(), seed=SEED
        ).items():
            lost.setdefault(column, []).append(drop)
        for column, share in importance.contributions(procedure, dev.X[seen], dev.X[held], seed=SEED).items():
            shares.setdefault(column, []).append(share)
    folds = max(1, len(found.procedures[:EXPLAINED_FOLDS]))
    found_all = [
        {
            "column": rows.inputs[column].key,
            "auroc_lost": round(float(np.mean(lost[column])), 5) if column in lost else None,
            "shap_share": round(float(np.sum(shares.get(column, [0.0]))) / folds, 5),
        }
        for column in sorted(set(lost) | set(shares))
    ]
    return sorted(found_all, key=lambda one: -one["shap_share"])


def recommended(found: Mapping[str, Any]) -> str:
    """The simplest of those whose AUROC is as good as the best; "" where nothing was measured."""
    measured = {
        name: one["figures"]["auroc"]["value"] for name, one in found.items() if "auroc" in one["figures"]
    }
    if not measured:
        return ""
    best = max(measured.values())
    good = [name for name, value in measured.items() if value >= best - AS_GOOD]
    return min(good, key=lambda name: candidate(name).complexity)
