"""The list of models: what each is for, its version, and whether its files are the measured ones."""

from typing import Final

import streamlit as st

from medai_core.charts import cards, words
from medai_core.services.model_cards import file_problems
from medai_core.serving.registry import ModelCard
from medai_core.ui import markup, monitor, places
from medai_core.ui.session import require_user

_KINDS: Final = {
    "gate": "Gate: says which pictures the other models may read",
    "note": "Notes: answers on text, on the Notes page",
    "table": "Tables: the probability of one outcome, for a person or for every row",
    "value": "Tables: a number with its interval, for a person or for every row",
    "survival": "Tables: survival over time, for a person or for every row",
}
_FEW: Final = 6
"""As many findings are named in the list; of more it says how many."""


def draw(found: tuple[ModelCard, ...], watched: dict[str, str]) -> None:
    """One frame a model, with the way to its card; `watched` is {model: what its monitor says}."""
    for card in found:
        with st.container(border=True, key=f"models-entry-{card.name}"):
            st.subheader(card.title, anchor=False)
            markup.draw(markup.paragraph(card.task) + markup.facts(_facts(card, watched)))
            with st.container(horizontal=True, gap="small"):
                st.button(
                    "Open the card",
                    key=f"models:open:{card.name}",
                    icon=":material/description:",
                    on_click=_open,
                    args=(card.name,),
                    help=f"Results, limits and files of {card.title}",
                )
                if card.name in watched:
                    monitor.way_in(card.name)


def _facts(card: ModelCard, watched: dict[str, str]) -> list[tuple[str, str]]:
    names = cards.label_names(card.data)
    said = ", ".join(words.label(label, names) for label in card.labels)
    findings = said if len(card.labels) <= _FEW else f"{len(card.labels)} findings"
    kind = [("Kind", _KINDS[card.kind])] if card.kind in _KINDS else [("Findings", findings)]
    return [
        ("Name, version", f"{card.name}, {card.version}"),
        *kind,
        ("For", inputs_in_words(card)),
        ("Files", state_in_words(card)),
        *([("Monitor", watched[card.name])] if card.name in watched else []),
    ]


def inputs_in_words(card: ModelCard) -> str:
    """Ages, views and modalities in one line."""
    inputs = card.inputs
    if inputs.text:
        return inputs.text
    views, modalities = " or ".join(inputs.views), " or ".join(inputs.modalities)
    return ", ".join(
        part for part in (f"ages {inputs.ages}", f"{views} view" if views else "", modalities) if part
    )


def state_in_words(card: ModelCard) -> str:
    """Whether the files are those of the card, as words with a sign."""
    problems = file_problems(card)
    return (
        f"\u2717 {' '.join(problems)}"
        if problems
        else "\u2713 As measured: all digests are those of the card"
    )


def _open(name: str) -> None:
    require_user()
    st.query_params[places.MODEL] = name
