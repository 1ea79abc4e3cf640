"""How `note_specialty` was trained: anyone with the data can repeat it.

``python -m medai_core train note_specialty --data DIR`` where DIR holds the folder mtsamples. Two models are
cross-validated on the same folds: TF-IDF with a linear SVM, and a small Keras network. The better is trained
on all texts and served; both are on the card.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.learning.texts import MODEL_FILE, words
from medai_core.models.note_specialty import evaluation, linear
from medai_core.models.note_specialty.notes import FOLDS, Notes, read_notes

SEED: Final = 7
LENGTH: Final = 512
VOCABULARY: Final = 8_000
WIDTH: Final = 64
FILTERS: Final = 96
EPOCHS: Final = 24
BATCH: Final = 32


def network(labels: int, *, seed: int = SEED) -> Any:
    """Embedding, one convolution over five words, strongest and mean answer of each filter: the compared
    network (Kim, Convolutional Neural Networks for Sentence Classification, EMNLP 2014, with the mean added).

    It counts its words by `numbered`; it is on the card and not served.
    """
    import keras

    keras.utils.set_random_seed(seed)
    given = keras.Input((LENGTH,), dtype="int32")
    values = keras.layers.Embedding(VOCABULARY, WIDTH)(given)
    values = keras.layers.Dropout(0.2)(values)
    values = keras.layers.Conv1D(FILTERS, 5, activation="relu")(values)
    values = keras.layers.Concatenate()(
        [keras.layers.GlobalMaxPooling1D()(values), keras.layers.GlobalAveragePooling1D()(values)]
    )
    values = keras.layers.Dropout(0.4)(values)
    return keras.Model(given, keras.layers.Dense(labels)(values))


def train(data: Path, work: Path, out: Path, *, say: Callable[[str], None] = print) -> None:
    """Cross-validate both models, train the linear one on all texts, write the model's files into `out`.

    `work` keeps the network's answers fold by fold; a run that was stopped goes on from there.
    """
    notes, names = read_notes(data)
    say(f"{len(notes.texts)} texts, {len(np.unique(notes.group))} groups, {len(notes.labels)} specialties")
    out.mkdir(parents=True, exist_ok=True)
    answers = {
        "linear": _out_of_fold(notes, _linear, "linear", work, say),
        "network": _out_of_fold(notes, _network, "network", work, say),
    }
    evaluation.write_out_of_fold(notes, answers, out)
    evaluation.freeze(notes, answers, out)
    linear.fit(notes.texts, notes.target, notes.group).save(out / MODEL_FILE)
    evaluation.write_golden(out)
    evaluation.measure(notes, names, out, say=say)


def evaluate(data: Path, out: Path, *, say: Callable[[str], None] = print) -> Path:
    """Measure the out-of-fold answers in `out` again and write the card."""
    notes, names = read_notes(data)
    return evaluation.measure(notes, names, out, say=say)


Answer = Callable[[Notes, NDArray[np.bool_]], NDArray[np.float64]]
"""Trains on the rows that are not marked and gives probabilities of those that are."""


def _out_of_fold(
    notes: Notes, answer: Answer, name: str, work: Path, say: Callable[[str], None]
) -> NDArray[np.float64]:
    """Probabilities of every text by a model that has seen neither it nor a copy of it."""
    work.mkdir(parents=True, exist_ok=True)
    found = np.zeros_like(notes.target)
    for fold in range(FOLDS):
        held = notes.fold == fold
        kept = work / f"{name}-{fold}.npy"
        if not kept.is_file():
            np.save(kept, answer(notes, held))
            say(f"{name}: fold {fold + 1} of {FOLDS}")
        found[held] = np.load(kept)
    return found


def _linear(notes: Notes, held: NDArray[np.bool_]) -> NDArray[np.float64]:
    model = linear.fit(
        [text for text, out in zip(notes.texts, held, strict=True) if not out],
        notes.target[~held],
        notes.group[~held],
    )
    return model.probabilities([text for text, out in zip(notes.texts, held, strict=True) if out])


def _network(notes: Notes, held: NDArray[np.bool_]) -> NDArray[np.float64]:
    import keras

    seen = [words(text) for text, out in zip(notes.texts, held, strict=True) if not out]
    asked = [words(text) for text, out in zip(notes.texts, held, strict=True) if out]
    numbers = vocabulary(seen)
    model = network(len(notes.labels))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    steps = EPOCHS * -(-len(seen) // BATCH)
    model.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)), loss=loss
    )
    model.fit(numbered(seen, numbers), notes.target[~held], batch_size=BATCH, epochs=EPOCHS, verbose=0)
    logits = np.asarray(
        model.predict(numbered(asked, numbers), batch_size=BATCH, verbose=0), dtype=np.float64
    )
    return 1.0 / (1.0 + np.exp(-logits))


def vocabulary(texts: Sequence[Sequence[str]]) -> dict[str, int]:
    """The commonest words -> numbers from 2; 0 is no word, 1 an unknown one."""
    from collections import Counter

    counts = Counter(word for text in texts for word in text)
    ordered = sorted(counts, key=lambda word: (-counts[word], word))[: VOCABULARY - 2]
    return {word: number for number, word in enumerate(ordered, start=2)}


def numbered(texts: Sequence[Sequence[str]], numbers: dict[str, int]) -> NDArray[np.int32]:
    """Texts as rows of word numbers, shape (n_texts, LENGTH), cut or filled with 0."""
    rows = np.zeros((len(texts), LENGTH), dtype=np.int32)
    for row, text in zip(rows, texts, strict=True):
        found = [numbers.get(word, 1) for word in text[:LENGTH]]
        row[: len(found)] = found
    return rows
