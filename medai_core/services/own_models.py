"""Models that people trained here: whose they are, measuring them on a further file, releasing them.

visible(store, caller), card_of(...), measure_on(...), release(...), withdraw(...), remove(...).
"""

import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Any, Final

import numpy as np

from medai_core.domain.people import Caller, Role
from medai_core.domain.refusal import Refusal
from medai_core.learning import cards, own_cards
from medai_core.learning.columns import read_columns
from medai_core.learning.tabular import TabularModel
from medai_core.security.access import require
from medai_core.services import training, training_table
from medai_core.serving import registry
from medai_core.serving.registry import ModelCard
from medai_core.store import clock
from medai_core.store.database import Store

FEWEST: Final = 15
"""As many with the outcome, and as many without it, a released model was measured on at least."""
FEWEST_LETTERS: Final = 20
FURTHER: Final = "a further file"


def visible(store: Store, caller: Caller) -> tuple[ModelCard, ...]:
    """The caller's own models; to an administrator all, since they decide on the release."""
    require(caller, Role.CLINICIAN)
    found = registry.own_models(store.home)
    if caller.role is Role.ADMINISTRATOR:
        return found
    return tuple(one for one in found if one.author == caller.user_id)


def card_of(store: Store, caller: Caller, name: str) -> ModelCard:
    """One of `visible`. Raises Refusal "unknown-model": others' look like none."""
    found = next((one for one in visible(store, caller) if one.name == name), None)
    if found is None:
        raise Refusal(
            "unknown-model",
            expected="a model of your own",
            found="none of this name",
            what_to_do="Choose one of the list.",
        )
    return found


def held_out_counts(card: ModelCard) -> tuple[int, int] | None:
    """(n, with the outcome) of the rows that the card was measured on; None where it was not."""
    counted = card.data.get("held_out_counts")
    return None if not counted else (int(counted["n"]), int(counted["positives"]))


def measure_on(store: Store, caller: Caller, name: str, file: str, content: bytes) -> dict[str, Any]:
    """Measure a model on a further file with the columns of the training table; the card gets the figures.

    The file is read and not kept. Raises Refusal "unknown-model", "held-out-target", "held-out-too-few" and
    those of tables.
    """
    card = card_of(store, caller, name)
    asked = card.data["target"]
    table = training_table.read(content, file)
    if asked["column"] not in table.names:
        raise Refusal(
            "held-out-target",
            expected=f"the outcome in the column \u201c{asked['column']}\u201d, as in the training table",
            found="a file without it",
            what_to_do="Add the column, with the same words for the outcome.",
        )
    positive = set(asked["positive"])
    known = [row for row, cell in enumerate(table.column(asked["column"])) if cell is not None]
    truth = np.array([float(table.column(asked["column"])[row] in positive) for row in known])
    if min(truth.sum(), len(truth) - truth.sum()) < FEWEST:
        raise Refusal(
            "held-out-too-few",
            expected=f"at least {FEWEST} rows with the outcome and {FEWEST} without it",
            found=f"{int(truth.sum())} and {int(len(truth) - truth.sum())}",
            what_to_do="Bring a longer file.",
        )
    model = TabularModel.load(card.folder)
    rows = np.column_stack([_column(table, one) for one in model.inputs])[known]
    score = model.probabilities(rows)
    threshold = card.thresholds[own_cards.LABEL]
    figures = own_cards.measured(truth, score, np.arange(len(truth)), threshold)
    data = dict(card.data)
    data["results"] = {FURTHER: {own_cards.LABEL: figures}, **{
        key: one for key, one in data["results"].items() if key != FURTHER
    }}  # fmt: skip
    data |= own_cards.curves(truth, score, np.arange(len(truth)))
    data["held_out_counts"] = {"n": len(truth), "positives": int(truth.sum())}
    _write(card, data)
    store.audit.append(caller.user_id, "own-model-measured", name, {"rows": str(len(truth))})
    return figures


