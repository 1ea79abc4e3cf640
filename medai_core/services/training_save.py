"""What the training process does when a model is saved: fit, measure on rows held out, write the folder."""

import os
import re
import shutil
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from medai_core import __version__
from medai_core.domain.training import Choices
from medai_core.learning import cards, judging, own_cards
from medai_core.learning.candidates import Candidate, candidate
from medai_core.learning.comparing import Data, compare, fit_procedure, fits, held_out
from medai_core.learning.own_models import as_predictor, narrowed, read_columns_of
from medai_core.learning.table_cards import OutOfFold
from medai_core.learning.tabular import TabularModel
from medai_core.services import training
from medai_core.services.training_compare import Tells, rows_of
from medai_core.services.training_data import Prepared
from medai_core.serving import registry
from medai_core.store.connection import private_folder
from medai_core.store.database import Store
from medai_core.store.trainings import Training

_NO_LETTER: Final = re.compile(r"[^a-z0-9]+")
KEEPS_ROWS: Final = {
    "svm_rbf": "The model's file holds rows of the table (those that its kernel stands on): it is as much to "
    "be protected as the table."
}


def save(store: Store, found: Training, progress: Tells) -> dict[str, Any]:
    """Fit the chosen candidate, measure it, write its folder. What to set when all is done."""
    wanted: Mapping[str, Any] = (found.choices or {})["save"]
    choices = training.compared_choices(found)
    assert choices is not None, "a model is saved after it was compared"
    rows = rows_of(store, found, choices)
    one = candidate(str(wanted["candidate"]), len(rows.data))
    held = held_out(rows.data)
    dev, out = rows.data.rows(np.flatnonzero(~held)), rows.data.rows(np.flatnonzero(held))
    total, done = fits(one) + len(one.settings) * 3 + 1 + 20, 0

    def step() -> None:
        nonlocal done
        done += 1
        progress.tell(min(0.97, done / total), f"Fitting: {one.title}")

    answers = compare(one, dev, most=rows.most, step=step)
    procedure = fit_procedure(one, dev, most=rows.most, step=step)
    columns = read_columns_of(procedure)
    smaller, few = narrowed(procedure, dev, columns)
    inputs = tuple(rows.inputs[column] for column in columns)
    model = as_predictor(one, smaller, few, inputs, step=step)
    progress.tell(0.98, "Measuring on the rows that were held out")
    name = _free_name(store.home, str(wanted["title"]))
    folder = store.home / registry.OWN_FOLDER / f".{name}"
    shutil.rmtree(folder, ignore_errors=True)
    private_folder(folder.parent)
    private_folder(folder)
    OutOfFold(
        rows.rows[~held][answers.rows], dev.group[answers.rows], answers.fold, dev.y[answers.rows],
        {one.name: answers.probabilities},
    ).write(folder)  # fmt: skip
    oof = dev.y[answers.rows], answers.probabilities, dev.group[answers.rows]
    parts = _measured(model, out, columns, oof, float(wanted["threshold"]))
    card = _card(found, choices, rows, one, model, name) | parts
    own_cards.write(card, model, folder)
    for path in folder.iterdir():
        path.chmod(0o600)
    os.replace(folder, folder.with_name(name))
    store.audit.append(found.owner_id, "training-saved", found.id, {"model": name})
    return {"state": training.SAVED, "model": name}


def _measured(
    model: TabularModel, out: Data, columns: list[int], oof: tuple[Any, Any, Any], threshold: float
) -> dict[str, Any]:
    """Results on the rows held out, and out of fold; curves of the former."""
    score = model.probabilities(out.X[:, columns])
    held = own_cards.measured(out.y, score, out.group, threshold)
    return {
        "results": {
            own_cards.HELD_OUT: {own_cards.LABEL: held},
            own_cards.COMPARED: {own_cards.LABEL: own_cards.measured(*oof, threshold)},
        },
        "thresholds": {own_cards.LABEL: threshold},
        "held_out_counts": {"n": len(out), "positives": int(out.y.sum())},
        **own_cards.curves(out.y, score, out.group),
        "net_benefit": judging.net_benefit(out.y, score),
    }


