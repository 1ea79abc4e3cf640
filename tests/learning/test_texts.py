"""The linear text model answers as scikit-learn does, and is the same after a file."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from medai_core.learning.texts import WORD, LinearText, load

TEXTS = (
    "Knee pain after a fall; the knee is swollen and painful.",
    "Chest pain, the heart sounds are regular; no murmur.",
    "The colon was examined and a polyp of the colon removed.",
    "Knee arthroscopy was done; the chest is clear.",
)


def _model() -> tuple[LinearText, TfidfVectorizer]:
    vectorizer = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), token_pattern=WORD)
    vectorizer.fit(TEXTS)
    generator = np.random.default_rng(3)
    count = len(vectorizer.vocabulary_)
    weights = generator.normal(size=(count, 3)).astype(np.float16).astype(np.float32)
    terms = {str(term): int(column) for term, column in vectorizer.vocabulary_.items()}
    offset, slope, shift = generator.normal(size=(3, 3))
    model = LinearText(terms, vectorizer.idf_.astype(np.float32), weights, offset, slope, shift)
    return model, vectorizer


def test_margins_are_those_of_scikit_learn() -> None:
    model, vectorizer = _model()
    expected = vectorizer.transform(TEXTS) @ model.weights.astype(np.float64) + model.offset
    assert np.abs(model.margins(TEXTS) - expected).max() < 1e-6


def test_a_text_of_unknown_words_gets_the_offset() -> None:
    model, _ = _model()
    assert model.margins(["zzz qqq"])[0] == pytest.approx(model.offset)
    assert model.known("zzz qqq") == 0
    assert model.margins([]).shape == (0, 3)


def test_a_saved_model_is_the_same(tmp_path: Path) -> None:
    model, _ = _model()
    model.save(tmp_path / "one.npz")
    model.save(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    again = load(tmp_path / "one.npz")
    assert np.array_equal(again.probabilities(TEXTS), model.probabilities(TEXTS))
