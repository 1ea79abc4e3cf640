"""What a look at a picture says before any model answers: what it shows, how it lies, who may read it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """What the image gate sees in one picture, whatever the file's header says.

    Attributes
    ----------
    scores : {"frontal_chest", "lateral_chest", "other": 0..1}
        What the picture shows; sum 1.
    orientation : str
        ``"upright"``, ``"turned left"`` (a quarter counter-clockwise), ``"upside down"`` or
        ``"turned right"``.
    mirrored : float
        0..1, how much an upright film looks as if left and right were exchanged.
    quality : tuple of str
        Codes of what is wrong with the picture itself: ``"image-too-small"``, ``"image-blank"``,
        ``"image-exposure"``, ``"image-inverted"``, ``"image-cropped"``; empty where nothing is.
    out_of_distribution : {model: float}
        Distance from the films that each model learned from, as a part of the largest that is accepted.
    accepts : {model: None or sentence}
        None where the picture may be read by the model, else every reason in words. The header's age, view
        and modality are not part of it.
    cautions : {model: sentences}
        What goes with the answer of each model that accepts the picture.
    version, digest : str
        Of the gate that looked; `digest` is the SHA-256 (hex) of its weights.
    """

    scores: Mapping[str, float]
    orientation: str
    mirrored: float
    quality: tuple[str, ...]
    out_of_distribution: Mapping[str, float]
    accepts: Mapping[str, str | None]
    cautions: Mapping[str, tuple[str, ...]]
    version: str
    digest: str
