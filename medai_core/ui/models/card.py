"""One model's card as a page: everything is read from the card, nothing is said besides."""

from typing import Final

import streamlit as st

from medai_core.charts import words
from medai_core.serving.registry import ModelCard
from medai_core.ui import markup, places
from medai_core.ui.models import about, evidence, listing, results, tables
from medai_core.ui.session import require_user

_DOWNLOADS: Final = {
    "pdf": ("Card as PDF", ":material/picture_as_pdf:", "The whole card as a document."),
    "json": ("Card as JSON", ":material/data_object:", "The card as the program reads it."),
    "cdx.json": (
        "CycloneDX",
        ":material/inventory_2:",
        "The card in the machine-readable form of CycloneDX 1.6 (ML-BOM), for inventories.",
    ),
}


def draw(card: ModelCard, *, back: bool = True) -> None:
    """Purpose, inputs, data, results, curves, groups, heat maps, refusals, limits, attempts, files."""
    if back:
        st.button(
            "All models", icon=":material/arrow_back:", type="tertiary", key="models:back", on_click=_back
        )
    st.subheader(card.title, anchor=False)
    markup.draw(
        f'<p class="mx-muted"><span class="mx-code">{markup.text(card.name)}</span>, version '
        f"{markup.text(card.version)}. {markup.text(words.RESEARCH_USE)}.<br>"
        f"Files: {markup.text(listing.state_in_words(card))}</p>"
    )
    if card.is_released:
        with st.container(horizontal=True, gap="small"):
            for form, (label, icon, tip) in _DOWNLOADS.items():
                st.link_button(label, places.card_address(card.name, form), icon=icon, help=tip)
    about.purpose(card)
    tables.inputs(card)
    results.draw(card)
    evidence.draw(card)
    tables.calibration(card)
    tables.compared(card)
    about.limits(card)
    about.tried(card)
    about.more(card)
    about.files(card)


def _back() -> None:
    require_user()
    for name in list(st.query_params):
        del st.query_params[name]
