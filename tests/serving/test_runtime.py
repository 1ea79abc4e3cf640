"""Where networks run, and that threads do not share an interpreter."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from medai_core.learning.golden import golden_input
from medai_core.serving import runtime
from medai_core.serving.registry import card
from medai_core.serving.runtime import Device, choose_device
from tests.serving.conftest import MODEL


def _no(*_: object) -> bool:
    return False


def _yes(*_: object) -> bool:
    return True


def _must_not_be_asked() -> bool:
    raise AssertionError("TensorFlow was asked without need")


def _fails() -> bool:
    raise RuntimeError("driver and library differ")


def test_a_gpu_is_used_where_driver_and_tensorflow_agree() -> None:
    assert choose_device(driver=_yes, tensorflow=_yes, wish="") is Device.GPU


def test_without_a_driver_tensorflow_is_not_even_imported() -> None:
    assert choose_device(driver=_no, tensorflow=_must_not_be_asked, wish="") is Device.CPU


def test_a_driver_alone_is_not_enough() -> None:
    assert choose_device(driver=_yes, tensorflow=_no, wish="") is Device.CPU
    assert choose_device(driver=_yes, tensorflow=_fails, wish="") is Device.CPU


def test_one_may_keep_to_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_device(driver=_yes, tensorflow=_must_not_be_asked, wish="cpu") is Device.CPU
    monkeypatch.setenv("MEDAI_DEVICE", "cpu")
    assert choose_device(driver=_yes, tensorflow=_must_not_be_asked) is Device.CPU


def _images(count: int) -> np.ndarray:
    size = card(MODEL).inputs.size
    return np.stack([golden_input(seed, size) for seed in range(count)])


def test_batch_equals_single_and_twice_is_the_same() -> None:
    images = _images(runtime.CHUNK + 3)
    batch = runtime.run(MODEL, images)
    assert batch.logits.shape == (len(images), 3)
    assert batch.maps.shape[0] == len(images)
    assert np.array_equal(batch.logits, runtime.run(MODEL, images).logits)
    single = np.concatenate([runtime.run(MODEL, image[None]).logits for image in images])
    assert np.abs(batch.logits - single).max() < 1e-3


def test_the_logit_is_the_mean_of_its_map() -> None:
    output = runtime.run(MODEL, _images(2))
    assert np.abs(output.maps.mean(axis=(1, 2)) - output.logits).max() < 1e-4


def test_threads_answer_alike_at_the_same_time() -> None:
    images = _images(4)
    expected = runtime.run(MODEL, images).logits
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: runtime.run(MODEL, images).logits, range(12)))
    assert all(np.abs(one - expected).max() < 1e-4 for one in answers)


def test_a_wrong_shape_is_an_error() -> None:
    with pytest.raises(ValueError, match="must have shape"):
        runtime.run(MODEL, np.zeros((1, 10, 10, 1), dtype=np.float32))


def test_a_reading_on_a_cpu_imports_no_tensorflow() -> None:
    code = f"""
import sys, numpy as np
from medai_core.serving import predict, runtime
from medai_core.serving.registry import card
size = card({MODEL!r}).inputs.size
runtime.run({MODEL!r}, np.zeros((1, size, size, 1), dtype=np.float32))
heavy = {{"tensorflow", "keras", "sklearn", "pandas", "matplotlib"}}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_way_of_a_gpu_answers_as_the_cpu_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras in mixed precision, on whatever TensorFlow finds here; half precision costs a little."""
    images = _images(3)
    expected = runtime.run(MODEL, images)
    monkeypatch.setattr(runtime, "device", lambda: Device.GPU)
    answer = runtime.run(MODEL, images)
    assert answer.digest == card(MODEL).keras_digest != expected.digest
    assert answer.maps.dtype == np.float32
    assert answer.maps.shape == expected.maps.shape
    assert np.abs(answer.logits - expected.logits).max() < 0.1
