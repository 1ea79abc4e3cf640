"""Which columns a fitted procedure goes by: permutation on rows it has not seen, and SHAP."""

import warnings
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.learning import metrics
from medai_core.learning.candidates import LANDMARKS, Learned, Scorer
from medai_core.learning.comparing import Procedure
from medai_core.learning.shap_library import shap_library

Values = NDArray[np.float64]

PERMUTED: Final = 3
"""How often each column is shuffled."""
ROWS: Final = 1_500
EXPLAINED: Final = 120
BACKGROUND: Final = 40
FEWER: Final = 20
WORK: Final = 2e7
"""Sums that explaining one fold may take where nothing is exact; fewer rows are explained instead."""
COLUMNS: Final = 40
"""As many columns at most are looked at one by one: those that differ most between the classes."""


def permutation(
    procedure: Procedure, X: Values, y: Values, columns: Sequence[int], *, seed: int
) -> dict[int, float]:
    """How far the AUROC falls where a column is shuffled among rows that were held out."""
    rows = _some(len(X), ROWS, seed)
    X, y = X[rows], y[rows]
    if len(np.unique(y)) < 2:
        return {}
    whole = metrics.auroc(y, procedure.log_odds(X))
    generator, found = np.random.default_rng(seed), {}
    for column in columns:
        drops = []
        for _ in range(PERMUTED):
            changed = X.copy()
            changed[:, column] = generator.permutation(changed[:, column])
            drops.append(whole - metrics.auroc(y, procedure.log_odds(changed)))
        found[int(column)] = float(np.mean(drops))
    return found


def contributions(procedure: Procedure, seen: Values, X: Values, *, seed: int) -> dict[int, float]:
    """Mean absolute SHAP value of each column over held-out rows, as a share of all columns' together.

    Trees and lines are explained exactly (on their own scale), the others by shap's permutation explainer on
    the log-odds, against rows that were learned from. What stands for one column is added up first.
    """
    rows, background = _some(len(X), EXPLAINED, seed), _some(len(seen), BACKGROUND, seed)
    Z, known = (procedure.preparation.transform(part) for part in (X[rows], seen[background]))
    if Z.shape[1] == 0:
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # shap's own, about libraries that it looks for
        values = _values(procedure, known, Z)
    sources = procedure.preparation.sources
    columns = np.unique(sources)
    sizes = np.array([np.abs(values[:, sources == column].sum(axis=1)).mean() for column in columns])
    total = float(sizes.sum())
    if total <= 0:
        return {}
    return {int(column): float(size / total) for column, size in zip(columns, sizes, strict=True)}


def _values(procedure: Procedure, known: Values, Z: Values) -> Values:
    """SHAP values, shape (rows, prepared columns)."""
    shap = shap_library()
    name, scorer = procedure.name, procedure.scorer
    if isinstance(scorer, Learned) and name in ("tree", "forest", "boosting"):
        found = np.asarray(shap.TreeExplainer(scorer.model).shap_values(Z), dtype=np.float64)
        one: Values = found[:, :, 1] if found.ndim == 3 else found
        return one
    if isinstance(scorer, Learned) and name in ("logistic", "svm_linear"):
        coefficients = np.asarray(scorer.model.coef_, dtype=np.float64).reshape(-1)
        linear: Values = (Z - known.mean(axis=0)) * coefficients
        return linear
    known = known[:FEWER]
    evaluations = 2 * (2 * Z.shape[1] + 1) * len(known)
    most = int(WORK / (_weight(scorer) * evaluations))
    return _sampled(scorer.scores, known, Z[: max(10, most)])


def _weight(scorer: Scorer) -> int:
    """About how many sums one answer takes: the support vectors or landmarks of a kernel, else few."""
    if isinstance(scorer, Learned) and hasattr(scorer.model, "support_"):
        return max(50, len(scorer.model.support_))
    return LANDMARKS if isinstance(scorer, Learned) else 50


def _sampled(answer: Any, known: Values, Z: Values) -> Values:
    shap = shap_library()
    masker = shap.maskers.Independent(known, max_samples=BACKGROUND)
    explainer = shap.explainers.Permutation(answer, masker, seed=0)
    evaluations = 2 * (2 * Z.shape[1] + 1)
    return np.asarray(explainer(Z, max_evals=evaluations, silent=True).values, dtype=np.float64)


def _some(count: int, most: int, seed: int) -> NDArray[np.int64]:
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, most, replace=False))
