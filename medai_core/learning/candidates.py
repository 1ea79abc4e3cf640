"""The estimators that are compared where people train on their own tables, and what a fit costs."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from medai_core.learning.mlp import Network, fit_network

Values = NDArray[np.float64]
Setting = Mapping[str, float]

KERNEL_ROWS: Final = 10_000
"""With more rows in the table a radial kernel is approximated (Nystroem): exact, it costs their square."""

LANDMARKS: Final = 400
"""Rows whose kernels stand for all others'."""

TREES: Final = 200
TREE_ROWS: Final = 10_000
"""Each tree of a forest is grown on as many rows at most, drawn anew for each."""

_LEAST: Final = 1e-3
"""Shares of trees are not taken for certain below this."""


class Scorer(Protocol):
    """Anything that gives the log-odds, or something that grows with them, of prepared rows."""

    def scores(self, Z: Values) -> Values:
        """Shape (n,)."""
        ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """One kind of estimator.

    Attributes
    ----------
    settings : what nested cross-validation chooses among, the simplest first
    cost : (seconds, power of rows, power of columns) of one fit at 1,000 rows and 10 columns; measured
    complexity : order in which candidates that are as good as each other are preferred, the simplest first
    """

    name: str
    title: str
    settings: tuple[Setting, ...]
    cost: tuple[float, float, float]
    complexity: int

    def seconds(self, rows: int, columns: int) -> float:
        """About how long one fit takes."""
        base, of_rows, of_columns = self.cost
        if self.name == "forest":
            rows = min(rows, TREE_ROWS)
        fixed = {"mlp": 0.35, "forest": 0.3, "boosting": 0.03}.get(self.name, 0.004)
        return float(fixed + base * (rows / 1000) ** of_rows * (max(columns, 1) / 10) ** of_columns)


CANDIDATES: Final = (
    Candidate("logistic", "Logistic regression", ({"C": 0.03}, {"C": 0.3}, {"C": 3.0}), (0.002, 0.6, 0.4), 0),
    Candidate(
        "tree",
        "Decision tree",
        ({"depth": 2, "leaf": 0.03}, {"depth": 4, "leaf": 0.02}, {"depth": 8, "leaf": 0.01}),
        (0.004, 1.1, 1.0),
        1,
    ),
    Candidate("svm_linear", "SVM, linear", ({"C": 0.003}, {"C": 0.03}, {"C": 0.3}), (0.002, 0.8, 0.4), 2),
    Candidate(
        "svm_rbf",
        "SVM, radial kernel",
        ({"C": 0.5, "gamma": 0.3}, {"C": 0.5, "gamma": 1.0}, {"C": 5.0, "gamma": 0.3}),
        (0.016, 2.0, 0.4),
        5,
    ),
    Candidate("forest", "Random forest", ({"leaf": 0.02}, {"leaf": 0.005}), (0.3, 1.0, 0.4), 3),
    Candidate(
        "boosting",
        "Gradient boosting",
        ({"leaves": 4, "rounds": 60}, {"leaves": 4, "rounds": 160}, {"leaves": 12, "rounds": 80}),
        (0.05, 0.5, 0.75),
        4,
    ),
    Candidate(
        "mlp",
        "Neural network (Keras)",
        ({"units": 8, "decay": 1e-2}, {"units": 32, "decay": 1e-3}),
        (0.05, 0.5, 0.1),
        6,
    ),
)


def candidate(name: str, rows: int = 0) -> Candidate:
    """The candidate of a name for a table of so many rows; KeyError for another name.

    A long table has its radial kernel approximated in every fit, so that what is compared is what is kept.
    """
    found = {one.name: one for one in CANDIDATES}[name]
    if name != "svm_rbf" or rows <= KERNEL_ROWS:
        return found
    settings = tuple({**setting, "landmarks": LANDMARKS} for setting in found.settings)
    return replace(found, settings=settings, cost=(0.1, 1.0, 0.4))


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A fitted estimator of scikit-learn."""

    model: Any

    def scores(self, Z: Values) -> Values:
        """Shape (n,); of trees the log-odds of the share of their votes."""
        if hasattr(self.model, "decision_function"):
            return np.asarray(self.model.decision_function(Z), dtype=np.float64).reshape(len(Z))
        share = np.clip(self.model.predict_proba(Z)[:, 1], _LEAST, 1 - _LEAST)
        result: Values = np.log(share / (1 - share))
        return result


def fit(name: str, setting: Setting, Z: Values, y: Values, *, seed: int) -> Scorer:
    """Fit one candidate with one setting on prepared rows. ValueError where only one class is there."""
    if len(np.unique(y)) < 2:
        raise ValueError("both classes are needed to fit")
    if name == "mlp":
        network: Network = fit_network(
            Z, y, units=int(setting["units"]), decay=float(setting["decay"]), seed=seed
        )
        return network
    from sklearn.exceptions import ConvergenceWarning

    model = _model(name, setting, len(y), Z.shape[1], seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # what it reached is measured and calibrated
        model.fit(Z, (y > 0.5).astype(np.int64))
    return Learned(model)


def _model(name: str, setting: Setting, rows: int, columns: int, seed: int) -> Any:
    """The unfitted estimator of scikit-learn."""
    makers = {
        "logistic": _logistic,
        "tree": _tree,
        "svm_linear": _linear,
        "svm_rbf": _radial,
        "forest": _forest,
        "boosting": _boosting,
    }
    return makers[name](setting, rows, columns, seed)


def _logistic(setting: Setting, rows: int, columns: int, seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=setting["C"], max_iter=500)


def _tree(setting: Setting, rows: int, columns: int, seed: int) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    leaf = max(5, round(setting["leaf"] * rows))
    return DecisionTreeClassifier(max_depth=int(setting["depth"]), min_samples_leaf=leaf, random_state=seed)


def _linear(setting: Setting, rows: int, columns: int, seed: int) -> Any:
    from sklearn.svm import LinearSVC

    return LinearSVC(C=setting["C"], dual="auto", tol=1e-3, max_iter=4000, random_state=seed)


def _radial(setting: Setting, rows: int, columns: int, seed: int) -> Any:
    gamma = setting["gamma"] / max(1, columns)
    if "landmarks" not in setting:
        from sklearn.svm import SVC

        return SVC(C=setting["C"], gamma=gamma, cache_size=500)
    from sklearn.kernel_approximation import Nystroem
    from sklearn.pipeline import Pipeline
    from sklearn.svm import LinearSVC

    landmarks = min(int(setting["landmarks"]), rows)
    kernel = Nystroem(kernel="rbf", gamma=gamma, n_components=landmarks, random_state=seed)
    line = LinearSVC(C=setting["C"] / 10, dual="auto", tol=1e-3, max_iter=2000, random_state=seed)
    return Pipeline([("kernel", kernel), ("line", line)])


def _forest(setting: Setting, rows: int, columns: int, seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    drawn = min(rows, TREE_ROWS)
    leaf = max(3, min(50, round(setting["leaf"] * drawn)))
    return RandomForestClassifier(
        int(setting.get("trees", TREES)),
        min_samples_leaf=leaf,
        max_features="sqrt",
        max_samples=drawn,
        random_state=seed,
    )


def _boosting(setting: Setting, rows: int, columns: int, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=0.06,
        max_iter=int(setting["rounds"]),
        max_leaf_nodes=int(setting["leaves"]),
        min_samples_leaf=max(5, min(20, rows // 20)),
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )
