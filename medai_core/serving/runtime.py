"""The one module that runs networks: LiteRT on a CPU, Keras on a GPU.

TensorFlow is imported only where a GPU is there to use it. Both paths give class logits and activation
maps in the order of the card's classes.
"""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.serving.registry import ModelCard, card
from medai_core.settings import settings

CHUNK: Final = 8
"""Images answered by one call of the network: more gain nothing on a CPU and cost memory."""

GPU_CHUNK: Final = 64


class Device(StrEnum):
    """Where networks run."""

    CPU = "cpu"
    GPU = "gpu"


@dataclass(frozen=True, slots=True)
class Output:
    """Logits (n, classes), maps (n, rows, columns, classes); float32. `digest`: SHA-256 of the weights.

    `evidence` (n, values) is there where the network has a third output.
    """

    logits: NDArray[np.float32]
    maps: NDArray[np.float32]
    digest: str
    evidence: NDArray[np.float32] | None = None


def driver_present() -> bool:
    """Whether the operating system shows an NVIDIA device; costs no import."""
    return Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidia0").exists()


def tensorflow_sees_gpu() -> bool:
    """Whether TensorFlow can use a GPU; sets memory growth before the first use."""
    import tensorflow as tf

    devices = tf.config.list_physical_devices("GPU")
    for device in devices:
        tf.config.experimental.set_memory_growth(device, True)
    return bool(devices)


def choose_device(
    *,
    driver: Callable[[], bool] = driver_present,
    tensorflow: Callable[[], bool] = tensorflow_sees_gpu,
    wish: str | None = None,
) -> Device:
    """GPU where the driver is there and TensorFlow can use it, else CPU.

    `wish` (default: environment variable ``MEDAI_DEVICE``) of ``"cpu"`` keeps to the CPU. TensorFlow is
    asked, which takes seconds, only where a driver is present. A TensorFlow that fails to start is no
    reason to answer nothing: the CPU answers.
    """
    chosen = settings().device if wish is None else wish
    if chosen == Device.CPU or not driver():
        return Device.CPU
    try:
        return Device.GPU if tensorflow() else Device.CPU
    except (ImportError, RuntimeError, ValueError):
        return Device.CPU


_device_lock: Final = threading.Lock()
_device: list[Device] = []


def device() -> Device:
    """The device of this process, decided once."""
    with _device_lock:
        if not _device:
            _device.append(choose_device())
        return _device[0]


def run(name: str, images: NDArray[np.float32]) -> Output:
    """Answer for `images`, shape (n, size, size, 1), float32 in 0..1, with model `name`."""
    model = card(name)
    size = model.inputs.size
    if images.ndim != 4 or images.shape[1:] != (size, size, 1):
        raise ValueError(f"images must have shape (n, {size}, {size}, 1). Received: {images.shape}")
    if device() is Device.GPU:
        return _run_keras(model, images)
    return _run_litert(model, images)


# ---- CPU

_interpreters: Final = threading.local()


def _run_litert(model: ModelCard, images: NDArray[np.float32]) -> Output:
    runner = _interpreter(model)
    logits, maps, evidence = [], [], []
    for start in range(0, len(images), CHUNK):
        answer = runner(xray=np.ascontiguousarray(images[start : start + CHUNK]))
        activation = answer["output_1"]
        maps.append(activation)
        logits.append(activation.mean(axis=(1, 2), dtype=np.float64).astype(np.float32))
        evidence += [answer["output_2"]] if "output_2" in answer else []
    return _output(logits, maps, evidence, model.weights_digest)


def _output(
    logits: list[NDArray[np.float32]],
    maps: list[NDArray[np.float32]],
    evidence: list[NDArray[np.float32]],
    digest: str,
) -> Output:
    """The chunks' answers, one after another."""
    more = np.concatenate(evidence) if evidence else None
    return Output(np.concatenate(logits), np.concatenate(maps), digest, more)


def _interpreter(model: ModelCard) -> Any:
    """This thread's signature runner of a model: LiteRT interpreters must not be shared."""
    mine: dict[str, Any] | None = getattr(_interpreters, "runners", None)
    if mine is None:
        mine = _interpreters.runners = {}
    key = f"{model.name} {model.weights_digest}"
    if key not in mine:
        from ai_edge_litert.interpreter import Interpreter

        path = model.folder / model.data["files"]["served"]["name"]
        interpreter = Interpreter(model_path=str(path), num_threads=threads())
        mine[key] = interpreter.get_signature_runner()
    return mine[key]


def threads() -> int:
    """Threads of one interpreter: the processors this process may use, four at most."""
    return max(
        1, min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    )


# ---- GPU

_keras_lock: Final = threading.Lock()
_keras_models: Final[dict[str, Any]] = {}


def _run_keras(model: ModelCard, images: NDArray[np.float32]) -> Output:
    network = _keras(model)
    logits, maps, evidence = [], [], []
    for start in range(0, len(images), GPU_CHUNK):
        _, activation, *more = network(images[start : start + GPU_CHUNK], training=False)
        values = np.asarray(activation, dtype=np.float32)
        maps.append(values)
        logits.append(values.mean(axis=(1, 2), dtype=np.float64).astype(np.float32))
        evidence += [np.asarray(one, dtype=np.float32) for one in more]
    return _output(logits, maps, evidence, model.keras_digest)


def _keras(model: ModelCard) -> Any:
    """The Keras model in mixed precision, traced once."""
    key = f"{model.name} {model.keras_digest}"
    with _keras_lock:
        if key not in _keras_models:
            import tensorflow as tf

            from medai_core.learning.weights import load_keras

            network, _ = load_keras(model.name, dtype="mixed_float16")
            _keras_models[key] = tf.function(network, reduce_retracing=True)
        return _keras_models[key]
