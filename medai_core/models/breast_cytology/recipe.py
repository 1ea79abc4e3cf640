"""How `breast_cytology` was trained: anyone can repeat it, the data come with scikit-learn.

``python -m medai_core train breast_cytology``. Scale and ridge are chosen on inner folds, inside every outer
fold too (nested cross-validation), in ten rounds.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.learning import metrics, table_models
from medai_core.learning.table_cards import OutOfFold
from medai_core.learning.table_models import Mask, Plan, Table
from medai_core.learning.tabular import Method, TabularModel, fit_bagged, folds_of
from medai_core.learning.terms import ROOT, Terms
from medai_core.models.breast_cytology.facts import COLUMNS, FACTS, RULES, THRESHOLD

FOLDS: Final = 10
INNER: Final = 5
ROUNDS: Final = 5
SEED: Final = 7
SCALES: Final = ("", ROOT)
RIDGES: Final = (0.2, 0.5, 1.0)

Values = NDArray[np.float64]


def masses(data: Path) -> Table:
    """The data set of scikit-learn, with malignant as the outcome."""
    from sklearn.datasets import load_breast_cancer

    found = load_breast_cancer()
    names = [str(one) for one in found.feature_names]
    values = np.asarray(found.data, dtype=np.float64)[:, [names.index(one.key) for one in COLUMNS]]
    number = np.arange(len(values))
    radius = values[:, 0]
    large = radius >= np.median(radius)
    groups = {"size of the nuclei": {"smaller half by mean radius": ~large, "larger half": large}}
    return Table(number, number, values, (np.asarray(found.target) == 0).astype(np.float64), groups)


def method(scale: str, ridge: float) -> Method:
    """Logistic regression of all measures on one scale."""
    names = [one.key for one in COLUMNS]
    scales: Mapping[str, str] = dict.fromkeys(names, scale) if scale else {}

    def head() -> Any:
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=ridge, max_iter=1_000)

    return Method(head, lambda: Terms(names, scales=dict(scales)))


def chosen(values: Values, truth: Values, *, seed: int = SEED) -> Method:
    """The scale and ridge of the smallest log loss on inner folds."""
    from sklearn.metrics import log_loss

    fold = folds_of(truth, np.arange(len(truth)), INNER, seed=seed)
    losses = {}
    for scale in SCALES:
        for ridge in RIDGES:
            one = method(scale, ridge)
            given = np.zeros(len(truth))
            for number in range(INNER):
                held = fold == number
                terms = _terms(one).fit(values[~held])
                head = one.head().fit(terms.transform(values[~held]), truth[~held].astype(int))
                given[held] = head.predict_proba(terms.transform(values[held]))[:, 1]
            losses[scale, ridge] = float(log_loss(truth, given))
    return method(*min(losses, key=lambda key: losses[key]))


def _terms(one: Method) -> Any:
    assert one.features is not None
    return one.features()


def _served(table: Table, rows: Mask, asked: Mask) -> Values:
    best = chosen(table.values[rows], table.truth[rows])
    model = fit_bagged(table.values[rows], table.truth[rows], table.group[rows], COLUMNS, best, refits=0)
    return model.probabilities(table.values[asked])


def _final(table: Table) -> TabularModel:
    best = chosen(table.values, table.truth)
    return fit_bagged(table.values, table.truth, table.group, COLUMNS, best)


def _machine() -> Any:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    return CalibratedClassifierCV(make_pipeline(StandardScaler(), SVC(C=5, gamma=0.01)), ensemble=False)


def _boosting() -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=0.05, max_iter=150, max_leaf_nodes=6, max_features=0.3, random_state=SEED
    )


def _forest() -> Any:
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(300, random_state=SEED)


def folds(table: Table, turn: int) -> NDArray[np.int64]:
    """Masses at random, the malignant spread evenly; other folds in every round."""
    return folds_of(table.truth, table.group, FOLDS, seed=SEED + turn)


def further(table: Table, answers: OutOfFold) -> dict[str, Any]:
    """Accuracy and AUROC over all rounds, and the accuracy of calling every mass benign."""

    def flagged(given: Values) -> Values:
        return (given >= THRESHOLD).astype(np.float64)

    return {
        "rounds": {
            "accuracy": table_models.every_round(answers, metrics.accuracy, flagged),
            "auroc": table_models.every_round(answers, metrics.auroc),
            "sensitivity": table_models.every_round(answers, metrics.sensitivity, flagged),
            "specificity": table_models.every_round(answers, metrics.specificity, flagged),
        },
        "baselines": {"accuracy of calling every mass benign": round(float(1 - answers.truth.mean()), 4)},
    }


PLAN: Final = Plan(
    facts=FACTS,
    columns=COLUMNS,
    rules=RULES,
    threshold=THRESHOLD,
    part="masses out of fold",
    read=masses,
    folds=folds,
    served=_served,
    final=_final,
    others={
        "machine": table_models.of_classifier(_machine),
        "boosting": table_models.of_classifier(_boosting),
        "forest": table_models.of_classifier(_forest),
    },
    titles={
        "served": "Logistic regression, scale and ridge chosen on inner folds",
        "machine": "Support vector machine with a radial kernel",
        "boosting": "Gradient boosting",
        "forest": "Extremely randomised trees",
    },
    own=further,
    rounds=ROUNDS,
)


def train(data: Path, work: Path, out: Path, *, say: Callable[[str], None] = print) -> None:
    """Cross-validate in rounds, fit on all masses, write the model's files into `out`."""
    table_models.train(PLAN, data, out, say=say)


def evaluate(data: Path, out: Path, *, say: Callable[[str], None] = print) -> Path:
    """Measure the out-of-fold answers in `out` again and write the card."""
    return table_models.measure(PLAN, data, out, say=say)
