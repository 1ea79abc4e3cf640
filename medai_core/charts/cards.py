"""What a model's card holds for the charts, found wherever the card keeps it.

A card is JSON that grows with its model, so nothing here insists on a place: figures with an interval are
mappings with ``value``, ``low`` and ``high`` (often ``n``); reliability bins are lists of mappings with
``predicted`` and ``observed`` (and ``n``), or of these three as numbers, under a key that speaks of
reliability or calibration; an operating characteristic is a list of mappings with ``sensitivity`` and
``specificity``, or lists ``fpr`` and ``tpr``. What is missing or no number is left out.
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
    "ppv": "PPV",
    "npv": "NPV",
    "brier": "Brier score",
    "ece": "Expected calibration error",
    "concordance": "Concordance (C)",
    "mean_absolute_error": "Mean absolute error",
    "root_mean_squared_error": "Root mean squared error",
    "r_squared": "R squared",
}
YEARS: Final = "years"
"""Under this a card keeps what holds at times: the keys below are numbers of years."""

_NAME_KEYS: Final = ("group", "name", "subgroup", "label")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a card: which metric, of what, with its interval; `n` images, None where not given.

    `metric` is a key of `METRICS` or the card's own name of a quantity.
    """

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
    """What one label's operating point reaches; fractions 0..1, ends of intervals None where not given.

    `of` names the measurement in the card's words.
    """

    label: str
    of: str
    threshold: float
    sensitivity: float
    specificity: float
    sensitivity_ends: tuple[float, float] | None = None
    specificity_ends: tuple[float, float] | None = None


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


def labels(card: Mapping[str, Any]) -> tuple[str, ...]:
    """The card's labels, in its order."""
    given = card.get("labels", ())
    names = given if isinstance(given, list | tuple | Mapping) else ()
    return tuple(str(_own_name(name) or name) for name in names)


def _label_of(path: Path, card: Mapping[str, Any]) -> str:
    known = [part for part in path if part in labels(card)]
    return known[-1] if known else (path[-1] if path else "")


def label_names(card: Mapping[str, Any]) -> dict[str, str]:
    """Label -> words, where the card words its labels.

    Either in ``label_names``, or ``labels`` is a mapping or holds items with ``name`` and ``title``.
    """
    given = card.get("label_names", card.get("labels"))
    if isinstance(given, Mapping):
        pairs = [(str(key), value) for key, value in given.items()]
    elif isinstance(given, list):
        pairs = [(_own_name(item), item) for item in given if isinstance(item, Mapping)]
    else:
        pairs = []
    words_of = {key: value.get("title") if isinstance(value, Mapping) else value for key, value in pairs}
    return {key: value for key, value in words_of.items() if key and isinstance(value, str)}


def subgroup_figures(card: Mapping[str, Any], *, label: str | None = None) -> tuple[Figure, ...]:
    """All figures that stand under a key that speaks of subgroups, in the card's order.

    `label` leaves out what the card measures of other labels, and the label itself in the groups' names.
    """
    found = []
    for path, node in _estimates(card):
        if not _speaks_of(path, "subgroup", "by_group"):
            continue
        inner = _after(path, "subgroup", "by_group")
        named = inner and inner[-1].lower() in METRICS
        of = [part for part in inner if part in labels(card)] if named else []
        if label is None or not of:
            found.append(figure(inner, node))
        elif label in of:
            found.append(figure(tuple(part for part in inner if part != label), node))
    return tuple(found)


def _estimates(card: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for path, node in walk(card):
        if path and isinstance(node, Mapping) and "value" in node and number(node) is not None:
            yield path, node


def _after(path: Path, *stems: str) -> Path:
    start = next(i for i, part in enumerate(path) if any(stem in part.lower() for stem in stems))
    return path[start + 1 :]


def figure(path: Path, node: Mapping[str, Any]) -> Figure:
    """An estimate of the card as a figure; `path` is where it stands, without its label."""
    metric, rest = _metric_of(path)
    n = number(node.get("n"))
    of = words.label(", ".join(rest)) if rest else "All"
    value = number(node)
    assert value is not None  # _estimates gives no other
    return Figure(metric, of, value, number(node.get("low")), number(node.get("high")), int(n) if n else None)


def _metric_of(path: Path) -> tuple[str, Path]:
    """The metric a path names, and what is left of the path; else the path's first part is the quantity."""
    for index, part in enumerate(path):
        for metric in METRICS:
            if part.lower() == metric:
                return metric, path[:index] + path[index + 1 :]
            if part.lower().endswith(f", {metric}"):
                return metric, (*path[:index], part[: -len(metric) - 2], *path[index + 1 :])
    return (path[0], path[1:]) if path else ("", ())


def reliability_curves(card: Mapping[str, Any]) -> tuple[Curve, ...]:
    """One curve a label: mean probability against observed share, both 0..1."""
    curves: dict[str, Curve] = {}
    for path, node in walk(card):
        if not (_speaks_of(path, "reliab", "calib") and isinstance(node, list | tuple)):
            continue
        bins = [one for item in node if (one := _bin(item)) is not None]
        if bins:
            label = _label_of(_without(path, "reliab", "calib", "bins"), card)
            label = f"{label} {YEARS}" if YEARS in path else label
            bins.sort()
            sizes = tuple(n for _, _, n in bins)
            curves.setdefault(
                label, Curve(label, tuple(b[0] for b in bins), tuple(b[1] for b in bins), sizes)
            )
    return tuple(curves.values())


def _bin(item: object) -> tuple[float, float, int] | None:
    """Mean probability, observed share, images (0 where not given); None for anything that is no bin."""
    if isinstance(item, Mapping):
        parts = [number(item.get(key)) for key in ("predicted", "observed", "n")]
    elif isinstance(item, list | tuple) and len(item) == 3:
        parts = [number(part) for part in item]
    else:
        return None
    x, y, n = parts
    return None if x is None or y is None else (x, y, int(n or 0))


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


def precision_recall_curves(card: Mapping[str, Any]) -> tuple[Curve, ...]:
    """One curve a label: recall (sensitivity) against precision (PPV), both 0..1."""
    curves: dict[str, Curve] = {}
    for path, node in walk(card.get("precision_recall")):
        if not isinstance(node, list | tuple):
            continue
        points = sorted(
            (recall, precision)
            for item in node
            if isinstance(item, Mapping)
            and (recall := number(item.get("recall"))) is not None
            and (precision := number(item.get("precision"))) is not None
        )
        if len(points) >= 2:
            label = _label_of(_without(path, "points"), card)
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
    """What each label's operating point reaches, by the first measurement in the card."""
    found: dict[str, OperatingPoint] = {}
    given = card.get("thresholds")
    thresholds = given if isinstance(given, Mapping) else {}
    for path, node in walk(card):
        if not isinstance(node, Mapping) or _speaks_of(path, "subgroup", "roc", "curve"):
            continue
        label = _label_of(path, card)
        sensitivity, specificity = number(node.get("sensitivity")), number(node.get("specificity"))
        threshold = number(node.get("threshold", thresholds.get(label)))
        if threshold is None or sensitivity is None or specificity is None or label in found:
            continue
        of = ", ".join(part for part in path if part not in {label, "results", "operating_points"})
        ends = (_ends(node["sensitivity"]), _ends(node["specificity"]))
        found[label] = OperatingPoint(label, of, threshold, sensitivity, specificity, *ends)
    return tuple(found.values())


def _ends(node: object) -> tuple[float, float] | None:
    if not isinstance(node, Mapping):
        return None
    low, high = number(node.get("low")), number(node.get("high"))
    return None if low is None or high is None else (low, high)
