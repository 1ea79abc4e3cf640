"""What the card of a model for tables holds beside the rest: inputs, calibration in groups, methods."""

from collections.abc import Mapping
from typing import Any, Final

from medai_core.charts import card_results, cards, words
from medai_core.charts.cards import number
from medai_core.domain.inputs import NUMBER, Input

IMAGES: Final = "Images"
ROWS: Final = "Rows"

Cells = list[dict[str, str]]


def counted(card: Mapping[str, Any]) -> str:
    """What the card's numbers of cases count, as the head of a column: images, rows, or its own word."""
    given = card.get("counted")
    if isinstance(given, str) and given:
        return given
    return ROWS if _part(card.get("inputs")).get("columns") else IMAGES


def asked(card: Mapping[str, Any]) -> str:
    """What the card's labels are, as the head of a column: findings of images, outcomes of rows."""
    return "Finding" if counted(card) == IMAGES else "Outcome"


def explained(card: Mapping[str, Any]) -> dict[str, str]:
    """One line a measure, in the words of what the card counts."""
    if counted(card) == IMAGES:
        return dict(words.EXPLAINED)
    things = counted(card).lower()
    return {
        name: said.replace("images", things).replace("finding", "outcome")
        for name, said in words.EXPLAINED.items()
    }


def inputs_table(card: Mapping[str, Any], columns: tuple[Input, ...]) -> Cells:
    """One row an input: meaning, what may be given, the range of the training, how old it may be."""
    trained = _part(_part(card.get("inputs")).get("trained_on"))
    return [
        {
            "Input": one.key,
            "Meaning": one.help,
            "Possible": one.range_text,
            "In training": _range(trained.get(one.key), one),
            "Oldest": f"{one.max_age_days} days" if one.max_age_days else "no limit",
        }
        for one in columns
    ]


def _range(given: object, one: Input) -> str:
    if one.kind != NUMBER:
        return "any of these"
    ends = [number(end) for end in given] if isinstance(given, list | tuple) else []
    if len(ends) != 2 or None in ends:
        return words.NOT_GIVEN
    return f"{ends[0]:.4g} to {ends[1]:.4g} {one.unit}".strip()


def refusals(card: Mapping[str, Any]) -> tuple[str, ...]:
    """Why rows are refused, each once."""
    rules = _part(card.get("inputs")).get("refuse")
    said = (
        [str(one["sentence"]) for one in rules if isinstance(one, Mapping) and "sentence" in one]
        if rules
        else []
    )
    return tuple(dict.fromkeys(said))


def overall(card: Mapping[str, Any]) -> Cells:
    """Calibration slope and observed over expected of each label or time."""
    return [
        {"Of": _of(str(name), kind, card), **_fit(node)}
        for kind, part in _part(card.get("calibration")).items()
        for name, node in (part.items() if isinstance(part, Mapping) else ())
        if isinstance(node, Mapping) and "slope" in node
    ]


def _of(name: str, kind: str, card: Mapping[str, Any]) -> str:
    """A label in words, or a time."""
    return f"{name} {kind}" if kind == cards.YEARS else words.label(name, cards.label_names(card))


def within(card: Mapping[str, Any]) -> Cells:
    """Calibration of every group: what was expected and observed, and whether it holds."""
    count = counted(card)
    return [
        {
            "Group": f"{words.label(str(dimension))}: {name}",
            count: words.NOT_GIVEN if number(node.get("n")) is None else str(node["n"]),
            "Expected": _share(node.get("expected")),
            "Observed": _share(node.get("observed")),
            **_fit(node),
            "Calibrated": verdict(node),
        }
        for dimension, groups in _part(card.get("calibration_within")).items()
        for name, node in _part(groups).items()
        if isinstance(node, Mapping)
    ]


def verdict(node: Mapping[str, Any]) -> str:
    """Whether a group is calibrated, in words with a sign."""
    if not node.get("measured"):
        return f"too few: {node.get('why', words.NOT_GIVEN)}"
    return "\u2713 yes" if node.get("holds") else "\u2717 no"


def compared(card: Mapping[str, Any]) -> Cells:
    """Every method that was compared, the served one named."""
    return [
        {
            "Method": f"{title} (served)" if node.get("served") else str(title),
            **{
                cards.METRICS.get(name, words.label(name)): card_results.spoken(cards.figure((name,), figure))
                for name, figure in node.items()
                if isinstance(figure, Mapping) and number(figure) is not None
            },
        }
        for title, node in _part(card.get("compared")).items()
        if isinstance(node, Mapping)
    ]


def _fit(node: Mapping[str, Any]) -> dict[str, str]:
    heads = {"observed_to_expected": "Observed over expected", "slope": "Calibration slope"}
    return {
        head: card_results.spoken(cards.figure((key,), node[key])) if number(node.get(key)) is not None
        else words.NOT_GIVEN
        for key, head in heads.items()
    }  # fmt: skip


def _share(value: object) -> str:
    share = number(value)
    return words.NOT_GIVEN if share is None else words.share(share)


def _part(given: object) -> Mapping[str, Any]:
    return given if isinstance(given, Mapping) else {}
