"""Where in the picture the evidence for a finding lies: the class-activation map, no gradient needed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.imaging import Scan
from medai_core.domain.prediction import HeatMap
from medai_core.domain.refusal import Refusal
from medai_core.imaging.preprocess import model_input
from medai_core.learning.served import fine_map
from medai_core.serving import runtime
from medai_core.serving.calibrated import calibration_of
from medai_core.serving.registry import ModelCard, card


def heat_map(scan: Scan, name: str, label: str) -> HeatMap:
    """Evidence for `label` over the whole image: 0 none or against, 1 as much as the card's scale allows.

    The map's mean over the picture is the finding's own log-odds before calibration (Zhou et al., CVPR
    2016), so it shows what the score is made of, not where disease is. "None" is the card's zero: for
    findings that are rare, what a typical film has at that position.

    Raises Refusal "unknown-model", "unknown-label", "not-reliable", "no-heat-map", or as the scan's pixels
    cannot be read.
    """
    model = card(name)
    if label not in model.labels:
        raise Refusal(
            "unknown-label",
            expected=f"one of the findings {', '.join(model.labels)}",
            found="another name",
            what_to_do="Choose one of these findings.",
        )
    if label in model.not_reliable:
        raise Refusal(
            "not-reliable",
            expected="a finding that the model answers reliably enough",
            found="one that its measurements do not bear out",
            what_to_do="Read this finding without this model.",
        )
    if model.no_heat_map:
        raise Refusal(
            "no-heat-map",
            expected="a model whose heat maps were measured to point at what was found",
            found="one whose heat maps do not",
            what_to_do="Look at the whole image.",
        )
    return computed_map(scan, model, label)


def computed_map(scan: Scan, model: ModelCard, label: str) -> HeatMap:
    """The map of one of the model's labels, whether or not its measurements let it be shown."""
    output = runtime.run(model.name, model_input(scan, model.inputs.size)[None])
    evidence = shown_evidence(output.maps[0], label, model)
    return HeatMap(label, fine_map(evidence))


def shown_evidence(maps: NDArray[np.float32], label: str, model: ModelCard) -> NDArray[np.float32]:
    """Evidence at every position in parts of the card's scale; `maps` has shape (rows, columns, classes)."""
    heat = model.data["heat_map"]
    evidence = calibration_of(model).evidence(maps, label)
    zero, scale = (np.asarray(_of(heat.get(key, 0.0), label), np.float32) for key in ("zero", "scale"))
    shown: NDArray[np.float32] = (evidence - zero) / scale
    return shown


def _of(value: Any, label: str) -> Any:
    """One number for all labels, or each label's own number or map."""
    return value[label] if isinstance(value, dict) else value
