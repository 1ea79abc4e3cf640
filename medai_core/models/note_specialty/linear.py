"""TF-IDF and one linear SVM a label, its margins turned into probabilities on texts that it has not seen."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.learning.texts import WORD, LinearText

TERMS: Final = 30_000
COST: Final = 0.5
INNER: Final = 4
"""Inner folds whose margins fix the calibration."""


def fit(texts: Sequence[str], target: NDArray[np.float64], group: NDArray[np.int64]) -> LinearText:
    """Train on all texts; the calibration is learned from margins out of inner folds by `group`."""
    inner = _inner_margins(texts, target, group)
    slope, shift = _platt(inner, target)
    vectorizer, weights, offset = _svm(texts, target)
    terms = {str(term): int(column) for term, column in vectorizer.vocabulary_.items()}
    return LinearText(terms, vectorizer.idf_.astype(np.float32), weights, offset, slope, shift)


def _svm(
    texts: Sequence[str], target: NDArray[np.float64]
) -> tuple[Any, NDArray[np.float32], NDArray[np.float64]]:
    """The vectorizer, and planes with a weight a term; labels are questions of their own."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    vectorizer = TfidfVectorizer(
        sublinear_tf=True, ngram_range=(1, 2), min_df=3, max_features=TERMS, token_pattern=WORD
    )
    values = vectorizer.fit_transform(texts)
    weights = np.zeros((values.shape[1], target.shape[1]), dtype=np.float32)
    offset = np.full(target.shape[1], -1.0)
    for label in range(target.shape[1]):
        if not 0 < target[:, label].sum() < len(target):
            continue  # nothing to tell apart: the plane stays where it is
        machine = LinearSVC(C=COST, class_weight="balanced", random_state=7).fit(values, target[:, label])
        weights[:, label] = machine.coef_[0].astype(np.float16)
        offset[label] = machine.intercept_[0]
    return vectorizer, weights, offset


def _inner_margins(
    texts: Sequence[str], target: NDArray[np.float64], group: NDArray[np.int64]
) -> NDArray[np.float64]:
    from sklearn.model_selection import GroupKFold

    margins = np.zeros_like(target)
    for rows, held in GroupKFold(INNER).split(texts, groups=group):
        vectorizer, weights, offset = _svm([texts[row] for row in rows], target[rows])
        values = vectorizer.transform([texts[row] for row in held])
        margins[held] = values @ weights.astype(np.float64) + offset
    return margins


def _platt(
    margins: NDArray[np.float64], target: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slope and shift of each label's margins, regularised lightly."""
    from sklearn.linear_model import LogisticRegression

    slope, shift = np.ones(target.shape[1]), np.zeros(target.shape[1])
    for label in range(target.shape[1]):
        fitted = LogisticRegression(C=100.0).fit(margins[:, [label]], target[:, label])
        slope[label], shift[label] = fitted.coef_[0, 0], fitted.intercept_[0]
    return slope, shift
