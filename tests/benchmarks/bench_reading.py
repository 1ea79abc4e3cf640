"""How fast a film is read, as ratios and medians of one run.

    python -m tests.benchmarks.bench_reading

Prints for every findings model: the first reading of a fresh process; warm, from an uncompressed file of
2,000 x 2,000 to the reading, and with its heat map, both behind the image gate; images a second in a batch;
and these against `keras.Model.predict` of the same network and against a DenseNet-121 at 224 px with random
weights, on the same cores (the last two import TensorFlow and take the longest). Every file differs from the
others in a pixel, so that no look of the gate is answered from memory. The heat map is
computed also where the card says that its maps are not shown.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from medai_core.serving.registry import ModelCard, available

REPEATS = 15
BATCH = 64

_FIRST = """
import time
start = time.perf_counter()
import sys
from medai_core.imaging.decode import decode
from medai_core.serving.predict import predict
scan = decode(sys.stdin.buffer.read())
answer = predict(scan, sys.argv[1])
assert answer.refused is None, answer.refused
print(time.perf_counter() - start)
"""


def film(name: str, side: int, age_years: int) -> bytes:
    """A film of the demo as an uncompressed 12-bit DX of side x side pixels, of a person of this age."""
    import numpy as np
    from PIL import Image

    from medai_core.imaging.wrap import wrap_as_dx
    from medai_core.services import demo

    with Image.open(Path(demo.__file__).parent / "demo_films" / f"{name}.jpeg") as picture:
        large = picture.convert("L").resize((side, side), Image.Resampling.BICUBIC)
    grey = np.asarray(large).astype(np.uint16) * 15
    return wrap_as_dx(grey, bits_stored=12, age=f"{age_years:03d}Y", view="AP")


def others(content: bytes) -> Iterator[bytes]:
    """The same file again and again, with another last pixel each time."""
    number = 0
    while True:
        number = (number + 1) % 4096
        yield content[:-2] + number.to_bytes(2, "little")


def median_seconds(work: Callable[[], object], repeats: int) -> float:
    """Median wall-clock seconds of `repeats` calls after one that is not counted."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def readable(model: ModelCard) -> tuple[str, int] | str:
    """The film and the age of a person that the model answers for, or why it answers for none."""
    from medai_core.imaging.decode import decode
    from medai_core.serving.predict import predict

    refused = ""
    age = round((model.inputs.age_min_years + min(model.inputs.age_max_years, 80)) / 2)
    for name in ("pneumonia", "normal"):
        refused = predict(decode(film(name, 512, age)), model.name).refused or ""
        if not refused:
            return name, age
    return refused


def first_seconds(model: str, content: bytes) -> float:
    """Seconds from the start of the imports to the first reading of a fresh process."""
    command = [sys.executable, "-c", _FIRST, model]
    done = subprocess.run(command, input=content, capture_output=True, check=True)
    return float(done.stdout)


def served(model: ModelCard, name: str, age: int) -> float:
    """Print the figures of what is served; seconds of a warm reading with its heat map."""
    from medai_core.imaging.decode import decode
    from medai_core.serving.explain import computed_map
    from medai_core.serving.predict import predict, predict_batch

    files, small = others(film(name, 2000, age)), others(film(name, 512, age))
    label = next(one for one in model.labels if one not in model.not_reliable)
    first = statistics.median(first_seconds(model.name, next(files)) for _ in range(3))
    print(f"  first reading of a fresh process          {first:8.2f} s      (asked: < 1.5 s)")
    plain = median_seconds(lambda: predict(decode(next(files)), model.name), REPEATS)
    print(f"  warm, 2,000 x 2,000, gate and findings    {plain * 1000:8.1f} ms")

    def with_map() -> None:
        scan = decode(next(files))
        predict(scan, model.name)
        computed_map(scan, model, label)

    whole = median_seconds(with_map, REPEATS)
    print(f"  the same with a heat map                  {whole * 1000:8.1f} ms     (asked: < 120 ms)")
    batch = median_seconds(lambda: predict_batch([decode(next(small)) for _ in range(BATCH)], model.name), 3)
    print(f"  batch of {BATCH}, 512 x 512 files             {BATCH / batch:8.1f} images/s (asked: >= 30)")
    return whole


def against_keras(model: ModelCard, whole: float) -> None:
    """Print the served network and the whole reading against `predict` of Keras at the served size."""
    import numpy as np

    from medai_core.learning.weights import load_keras
    from medai_core.serving import runtime

    network, size = load_keras(model.name)
    image = np.random.default_rng(1).random((1, size, size, 1), dtype=np.float32)
    slow = median_seconds(lambda: network.predict(image, verbose=0), REPEATS)
    fast = median_seconds(lambda: runtime.run(model.name, image), 4 * REPEATS)
    print(f"  model.predict / served network, batch 1   {slow / fast:8.1f} x      (asked: >= 4)")
    print(f"  whole reading / model.predict             {whole / slow:8.2f} x")


def densenet_seconds() -> float:
    """Seconds of `predict` for one image of a Keras DenseNet-121 at 224 px, random weights."""
    import keras
    import numpy as np

    network = keras.applications.DenseNet121(weights=None, input_shape=(224, 224, 3), classes=14)
    image = np.random.default_rng(1).random((1, 224, 224, 3), dtype=np.float32)
    return median_seconds(lambda: network.predict(image, verbose=0), REPEATS)


def main() -> None:
    """Measure and print."""
    wholes = {}
    for model in available():
        found = readable(model)
        if isinstance(found, str):
            print(f"{model.name}: not measured; no film of the demo passes: {found}")
            continue
        print(f"{model.name} at {model.inputs.size} px")
        wholes[model.name] = served(model, *found)
        against_keras(model, wholes[model.name])
    densenet = densenet_seconds()
    print(f"DenseNet-121 at 224 px, Keras predict       {densenet * 1000:8.1f} ms")
    for name, whole in wholes.items():
        print(f"  whole reading of {name:24s} {whole / densenet:8.2f} x of it")


if __name__ == "__main__":
    main()
