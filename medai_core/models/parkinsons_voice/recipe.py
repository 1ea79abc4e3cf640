"""How `parkinsons_voice` was trained: anyone with the data can repeat it.

``python -m medai_core train parkinsons_voice --data DIR`` where DIR holds the folder parkinsons_uci. Inputs
are chosen on inner folds by person, inside every outer fold too (nested cross-validation), in rounds.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import YES_NO, Input
from medai_core.learning import metrics, table_models
from medai_core.learning.columns import read_columns
from medai_core.learning.table_cards import OutOfFold
from medai_core.learning.table_models import Mask, Plan, Table
from medai_core.learning.tabular import Method, TabularModel, fit_bagged, folds_of
from medai_core.learning.terms import Terms
from medai_core.models.parkinsons_voice.facts import CHOICES, EVERY, FACTS, THRESHOLD

TABLE: Final = Path("parkinsons_uci") / "parkinsons.data"
FOLDS: Final = 8
INNER: Final = 6
ROUNDS: Final = 5
SEED: Final = 7
RIDGE: Final = 0.02
HIGH_PITCH_HZ: Final = 160.0

Values = NDArray[np.float64]


def recordings(data: Path) -> Table:
    """All recordings with the measures of `EVERY`. Raises Refusal "data-missing"."""
    path = table_models.found_in(data, TABLE)
    read = read_columns(path, [*EVERY, Input("status", "has the disease", YES_NO)])
    names = table_models.text_column(path, "name")
    _, person = np.unique([one.rsplit("_", 1)[0] for one in names], return_inverse=True)
    pitch = read.values[:, 0]
    groups = {
        "pitch of the voice": {
            f"below {HIGH_PITCH_HZ:.0f} Hz": pitch < HIGH_PITCH_HZ,
            f"{HIGH_PITCH_HZ:.0f} Hz and above": pitch >= HIGH_PITCH_HZ,
        }
    }
    row = np.arange(len(names))
    return Table(row, person.astype(np.int64), read.of(EVERY), read.values[:, -1], groups)


def inputs(keys: tuple[str, ...]) -> tuple[Input, ...]:
    """Those of `EVERY` with these keys."""
    return tuple(one for one in EVERY if one.key in keys)


def only(table: Table, keys: tuple[str, ...]) -> Table:
    """The table with these inputs alone."""
    return replace(table, values=table.values[:, [one.key in keys for one in EVERY]])


def method(keys: tuple[str, ...]) -> Method:
    """Logistic regression, held back."""

    def head() -> Any:
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=RIDGE, max_iter=500)

    return Method(head, lambda: Terms([one.key for one in inputs(keys)]))


def chosen(values: Values, truth: Values, person: NDArray[np.int64]) -> tuple[str, ...]:
    """The set of inputs that ranks people best on inner folds by person."""
    fold = folds_of(truth, person, INNER, seed=SEED)
    found = {}
    for name, keys in CHOICES.items():
        columns = values[:, [one.key in keys for one in EVERY]]
        given = np.zeros(len(truth))
        for number in np.unique(fold):
            held = fold == number
            terms = Terms([one.key for one in inputs(keys)]).fit(columns[~held])
            head = method(keys).head().fit(terms.transform(columns[~held]), truth[~held].astype(int))
            given[held] = head.predict_proba(terms.transform(columns[held]))[:, 1]
        found[name] = metrics.auroc(truth, given)
    return CHOICES[max(found, key=lambda name: found[name])]


def fitted(table: Table, keys: tuple[str, ...], **more: Any) -> TabularModel:
    """A model that reads `keys`."""
    part = only(table, keys)
    return fit_bagged(part.values, part.truth, part.group, inputs(keys), method(keys), **more)


def _of(table: Table, rows: Mask) -> Table:
    return replace(table, values=table.values[rows], truth=table.truth[rows], group=table.group[rows])


def _served(table: Table, rows: Mask, asked: Mask) -> Values:
    seen = _of(table, rows)
    keys = chosen(seen.values, seen.truth, seen.group)
    return fitted(seen, keys, refits=0).probabilities(only(table, keys).values[asked])


def _always(keys: tuple[str, ...]) -> table_models.Fit:
    def fit(table: Table, rows: Mask, asked: Mask) -> Values:
        return fitted(_of(table, rows), keys, refits=0).probabilities(only(table, keys).values[asked])

    return fit


def _forest() -> Any:
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(300, min_samples_leaf=4, class_weight="balanced", random_state=SEED)


def folds(table: Table, turn: int) -> NDArray[np.int64]:
    """Whole people; other folds in every round."""
    return folds_of(table.truth, table.group, FOLDS, seed=SEED + turn)


def further(table: Table, answers: OutOfFold) -> dict[str, Any]:
    """Figures over all rounds, and of people: the mean of each one's recordings."""
    people, first, member = np.unique(answers.group, return_index=True, return_inverse=True)
    counts = np.bincount(member)
    by_person = OutOfFold(
        people, people, answers.fold[first], answers.truth[first],
        {name: np.bincount(member, weights=given) / counts for name, given in answers.given.items()},
    )  # fmt: skip

    def flagged(given: Values) -> Values:
        return (given >= THRESHOLD).astype(np.float64)

    return {
        "rounds": {
            "auroc of recordings": table_models.every_round(answers, metrics.auroc),
            "auroc of people": table_models.every_round(by_person, metrics.auroc),
            "accuracy of people": table_models.every_round(by_person, metrics.accuracy, flagged),
        },
        "people": {
            "with the disease": int(by_person.truth.sum()),
            "without": int((1 - by_person.truth).sum()),
        },
        "baselines": {"accuracy of calling everybody ill": round(float(by_person.truth.mean()), 4)},
    }


KEYS: Final = CHOICES["the two of the pitch's spread"]
"""What the same choice takes when it sees all people; a test holds that."""


def _final(table: Table) -> TabularModel:
    keys = chosen(table.values, table.truth, table.group)
    if keys != KEYS:
        raise ValueError(f"KEYS must be what is chosen on all people. Received: {keys}")
    return fitted(table, keys)


PLAN: Final = Plan(
    facts=FACTS,
    columns=inputs(KEYS),
    rules=(),
    threshold=THRESHOLD,
    part="recordings of people not heard",
    read=recordings,
    folds=folds,
    served=_served,
    final=_final,
    others={
        "two": _always(CHOICES["the two of the pitch's spread"]),
        "four": _always(CHOICES["the four of the paper"]),
        "eight": _always(CHOICES["eight"]),
        "forest": table_models.of_classifier(_forest),
    },
    titles={
        "served": "Logistic regression, inputs chosen on inner folds",
        "two": "Always the two measures of the pitch's spread",
        "four": "Always the four measures of the data set's paper",
        "eight": "Always eight measures",
        "forest": "Extremely randomised trees on eight measures",
    },
    own=further,
    rounds=ROUNDS,
)


def train(data: Path, work: Path, out: Path, *, say: Callable[[str], None] = print) -> None:
    """Cross-validate in rounds, fit on all people, write the model's files into `out`."""
    table_models.train(PLAN, data, out, say=say)


def evaluate(data: Path, out: Path, *, say: Callable[[str], None] = print) -> Path:
    """Measure the out-of-fold answers in `out` again and write the card."""
    return table_models.measure(PLAN, data, out, say=say)
