"""The words of a card: purpose, inputs, data and licence, limits, what was tried, files."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import streamlit as st

from medai_core.charts import card_results, cards, table_card, words
from medai_core.serving.registry import ModelCard
from medai_core.ui import markup

_DATA: Final = ("training_data", "start", "licence", "data")
_SHOWN: Final = frozenset(
    {
        "name", "title", "version", "kind", "task", "labels", "label_names", "intended_use", "not_for",
        "inputs", "thresholds", "limits", "limits_per_finding", "tried", "files", "results", "reference",
        "subgroups", "operating_characteristic", "precision_recall", "pointing_game", "refusals", "passes",
        "not_reliable", "reliability_rule", "mean_auroc", "mean_auroc_within", "heat_map",
        "input_reference", "score_reference", "training_prevalence",
        "training_prevalence_by_view", "local_prevalence_defaults", "calibration_within", "compared",
        "reference_risk", "counted", *_DATA,
    }
)  # fmt: skip
_DRAWN: Final = ("calibration",)
"""Parts whose figures stand beside their charts."""

_CURVES: Final = ("bins", "points", "reliability", "curve")


def purpose(card: ModelCard) -> None:
    """What it is for and what not; what it reads; what it learned from."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("##### Intended use")
        markup.draw(markup.paragraph(card.intended_use))
        if not_for := card_results.sentences(card.data, "not_for"):
            st.markdown("##### Not for")
            markup.draw("".join(markup.paragraph(one) for one in not_for))
        st.markdown("##### Where it answers")
        markup.draw(markup.facts(_inputs(card)))
    with right:
        if data := _leaves_of(card.data, _DATA):
            st.markdown("##### Data and licence")
            markup.draw(markup.facts(data))
        _prevalence(card)


def _inputs(card: ModelCard) -> list[tuple[str, str]]:
    inputs = card.data["inputs"]
    if card.inputs.columns:
        horizon = str(card.data.get("horizon", ""))
        return [
            ("Task", card.task),
            ("Reads", card.inputs.text),
            *([("Horizon", horizon)] if horizon else []),
        ]
    if card.inputs.text:
        return [("Task", card.task), ("Text", card.inputs.text), ("Prepared", str(inputs["preprocessing"]))]
    notes = [str(inputs["age_years"]["note"])] if inputs.get("age_years", {}).get("note") else []
    pairs = [
        ("Task", card.task),
        ("Ages", ", ".join([card.inputs.ages, *notes])),
        ("Views", ", ".join(card.inputs.views)),
        ("Modalities", ", ".join(card.inputs.modalities)),
        ("Picture", f"{card.inputs.size} \u00d7 {card.inputs.size} grey values, one frame"),
        ("Prepared", str(inputs.get("preprocessing", ""))),
    ]
    return [pair for pair in pairs if pair[1]]


def _prevalence(card: ModelCard) -> None:
    """How often each finding was in training, of all images and of each view, folded away."""
    by_view = card.data.get("training_prevalence_by_view", {})
    columns = {"All": card.data.get("training_prevalence"), **by_view}
    columns = {name: given for name, given in columns.items() if isinstance(given, Mapping)}
    names = cards.label_names(card.data)
    rows = [
        [words.label(label, names), *(_share(given.get(label)) for given in columns.values())]
        for label in card.labels
        if any(cards.number(given.get(label)) is not None for given in columns.values())
    ]
    if rows:
        with st.expander(f"How frequent the {table_card.asked(card.data).lower()}s were in training"):
            markup.draw(
                markup.table(
                    [table_card.asked(card.data), *columns],
                    rows,
                    caption=f"Share of training {table_card.counted(card.data).lower()}",
                    numbers=range(1, len(columns) + 1),
                )
            )


def _share(value: object) -> str:
    share = cards.number(value)
    return words.NOT_GIVEN if share is None else words.share(share)


def limits(card: ModelCard) -> None:
    """Known limits, of the whole and of single findings, and which findings are not reliable enough."""
    names = cards.label_names(card.data)
    _reliable(card, names)
    st.markdown("##### Known limits")
    markup.draw(markup.bullets(card.limits))
    single = [
        (words.label(label, names), "; ".join(said))
        for label in card.labels
        if (said := card_results.limits_of(card.data, label))
    ]
    if single:
        markup.draw(markup.table(["Finding", "Limits"], single, caption="Known limits of single findings"))


def _reliable(card: ModelCard, names: Mapping[str, str]) -> None:
    rule = " ".join(card_results.sentences(card.data, "reliability_rule"))
    if not card.not_reliable and not rule:
        return
    st.markdown("##### Which findings are reliable enough to be shown")
    good = [words.label(label, names) for label in card.labels if label not in card.not_reliable]
    weak = [words.label(label, names) for label in card.not_reliable]
    pairs = [("Shown", ", ".join(good) or "none"), ("Not reliable enough", ", ".join(weak) or "none")]
    markup.draw(markup.facts(pairs) + (markup.paragraph(rule, muted=True) if rule else ""))


def tried(card: ModelCard) -> None:
    """What was tried and did not help."""
    if said := card_results.sentences(card.data, "tried"):
        st.markdown("##### What was tried and did not help")
        markup.draw(markup.bullets(said))


def more(card: ModelCard) -> None:
    """Whatever else the card says in words, folded away."""
    rest = _leaves_of(card.data, tuple(name for name in card.data if name not in _SHOWN))
    if rest:
        with st.expander("How it was trained and measured"):
            markup.draw(markup.facts(rest))


def files(card: ModelCard) -> None:
    """The digests that every answer stands on."""
    st.markdown("##### Files")
    rows = [(entry["name"], entry["sha256"]) for entry in card.data["files"].values()]
    markup.draw(markup.table(["File", "SHA-256"], rows, caption="Digests, checked before an answer is given"))


def _leaves_of(data: Mapping[str, Any], names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Words and numbers of some parts of a card, as far as they are one value each."""
    return [
        (_spoken(path), value)
        for name in names
        if name in data
        for path, value in _leaves(data[name], (name,))
    ]


def _leaves(node: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(node, Mapping):
        if "value" not in node:
            for name, value in node.items():
                yield from _leaves(value, (*path, str(name)))
        elif path[0] not in _DRAWN:
            yield path, card_results.spoken(cards.figure(path, node))
    elif isinstance(node, list):
        if node and all(isinstance(item, str) for item in node):
            yield path, "; ".join(node)
    elif isinstance(node, str) or (isinstance(node, int | float) and not isinstance(node, bool)):
        if not any(stem in path[-1].lower() for stem in _CURVES):
            yield path, f"{node:,}" if isinstance(node, int) else str(node)


def _spoken(path: tuple[str, ...]) -> str:
    text = " ".join(path[-2:] if path[0] not in _DATA else path[-1:]).replace("_", " ")
    return text[:1].upper() + text[1:]
