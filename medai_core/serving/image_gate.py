"""A look at the picture itself before any model answers: chest or not, how it lies, quality, familiarity.

`look` is what the rest of MedAI asks; `glimpse` and `looks` do the same in two steps for many pictures whose
grey values are at hand. Looks are kept by the digest of the file, so that asking again costs nothing.
"""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.gate import Look
from medai_core.domain.imaging import Scan
from medai_core.domain.prediction import Finding, Prediction
from medai_core.domain.refusal import Refusal
from medai_core.imaging.preprocess import any_input, first_view, squeeze
from medai_core.imaging.quality import Quality, quality_of
from medai_core.learning.looks import (
    Limits,
    Reference,
    Seen,
    judge,
    read_limits,
    seen,
    unpack_references,
)
from medai_core.serving import runtime
from medai_core.serving.gate import applicable
from medai_core.serving.registry import ModelCard, available, card

NAME: Final = "image_gate"
KIND: Final = "gate"
KEPT_LOOKS: Final = 256
QUALITY: Final = frozenset(
    {"image-too-small", "image-blank", "image-exposure", "image-inverted", "image-cropped"}
)
"""Refusals that are the picture's own fault, whatever it shows."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What the gate needs of one picture: its network's input, shape (size, size, 1), and plain measures."""

    digest: str
    image: NDArray[np.float32]
    quality: Quality


def look(scan: Scan) -> Look:
    """What the gate sees in the first frame of `scan`, grey or colour, of any size.

    Raises Refusal where the pixels cannot be decoded, or "no-gate".
    """
    kept = known_look(scan.digest)
    return kept or looks([glimpse(scan.digest, first_view(scan, colour=True))])[0]


def glimpse(digest: str, grey: NDArray[np.float32]) -> Glimpse:
    """Of a picture on screen, shape (rows, columns), 0..1; `digest` is the SHA-256 (hex) of its file.

    Raises Refusal "no-gate".
    """
    squeezed = squeeze(grey, _gate().inputs.size)
    return Glimpse(digest, any_input(squeezed), quality_of(squeezed, *grey.shape))


def looks(glimpses: Sequence[Glimpse]) -> list[Look]:
    """Looks at many pictures at once, in their order. Raises Refusal "no-gate"."""
    if not glimpses:
        return []
    gate = _gate()
    new = {one.digest: one for one in glimpses if known_look(one.digest) is None}
    found: dict[str, Look] = {}
    if new:
        output = runtime.run(NAME, np.stack([one.image for one in new.values()]))
        assert output.evidence is not None
        for one, answer in zip(new.values(), seen(output.logits, output.evidence), strict=True):
            found[one.digest] = _look(gate, answer, one.quality)
            _keep(one.digest, found[one.digest])
    return [found.get(one.digest) or _again(one) for one in glimpses]


def _again(one: Glimpse) -> Look:
    """The kept look; made again where it was pushed out meanwhile."""
    return known_look(one.digest) or looks([one])[0]


def accepted(scan: Scan) -> dict[str, str | None]:
    """For each model on films: None where it may read this file, else why not, by header or by pixels.

    Raises Refusal as `look`.
    """
    seen_now = look(scan)
    return {
        model.name: applicable(scan.header, model)[0] or seen_now.accepts[model.name] for model in available()
    }


def as_prediction(scan: Scan) -> Prediction:
    """The gate's scores in the form of every model; `refused` only where the pixels cannot be decoded."""
    gate = _gate()
    try:
        scores = look(scan).scores
    except Refusal as refusal:
        return Prediction(
            NAME, gate.version, gate.weights_digest, scan.digest, refusal.sentence, findings=(), cautions=()
        )
    findings = tuple(
        Finding(label, scores[label], scores[label], scores[label], gate.thresholds[label])
        for label in gate.labels
    )
    return Prediction(
        NAME, gate.version, gate.weights_digest, scan.digest, None, findings, tuple(scan.header.notices)
    )


def installed_digest() -> str | None:
    """SHA-256 (hex) of the gate that is installed, limits and all; None where there is none."""
    try:
        return _digest(_gate())
    except Refusal:
        return None


def _digest(gate: ModelCard) -> str:
    """SHA-256 (hex) of all that decides: the digests of the gate's weights, limits and references."""
    files = gate.data["files"]
    return hashlib.sha256("".join(files[name]["sha256"] for name in sorted(files)).encode()).hexdigest()


def _gate() -> ModelCard:
    """The gate's card. Raises Refusal "no-gate": without it no model answers."""
    try:
        return card(NAME)
    except Refusal:
        raise Refusal(
            "no-gate",
            expected="the image gate, without which no model answers",
            found="none installed",
            what_to_do="Install MedAI again, or read the study without a model.",
        ) from None


def _look(gate: ModelCard, one: Seen, quality: Quality) -> Look:
    references, limits = _frozen(gate.folder, _digest(gate))
    judgement = judge(one, quality, references, limits)
    models = [model.name for model in available()]
    return Look(
        scores=one.scores,
        orientation=judgement.orientation,
        mirrored=one.mirrored,
        quality=tuple(refusal.code for refusal in judgement.refusals if refusal.code in QUALITY),
        out_of_distribution={name: judgement.distance[name] for name in models if name in judgement.distance},
        accepts={name: judgement.sentence(name) for name in models},
        cautions={name: judgement.cautions.get(name, ()) for name in models},
        version=gate.version,
        digest=_digest(gate),
    )


@lru_cache(maxsize=4)
def _frozen(folder: Path, digest: str) -> tuple[Mapping[str, Reference], Limits]:
    """References and limits of the gate in `folder`; `digest` renews them."""
    data = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    with np.load(folder / "reference.npz") as arrays:
        return unpack_references(dict(arrays)), read_limits(data["limits"])


# ---- kept looks

_lock: Final = threading.Lock()
_looks: Final[OrderedDict[tuple[str, ...], Look]] = OrderedDict()


def _key(digest: str) -> tuple[str, ...]:
    """A file, seen by this gate, for these models: a change of any is a new look."""
    return (digest, _digest(_gate()), *(f"{one.name} {one.weights_digest}" for one in available()))


def known_look(digest: str) -> Look | None:
    """The kept look at the file of this SHA-256 (hex); None where there is none. Raises Refusal "no-gate"."""
    key = _key(digest)
    with _lock:
        found = _looks.get(key)
        if found is not None:
            _looks.move_to_end(key)
        return found


def _keep(digest: str, one: Look) -> None:
    key = _key(digest)
    with _lock:
        _looks[key] = one
        while len(_looks) > KEPT_LOOKS:
            _looks.popitem(last=False)
