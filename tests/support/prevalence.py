"""A model's folder whose card states prevalences, made from the one that is served; a shifted answer."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from medai_core.domain.prediction import Prediction
from medai_core.domain.prevalence import Interval, LocalFinding, Localised, Origin, shifted, shifted_part
from medai_core.serving import registry

MODEL: Final = "paediatric_pneumonia"
WARD: Final = "ward and bedside"
CLINIC: Final = "ambulatory"
_SERVED: Final = registry.MODELS


def card_with_settings(folder: Path, *, training: dict[str, float] | None) -> Path:
    """A folder of models with one: its card states `training` and two settings; the weights are as served.

    The image gate, where one is installed, comes along: no model answers without it.
    """
    target = folder / MODEL
    target.mkdir(parents=True)
    for path in (_SERVED / MODEL).iterdir():
        if path.suffix in {".json", ".tflite", ".npz"} and path.name != "card.json":
            (target / path.name).symlink_to(path)
    for card in registry.available(None):
        if card.kind != registry.FINDINGS:
            (folder / card.name).symlink_to(card.folder)
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


def local_answer(prediction: Prediction, **changes: Any) -> Localised:
    """An answer at made-up prevalences: the first finding's, of which the others are parts."""
    whole, *parts = prediction.findings
    training, share = 0.742, 0.3
    moved = [shifted(one, training, share) for one in (whole.probability, whole.low, whole.high)]
    first = LocalFinding(
        whole.label, *moved, whole.probability, whole.threshold, shifted(whole.threshold, training, share),
        whole.flagged, training, share, Origin.SITE, Interval(0.98, 0.94, 0.995),
        Interval(0.98, 0.972, 0.987), "all, as they are",
    )  # fmt: skip
    rest = [
        LocalFinding(
            one.label, shifted_part(one.probability, whole.probability, training, share), one.low * 0.5,
            one.high, one.probability, one.threshold, one.threshold, one.flagged, None, None, Origin.SITE,
            why_not="it is part of another finding",
        )
        for one in parts
    ]  # fmt: skip
    local = Localised(
        prediction.model, prediction.version, WARD, False, "Made up for the tests.", "",
        (first, *rest),
    )  # fmt: skip
    return replace(local, **changes)
