"""A model's folder whose card states prevalences, made from the one that is served."""

import json
from pathlib import Path
from typing import Any, Final

from medai_core.serving import registry

MODEL: Final = "paediatric_pneumonia"
WARD: Final = "ward and bedside"
CLINIC: Final = "ambulatory"
_SERVED: Final = registry.MODELS


def card_with_settings(folder: Path, *, training: dict[str, float] | None) -> Path:
    """A folder of models with one: its card states `training` and two settings; the weights are as served."""
    target = folder / MODEL
    target.mkdir(parents=True)
    for path in (_SERVED / MODEL).iterdir():
        if path.suffix in {".json", ".tflite", ".npz"} and path.name != "card.json":
            (target / path.name).symlink_to(path)
    data: dict[str, Any] = json.loads((_SERVED / MODEL / "card.json").read_text(encoding="utf-8"))
    data.pop("training_prevalence", None)
    data["calibration"].pop("prevalence", None)
    if training is not None:
        data["training_prevalence"] = training
    data["local_prevalence_defaults"] = {
        name: {"prevalence": {"pneumonia": share}, "source": "Made up for the tests."}
        for name, share in ((WARD, 0.3), (CLINIC, 0.05))
    }
    (target / "card.json").write_text(json.dumps(data), encoding="utf-8")
    return folder
