"""The network's three forms agree, and a training that was stopped goes on as if it had not been."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from medai_core.learning.fitting import Batch, Stage, averaged_weights, fit
from medai_core.learning.networks import efficientnet_lite0_classifier, fold


def _images(count: int = 2, size: int = 64) -> np.ndarray:
    return np.random.default_rng(3).random((count, size, size, 1), dtype=np.float32)


def _shaken(model: Any) -> Any:
    """Weights away from their start, so that every part counts."""
    generator = np.random.default_rng(5)
    model.set_weights(
        [
            one * generator.uniform(0.8, 1.2, one.shape) + generator.uniform(0.0, 0.05, one.shape)
            for one in model.get_weights()
        ]
    )
    return model


def test_the_dense_map_holds_the_coarse_one() -> None:
    coarse = efficientnet_lite0_classifier(96, 3, dropout=0.0)
    dense = efficientnet_lite0_classifier(96, 3, dropout=0.0, dense=True)
    dense.set_weights(coarse.get_weights())
    images = _images(size=96)
    expected, found = (np.asarray(one(images, training=False)[1]) for one in (coarse, dense))
    assert expected.shape == (2, 3, 3, 3)
    assert found.shape == (2, 6, 6, 3)
    assert np.abs(found[:, 1::2, 1::2] - expected).max() < 1e-6
    assert np.abs(found[:, ::2, ::2] - expected).max() > 0.0


def test_folded_and_fused_forms_answer_alike() -> None:
    plain = _shaken(efficientnet_lite0_classifier(64, 3, dropout=0.0))
    fused = efficientnet_lite0_classifier(64, 3, dropout=0.0, fused=True)
    fused.set_weights(plain.get_weights())
    folded = efficientnet_lite0_classifier(64, 3, dropout=0.0, folded=True)
    fold(plain, folded)
    images = _images()
    expected, maps = (np.asarray(one) for one in plain(images, training=False))
    assert maps.shape == (2, 2, 2, 3)
    assert np.abs(np.asarray(fused(images, training=False)[0]) - expected).max() < 1e-6
    assert np.abs(np.asarray(folded(images, training=False)[1]) - maps).max() < 1e-3
    assert np.abs(np.asarray(folded(images, training=False)[0]) - expected).max() < 1e-4
    in_training = [np.asarray(one(images, training=True)[0]) for one in (plain, fused)]
    assert np.abs(in_training[0] - in_training[1]).max() < 1e-3
    for one, other in zip(plain.weights, fused.weights, strict=True):
        if one.path.endswith("moving_mean"):  # variances differ by n / (n - 1)
            assert np.allclose(one.numpy(), other.numpy(), rtol=1e-3, atol=1e-4), one.path


def test_the_logit_is_the_mean_of_the_map() -> None:
    network = _shaken(efficientnet_lite0_classifier(64, 3, dropout=0.0, folded=True))
    probabilities, maps = (np.asarray(one) for one in network(_images(), training=False))
    logits = maps.mean(axis=(1, 2))
    spread = np.exp(logits - logits.max(axis=1, keepdims=True))
    assert np.abs(spread / spread.sum(axis=1, keepdims=True) - probabilities).max() < 1e-5


def test_a_mirror_image_gets_the_same_answer() -> None:
    alone = _shaken(efficientnet_lite0_classifier(64, 3, dropout=0.0, folded=True))
    mirrored = efficientnet_lite0_classifier(64, 3, dropout=0.0, folded=True, mirrored=True)
    mirrored.set_weights(alone.get_weights())
    images = _images()
    straight, turned = (np.asarray(alone(given, training=False)[1]) for given in (images, images[:, :, ::-1]))
    found = np.asarray(mirrored(images, training=False)[1])
    assert np.abs(found - (straight + turned[:, :, ::-1]) / 2).max() < 1e-4
    other = np.asarray(mirrored(images[:, :, ::-1], training=False)[1])
    assert np.abs(other[:, :, ::-1] - found).max() < 1e-4


def test_an_enlarged_film_has_more_positions() -> None:
    network = efficientnet_lite0_classifier(64, 3, dropout=0.0, enlarged=96)
    assert network.input_shape[1:] == (64, 64, 1)
    assert network.output_shape[1][1:] == (3, 3, 3)


def _tiny(stage: Stage, activation: str = "softmax") -> Any:
    import keras

    keras.utils.set_random_seed(4)
    image = keras.Input((stage.size, stage.size, 1))
    x = keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 3)(image))
    cam = keras.layers.Conv2D(2, 1)(x)
    pooled = keras.layers.GlobalAveragePooling2D()(cam)
    return keras.Model(image, [keras.layers.Activation(activation)(pooled), cam])


def _batch(epoch: int, number: int) -> Batch:
    generator = np.random.default_rng((epoch, number))
    truth = generator.integers(0, 2, 16)
    images = generator.random((16, 8, 8, 1), dtype=np.float32) + truth[:, None, None, None]
    return images.astype(np.float32), np.eye(2, dtype=np.float32)[truth]


def test_a_stopped_training_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    stage = Stage("tiny", size=8, epochs=3, steps=6, rate=0.05, warmup=2, average=0.9)
    lines: list[str] = []

    def say(line: str, _: object) -> None:
        lines.append(line)

    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    whole = fit(stage, _tiny, None, _batch, tmp_path / "whole", report=say)
    assert len(lines) == 3

    class Killed(Exception):
        pass

    def killed(line: str, _: object) -> None:
        if "epoch 2" in line:
            raise Killed

    with pytest.raises(Killed):
        fit(stage, _tiny, None, _batch, tmp_path / "parts", report=killed)
    resumed = fit(stage, _tiny, None, _batch, tmp_path / "parts", report=say)
    assert len(lines) == 4  # one epoch was left
    for one, other in zip(whole, resumed, strict=True):
        assert np.abs(one - other).max() < 1e-5
    for one, other in zip(averaged_weights(tmp_path / "parts" / "tiny.npz"), resumed, strict=True):
        assert np.array_equal(one, other)
    assert float(lines[2].split("loss ")[1].split(",")[0]) < float(lines[0].split("loss ")[1].split(",")[0])


def test_a_label_without_weight_teaches_nothing(tmp_path: Path) -> None:
    stage = Stage("few", size=8, epochs=1, steps=3, rate=1e-2, warmup=1, exclusive=False)
    trained = {}
    for name, weight in (("both", (1.0, 1.0)), ("first", (1.0, 0.0))):
        trained[name] = fit(
            replace(stage, name=name),
            partial(_tiny, activation="sigmoid"),
            None,
            _batch,
            tmp_path,
            report=lambda *_: None,
            label_weights=np.asarray(weight, dtype=np.float32),
        )
    start = _tiny(stage).get_weights()
    bias = [one[-1] - start[-1] for one in trained.values()]
    assert bias[0][1] != 0.0
    assert bias[1][1] == pytest.approx(0.0, abs=1e-7)
    assert bias[1][0] != 0.0
