"""A linear text model without pickles: words and pairs of words, weighted, against one row a label.

The same arithmetic as scikit-learn's TF-IDF (sublinear, l2) and linear SVM, whose weights it holds, so that
a note is answered by NumPy alone. A test holds both against each other.
"""

import io
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.learning.calibration import sigmoid

MODEL_FILE: Final = "model.npz"
WORD: Final = r"(?u)\b\w\w+\b"
"""A word: two letters or digits and more, as scikit-learn splits."""

_WORD: Final = re.compile(WORD)


def words(text: str) -> list[str]:
    """The words of a text, in small letters."""
    return _WORD.findall(text.lower())


@dataclass(frozen=True, slots=True)
class LinearText:
    """Weights of a linear text model.

    Attributes
    ----------
    terms : dict
        Word, or two words with a blank -> column.
    idf : array, shape (n_terms,), float32
    weights : array, shape (n_terms, n_labels), float32
    offset, slope, shift : arrays, shape (n_labels,), float64
        Margin = tf-idf @ weights + offset; probability = sigmoid(slope * margin + shift) (Platt 1999).
    """

    terms: dict[str, int]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    offset: NDArray[np.float64]
    slope: NDArray[np.float64]
    shift: NDArray[np.float64]

    def margins(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Distances from the planes, shape (n_texts, n_labels)."""
        return np.stack([self._margin(text) for text in texts]) if texts else np.zeros((0, len(self.offset)))

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Calibrated probabilities, shape (n_texts, n_labels), each label a question of its own."""
        return sigmoid(self.slope * self.margins(texts) + self.shift)

    def known(self, text: str) -> int:
        """How many different terms of the text the model knows."""
        return len(self._columns(text))

    def _columns(self, text: str) -> Counter[int]:
        said = words(text)
        pairs = (f"{one} {other}" for one, other in zip(said, said[1:], strict=False))
        return Counter(self.terms[term] for term in (*said, *pairs) if term in self.terms)

    def _margin(self, text: str) -> NDArray[np.float64]:
        counts = self._columns(text)
        if not counts:
            return self.offset.copy()
        columns = np.fromiter(counts.keys(), dtype=np.int64)
        times = np.fromiter(counts.values(), dtype=np.float64)
        values = (1.0 + np.log(times)) * self.idf[columns]
        values /= np.sqrt((values**2).sum())
        margin: NDArray[np.float64] = values @ self.weights[columns].astype(np.float64) + self.offset
        return margin

    def save(self, path: Path) -> None:
        """Write the model; weights as float16, the terms as text. The same bytes for the same model."""
        ordered = sorted(self.terms, key=self.terms.__getitem__)
        arrays: dict[str, NDArray[Any]] = {
            "terms": np.frombuffer(json.dumps(ordered, ensure_ascii=False).encode(), dtype=np.uint8),
            "idf": self.idf.astype(np.float32),
            "weights": self.weights.astype(np.float16),
            "offset": self.offset,
            "slope": self.slope,
            "shift": self.shift,
        }
        buffer = io.BytesIO()
        _write_zip(buffer, arrays)
        path.write_bytes(buffer.getvalue())


def load(path: Path) -> LinearText:
    """The model in a file. Raises ValueError or OSError where it is none."""
    with np.load(path, allow_pickle=False) as stored:
        ordered = json.loads(stored["terms"].tobytes().decode())
        return LinearText(
            {term: column for column, term in enumerate(ordered)},
            stored["idf"],
            stored["weights"].astype(np.float32),
            stored["offset"],
            stored["slope"],
            stored["shift"],
        )


def _write_zip(buffer: io.BytesIO, arrays: dict[str, NDArray[Any]]) -> None:
    """An npz with fixed times, so that equal models have equal digests."""
    import zipfile

    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, values in arrays.items():
            inner = io.BytesIO()
            np.lib.format.write_array(inner, np.ascontiguousarray(values), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), inner.getvalue())
