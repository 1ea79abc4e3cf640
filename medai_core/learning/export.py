"""A trained network into a model's folder: Keras weights, the served file, golden answers."""

from pathlib import Path
from typing import Any

from medai_core.learning.cards import GOLDEN_FILE, as_text
from medai_core.learning.golden import golden_answers
from medai_core.learning.served import served_outputs
from medai_core.learning.weights import KERAS_FILE, SERVED_FILE, halve, save_keras, save_served


def export(model: Any, folder: Path, *, exclusive: bool) -> None:
    """Write `model`, in the form that is served, with its weights halved.

    `exclusive` says whether one class excludes the others or each is a question of its own.
    """
    halve(model)
    folder.mkdir(parents=True, exist_ok=True)
    save_keras(model, folder / KERAS_FILE)
    save_served(model, folder / SERVED_FILE)
    golden = golden_answers(
        lambda images: served_outputs(folder / SERVED_FILE, images)[0],
        int(model.input_shape[1]),
        exclusive=exclusive,
    )
    (folder / GOLDEN_FILE).write_text(as_text(golden), encoding="utf-8")
