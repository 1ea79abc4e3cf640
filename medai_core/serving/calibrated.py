"""The calibration that a model was frozen with."""

import json
from functools import lru_cache
from pathlib import Path

from medai_core.learning.calibration import Calibration, read_calibration
from medai_core.serving.registry import ModelCard


def calibration_of(model: ModelCard) -> Calibration:
    """The calibration in a model's folder, of the kind that its file names."""
    entry = model.data["files"]["calibration"]
    return _read(model.folder / entry["name"], entry["sha256"])


@lru_cache(maxsize=16)
def _read(path: Path, digest: str) -> Calibration:
    """`digest`, which the card states, renews it."""
    return read_calibration(json.loads(path.read_text(encoding="utf-8")))
