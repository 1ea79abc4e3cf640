"""Heads that read a filled matrix themselves, and their mean: regression, proportional hazards, boosting.

A target has three columns: whether the outcome came in time, the days followed, and whether the event came at
all. Fitted parts hold weights and trees, never a person's row.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.learning.calibration import platt, sigmoid
from medai_core.learning.terms import Terms

Values = NDArray[np.float64]

_FEW: Final = 64
"""Rows up to which walking down all trees at once is quicker."""


class Regression:
    """Logistic regression on terms, held back by a ridge: `cost` is scikit-learn's C."""

    def __init__(self, terms: Terms, cost: float) -> None:
        self.terms = terms
        self.cost = cost
        self.weights: Any = None
        self.offset = 0.0

    def fit(self, rows: Values, target: Values) -> "Regression":
        """Fit to the first column of the target."""
        from sklearn.linear_model import LogisticRegression

        given = self.terms.fit(rows).transform(rows)
        fitted = LogisticRegression(C=self.cost, max_iter=1000).fit(given, target[:, 0].astype(int))
        self.weights, self.offset = fitted.coef_[0], float(fitted.intercept_[0])
        return self

    def log_odds(self, rows: Values) -> Values:
        """Shape (n,)."""
        found: Values = self.terms.transform(rows) @ self.weights + self.offset
        return found


class Hazards:
    """Cox's model on terms, which learns from the whole follow-up; its score is then mapped to log-odds.

    `ridge` is added to the information of every coefficient.
    """

    def __init__(self, terms: Terms, ridge: float) -> None:
        self.terms = terms
        self.ridge = ridge
        self.weights: Any = None
        self.slope, self.offset = 1.0, 0.0

    def fit(self, rows: Values, target: Values) -> "Hazards":
        """Fit to days and events; the map to the first column."""
        from medai_core.learning.survival_learners import cox

        given = self.terms.fit(rows).transform(rows)
        held_back = np.full(given.shape[1], self.ridge)
        self.weights = cox(given, target[:, 1], target[:, 2], held_back)
        self.slope, self.offset = platt(given @ self.weights, target[:, 0], np.ones(len(rows)))
        return self

    def log_odds(self, rows: Values) -> Values:
        """Shape (n,)."""
        found: Values = self.slope * (self.terms.transform(rows) @ self.weights) + self.offset
        return found


class Boosting:
    """Boosted small trees; `settings` are those of scikit-learn's HistGradientBoostingClassifier.

    The fitted trees are kept as arrays, shape (trees, nodes): which column a node asks for, up to which value
    one goes left, where the ways lead, and what a leaf adds. A leaf leads to itself.
    """

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.column: Any = None

    def fit(self, rows: Values, target: Values) -> "Boosting":
        """Fit to the first column of the target."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        made = HistGradientBoostingClassifier(random_state=0, early_stopping=False, **self.settings)
        made.fit(rows, target[:, 0].astype(int))
        trees = [stage[0].nodes for stage in made._predictors]
        shape = (len(trees), max(len(nodes) for nodes in trees))
        self.column, self.left, self.right = (np.zeros(shape, dtype=np.int32) for _ in range(3))
        self.upto, self.adds = np.zeros(shape), np.zeros(shape)
        for number, nodes in enumerate(trees):
            at, own = slice(0, len(nodes)), np.arange(len(nodes))
            leaf = nodes["is_leaf"].astype(bool)
            self.column[number, at] = np.where(leaf, 0, nodes["feature_idx"])
            self.upto[number, at] = np.where(leaf, 0.0, nodes["num_threshold"])
            self.left[number, at] = np.where(leaf, own, nodes["left"])
            self.right[number, at] = np.where(leaf, own, nodes["right"])
            self.adds[number, at] = np.where(leaf, nodes["value"], 0.0)
        self.depth = int(max(nodes["depth"].max() for nodes in trees))
        self.offset = float(np.ravel(made._baseline_prediction)[0])
        return self

    def log_odds(self, rows: Values) -> Values:
        """Shape (n,). Few rows walk down all trees at once; of many, each tree is asked in turn."""
        if len(rows) <= _FEW:
            return self._walked(rows)
        columns = np.ascontiguousarray(rows.T)
        found = np.full(len(rows), self.offset)
        for number in range(len(self.column)):
            found += self._below(columns, number, 0)
        return found

    def _walked(self, rows: Values) -> Values:
        trees = np.arange(len(self.column))[None]
        at = np.zeros((len(rows), len(self.column)), dtype=np.int32)
        row = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            low = rows[row, self.column[trees, at]] <= self.upto[trees, at]
            at = np.where(low, self.left[trees, at], self.right[trees, at])
        found: Values = self.offset + self.adds[trees, at].sum(axis=1)
        return found

    def _below(self, columns: Values, tree: int, node: int) -> Any:
        """What a tree adds from a node on: a number at a leaf, else one a row."""
        left, right = int(self.left[tree, node]), int(self.right[tree, node])
        if left == node:
            return float(self.adds[tree, node])
        low = columns[self.column[tree, node]] <= self.upto[tree, node]
        return np.where(low, self._below(columns, tree, left), self._below(columns, tree, right))


class Blend:
    """The mean of the parts' log-odds, as a probability."""

    def __init__(self, parts: Sequence[Regression | Hazards | Boosting]) -> None:
        self.parts = list(parts)

    def fit(self, rows: Values, target: Values) -> "Blend":
        """Fit every part."""
        for part in self.parts:
            part.fit(rows, target)
        return self

    def predict_proba(self, rows: Values) -> Values:
        """Shape (n, 2); the second column is the outcome."""
        found = sigmoid(np.mean([part.log_odds(rows) for part in self.parts], axis=0))
        return np.column_stack([1 - found, found])
