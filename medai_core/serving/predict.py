"""One scan, or many, to a prediction: gate, preprocessing, network, calibration."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.imaging import Scan
from medai_core.domain.prediction import Finding, PictureAnswers, Prediction
from medai_core.domain.refusal import Refusal
from medai_core.imaging.preprocess import first_view, square_input
from medai_core.learning.calibration import LEVEL
from medai_core.serving import image_gate, runtime
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
    if model.kind == image_gate.KIND:
        return [image_gate.as_prediction(scan) for scan in scans]
    asked = [_asked(scan, model, answers) for scan in scans]
    _look_at(asked, model)
    images = [one.image for one in asked if one.refused is None and one.image is not None]
    answered = iter(_findings(model, np.stack(images)) if images else ())
    return [_prediction(model, one, answered) for one in asked]


@dataclass(slots=True)
class _Asked:
    """One scan on its way: what header and pixels say against an answer, and what the networks will see.

    `digest` is that of the weights that spoke: the model's, or the gate's where it refused.
    """

    scan: Scan
    refused: str | None
    cautions: tuple[str, ...]
    digest: str
    glimpse: image_gate.Glimpse | None = None
    image: NDArray[np.float32] | None = None


def _asked(scan: Scan, model: ModelCard, answers: PictureAnswers | None) -> _Asked:
    """The header first; then the pixels, read and windowed once for both networks."""
    refused, cautions = applicable(scan.header, model, answers)
    one = _Asked(scan, refused, cautions, model.weights_digest)
    if refused is not None:
        return one
    try:
        grey = first_view(scan)
        one.glimpse = image_gate.glimpse(scan.digest, grey)
    except Refusal as refusal:
        one.refused, one.cautions = refusal.sentence, ()
        return one
    size = model.inputs.size
    if one.glimpse.image.shape[0] == size:
        one.image = one.glimpse.image
        return one
    with suppress(Refusal):  # too small or blank: the gate says so, in its words
        one.image = square_input(grey, size)
    return one


def _look_at(asked: list[_Asked], model: ModelCard) -> None:
    """Apply the image gate to every scan that is not refused yet."""
    waiting = [one for one in asked if one.glimpse is not None]
    looks = image_gate.looks([one.glimpse for one in waiting if one.glimpse is not None])
    for one, look in zip(waiting, looks, strict=True):
        refused = look.accepts[model.name]
        if refused is not None:
            one.refused, one.cautions, one.digest = refused, (), look.digest
        else:
            one.cautions = (*one.cautions, *look.cautions[model.name])


def _prediction(
    model: ModelCard, one: _Asked, answered: Iterator[tuple[tuple[Finding, ...], str]]
) -> Prediction:
    """The next of the `answered` for a scan that was not refused."""
    header, digest, cautions = one.scan.header, one.digest, one.cautions
    findings: tuple[Finding, ...] = ()
    if one.refused is None:
        findings, digest = next(answered)
        cautions = (*cautions, *header.notices)
        if header.lossy and header.source == "dicom":
            cautions = (*cautions, LOSSY_CAUTION)
    return Prediction(model.name, model.version, digest, one.scan.digest, one.refused, findings, cautions)


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