def _column(table: training_table.Table, one: Any) -> Any:
    """The numbers of an input in a file; missing where the file does not have the column."""
    if one.key not in table.names:
        return np.full(table.rows, np.nan)
    cells = table.column(one.key)
    profile = training_table.profile(training_table.Table((one.key,), (cells,))).columns[0]
    sign = "," if profile.decimal == "," else "."
    texts = [None if cell is None else _with_point(cell, sign) for cell in cells]
    return read_columns([{one.key: text} for text in texts], [one]).values[:, 0]


def _with_point(cell: str, sign: str) -> str:
    return cell.replace(".", "").replace(",", ".") if sign == "," and "," in cell else cell


def release(store: Store, caller: Caller, name: str, *, intended_use: str, not_for: str) -> None:
    """Open a model to everybody: for an administrator, with its intended use and a held-out card.

    Raises Refusal "not-allowed", "unknown-model", "release-use", "release-not-measured", "release-files".
    """
    require(caller, Role.ADMINISTRATOR)
    card = card_of(store, caller, name)
    if len(intended_use.strip()) < FEWEST_LETTERS or len(not_for.strip()) < FEWEST_LETTERS:
        raise Refusal(
            "release-use",
            expected="what the model is for, for whom, and what it is not for, a sentence each",
            found="less than a sentence",
            what_to_do="Write both.",
        )
    counted = held_out_counts(card)
    if counted is None or min(counted[1], counted[0] - counted[1]) < FEWEST:
        raise Refusal(
            "release-not-measured",
            expected=f"a card measured on held-out rows, {FEWEST} with the outcome and {FEWEST} without it",
            found="fewer",
            what_to_do="Measure the model on a further file first.",
        )
    if _changed(card):
        raise Refusal(
            "release-files",
            expected="files with the digests of their card",
            found="others",
            what_to_do="Train the model again.",
        )
    data = dict(card.data)
    data |= {"intended_use": intended_use.strip(), "not_for": not_for.strip()}
    data["local"] = {
        **data["local"], "state": own_cards.RELEASED, "released_by": caller.user_id,
        "released_at": clock.now().isoformat(timespec="seconds"),
    }  # fmt: skip
    data["limits"] = [one for one in data["limits"] if not one.startswith("Local, not validated")]
    data["limits"].insert(0, "Trained and released here: measured on held-out rows of this site alone.")
    _write(card, data)
    store.audit.append(caller.user_id, "own-model-released", name)


def _changed(card: ModelCard) -> bool:
    from medai_core.services.model_cards import file_problems

    return bool(file_problems(card))


def withdraw(store: Store, caller: Caller, name: str) -> None:
    """Take a release back: the model is its author's alone again."""
    require(caller, Role.ADMINISTRATOR)
    card = card_of(store, caller, name)
    data = dict(card.data)
    kept = {key: one for key, one in data["local"].items() if not key.startswith("released")}
    data["local"] = {**kept, "state": own_cards.LOCAL}
    _write(card, data)
    store.audit.append(caller.user_id, "own-model-withdrawn", name)


def remove(store: Store, caller: Caller, name: str) -> None:
    """Destroy a model's folder: its author while it is not released, an administrator always."""
    card = card_of(store, caller, name)
    if card.is_released and caller.role is not Role.ADMINISTRATOR:
        raise Refusal(
            "not-allowed",
            expected="a model that was not released",
            found="one that others use",
            what_to_do="Ask an administrator to withdraw it.",
        )
    shutil.rmtree(card.folder)
    for one in store.trainings.of_owner(card.author):
        if one.model == name:
            store.trainings.change(one.id, only_from=training.SAVED, model=None, state=training.COMPARED)
    store.audit.append(caller.user_id, "own-model-removed", name)


def _write(card: ModelCard, data: dict[str, Any]) -> None:
    """The card in one step, for its owner alone."""
    path: Path = card.folder / cards.CARD_FILE
    part = path.with_name(f".{secrets.token_hex(8)}")
    with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.write(cards.as_text(json.loads(json.dumps(data))))
    os.replace(part, path)
