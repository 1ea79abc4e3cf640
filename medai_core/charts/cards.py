"""What a model's card holds for the charts, found wherever the card keeps it.

A card is JSON that grows with its model, so nothing here insists on a place: figures with an interval are
mappings with ``value``, ``low`` and ``high`` (often ``n``); reliability bins are lists of mappings with
``predicted`` and ``observed`` (and ``n``) under a key that speaks of reliability or calibration; an operating
characteristic is a list of mappings with ``sensitivity`` and ``specificity``, or lists ``fpr`` and ``tpr``.
What is missing or no number is left out.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from medai_core.charts import words

Path = tuple[str, ...]
METRICS: Final = {
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "accuracy": "Accuracy",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "brier": "Brier score",
    "ece": "Expected calibration error",
}
_NAME_KEYS: Final = ("group", "name", "subgroup", "label")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a card: which metric, of what, with its interval; `n` images, None where not given."""

    metric: str
    of: str
    value: float
    low: float | None
    high: float | None
    n: int | None


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of one label's curve; `sizes` are images a point, empty where not given."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    sizes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Where one label's operating point stands on its curve; fractions 0..1."""

    label: str
    threshold: float
    sensitivity: float
    specificity: float


def number(value: object) -> float | None:
    """A finite number, or the ``value`` of a figure; None for anything else."""
    if isinstance(value, Mapping):
        return number(value.get("value"))
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def walk(node: object, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every mapping and list of a card with its path; items of a list go by their own name."""
    if isinstance(node, Mapping):
        yield path, node
        for key, value in node.items():
            yield from walk(value, (*path, str(key)))
    elif isinstance(node, list | tuple):
        yield path, node
        for value in node:
            name = _own_name(value)
            yield from walk(value, (*path, name) if name else path)


def _own_name(value: object) -> str:
    if not isinstance(value, Mapping):
        return ""
    return next((str(value[key]) for key in _NAME_KEYS if isinstance(value.get(key), str)), "")


def _speaks_of(path: Path, *stems: str) -> bool:
    return any(stem in part.lower() for part in path for stem in stems)


def _labels(card: Mapping[str, Any]) -> tuple[str, ...]:
    given = card.get("labels", ())
    names = given if isinstance(given, list | tuple | Mapping) else ()
    return tuple(str(_own_name(name) or name) for name in names)


def _label_of(path: Path, card: Mapping[str, Any]) -> str:
    known = [part for part in path if part in _labels(card)]
    return known[-1] if known else (path[-1] if path else "")


def label_names(card: Mapping[str, Any]) -> dict[str, str]:
    """Label -> words, where the card words its labels (a mapping, or items with ``name`` and ``title``)."""
    given = card.get("labels")
    if isinstance(given, Mapping):
        pairs = [(str(key), value) for key, value in given.items()]
    elif isinstance(given, list):
        pairs = [(_own_name(item), item) for item in given if isinstance(item, Mapping)]
    else:
        pairs = []
    words_of = {key: value.get("title") if isinstance(value, Mapping) else value for key, value in pairs}
    return {key: value for key, value in words_of.items() if key and isinstance(value, str)}


def subgroup_figures(card: Mapping[str, Any]) -> tuple[Figure, ...]:
    """All figures with an interval that stand under a key that speaks of subgroups, in the card's order."""
    found: list[Figure] = []
    for path, node in walk(card):
        if not (_speaks_of(path, "subgroup", "by_group") and isinstance(node, Mapping) and "value" in node):
            continue
        metric = next((part.lower() for part in reversed(path) if part.lower() in METRICS), "")
        value = number(node)
        if metric and value is not None:
            found.append(_figure(metric, _group_name(path), value, node, card, path))
    return tuple(found)


def _figure(
    metric: str, of: str, value: float, node: Mapping[str, Any], card: Mapping[str, Any], path: Path
) -> Figure:
    n = number(node.get("n"))
    return Figure(metric, of, value, number(node.get("low")), number(node.get("high")), int(n) if n else None)


def _group_name(path: Path) -> str:
    start = next(i for i, part in enumerate(path) if "subgroup" in part.lower() or "by_group" in part.lower())
    parts = [part for part in path[start + 1 :] if part.lower() not in METRICS]
    return words.label(" ".join(parts)) if parts else "All"


def reliability_curves(card: Mapping[str, Any]) -> tuple[Curve, ...]:
    """One curve a label: mean probability against observed share, both 0..1."""
    curves: dict[str, Curve] = {}
    for path, node in walk(card):
        if not (_speaks_of(path, "reliab", "calib") and isinstance(node, list | tuple)):
            continue
        bins = [
            (x, y, int(number(item.get("n")) or 0))
            for item in node
            if isinstance(item, Mapping)
            and (x := number(item.get("predicted"))) is not None
            and (y := number(item.get("observed"))) is not None
        ]
        if bins:
            label = _label_of(_without(path, "reliab", "calib", "bins"), card)
            bins.sort()
            sizes = tuple(n for _, _, n in bins)
            curves.setdefault(
                label, Curve(label, tuple(b[0] for b in bins), tuple(b[1] for b in bins), sizes)
            )
    return tuple(curves.values())


def _without(path: Path, *stems: str) -> Path:
    return tuple(part for part in path if not any(stem in part.lower() for stem in stems))


def operating_curves(card: Mapping[str, Any]) -> tuple[Curve, ...]:
    """One curve a label: 1 - specificity against sensitivity, both 0..1."""
    curves: dict[str, Curve] = {}
    for path, node in walk(card):
        if not _speaks_of(path, "roc", "operating_characteristic", "curve") or _speaks_of(path, "subgroup"):
            continue
        points = _curve_points(node)
        if len(points) >= 2:
            label = _label_of(_without(path, "roc", "operating_characteristic", "curve", "points"), card)
            points.sort()
            curves.setdefault(label, Curve(label, tuple(p[0] for p in points), tuple(p[1] for p in points)))
    return tuple(curves.values())


def _curve_points(node: object) -> list[tuple[float, float]]:
    if isinstance(node, Mapping):
        false, true = node.get("fpr"), node.get("tpr")
        if isinstance(false, list) and isinstance(true, list):
            pairs = [(number(x), number(y)) for x, y in zip(false, true, strict=False)]
            return [(x, y) for x, y in pairs if x is not None and y is not None]
        return []
    if not isinstance(node, list | tuple):
        return []
    return [
        (1 - specificity, sensitivity)
        for item in node
        if isinstance(item, Mapping)
        and (sensitivity := number(item.get("sensitivity"))) is not None
        and (specificity := number(item.get("specificity"))) is not None
    ]


def operating_points(card: Mapping[str, Any]) -> tuple[OperatingPoint, ...]:
    """The frozen operating point of each label, where the card gives its sensitivity and specificity."""
    found: dict[str, OperatingPoint] = {}
    for path, node in walk(card):
        if not isinstance(node, Mapping) or _speaks_of(path, "subgroup", "roc", "curve"):
            continue
        label = _label_of(path, card)
        values = [number(node.get(key)) for key in ("threshold", "sensitivity", "specificity")]
        threshold, sensitivity, specificity = values
        if threshold is None or sensitivity is None or specificity is None or label in found:
            continue
        found[label] = OperatingPoint(label, threshold, sensitivity, specificity)
    return tuple(found.values())
