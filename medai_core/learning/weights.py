"""A model's files: weights for Keras (halved precision, rebuilt by name) and the served LiteRT file."""

import contextlib
import hashlib
import importlib
import io
import json
from pathlib import Path
from typing import Any, Final

import numpy as np

MODELS: Final = Path(__file__).resolve().parent.parent / "models"
KERAS_FILE: Final = "weights.npz"
SERVED_FILE: Final = "model.tflite"


def file_digest(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def halve(model: Any) -> None:
    """Round the weights of `model` to float16, as they are stored; both stored forms start from these."""
    model.set_weights([one.astype(np.float16).astype(np.float32) for one in model.get_weights()])


def save_keras(model: Any, path: Path) -> None:
    """Write the weights of `model` by layer and name, as float16."""
    arrays = {
        variable.path: value for variable, value in zip(model.weights, model.get_weights(), strict=True)
    }
    np.savez(path, **{name: value.astype(np.float16) for name, value in arrays.items()})


def load_keras(name: str, *, dtype: str | None = None) -> tuple[Any, int]:
    """The Keras model `name` with its weights, and its input size; for a GPU and for further training.

    Raises Refusal "unknown-model" through the card, ValueError where weights and network differ.
    """
    folder = MODELS / name
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    recipe = importlib.import_module(f"medai_core.models.{name}.recipe")
    model = recipe.network(dtype=dtype)
    with np.load(folder / KERAS_FILE) as stored:
        missing = {variable.path for variable in model.weights} ^ set(stored.files)
        if missing:
            raise ValueError(f"weights and network differ in: {sorted(missing)[:5]}")
        model.set_weights([stored[variable.path].astype(np.float32) for variable in model.weights])
    return model, int(card["inputs"]["size"])


def save_served(model: Any, path: Path) -> None:
    """Convert `model` to a LiteRT file with float16 weights and a free batch."""
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    with contextlib.redirect_stdout(io.StringIO()):  # Keras prints every captured tensor
        path.write_bytes(converter.convert())
