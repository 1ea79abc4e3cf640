"""What a card says finding by finding: results beside a reference, pointing game, refusals, limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from medai_core.charts import cards, words
from medai_core.charts.cards import Figure, Path, number
from medai_core.domain.shares import wilson

TABLE: Final = ("auroc", "auprc", "sensitivity", "specificity", "ppv", "npv", "accuracy", "brier",
    "concordance", "mean_absolute_error", "root_mean_squared_error", "r_squared",
)  # fmt: skip
"""Metrics of the results table, in its order."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One measured figure of one label; `on` is what it was measured on, in the card's words."""

    label: str
    on: Path
    figure: Figure


@dataclass(frozen=True, slots=True)
class Row:
    """One finding's results on the card's first measurement; `reference` is another network's AUROC there."""

    label: str
    on: Path
    figures: Mapping[str, Figure]
    reference: Figure | None
    reliable: bool

    @property
    def auroc(self) -> Figure | None:
        """The area under the operating characteristic, where it was measured."""
        return self.figures.get("auroc")

    @property
    def gap(self) -> float | None:
        """AUROC minus the reference's; None where either is missing."""
        if self.auroc is None or self.reference is None:
            return None
        return self.auroc.value - self.reference.value


@dataclass(frozen=True, slots=True)
class Pointing:
    """How often a heat map's maximum lay in the marked box; `chance` is what a blind guess hits, 0..1."""

    label: str
    hits: int
    n: int
    chance: float | None

    @property
    def share(self) -> float:
        """Hits as a share of n."""
        return self.hits / self.n


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of `n` images with its interval, all 0..1."""

    name: str
    n: int
    share: float
    low: float | None
    high: float | None


def spoken(figure: Figure | None) -> str:
    """A figure with its interval, as ``"0.812 (0.790 to 0.834)"``."""
    if figure is None:
        return words.NOT_GIVEN
    if figure.low is None or figure.high is None:
        return _signed(figure.value)
    return f"{_signed(figure.value)} ({_signed(figure.low)} to {_signed(figure.high)})"


def _signed(value: float) -> str:
    return f"{value:.3f}".replace("-", "\u2212")


def not_reliable(card: Mapping[str, Any]) -> tuple[str, ...]:
    """Labels that the card holds not reliable enough to be shown."""
    given = card.get("not_reliable", ())
    return tuple(str(label) for label in given) if isinstance(given, list | tuple) else ()


def measured(card: Mapping[str, Any], section: str = "results") -> tuple[Measured, ...]:
    """All figures of `METRICS` with a label under one part of the card, in the card's order."""
    return _measured(card.get(section), cards.labels(card))


def _measured(node: object, labels: tuple[str, ...]) -> tuple[Measured, ...]:
    found = []
    for path, part in cards.walk(node):
        if not (path and isinstance(part, Mapping) and "value" in part) or number(part) is None:
            continue
        label = next((step for step in reversed(path) if step in labels), None)
        if label is None or path[-1].lower() not in cards.METRICS:
            continue
        on = tuple(step for step in path[:-1] if step != label)
        found.append(Measured(label, on, cards.figure((*on, path[-1]), part)))
    return tuple(found)


def measurements(card: Mapping[str, Any]) -> tuple[Path, ...]:
    """What was measured on, the first being the one that the card leads with."""
    return tuple(dict.fromkeys(one.on for one in measured(card)))


def rows(card: Mapping[str, Any], on: Path | None = None) -> tuple[Row, ...]:
    """One row a label that was measured on `on` (the card's first measurement where None)."""
    found = measured(card)
    if not found:
        return ()
    place = found[0].on if on is None else on
    by_label: dict[str, dict[str, Figure]] = {}
    for one in found:
        if one.on == place:
            by_label.setdefault(one.label, {})[one.figure.metric] = one.figure
    others, shaky = _references(card, place, first=found[0].on), not_reliable(card)
    return tuple(
        Row(label, place, by_label[label], others.get(label), label not in shaky)
        for label in cards.labels(card)
        if label in by_label
    )


def _references(card: Mapping[str, Any], on: Path, *, first: Path) -> dict[str, Figure]:
    """AUROC of the reference by label: of the same measurement; of the first where none is named."""
    part = card.get("reference")
    if not isinstance(part, Mapping):
        return {}
    found = [
        one for one in _measured(part.get("results"), cards.labels(card)) if one.figure.metric == "auroc"
    ]
    same = [one for one in found if one.on == on]
    if not same and on == first:
        same = [one for one in found if one.on == ()]
    return {one.label: one.figure for one in reversed(same)}


def reference_name(card: Mapping[str, Any]) -> str:
    """What the reference network is called; empty where the card compares with none."""
    part = card.get("reference")
    name = part.get("name") if isinstance(part, Mapping) else None
    return name if isinstance(name, str) else ""


