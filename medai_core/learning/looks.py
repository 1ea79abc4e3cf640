"""From what the image gate's network puts out to a judgement: scores, orientation, distance, reasons.

The same functions judge in the application and when the gate is measured.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.refusal import Refusal
from medai_core.imaging.quality import Quality, problems

VIEWS: Final = ("frontal_chest", "lateral_chest", "other")
TURNS: Final = ("upright", "turned left", "upside down", "turned right")
SIGNS: Final = (*TURNS, "mirrored", "inverted", "cropped")
"""The first entries of the evidence, as logits: one of four turns, then three questions of their own."""

READ_WITHOUT: Final = "Read this image without this model; it can still be opened and read as a picture."
MIRRORED: Final = (
    "The picture looks as if left and right were exchanged, or the heart lies on the right. "
    "Check the side marker."
)
UNUSUAL: Final = "The picture is unlike most of the films that this model learned from."

_FOUND_TURNED: Final = {
    "turned left": "one that looks turned by a quarter to the left",
    "upside down": "one that looks upside down",
    "turned right": "one that looks turned by a quarter to the right",
}

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reference:
    """Where the features of one model's films lie: a Gaussian in a few directions, and how far beside them.

    `center` has shape (features,), `basis` (features, directions) with orthonormal columns, `mean` and
    `whiten` (directions + 1,) and (directions + 1, directions + 1); the last entry is the logarithm of the
    squared distance from the plane of the directions.
    """

    center: Values
    basis: Values
    mean: Values
    whiten: Values

    def distance(self, features: Values) -> NDArray[np.float64]:
        """Mahalanobis distance of `features`, shape (n, features); shape (n,)."""
        away = (_placed(features, self.center, self.basis) - self.mean) @ self.whiten
        found: NDArray[np.float64] = np.sqrt((away.astype(np.float64) ** 2).sum(axis=1))
        return found


def fit_reference(features: Values, directions: int) -> Reference:
    """The reference of films whose `features`, shape (n, features), are given; n well above `directions`."""
    center = features.mean(axis=0, dtype=np.float64).astype(np.float32)
    away = (features - center).astype(np.float64)
    _, vectors = np.linalg.eigh(away.T @ away)
    basis = np.ascontiguousarray(vectors[:, ::-1][:, :directions]).astype(np.float16).astype(np.float32)
    placed = _placed(features, center, basis).astype(np.float64)
    mean = placed.mean(axis=0)
    values, axes = np.linalg.eigh(np.cov(placed.T))
    whiten = axes / np.sqrt(np.maximum(values, values.max() * 1e-6))
    return Reference(center, basis, mean.astype(np.float32), whiten.astype(np.float32))


def _placed(features: Values, center: Values, basis: Values) -> Values:
    away = features - center
    along = away @ basis
    beside = np.maximum((away**2).sum(axis=1) - (along**2).sum(axis=1), 1e-6)
    placed: Values = np.concatenate([along, np.log(beside)[:, None]], axis=1)
    return placed


@dataclass(frozen=True, slots=True)
class Limits:
    """Frozen operating points. A picture is accepted with `frontal` or more for a frontal chest, `upright`
    or more, at most `inverted` and `cropped`, and at most `distance` of a model; above `mirrored` and above
    `usual` it is accepted with a caution."""

    frontal: float
    upright: float
    mirrored: float
    inverted: float
    cropped: float
    distance: Mapping[str, float]
    usual: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """For a file."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Seen:
    """The network's answer to one picture: probabilities, and the features for the distances."""

    scores: dict[str, float]
    turns: dict[str, float]
    mirrored: float
    inverted: float
    cropped: float
    features: Values


def seen(logits: Values, evidence: Values) -> list[Seen]:
    """Answers of the network, shapes (n, 3) and (n, signs + features), picture by picture."""
    views = _softmax(logits)
    turns = _softmax(evidence[:, : len(TURNS)])
    flags = 1.0 / (1.0 + np.exp(-evidence[:, len(TURNS) : len(SIGNS)].astype(np.float64)))
    return [
        Seen(
            dict(zip(VIEWS, view.tolist(), strict=True)),
            dict(zip(TURNS, turn.tolist(), strict=True)),
            float(flag[0]),
            float(flag[1]),
            float(flag[2]),
            features,
        )
        for view, turn, flag, features in zip(views, turns, flags, evidence[:, len(SIGNS) :], strict=True)
    ]


