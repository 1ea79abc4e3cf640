"""A small network for discrete time: trained with Keras, kept and answered as plain arrays.

References
----------
Gensheimer MF, Narasimhan B. A scalable discrete-time survival model for neural networks. PeerJ 2019;7:e6257.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

REACH: Final = 4.0
"""Terms are held within so many standard deviations."""


@dataclass(frozen=True)
class Net:
    """A fitted network: weights and biases of its layers; the last gives a logit of the hazard a piece."""

    weights: list[Values]
    biases: list[Values]

    def hazards(self, given: Values) -> Values:
        """The chance of the event in each piece for who got there, shape (n, pieces)."""
        values = np.clip(given, -REACH, REACH)
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            values = values @ weight + bias
            values = np.where(values > 0, values, np.expm1(np.minimum(values, 0.0)))
        logits = values @ self.weights[-1] + self.biases[-1]
        found: Values = 1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0)))
        return found

    def score(self, given: Values) -> Values:
        """The mean over the pieces' ends of the chance to have had the event, shape (n,)."""
        found: Values = 1.0 - np.cumprod(1.0 - self.hazards(given), axis=1).mean(axis=1)
        return found


@dataclass(frozen=True)
class DiscreteNet:
    """How the network is trained: dense layers (ELU) with dropout, AdamW, a fixed number of epochs."""

    hidden: tuple[int, ...] = (32, 32)
    pieces: int = 12
    epochs: int = 40
    batch: int = 128
    rate: float = 3e-3
    dropout: float = 0.3
    decay: float = 1e-2

    def fit(self, given: Values, time: Values, event: Values, *, seed: int) -> Net:
        """Train it; the pieces hold about equally many events."""
        import keras

        keras.utils.set_random_seed(seed)
        edges = np.unique(np.quantile(time[event > 0], np.linspace(0, 1, self.pieces + 1)[1:-1]))
        target = _target(time, event, edges)
        network = self._network(given.shape[1], len(edges) + 1)
        network.fit(
            np.clip(given, -REACH, REACH).astype(np.float32), target.astype(np.float32),
            epochs=self.epochs, batch_size=self.batch, verbose=0,
        )  # fmt: skip
        dense = [layer.get_weights() for layer in network.layers if layer.get_weights()]
        return Net([one[0].astype(np.float64) for one in dense], [one[1].astype(np.float64) for one in dense])

    def _network(self, width: int, pieces: int) -> Any:
        import keras

        given = keras.Input((width,))
        values = given
        for units in self.hidden:
            values = keras.layers.Dense(units, activation="elu")(values)
            values = keras.layers.Dropout(self.dropout)(values)
        network = keras.Model(given, keras.layers.Dense(pieces)(values))
        network.compile(
            keras.optimizers.AdamW(self.rate, weight_decay=self.decay), loss=_loss, jit_compile=False
        )
        return network


def _target(time: Values, event: Values, edges: Values) -> Values:
    """Whether each piece was entered and survived to its end, and whether it had the event: (n, 2, pieces).

    Who was censored in a piece counts in it where at least half of it was observed.
    """
    pieces = len(edges) + 1
    ends = np.concatenate([edges, [max(float(time.max()), float(edges[-1]) + 1e-6)]])
    middles = (np.concatenate([[0.0], edges]) + ends) / 2
    place = np.searchsorted(edges, time, side="left")
    had = np.zeros((len(time), pieces))
    had[np.arange(len(time)), place] = event
    passed = np.where(event[:, None] > 0, np.arange(pieces) < place[:, None], time[:, None] >= middles)
    return np.stack([passed.astype(np.float64), had], axis=1)


def _loss(target: Any, logits: Any) -> Any:
    """The negative log likelihood of the pieces that were entered."""
    import keras

    passed, had = target[:, 0], target[:, 1]
    return keras.ops.sum(passed * keras.ops.softplus(logits) + had * keras.ops.softplus(-logits), axis=1)
