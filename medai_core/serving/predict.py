"""One scan, or many, to a prediction: gate, preprocessing, network, calibration."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.imaging import Scan
from medai_core.domain.prediction import Finding, PictureAnswers, Prediction
from medai_core.domain.refusal import Refusal
from medai_core.imaging.preprocess import model_input
from medai_core.learning.calibration import LEVEL
from medai_core.serving import runtime
from medai_core.serving.calibrated import calibration_of
from medai_core.serving.gate import applicable
from medai_core.serving.registry import ModelCard, card

LOSSY_CAUTION: Final = "The image was compressed with loss; fine detail may be missing."


def predict(scan: Scan, name: str, *, answers: PictureAnswers | None = None) -> Prediction:
    """What model `name` says of `scan`; where it must not answer, `refused` says why.

    Raises Refusal "unknown-model" only.
    """
    return _predict([scan], card(name), answers)[0]


def predict_batch(
    scans: Sequence[Scan], name: str, *, answers: PictureAnswers | None = None
) -> list[Prediction]:
    """As `predict`, for many scans at once, in their order."""
    return _predict(scans, card(name), answers)


def _predict(scans: Sequence[Scan], model: ModelCard, answers: PictureAnswers | None) -> list[Prediction]:
    inputs: list[NDArray[np.float32]] = []
    verdicts: list[tuple[str | None, tuple[str, ...]]] = []
    for scan in scans:
        refused, cautions = applicable(scan.header, model, answers)
        if refused is None:
            try:
                inputs.append(model_input(scan, model.inputs.size))
            except Refusal as refusal:
                refused, cautions = refusal.sentence, ()
        verdicts.append((refused, cautions))
    answered = iter(_findings(model, np.stack(inputs)) if inputs else ())
    predictions = []
    for scan, (refused, cautions) in zip(scans, verdicts, strict=True):
        findings, digest = ((), model.weights_digest) if refused is not None else next(answered)
        if refused is None:
            cautions = (*cautions, *scan.header.notices)
            if scan.header.lossy and scan.header.source == "dicom":
                cautions = (*cautions, LOSSY_CAUTION)
        predictions.append(
            Prediction(model.name, model.version, digest, scan.digest, refused, findings, cautions)
        )
    return predictions


def _findings(model: ModelCard, images: NDArray[np.float32]) -> list[tuple[tuple[Finding, ...], str]]:
    """Findings of every image in the card's order of labels, and the digest of the weights that answered."""
    output = runtime.run(model.name, images)
    calibration = calibration_of(model)
    probabilities = calibration.probabilities(output.logits)
    lows, highs = calibration.intervals(output.logits)
    return [
        (
            tuple(
                Finding(
                    label,
                    float(p),
                    float(low),
                    float(high),
                    model.thresholds[label],
                    LEVEL,
                    reliable=label not in model.not_reliable,
                )
                for label, p, low, high in zip(model.labels, *row, strict=True)
            ),
            output.digest,
        )
        for row in zip(probabilities, lows, highs, strict=True)
    ]