def _card(
    found: Training, choices: Choices, rows: Prepared, one: Candidate, model: TabularModel, name: str
) -> dict[str, Any]:
    """What is said of the model in words; its author's id is opaque."""
    wanted: Mapping[str, Any] = (found.choices or {})["save"]
    result = found.result or {}
    title = str(wanted["title"])
    return {
        "name": name,
        "kind": registry.TABLE,
        "title": title,
        "version": "1.0.0",
        "task": f"The probability of the outcome that was chosen in the training table: {title}.",
        "labels": [own_cards.LABEL],
        "label_names": {own_cards.LABEL: title},
        "target": {"column": choices.target, "positive": list(choices.positive)},
        "horizon": "as in the training table",
        "local": {"state": own_cards.LOCAL, "author": found.owner_id},
        "intended_use": "None yet: local, not validated. For its author to look at, until it is released.",
        "not_for": "Decisions about a patient.",
        "training_data": {
            "name": "a table that the author brought",
            "rows": len(rows.data),
            "people_or_groups": len(np.unique(rows.data.group)),
            "with_the_outcome": int(rows.data.y.sum()),
            "left_out": rows.left_out,
            "licence": "the table's owner decides; it does not leave this installation",
            "citation": "none",
        },
        "licence": "the table's owner decides",
        "inputs": own_cards.inputs_of(model, model.inputs),
        "method": {
            "name": one.title,
            "split": _split(choices),
            "held_out": int(result.get("held_out", 0)),
            "selected_columns": f"at most {rows.most}, inside of every fold"
            if rows.most
            else "all that vary",
            "program": f"MedAI {__version__}",
        },
        "operating_points": {
            "decision": "\u201cflag\u201d from the operating point on, else \u201cno flag\u201d",
            "frozen": "chosen by the author on the answers of nested cross-validation, before the rows held "
            "out were looked at",
            "costs": wanted.get("costs") or "none given",
        },
        "training_prevalence": {own_cards.LABEL: cards.short(float(rows.data.y.mean()))},
        "results_meaning": "Rows held out took part in nothing: neither in choosing nor in fitting. "
        "Intervals resample people or groups.",
        "optimistic": "The kind of model was chosen among those compared on the same folds; the rows held "
        "out come from the same table, so that people elsewhere may differ more.",
        "limits": _limits(result, one),
        "compared": _compared(result),
        "tried": [],
    }


def _split(choices: Choices) -> str:
    words = {
        "random": "at random",
        "group": "by group: nobody is on both sides",
        "time": "by time: what was held out is the latest",
    }
    return words[choices.split]


def _limits(result: Mapping[str, Any], one: Candidate) -> list[str]:
    """What is known to be weak, with the warnings that the author set aside."""
    said = [
        "Local, not validated: measured on rows of the same table alone.",
        "Sex, age and other groups were not looked at one by one.",
        "Numbers must be written with a decimal point and in the units of the training table.",
    ]
    aside = [
        f"The column {issue['column']} was kept in spite of a warning: {issue['text']}"
        for issue in result.get("set_aside", ())
    ]
    kept = [KEEPS_ROWS[one.name]] if one.name in KEEPS_ROWS else []
    return said + kept + aside


def _compared(result: Mapping[str, Any]) -> dict[str, Any]:
    return {
        candidate(name).title: {
            "auroc": one["figures"].get("auroc"),
            "slope": one["figures"].get("calibration_slope"),
            "served": False,
        }
        for name, one in result.get("candidates", {}).items()
    }


def _free_name(home: Path, title: str) -> str:
    """A name that no model has: ``own_``, the title in small letters, a number where it is needed."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = "own_" + (_NO_LETTER.sub("_", plain).strip("_")[:40] or "model")
    taken = {path.name for path in (home / registry.OWN_FOLDER).glob("*")}
    number, name = 1, stem
    while name in taken or (registry.MODELS / name).exists():
        number += 1
        name = f"{stem}_{number}"
    return name
