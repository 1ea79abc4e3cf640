"""A small network for tables: trained with Keras, answered with numpy alone, kept as plain arrays."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

EPOCHS: Final = 40
BATCHES: Final = 16
DROPOUT: Final = 0.2
RATE: Final = 3e-3


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Layers of weights and offsets: rectified between them, the last one gives the log-odds."""

    layers: tuple[tuple[Values, Values], ...]

    def scores(self, Z: Values) -> Values:
        """Log-odds, shape (n,), of rows of shape (n, inputs)."""
        values = Z
        for weights, offsets in self.layers[:-1]:
            values = np.maximum(values @ weights + offsets, 0.0)
        weights, offsets = self.layers[-1]
        result: Values = (values @ weights + offsets)[:, 0]
        return result

    def arrays(self) -> dict[str, Values]:
        """For an npz file."""
        return {
            f"{name}{number}": part
            for number, layer in enumerate(self.layers)
            for name, part in zip(("weights", "offsets"), layer, strict=True)
        }

    @staticmethod
    def from_arrays(arrays: dict[str, Any]) -> "Network":
        """Read what `arrays` gave."""
        return Network(
            tuple(
                (np.asarray(arrays[f"weights{n}"], np.float64), np.asarray(arrays[f"offsets{n}"], np.float64))
                for n in range(len(arrays) // 2)
            )
        )


def fit_network(Z: Values, y: Values, *, units: int, decay: float, seed: int) -> Network:
    """Two hidden layers with dropout and weight decay; the same rows and seed give the same network.

    Parameters
    ----------
    Z : array, shape (n, inputs), scaled, without gaps
    y : array, shape (n,), 0 or 1
    """
    import keras

    keras.utils.set_random_seed(seed)
    model, optimizer, fit = _graph(Z.shape[1], units, decay)
    _start_again(model, optimizer, seed)
    generator = np.random.default_rng(seed)
    batch = max(8, -(-len(Z) // BATCHES))
    passes = -(-len(Z) // batch)
    order = np.concatenate([np.resize(generator.permutation(len(Z)), passes * batch) for _ in range(EPOCHS)])
    fit(Z.astype(np.float32), y.astype(np.float32)[:, None], order.reshape(-1, batch).astype(np.int32))
    dense = [layer for layer in model.layers if layer.get_weights()]
    parts = [[np.asarray(part, dtype=np.float64) for part in layer.get_weights()] for layer in dense]
    return Network(tuple((weights, offsets) for weights, offsets in parts))


@lru_cache(maxsize=16)
def _graph(inputs: int, units: int, decay: float) -> tuple[Any, Any, Callable[[Any, Any, Any], None]]:
    """The network, its optimizer, and all steps of a fit as one graph: built once, used for every fold."""
    import keras
    import tensorflow as tf

    given = keras.Input((inputs,), dtype="float32")
    values = given
    for size in (units, max(4, units // 2)):
        shrunk = keras.regularizers.L2(decay)
        values = keras.layers.Dense(size, activation="relu", kernel_regularizer=shrunk)(values)
        values = keras.layers.Dropout(DROPOUT, seed=0)(values)
    model = keras.Model(given, keras.layers.Dense(1)(values))
    optimizer = keras.optimizers.Adam(RATE)
    optimizer.build(model.trainable_variables)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)

    @tf.function(  # type: ignore[untyped-decorator]
        input_signature=[
            tf.TensorSpec((None, inputs), tf.float32),
            tf.TensorSpec((None, 1), tf.float32),
            tf.TensorSpec((None, None), tf.int32),
        ]
    )
    def fit(rows: Any, truth: Any, order: Any) -> None:
        steps = tf.shape(order)[0]
        for step in tf.range(steps):
            at = tf.gather(order, step)
            left = 1.0 - tf.cast(step, tf.float32) / tf.cast(steps, tf.float32)
            optimizer.learning_rate.assign(RATE * tf.maximum(left, 0.05))
            with tf.GradientTape() as tape:
                answers = model(tf.gather(rows, at), training=True)
                lost = loss(tf.gather(truth, at), answers) + tf.add_n(model.losses)
            optimizer.apply(tape.gradient(lost, model.trainable_variables))

    return model, optimizer, fit


def _start_again(model: Any, optimizer: Any, seed: int) -> None:
    """New weights, and an optimizer that has seen nothing."""
    generator = np.random.default_rng(seed)
    for variable in model.trainable_variables:
        shape = tuple(variable.shape)
        span = np.sqrt(6.0 / sum(shape)) if len(shape) > 1 else 0.0
        variable.assign(generator.uniform(-span, span, shape) if span else np.zeros(shape))
    for variable in optimizer.variables:
        if variable is not optimizer.learning_rate:
            variable.assign(np.zeros(tuple(variable.shape)))
    for variable in model.non_trainable_variables:  # the state of dropout
        variable.assign(np.full(tuple(variable.shape), seed))