def _softmax(logits: Values) -> NDArray[np.float64]:
    spread = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = spread / spread.sum(axis=1, keepdims=True)
    return shares


@dataclass(frozen=True, slots=True)
class Judgement:
    """`distance` as parts of each model's limit; `refusals` are for every model, `unlike` for single ones."""

    orientation: str
    distance: dict[str, float]
    refusals: tuple[Refusal, ...]
    unlike: dict[str, Refusal]
    cautions: dict[str, tuple[str, ...]]

    def sentence(self, model: str) -> str | None:
        """Why `model` must not read the picture, every reason in words; None where it may."""
        reasons = self.refusals or tuple(filter(None, [self.unlike.get(model)]))
        if not reasons:
            return None
        steps = dict.fromkeys([*(one.what_to_do for one in reasons), READ_WITHOUT])
        last = steps.pop(READ_WITHOUT, None) or READ_WITHOUT
        return " ".join([*(one.reason for one in reasons), *steps, last])


def judge(one: Seen, quality: Quality, references: Mapping[str, Reference], limits: Limits) -> Judgement:
    """Hold what was seen of one picture, and what was measured, against the limits."""
    orientation = max(one.turns, key=lambda turn: one.turns[turn])
    distance = {
        name: float(reference.distance(one.features[None])[0]) / limits.distance[name]
        for name, reference in references.items()
    }
    refusals = problems(quality) or _refusals(one, orientation, limits)
    mirrored = (MIRRORED,) if one.mirrored > limits.mirrored else ()
    cautions = {
        name: (*mirrored, *((UNUSUAL,) if far * limits.distance[name] > limits.usual[name] else ()))
        for name, far in distance.items()
    }
    unlike = {name: _unlike(far) for name, far in distance.items() if far > 1.0}
    return Judgement(orientation, distance, refusals, unlike, cautions)


def _refusals(one: Seen, orientation: str, limits: Limits) -> tuple[Refusal, ...]:
    """What the network objects to. Of a picture that is no frontal chest, nothing more is said."""
    if one.scores["frontal_chest"] < limits.frontal:
        lateral = one.scores["lateral_chest"] > one.scores["other"]
        found = "what looks like a lateral view" if lateral else "a picture that does not look like one"
        return (_refusal("not-frontal-chest", "a frontal chest film", found),)
    found_wrong = []
    if one.turns["upright"] < limits.upright:
        turned = max(_FOUND_TURNED, key=lambda turn: one.turns[turn])
        found_wrong.append(_refusal("image-turned", "an upright film", _FOUND_TURNED[turned]))
    if one.inverted > limits.inverted:
        found_wrong.append(
            _refusal("image-inverted", "a film with bright bones", "one whose grey values look inverted")
        )
    if one.cropped > limits.cropped:
        found_wrong.append(
            _refusal("image-cropped", "a film of the whole chest", "what looks like a part of one")
        )
    return tuple(found_wrong)


def _unlike(far: float) -> Refusal:
    return _refusal(
        "out-of-distribution",
        "a film like those that this model learned from",
        f"one unlike them ({far:.2f} times the largest distance that is accepted)",
    )


def _refusal(code: str, expected: str, found: str) -> Refusal:
    return Refusal(code, expected=expected, found=found, what_to_do=READ_WITHOUT)


def read_limits(data: Mapping[str, Any]) -> Limits:
    """From `Limits.as_dict`."""
    return Limits(**data)


def pack_references(references: Mapping[str, Reference]) -> dict[str, NDArray[Any]]:
    """Arrays for one ``.npz``; the large ones in half precision, as `fit_reference` rounded them."""
    return {
        f"{name}.{part}": getattr(one, part).astype(np.float16 if part == "basis" else np.float32)
        for name, one in references.items()
        for part in ("center", "basis", "mean", "whiten")
    }


def unpack_references(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Reference]:
    """From `pack_references`."""
    names = dict.fromkeys(key.rpartition(".")[0] for key in arrays)
    return {
        name: Reference(
            *(arrays[f"{name}.{part}"].astype(np.float32) for part in ("center", "basis", "mean", "whiten"))
        )
        for name in names
    }
