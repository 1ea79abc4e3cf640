"""What the application and the evaluation do alike with a served file and with its maps."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MAP_SIZE: Final = 64
"""Rows and columns of a heat map as it is shown; the network's own map is coarser (input size / 32)."""


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


def fine_map(evidence: NDArray[np.float32]) -> NDArray[np.float32]:
    """A coarse map as it is shown: bicubic, shape (`MAP_SIZE`, `MAP_SIZE`), held to 0..1."""
    coarse = Image.fromarray(evidence.astype(np.float32))
    fine = np.asarray(coarse.resize((MAP_SIZE, MAP_SIZE), Image.Resampling.BICUBIC), dtype=np.float32)
    return np.clip(fine, 0.0, 1.0)


def served_evidence(
    path: Path, images: NDArray[np.float32], *, chunk: int = 8
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits, shape (n, classes), and the third output, shape (n, values), of a LiteRT file that has one."""
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(model_path=str(path), num_threads=2).get_signature_runner()
    answers = [
        runner(xray=np.ascontiguousarray(images[start : start + chunk]))
        for start in range(0, len(images), chunk)
    ]
    logits = np.concatenate([one["output_1"].mean(axis=(1, 2), dtype=np.float64) for one in answers])
    return logits.astype(np.float32), np.concatenate([one["output_2"] for one in answers])
