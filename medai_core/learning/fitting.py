"""One training loop for recipes: stages, averaged weights, checkpoints that a killed run resumes from."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Batch = tuple[NDArray[np.float32], NDArray[np.float32]]
MakeBatch = Callable[[int, int], Batch]
"""(epoch, batch number) -> images (n, size, size, 1) and target probabilities (n, classes).

Where each class is a question of its own, a target below 0 is "not known" and teaches nothing."""

_AHEAD: Final = 4


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of a run at one input size.

    `rate` falls from `rate` to zero along a cosine over the stage, after a rise over `warmup` steps.
    `average` is the part of the averaged weights that each step keeps. `exclusive` says whether one class
    excludes the others (cross-entropy over classes) or each is a question of its own (one by one).
    """

    name: str
    size: int
    epochs: int
    steps: int
    rate: float
    warmup: int = 100
    weight_decay: float = 0.01
    average: float = 0.998
    dropout: float = 0.2
    drop_path: float = 0.1
    exclusive: bool = True


def fit(
    stage: Stage,
    build: Callable[[Stage], Any],
    start: Sequence[NDArray[np.float32]] | None,
    make_batch: MakeBatch,
    folder: Path,
    *,
    report: Callable[[str, list[NDArray[np.float32]]], None],
    label_weights: NDArray[np.float32] | None = None,
) -> list[NDArray[np.float32]]:
    """Train one stage and give the averaged weights, in Keras' order.

    Parameters
    ----------
    build : callable
        Gives the model of the stage with its first output the class probabilities.
    start : weights, optional
        Where to start; None keeps what `build` gave.
    folder : Path
        Takes ``<stage>.npz`` after every epoch; a finished or half-done stage is taken up from there.
    report : callable
        Called after every epoch with a line and the averaged weights.
    label_weights : array, shape (classes,), optional
        How much each label counts in the loss, where each is a question of its own; None: alike.
    """
    model = build(stage)
    if start is not None:
        model.set_weights(list(start))
    state = _State(model, stage, label_weights)
    checkpoint = folder / f"{stage.name}.npz"
    for epoch in range(state.resume(checkpoint), stage.epochs):
        began, losses = time.monotonic(), []
        for number, (images, targets) in enumerate(_ahead(make_batch, epoch, stage.steps)):
            taken = epoch * stage.steps + number
            losses.append(state.step(images, targets, min(stage.average, (1.0 + taken) / (10.0 + taken))))
        state.save(checkpoint, epoch + 1)
        seconds = time.monotonic() - began
        report(
            f"{stage.name}: epoch {epoch + 1}/{stage.epochs}, loss {np.mean(losses):.4f}, {seconds:.0f} s",
            state.averaged(),
        )
    return state.averaged()


def _exclusive_loss(targets: Any, probabilities: Any) -> Any:
    """Cross-entropy over the classes, mean over images."""
    import keras
    import tensorflow as tf

    return tf.reduce_mean(keras.losses.categorical_crossentropy(targets, probabilities))


def _separate_loss(targets: Any, probabilities: Any, weights: Any) -> Any:
    """Binary cross-entropy, mean over all targets that are known (0..1), by the `weights` of the labels."""
    import tensorflow as tf

    known = tf.cast(targets >= 0.0, tf.float32) * weights
    targets = tf.maximum(targets, 0.0)
    safe = tf.clip_by_value(probabilities, 1e-6, 1.0 - 1e-6)
    loss = -(targets * tf.math.log(safe) + (1.0 - targets) * tf.math.log(1.0 - safe))
    return tf.reduce_sum(loss * known) / tf.maximum(tf.reduce_sum(known), 1.0)


class _State:
    """Model, optimiser and averaged weights of a stage under way."""

    def __init__(self, model: Any, stage: Stage, label_weights: NDArray[np.float32] | None) -> None:
        import keras
        import tensorflow as tf

        steps = max(1, stage.epochs * stage.steps - stage.warmup)
        schedule = keras.optimizers.schedules.CosineDecay(
            0.0, steps, warmup_target=stage.rate, warmup_steps=stage.warmup
        )
        optimizer = keras.optimizers.AdamW(schedule, weight_decay=stage.weight_decay, global_clipnorm=5.0)
        optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
        optimizer.build(model.trainable_variables)
        means = [tf.Variable(variable, trainable=False) for variable in model.weights]
        weights = 1.0 if label_weights is None else label_weights
        loss_of = _exclusive_loss if stage.exclusive else partial(_separate_loss, weights=weights)

        @tf.function  # type: ignore[untyped-decorator]
        def step(images: Any, targets: Any, keep: Any) -> Any:
            with tf.GradientTape() as tape:
                probabilities = model(images, training=True)[0]
                loss = loss_of(targets, probabilities)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            for mean, variable in zip(means, model.weights, strict=True):
                mean.assign(mean * keep + tf.cast(variable, mean.dtype) * (1.0 - keep))
            return loss

        self._model, self._optimizer, self._means, self._step = model, optimizer, means, step

    def step(self, images: NDArray[np.float32], targets: NDArray[np.float32], keep: float) -> float:
        """One batch; `keep` is the part of the averaged weights that stays. Gives the loss."""
        import tensorflow as tf

        return float(self._step(tf.constant(images), tf.constant(targets), tf.constant(keep, tf.float32)))

    def averaged(self) -> list[NDArray[np.float32]]:
        """The averaged weights, in Keras' order."""
        return [mean.numpy() for mean in self._means]

    def save(self, path: Path, epochs: int) -> None:
        """Write a checkpoint whole or not at all."""
        arrays: dict[str, Any] = {"epochs": np.int64(epochs)}
        arrays |= {f"model_{number:04d}": one for number, one in enumerate(self._model.get_weights())}
        arrays |= {f"mean_{number:04d}": one for number, one in enumerate(self.averaged())}
        variables = [one.numpy() for one in self._optimizer.variables]
        arrays |= {f"optimizer_{number:04d}": one for number, one in enumerate(variables)}
        part = path.with_suffix(".part.npz")
        np.savez(part, **arrays)
        os.replace(part, path)

    def resume(self, path: Path) -> int:
        """Take up a checkpoint where there is one; gives the number of epochs already done."""
        if not path.exists():
            return 0
        with np.load(path) as stored:
            self._model.set_weights(_series(stored, "model"))
            for variable, value in zip(self._means, _series(stored, "mean"), strict=True):
                variable.assign(value)
            for variable, value in zip(self._optimizer.variables, _series(stored, "optimizer"), strict=True):
                variable.assign(value)
            return int(stored["epochs"])


def _ahead(make_batch: MakeBatch, epoch: int, steps: int) -> Iterator[Batch]:
    """Batches in order, a few made ahead in threads."""
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="batch") as pool:
        waiting: list[Future[Batch]] = []
        for number in range(steps):
            waiting.append(pool.submit(make_batch, epoch, number))
            if len(waiting) > _AHEAD:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


def averaged_weights(path: Path) -> list[NDArray[np.float32]]:
    """The averaged weights of a checkpoint, in Keras' order."""
    with np.load(path) as stored:
        return _series(stored, "mean")


def _series(stored: Any, prefix: str) -> list[NDArray[np.float32]]:
    return [stored[name] for name in sorted(stored.files) if name.startswith(f"{prefix}_")]
