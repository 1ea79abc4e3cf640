"""Where in the picture the evidence for a finding lies: the class-activation map, no gradient needed."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from medai_core.domain.imaging import Scan
from medai_core.domain.prediction import HeatMap
from medai_core.domain.refusal import Refusal
from medai_core.imaging.preprocess import model_input
from medai_core.serving import runtime
from medai_core.serving.registry import card

MAP_SIZE: Final = 64
"""Rows and columns of a heat map; the network's own map is coarser (input size / 32)."""


def heat_map(scan: Scan, name: str, label: str) -> HeatMap:
    """Evidence for `label` over the whole image: 0 none or against, 1 as much as the card's scale allows.

    The map is the difference of logits whose mean over the picture is the finding's own log-odds before
    calibration (Zhou et al., CVPR 2016), so it shows what the score is made of, not where disease is.

    Raises Refusal "unknown-model", "unknown-label", or as the scan's pixels cannot be read.
    """
    model = card(name)
    if label not in model.labels:
        raise Refusal(
            "unknown-label",
            expected=f"one of the findings {', '.join(model.labels)}",
            found="another name",
            what_to_do="Choose one of these findings.",
        )
    output = runtime.run(name, model_input(scan, model.inputs.size)[None])
    evidence = evidence_map(output.maps[0], label) / float(model.data["heat_map"]["scale"])
    fine = Image.fromarray(evidence.astype(np.float32)).resize((MAP_SIZE, MAP_SIZE), Image.Resampling.BICUBIC)
    return HeatMap(label, np.clip(np.asarray(fine, dtype=np.float32), 0.0, 1.0))


def evidence_map(maps: NDArray[np.float32], label: str) -> NDArray[np.float32]:
    """Log-odds of `label` against normal at every position; `maps` has shape (rows, columns, 3)."""
    normal, bacterial, viral = np.moveaxis(maps, -1, 0)
    chosen = {"pneumonia": np.logaddexp(bacterial, viral), "bacterial": bacterial, "viral": viral}[label]
    result: NDArray[np.float32] = chosen - normal
    return result
