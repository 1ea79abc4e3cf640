"""What a model says, or why it says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the start of the app needs these words, and no numbers yet
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Finding:
    """One label's probability, 0..1, its interval at `level`, and the operating point it is held against.

    `reliable` is False where the measurements on the model's card do not bear the label out: such a
    finding is never flagged, and pages show neither its probability nor its heat map.
    """

    label: str
    probability: float
    low: float
    high: float
    threshold: float
    level: float = 0.95
    reliable: bool = True

    @property
    def flagged(self) -> bool:
        """Reliable, and at or above the operating point of this model version."""
        return self.reliable and self.probability >= self.threshold


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answer of one model version to one input.

    Where `refused` is a sentence, `findings` is empty. `weights_digest` and `input_digest` are SHA-256
    (hex) of the weights that answered and of the file's bytes.
    """

    model: str
    version: str
    weights_digest: str
    input_digest: str
    refused: str | None
    findings: tuple[Finding, ...]
    cautions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Class-activation map of one label, shape (rows, columns), float32 in 0..1, over the whole image.

    0 where the region speaks against the label, 1 for the largest evidence the card's scale allows.
    """

    label: str
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PictureAnswers:
    """What a person says of a picture (PNG, JPEG) that itself carries neither age, view nor modality.

    None is "not known". `view` is ``"AP"``, ``"PA"`` or another View Position (0018,5101);
    `modality_is_xray` whether the picture is of a projection radiograph (CR or DX).
    """

    age_years: float | None = None
    view: str | None = None
    modality_is_xray: bool | None = None
