"""How fast a film is read, as ratios and medians of one run.

    python -m tests.benchmarks.bench_reading

Prints: the first reading of a fresh process, decoded-file-to-reading for an uncompressed 2,000 x 2,000 film,
images a second in a batch, and the served file against `keras.Model.predict` at batch 1 (the last one imports
TensorFlow and takes the longest).
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

MODEL = "paediatric_pneumonia"

_FIRST = """
import time
start = time.perf_counter()
import sys
from medai_core.imaging.decode import decode
from medai_core.serving.predict import predict
scan = decode(sys.stdin.buffer.read())
answer = predict(scan, "paediatric_pneumonia")
assert answer.refused is None, answer.refused
print(time.perf_counter() - start)
"""


def film(side: int) -> bytes:
    """An uncompressed 12-bit DX of a child, side x side pixels, that the model answers for."""
    import numpy as np

    from medai_core.imaging.wrap import wrap_as_dx

    y, x = np.mgrid[0:side, 0:side] / side
    grey = 900 + 2600 * np.exp(-(((x - 0.5) / 0.25) ** 2 + ((y - 0.55) / 0.4) ** 2))
    noise = np.random.default_rng(7).normal(0, 40, (side, side))
    return wrap_as_dx(np.clip(grey + noise, 0, 4095).astype(np.uint16), bits_stored=12, age="003Y", view="AP")


def median_seconds(work: Callable[[], object], repeats: int) -> float:
    """Median wall-clock seconds of `repeats` calls after one that is not counted."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Measure and print."""
    from medai_core.imaging.decode import decode
    from medai_core.serving.predict import predict, predict_batch

    large, small = film(2000), film(512)
    first = [
        float(
            subprocess.run(
                [sys.executable, "-c", _FIRST], input=large, capture_output=True, check=True
            ).stdout
        )
        for _ in range(3)
    ]
    print(f"first reading of a fresh process      {statistics.median(first):8.2f} s      (asked: < 1.5 s)")

    warm = median_seconds(lambda: predict(decode(large), MODEL), 15)
    print(f"warm, 2,000 x 2,000 file to reading   {warm * 1000:8.1f} ms     (asked: < 60 ms)")

    batch = 64
    seconds = median_seconds(lambda: predict_batch([decode(small) for _ in range(batch)], MODEL), 3)
    print(f"batch of {batch}, 512 x 512 files           {batch / seconds:8.1f} images/s (asked: >= 40)")

    keras_ratio()


def keras_ratio() -> None:
    """Served file against `keras.Model.predict`, batch 1, the served size."""
    import numpy as np

    from medai_core.learning.weights import load_keras
    from medai_core.serving import runtime

    model, size = load_keras(MODEL)
    image = np.random.default_rng(1).random((1, size, size, 1), dtype=np.float32)
    keras_seconds = median_seconds(lambda: model.predict(image, verbose=0), 15)
    served_seconds = median_seconds(lambda: runtime.run(MODEL, image), 60)
    print(f"model.predict / served file, batch 1  {keras_seconds / served_seconds:8.1f} x      (asked: >= 4)")


if __name__ == "__main__":
    main()
