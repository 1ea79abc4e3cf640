"""Run a served file outside the application: for evaluation and golden outputs."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def served_outputs(
    path: Path, images: NDArray[np.float32], *, chunk: int = 8
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits, shape (n, classes), and activation maps, shape (n, rows, columns, classes), of a LiteRT file.

    `images` has shape (n, size, size, 1), float32 in 0..1. The logit is the mean of its map.
    """
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(model_path=str(path), num_threads=2).get_signature_runner()
    maps = np.concatenate(
        [
            runner(xray=np.ascontiguousarray(images[start : start + chunk]))["output_1"]
            for start in range(0, len(images), chunk)
        ]
    )
    return maps.mean(axis=(1, 2), dtype=np.float64).astype(np.float32), maps