def calibration_error(card: Mapping[str, Any], label: str) -> Figure | None:
    """The expected calibration error of one label."""
    for path, node in cards.walk(card.get("calibration")):
        if label in path and path[-1] in {"expected_calibration_error", "ece"} and number(node) is not None:
            return cards.figure(("ece",), node if isinstance(node, Mapping) else {"value": node})
    return None


def pointing(card: Mapping[str, Any]) -> tuple[Pointing, ...]:
    """The pointing game, a row a label with at least one box, then all of them together."""
    part = card.get("pointing_game")
    found = []
    for label in (*cards.labels(card), "all"):
        row = part.get(label) if isinstance(part, Mapping) else None
        if not isinstance(row, Mapping):
            continue
        hits, n = number(row.get("hits")), number(row.get("n"))
        if hits is not None and n:
            found.append(Pointing(label, int(hits), int(n), number(row.get("chance"))))
    return tuple(found)


def supports_location(card: Mapping[str, Any], label: str) -> bool:
    """Whether the pointing game lets the page speak of a place for this label.

    It does where the lower end of the hits' 95 % interval lies above what a blind guess hits.
    """
    row = next((one for one in pointing(card) if one.label == label), None)
    return row is not None and row.chance is not None and wilson(row.share, row.n)[0] > row.chance


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean AUROC over `count` findings on one measurement, the reference's, and their difference."""

    part: str
    count: int
    own: Figure
    reference: Figure | None
    difference: Figure | None


def means(card: Mapping[str, Any]) -> tuple[Mean, ...]:
    """Mean AUROCs by measurement, as far as the card holds them."""
    given = card.get("mean_auroc")
    parts = given.items() if isinstance(given, Mapping) else ()
    return tuple(mean for part, node in parts if (mean := _mean(str(part), node)) is not None)


def means_within(card: Mapping[str, Any], part: str) -> tuple[Mean, ...]:
    """Mean AUROCs within the groups of one measurement; `Mean.part` names the group."""
    given = card.get("mean_auroc_within")
    dimensions = given.get(part) if isinstance(given, Mapping) else None
    return tuple(
        mean
        for dimension, groups in (dimensions.items() if isinstance(dimensions, Mapping) else ())
        for name, node in (groups.items() if isinstance(groups, Mapping) else ())
        if (mean := _mean(words.label(f"{dimension}: {name}"), node)) is not None
    )


def _mean(part: str, node: object) -> Mean | None:
    if not isinstance(node, Mapping) or number(node.get("this_model")) is None:
        return None
    own, reference, difference = (
        cards.figure(("auroc",), node[name]) if number(node.get(name)) is not None else None
        for name in ("this_model", "reference", "difference")
    )
    assert own is not None  # asked above
    return Mean(part, len(node.get("findings", ())), own, reference, difference)


def means_table(card: Mapping[str, Any], part: str) -> list[dict[str, str]]:
    """The means within groups beside the reference's, a row a group."""
    name = reference_name(card) or "Reference"
    return [
        {
            "Group": mean.part,
            "Findings": str(mean.count),
            "Mean AUROC": spoken(mean.own),
            name: spoken(mean.reference),
            "Difference": spoken(mean.difference),
        }
        for mean in means_within(card, part)
    ]


def rates(card: Mapping[str, Any], section: str, share: str) -> tuple[Rate, ...]:
    """Rows of a part such as ``refusals``: name, ``n``, a count or a share under `share`, an interval.

    A share may stand under ``value`` too, as all estimates do; a name of digits alone is a size in pixels.
    """
    found = []
    for path, node in cards.walk(card.get(section)):
        if not path or not isinstance(node, Mapping):
            continue
        held = node.get(share, node.get("value"))
        n, value = number(node.get("n")), number(held)
        if not n or value is None:
            continue
        part = value / n if isinstance(held, int) else value
        name = ", ".join(f"{step} pixels" if step.isdigit() else step for step in path)
        found.append(Rate(name, int(n), part, number(node.get("low")), number(node.get("high"))))
    return tuple(found)


def limits_of(card: Mapping[str, Any], label: str) -> tuple[str, ...]:
    """Known limits of one finding."""
    part = card.get("limits_per_finding")
    given = part.get(label) if isinstance(part, Mapping) else None
    if isinstance(given, str):
        return (given,)
    return tuple(str(one) for one in given) if isinstance(given, list | tuple) else ()


def sentences(card: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A part of the card that is a sentence or a list of them."""
    given = card.get(name)
    if isinstance(given, str):
        return (given,)
    return tuple(one for one in given if isinstance(one, str)) if isinstance(given, list | tuple) else ()
